"""Agent: its tools, what they may find, what they leave in the output, and functions of the caller's."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import jsonschema_rs
from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning.agent import AGENT, NEWER, ask, bare, items, said
from contract_tests.meaning.search import REACH, covers, dates_of, hosts_of, recent
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, days, domains, questions, written
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import corpus

_MARK = re.compile(r"\[(web:)?([0-9]{1,4})\]")
_WEATHER: JSONObject = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city, now.",
    "parameters": {
        "type": "object",
        "required": ["city"],
        "properties": {"city": {"type": "string", "minLength": 1}, "unit": {"enum": ["celsius", "fahrenheit"]}},
        "additionalProperties": False,
    },
}
_RAIN = "What is the weather in Paris?"
_ADDRESS = "https://www.python.org/dev/peps/pep-0008/"
_ITEMS: dict[str, tuple[str, ...]] = {
    "web_search": ("search_results",),
    "people_search": ("people_search_results",),
    "finance_search": ("finance_results",),
    "image_search": ("image_search_results",),
    "sandbox": ("sandbox_results", "share_file"),
    "mcp": ("mcp_list_tools", "mcp_call"),
}


def results(body: JSONObject) -> list[JSONObject]:
    """What an answer's searches found."""
    return [row for item in items(body, "search_results") for row in reading.rows(item, "results")]


def search(probe: Probe, question: str, **tool: JSON) -> list[JSONObject]:
    """Let an agent search as a tool says; returns what it found."""
    return results(ask(probe, question, tools=[{"type": "web_search", **tool}]))


@check("PPLX-AGENT-101", "Each mark in the text is the id of a result; the fake marks as the preset does.",
       basis="wire", source="evidence 3.5", operations=(AGENT,), quick=5, full=15, cost="0.005")  # fmt: skip
def marks_are_ids(probe: Probe) -> None:
    presets = {name: facts for name, facts in probe.facts.presets.items() if name}
    met: list[str] = []
    chosen = ["fast"] if probe.target.charges else sorted(presets)
    for question in QUESTIONS[: 3 if probe.thorough else 1]:
        for name in chosen:
            body = ask(probe, question, preset=name)
            marks = _MARK.findall(said(body))
            unknown = {int(number) for _, number in marks} - {reading.integer(row, "id") for row in results(body)}
            probe.require(not unknown, "marks that are ids of results", f"{sorted(unknown)} under {name}")
            if probe.target.is_fake:
                kind = "web:" if presets[name].marks == "web" else ""
                probe.require({mark for mark, _ in marks} == {kind}, "marks in the way of the preset", marks)
            met += [number for _, number in marks]
    probe.need(met, "no text had a mark")


@check("PPLX-AGENT-102", "Ids of results rise through all searches of an answer, and no page comes twice in one.",
       basis="wire", source="evidence 3.5", operations=(AGENT,), quick=2, full=6, cost="0.005")  # fmt: skip
def ids_rise(probe: Probe) -> None:
    met: list[int] = []
    for question in QUESTIONS[: 6 if probe.thorough else 2]:
        body = ask(probe, question, preset="fast" if probe.target.charges else "medium")
        found = [reading.integer(row, "id") for row in results(body)]
        probe.require(found == sorted(set(found)) and min(found, default=1) > 0, "ids from 1 that only rise", found)
        for item in items(body, "search_results"):
            addresses = [reading.text(row, "url") for row in reading.rows(item, "results")]
            probe.require(len(set(addresses)) == len(addresses), "each page of a search once", addresses)
        met += found
    probe.need(met, "no agent found anything")


@check("PPLX-AGENT-103", "An agent that may search finds something, and says what it asked.", basis="wire",
       source="evidence 3.5", operations=(AGENT,), quick=2, full=5, targets=("fake",))  # fmt: skip
def searches_find(probe: Probe) -> None:
    def held(question: str) -> None:
        body = ask(probe, question, model=bare(probe), tools=[{"type": "web_search"}])
        queries = [query for item in items(body, "search_results") for query in reading.texts(item, "queries")]
        probe.require(queries == [question], "the question as the query", queries)
        count = len(results(body))
        probe.require(count == probe.facts.agent.results, "the usual number of results", count)

    probe.given(questions, held, quick=2, full=5)


