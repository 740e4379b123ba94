"""Keep what happened as a file of stubs, which answers the same requests the same way again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from mock_server import redaction
from mock_server.contract import render
from mock_server.embedded.recorded import RecordedCall
from mock_server.errors import PplxMockError
from mock_server.journal import answers
from mock_server.jsontypes import JSON, JSONObject
from mock_server.stubs import checks
from mock_server.stubs.checks import Face
from mock_server.stubs.wording import stub_of

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*(/[\w-]+(\.[\w-]+)*)*")
_SAID = frozenset({"messages", "input", "query", "stream"})
"""Fields whose text `last_user` stands for, and the one that says how an answer is sent."""
_SENTINEL = b"[DONE]"
_HEAD = "# What was asked and answered, kept by pplx-mock: each request of this kind gets this answer again.\n"


class RecordError(PplxMockError):
    """What happened cannot be kept."""


def place_of(name: str | Path, folder: Path) -> Path:
    """Where a recording is kept: a path as it is, a name in the folder.

    Raises:
        RecordError: The name leads out of the folder.
    """
    if isinstance(name, Path):
        return name
    if _NAME.fullmatch(name) is None:
        raise RecordError(
            f"a recording is named with letters, digits, - and _, as in 'bees', got {name!r}; or give a Path"
        )
    return folder / (name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")


def write(place: Path, calls: Sequence[RecordedCall], face: Face) -> Path:
    """Write calls as a file of stubs.

    Args:
        place: The file; its folder is made where there is none.
        calls: What happened.
        face: The edition that answered: what breaks its contract is marked so.

    Returns:
        The file.

    Raises:
        RecordError: Nothing happened that could be kept, or the file cannot be written.
    """
    kept, left = _sorted(calls)
    if not kept:
        raise RecordError("nothing was answered that could be kept: ask perplexity_mock.url before record()")
    notes = "".join(f"# Not kept: {call.place}, {reason}.\n" for call, reason in left)
    content: JSONObject = {"stubs": [_stub(group, face) for group in _grouped(kept)]}
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_HEAD + notes + render.as_yaml(content), encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{place} cannot be written: {error.strerror}") from None
    return place


def _sorted(calls: Iterable[RecordedCall]) -> tuple[list[RecordedCall], list[tuple[RecordedCall, str]]]:
    """Tell calls that can be kept from others, with the reason."""
    kept, left = list[RecordedCall](), list[tuple[RecordedCall, str]]()
    for call in calls:
        reason = _obstacle(call)
        if reason:
            left.append((call, reason))
        else:
            kept.append(call)
    return kept, left


def _obstacle(call: RecordedCall) -> str:
    told = call.entry.told
    if not call.operation:
        return "the contract has no such operation"
    if told.outcome != "complete":
        return "the answer did not come to its end"
    if call.streamed and call.entry.end == "done" and _joined(call) is not None:
        return ""
    if told.omitted:
        return "the answer is too long"
    if not call.streamed and not isinstance(answers.parsed(told.opening), dict):
        return f"the answer, {told.status}, has no JSON body"
    return ""


def _grouped(calls: Iterable[RecordedCall]) -> list[list[RecordedCall]]:
    """Put the same requests together, in the order in which they were first made."""
    groups: dict[str, list[RecordedCall]] = {}
    for call in calls:
        groups.setdefault(call.entry.digest, []).append(call)
    return list(groups.values())


def _stub(calls: Sequence[RecordedCall], face: Face) -> JSONObject:
    replies: list[JSONObject] = [_reply(call) for call in calls]
    distinct = [reply for place, reply in enumerate(replies) if place == 0 or reply != replies[place - 1]]
    reply: JSONObject = replies[0] if len(distinct) == 1 else {"sequence": [*replies]}
    made: JSONObject = {"when": _when(calls[0]), "reply": reply}
    if checks.problems(stub_of(made), face, name="recorded"):
        made["check"] = False
    return made


def _when(call: RecordedCall) -> JSONObject:
    """Conditions that this request meets, and others that ask the same."""
    found: JSONObject = {"operation": call.operation}
    if "{" in (call.entry.operation.path if call.entry.operation else ""):
        found["path"] = call.path
    content = call.json if isinstance(call.json, dict) else {}
    if call.last_user:
        found["last_user"] = call.last_user
    if isinstance(content.get("query"), list):
        found["body"] = {"$.query": {"equals": content["query"]}}
        found.pop("last_user", None)
    fields: JSONObject = {f"$.{name}": _equals(value) for name, value in content.items() if name not in _SAID}
    if fields:
        before = found.get("body")
        found["body"] = {**(before if isinstance(before, dict) else {}), **fields}
    return found


def _equals(value: JSON) -> JSON:
    return {"equals": value} if isinstance(value, dict | list) else value


def _reply(call: RecordedCall) -> JSONObject:
    told = call.entry.told
    body = _joined(call) if call.streamed else answers.parsed(told.opening)
    if body is not None:
        return {"body": body, **({"status": told.status} if told.status != _OK else {})}
    payloads = answers.payloads(told.opening + told.closing)
    done = bool(payloads) and payloads[-1].strip() == _SENTINEL
    frames: list[JSON] = [_frame(payload) for payload in (payloads[:-1] if done else payloads)]
    return {"stream": {"frames": frames, **({"done": True} if done else {})}}


def _joined(call: RecordedCall) -> JSONObject | None:
    """The plain answer that a stream says, out of its last frame; nothing where that does not hold it.

    A file with all frames would be long, and nobody would look at it; the fake makes the stream of it again.
    """
    told = call.entry.told
    payloads = [one for one in answers.payloads(told.closing or told.opening) if one.strip() != _SENTINEL]
    last = answers.parsed(payloads[-1]) if payloads else None
    if not isinstance(last, dict):
        return None
    response, choices = last.get("response"), last.get("choices")
    if isinstance(response, dict):
        return response
    if not isinstance(choices, list) or "usage" not in last:
        return None
    return {**last, "object": _WHOLE, "choices": [_choice(choice, call.text) for choice in choices]}


def _choice(choice: JSON, text: str) -> JSON:
    if not isinstance(choice, dict):
        return choice
    message = choice.get("message")
    said: JSONObject = {"role": "assistant", "content": text, **(message if isinstance(message, dict) else {})}
    return {**{name: value for name, value in choice.items() if name != "delta"}, "message": said}


def _frame(payload: bytes) -> JSON:
    parsed = answers.parsed(payload)
    return parsed if isinstance(parsed, dict) else redaction.text(payload.decode("utf-8", "replace"))


_OK = 200
_WHOLE = "chat.completion"
