"""Enumerate the bodies at the boundaries of a JSON Schema: for each of its keywords, values on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from mock_server.contract import document as contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mock_server.jsontypes import JSON, JSONObject

_ONE_OF_EACH: tuple[JSON, ...] = (
    None, False, True, -1, 0, 1, 1.0, 1.5, "", "1", "text", "null", [], [None], ["text"], {}, {"type": "text"},
)  # fmt: skip
"""Values of every type, with those that a lax reader takes for another: `1.0`, ``"1"``, `True`."""

_ENUMERATED = frozenset(
    {
        "$ref", "additionalProperties", "anyOf", "const", "enum", "examples", "items", "maxItems", "maxLength",
        "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "oneOf", "pattern",
        "properties", "required", "type", "uniqueItems",
    },
)  # fmt: skip
_SILENT = frozenset({"$defs", "default", "deprecated", "description", "discriminator", "title"})
"""Keywords that no verdict depends on; `discriminator` repeats what the branches' `const` say."""

_TYPE_OF_KEYWORD = {
    "properties": "object", "required": "object", "additionalProperties": "object", "maxProperties": "object",
    "minProperties": "object", "items": "array", "maxItems": "array", "minItems": "array", "maxLength": "string",
    "minLength": "string", "pattern": "string", "maximum": "number", "minimum": "number",
}  # fmt: skip

_STEP = 0.001
_WIDE = "\N{GRINNING FACE}"
"""One code point, two UTF-16 units, four bytes: tells what a length counts."""
_STRANGERS = ("0", "3", "9", "x", "\N{ARABIC-INDIC DIGIT ONE}")


def enumerate_bodies(schema: JSONObject, document: JSONObject) -> Iterator[JSON]:
    """Enumerate bodies of which some are valid and some are not, each at a boundary of one keyword.

    Every body differs from a valid one in one place, so that a verdict says something about that place. Their number
    grows with the schema's size, not with its combinations. The order is always the same.

    Args:
        schema: A JSON Schema of the dialect 2020-12.
        document: Where its references lead, as in ``#/components/schemas/Message``.

    Yields:
        Bodies, none of them twice. They share parts with each other: do not change them.

    Raises:
        ValueError: A keyword is unknown, or a `pattern` has no `examples` to start from.

    """
    seen: set[bytes] = set()
    for body in _Schemas(document).around(schema):
        text = orjson.dumps(body)
        if text not in seen:
            seen.add(text)
            yield body


@dataclass(frozen=True, slots=True)
class _Schemas:
    """What a document's schemas take and refuse."""

    document: JSONObject

    def sample(self, schema: JSON) -> JSON:
        """Make one valid value, as small as can be."""
        found = self._resolved(schema)
        types = _types(found)
        branches = _branches(found)
        if "object" in types:
            return self._smallest_object(found)
        for values in (found.get("examples"), [found["const"]] if "const" in found else None, found.get("enum")):
            if isinstance(values, list) and values:
                return values[0]
        if branches:
            return self.sample(branches[0])
        return self._smallest(found, types[0] if types else "string")

    def around(self, schema: JSON, trail: frozenset[str] = frozenset()) -> Iterator[JSON]:
        """Make values on both sides of each keyword; `trail` holds the references that led here."""
        found = self._resolved(schema)
        ref = schema.get("$ref") if isinstance(schema, dict) else None
        if isinstance(ref, str):
            if ref in trail:
                return
            trail |= {ref}
        sample = self.sample(found)
        yield sample
        yield from _list(found, "examples")
        yield from _ONE_OF_EACH
        yield from ([sample], {"value": sample})
        yield from _members(found)
        for branch in _branches(found):
            yield from self.around(branch, trail)
        yield from self._of_types(found, trail)

    def _of_types(self, found: JSONObject, trail: frozenset[str]) -> Iterator[JSON]:
        types = _types(found)
        if "object" in types:
            yield from self._objects(found, trail)
        if "array" in types:
            yield from self._arrays(found, trail)
        if "string" in types:
            yield from _strings(found)
        if "integer" in types or "number" in types:
            yield from _numbers(found)

    def _objects(self, found: JSONObject, trail: frozenset[str]) -> Iterator[JSON]:
        properties = _mapping(found.get("properties"))
        smallest = self._smallest_object(found)
        fullest = {**smallest, **{name: self.sample(schema) for name, schema in properties.items()}}
        yield from (fullest, dict(reversed(fullest.items())))
        strangers: list[JSON] = ["text", None, {"text": [1]}]
        for stranger in strangers:
            yield {**smallest, "unknown_property": stranger}
        for name in fullest:
            yield {key: value for key, value in fullest.items() if key != name}
        for name, schema in properties.items():
            for value in self.around(schema, trail):
                yield {**smallest, name: value}
        yield from self._further_properties(found, smallest, trail)

    def _further_properties(self, found: JSONObject, smallest: JSONObject, trail: frozenset[str]) -> Iterator[JSON]:
        values = found.get("additionalProperties", True)
        for value in self.around(values, trail) if isinstance(values, dict) else ():
            yield {**smallest, "key": value}
        for count in _beside(found, "minProperties", "maxProperties"):
            yield {**smallest, **{f"key{number}": self.sample(values) for number in range(count - len(smallest))}}

    def _arrays(self, found: JSONObject, trail: frozenset[str]) -> Iterator[JSON]:
        items = found.get("items", True)
        item = self.sample(items)
        others = [item] * (_count(found, "minItems", 1) - 1)
        for value in self.around(items, trail) if isinstance(items, dict) else ():
            yield [*others, value]
        yield from ([item, item], [item, None])  # the first tells of `uniqueItems`
        for count in _beside(found, "minItems", "maxItems"):
            yield [item] * count

    def _smallest(self, found: JSONObject, kind: str) -> JSON:
        if kind == "string":
            return _smallest_string(found)
        if kind in {"integer", "number"}:
            return _smallest_number(found)
        if kind == "array":
            return [self.sample(found.get("items", True))] * max(_count(found, "minItems", 0), 1)
        return {"boolean": True, "null": None}[kind]

    def _smallest_object(self, found: JSONObject) -> JSONObject:
        properties = _mapping(found.get("properties"))
        names = [name for name in _list(found, "required") if isinstance(name, str)]
        values = found.get("additionalProperties", True)
        extra = {
            f"key{number}": self.sample(values) for number in range(_count(found, "minProperties", 0) - len(names))
        }
        return {**{name: self.sample(properties.get(name, True)) for name in names}, **extra}

    def _resolved(self, schema: JSON) -> JSONObject:
        found = contract.resolve(self.document, schema) if isinstance(schema, dict) else {}
        unknown = {key for key in found if not key.startswith("x-")} - _ENUMERATED - _SILENT
        if unknown:
            raise ValueError(f"cannot enumerate around the keyword {min(unknown)!r}; teach contract_tests/boundary.py")
        return found


