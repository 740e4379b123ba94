"""Arrays, item by item."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mock_server.world.instances.clauses import Clause, key, table, whole
from mock_server.world.instances.failures import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.jsontypes import JSON
    from mock_server.world.instances.clauses import Grower, Place
    from mock_server.world.instances.shapes import Shape

_LONGEST = 5000
_VARIATIONS = 8
_PLACEMENTS = 40  # combinations of places for what must be contained


@dataclass(slots=True)
class _Wanted:
    """What a shape asks of an array."""

    least: int = 0
    most: int = sys.maxsize
    before: int = 0  # items that have a schema of their own
    is_unique: bool = False
    has_items: bool = False
    contained: list[tuple[Clause, int, int | None]] = field(default_factory=list)
    at: str = ""


def arrays(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    """Offer arrays for a shape.

    Args:
        shape: Its keywords for arrays count.
        place: Where the array stands.
        grower: Builds the items.

    Raises:
        Unmet: A needed item cannot be built, or the lengths exclude each other.
    """
    wanted = _wanted(shape)
    if wanted.least > wanted.most:
        raise Unmet(f"There is no array of {wanted.least} to {wanted.most} items", wanted.at)
    if wanted.least > _LONGEST:
        raise Unmet(f"Arrays of more than {_LONGEST} items are not made", wanted.at)
    failure: Unmet | None = None
    found = False
    for variation in range(_variations(wanted, is_suspect=grower.is_suspect(place))):
        try:
            array = _Filling(shape, wanted, place, grower, variation).filled()
        except Unmet as unmet:
            failure = failure or unmet
            continue
        found = True
        yield array
        if array and wanted.most > 1 and not wanted.is_unique:
            yield [array[0]] * max(2, len(array))
    if failure and not found:
        raise failure


def _variations(wanted: _Wanted, *, is_suspect: bool) -> int:
    placements = 1 + len(_starts(wanted)) ** min(len(wanted.contained), _VARIATIONS) if wanted.contained else 1
    return max(min(placements, _PLACEMENTS), _VARIATIONS if is_suspect else 1)


def _starts(wanted: _Wanted) -> list[int]:
    """List where to put what an array must contain: behind the tuple, or anywhere in it, or further behind."""
    return [wanted.before, *range(min(wanted.before, _VARIATIONS)), wanted.before + 1]


class _Filling:
    """One attempt at an array."""

    def __init__(self, shape: Shape, wanted: _Wanted, place: Place, grower: Grower, variation: int) -> None:
        self._shape = shape
        self._wanted = wanted
        self._place = place
        self._grower = grower
        self._variation = variation
        self._slots = self._assigned()
        self._used: set[str] = set()

    def filled(self) -> list[JSON]:
        items: list[JSON] = []
        for index in range(self._length()):
            try:
                items.append(self._item(index))
            except Unmet:
                if index < self._needed():
                    raise
                break
            if self._wanted.is_unique:
                self._used.add(key(items[-1]))
        return items

    def _item(self, index: int) -> JSON:
        wanted = self._wanted
        turn = self._place.turn + self._variation + (index if wanted.is_unique else 0)
        avoid = self._used if wanted.is_unique else frozenset[str]()
        place = self._place.item(index, optional=index >= self._needed(), turn=turn, avoid=avoid)
        return self._grower.build([*item_clauses(self._shape, index), *self._contained(index)], place)

    def _contained(self, index: int) -> list[Clause]:
        """Ask for what the array must contain in the slots for it, and against it elsewhere where it is limited."""
        clauses = []
        for number, (clause, _, most) in enumerate(self._wanted.contained):
            if index in self._slots[number]:
                clauses.append(clause)
            elif most is not None:
                clauses.append(clause.derived({"not": clause.schema}))
        return clauses

    def _assigned(self) -> list[range]:
        """Give each `contains` its slots: one after the other behind the tuple, then in any combination of starts."""
        starts = _starts(self._wanted)
        following, combination = self._wanted.before, self._variation - 1
        slots = []
        for _, least, _ in self._wanted.contained:
            start = following if self._variation == 0 else starts[combination % len(starts)]
            slots.append(range(start, start + least))
            following += least
            combination //= len(starts)
        return slots

    def _needed(self) -> int:
        return max(self._wanted.least, max((slots.stop for slots in self._slots if slots), default=0))

    def _length(self) -> int:
        wanted, needed = self._wanted, self._needed()
        if needed > wanted.most:
            raise Unmet(f"An array of at most {wanted.most} items cannot hold all it must contain", wanted.at)
        if self._grower.is_lean() or self._variation % 2:
            return needed
        usual = self._grower.dice(self._place).between(2, 3) if wanted.has_items else 0
        return min(max(needed, wanted.before, usual), wanted.most)


def item_clauses(shape: Shape, index: int) -> list[Clause]:
    """List what a shape asks of the item at an index."""
    clauses: list[Clause] = []
    for clause in shape.clauses:
        schema = table(clause.schema)
        first = clause.under("prefixItems")
        if index < len(first):
            clauses.append(first[index])
        elif "items" in schema:
            clauses.append(clause.inner(schema["items"], "items"))
        elif "unevaluatedItems" in schema and not _is_evaluated(shape, index):
            clauses.append(clause.inner(schema["unevaluatedItems"], "unevaluatedItems"))
    return clauses


def _is_evaluated(shape: Shape, index: int) -> bool:
    schemas = (table(clause.schema) for clause in shape.clauses)
    return any("items" in schema or index < len(_tuple(schema.get("prefixItems"))) for schema in schemas)


def _tuple(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _wanted(shape: Shape) -> _Wanted:
    wanted = _Wanted()
    for clause in shape.clauses:
        schema = table(clause.schema)
        wanted.at = clause.at if not schema.keys().isdisjoint({"minItems", "maxItems", "contains"}) else wanted.at
        wanted.least = max(wanted.least, whole(schema.get("minItems")) or 0)
        most = whole(schema.get("maxItems"))
        wanted.most = wanted.most if most is None else min(wanted.most, most)
        wanted.before = max(wanted.before, len(_tuple(schema.get("prefixItems"))))
        wanted.is_unique = wanted.is_unique or schema.get("uniqueItems") is True
        wanted.has_items = wanted.has_items or "items" in schema
        if "contains" in schema:
            least = whole(schema.get("minContains", 1)) or 0
            most = whole(schema.get("maxContains"))
            wanted.contained.append((clause.inner(schema["contains"], "contains"), least, most))
    wanted.has_items = wanted.has_items or not wanted.before
    return wanted
