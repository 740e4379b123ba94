"""Find the line of a place in a YAML or JSON text, for those who have to mend it; parsers do not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

Path = Sequence[str | int]

_KEY = re.compile(r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"\[\]{},-][^#]*?|-\S[^#]*?)\s*:(?=\s|$)""")
_DASH = re.compile(r"-(?=\s|$)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def in_yaml(text: str, path: Path) -> int:
    """Find where a place of a YAML text begins.

    Args:
        text: The text, in block style; what is written in braces is found at the line where they open.
        path: Keys and indexes.

    Returns:
        The line from 1: of the place, or of the last step to it that is there.
    """
    lines = [_Line(number, *_indented(line)) for number, line in enumerate(text.splitlines(), 1) if _says(line)]
    found = lines[0].number if lines else 1
    for step in path:
        below = _below(lines, step)
        if not below:
            break
        found, lines = below[0].number, _inside(below, step)
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    content: str


def _indented(line: str) -> tuple[int, str]:
    content = line.lstrip(" ")
    return len(line) - len(content), content


def _says(line: str) -> bool:
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith(("#", "%", "---", "..."))


def _below(lines: list[_Line], step: str | int) -> list[_Line]:
    """The lines of one member of a mapping or list, whose indentation is that of the first line."""
    if not lines:
        return []
    indent = lines[0].indent
    starts = [place for place, line in enumerate(lines) if line.indent == indent and _is_member(line, step)]
    if isinstance(step, int):
        starts = starts[step : step + 1]
    if not starts:
        return []
    first = starts[0]
    end = next(
        (place for place, line in enumerate(lines) if place > first and _is_next(line, indent, step)), len(lines)
    )
    return lines[first:end]


def _is_member(line: _Line, step: str | int) -> bool:
    if isinstance(step, int):
        return _DASH.match(line.content) is not None
    match = _KEY.match(line.content)
    return match is not None and _plain(match["key"]) == step


def _is_next(line: _Line, indent: int, step: str | int) -> bool:
    """Whether a line begins the next member; the items of a list may stand right below its key."""
    if line.indent != indent:
        return line.indent < indent
    return isinstance(step, int) or _DASH.match(line.content) is None


def _plain(key: str) -> str:
    if key.startswith('"'):
        return str(json.loads(key))
    return key[1:-1].replace("''", "'") if key.startswith("'") else key.strip()


def _inside(lines: list[_Line], step: str | int) -> list[_Line]:
    """What a member holds: below its key, or, of an item, behind its dash too."""
    first, *rest = lines
    if isinstance(step, str):
        return rest
    shift, content = _indented(first.content[1:])
    return [_Line(first.number, first.indent + 1 + shift, content), *rest] if content else rest


def in_json(text: str, path: Path) -> int:
    """Find where a place of a JSON text begins; arguments and result as `in_yaml`."""
    place = _skip(text, 0)
    for step in path:
        below = _member(text, place, step)
        if below is None:
            break
        place = below
    return text.count("\n", 0, place) + 1


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n,:":
        place += 1
    return place


def _member(text: str, place: int, step: str | int) -> int | None:
    """The place of one member of the object or list that begins at a place."""
    is_object = text[place : place + 1] == "{"
    if is_object is isinstance(step, int) or text[place : place + 1] not in {"{", "["}:
        return None
    place, count = _skip(text, place + 1), 0
    while place < len(text) and text[place] not in "}]":
        name: str | int = count
        if is_object:
            key = _end(text, place)
            name, place = str(json.loads(text[place:key])), _skip(text, key)
        if name == step:
            return place
        place, count = _skip(text, _end(text, place)), count + 1
    return None


def _end(text: str, place: int) -> int:
    """Where the value ends that begins at a place."""
    _, end = json.JSONDecoder().raw_decode(text, place)
    return end
