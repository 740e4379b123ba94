"""The kinds of value that a shape takes, and where the values of each come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_server.world.instances.arrays import arrays
from mock_server.world.instances.clauses import table
from mock_server.world.instances.narrowing import atom_of
from mock_server.world.instances.numbers import numbers
from mock_server.world.instances.objects import objects
from mock_server.world.instances.texts import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mock_server.jsontypes import JSON
    from mock_server.world.instances.clauses import Grower, Place
    from mock_server.world.instances.shapes import Shape

_KEYWORDS = {
    "object": "properties required additionalProperties patternProperties propertyNames minProperties maxProperties",
    "array": "items prefixItems contains minItems maxItems uniqueItems",
    "number": "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf",
    "string": "pattern format minLength maxLength",
}
_KINDS_BY_KEYWORD = {keyword: kind for kind, keywords in _KEYWORDS.items() for keyword in keywords.split()}
_KINDS = ("string", "number", "object", "array", "boolean", "null")


def kinds(shape: Shape) -> list[str]:
    """Order the kinds of value that a shape takes: first those that its keywords speak of."""
    if shape.values.allowed is not None:
        return ["listed"]
    spoken = [_KINDS_BY_KEYWORD.get(keyword) for clause in shape.clauses for keyword in table(clause.schema)]
    types = {"number" if atom in {"integer", "fraction"} else atom for atom in shape.types}
    return ["examples", *(kind for kind in dict.fromkeys([*spoken, *_KINDS]) if kind in types)]


def _booleans(_: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    yield from grower.dice(place).rotated([True, False])


def _nulls(_: Shape, __: Place, ___: Grower) -> Iterator[JSON]:
    yield None


def _listed(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    values = grower.dice(place).rotated(list((shape.values.allowed or {}).values()))
    start = place.turn % max(len(values), 1)
    yield from [*values[start:], *values[:start]]


def _examples(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    """Take up the schema's own examples, unless they are containers, which rarely are complete."""
    found = (table(clause.schema).get("examples") for clause in shape.clauses)
    values = [value for values in found if isinstance(values, list) for value in values]
    fitting = [value for value in values if not isinstance(value, list | dict) and atom_of(value) in shape.types]
    if fitting:
        yield from grower.dice(place).rotated(fitting)


STREAMS: dict[str, Callable[[Shape, Place, Grower], Iterator[JSON]]] = {
    "listed": _listed,
    "examples": _examples,
    "object": objects,
    "array": arrays,
    "string": texts,
    "number": numbers,
    "boolean": _booleans,
    "null": _nulls,
}
"""What offers the values of each kind; the search checks them."""
