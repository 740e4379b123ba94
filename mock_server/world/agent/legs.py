"""The legs of a task: each tool's work as items of the output, and what it costs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mock_server.facts import ToolFacts
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import answers, corpus, filters, images, pages, retrieval, snippets, tokens
from mock_server.world.agent import billing
from mock_server.world.agent.task import Bill, Helper, SharedFile, Task, WebSearch, World
from mock_server.world.page import Page
from mock_server.world.retrieval import Found

_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]{}]+")
_TRAILING = ".,;:!?"
_OF_A_LIST = 5


@dataclass(slots=True)
class Source:
    """A page that the text may quote, and the number that its mark has."""

    page: Page
    number: int


@dataclass(slots=True)
class Legs:
    """What the tools did: items, bills, sources of each search or fetch, tokens that the model read, files."""

    items: list[JSONObject] = field(default_factory=list)
    bills: dict[str, Bill] = field(default_factory=dict)
    sources: list[list[Source]] = field(default_factory=list)
    read: int = 0
    files: list[SharedFile] = field(default_factory=list)
    first: Found | None = None
    calls: int = 0

    def bill(self, tool: ToolFacts, *, fast: bool = False) -> Bill:
        """Count a call of a tool, at its price."""
        found = self.bills.setdefault(tool.billed_as, Bill())
        found.invocations += 1
        found.cost += tool.fast_price if fast and tool.fast_price is not None else tool.price
        self.calls += 1
        return found


def search(legs: Legs, task: Task, world: World, tool: WebSearch, query: str, number: int) -> None:
    """Search the web; ids of results count on from search to search."""
    found = _find(task, world, query, tool.filters, tool.count)
    if task.script is not None:
        found = task.script.found(found, today=world.today, seed=world.seed)
    legs.first = legs.first or found
    start = 1 + number * tool.count
    cut = snippets.cut(found.pages, tool.budget)
    legs.items.append({"queries": [query], "results": _rows(found.pages, cut, start), "type": "search_results"})
    legs.sources.append([Source(page, start + index) for index, page in enumerate(found.pages)])
    legs.read += sum(map(tokens.count, cut))
    legs.bill(world.facts.tools["web_search"], fast=tool.fast)


def fetch(legs: Legs, task: Task, world: World, addresses: list[str], most: int | None) -> None:
    """Read pages, each by a call of its own model."""
    tool, helper = world.facts.tools["fetch_url"], world.facts.agent.helper
    contents: list[JSON] = []
    found: list[Source] = []
    for number, address in enumerate(addresses):
        page = _page(task, world, address)
        text = page.joint.join(page.sentences)
        text = text if most is None else tokens.head(text, most)
        contents.append({"snippet": text, "title": page.title, "url": address})
        found.append(Source(page, number))
        read = tokens.count(text)
        legs.read += read
        reader = Helper(helper, created=4 * read, uncached=world.facts.agent.uncached_tokens, output=read)
        bill = legs.bill(tool)
        bill.helpers.append(reader)
        bill.cost += billing.helper_cost(world.facts.models[helper].prices, reader)
    legs.items.append({"contents": contents, "type": "fetch_url_results"})
    if not legs.sources:
        legs.sources.append(found)


def addresses_in(question: str) -> list[str]:
    """The addresses that a question names, each once."""
    return list(dict.fromkeys(found.rstrip(_TRAILING) for found in _ADDRESS.findall(question)))


def people(legs: Legs, task: Task, world: World) -> None:
    """Search for people; the results have the shape of a search's (evidence 3.5)."""
    found = _find(task, world, task.question, filters.NONE, _OF_A_LIST)
    legs.first = legs.first or found
    cut = snippets.cut(found.pages, snippets.Budget(sentences=1))
    legs.items.append(
        {"queries": [task.question], "results": _rows(found.pages, cut, 1), "type": "people_search_results"}
    )
    legs.read += sum(map(tokens.count, cut))
    legs.bill(world.facts.tools["people_search"])


