"""What differs between two schemas of the same name."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.document import mapping
from mock_server.drift.change import Change
from mock_server.jsontypes import JSON, JSONObject

_BOUNDS = (
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "pattern",
    "uniqueItems", "const", "not", "additionalProperties", "contentEncoding",
)  # fmt: skip
_BRANCHES = ("anyOf", "oneOf")


def changes(before: JSON, after: JSON, where: str) -> Iterator[Change]:
    """Compare two schemas; references are compared by their names, as what they lead to is compared by itself.

    Args:
        before: A schema.
        after: The one that stands in its place.
        where: How reports call the place.
    """
    if isinstance(before, bool) or isinstance(after, bool):
        if before != after:
            yield Change("type_changed", where, _shown(before), _shown(after))
        return
    old, new = mapping(before), mapping(after)
    yield from _type(old, new, where)
    yield from _members(old, new, where)
    yield from _bounds(old, new, where)
    yield from _properties(old, new, where)
    yield from _inside(old, new, where)


def _type(old: JSONObject, new: JSONObject, where: str) -> Iterator[Change]:
    for keyword in ("type", "$ref"):
        if old.get(keyword) != new.get(keyword):
            yield Change("type_changed", where, old.get(keyword), new.get(keyword))
    if old.get("default") != new.get("default"):
        yield Change("default_changed", where, old.get("default"), new.get("default"))


def _members(old: JSONObject, new: JSONObject, where: str) -> Iterator[Change]:
    before, after = _listed(old.get("enum")), _listed(new.get("enum"))
    if not before or not after:
        if before != after:
            yield Change("type_changed", where, before or None, after or None)
        return
    yield from (Change("enum_value_removed", where, member) for member in before if member not in after)
    yield from (Change("enum_value_added", where, None, member) for member in after if member not in before)


def _bounds(old: JSONObject, new: JSONObject, where: str) -> Iterator[Change]:
    for keyword in _BOUNDS:
        if old.get(keyword) != new.get(keyword):
            yield Change("bound_changed", f"{where} {keyword}", old.get(keyword), new.get(keyword))


def _properties(old: JSONObject, new: JSONObject, where: str) -> Iterator[Change]:
    before, after = mapping(old.get("properties", {})), mapping(new.get("properties", {}))
    required, requires = _listed(old.get("required")), _listed(new.get("required"))
    for name in before.keys() | after.keys():
        place = f"{where}.{name}"
        if name not in after or after[name] is False:
            if name in before and before[name] is not False:
                yield Change("field_removed", place, _shown(before[name]))
        elif name not in before or before[name] is False:
            yield Change("field_required" if name in requires else "field_added", place, None, _shown(after[name]))
        else:
            if (name in required) is not (name in requires):
                yield Change("field_required" if name in requires else "field_optional", place)
            yield from changes(before[name], after[name], place)


def _inside(old: JSONObject, new: JSONObject, where: str) -> Iterator[Change]:
    for keyword, mark in (("items", "[]"), ("contentSchema", "")):
        if keyword in old and keyword in new:
            yield from changes(old[keyword], new[keyword], where + mark)
        elif (keyword in old) is not (keyword in new):
            yield Change("type_changed", where + mark, _shown(old.get(keyword)), _shown(new.get(keyword)))
    for keyword in _BRANCHES:
        yield from _forms(_listed(old.get(keyword)), _listed(new.get(keyword)), where)


def _forms(before: list[JSON], after: list[JSON], where: str) -> Iterator[Change]:
    """Compare forms of which one has to do: one by one, or else by the names of those that come and go."""
    old, new = [_shown(one) for one in before], [_shown(one) for one in after]
    if len(old) == len(new):
        for number, (one, other) in enumerate(zip(before, after, strict=True), 1):
            yield from changes(one, other, f"{where} form {number}")
        return
    gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
    yield Change("type_changed", where, *((gone or None, come or None) if gone or come else (old, new)))


def _shown(schema: JSON) -> JSON:
    """A schema in a word, where one says enough."""
    if not isinstance(schema, dict):
        return schema
    ref, kind = schema.get("$ref"), schema.get("type")
    if isinstance(ref, str):
        return ref.rpartition("/")[2]
    forms = next((_listed(schema[keyword]) for keyword in _BRANCHES if keyword in schema), None)
    if forms is not None:
        return [_shown(one) for one in forms]
    return kind if kind is not None else {key: value for key, value in schema.items() if key != "x-provenance"}


def _listed(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
