"""The ways in which a value can meet clauses, each without a choice left in it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mock_server.world.instances.clauses import Clause, key, table
from mock_server.world.instances.failures import Unmet
from mock_server.world.instances.negation import is_primitive, negated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mock_server.jsontypes import JSON, JSONObject

ATOMS = {name: frozenset({name}) for name in ("null", "boolean", "object", "array", "string", "integer")}
ATOMS["number"] = frozenset({"integer", "fraction"})
"""The types of JSON Schema as sets that do not overlap."""
_ALL = frozenset().union(*ATOMS.values())
_EXCLUSIVE = 40  # branches of a `oneOf` up to which each is made to rule out the others


@dataclass(slots=True)
class Shape:
    """Clauses that are all to be met, with no applicator left in them that offers a choice.

    Attributes:
        clauses: The clauses.
        types: What the value may be, in the words of `ATOMS`' sets.
        allowed: The values of `const` and `enum` by their keys, or nothing where any value will do.
        excluded: The keys of values that are ruled out.
        references: The recursive references that were followed.
        required: The names of required properties, in their order.
    """

    clauses: list[Clause] = field(default_factory=list)
    types: frozenset[str] = _ALL
    allowed: dict[str, JSON] | None = None
    excluded: frozenset[str] = frozenset()
    references: tuple[str, ...] = ()
    required: dict[str, None] = field(default_factory=dict)
    entered: frozenset[str | int] = frozenset()
    members: dict[str, tuple[JSON, ...]] = field(default_factory=dict)

    def branched(self) -> Shape:
        """Copy the shape, for another alternative to go on from."""
        other = copy(self)
        other.clauses, other.required, other.members = [*self.clauses], {**self.required}, {**self.members}
        return other

    def add(self, clause: Clause, schema: JSONObject) -> None:
        """Take in a clause's own keywords; raises `Unmet` when they plainly contradict the others."""
        self.clauses.append(clause)
        if "type" in schema:
            self.narrow(self.types & atoms(schema["type"]), clause)
        if "const" in schema:
            self._allow([schema["const"]], clause)
        if isinstance(values := schema.get("enum"), list):
            self._allow(values, clause)
        if "required" in schema or "properties" in schema:
            self._add_members(clause, schema)

    def exclude(self, clause: Clause, schema: JSONObject) -> None:
        """Take in a `not` with a single keyword in it."""
        self.clauses.append(clause)
        if "type" in schema:
            self.narrow(self.types - atoms(schema["type"]), clause)
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        self.excluded |= {key(value) for value in values} if isinstance(values, list) else set()
        self._check_values(clause)

    def narrow(self, types: frozenset[str], clause: Clause) -> None:
        """Leave fewer types."""
        self.types = types
        if not types:
            raise Unmet("No type of value is left", clause.at)
        self._check_values(clause)

    def _allow(self, values: list[JSON], clause: Clause) -> None:
        keyed = {key(value): value for value in values}
        before = self.allowed
        self.allowed = keyed if before is None else {name: before[name] for name in before if name in keyed}
        self._check_values(clause)

    def _check_values(self, clause: Clause) -> None:
        if self.allowed is None:
            return
        self.allowed = {
            name: value
            for name, value in self.allowed.items()
            if name not in self.excluded and atom_of(value) in self.types
        }
        if not self.allowed:
            raise Unmet("None of the listed values is possible", clause.at)

    def _add_members(self, clause: Clause, schema: JSONObject) -> None:
        properties, required = table(schema.get("properties")), schema.get("required", [])
        touched = [str(name) for name in required] if isinstance(required, list) else []
        self.required.update(dict.fromkeys(touched))
        for name, inner in properties.items():
            self.members[name] = (*self.members.get(name, ()), inner)
        for name in [*touched, *(name for name in properties if name in self.required)]:
            if "object" in self.types and _contradict(self.members.get(name, ())):
                self.narrow(self.types - {"object"}, clause.inner(None, "properties", name))


class Rules(Protocol):
    """How choices are made."""

    @property
    def exclusive(self) -> bool:
        """Whether a branch of a `oneOf` is made to rule out the others."""

    def target(self, reference: str) -> Clause:
        """Follow a reference."""

    def is_recursive(self, reference: str) -> bool:
        """Tell whether a reference leads back to itself; raises `Unmet` when it was followed often enough."""

    def ordered(self, choice: Choice) -> list[Clause]:
        """Put a choice's alternatives in the order in which they are tried."""

    def spend(self, steps: int) -> None:
        """Count steps; raises `OutOfSteps` when there are none left."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives, one of which has to be met; `is_open` ones are equals, others stand in the order of preference."""

    alternatives: list[Clause]
    is_open: bool = False


def shapes(clauses: Sequence[Clause], rules: Rules) -> Iterator[Shape]:
    """Find the ways to meet all of some clauses, the preferred first.

    Args:
        clauses: What is to be met.
        rules: How references are followed and choices ordered.

    Yields:
        Shapes, as many as there are without a plain contradiction.

    Raises:
        Unmet: There is none.
    """
    stack = [_State(list(clauses), [], Shape())]
    failure: Unmet | None = None
    found = False
    while stack:
        rules.spend(1)
        state = stack.pop()
        try:
            state.settle(rules)
        except Unmet as unmet:
            failure = failure or unmet
            continue
        if state.choices:
            stack += reversed(list(state.branches(rules)))
        else:
            found = True
            yield state.shape
    if failure and not found:
        raise failure


