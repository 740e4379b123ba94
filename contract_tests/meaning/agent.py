"""Agent: what is in an answer, what it costs, and what the next one can go on from."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import jsonschema_rs
from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, questions
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import MILLION, ZERO, rounded
from mock_server.world import pricing

AGENT = "create_agent"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NEWER = ("complete", "2026-10")
"""The editions that know what came after July 2026."""
_CONSTANT: JSONObject = {
    "background": False, "error": None, "frequency_penalty": 0, "metadata": {}, "object": "response",
    "parallel_tool_calls": True, "presence_penalty": 0, "previous_response_id": None, "prompt_cache_key": None,
    "safety_identifier": None, "temperature": 1, "text": {"format": {"type": "text"}}, "tool_choice": "auto",
    "top_logprobs": 0, "top_p": 1, "truncation": "", "user": None,
}  # fmt: skip


def task(question: JSON, **fields: JSON) -> JSONObject:
    """The body of a task: for the cheapest preset unless it says who does it, and not stored unless it says so."""
    who: JSONObject = {} if fields.keys() & {"model", "models", "preset"} else {"preset": "fast"}
    return {"input": question, "store": False, **who, **fields}


def ask(probe: Probe, question: JSON, **fields: JSON) -> JSONObject:
    """Give a task; returns the answer's body."""
    return probe.call(AGENT, task(question, **fields)).object


def bare(probe: Probe) -> str:
    """The model that answers without a preset's tools and instructions."""
    return probe.facts.presets[probe.facts.agent.bare].model


def items(body: JSONObject, kind: str) -> list[JSONObject]:
    """The items of an answer's output that have a type."""
    return [item for item in reading.rows(body, "output") if item.get("type") == kind]


def said(body: JSONObject) -> str:
    """All that an answer's messages say."""
    parts = [part for item in items(body, "message") for part in reading.rows(item, "content")]
    return "".join(reading.text(part, "text") for part in parts)


def _asked(probe: Probe) -> st.SearchStrategy[JSONObject]:
    """Tasks of several kinds; where they cost money, of the cheapest."""
    kinds: list[JSONObject] = [{"preset": "fast"}]
    if not probe.target.charges:
        searching: JSON = [{"type": "web_search"}]
        kinds += [{"preset": "low"}, {"preset": "medium"}, {"model": bare(probe)}]
        kinds += [{"model": bare(probe), "tools": searching}]
    return st.builds(lambda question, kind: task(question, **kind), questions, st.sampled_from(kinds))


@check("PPLX-AGENT-001", "Every body has the constants of the wire, and null where nothing was asked for.",
       basis="wire", source="evidence 3.5", operations=(AGENT,), quick=2, full=4, cost="0.005")  # fmt: skip
def constants(probe: Probe) -> None:
    def held(question: str) -> None:
        body = ask(probe, question)
        wrong = {name: body.get(name, "missing") for name in _CONSTANT if body.get(name, "missing") != _CONSTANT[name]}
        probe.require(not wrong, "the constants that every recorded body has", wrong)
        probe.require(bool(items(body, "message")), "a message", body.get("output"))
        for item in items(body, "message"):
            noted = [part for part in reading.rows(item, "content") if part.get("annotations") != []]
            probe.require(not noted, "annotations that are empty", noted)

    probe.given(questions, held, quick=2, full=4)


@check("PPLX-AGENT-002", "An id is resp_ and the UUID of x-request-id, a message's msg_ and a UUID; each is new.",
       basis="wire", source="evidence 3.5, 12.1", operations=(AGENT,), quick=2, full=2, cost="0.005")  # fmt: skip
def ids(probe: Probe) -> None:
    seen: list[str] = []
    for _ in range(2):
        answer = probe.call(AGENT, task(QUESTIONS[0]))
        name = reading.text(answer.object, "id")
        probe.require(re.fullmatch(f"resp_{_UUID}", name) is not None, "an id of resp_ and a UUID", name)
        header = answer.header("x-request-id")
        probe.require(name == f"resp_{header}", "the header x-request-id with the UUID of the id", header)
        for message in items(answer.object, "message"):
            identity = reading.text(message, "id")
            probe.require(re.fullmatch(f"msg_{_UUID}", identity) is not None, "an id of msg_ and a UUID", identity)
            seen.append(identity)
        seen.append(name)
    probe.require(len(set(seen)) == len(seen), "another id for each answer and each message", seen)


@check("PPLX-AGENT-003", "The tokens of usage add up, and no part is more than its whole.", basis="wire",
       source="evidence 3.5", operations=(AGENT,), quick=3, full=15, cost="0.005")  # fmt: skip
