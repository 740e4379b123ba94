"""What it means not to meet a schema, said without `not` as far as that goes."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from mock_server.world.instances.clauses import table, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_server.jsontypes import JSON, JSONObject

_PAIRS = 12  # of a `oneOf`'s branches, that may hold together
_OPAQUE = frozenset(
    {"patternProperties", "unevaluatedProperties", "unevaluatedItems", "additionalProperties", "dependentSchemas"},
)


def negated(schema: JSONObject, resolve: Callable[[str], JSON]) -> list[JSON]:
    """List the ways not to meet a schema.

    Args:
        schema: The schema not to meet.
        resolve: Gives what a reference leads to.

    Returns:
        Schemas, meeting any of which is a way. Where a keyword's opposite cannot be said, the last one asks nothing:
        whatever is made for it has to be checked. A schema that everything meets gives none.
    """
    ways: list[JSON] = []
    for keyword, value in schema.items():
        if keyword == "$ref" and isinstance(value, str):
            ways.append({"not": resolve(value)})
        elif keyword in _WAYS:
            ways += _WAYS[keyword](value, schema)
    if "type" in schema:
        ways.append({"not": {"type": schema["type"]}})
    return ways if schema.keys().isdisjoint(_OPAQUE) else [*ways, True]


def _listed(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _not(schema: JSON) -> JSON:
    return {"not": schema}


def _none(schemas: JSON) -> JSON:
    return {"allOf": [_not(schema) for schema in _listed(schemas)]}


def _count(keyword: str, kind: str, *, step: int) -> Callable[[JSON, JSONObject], list[JSON]]:
    """Turn a bound of lengths into the opposite one, which may be out of reach."""

    def ways(value: JSON, _: JSONObject) -> list[JSON]:
        bound = (whole(value) or 0) + step
        return [{"type": kind, keyword: bound}] if bound >= 0 else []

    return ways


def _bound(keyword: str) -> Callable[[JSON, JSONObject], list[JSON]]:
    return lambda value, _: [{"type": "number", keyword: value}]


def _primitive(keyword: str, kind: str) -> Callable[[JSON, JSONObject], list[JSON]]:
    return lambda value, _: [{"type": kind, "not": {keyword: value}}]


def _one_of(value: JSON, _: JSONObject) -> list[JSON]:
    pairs = list(combinations(_listed(value), 2))[:_PAIRS]
    ways: list[JSON] = [{"allOf": list(pair)} for pair in pairs]
    return [_none(value), *ways]


def _if(value: JSON, schema: JSONObject) -> list[JSON]:
    ways: list[JSON] = []
    if "then" in schema:
        ways.append({"allOf": [value, _not(schema["then"])]})
    if "else" in schema:
        ways.append({"allOf": [_not(value), _not(schema["else"])]})
    return ways


def _properties(value: JSON, _: JSONObject) -> list[JSON]:
    return [
        {"type": "object", "required": [name], "properties": {name: _not(inner)}}
        for name, inner in table(value).items()
        if inner is not True
    ]


def _required(value: JSON, _: JSONObject) -> list[JSON]:
    return [{"type": "object", "properties": {str(name): False}} for name in _listed(value)]


def _dependent_required(value: JSON, _: JSONObject) -> list[JSON]:
    return [
        {"type": "object", "required": [name], "properties": {str(needed): False}}
        for name, all_needed in table(value).items()
        for needed in _listed(all_needed)
    ]


def _property_names(value: JSON, _: JSONObject) -> list[JSON]:
    return [{"type": "object", "minProperties": 1, "propertyNames": _not(value)}]


def _items(value: JSON, schema: JSONObject) -> list[JSON]:
    before = len(_listed(schema.get("prefixItems")))
    first: list[JSON] = [True] * before
    return [{"type": "array", "minItems": before + 1, "prefixItems": [*first, _not(value)]}]


def _prefix_items(value: JSON, _: JSONObject) -> list[JSON]:
    return [
        {"type": "array", "minItems": index + 1, "prefixItems": [*[True] * index, _not(inner)]}
        for index, inner in enumerate(_listed(value))
        if inner is not True
    ]


def _contains(value: JSON, schema: JSONObject) -> list[JSON]:
    ways: list[JSON] = []
    least = whole(schema.get("minContains", 1)) or 0
    if least > 0:
        ways.append({"type": "array", "minContains": 0, "maxContains": least - 1, "contains": value})
    if (most := whole(schema.get("maxContains"))) is not None:
        ways.append({"type": "array", "minContains": most + 1, "contains": value})
    return ways


_WAYS: dict[str, Callable[[JSON, JSONObject], list[JSON]]] = {
    "allOf": lambda value, _: [_not(inner) for inner in _listed(value)],
    "anyOf": lambda value, _: [_none(value)],
    "oneOf": _one_of,
    "not": lambda value, _: [value],
    "if": _if,
    "const": lambda value, _: [{"not": {"const": value}}],
    "enum": lambda value, _: [{"not": {"enum": value}}],
    "minimum": _bound("exclusiveMaximum"),
    "maximum": _bound("exclusiveMinimum"),
    "exclusiveMinimum": _bound("maximum"),
    "exclusiveMaximum": _bound("minimum"),
    "multipleOf": _primitive("multipleOf", "number"),
    "pattern": _primitive("pattern", "string"),
    "format": _primitive("format", "string"),
    "uniqueItems": lambda value, _: [{"type": "array", "minItems": 2, "not": {"uniqueItems": True}}] if value else [],
    "minLength": _count("maxLength", "string", step=-1),
    "maxLength": _count("minLength", "string", step=1),
    "minItems": _count("maxItems", "array", step=-1),
    "maxItems": _count("minItems", "array", step=1),
    "minProperties": _count("maxProperties", "object", step=-1),
    "maxProperties": _count("minProperties", "object", step=1),
    "properties": _properties,
    "required": _required,
    "dependentRequired": _dependent_required,
    "propertyNames": _property_names,
    "items": _items,
    "prefixItems": _prefix_items,
    "contains": _contains,
}
