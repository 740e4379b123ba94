"""Objects, property by property."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mock_server.world.instances import pattern_writer
from mock_server.world.instances.clauses import Clause, Place, key
from mock_server.world.instances.failures import Unmet
from mock_server.world.instances.members import Members
from mock_server.world.instances.patterns import PatternUnknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mock_server.jsontypes import JSON, JSONObject
    from mock_server.world.instances.clauses import Grower
    from mock_server.world.instances.shapes import Shape

_VARIATIONS = 8
_DROPPED = 8  # optional properties of which each is left out once
_ENTRIES = 2  # of an object that maps names to values of one kind
_NAME_TRIES = 30


def objects(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    """Offer objects for a shape, the fullest first.

    Args:
        shape: Its keywords for objects count.
        place: Where the object stands.
        grower: Builds the values.

    Raises:
        Unmet: A required property cannot be built, or there are too few names for the least, or too many required.
    """
    members = Members(shape, grower)
    filling = _Filling(members, place, grower)
    yield filling.filled(members.optional, place.turn)
    if not grower.is_suspect(place) and not place.avoid:
        return
    for optional, turn in _variations(members, place.turn):
        with suppress(Unmet):
            yield filling.filled(optional, turn, invented=0)
    for turn in range(1, _VARIATIONS):
        with suppress(Unmet):
            yield filling.filled(members.optional, place.turn + turn, invented=turn % 2 + 1)


def _variations(members: Members, turn: int) -> Iterator[tuple[list[str], int]]:
    """Vary the values, then leave out all optional properties, each of them, and all but each of them."""
    yield from ((members.optional, turn + more) for more in range(1, _VARIATIONS))
    yield [], turn
    for name in members.optional[:_DROPPED]:
        yield [other for other in members.optional if other != name], turn
        yield [name], turn


class _Filling:
    """Attempts at an object."""

    def __init__(self, members: Members, place: Place, grower: Grower) -> None:
        self._wanted = members
        self._place = place
        self._grower = grower

    def filled(self, optional: Sequence[str], turn: int, *, invented: int | None = None) -> JSON:
        """Fill the required properties, then as many of the optional as there is room for, then invented ones."""
        wanted = self._wanted
        members: JSONObject = {name: self._member(name, turn, optional=False) for name in wanted.required}
        if not self._grower.is_lean():
            self._add(members, optional, wanted.most, turn)
        if invented is None:
            invented = _ENTRIES if wanted.is_map and not self._grower.is_lean() else 0
        enough = max(wanted.least, min(len(members) + invented, wanted.most) if invented else 0)
        if len(members) < enough:
            self._add(members, (name for name in wanted.optional if name not in members), enough, turn)
            self._add(members, self._invented(members), enough, turn)
        if not wanted.least <= len(members) <= wanted.most:
            raise Unmet(f"There is no object of {wanted.least} to {wanted.most} properties", wanted.at)
        order = wanted.order
        return dict(sorted(members.items(), key=lambda member: order.get(member[0], len(order))))

    def _add(self, members: JSONObject, names: Sequence[str] | Iterator[str], most: int, turn: int) -> None:
        """Add properties that can be had; an optional one that cannot is left out."""
        for name in names:
            if len(members) >= most:
                return
            if name not in members:
                with suppress(Unmet):
                    members[name] = self._member(name, turn, optional=True)

    def _member(self, name: str, turn: int, *, optional: bool) -> JSON:
        self._check_name(name)
        varied = 0 if turn == 0 else self._grower.dice(Place(f"{self._place.path}/{name}", turn=turn)).below(7)
        return self._grower.build(self._wanted.of(name), self._place.member(name, optional=optional, turn=varied))

    def _check_name(self, name: str) -> None:
        for clause in self._wanted.naming:
            if not self._grower.admits(clause.schema, name):
                raise Unmet(f"The name {name!r} is not allowed", clause.at)

    def _invented(self, members: JSONObject) -> Iterator[str]:
        """Invent names: such as patterns ask for, words, and whatever the schema of names gives."""
        dice = self._grower.dice(self._place)
        wording = self._grower.wording
        for number in range(_NAME_TRIES + self._wanted.least):
            for pattern in self._wanted.patterns:
                with suppress(PatternUnknown):
                    yield pattern_writer.write(pattern, dice, wording)
            if self._wanted.naming:
                yield from self._built_name(number, {key(name) for name in members})
            else:
                slug = wording.slug(dice, words=1)
                yield slug if slug not in members else f"{slug}_{number}"

    def _built_name(self, number: int, used: set[str]) -> Iterator[str]:
        place = Place(f"{self._place.path}/#{number}", turn=number, avoid=used)
        text = Clause({"type": "string"}, self._wanted.at)
        with suppress(Unmet):
            yield str(self._grower.build([text, *self._wanted.naming], place))
