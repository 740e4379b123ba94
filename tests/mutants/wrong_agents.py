"""Wrong servers: the Agent API, its tools, runs and streams."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from tests.mutants.mutant import Exchange, Mutant, answering, asking, error, ignoring, on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutants.mutant import Change

AGENT, READ, CANCEL, FILES = "create_agent", "retrieve_agent", "cancel_agent", "list_agent_files"
DOWNLOAD, USAGE = "download_agent_file", "get_usage"
_UUID = "3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b"
_NUMBERS = count(1)


def _set(target: Any, name: Any, value: Any) -> None:
    target[name] = value


def _become(exchange: Exchange, status: int, content: bytes) -> None:
    exchange.status, exchange.content = status, content


def _agent(edit: Callable[[Any], object]) -> Change:
    """Change plain answers in place."""
    return on(AGENT, lambda body: (edit(body), None)[1])


def _read(edit: Callable[[Any], object]) -> Change:
    """Change what is read again, in place."""
    return on(READ, lambda body: (edit(body), None)[1])


def _both(*changes: Change) -> Change:
    def after(exchange: Exchange) -> None:
        for change in changes:
            change(exchange)

    return after


def _items(body: Any, kind: str) -> list[Any]:
    return [item for item in body["output"] if item["type"] == kind]


def _texts(body: Any, change: Callable[[str], str]) -> None:
    for item in _items(body, "message"):
        for part in item["content"]:
            part["text"] = change(part["text"])


def _results(body: Any) -> list[Any]:
    return [row for item in _items(body, "search_results") for row in item["results"]]


def _searching(change: Callable[[Any], Any]) -> Change:
    """Change the search tool of a request: a function from the old tool to the new one."""

    def edit(body: Any) -> Any:
        tools = body.get("tools")
        if not isinstance(tools, list):
            return body
        changed = [
            change(tool) if isinstance(tool, dict) and tool.get("type") == "web_search" else tool for tool in tools
        ]
        return {**body, "tools": changed}

    return asking(AGENT, edit)


def _filtering(change: Callable[[str, Any], bool]) -> Change:
    """Leave filters of the search tool out where a function of name and value says so."""

    def edit(tool: Any) -> Any:
        kept = {name: value for name, value in tool.get("filters", {}).items() if not change(name, value)}
        return {**tool, "filters": kept} if "filters" in tool else tool

    return _searching(edit)


def _accepting(*words: bytes) -> Change:
    """Ask something harmless where the fake refuses with a message that has some words."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == AGENT and exchange.status == 400 and any(word in exchange.content for word in words):
            _become(exchange, 200, b"{}")

    return after


def _total(body: Any, more: float) -> None:
    cost = body["usage"]["cost"]
    cost["total_cost"] = round(cost["total_cost"] + more, 5)


def _paid_as(body: Any, name: str, amount: float) -> None:
    """Another amount for a part of the cost, and a total that fits it."""
    cost = body["usage"]["cost"]
    if cost.get(name):
        cost["total_cost"] = round(cost["total_cost"] - cost[name] + amount, 5)
        cost[name] = amount


def _dear_search(body: Any) -> None:
    """A fast search at the price of a usual one."""
    if "search_web" in body["usage"].get("tool_calls_details", {}) and body["service_tier"] == "fast":
        body["usage"]["cost"]["tool_calls_cost_details"]["search_web"] = 0.0025
        body["usage"]["tool_calls_details"]["search_web"]["cost_usd"] = 0.0025
        _paid_as(body, "tool_calls_cost", 0.0025)


def _numbered_anew(exchange: Exchange) -> None:
    if exchange.operation == AGENT and exchange.status == 200 and not exchange.streams:
        fresh = str(UUID(int=next(_NUMBERS), version=4))
        exchange.json = {**exchange.json, "id": f"resp_{fresh}"}
        exchange.told = [(n, fresh.encode() if n == b"x-request-id" else v) for n, v in exchange.told]


def _one_id(exchange: Exchange) -> None:
    if exchange.operation == AGENT and exchange.status == 200 and not exchange.streams:
        exchange.json = {**exchange.json, "id": f"resp_{_UUID}"}
        exchange.told = [(n, _UUID.encode() if n == b"x-request-id" else v) for n, v in exchange.told]


def _restarted(body: Any) -> None:
    for item in _items(body, "search_results"):
        for number, row in enumerate(item["results"], 1):
            row["id"] = number


