"""Turn the body of a request into a task: who does it, with which tools, and how far it may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from mock_server import wire
from mock_server.call import Call
from mock_server.contract.bodies import (
    AgentCustomSkill,
    AgentFetchUrlTool,
    AgentForcedTool,
    AgentFunctionTool,
    AgentImageSearchTool,
    AgentJsonSchemaFormat,
    AgentMcpTool,
    AgentRequest,
    AgentWebSearchFilters,
    AgentWebSearchTool,
    given,
)
from mock_server.facts import PresetFacts
from mock_server.operations import agent_input, searching
from mock_server.state.runs import Memory
from mock_server.world import filters, language, pages, snippets, tokens
from mock_server.world.agent import functions
from mock_server.world.agent.task import (
    NO_TOOLS,
    FetchUrl,
    Function,
    ImageSearch,
    Server,
    Task,
    Tools,
    WebSearch,
)
from mock_server.world.filters import Days, Filters
from mock_server.world.snippets import Budget

_PLAYED = ("search",)
_THINKING = "reasoning"
_QUIET = "none"
Choice = Literal["auto", "required"] | Function


@dataclass(frozen=True, slots=True)
class Who:
    """Who does a task: the preset with its facts, the model's name, and the name that is told until it has answered."""

    preset: PresetFacts
    model: str
    asked: str
    prefixed: bool


def who(call: Call, body: AgentRequest) -> Who:
    """Find who does a task; names that nobody knows are played by those that stand in."""
    facts = call.facts
    asked = given(body.effort) or given(body.preset) or (facts.agent.profile if given(body.profile) else None)
    name = facts.agent.bare if asked is None else facts.preset_aliases.get(asked, asked)
    preset = facts.presets.get(name) or facts.presets[facts.agent.profile]
    chain = given(body.models) or ()
    model = next(iter(chain), None) or given(body.model) or preset.model
    return Who(preset, model, asked or model, prefixed=_prefixed(body, preset))


def task(call: Call, body: AgentRequest, doer: Who, memory: Memory | None) -> Task:
    """Turn a body into a task; `memory` is that of the run it goes on from."""
    facts = call.facts
    known = {**(memory.calls if memory else {}), **agent_input.calls(body)}
    question = agent_input.question(body) or (memory.question if memory else "")
    offered = _offered(call, body, doer)
    choice, tools = _chosen(body, offered)
    limit = given(body.max_output_tokens)
    effort = _effort(call, body, doer)
    return Task(
        question=question,
        preset=doer.preset,
        model=facts.models.get(doer.model) or facts.models[facts.presets[facts.agent.bare].model],
        tools=tools,
        steps=given(body.max_steps) or doer.preset.steps,
        calls=given(body.max_tool_calls),
        choice=choice,
        parallel=body.parallel_tool_calls,
        given=agent_input.given(body, known),
        prompt=agent_input.count(body) + tokens.count(given(body.instructions) or ""),
        history=memory.tokens if memory else 0,
        prefixed=doer.prefixed,
        limit=None if limit is None else max(limit, facts.agent.output_floor),
        effort=effort,
        structured=_structured(call, body, question),
        language=language.named(given(body.language_preference) or ""),
        skills=tuple(
            skill.id if isinstance(skill, AgentCustomSkill) else skill.name for skill in given(body.skills) or ()
        ),
        price_factor=facts.agent.price_factors.get(given(body.service_tier) or "", 1),
        script=call.scripted,
    )


