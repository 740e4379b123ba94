"""Write a document as JSON or YAML."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON, JSONObject

_PLAIN = re.compile(r"[A-Za-z/$](?:[\w /$.,;()\[\]{}'`<>=+*@!?&|%^~\"\\-]|:(?=[\w/]))*(?<! )", re.ASCII)
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def as_json(document: JSONObject) -> str:
    """Write a document as JSON, indented by two spaces, with a line end."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def as_yaml(document: JSONObject) -> str:
    """Write a document as YAML in block style, texts of several lines as such.

    Readers of YAML 1.1 and 1.2 agree on it: a text that either could take for a date, a number or a truth value
    stands in quotes. `yaml_rs.dumps` promises neither.
    """
    head, lines = _written(document)
    return "\n".join([*([head] if head else []), *lines]) + "\n"


def _written(value: JSON) -> tuple[str, list[str]]:
    """Write a value as what stands behind its key or dash, and the lines below."""
    if isinstance(value, dict) and value:
        return "", [line for key, item in value.items() for line in _under(f"{_text(key)}:", item)]
    if isinstance(value, list) and value:
        return "", [line for item in value for line in _behind_dash(item)]
    if isinstance(value, str) and _is_block(value):
        return _block(value)
    return _text(value) if isinstance(value, str) else _scalar(value), []


def _under(key: str, value: JSON) -> list[str]:
    head, lines = _written(value)
    return [f"{key} {head}" if head else key, *_indented(lines)]


def _behind_dash(value: JSON) -> list[str]:
    head, lines = _written(value)
    if head:
        return [f"- {head}", *_indented(lines)]
    return [f"- {lines[0]}", *_indented(lines[1:])]


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" if line else line for line in lines]


def _scalar(value: JSON) -> str:
    if not isinstance(value, float):
        return orjson.dumps(value).decode()
    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else f"{digits}.0"


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    # What JSON lets stand as it is but YAML takes for a line's end, or forbids, is escaped.
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in orjson.dumps(value).decode())


def _is_block(value: str) -> bool:
    lines = value.split("\n")
    return len(lines) > 1 and not value.startswith((" ", "\n")) and all(_is_line(line) for line in lines)


def _is_line(line: str) -> bool:
    return line.isprintable() and not line.isspace()


def _block(value: str) -> tuple[str, list[str]]:
    lines = value.split("\n")
    if lines[-1]:
        return "|-", lines
    return "|+" if not lines[-2] else "|", lines[:-1]
