"""The ways in which a value can meet clauses, each without a choice left in it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mock_server.world.instances.clauses import Clause, table
from mock_server.world.instances.failures import Unmet
from mock_server.world.instances.narrowing import Narrowing, is_primitive
from mock_server.world.instances.negation import negated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mock_server.jsontypes import JSON, JSONObject

_ANY = Narrowing()
_EXCLUSIVE = 40  # branches of a `oneOf` up to which each is made to rule out the others


@dataclass(slots=True)
class Shape:
    """Clauses that are all to be met, with no applicator left in them that offers a choice.

    Attributes:
        clauses: The clauses.
        values: The values that their types and lists leave.
        members: The same for the value of each property.
        required: The names of required properties, in their order.
        references: The recursive references that were followed.
        entered: All references that were followed, and the identity of each schema that was negated.
    """

    keyed: Callable[[list[JSON]], dict[str, JSON]]
    clauses: list[Clause] = field(default_factory=list)
    values: Narrowing = _ANY
    members: dict[str, Narrowing] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    entered: frozenset[str | int] = frozenset()

    @property
    def types(self) -> frozenset[str]:
        """What the value may be, in the words of `Narrowing`."""
        return self.values.types

    def branched(self) -> Shape:
        """Copy the shape, for another alternative to go on from."""
        other = copy(self)
        other.clauses, other.required, other.members = [*self.clauses], {**self.required}, {**self.members}
        return other

    def add(self, clause: Clause, schema: JSONObject) -> None:
        """Take in a clause's own keywords; raises `Unmet` when they plainly contradict the others."""
        self.clauses.append(clause)
        self._narrow(clause, schema, is_negated=False)
        if "required" in schema or "properties" in schema:
            self._add_members(clause, schema)

    def exclude(self, clause: Clause, schema: JSONObject) -> None:
        """Take in a `not` with a single keyword in it."""
        self.clauses.append(clause)
        self._narrow(clause, schema, is_negated=True)

    def _narrow(self, clause: Clause, schema: JSONObject, *, is_negated: bool) -> None:
        self.values = self.values.meeting(schema, keyed=self.keyed, is_negated=is_negated)
        if self.values.is_empty():
            raise Unmet("No value is left of those listed and of those types", clause.at)

    def _add_members(self, clause: Clause, schema: JSONObject) -> None:
        names = schema.get("required")
        touched = dict.fromkeys(map(str, names if isinstance(names, list) else ()))
        self.required.update(touched)
        for name, inner in table(schema.get("properties")).items():
            self.members[name] = self._narrowed(self.members.get(name, _ANY), inner)
            touched[name] = None
        impossible = [name for name in touched if name in self.required and self._is_impossible(name)]
        if impossible and "object" in self.types:
            self._narrow(clause.inner(None, "properties", impossible[0]), {"type": "object"}, is_negated=True)

    def _narrowed(self, member: Narrowing, schema: JSON) -> Narrowing:
        narrowed = member.meeting(schema, keyed=self.keyed)
        excluded = table(schema).get("not")
        return narrowed.meeting(excluded, keyed=self.keyed, is_negated=True) if is_primitive(excluded) else narrowed

    def _is_impossible(self, name: str) -> bool:
        return name in self.members and self.members[name].is_empty()


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

    def keyed(self, values: list[JSON]) -> dict[str, JSON]:
        """Give the values of an `enum` by their keys."""

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
    stack = [_State(list(clauses), [], Shape(rules.keyed))]
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
            rules.spend(len(self.shape.values.excluded) // 100)
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