def day(text: str) -> date | None:
    """Read a date as the Agent API takes it, MM/DD/YYYY or YYYY-MM-DD; nothing where there is no such day."""
    if "/" in text:
        return filters.parse_day(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def function_of(tool: AgentFunctionTool) -> Function:
    """What the agent knows of a function."""
    parameters = given(tool.parameters)
    return Function(tool.name, given(tool.description) or "", b"" if parameters is None else wire.canonical(parameters))


def _prefixed(body: AgentRequest, preset: PresetFacts) -> bool:
    """Whether the preset's own instructions stand as they are; a shape that is asked for changes them too."""
    shaped = isinstance(given(body.response_format), AgentJsonSchemaFormat)
    return bool(preset.prompt_tokens) and given(body.instructions) is None and not shaped


def _effort(call: Call, body: AgentRequest, doer: Who) -> str:
    model = call.facts.models.get(doer.model)
    if model is not None and _THINKING not in model.capabilities:
        return _QUIET
    reasoning = given(body.reasoning)
    wanted = None if reasoning is None else given(reasoning.effort)
    return wanted or doer.preset.effort or call.facts.agent.effort


def _structured(call: Call, body: AgentRequest, question: str) -> str | None:
    shape = given(body.response_format)
    if not isinstance(shape, AgentJsonSchemaFormat):
        return None
    about = tuple(language.without_fillers(language.words(question)))
    try:
        made = functions.arguments(wire.canonical(shape.json_schema.schema_), call.lane.seed, about)
    except ValueError:
        # Only where the rule against such schemas is switched off; a model would write something all the same.
        return "{}"
    return wire.dumps(made).decode("utf-8")


def _chosen(body: AgentRequest, offered: Tools) -> tuple[Choice, Tools]:
    """Narrow the tools to what `tool_choice` leaves."""
    choice = given(body.tool_choice)
    if given(body.max_tool_calls) == 0 or choice == "none":
        return "auto", NO_TOOLS
    if isinstance(choice, AgentForcedTool):
        return _forced(choice, offered)
    return ("required" if choice == "required" else "auto"), offered


def _forced(choice: AgentForcedTool, offered: Tools) -> tuple[Choice, Tools]:
    name, kind = given(choice.name), given(choice.type)
    named = next((function for function in offered.functions if function.name == name), None)
    if named is not None:
        return named, offered
    if kind == "none":
        return "auto", NO_TOOLS
    only = _ONLY.get(kind or "")
    if only is None:
        return ("auto" if kind == "auto" else "required"), offered
    kept = {field: getattr(offered, field) for field in only}
    return "auto", replace(NO_TOOLS, **kept)


_ONLY = {
    "web_search": ("search",),
    "fetch_url": ("fetch",),
    "image_search": ("images",),
    "people_search": ("people",),
    "finance_search": ("finance",),
    "sandbox": ("sandbox",),
    "mcp": ("servers",),
}
"""The fields of `Tools` that a forced built-in tool leaves."""


def _offered(call: Call, body: AgentRequest, doer: Who) -> Tools:
    """The tools of a request, and those of its preset that it does not offer itself."""
    listed = given(body.tools) or []
    types = {tool.type for tool in listed} | set(doer.preset.tools)
    search = next((tool for tool in listed if isinstance(tool, AgentWebSearchTool)), None)
    fetch = next((tool for tool in listed if isinstance(tool, AgentFetchUrlTool)), None)
    images = next((tool for tool in listed if isinstance(tool, AgentImageSearchTool)), None)
    return Tools(
        search=_search(call, search, doer) if "web_search" in types else None,
        fetch=_fetch(call, fetch) if "fetch_url" in types else None,
        images=None if images is None else _images(call, images),
        people="people_search" in types,
        finance="finance_search" in types,
        sandbox="sandbox" in types or bool(given(body.skills)),
        servers=tuple(
            Server(tool.server_label, tuple(given(tool.allowed_tools) or ()) or _PLAYED)
            for tool in listed
            if isinstance(tool, AgentMcpTool)
        ),
        functions=tuple(function_of(tool) for tool in listed if isinstance(tool, AgentFunctionTool)),
    )


def _search(call: Call, tool: AgentWebSearchTool | None, doer: Who) -> WebSearch:
    """A search of a preset is a fast one, whatever the tool says (evidence 6.4)."""
    fast = bool(doer.preset.tools)
    if tool is None:
        return WebSearch(
            searching.ruled(call, filters.NONE), call.facts.agent.results, Budget(snippets.SENTENCES["medium"]), fast
        )
    return WebSearch(
        filters=searching.ruled(call, _filters(call, tool)),
        count=given(tool.max_results) or call.facts.agent.results,
        budget=_budget(tool),
        fast=fast or tool.search_type == "fast",
    )


def _budget(tool: AgentWebSearchTool) -> Budget:
    total, page = given(tool.max_tokens), given(tool.max_tokens_per_page)
    if total is None and page is None:
        return Budget(snippets.SENTENCES[given(tool.search_context_size) or "medium"])
    return Budget(pages.SENTENCES, total=total, page=page)


def _filters(call: Call, tool: AgentWebSearchTool) -> Filters:
    chosen = given(tool.filters) or AgentWebSearchFilters()
    location = given(tool.user_location)
    country = given(location.country) if location else None
    domains = [domain.lower() for domain in given(chosen.search_domain_filter) or ()]
    allow = tuple(domain for domain in domains if not domain.startswith("-"))
    published = filters.between(
        _day(given(chosen.search_after_date_filter)), _day(given(chosen.search_before_date_filter))
    )
    recency = given(chosen.search_recency_filter)
    return Filters(
        allow=(allow,) if allow else (),
        deny=tuple(domain[1:] for domain in domains if domain.startswith("-")),
        published=published if recency is None else published.within(filters.recent(recency, call.today)),
        updated=_updated(chosen),
        country=(country or "").upper(),
    )


def _updated(chosen: AgentWebSearchFilters) -> Days:
    return filters.between(
        _day(given(chosen.last_updated_after_filter)), _day(given(chosen.last_updated_before_filter))
    )


def _day(text: str | None) -> date | None:
    return None if text is None else day(text)


def _fetch(call: Call, tool: AgentFetchUrlTool | None) -> FetchUrl:
    most = call.facts.agent.urls
    return FetchUrl(most) if tool is None else FetchUrl(given(tool.max_urls) or most, given(tool.total_budget_tokens))


def _images(call: Call, tool: AgentImageSearchTool) -> ImageSearch:
    chosen = given(tool.filters)
    domains: Iterable[str] = (given(chosen.domains) if chosen else None) or ()
    formats: Iterable[str] = (given(chosen.formats) if chosen else None) or ()
    return ImageSearch(tuple(domains), tuple(formats), given(tool.max_results) or call.facts.agent.images)
