"""Read what is asked of the bytes of an answer: its error, its cost, its text, and how its stream ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

import orjson

from mock_server.jsontypes import JSON, JSONObject

End = Literal["plain", "done", "cut"]

_COST = b'"total_cost"'
_AMOUNT = re.compile(rb'"total_cost"\s*:\s*(-?[0-9][0-9.eE+-]*)')
_IDENTITY = re.compile(rb'"id"\s*:\s*"([^"]{1,200})"')
_SENTINEL = b"[DONE]"
_LAST_OBJECT = "chat.completion.done"
_LAST_TYPES = frozenset({"response.completed", "response.failed", "response.incomplete", "response.cancelled"})
_LAST_EVENTS = 3
_DELTA = "response.output_text.delta"


def parsed(content: bytes) -> JSON:
    """Parse JSON; nothing where it is none."""
    try:
        found: JSON = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found


def error(content: bytes) -> str:
    """The type of an error; `html`, `empty` or `unknown` where the body has none."""
    body = parsed(content)
    inner = body.get("error") if isinstance(body, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("type"), str):
        return str(inner["type"])
    if not content.strip():
        return "empty"
    return "html" if content.lstrip()[:1] == b"<" else "unknown"


def message(content: bytes) -> str:
    """The text of an error; the whole body where it is none."""
    body = parsed(content)
    inner = body.get("error") if isinstance(body, dict) else None
    said = inner.get("message") if isinstance(inner, dict) else None
    return said if isinstance(said, str) else content.decode("utf-8", "replace")


def cost(content: bytes, *, last: bool = True) -> Decimal | None:
    """The total cost that an answer says, to its last digit; found without parsing the answer.

    Inside a text of JSON the quote before the colon is escaped, so no text can be taken for the field.

    Args:
        content: An answer, or a stream.
        last: Take the last one, as a stream says in earlier frames what is not yet true.
    """
    place = content.rfind(_COST) if last else content.find(_COST)
    found = _AMOUNT.match(content, place) if place >= 0 else None
    return None if found is None else _decimal(found[1])


@lru_cache(1024)
def _decimal(digits: bytes) -> Decimal | None:
    try:
        return Decimal(digits.decode("ascii"))
    except InvalidOperation:
        return None


def identity(content: bytes) -> str:
    """The first id in an answer or in a stream, which is its own."""
    found = _IDENTITY.search(content)
    return "" if found is None else found[1].decode("utf-8", "replace")


def payloads(content: bytes) -> list[bytes]:
    """The data of a stream's events, in their order; one that was cut off is left out."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    *events, _ = lines.split(b"\n\n")
    found = []
    for event in events:
        data = [line[5:].removeprefix(b" ") for line in event.split(b"\n") if line.startswith(b"data:")]
        if data:
            found.append(b"\n".join(data))
    return found


def end(content: bytes) -> End:
    """Whether a stream came to its last event: a sentinel, a `done` object, a finish reason or a final state."""
    return "done" if any(_is_last(payload) for payload in payloads(content)[-_LAST_EVENTS:]) else "cut"


def text(opening: bytes, closing: bytes, *, streamed: bool) -> str:
    """What an answer says, as far as it was kept."""
    if not streamed:
        return _said(parsed(opening), "message") or _output(parsed(opening))
    frames = [parsed(payload) for payload in payloads(closing or opening)]
    for frame in reversed(frames):
        whole = _said(frame, "message") or _output(frame)
        if whole:
            return whole
    return "".join(_piece(frame) for frame in frames)


def _is_last(payload: bytes) -> bool:
    if payload.strip() == _SENTINEL:
        return True
    frame = parsed(payload)
    if not isinstance(frame, dict):
        return False
    if frame.get("object") == _LAST_OBJECT or frame.get("type") in _LAST_TYPES:
        return True
    choice = _choice(frame)
    return isinstance(choice.get("finish_reason"), str)


def _choice(frame: JSONObject) -> JSONObject:
    choices = frame.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def content_of(message: JSON) -> str:
    """The text of a message, be it whole or in parts."""
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else "".join(_parts(content))


def _said(frame: JSON, member: str) -> str:
    return content_of(_choice(frame).get(member)) if isinstance(frame, dict) else ""


def _piece(frame: JSON) -> str:
    if isinstance(frame, dict) and frame.get("type") == _DELTA:
        delta = frame.get("delta")
        return delta if isinstance(delta, str) else ""
    return _said(frame, "delta")


def _output(frame: JSON) -> str:
    """The text of a response of the Agent API, or of the event that carries one."""
    if isinstance(frame, dict) and isinstance(frame.get("response"), dict):
        frame = frame["response"]
    return "".join(_texts(frame.get("output") if isinstance(frame, dict) else None))


def _texts(output: JSON) -> Iterator[str]:
    for item in output if isinstance(output, list) else []:
        yield from _parts(item.get("content") if isinstance(item, dict) else None)


def _parts(content: JSON) -> Iterator[str]:
    for part in content if isinstance(content, list) else []:
        said = part.get("text") if isinstance(part, dict) else None
        if isinstance(said, str):
            yield said