def _one_key(exchange: Exchange) -> None:
    """All keys are one account."""
    if exchange.key:
        exchange.headers[b"authorization"] = b"Bearer the-only-account"


def events(change: Callable[[list[Any]], list[Any] | None], *, only: str = "") -> Change:
    """Change the frames of agents' streams; each event keeps the name that its type is."""

    def after(exchange: Exchange) -> None:
        if exchange.streams and exchange.operation in ({only} if only else {AGENT, READ}):
            lines = exchange.content.decode().split("\n")
            frames = [orjson.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
            changed = change(frames)
            exchange.content = b"".join(
                b"event: %b\ndata: %b\n\n" % (frame["type"].encode(), orjson.dumps(frame))
                for frame in (frames if changed is None else changed)
            )

    return after


def _last(edit: Callable[[Any], object]) -> Change:
    """Change the whole answer that the last event carries, in place."""
    return events(lambda frames: (edit(frames[-1]["response"]), None)[1])


def _without(*kinds: str) -> Change:
    return events(lambda frames: [frame for frame in frames if frame["type"] not in kinds])


def _first_of(frames: list[Any], kind: str) -> int:
    return next(place for place, frame in enumerate(frames) if frame["type"] == kind)


def _dropped(frames: list[Any], kind: str) -> list[Any]:
    """All frames but the first of a type."""
    place = _first_of(frames, kind) if any(frame["type"] == kind for frame in frames) else len(frames)
    return frames[:place] + frames[place + 1 :]


def _late_searches(frames: list[Any]) -> list[Any]:
    early = [frame for frame in frames if "reasoning.search" in frame["type"]]
    numbers = [frame["sequence_number"] for frame in frames]
    rest = [frame for frame in frames if frame not in early]
    moved = [*rest[:-1], *early, rest[-1]]
    return [{**frame, "sequence_number": number} for frame, number in zip(moved, numbers, strict=True)]


def _other_words(frames: list[Any]) -> None:
    """Words of its own, told well."""
    for frame in frames:
        if frame["type"] == "response.output_text.delta":
            frame["delta"] = frame["delta"].replace("e", "a")
        if frame["type"] == "response.output_text.done":
            frame["text"] = frame["text"].replace("e", "a")
        if frame["type"] == "response.output_item.done" and frame["item"]["type"] == "message":
            _texts({"output": [frame["item"]]}, lambda text: text.replace("e", "a"))
    _texts(frames[-1]["response"], lambda text: text.replace("e", "a"))


def _swapped(frames: list[Any]) -> None:
    one, other = frames[5], frames[6]
    one["sequence_number"], other["sequence_number"] = other["sequence_number"], one["sequence_number"]


def _taken_up(edit: Callable[[int], int | None]) -> Change:
    """Another place to take a stream up at; none for its start."""

    def before(exchange: Exchange) -> None:
        if exchange.operation == READ and "starting_after" in exchange.query:
            place = edit(int(exchange.query.pop("starting_after")))
            if place is not None and place >= 0:
                exchange.query["starting_after"] = str(place)

    return before


def _refused_as_stream(exchange: Exchange) -> None:
    if exchange.operation == AGENT and exchange.status == 400 and (exchange.body or {}).get("stream") is True:
        exchange.content = b"event: error\ndata: " + exchange.content + b"\n\n"
        exchange.told = [(b"content-type", b"text/event-stream")]


def _status(operation: str, status: int, into: int, *words: bytes) -> Change:
    """Another status for a refusal, in its envelope too."""

    def after(exchange: Exchange) -> None:
        fits = not words or any(word in exchange.content for word in words)
        if exchange.operation == operation and exchange.status == status and fits:
            _become(exchange, into, exchange.content.replace(b'"code":%d' % status, b'"code":%d' % into))

    return after


def _asked(edit: Callable[[Any], Any]) -> Change:
    return asking(AGENT, edit)


def _swap(body: Any, name: str, old: Any, new: Any) -> Any:
    return {**body, name: new} if body.get(name) == old else body


def _outputs(body: Any, said: str) -> Any:
    """The request with another output of functions."""
    if not isinstance(body.get("input"), list):
        return body
    changed = [
        {**item, "output": said} if isinstance(item, dict) and item.get("type") == "function_call_output" else item
        for item in body["input"]
    ]
    return {**body, "input": changed}


def _bodies(exchange: Exchange) -> Any:
    """The body of a task; empty where it is none."""
    body = exchange.body if exchange.operation == AGENT else None
    return body if isinstance(body, dict) else {}


def _no(message: str) -> bytes:
    return error(400, "invalid_request", f"validation failed: {message}")


ANSWERS = (
    Mutant("agent-key-gone", ("PPLX-WIRE-003",), after=_agent(lambda b: b.pop("truncation"))),
    Mutant("agent-usage-null", ("PPLX-AGENT-003", "PPLX-AGENT-004"), after=_agent(lambda b: _set(b, "usage", None))),
    Mutant("agent-no-parallel-calls", ("PPLX-AGENT-001",), after=_agent(lambda b: b.update(parallel_tool_calls=False))),
    Mutant("agent-previous-echoed", ("PPLX-AGENT-001",), after=_agent(lambda b: _set(b, "previous_response_id", f"resp_{_UUID}"))),
    Mutant("agent-format-of-structure", ("PPLX-WIRE-003", "PPLX-AGENT-001"), after=_agent(lambda b: _set(b, "text", {"format": {"type": "json_schema"}}))),
    Mutant("agent-annotations-gone", ("PPLX-WIRE-003",), after=_agent(lambda b: [part.pop("annotations") for item in _items(b, "message") for part in item["content"]])),
    Mutant("agent-id-without-prefix", ("PPLX-WIRE-003", "PPLX-AGENT-002"), after=_agent(lambda b: _set(b, "id", _UUID))),
    Mutant("agent-id-is-not-the-requests", ("PPLX-AGENT-002",), after=_agent(lambda b: _set(b, "id", f"resp_{_UUID}"))),
    Mutant("agent-one-id-for-all", ("PPLX-AGENT-002",), after=_one_id),
    Mutant("agent-message-id-odd", ("PPLX-AGENT-002",), after=_agent(lambda b: [_set(item, "id", "msg_1") for item in _items(b, "message")])),
    Mutant("agent-total-off-by-one", ("PPLX-AGENT-003",), after=_agent(lambda b: _set(b["usage"], "total_tokens", b["usage"]["total_tokens"] + 1))),
    Mutant("agent-more-thoughts-than-tokens", ("PPLX-AGENT-003",), after=_agent(lambda b: _set(b["usage"]["output_tokens_details"], "reasoning_tokens", b["usage"]["output_tokens"] + 1))),
    Mutant("agent-total-rounded-apart", ("PPLX-AGENT-004",), after=_agent(lambda b: _total(b, 0.00001))),
    Mutant("agent-cache-reads-free", ("PPLX-AGENT-004",), after=_agent(lambda b: _paid_as(b, "cache_read_cost", 0))),
    Mutant("agent-output-at-another-price", ("PPLX-AGENT-004",), after=_agent(lambda b: _paid_as(b, "output_cost", b["usage"]["cost"]["output_cost"] * 2))),
    Mutant("agent-cached-input-paid-again", ("PPLX-AGENT-004",), after=_agent(lambda b: b["usage"]["cost"].get("cache_read_cost") and (_set(b["usage"]["cost"], "input_cost", 0.0003), _total(b, 0.0003)))),
    Mutant("agent-fast-search-dear", ("PPLX-AGENT-004",), after=_agent(_dear_search)),
    Mutant("agent-search-billed-twice", ("PPLX-AGENT-004", "PPLX-AGENT-005"), after=_agent(lambda b: "tool_calls_details" in b["usage"] and _set(b["usage"]["tool_calls_details"]["search_web"], "invocation", 7))),
    Mutant("agent-bills-disagree", ("PPLX-AGENT-005",), after=_agent(lambda b: "tool_calls_cost_details" in b["usage"]["cost"] and _set(b["usage"]["cost"]["tool_calls_cost_details"], "search_web", 0.5))),
    Mutant("agent-instructions-not-said", ("PPLX-AGENT-006",), after=_agent(lambda b: _set(b, "instructions", None))),
    Mutant("agent-tools-not-said", ("PPLX-AGENT-006",), after=_agent(lambda b: _set(b, "tools", [{"type": tool["type"]} for tool in b["tools"]]))),
    Mutant("agent-output-unbounded", ("PPLX-AGENT-007",), before=ignoring(AGENT, "max_output_tokens")),
    Mutant("agent-cut-is-completed", ("PPLX-AGENT-007",), after=_agent(lambda b: b["status"] == "incomplete" and _set(b, "status", "completed"))),
    Mutant("agent-cut-without-reason", ("PPLX-AGENT-007",), after=_agent(lambda b: _set(b, "incomplete_details", None))),
    Mutant("agent-structure-fenced", ("PPLX-AGENT-008",), after=_agent(lambda b: _texts(b, lambda text: f"```json\n{text}\n```" if text.startswith("{") else text))),
    Mutant("agent-structure-ignored", ("PPLX-AGENT-008",), before=ignoring(AGENT, "response_format")),
    Mutant("agent-forgets-earlier-answers", ("PPLX-AGENT-009", "PPLX-AGENT-408"), before=ignoring(AGENT, "previous_response_id")),
    Mutant("agent-wants-stored-answers", ("PPLX-AGENT-009",), before=answering(lambda e: "previous_response_id" in _bodies(e), 400, error(400, "invalid_request", "invalid request"))),
    Mutant("agent-alias-gone", ("PPLX-AGENT-010", "PPLX-WIRE-001"), before=answering(lambda e: e.path == "/v1/responses", 404, b"")),
    Mutant("agent-alias-says-otherwise", ("PPLX-AGENT-010",), after=lambda e: e.path == "/v1/responses" and _agent(lambda b: _texts(b, str.upper))(e)),
    Mutant("agent-preset-repointed", ("PPLX-AGENT-011",), after=_agent(lambda b: _set(b, "model", "openai/gpt-6-sol"))),
    Mutant("agent-older-presets-refused", ("PPLX-AGENT-011",), before=answering(lambda e: "-" in str(_bodies(e).get("preset")), 400, _no("preset is not supported"))),
    Mutant("agent-chain-from-its-end", ("PPLX-AGENT-012",), before=_asked(lambda b: {**b, "models": b["models"][::-1]} if isinstance(b.get("models"), list) else b)),
    Mutant("agent-ids-at-random", ("PPLX-AGENT-013",), after=_numbered_anew),
    Mutant("agent-storing-costs", ("PPLX-AGENT-014",), after=_agent(lambda b: b["store"] and _set(b["usage"], "input_tokens", b["usage"]["input_tokens"] + 1))),
    Mutant("agent-type-of-a-tool-gone", ("PPLX-WIRE-003",), after=_agent(lambda b: [tool.pop("type") for tool in b["tools"]])),
)  # fmt: skip

TOOLS = (
    Mutant("agent-marks-nobody-has", ("PPLX-AGENT-101",), after=_agent(lambda b: _texts(b, lambda text: re.sub(r"\[(web:)?\d+\]", r"[\g<1>97]", text)))),
    Mutant("agent-marks-always-plain", ("PPLX-AGENT-101",), after=_agent(lambda b: _texts(b, lambda text: text.replace("[web:", "[")))),
    Mutant("agent-marks-gone", ("PPLX-AGENT-101",), after=_agent(lambda b: _texts(b, lambda text: re.sub(r"\[(web:)?\d+\]", "", text)))),
    Mutant("agent-ids-start-again", ("PPLX-AGENT-102",), after=_agent(_restarted)),
    Mutant("agent-ids-from-zero", ("PPLX-AGENT-102", "PPLX-AGENT-101"), after=_agent(lambda b: [_set(row, "id", row["id"] - 1) for row in _results(b)])),
    Mutant("agent-ids-as-text", ("PPLX-WIRE-003",), after=_agent(lambda b: [_set(row, "id", str(row["id"])) for row in _results(b)])),
    Mutant("agent-page-twice", ("PPLX-AGENT-102",), after=_agent(lambda b: [_set(item["results"][1], "url", item["results"][0]["url"]) for item in _items(b, "search_results")])),
    Mutant("agent-queries-gone", ("PPLX-AGENT-103",), after=_agent(lambda b: [_set(item, "queries", ["something"]) for item in _items(b, "search_results")])),
    Mutant("agent-one-result-too-few", ("PPLX-AGENT-103",), after=_agent(lambda b: [item["results"] and item["results"].pop() for item in _items(b, "search_results")])),
    Mutant("agent-allow-ignored", ("PPLX-AGENT-104",), before=_filtering(lambda name, value: name == "search_domain_filter" and not str(value).startswith("['-"))),
    Mutant("agent-deny-ignored", ("PPLX-AGENT-104", "PPLX-AGENT-105"), before=_filtering(lambda name, value: name == "search_domain_filter" and str(value).startswith("['-"))),
    Mutant("agent-recency-ignored", ("PPLX-AGENT-106",), before=_filtering(lambda name, _: name == "search_recency_filter")),
    Mutant("agent-after-ignored", ("PPLX-AGENT-107",), before=_filtering(lambda name, _: name == "search_after_date_filter")),
    Mutant("agent-before-ignored", ("PPLX-AGENT-107",), before=_filtering(lambda name, _: name == "search_before_date_filter")),
    Mutant("agent-updates-ignored", ("PPLX-AGENT-107",), before=_filtering(lambda name, _: name.startswith("last_updated"))),
    Mutant("agent-max-results-ignored", ("PPLX-AGENT-108",), before=_searching(lambda tool: {k: v for k, v in tool.items() if k != "max_results"})),
    Mutant("agent-one-result-too-many", ("PPLX-AGENT-108",), before=_searching(lambda tool: {**tool, "max_results": tool["max_results"] + 1} if "max_results" in tool else tool)),
    Mutant("agent-location-ignored", ("PPLX-AGENT-109",), before=_searching(lambda tool: {k: v for k, v in tool.items() if k != "user_location"})),
    Mutant("agent-searches-unasked", ("PPLX-AGENT-110",), before=_asked(lambda b: {"tools": [{"type": "web_search"}], **b} if "model" in b else b)),
    Mutant("agent-file-not-shared", ("PPLX-AGENT-111",), after=_agent(lambda b: _set(b, "output", [item for item in b["output"] if item["type"] != "share_file"]))),
    Mutant("agent-people-are-pages", ("PPLX-AGENT-111",), after=_agent(lambda b: [_set(item, "type", "search_results") for item in _items(b, "people_search_results")])),
    Mutant("agent-finance-free", ("PPLX-AGENT-111",), after=_agent(lambda b: b["usage"].get("tool_calls_details", {}).pop("finance_search", None))),
    Mutant("agent-reads-another-page", ("PPLX-AGENT-112",), after=_agent(lambda b: [_set(row, "url", "https://example.org/") for item in _items(b, "fetch_url_results") for row in item["contents"]])),
    Mutant("agent-calls-unbounded", ("PPLX-AGENT-113",), before=ignoring(AGENT, "max_tool_calls")),
    Mutant("agent-calls-no-function", ("PPLX-AGENT-114", "PPLX-AGENT-115", "PPLX-AGENT-116"), before=_asked(lambda b: {**b, "tools": [t for t in b["tools"] if t.get("type") != "function"]} if isinstance(b.get("tools"), list) else b)),
    Mutant("agent-arguments-empty", ("PPLX-AGENT-114",), after=_agent(lambda b: [_set(item, "arguments", "{}") for item in _items(b, "function_call")])),
    Mutant("agent-arguments-as-object", ("PPLX-WIRE-003",), after=_agent(lambda b: [_set(item, "arguments", {"city": "Paris"}) for item in _items(b, "function_call")])),
    Mutant("agent-call-without-id", ("PPLX-WIRE-003",), after=_agent(lambda b: [item.pop("call_id") for item in _items(b, "function_call")])),
    Mutant("agent-call-is-incomplete", ("PPLX-AGENT-114",), after=_agent(lambda b: _items(b, "function_call") and _set(b, "status", "incomplete"))),
    Mutant("agent-output-not-read", ("PPLX-AGENT-114", "PPLX-AGENT-115"), before=_asked(lambda b: _outputs(b, "nothing"))),
    Mutant("agent-whole-conversations-refused", ("PPLX-AGENT-115",), before=answering(lambda e: "function_call'" in str(_bodies(e).get("input")), 400, _no("input"))),
    Mutant("agent-choice-ignored", ("PPLX-AGENT-116",), before=ignoring(AGENT, "tool_choice")),
    Mutant("agent-tells-secrets", ("PPLX-AGENT-117",), after=lambda e: _agent(lambda b: _set(b, "tools", _bodies(e).get("tools") or b["tools"]))(e)),
)  # fmt: skip

_CANCELLING = re.compile(r"/v1/(?:agent|responses)/(.+)/cancel")


def _cancels_nothing(exchange: Exchange) -> None:
    found = _CANCELLING.fullmatch(exchange.path)
    if found:
        exchange.status, exchange.told = 200, [(b"content-type", b"application/json")]
        exchange.told += [(b"x-request-id", _UUID.encode()), (b"x-mock-edition", b"complete")]
        exchange.content = orjson.dumps({"response_id": found[1], "status": "cancelling"})


RUNS = (
    Mutant("run-read-says-otherwise", ("PPLX-AGENT-201",), after=_read(lambda b: _texts(b, str.upper))),
    Mutant("run-read-forgets-usage", ("PPLX-AGENT-201",), after=_read(lambda b: _set(b, "usage", None))),
    Mutant("run-unstored-is-found", ("PPLX-AGENT-202",), before=ignoring(AGENT, "store")),
    Mutant("run-unknown-is-400", ("PPLX-AGENT-203", "PPLX-AGENT-202"), after=_status(READ, 404, 400)),
    Mutant("run-odd-id-is-404", ("PPLX-AGENT-203",), after=_status(READ, 400, 404)),
    Mutant("run-files-of-nobody", ("PPLX-AGENT-203", "PPLX-AGENT-208"), after=lambda e: e.operation == FILES and e.status == 404 and _become(e, 200, b'{"data":[],"object":"list"}')),
    Mutant("run-never-in-background", ("PPLX-AGENT-204",), before=ignoring(AGENT, "background")),
    Mutant("run-begins-in-progress", ("PPLX-AGENT-204",), after=_agent(lambda b: b["background"] and _set(b, "status", "in_progress"))),
    Mutant("run-never-ends", ("PPLX-AGENT-204",), after=_read(lambda b: b["background"] and b.update(status="in_progress", usage=None, completed_at=None))),
    Mutant("run-completed-before-it-is", ("PPLX-AGENT-204",), after=_read(lambda b: _set(b, "completed_at", b["created_at"]))),
    Mutant("run-ends-without-usage", ("PPLX-AGENT-204", "PPLX-AGENT-205"), after=_read(lambda b: b["background"] and _set(b, "usage", None))),
    Mutant("run-says-something-else", ("PPLX-AGENT-205",), after=_read(lambda b: b["background"] and _texts(b, str.upper))),
    Mutant("run-cancels-nothing", ("PPLX-AGENT-206",), before=_cancels_nothing),
    Mutant("run-cancelled-is-failed", ("PPLX-AGENT-206",), after=_read(lambda b: b["status"] == "cancelled" and _set(b, "status", "failed"))),
    Mutant("run-cancelled-without-reason", ("PPLX-AGENT-206",), after=_read(lambda b: b["status"] == "cancelled" and _set(b, "incomplete_details", None))),
    Mutant("run-cancelled-at-once", ("PPLX-WIRE-003",), after=on(CANCEL, lambda b: {**b, "status": "cancelled"})),
    Mutant("run-cancels-another", ("PPLX-AGENT-206",), after=on(CANCEL, lambda b: {**b, "response_id": f"resp_{_UUID}"})),
    Mutant("run-ended-is-cancelled", ("PPLX-AGENT-207",), before=_cancels_nothing),
    Mutant("run-ended-is-404", ("PPLX-AGENT-207",), after=_status(CANCEL, 400, 404)),
    Mutant("run-open-to-all-keys", ("PPLX-AGENT-208",), before=_one_key),
    Mutant("run-files-unlisted", ("PPLX-AGENT-209",), after=on(FILES, lambda b: {**b, "data": []})),
    Mutant("run-file-of-another-size", ("PPLX-AGENT-209",), after=on(FILES, lambda b: {**b, "data": [{**row, "bytes": row["bytes"] + 1} for row in b["data"]]})),
    Mutant("run-file-cut", ("PPLX-AGENT-209",), after=lambda e: e.operation == DOWNLOAD and e.status == 200 and _become(e, 200, e.content[:-1])),
    Mutant("run-unknown-file-is-empty", ("PPLX-AGENT-209", "PPLX-AGENT-203"), after=lambda e: e.operation == DOWNLOAD and e.status == 404 and _become(e, 200, b"")),
    Mutant("run-not-on-the-report", ("PPLX-AGENT-210",), after=on(USAGE, lambda b: {**b, "total": {**b["total"], "completion_tokens": 0}})),
    Mutant("run-unknown-by-its-other-path", ("PPLX-AGENT-211",), before=answering(lambda e: e.operation == READ and e.path.startswith("/v1/responses"), 404, error(404, "not_found"))),
)  # fmt: skip

EVENTS = (
    Mutant("event-delta-lost", ("PPLX-AGENT-301",), after=events(lambda frames: _dropped(frames, "response.output_text.delta"))),
    Mutant("event-text-cut", ("PPLX-AGENT-301",), after=events(lambda frames: [{**f, "text": f["text"][:-1]} if f["type"] == "response.output_text.done" else f for f in frames])),
    Mutant("event-text-unended", ("PPLX-AGENT-301",), after=_without("response.output_text.done")),
    Mutant("event-numbers-fall", ("PPLX-AGENT-302",), after=events(_swapped)),
    Mutant("event-numbers-from-one", ("PPLX-AGENT-302",), after=events(lambda frames: [{**f, "sequence_number": f["sequence_number"] + 1} for f in frames])),
    Mutant("event-without-number", ("PPLX-WIRE-005",), after=events(lambda frames: (frames[-2].pop("sequence_number"), None)[1])),
    Mutant("event-nameless", ("PPLX-AGENT-303",), after=lambda e: e.operation == AGENT and e.streams and _become(e, 200, re.sub(rb"event: [^\n]+\n", b"", e.content))),
    Mutant("event-names-shortened", ("PPLX-AGENT-303",), after=lambda e: e.operation == AGENT and e.streams and _become(e, 200, e.content.replace(b"event: response.", b"event: "))),
    Mutant("event-never-in-progress", ("PPLX-AGENT-304",), after=_without("response.in_progress")),
    Mutant("event-opening-is-done", ("PPLX-AGENT-304",), after=events(lambda frames: (_set(frames[0], "response", frames[-1]["response"]), None)[1])),
    Mutant("event-ends-twice", ("PPLX-AGENT-304",), after=events(lambda frames: [*frames, {**frames[-1], "sequence_number": frames[-1]["sequence_number"] + 1}])),
    Mutant("event-never-ends", ("PPLX-AGENT-304", "PPLX-AGENT-305"), after=events(lambda frames: frames[:-1])),
    Mutant("event-end-without-answer", ("PPLX-WIRE-005",), after=events(lambda frames: (frames[-1].pop("response"), None)[1])),
    Mutant("event-end-without-usage", ("PPLX-AGENT-305",), after=_last(lambda body: _set(body, "usage", None))),
    Mutant("event-end-of-another", ("PPLX-AGENT-305",), after=_last(lambda body: _set(body, "id", f"resp_{_UUID}"))),
    Mutant("event-end-without-output", ("PPLX-AGENT-305",), after=_last(lambda body: _set(body, "output", []))),
    Mutant("event-sentinel", ("PPLX-AGENT-306",), after=lambda e: e.operation == AGENT and e.streams and _become(e, 200, e.content + b"data: [DONE]\n\n")),
    Mutant("event-item-never-done", ("PPLX-AGENT-307",), after=events(lambda frames: _dropped(frames, "response.output_item.done"))),
    Mutant("event-item-misplaced", ("PPLX-AGENT-307",), after=events(lambda frames: [{**f, "output_index": f["output_index"] + 1} if f["type"] == "response.output_item.added" else f for f in frames])),
    Mutant("event-results-untold", ("PPLX-AGENT-308",), after=_without("response.reasoning.search_results")),
    Mutant("event-searches-told-late", ("PPLX-AGENT-308",), after=events(_late_searches)),
    Mutant("event-other-words", ("PPLX-AGENT-309",), after=events(_other_words, only=AGENT)),
    Mutant("event-taken-up-from-the-start", ("PPLX-AGENT-310",), before=_taken_up(lambda _: None)),
    Mutant("event-taken-up-one-too-early", ("PPLX-AGENT-310",), before=_taken_up(lambda place: place - 1)),
    Mutant("event-numbered-anew", ("PPLX-AGENT-310",), after=events(lambda frames: [{**f, "sequence_number": n} for n, f in enumerate(frames)], only=READ)),
    Mutant("event-cut-is-completed", ("PPLX-AGENT-311",), after=events(lambda frames: [{**f, "type": f["type"].replace("incomplete", "completed")} for f in frames])),
    Mutant("event-usage-all-the-same", ("PPLX-AGENT-312",), before=ignoring(AGENT, "stream_options")),
    Mutant("event-refusal-as-stream", ("PPLX-AGENT-313", "PPLX-WIRE-002"), after=_refused_as_stream),
    Mutant("event-background-breaks-off", ("PPLX-AGENT-314",), after=events(lambda frames: frames[:5], only=READ)),
    Mutant("event-beyond-the-end-is-taken", ("PPLX-AGENT-315",), before=_taken_up(lambda place: None if place > 100_000 else place)),
    Mutant("event-stream-ignored", ("PPLX-AGENT-301",), before=ignoring(AGENT, "stream")),
)  # fmt: skip

TASKS = (
    Mutant("task-unknown-field-ignored", ("PPLX-AGENT-401",), before=ignoring(AGENT, "made_up")),
    Mutant("task-unknown-field-unnamed", ("PPLX-AGENT-401",), after=lambda e: e.operation == AGENT and b'"param"' in e.content and _become(e, 400, re.sub(rb',"param":"[^"]*"', b"", e.content))),
    Mutant("task-unknown-tool-field-ignored", ("PPLX-AGENT-401",), before=_searching(lambda tool: {k: v for k, v in tool.items() if k != "made_up"})),
    Mutant("task-nothing-accepted", ("PPLX-AGENT-402",), before=_asked(lambda b: _swap(_swap(b, "input", "", "bees"), "input", [], "bees"))),
    Mutant("task-no-steps-accepted", ("PPLX-AGENT-402",), before=_asked(lambda b: _swap(b, "max_steps", 0, 1))),
    Mutant("task-old-model-served", ("PPLX-AGENT-403",), before=_asked(lambda b: _swap(b, "model", "sonar-pro", "openai/gpt-6-luna"))),
    Mutant("task-model-unnamed", ("PPLX-AGENT-403",), after=lambda e: e.operation == AGENT and e.status == 400 and _become(e, 400, re.sub(rb'model \\"[^"]*\\"', b'model \\"x\\"', e.content))),
    Mutant("task-done-by-nobody", ("PPLX-AGENT-403",), before=_asked(lambda b: b if b.keys() & {"model", "models", "preset"} else {**b, "preset": "fast"})),
    Mutant("task-cap-not-required", ("PPLX-AGENT-404",), before=_asked(lambda b: {"max_output_tokens": 200, **b} if "anthropic" in str(b.get("model")) else b)),
    Mutant("task-any-root", ("PPLX-AGENT-405",), after=_accepting(b"must have a root type")),
    Mutant("task-any-schema", ("PPLX-AGENT-405",), before=_asked(lambda b: {k: v for k, v in b.items() if k != "response_format" or "bogus" not in str(v)})),
    Mutant("task-any-recency", ("PPLX-AGENT-406",), before=_filtering(lambda name, value: name == "search_recency_filter" and value == "decade")),
    Mutant("task-recencies-untold", ("PPLX-AGENT-406",), after=lambda e: e.operation == AGENT and b"recency" in e.content and e.status == 400 and _become(e, 400, _no("tools[0]: search recency filter is wrong"))),
    Mutant("task-21-domains", ("PPLX-AGENT-407",), before=_filtering(lambda name, value: name == "search_domain_filter" and len(value) > 20)),
    Mutant("task-any-day", ("PPLX-AGENT-407",), before=_filtering(lambda _, value: value == "2/30/2025")),
    Mutant("task-previous-unknown-is-404", ("PPLX-AGENT-408",), after=_status(AGENT, 400, 404, b'"invalid request"')),
    Mutant("task-iso-dates-refused", ("PPLX-AGENT-409",), before=answering(lambda e: "2025-03-01" in str(_bodies(e)), 400, _no("date"))),
    Mutant("task-mixed-domains-refused", ("PPLX-AGENT-409",), before=answering(lambda e: "'nasa.gov', '-reddit.com'" in str(_bodies(e)), 400, _no("mixed"))),
    Mutant("task-101-steps-refused", ("PPLX-AGENT-409",), before=answering(lambda e: _bodies(e).get("max_steps") == 101, 400, _no("max steps must be at most 100"))),
    Mutant("task-any-temperature", ("PPLX-AGENT-410",), before=_asked(lambda b: _swap(b, "temperature", 2.5, 1))),
    Mutant("task-input-of-any-type", ("PPLX-AGENT-410",), before=_asked(lambda b: _swap(b, "input", 5, "5"))),
    Mutant("task-unknown-tools-ignored", ("PPLX-AGENT-410",), before=_asked(lambda b: {**b, "tools": []} if "no_such_tool" in str(b.get("tools")) else b)),
    Mutant("task-refusal-of-another-type", ("PPLX-AGENT-402", "PPLX-AGENT-410"), after=lambda e: e.operation == AGENT and e.status == 400 and _become(e, 400, e.content.replace(b'"invalid_request"', b'"invalid_request_error"'))),
    Mutant("task-refused-with-422", ("PPLX-AGENT-402", "PPLX-AGENT-410"), after=_status(AGENT, 400, 422)),
    Mutant("task-reserved-names-taken", ("PPLX-AGENT-411",), after=_accepting(b"is reserved")),
    Mutant("task-stray-outputs-taken", ("PPLX-AGENT-412",), after=_accepting(b"no function call has")),
)  # fmt: skip