def usage_adds_up(probe: Probe) -> None:
    def held(body: JSONObject) -> None:
        usage = reading.member(probe.call(AGENT, body).object, "usage")
        read, written, total = (reading.integer(usage, f"{name}_tokens") for name in ("input", "output", "total"))
        probe.require(total == read + written, "total_tokens = input_tokens + output_tokens", usage)
        probe.require(read > 0 and written > 0, "tokens counted on both sides", usage)
        thoughts = reading.integer(usage, "output_tokens_details", "reasoning_tokens")
        probe.require(thoughts <= written, "no more reasoning tokens than output tokens", usage)
        created, cached = _cached(usage)
        probe.require(created + cached <= read, "no more cached tokens than input tokens", usage)

    probe.given(_asked(probe), held, quick=3, full=15)


@check("PPLX-AGENT-004",
       "Each part of the cost follows the price table and is rounded by itself; the total is the sum of the parts.",
       basis="wire", source="evidence 6.3, 6.4", operations=(AGENT,), quick=4, full=25, cost="0.005")  # fmt: skip
def cost_follows_the_table(probe: Probe) -> None:
    def held(asked: JSONObject) -> None:
        body = probe.call(AGENT, asked).object
        usage = reading.member(body, "usage")
        wanted = _cost(probe, reading.text(body, "model"), usage, fast="preset" in asked)
        told = {name: value for name, value in reading.member(usage, "cost").items() if isinstance(value, int | float)}
        found = {name: Decimal(str(value)) for name, value in told.items() if value or name not in _OMITTED}
        probe.require(found == wanted, "a cost by the price table", f"{_plain(found)}, by the table {_plain(wanted)}")

    probe.given(_asked(probe), held, quick=4, full=25)


@check("PPLX-AGENT-005", "The bill of each tool says what the sum of the tools is made of.", basis="wire",
       source="evidence 3.5, 6.4", operations=(AGENT,), quick=2, full=10, cost="0.005")  # fmt: skip
def tools_add_up(probe: Probe) -> None:
    billed: list[str] = []

    def held(asked: JSONObject) -> None:
        body = probe.call(AGENT, asked).object
        usage = reading.member(body, "usage")
        bills = reading.member(usage, "tool_calls_details") if "tool_calls_details" in usage else {}
        told = {name: Decimal(str(reading.at(bills, name, "cost_usd"))) for name in bills}
        sums = usage["cost"].get("tool_calls_cost_details", {}) if isinstance(usage["cost"], dict) else {}
        listed = {name: Decimal(str(value)) for name, value in sums.items()} if isinstance(sums, dict) else {}
        probe.require(told == listed, "the same cost of each tool in both places", f"{_plain(told)} / {_plain(listed)}")
        searches = len(items(body, "search_results"))
        counted = reading.integer(bills, "search_web", "invocation") if "search_web" in bills else 0
        probe.require(counted == searches, "a search on the bill for each one in the output", f"{counted}, {searches}")
        billed.extend(told)

    held(task(QUESTIONS[0]))  # the preset searches, whatever else is made up
    probe.given(_asked(probe), held, quick=1, full=9)
    probe.need(billed, "no answer used a tool")


@check("PPLX-AGENT-006", "What was asked is said again, the tools with those of the preset.", basis="wire",
       source="evidence 3.5", operations=(AGENT,), quick=1, full=1, cost="0.005")  # fmt: skip
def asked_is_said(probe: Probe) -> None:
    fields: JSONObject = {"instructions": "Answer in one sentence.", "max_output_tokens": 300, "store": False}
    search: JSONObject = {"type": "web_search", "filters": {"search_domain_filter": ["wikipedia.org"]}}
    body = ask(probe, QUESTIONS[1], **fields, tools=[search], reasoning={"effort": "low"})
    wrong = {name: body.get(name) for name in fields if body.get(name) != fields[name]}
    probe.require(not wrong, "the fields as they were sent", wrong)
    effort = reading.at(body, "reasoning", "effort")
    probe.require(effort == "low", "the effort that was asked for", effort)
    listed = reading.rows(body, "tools")
    probe.require(search in listed, "the tool as it was sent", listed)


@check("PPLX-AGENT-007", "max_output_tokens holds, and an answer that it cut says so.", basis="wire",
       source="evidence 3.5", operations=(AGENT,), quick=2, full=6, cost="0.005")  # fmt: skip
