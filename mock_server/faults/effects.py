"""What faults do to an answer while it is still JSON."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator

from mock_server.contract.document import mapping
from mock_server.facts import merge_patch
from mock_server.faults import tables
from mock_server.faults.model import Effects, Shape
from mock_server.jsontypes import JSON, JSONObject

Amendment = Callable[[JSONObject], JSONObject]

_WORD = re.compile(r"\s*\S+")
_FOUND = ("citations", "search_results", "images", "results")
_FOUND_ITEMS = {"search_results": "results", "fetch_url_results": "contents"}
_SURPRISE: JSON = {"added_by": "a fault"}


def amendments(effects: Effects) -> list[Amendment]:
    """What effects do to the body of an answer; a stream is made of the changed body."""
    made: list[Amendment] = []
    if effects.empty_results:
        made.append(_without_results)
    if effects.finish_reason is not None:
        made.append(_finishing(effects.finish_reason))
    if effects.near_empty:
        made.append(_nearly_empty)
    if effects.cut_text is not None:
        made.append(_cutting(effects.cut_text))
    if effects.wrap is not None:
        made.append(_wrapping(tables.load().wraps[effects.wrap]))
    if effects.run is not None:
        made.append(_ending(tables.load().runs[effects.run].fields))
    return made


def reshapings(effects: Effects) -> list[Amendment]:
    """What effects do to the body of a plain answer, or to each frame of a stream."""
    made: list[Amendment] = []
    if effects.patch is not None:
        made.append(_patching(effects.patch))
    if effects.extra_key is not None:
        made.append(_adding(effects.extra_key.split(".")))
    if effects.missing_key is not None:
        made.append(_leaving_out(effects.missing_key.split(".")))
    return made


def shaped(error: JSONObject, shape: Shape) -> JSON:
    """Write an error in another shape (evidence 4.3, 4.4).

    Args:
        error: Its message, type and code.
        shape: The shape.

    Returns:
        The body; a bare text where the shape is none of JSON.
    """
    message = error["message"]
    shapes: dict[Shape, JSON] = {
        "string": {"error": message},
        "detail": {"detail": message},
        "details": {"detail": [{"loc": ["body"], "msg": message, "type": error["type"]}]},
        "message": {"message": message},
        "string-code": {"error": {**error, "code": str(error["code"])}},
        "null-code": {"error": {"code": None, "message": message, "param": None, "type": error["type"]}},
        "text": message,
    }
    return shapes[shape]


def _without_results(body: JSONObject) -> JSONObject:
    changed = {name: _emptied(value) if name in _FOUND else value for name, value in body.items()}
    output = body.get("output")
    if isinstance(output, list):
        changed["output"] = [_item_without_results(mapping(item)) for item in output]
    return changed


def _emptied(found: JSON) -> JSON:
    """Nothing found; for several queries, nothing for each."""
    lists = [item for item in found if isinstance(item, list)] if isinstance(found, list) else []
    return [[] for _ in lists]


def _item_without_results(item: JSONObject) -> JSONObject:
    name = _FOUND_ITEMS.get(str(item.get("type")))
    return item if name is None else {**item, name: []}


def _finishing(reason: str) -> Amendment:
    def change(body: JSONObject) -> JSONObject:
        changed = copy.deepcopy(body)
        for choice in _members(changed.get("choices")):
            if reason == "missing":
                choice.pop("finish_reason", None)
            else:
                choice["finish_reason"] = None if reason == "null" else reason
        return changed

    return change


def _nearly_empty(body: JSONObject) -> JSONObject:
    changed = _with_texts(body, lambda text: _words(text, 1))
    usage = changed.get("usage")
    if isinstance(usage, dict):
        for spent, asked in (("completion_tokens", "prompt_tokens"), ("output_tokens", "input_tokens")):
            before = usage.get(asked)
            if spent in usage and isinstance(before, int):
                usage[spent] = 1
                usage["total_tokens"] = before + 1
    return changed


def _cutting(length: float) -> Amendment:
    if isinstance(length, int):
        return lambda body: _with_texts(body, lambda text: _words(text, length))
    return lambda body: _with_texts(body, lambda text: text[: int(len(text) * length)])


def _words(text: str, count: int) -> str:
    found = [match.end() for _, match in zip(range(count), _WORD.finditer(text), strict=False)]
    return text[: found[-1]] if found else ""


def _wrapping(around: tables.Wrapping) -> Amendment:
    return lambda body: _with_texts(body, lambda text: around.before + text + around.after)


def _ending(fields: JSONObject) -> Amendment:
    return lambda body: {**body, **copy.deepcopy(fields)} if body.get("object") == "response" else body


def _with_texts(body: JSONObject, change: Callable[[str], str]) -> JSONObject:
    """Change what the model says, be it a chat or a run of the Agent API."""
    changed = copy.deepcopy(body)
    for choice in _members(changed.get("choices")):
        message = choice.get("message")
        if isinstance(message, dict):
            _change(message, "content", change)
    for item in _members(changed.get("output")):
        for part in _members(item.get("content")):
            _change(part, "text", change)
    return changed


def _change(holder: JSONObject, name: str, change: Callable[[str], str]) -> None:
    text = holder.get(name)
    if isinstance(text, str):
        holder[name] = change(text)


def _members(value: JSON) -> Iterator[JSONObject]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _patching(patch: JSONObject) -> Amendment:
    return lambda body: mapping(merge_patch(body, patch))


def _adding(path: list[str]) -> Amendment:
    def change(body: JSONObject) -> JSONObject:
        changed = copy.deepcopy(body)
        holder = _at(changed, path[:-1])
        if isinstance(holder, dict):
            holder[path[-1]] = copy.deepcopy(_SURPRISE)
        return changed

    return change


def _leaving_out(path: list[str]) -> Amendment:
    def change(body: JSONObject) -> JSONObject:
        changed = copy.deepcopy(body)
        holder = _at(changed, path[:-1])
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        return changed

    return change


def _at(value: JSON, path: list[str]) -> JSON:
    """Go down a path of names and numbers; nothing where it leads nowhere."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