@dataclass(slots=True)
class _State:
    """A shape in the making: clauses still to take in, and choices put off until these are."""

    todo: list[Clause]
    choices: list[Choice]
    shape: Shape

    def settle(self, rules: Rules) -> None:
        while self.todo:
            rules.spend(1)
            clause = self.todo.pop(0)
            if clause.schema is False:
                raise Unmet("Nothing is allowed", clause.at)
            if isinstance(clause.schema, dict):
                self._take(clause, clause.schema, rules)

    def branches(self, rules: Rules) -> Iterator[_State]:
        choice = min(self.choices, key=lambda offered: len(offered.alternatives))
        rest = [other for other in self.choices if other is not choice]
        for alternative in rules.ordered(choice):
            yield _State([alternative], [*rest], self.shape.branched())

    def _take(self, clause: Clause, schema: JSONObject, rules: Rules) -> None:
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(reference := schema.get(keyword), str):
                self._follow(reference, rules)
        self.todo += clause.under("allOf")
        self.choices += _choices(clause, schema, rules)
        if "not" in schema:
            self._negate(clause.inner(schema["not"], "not"), rules)
        self.shape.add(clause, schema)

    def _follow(self, reference: str, rules: Rules) -> None:
        shape = self.shape
        if reference in shape.entered:
            return
        shape.entered |= {reference}
        if rules.is_recursive(reference):
            shape.references = (*shape.references, reference)
        self.todo.append(rules.target(reference))

    def _negate(self, inner: Clause, rules: Rules) -> None:
        schema = inner.schema
        if not isinstance(schema, dict):
            self.todo.append(inner.derived(schema is not True))
        elif is_primitive(schema):
            self.shape.exclude(inner.derived({"not": schema}), schema)
        elif id(schema) not in self.shape.entered:
            self.shape.entered |= {id(schema)}
            ways = negated(schema, lambda reference: rules.target(reference).schema)
            if not ways:
                raise Unmet("Everything is ruled out", inner.at)
            self.choices.append(Choice([inner.derived(way) for way in ways]))


def _choices(clause: Clause, schema: JSONObject, rules: Rules) -> Iterator[Choice]:
    if "anyOf" in schema:
        yield Choice(clause.under("anyOf"), is_open=True)
    if "oneOf" in schema:
        branches = clause.under("oneOf")
        exclusive = rules.exclusive and len(branches) <= _EXCLUSIVE
        yield Choice([_alone(branch, branches) for branch in branches] if exclusive else branches, is_open=True)
    if "if" in schema and not schema.keys().isdisjoint({"then", "else"}):
        met: JSON = {"allOf": [schema["if"], schema.get("then", True)]}
        unmet: JSON = {"allOf": [{"not": schema["if"]}, schema.get("else", True)]}
        yield Choice([clause.inner(met, "then"), clause.inner(unmet, "else")])
    for keyword in ("dependentRequired", "dependentSchemas", "dependencies"):
        for name, asked in table(schema.get(keyword)).items():
            choice = _dependent(clause.inner(asked, keyword, name), name)
            yield Choice(choice if name in table(schema.get("properties")) else choice[::-1])


def _alone(branch: Clause, branches: list[Clause]) -> Clause:
    others: list[JSON] = [{"not": other.schema} for other in branches if other is not branch]
    return branch.derived({"allOf": [branch.schema, *others]})


def _dependent(clause: Clause, name: str) -> list[Clause]:
    """Either have the property and what depends on it, or neither."""
    asked: JSON = {"required": clause.schema} if isinstance(clause.schema, list) else clause.schema
    present: JSON = {"required": [name], "allOf": [asked]}
    return [clause.derived(present), clause.derived({"properties": {name: False}})]


def atoms(types: JSON) -> frozenset[str]:
    """Read a `type` keyword."""
    if isinstance(types, str):
        return ATOMS[types]
    return frozenset().union(*map(atoms, types)) if isinstance(types, list) else frozenset()


def atom_of(value: JSON) -> str:
    """Name the type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) or value.is_integer() else "fraction"
    if isinstance(value, str):
        return "string"
    return "null" if value is None else "array" if isinstance(value, list) else "object"


def _contradict(schemas: Sequence[JSON]) -> bool:
    """Tell whether schemas rule each other out by their constants and types."""
    if len(schemas) == 1:
        return schemas[0] is False
    shape = Shape()
    try:
        for schema in schemas:
            if schema is False:
                return True
            _take_plain(shape, table(schema))
    except Unmet:
        return True
    return False


def _take_plain(shape: Shape, schema: JSONObject) -> None:
    clause = Clause(schema, "")
    shape.add(clause, {name: schema[name] for name in ("type", "const", "enum") if name in schema})
    excluded = schema.get("not")
    if isinstance(excluded, dict) and is_primitive(excluded):
        shape.exclude(clause, excluded)
