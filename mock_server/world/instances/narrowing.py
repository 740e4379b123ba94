"""What types and listed values leave of all values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mock_server.world.instances.clauses import key, keyed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_server.jsontypes import JSON, JSONObject

_ATOMS = {name: frozenset({name}) for name in ("null", "boolean", "object", "array", "string", "integer")}
_ATOMS["number"] = frozenset({"integer", "fraction"})
_ALL = frozenset[str]().union(*_ATOMS.values())
PRIMITIVES = frozenset({"type", "const", "enum", "pattern", "format", "multipleOf", "uniqueItems"})
"""Keywords which, alone under a `not`, are left as they are."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A set of values.

    Attributes:
        types: What the values may be; `integer` and `fraction` are the two kinds of numbers.
        allowed: The values by their keys, or nothing where those of the types are all in.
        excluded: The keys of values that are out.
    """

    types: frozenset[str] = _ALL
    allowed: dict[str, JSON] | None = None
    excluded: frozenset[str] = frozenset()

    def is_empty(self) -> bool:
        """Tell whether there is no value."""
        return not self.types or self.allowed == {}

    def meeting(
        self, schema: JSON, *, keyed: Callable[[list[JSON]], dict[str, JSON]] = keyed, is_negated: bool = False
    ) -> Narrowing:
        """Leave the values that the `type`, `const` and `enum` of a schema allow, or those they do not allow."""
        if not isinstance(schema, dict):
            return self if (schema is not False) != is_negated else replace(self, types=frozenset())
        narrowed = self
        if "type" in schema:
            types = _atoms(schema["type"])
            narrowed = replace(narrowed, types=narrowed.types - types if is_negated else narrowed.types & types)
        for values in _listed(schema, keyed):
            narrowed = _without(narrowed, values) if is_negated else _within(narrowed, values)
        return narrowed if narrowed is self else _checked(narrowed)


def _within(before: Narrowing, values: dict[str, JSON]) -> Narrowing:
    listed = values if before.allowed is None else before.allowed
    return replace(before, allowed={name: value for name, value in listed.items() if name in values})


def _without(before: Narrowing, values: dict[str, JSON]) -> Narrowing:
    return replace(before, excluded=before.excluded | values.keys())


def _checked(before: Narrowing) -> Narrowing:
    """Drop listed values that are out by their type or by name."""
    if before.allowed is None:
        return before
    kept = {name: value for name, value in before.allowed.items() if atom_of(value) in before.types}
    return replace(before, allowed={name: value for name, value in kept.items() if name not in before.excluded})


def is_primitive(schema: JSON) -> bool:
    """Tell whether `not` of this schema cannot be said more simply."""
    return isinstance(schema, dict) and len(schema) == 1 and not schema.keys().isdisjoint(PRIMITIVES)


def atom_of(value: JSON) -> str:
    """Name the type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) or value.is_integer() else "fraction"
    if isinstance(value, str):
        return "string"
    return "null" if value is None else "array" if isinstance(value, list) else "object"


def _atoms(types: JSON) -> frozenset[str]:
    if isinstance(types, str):
        return _ATOMS[types]
    return frozenset[str]().union(*map(_atoms, types)) if isinstance(types, list) else frozenset()


def _listed(schema: JSONObject, keyed: Callable[[list[JSON]], dict[str, JSON]]) -> list[dict[str, JSON]]:
    constant = [{key(schema["const"]): schema["const"]}] if "const" in schema else []
    values = schema.get("enum")
    return [*constant, keyed(values)] if isinstance(values, list) else constant