def output_is_bounded(probe: Probe) -> None:
    def held(most: int) -> None:
        body = ask(probe, f"{QUESTIONS[0]} Tell all you know.", max_output_tokens=most)
        written = reading.integer(body, "usage", "output_tokens")
        probe.require(written <= most, "at most max_output_tokens output tokens", f"{written} of {most}")
        details = body.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        cut = probe.facts.agent.truncated_status
        if probe.target.is_fake or body.get("status") != "completed":
            probe.require(body.get("status") == cut, "the status of an answer that was cut", body.get("status"))
            probe.require(reason == "max_output_tokens", "the reason max_output_tokens", details)

    probe.given(st.integers(16, 40), held, quick=2, full=6)


@check("PPLX-AGENT-008", "Structured output is raw JSON that the schema allows.", basis="wire", source="evidence 3.5",
       operations=(AGENT,), quick=1, full=6, cost="0.005")  # fmt: skip
def structured_output_is_valid(probe: Probe) -> None:
    schemas: list[JSONObject] = [
        {"type": "object", "properties": {"city": {"type": "string"}, "population": {"type": "integer", "minimum": 1}},
         "required": ["city", "population"], "additionalProperties": False},
        {"type": "object", "properties": {"colours": {"type": "array", "minItems": 2, "maxItems": 4,
         "items": {"enum": ["red", "green", "blue"]}}}, "required": ["colours"], "additionalProperties": False},
    ]  # fmt: skip

    def held(schema: JSONObject) -> None:
        shape: JSON = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        written = said(ask(probe, "The capital of France", response_format=shape))
        try:
            value = json.loads(written)
        except ValueError:
            probe.require(False, "a message that is JSON", written)  # noqa: FBT003  # it is not
            return
        valid = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
        probe.require(valid, "JSON that the caller's schema allows", written)

    probe.given(st.sampled_from(schemas), held, quick=1, full=6)


@check("PPLX-AGENT-009", "A task goes on from an earlier answer, though that was not stored.", basis="wire",
       source="evidence 3.5", operations=(AGENT,), quick=3, full=3, cost="0.005")  # fmt: skip
def tasks_go_on(probe: Probe) -> None:
    first = reading.text(ask(probe, QUESTIONS[3]), "id")
    alone, after = ask(probe, "And then?"), ask(probe, "And then?", previous_response_id=first)
    probe.require(after.get("status") == "completed", "a completed answer", after.get("status"))
    if probe.target.is_fake:
        counts = [reading.integer(body, "usage", "input_tokens") for body in (alone, after)]
        probe.require(counts[0] < counts[1], "more input than the same task alone has", counts)


@check("PPLX-AGENT-010", "Both names of the path answer the same.", basis="docs", source="evidence 1.4, 12.1",
       operations=(AGENT,), quick=2, full=2, cost="0.005")  # fmt: skip
def aliases_agree(probe: Probe) -> None:
    found = [one for one in probe.target.edition.operations.values() if one.handler == AGENT]
    bodies = [probe.call(one.id, task(QUESTIONS[0])).object for one in found]
    for body in bodies:
        probe.require(body.get("status") == "completed", "a completed answer on each path", body.get("status"))
        same = said(body) == said(bodies[0]) or not probe.target.is_fake
        probe.require(same, "the same words on each path", said(body))


@check("PPLX-AGENT-011", "A preset is answered by the model that it points to, under its older name too.", basis="wire",
       source="evidence 7.3", operations=(AGENT,), quick=9, full=9, cost="0.005")  # fmt: skip
def presets_point_to_models(probe: Probe) -> None:
    facts = probe.facts
    older = {name: name for name in facts.presets if name} | facts.preset_aliases
    for name, preset in {"fast": "fast"}.items() if probe.target.charges else older.items():
        model = ask(probe, QUESTIONS[2], preset=name).get("model")
        probe.require(model == facts.presets[preset].model, "the table's model of the preset", f"{name}: {model}")


@check("PPLX-AGENT-012", "The first model of a chain answers, though another one is named beside it.", basis="spec",
       source="evidence 1.4", operations=(AGENT,), quick=1, full=1, cost="0.005")  # fmt: skip
def chains_begin_with_the_first(probe: Probe) -> None:
    first = bare(probe)
    other = next(name for name in probe.facts.listed if name.startswith("openai/") and name != first)
    model = ask(probe, QUESTIONS[0], models=[first, other], model=other, max_output_tokens=100).get("model")
    probe.require(model == first, "the first model of the chain", model)


@check("PPLX-AGENT-013", "Two accounts that give the same task get the same bytes.", basis="design", source="design 5",
       operations=(AGENT,), quick=4, full=4, targets=("fake",))  # fmt: skip
