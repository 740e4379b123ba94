"""Turn an agent's answer into the payloads of its events; joined, they say what the answer says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mock_server import wire
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import ids, tokens

_NAME = b'"type":"'
_NUMBER, _TYPE = "sequence_number", "type"
_TERMINAL = {"incomplete": "incomplete", "cancelled": "cancelled", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a stream tells.

    Args:
        opening: The body before anything was done.
        body: The body in the end.
        usage: Whether the last event tells the usage.
        pieces: The text as it is to be told; as the model's tokens where there are none.
        stopped: Gives the body of a run that was cancelled, once it was.
    """

    opening: JSONObject
    body: JSONObject
    usage: bool = True
    pieces: tuple[str, ...] = ()
    stopped: Callable[[], JSONObject | None] = lambda: None


def payloads(told: Told, *, after: int = -1) -> Iterator[bytes]:
    """Write the events of an answer (order and gaps: evidence 2.5).

    Args:
        told: The answer.
        after: The sequence number after which to begin.
    """
    cancelled = told.stopped()
    if cancelled is not None:
        told = replace(told, body=cancelled)
    number = 0
    for event in _events(told):
        if event is None:  # numbers may skip
            number += 1
            continue
        if cancelled is None and (cancelled := told.stopped()) is not None:
            break
        if number > after:
            yield event.written(number)
        number += 1
    if cancelled is not None:  # who took the stream up further on than it came is to hear of the end, too
        number = max(number, after + 1)
    if number > after:
        yield _terminal(cancelled or told.body, usage=told.usage).written(number)


def name_of(payload: bytes) -> bytes:
    """The name of an event: its type, of which no other comes later."""
    return payload.rpartition(_NAME)[2].partition(b'"')[0]


@dataclass(frozen=True, slots=True)
class _Event:
    """An event without its number: its type, and the members before the number, between both, and after the type."""

    type: str
    before: bytes
    between: bytes = b""
    after: bytes = b""

    def written(self, number: int) -> bytes:
        """Write it; keys stand in the order of the alphabet."""
        kind = self.type.encode("ascii")
        return b'%b"sequence_number":%d,%b"type":"%b"%b}' % (self.before, number, self.between, kind, self.after)


def _event(kind: str, fields: JSONObject) -> _Event:
    """Make an event of a type whose name begins with `response.`."""
    before = [_member(key, fields[key]) + b"," for key in sorted(fields) if key < _NUMBER]
    between = [_member(key, fields[key]) + b"," for key in sorted(fields) if _NUMBER < key < _TYPE]
    after = [b"," + _member(key, fields[key]) for key in sorted(fields) if key > _TYPE]
    return _Event(f"response.{kind}", b"{" + b"".join(before), b"".join(between), b"".join(after))


def _member(key: str, value: JSON) -> bytes:
    return b'"%b":%b' % (key.encode("ascii"), wire.dumps(value))


def _events(told: Told) -> Iterator[_Event | None]:
    """All events but the one that ends the stream; nothing where a number is left out."""
    yield _event("created", {"response": told.opening})
    yield _event("in_progress", {"response": told.opening})
    yield None
    thoughtful = _thoughts(told.body) > 0
    if thoughtful:
        yield _event("reasoning.started", {"thought": "Thinking..."})
    for index, item in enumerate(_members(told.body.get("output"))):
        if thoughtful and item.get("type") == "message":
            yield _event("reasoning.stopped", {"thought": "Done thinking."})
            thoughtful = False
        yield from _item(told, item, index)
    if thoughtful:
        yield _event("reasoning.stopped", {"thought": "Done thinking."})


def _terminal(body: JSONObject, *, usage: bool) -> _Event:
    """The event that ends the stream and says how the run ended."""
    kind = _TERMINAL.get(str(body.get("status")), "completed")
    if kind == "failed" and isinstance(body.get("error"), dict):
        return _event(kind, {"error": body["error"]})
    return _event(kind, {"response": body if usage else {**body, "usage": None}})