@check("PPLX-AGENT-104", "A domain filter of the search tool holds, whether it allows or denies.", basis="docs",
       source="evidence 1.4, 8.2", operations=(AGENT,), quick=4, full=12, cost="0.005")  # fmt: skip
def domain_filters_hold(probe: Probe) -> None:
    met: list[str] = []

    def held(asked: tuple[str, list[str]]) -> None:
        question, chosen = asked
        hosts = hosts_of(search(probe, question, filters={"search_domain_filter": [*chosen]}))
        wrong = [host for host in hosts if not any(covers(domain, host) for domain in chosen)]
        probe.require(not wrong, "hosts within the allowed domains", f"{wrong}, allowed {chosen}")
        probe.require(bool(hosts) or not probe.target.is_fake, "some results", hosts)
        deny: list[JSON] = [f"-{domain}" for domain in sorted(set(hosts))[:20]]
        hosts = hosts_of(search(probe, question, filters={"search_domain_filter": deny})) if deny else []
        wrong = [host for host in hosts if f"-{host}" in deny]
        probe.require(not wrong, "no host within the denied domains", f"{wrong}, denied {deny}")
        met.extend(map(str, deny))

    probe.given(st.tuples(questions, st.lists(domains, min_size=1, max_size=3, unique=True)), held, quick=2, full=6)
    probe.need(met, "no agent found anything within the domains")


@check("PPLX-AGENT-105", "Hosts that a search found first are gone when they are denied.", basis="docs",
       source="evidence 1.4, 8.2", operations=(AGENT,), quick=2, full=6, targets=("fake",))  # fmt: skip
def denied_hosts_go(probe: Probe) -> None:
    def held(question: str) -> None:
        first = sorted(set(hosts_of(search(probe, question))))[:3]
        probe.require(bool(first), "some results", first)
        deny: list[JSON] = [f"-{host}" for host in first]
        hosts = hosts_of(search(probe, question, filters={"search_domain_filter": deny}))
        probe.require(bool(hosts), "some results of other hosts", hosts)
        wrong = [host for host in hosts if any(covers(domain, host) for domain in first)]
        probe.require(not wrong, "no host within the denied domains", f"{wrong}, denied {first}")

    probe.given(questions, held, quick=1, full=3)


@check("PPLX-AGENT-106", "A recency filter of the search tool holds.", basis="wire", source="evidence 4.3, 8.2",
       operations=(AGENT,), quick=4, full=4, cost="0.005")  # fmt: skip
def recency_holds(probe: Probe) -> None:
    met: list[date] = []
    for recency in REACH:
        found = dates_of(search(probe, QUESTIONS[0], filters={"search_recency_filter": recency}), "date")
        recent(probe, found, recency)
        met += found
    probe.need(met, "no result had a date")


@check("PPLX-AGENT-107", "Date filters of the search tool hold, for publication and for the last update.", basis="docs",
       source="evidence 1.4, 8.2", operations=(AGENT,), quick=4, full=20, cost="0.005")  # fmt: skip
def date_filters_hold(probe: Probe) -> None:
    named = {"search": "date", "last_updated": "last_updated"}
    met: list[date] = []

    def held(asked: tuple[str, date, int]) -> None:
        question, first, length = asked
        last = first + timedelta(days=length)
        for kind, field in named.items():
            suffix = "_date_filter" if kind == "search" else "_filter"
            wanted: JSONObject = {f"{kind}_after{suffix}": written(first), f"{kind}_before{suffix}": written(last)}
            rows = search(probe, question, filters=wanted)
            probe.require(bool(rows) or not probe.target.is_fake, "some result of the offline world", wanted)
            found = dates_of(rows, field)
            wrong = [day for day in found if not first < day < last]
            probe.require(not wrong, f"{field} after the one day and before the other", f"{wrong}, asked {wanted}")
            met.extend(found)

    probe.given(st.tuples(questions, days, st.integers(20, 900)), held, quick=2, full=10)
    probe.need(met, "no result had a date")


@check("PPLX-AGENT-108", "max_results of the search tool holds.", basis="spec", source="evidence 1.4",
       operations=(AGENT,), quick=2, full=6, cost="0.005", editions=NEWER)  # fmt: skip