def _types(found: JSONObject) -> list[str]:
    """List the types that a schema names, or else those that its keywords are about."""
    named = found.get("type")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list):
        return [name for name in named if isinstance(name, str)]
    return sorted({_TYPE_OF_KEYWORD[key] for key in found if key in _TYPE_OF_KEYWORD})


def _branches(found: JSONObject) -> list[JSON]:
    return [*_list(found, "anyOf"), *_list(found, "oneOf")]


def _members(found: JSONObject) -> Iterator[JSON]:
    members = [*_list(found, "enum"), *([found["const"]] if "const" in found else [])]
    yield from members
    for member in members:
        if isinstance(member, str):
            yield from (member + "\n", " " + member, member.upper(), member[:-1])


def _strings(found: JSONObject) -> Iterator[JSON]:
    for count in _beside(found, "minLength", "maxLength"):
        yield from ("a" * count, _WIDE * count)
    if "pattern" in found:
        for example in _list(found, "examples"):
            yield from _neighbours(str(example))


def _neighbours(text: str) -> Iterator[str]:
    """Change a text in one place, and at its ends, where anchors are."""
    yield from (text + "\n", "\n" + text, text + " ", " " + text, text + text, f"{text}\n{text}", text + "0")
    for index, character in enumerate(text):
        before, after = text[:index], text[index + 1 :]
        yield from (before + after, before + character * 2 + after)
        yield from (before + stranger + after for stranger in _STRANGERS)


def _numbers(found: JSONObject) -> Iterator[JSON]:
    for keyword in ("minimum", "maximum"):
        bound = found.get(keyword)
        if isinstance(bound, int | float):
            yield from (bound - 1, bound, bound + 1, float(bound), bound - _STEP, bound + _STEP, str(bound))
            yield from (float(bound - 1), float(bound + 1))


def _smallest_string(found: JSONObject) -> str:
    if "pattern" in found:
        raise ValueError(f"give the schema with the pattern {found['pattern']!r} an example")
    return "a" * max(_count(found, "minLength", 0), 1)


def _smallest_number(found: JSONObject) -> JSON:
    bounds = [bound for bound in (found.get("minimum"), found.get("maximum")) if isinstance(bound, int | float)]
    return bounds[0] if bounds else 1


def _beside(found: JSONObject, least: str, most: str) -> Iterable[int]:
    """List the counts at both bounds and next to them."""
    bounds = [_count(found, keyword, 0) for keyword in (least, most) if keyword in found]
    return sorted({count for bound in bounds for count in (bound - 1, bound, bound + 1) if count >= 0})


def _count(found: JSONObject, keyword: str, default: int) -> int:
    value = found.get(keyword)
    return value if isinstance(value, int) else default


def _list(found: JSONObject, keyword: str) -> list[JSON]:
    value = found.get(keyword)
    return value if isinstance(value, list) else []


def _mapping(value: JSON) -> JSONObject:
    return value if isinstance(value, dict) else {}
