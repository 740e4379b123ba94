"""What a shape asks of an object's properties and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_server.world.instances.clauses import Clause, table, whole

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON
    from mock_server.world.instances.clauses import Grower
    from mock_server.world.instances.shapes import Shape

_MOST = 50_000  # properties, where the schema does not say
_LOOKED_AT = 16  # clauses looked at in one step
_SIZED = frozenset({"required", "properties", "minProperties", "maxProperties", "additionalProperties"})


class Members:
    """The keywords for objects of a shape, by the names they speak of.

    Args:
        shape: The shape.
        grower: Matches patterns.

    Attributes:
        required: The names that are required, in the schema's order.
        optional: The other names that have a schema.
        least: How many properties there must be.
        most: How many there may be.
        patterns: The patterns that have a schema for the names they match.
        naming: What is asked of each name.
        is_map: Whether no name is known, but what any name leads to.
        at: The JSON pointer of a clause that speaks of objects.
    """

    def __init__(self, shape: Shape, grower: Grower) -> None:
        self._grower = grower
        self._by_name: dict[str, list[Clause]] = {}
        self._open: list[Clause] = []  # clauses that speak of names that they do not list
        self.least, self.most, self.at = 0, _MOST, ""
        self.patterns: list[str] = []
        self.naming: list[Clause] = []
        for clause in shape.clauses:
            self._add(clause)
        names = dict.fromkeys([*self._by_name, *shape.required])
        self.required = [name for name in names if name in shape.required]
        self.optional = [name for name in names if name not in shape.required]
        self.is_map = not names and (bool(self.patterns) or any(map(_has_values, self._open)))
        self.order = {name: number for number, name in enumerate(names)}

    def of(self, name: str) -> list[Clause]:
        """List what is asked of the value of a property."""
        self._grower.spend(len(self._open) // _LOOKED_AT)
        found = list(self._by_name.get(name, ()))
        for clause in self._open:
            found += self._asked(clause, name)
        if not found:
            found = [clause.within("unevaluatedProperties") for clause in self._open if _limits(clause)]
        return found

    def _add(self, clause: Clause) -> None:
        schema = table(clause.schema)
        self.at = clause.at if not _SIZED.isdisjoint(schema) else self.at
        self.least = max(self.least, whole(schema.get("minProperties")) or 0)
        most = whole(schema.get("maxProperties"))
        self.most = self.most if most is None else min(self.most, most)
        for name, inner in table(schema.get("properties")).items():
            self._by_name.setdefault(name, []).append(clause.inner(inner, "properties", name))
        if "propertyNames" in schema:
            self.naming.append(clause.within("propertyNames"))
        self.patterns += [name for name, inner in table(schema.get("patternProperties")).items() if inner is not False]
        if not schema.keys().isdisjoint({"patternProperties", "additionalProperties", "unevaluatedProperties"}):
            self._open.append(clause)

    def _asked(self, clause: Clause, name: str) -> list[Clause]:
        """List what a clause asks of a name by its patterns, or by leave for names that it does not know."""
        schema = table(clause.schema)
        asked: list[Clause] = []
        for pattern, inner in table(schema.get("patternProperties")).items():
            if self._grower.matches(pattern, name):
                asked.append(clause.inner(inner, "patternProperties", pattern))
        is_known = asked or name in table(schema.get("properties"))
        return asked if is_known or "additionalProperties" not in schema else [clause.within("additionalProperties")]


def _limits(clause: Clause) -> bool:
    return "unevaluatedProperties" in table(clause.schema)


def _has_values(clause: Clause) -> bool:
    additional: JSON = table(clause.schema).get("additionalProperties")
    return isinstance(additional, dict)
