"""Take values out of an answer; what is missing or of another type is a finding, not an error."""

from __future__ import annotations

import re
from typing import TypeVar

from contract_tests.exchange import shortened
from contract_tests.findings import UnmetError
from mock_server.jsontypes import JSON, JSONObject

T = TypeVar("T")
MARKER = re.compile(r"\[([0-9]{1,4})\]")


def at(value: JSON, *steps: str | int) -> JSON:
    """Follow keys and indexes; raises `UnmetError` where one leads nowhere."""
    node = value
    for step in steps:
        match node, step:
            case dict(), str() if step in node:
                node = node[step]
            case list(), int() if -len(node) <= step < len(node):
                node = node[step]
            case _:
                raise UnmetError(f"a value at {_path(steps)}", f"nothing at {step!r} in {shortened(node)}")
    return node


def has(value: JSON, *steps: str | int) -> bool:
    """Whether there is something."""
    try:
        at(value, *steps)
    except UnmetError:
        return False
    return True


def text(value: JSON, *steps: str | int) -> str:
    """A text."""
    return _typed(at(value, *steps), str, steps)


def integer(value: JSON, *steps: str | int) -> int:
    """A whole number."""
    found = at(value, *steps)
    if isinstance(found, bool):
        raise UnmetError(f"an integer at {_path(steps)}", shortened(found))
    return _typed(found, int, steps)


def rows(value: JSON, *steps: str | int) -> list[JSONObject]:
    """A list of objects."""
    return [_typed(row, dict, steps) for row in listed(value, *steps)]


def texts(value: JSON, *steps: str | int) -> list[str]:
    """A list of texts."""
    return [_typed(row, str, steps) for row in listed(value, *steps)]


def listed(value: JSON, *steps: str | int) -> list[JSON]:
    """A list."""
    found: list[JSON] = _typed(at(value, *steps), list, steps)
    return found


def member(value: JSON, *steps: str | int) -> JSONObject:
    """An object."""
    found: JSONObject = _typed(at(value, *steps), dict, steps)
    return found


def agree(one: JSON, other: JSON) -> bool:
    """Whether two values say the same, but for members of objects that only one of them has.

    A server may add fields, and need not add them everywhere; what must be there the contract's schemas say.
    """
    match one, other:
        case dict(), dict():
            return all(agree(one[name], other[name]) for name in one.keys() & other.keys())
        case list(), list():
            return len(one) == len(other) and all(map(agree, one, other))
        case _:
            return one == other


def markers(said: str) -> list[int]:
    """The numbers of a text's citation markers, in order."""
    return [int(number) for number in MARKER.findall(said)]


def _typed(value: object, kind: type[T], steps: tuple[str | int, ...]) -> T:
    if not isinstance(value, kind):
        raise UnmetError(f"a {kind.__name__} at {_path(steps)}", shortened(value))
    return value


def _path(steps: tuple[str | int, ...]) -> str:
    return "/" + "/".join(str(step) for step in steps)