def result_counts_hold(probe: Probe) -> None:
    met: list[JSONObject] = []

    def held(asked: tuple[str, int]) -> None:
        question, most = asked
        body = ask(probe, question, tools=[{"type": "web_search", "max_results": most}])
        for item in items(body, "search_results"):
            count = len(reading.rows(item, "results"))
            kept = count == most if probe.target.is_fake else count <= most
            probe.require(kept, "no more results than max_results", f"{count} of {most}")
        met.extend(results(body))

    probe.given(st.tuples(questions, st.integers(1, 20)), held, quick=2, full=6)
    probe.need(met, "no agent found anything")


@check("PPLX-AGENT-109", "Results are for the country of the user's location, or for none.", basis="docs",
       source="evidence 1.2, 1.4", operations=(AGENT,), quick=8, full=35, targets=("fake",))  # fmt: skip
def location_holds(probe: Probe) -> None:
    pages = corpus.load().by_url
    names = [topic.subjects["en"].words for topic in corpus.load().topics]
    for name in names[: 35 if probe.thorough else 8]:
        for row in search(probe, name, user_location={"country": "FR"}):
            page = pages.get(reading.text(row, "url"))
            country = page.country if page else None
            probe.require(country in {None, "FR"}, "pages made for this country or for none", country)


@check("PPLX-AGENT-110", "A model that is offered no tool uses none.", basis="wire", source="evidence 3.5, 6.4",
       operations=(AGENT,), quick=1, full=3, cost="0.005")  # fmt: skip
def no_tool_no_use(probe: Probe) -> None:
    for question in QUESTIONS[: 3 if probe.thorough else 1]:
        body = ask(probe, question, model=bare(probe), max_output_tokens=200)
        kinds = {reading.text(item, "type") for item in reading.rows(body, "output")}
        probe.require(kinds == {"message"}, "a message and nothing else", sorted(kinds))
        billed = reading.member(body, "usage").get("tool_calls_details")
        probe.require(not billed, "no tool on the bill", billed)


@check("PPLX-AGENT-111", "Each built-in tool leaves its items in the output, and one call on the bill.", basis="spec",
       source="evidence 1.4, 6.3", operations=(AGENT,), quick=6, full=6, targets=("fake",))  # fmt: skip
def tools_leave_items(probe: Probe) -> None:
    for name, kinds in _ITEMS.items():
        if name == "image_search" and probe.target.edition.name not in NEWER:
            continue
        address: JSONObject = {"server_label": "a", "server_url": "https://a.example/mcp"} if name == "mcp" else {}
        body = ask(probe, QUESTIONS[0], model=bare(probe), tools=[{"type": name, **address}])
        found = [reading.text(item, "type") for item in reading.rows(body, "output")]
        probe.require(found == [*kinds, "message"], "the tool's items, then a message", f"{found} of {name}")
        tool = probe.facts.tools[name]
        calls = reading.integer(body, "usage", "tool_calls_details", tool.billed_as, "invocation")
        probe.require(calls == 1, "one call on the bill", calls)


@check("PPLX-AGENT-112", "An address in the question is read.", basis="wire", source="evidence 3.5",
       operations=(AGENT,), quick=1, full=1, targets=("fake",))  # fmt: skip
def addresses_are_read(probe: Probe) -> None:
    body = ask(probe, f"Sum up {_ADDRESS} in one sentence.", preset="low")
    rows = [row for item in items(body, "fetch_url_results") for row in reading.rows(item, "contents")]
    read = [reading.text(row, "url") for row in rows]
    probe.require(read == [_ADDRESS], "the page at the address, and no other", read)


@check("PPLX-AGENT-113", "max_tool_calls bounds the calls of tools; 0 switches them off.", basis="spec",
       source="evidence 1.4", operations=(AGENT,), quick=2, full=4, cost="0.005", editions=NEWER)  # fmt: skip
def calls_are_bounded(probe: Probe) -> None:
    for most in range(4 if probe.thorough else 2):
        preset = "fast" if probe.target.charges else "high"
        usage = reading.member(ask(probe, QUESTIONS[0], preset=preset, max_tool_calls=most), "usage")
        bills = reading.member(usage, "tool_calls_details") if "tool_calls_details" in usage else {}
        calls = sum(reading.integer(bills, name, "invocation") for name in bills)
        kept = calls == most if probe.target.is_fake else calls <= most
        probe.require(kept, "no more calls than max_tool_calls", f"{calls} of {most}")


