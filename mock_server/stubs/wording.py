"""The words of parsers and of pydantic as somebody reads them who writes a stub."""

from __future__ import annotations

import difflib
import re

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mock_server.faults.model import Fault
from mock_server.jsontypes import JSON, JSONObject
from mock_server.stubs import model
from mock_server.stubs.model import Stub
from mock_server.stubs.problems import Problem, StubError

_POSITION = re.compile(r"line (\d+)")
_DOUBLED = re.compile(r"duplicate mapping key: '(.*)'", re.DOTALL)
_VALUE_ERROR = "Value error, "
_FORMS: tuple[type[BaseModel], ...] = (
    model.StubFile, model.Stub, model.When, model.Reply, model.Step, model.Streamed, model.TextMatch,
    model.MessageMatch, model.ValueMatch, Fault,
)  # fmt: skip


def of_pydantic(error: ErrorDetails) -> str:
    """Word what is wrong with a value."""
    if error["type"] == "extra_forbidden":
        return _no_such_field(str(error["loc"][-1]))
    if error["type"] == "missing":
        return "this has to be given"
    if error["type"] == "model_type":
        return "fields are wanted here, as in `name: value`"
    message = error["msg"]
    if message.startswith(_VALUE_ERROR):
        return message.removeprefix(_VALUE_ERROR)
    return message[:1].lower() + message[1:]


def path_of(location: tuple[str | int, ...], content: JSON) -> tuple[str | int, ...]:
    """The place of an error without the names of types, which pydantic puts in between."""
    path: list[str | int] = []
    node = content
    for place, step in enumerate(location):
        if isinstance(node, dict) and step in node:
            node = node[str(step)]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        elif not isinstance(node, dict) or place < len(location) - 1 or not isinstance(step, str) or "-" in step:
            continue
        path.append(step)
    return tuple(path)


def stub_of(content: JSONObject) -> Stub:
    """Read a stub from data.

    Raises:
        StubError: It is of no such form.
    """
    try:
        return Stub.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise StubError(Problem("", path_of(one["loc"], content), of_pydantic(one)) for one in found) from None


def of_yaml(message: str, text: str) -> tuple[int, str]:
    """Word what the parser of YAML says; returns the line, 0 where none is known, and the reason."""
    position, doubled = _POSITION.search(message), _DOUBLED.search(message)
    if doubled is not None:
        return of_doubled(doubled[1], text)
    reason = message.strip().rpartition("\n")[2] or "no YAML"
    return int(position[1]) if position else 0, reason


def of_doubled(key: str, text: str) -> tuple[int, str]:
    """Word that a key is there twice; returns as `of_yaml`."""
    return _doubled(key, text), f"the key {key!r} is there twice"


def _no_such_field(name: str) -> str:
    known = sorted({field.alias or key for form in _FORMS for key, field in form.model_fields.items()})
    close = [other for other in difflib.get_close_matches(name, known, n=2) if other != name]
    return f"there is no such field here. Did you mean {close[0]!r}?" if close else "there is no such field here"


def _doubled(key: str, text: str) -> int:
    """Find the second of two equal keys: as far in as the first, and nothing further out in between."""
    first = -1
    for number, line in enumerate(text.splitlines(), 1):
        content = line.lstrip(" -")
        indent = len(line) - len(content)
        if not content or content.startswith("#"):
            continue
        if content.startswith((f"{key}:", f'"{key}":', f"'{key}':")):
            if indent == first:
                return number
            first = indent
        elif indent < first or (line.lstrip().startswith("-") and indent <= first):
            first = -1
    return 0
