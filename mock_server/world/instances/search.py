"""The search for a value that meets clauses."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

import jsonschema_rs

from mock_server.world.instances.clauses import Clause, Place, key, keyed, table
from mock_server.world.instances.dice import Dice
from mock_server.world.instances.document import ROOT
from mock_server.world.instances.failures import OutOfSteps, Unmet
from mock_server.world.instances.kinds import STREAMS, kinds
from mock_server.world.instances.recursion import Recursion
from mock_server.world.instances.shapes import Choice, Shape, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mock_server.jsontypes import JSON
    from mock_server.world.instances.document import Document
    from mock_server.world.instances.wording import Wording

_DEEPEST = 126  # containers within containers, each of which takes six frames of Python's stack
_STEPS = 40_000  # of some eight microseconds
_STEPS_A_SCHEMA = 4  # more of them
_SHAPES = 24
_VALUES = 60
_ORDERS = 6  # further orders in which choices are tried at a suspect place
_RECURSIONS = 2  # times a reference is followed within itself, and
_SHALLOW = 4  # recursive references that may be around an optional value
_USUAL_SIZE = 500  # values built before the instance is kept small, besides four for each schema


class Search:
    """Makes values, remembers what went wrong and counts steps.

    Args:
        document: The schema.
        seed: What all choices follow from.
        wording: The words of the answer's subject.

    Attributes:
        suspects: The places, by their paths, where earlier tries went wrong.
        is_thorough: Whether all places are suspect.
    """

    def __init__(self, document: Document, seed: bytes, wording: Wording) -> None:
        self.document = document
        self.recursion = Recursion(document)
        self.wording = wording
        self.suspects: set[str] = set()
        self.is_thorough = False
        self._salt = blake2b(seed, digest_size=16).digest()
        self._steps = _STEPS + _STEPS_A_SCHEMA * document.size
        self._built = 0
        self._is_small = False
        self._keyed: dict[int, tuple[list[JSON], dict[str, JSON]]] = {}  # with the lists, which must not be freed
        self._patterns: dict[str, jsonschema_rs.Validator] = {}

    def instance(self) -> JSON:
        """Make a value for the whole schema; raises as `build` does."""
        self._built = 0
        whole = f"{ROOT}#"
        trail = (whole,) if whole in self.recursion.targets else ()
        return self.build([Clause(self.document.root, "")], Place(trail=trail))

    def shrink(self) -> None:
        """Make a small instance, with fewer steps; raises `OutOfSteps` when that was tried already."""
        if self._is_small:
            raise OutOfSteps
        self._is_small = True
        self._steps = _STEPS // 4

    def doubt(self, paths: set[str] | None) -> None:
        """Suspect places by their paths; all places if none is named, or none that was not suspect already."""
        self.is_thorough = self.is_thorough or not paths or paths <= self.suspects
        self.suspects |= paths or set()

    def build(self, clauses: Sequence[Clause], place: Place) -> JSON:
        """Make a value that meets the clauses, as far as is known at a place that is not suspect.

        Raises:
            Unmet: None of the values tried does.
            OutOfSteps: There were too many tries in all.
        """
        self._built += 1
        self.spend(2)
        if place.depth > _DEEPEST:
            raise Unmet(f"An instance would nest deeper than {_DEEPEST} levels", clauses[0].at if clauses else "")
        attempt = _Attempt(clauses, place, self)
        for rules in self._orders(place):
            for shape in attempt.shapes(rules):
                for kind in kinds(shape):
                    for value in attempt.values(shape, kind):
                        return value
        raise attempt.failure or Unmet("None of the values tried is valid", clauses[0].at if clauses else "")

    def _orders(self, place: Place) -> Iterator[_Rules]:
        yield _Rules(self, place)
        if self.is_suspect(place):
            yield _Rules(self, place, exclusive=True)
            yield from (_Rules(self, place, exclusive=True, order=order) for order in range(1, _ORDERS))

    def dice(self, place: Place, *, order: int = 0) -> Dice:
        """Give the choices for a place."""
        return Dice(self._salt + f"{place.path} {place.turn} {order}".encode("utf-8", "surrogatepass"))

    def is_lean(self) -> bool:
        """Tell whether the instance has grown large, or has to be small."""
        return self._is_small or self._built > 4 * self.document.size + _USUAL_SIZE

    def is_suspect(self, place: Place) -> bool:
        """Tell whether values for a place are checked."""
        return self.is_thorough or place.path in self.suspects

    def admits(self, schema: JSON, value: JSON) -> bool:
        """Tell whether a value is valid against a schema of the document."""
        self.spend(1 if self.document.is_compiled(schema) else 4 + self.document.size // 200)
        return self.document.admits(schema, value)

    def matches(self, pattern: str, text: str) -> bool:
        """Tell whether a regular expression is found in a text."""
        if pattern not in self._patterns:
            self.spend(10)
            self._patterns[pattern] = jsonschema_rs.Draft202012Validator({"pattern": pattern})
        return self._patterns[pattern].is_valid(text)

    def keyed(self, values: list[JSON]) -> dict[str, JSON]:
        """Give the values of an `enum` by their keys, which are worked out once."""
        self.spend(len(values) // 30)
        if id(values) not in self._keyed:
            self._keyed[id(values)] = (values, keyed(values))
        return self._keyed[id(values)][1]

    def spend(self, steps: int) -> None:
        """Count steps."""
        self._steps -= steps
        if self._steps < 0:
            raise OutOfSteps


class _Attempt:
    """What is tried for one place, and the first thing that failed."""

    def __init__(self, clauses: Sequence[Clause], place: Place, search: Search) -> None:
        self.failure: Unmet | None = None
        self._clauses = clauses
        self._place = place
        self._search = search

    def shapes(self, rules: _Rules) -> Iterator[Shape]:
        try:
            yield from islice(shapes(self._clauses, rules), _SHAPES)
        except Unmet as unmet:
            self.failure = self.failure or unmet

    def values(self, shape: Shape, kind: str) -> Iterator[JSON]:
        place = self._place.after(shape.references)
        try:
            values = STREAMS[kind](shape, place, self._search)
            for value in values if kind == "listed" else islice(values, _VALUES):
                if self._is_right(value, shape):
                    yield value
        except Unmet as unmet:
            self.failure = self.failure or unmet

    def _is_right(self, value: JSON, shape: Shape) -> bool:
        self._search.spend(1)
        avoid = self._place.avoid
        excluded = shape.values.excluded
        if (avoid or excluded) and (name := key(value)) and (name in avoid or name in excluded):
            return False
        if not self._search.is_suspect(self._place):
            return True
        return all(self._search.admits(clause.schema, value) for clause in self._clauses)


@dataclass(frozen=True, slots=True)
class _Rules:
    """How choices are made at a place."""

    search: Search
    place: Place
    exclusive: bool = False
    order: int = 0

    def target(self, reference: str) -> Clause:
        return self.search.document.target(reference)

    def is_recursive(self, reference: str) -> bool:
        """Let a reference recurse once; an optional value only if nothing else recursed and little is around it."""
        if reference not in self.search.recursion.targets:
            return False
        trail = self.place.trail
        times = trail.count(reference)
        is_deep = len(trail) >= _SHALLOW or (times > 0 and len(set(trail)) < len(trail))
        if times >= _RECURSIONS * (1 + self.search.is_thorough) or (self.place.optional and is_deep):
            raise Unmet("The recursion finds no end", reference.partition("#")[2])
        return True

    def ordered(self, choice: Choice) -> list[Clause]:
        """Prefer what is not null, and what ends soon where there is recursion around; else let the dice decide."""
        dice = self.search.dice(self.place, order=self.order)
        if self.order:
            return dice.shuffled(choice.alternatives)
        if not choice.is_open:
            return choice.alternatives
        alternatives = sorted(dice.rotated(choice.alternatives), key=_is_null)
        if len(self.place.trail) >= _RECURSIONS or self.search.is_lean():
            alternatives.sort(key=lambda clause: self.search.recursion.height(clause.schema))
        return alternatives

    def keyed(self, values: list[JSON]) -> dict[str, JSON]:
        return self.search.keyed(values)

    def spend(self, steps: int) -> None:
        self.search.spend(steps)


def _is_null(clause: Clause) -> bool:
    schema = table(clause.schema)
    return schema.get("type") == "null" or schema.get("const", True) is None or schema.get("enum") == [None]