def _thoughts(body: JSONObject) -> int:
    usage = body.get("usage")
    details = usage.get("output_tokens_details") if isinstance(usage, dict) else None
    found = details.get("reasoning_tokens") if isinstance(details, dict) else 0
    return found if isinstance(found, int) else 0


def _members(value: JSON) -> list[JSONObject]:
    """The objects of a list; a stub may have put anything into an answer."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _item(told: Told, item: JSONObject, index: int) -> Iterator[_Event | None]:
    kind = item.get("type")
    if kind == "message":
        yield from _message(told, item, index)
    elif kind in _TOOLS:
        yield from _tool(told, _TOOLS[str(kind)], item, index)
    else:
        yield _event("output_item.added", {"item": item, "output_index": index})
        if kind == "skill_loaded":
            yield _event("skill.loaded", {"name": item.get("name")})
        yield _event("output_item.done", {"item": item, "output_index": index})


def _message(told: Told, item: JSONObject, index: int) -> Iterator[_Event | None]:
    yield _event("output_item.added", {"item": {**item, "content": None}, "output_index": index})
    name = item.get("id")
    for number, part in enumerate(_members(item.get("content"))):
        text = str(part.get("text", ""))
        place: JSONObject = {"content_index": number, "item_id": name, "output_index": index}
        before = b'{"content_index":%d,"delta":' % number
        after = b',"item_id":%b,"output_index":%d,' % (wire.dumps(name), index)
        for piece in told.pieces if "".join(told.pieces) == text else tokens.split(text):
            yield _Event("response.output_text.delta", before + wire.dumps(piece) + after)
        yield None
        yield _event("output_text.done", {**place, "text": text})
    yield _event("output_item.done", {"item": item, "output_index": index})


@dataclass(frozen=True, slots=True)
class _Tool:
    """How a built-in tool's item is told.

    Args:
        name: The function that it is inside.
        asked: What that function takes.
        queries: The event that tells what is asked, and `results` the one that tells what was found.
        found: The key of what was found.
        thoughts: What is thought before and after.
    """

    name: str
    asked: str
    queries: str
    results: str
    found: str
    thoughts: tuple[str, str]


_WEB = ("Searching the web...", "Found {count} results")
_TOOLS = {
    "search_results": _Tool(
        "search_web", "queries", "reasoning.search_queries", "reasoning.search_results", "results", _WEB
    ),
    "people_search_results": _Tool(
        "search_people", "queries", "reasoning.search_queries", "reasoning.search_results", "results", _WEB
    ),
    "image_search_results": _Tool(
        "image_search",
        "queries",
        "reasoning.image_search_queries",
        "reasoning.image_search_results",
        "results",
        ("Searching for images...", "Found {count} images"),
    ),
    "fetch_url_results": _Tool(
        "fetch_url",
        "urls",
        "reasoning.fetch_url_queries",
        "reasoning.fetch_url_results",
        "contents",
        ("Reading pages...", "Read {count} pages"),
    ),
}


def _tool(told: Told, tool: _Tool, item: JSONObject, index: int) -> Iterator[_Event]:
    """A built-in tool is added as the call that it is inside, and done as what it found."""
    key = str(told.body.get("id")).encode("utf-8")[-64:]
    call = "call_" + ids.uuid(ids.digest(b"call %d" % index, key=key, size=16))
    found = item.get(tool.found)
    rows = _members(found)
    asked: JSON = item.get("queries") or [] if tool.asked == "queries" else [row.get("url") for row in rows]
    inside: JSONObject = {
        "arguments": wire.dumps({tool.asked: asked}).decode("utf-8"),
        "call_id": call,
        "id": "fc_" + ids.uuid(ids.digest(b"item %d" % index, key=key, size=16)),
        "name": tool.name,
        "status": "completed",
        "type": "function_call",
    }
    before, after = tool.thoughts
    yield _event("output_item.added", {"item": inside, "output_index": index})
    yield _event(tool.queries, {"call_id": call, tool.asked: asked, "thought": before})
    told_found: JSONObject = {"call_id": call, tool.found: found, "thought": after.format(count=len(rows))}
    yield _event(tool.results, told_found)
    yield _event("output_item.done", {"item": item, "output_index": index})