def same_bytes(probe: Probe) -> None:
    for body in (task(QUESTIONS[0]), task(QUESTIONS[1], preset="low", stream=True)):
        one, other = (probe.call(AGENT, body, key=f"{probe.key}-{name}") for name in ("one", "other"))
        probe.require(one.content == other.content, "the same bytes for both", _opening(one, other))


@check("PPLX-AGENT-014", "A task that is stored does no other work than one that is not.", basis="design",
       source="design 5", operations=(AGENT,), quick=2, full=2, targets=("fake",))  # fmt: skip
def storing_changes_nothing(probe: Probe) -> None:
    kept, dropped = (ask(probe, QUESTIONS[5], store=store) for store in (True, False))
    probe.require(said(kept) == said(dropped), "the same words", said(kept))
    probe.require(kept["usage"] == dropped["usage"], "the same usage", kept["usage"])


_OMITTED = frozenset({"cache_creation_cost", "cache_read_cost", "tool_calls_cost"})
"""Parts that may be left out where they are zero."""


def _cost(probe: Probe, model: str, usage: JSONObject, *, fast: bool) -> dict[str, Decimal]:
    """The parts that a cost has by the table, without those that are zero and may be left out, and their sum."""
    known = probe.facts.models.get(model)
    probe.require(known is not None, "a model that the price table has", model)
    prices = probe.facts.models[model].prices
    quantum = pricing.quantum(probe.facts.wire.cost_decimals)
    created, cached = _cached(usage)
    exact = {
        "cache_creation_cost": created * (prices.cache_write or ZERO) / MILLION,
        "cache_read_cost": cached * (prices.cache_read or ZERO) / MILLION,
        "input_cost": (reading.integer(usage, "input_tokens") - created - cached) * prices.input / MILLION,
        "output_cost": reading.integer(usage, "output_tokens") * prices.output / MILLION,
        "tool_calls_cost": sum((rounded(bill, quantum) for bill in _bills(probe, usage, fast=fast)), ZERO),
    }
    parts = {name: rounded(amount, quantum) for name, amount in exact.items()}
    kept = {name: amount for name, amount in parts.items() if amount or name not in _OMITTED}
    return {**kept, "total_cost": sum(kept.values(), ZERO)}


def _bills(probe: Probe, usage: JSONObject, *, fast: bool) -> list[Decimal]:
    """What each tool costs by the table: a price an invocation, and the tokens of whoever read for it."""
    by_name = {tool.billed_as: tool for tool in probe.facts.tools.values()}
    bills = reading.member(usage, "tool_calls_details") if "tool_calls_details" in usage else {}
    found = []
    for name in bills:
        tool = by_name.get(name)
        probe.require(tool is not None, "a tool that the price table has", name)
        price = by_name[name].fast_price if fast else None
        each = by_name[name].price if price is None else price
        readers = reading.rows(bills, name, "token_usage") if reading.has(bills, name, "token_usage") else []
        calls = reading.integer(bills, name, "invocation")
        found.append(calls * each + sum((_reader(probe, row) for row in readers), ZERO))
    return found


def _reader(probe: Probe, row: JSONObject) -> Decimal:
    """What the tokens of a helper model cost."""
    model = reading.text(row, "model")
    probe.require(model in probe.facts.models, "a helper that the price table has", model)
    prices = probe.facts.models[model].prices
    created, cached = _cached(row)
    fresh = (reading.integer(row, "input_tokens") - created - cached) * prices.input
    cache = created * (prices.cache_write or prices.input) + cached * (prices.cache_read or ZERO)
    return (fresh + cache + reading.integer(row, "output_tokens") * prices.output) / MILLION


def _cached(usage: JSONObject) -> tuple[int, int]:
    """Tokens that the cache was written with, and read from."""
    details = reading.member(usage, "input_tokens_details")
    created = reading.integer(details, "cache_creation_input_tokens") if "cache_creation_input_tokens" in details else 0
    return created, reading.integer(details, "cached_tokens")


def _plain(amounts: dict[str, Decimal]) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in sorted(amounts.items()))


def _opening(one: Answer, other: Answer) -> str:
    """The place where two bodies part."""
    pairs = enumerate(zip(one.content, other.content, strict=False))
    place = next((index for index, (a, b) in pairs if a != b), min(len(one.content), len(other.content)))
    start = max(place - 40, 0)
    return f"{one.content[start : place + 40]!r} / {other.content[start : place + 40]!r}"