def finance(legs: Legs, task: Task, world: World) -> None:
    """Look up figures; the results have no addresses."""
    found = _find(task, world, task.question, filters.NONE, 1)
    legs.first = legs.first or found
    results: list[JSON] = [
        {"category": "quote", "content": page.sentences[0], "title": page.title} for page in found.pages
    ]
    legs.items.append({"queries": [task.question], "results": results, "type": "finance_results"})
    legs.bill(world.facts.tools["finance_search"])


def pictures(legs: Legs, task: Task, world: World) -> None:
    """Search for images."""
    tool = task.tools.images
    if tool is None:
        return
    found = _find(task, world, task.question, filters.NONE, tool.most)
    legs.first = legs.first or found
    chosen = images.choose(found, domains=tool.domains, formats=tool.formats)[: tool.most]
    results: list[JSON] = [dict(sorted(image.as_json().items())) for image in chosen]
    legs.items.append({"queries": [task.question], "results": results, "type": "image_search_results"})
    legs.bill(world.facts.tools["image_search"])


def sandbox(legs: Legs, task: Task, world: World) -> None:
    """Run some code, and share a file that it wrote."""
    found = _find(task, world, task.question, filters.NONE, 0)
    legs.first = legs.first or found
    words = found.subject.words
    legs.items.append(
        {
            "call_id": world.name("call"),
            "code": f"print({words!r})",
            "language": "python",
            "results": [
                {"duration_ms": 12, "exit_code": 0, "status": "completed", "stderr": "", "stdout": f"{words}\n"}
            ],
            "status": "completed",
            "type": "sandbox_results",
        }
    )
    shared = SharedFile(world.name("file"), "answer.csv", f"subject\n{words}\n".encode())
    legs.files.append(shared)
    legs.items.append(
        {
            "call_id": world.name("call"),
            "file_id": shared.id,
            "filename": shared.filename,
            "size_bytes": len(shared.content),
            "type": "share_file",
        }
    )
    legs.bill(world.facts.tools["sandbox"])


def servers(legs: Legs, task: Task, world: World) -> None:
    """List the tools of each MCP server, and call the first of each."""
    for server in task.tools.servers:
        tools: list[JSON] = [
            {"description": name, "input_schema": {"type": "object"}, "name": name} for name in server.tools
        ]
        legs.items.append(
            {"id": world.name("mcpl"), "server_label": server.label, "tools": tools, "type": "mcp_list_tools"}
        )
    for server in task.tools.servers:
        legs.items.append(
            {
                "arguments": "{}",
                "error": None,
                "id": world.name("mcp"),
                "name": server.tools[0],
                "output": task.question,
                "server_label": server.label,
                "type": "mcp_call",
            }
        )
        legs.bill(world.facts.tools["mcp"])


def follow_ups(found: Found, question: str, most: int) -> list[str]:
    """The queries of several searches: the question itself, then what one might ask next."""
    return [question, *answers.related_questions(found, count=most - 1)][:most]


def _find(task: Task, world: World, query: str, chosen: filters.Filters, count: int) -> Found:
    found = retrieval.find(
        query,
        count=count,
        depth=pages.SENTENCES,
        filters=chosen,
        today=world.today,
        seed=world.seed,
        spoken=task.language,
    )
    return found if task.script is None else task.script.found(found, today=world.today, seed=world.seed)


def _page(task: Task, world: World, address: str) -> Page:
    """The page at an address, or, where the world has none there, one about the address's words."""
    known = corpus.load().by_url.get(address) or pages.read(address, seed=world.seed)
    if known is not None:
        return known
    words = re.sub(r"[^\w]+", " ", address.partition("://")[2])
    return _find(task, world, words, filters.NONE, 1).pages[0]


def _rows(found: list[Page], cut: list[str], start: int) -> list[JSON]:
    """Search results in the key order of the wire (evidence 3.5)."""
    return [
        {
            "date": page.date,
            "id": start + index,
            "last_updated": page.last_updated,
            "snippet": snippet,
            "source": "web",
            "title": page.title,
            "url": page.url,
        }
        for index, (page, snippet) in enumerate(zip(found, cut, strict=True))
    ]
