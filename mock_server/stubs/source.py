"""Read what users write in YAML or JSON, and tell what is wrong with it by file, line and field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import orjson
import yaml_rs
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mock_server.jsontypes import JSON
from mock_server.stubs import positions, wording
from mock_server.stubs.problems import Problem, StubError

ModelT = TypeVar("ModelT", bound=BaseModel)
FoundT = TypeVar("FoundT")
Step = str | int
Place = tuple[Step, ...]

MOST_TOLD = 20
"""Things that are told of a file in which much is wrong: to find each line takes as long as the file has lines."""
_TOO_DEEP = re.compile(r"^(?:[ \t]|[-?:](?=[ \t])){513}", re.MULTILINE)
"""Begins a line that is further in than the parser of YAML has stack for; it would take the process along."""
_INTEGERS = range(-(2**63), 2**64)


class _DoubledError(ValueError):
    """A key is there twice."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, to find lines in."""

    name: str
    text: str

    @property
    def is_json(self) -> bool:
        """Whether it is JSON and not YAML."""
        return self.name.endswith(".json")

    def problem(self, path: Sequence[Step], reason: str, *, stub: str = "", line: int = 0) -> Problem:
        """Word what is wrong at a place of the file."""
        find = positions.in_json if self.is_json else positions.in_yaml
        return Problem(stub, tuple(path), reason, self.name, line or find(self.text, path))

    def refusal(self, reason: str, line: int = 0) -> StubError:
        """Word what is wrong with the file as such."""
        return StubError([Problem("", (), reason, self.name, line)])


def of_file(file: Path, name: str, *, most: int) -> Source:
    """Read a file.

    Args:
        file: The file.
        name: How messages call it.
        most: Bytes that it may have.

    Raises:
        StubError: It cannot be read, is too long, or no text.
    """
    try:
        if file.stat().st_size > most:
            raise Source(name, "").refusal(f"a file of this kind has at most {most} bytes")
        return Source(name, file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Source(str(file), "").refusal(error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise Source(name, "").refusal("the text is not UTF-8") from None


def content_of(source: Source) -> JSON:
    """Parse a file; raises `StubError` where it is neither YAML nor JSON, whichever its name says."""
    try:
        return _json(source.text) if source.is_json else _yaml(source)
    except orjson.JSONDecodeError as error:
        raise source.refusal(error.msg, error.lineno) from None
    except yaml_rs.YAMLDecodeError as error:
        line, reason = wording.of_yaml(str(error), source.text)
        raise source.refusal(reason, line) from None
    except _DoubledError as error:
        line, reason = wording.of_doubled(str(error), source.text)
        raise source.refusal(reason, line) from None
    except RecursionError:
        raise source.refusal("nested too deep") from None


def read(model: type[ModelT], content: JSON, source: Source) -> ModelT:
    """Take what a file says for something of a given form.

    Args:
        model: The form.
        content: What the file says.
        source: The file.

    Raises:
        StubError: It is of another form, or holds what JSON has not; each problem has its path in the file.
    """
    odd = [*_odd(content)]
    if odd:
        raise StubError(told(odd, lambda found: source.problem(*found)))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        places: dict[Place, list[ErrorDetails]] = {}
        for one in error.errors(include_url=False, include_input=False):
            places.setdefault(wording.path_of(one["loc"], content), []).append(one)
        raise StubError(told([*places.items()], lambda found: source.problem(found[0], _reasons(found[1])))) from None


def told(found: Sequence[FoundT], worded: Callable[[FoundT], Problem]) -> list[Problem]:
    """Word what is wrong, and of very much the first only."""
    shown = [worded(one) for one in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        shown.append(Problem("", (), f"{len(found) - MOST_TOLD} more are wrong", shown[-1].file))
    return shown


def _reasons(errors: Sequence[ErrorDetails]) -> str:
    """Word what pydantic found; of a place that could be of several types, all reasons are told together."""
    return ", or ".join(dict.fromkeys(wording.of_pydantic(error) for error in errors))


def _json(text: str) -> JSON:
    content: JSON = orjson.loads(text)
    json.loads(text, object_pairs_hook=_once, parse_int=str)
    return content


def _once(members: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in members:
        if name in names:
            raise _DoubledError(name)
        names.add(name)


def _yaml(source: Source) -> JSON:
    deep = _TOO_DEEP.search(source.text)
    if deep is not None:
        raise source.refusal("nested too deep", source.text.count("\n", 0, deep.start()) + 1)
    return cast("JSON", yaml_rs.loads(source.text, parse_datetime=False))


def _odd(content: object) -> Iterator[tuple[Place, str]]:
    """Find what YAML has and JSON has not, by place; without recursion, as YAML nests as deep as it likes."""
    waiting: list[tuple[Place, object]] = [((), content)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            yield from ((place, f"the key {key!r} is no text") for key in value if not isinstance(key, str))
            waiting += [((*place, key), below) for key, below in value.items() if isinstance(key, str)]
        elif isinstance(value, list):
            waiting += [((*place, number), below) for number, below in enumerate(value)]
        elif isinstance(value, int) and value not in _INTEGERS:
            yield place, "an integer has 64 bits at most"
        elif isinstance(value, float) and not math.isfinite(value):
            yield place, f"JSON has no {value}"
        elif not isinstance(value, str | int | float | None):
            yield place, f"JSON has no {type(value).__name__}"