@check("PPLX-AGENT-114", "A function is called with arguments that its schema allows, and the answer uses its output.",
       basis="docs", source="evidence 1.4, 7", operations=(AGENT,), quick=2, full=2, cost="0.005")  # fmt: skip
def functions_go_round(probe: Probe) -> None:
    first = ask(probe, _RAIN, model=bare(probe), tools=[_WEATHER])
    status, waiting = first.get("status"), probe.facts.agent.pending_status
    probe.require(status == waiting, "the status of an answer that waits for a function", status)
    call = _only_call(probe, first)
    output: JSON = [{"type": "function_call_output", "call_id": call["call_id"], "output": '{"celsius": 21}'}]
    second = ask(probe, output, model=bare(probe), tools=[_WEATHER], previous_response_id=first["id"])
    probe.require(not items(second, "function_call"), "no further call", items(second, "function_call"))
    probe.require("21" in said(second), "a message that says what the function gave", said(second))


@check("PPLX-AGENT-115", "A conversation with its function call may be sent whole.", basis="docs",
       source="evidence 1.4", operations=(AGENT,), quick=2, full=2, cost="0.005")  # fmt: skip
def conversations_may_be_whole(probe: Probe) -> None:
    question: JSONObject = {"role": "user", "content": [{"type": "input_text", "text": _RAIN}]}
    call = _only_call(probe, ask(probe, [question], model=bare(probe), tools=[_WEATHER]))
    again: JSONObject = {name: call[name] for name in ("type", "call_id", "name", "arguments")}
    output: JSONObject = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"celsius": 21}'}
    body = ask(probe, [question, again, output], model=bare(probe), tools=[_WEATHER])
    probe.require("21" in said(body), "a message that says what the function gave", said(body))


@check("PPLX-AGENT-116", "tool_choice has a function called, or none.", basis="spec", source="evidence 1.4",
       operations=(AGENT,), quick=3, full=3, cost="0.005", editions=NEWER)  # fmt: skip
def choices_are_kept(probe: Probe) -> None:
    wanted: list[tuple[JSON, bool]] = [
        ("required", True),
        ({"type": "function", "name": "get_weather"}, True),
        ("none", False),
    ]
    for choice, called in wanted:
        question = "Who wrote Faust?" if called else _RAIN
        body = ask(probe, question, model=bare(probe), tools=[_WEATHER], tool_choice=choice, max_output_tokens=300)
        found = bool(items(body, "function_call"))
        probe.require(found is called, "a call where tool_choice wants one, and no other", f"{found} for {choice}")


@check("PPLX-AGENT-117", "What authorizes a remote server is not said again.", basis="design", source="design 8",
       operations=(AGENT,), quick=1, full=1, targets=("fake", "url"))  # fmt: skip
def secrets_are_kept(probe: Probe) -> None:
    secrets: JSONObject = {"authorization": "not-to-be-told", "headers": {"x-secret": "not-to-be-told"}}
    server: JSONObject = {"type": "mcp", "server_label": "a", "server_url": "https://a.example/mcp", **secrets}
    body = ask(probe, QUESTIONS[0], model=bare(probe), tools=[server])
    probe.require("not-to-be-told" not in json.dumps(body), "an answer without the secrets of a tool", body["tools"])


def _only_call(probe: Probe, body: JSONObject) -> JSONObject:
    """The one call of the function, with arguments that its schema allows."""
    calls = items(body, "function_call")
    probe.require(len(calls) == 1 and calls[0]["name"] == "get_weather", "one call of the function", calls)
    arguments = reading.text(calls[0], "arguments")
    try:
        value = json.loads(arguments)
    except ValueError:
        probe.require(False, "arguments that are JSON", arguments)  # noqa: FBT003  # they are not
        raise
    valid = jsonschema_rs.Draft202012Validator(reading.member(_WEATHER, "parameters")).is_valid(value)
    probe.require(valid, "arguments that the function's schema allows", arguments)
    return calls[0]
