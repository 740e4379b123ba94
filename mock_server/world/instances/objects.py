"""Objects, property by property."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_server.world.instances import pattern_writer
from mock_server.world.instances.clauses import Clause, Place, key, table, whole
from mock_server.world.instances.failures import Unmet
from mock_server.world.instances.patterns import PatternUnknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mock_server.jsontypes import JSON, JSONObject
    from mock_server.world.instances.clauses import Grower
    from mock_server.world.instances.shapes import Shape

_VARIATIONS = 8
_DROPPED = 8  # optional properties of which each is left out once
_ENTRIES = 2  # of an object that maps names to values of one kind
_MOST = 50_000
_NAME_TRIES = 30


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a shape asks of an object's names."""

    required: list[str]
    optional: list[str]
    least: int
    most: int
    is_map: bool
    at: str


def objects(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    """Offer objects for a shape, the fullest first.

    Args:
        shape: Its keywords for objects count.
        place: Where the object stands.
        grower: Builds the values.

    Raises:
        Unmet: A required property cannot be built, or there are too few names for the least, or too many required.
    """
    wanted = _wanted(shape)
    filling = _Filling(shape, wanted, place, grower)
    yield filling.filled(wanted.optional, place.turn)
    if not grower.is_suspect(place) and not place.avoid:
        return
    for optional, turn in _variations(wanted, place.turn):
        with suppress(Unmet):
            yield filling.filled(optional, turn)
    for turn in range(1, _VARIATIONS):
        with suppress(Unmet):
            yield filling.filled(wanted.optional, place.turn + turn, invented=turn % 2 + 1)


def _variations(wanted: _Wanted, turn: int) -> Iterator[tuple[list[str], int]]:
    """Vary the values, then leave out all optional properties, each of them, and all but each of them."""
    yield from ((wanted.optional, turn + more) for more in range(1, _VARIATIONS))
    yield [], turn
    for name in wanted.optional[:_DROPPED]:
        yield [other for other in wanted.optional if other != name], turn
        yield [name], turn


class _Filling:
    """Attempts at an object."""

    def __init__(self, shape: Shape, wanted: _Wanted, place: Place, grower: Grower) -> None:
        self._shape = shape
        self._wanted = wanted
        self._place = place
        self._grower = grower

    def filled(self, optional: Sequence[str], turn: int, *, invented: int = 0) -> JSON:
        """Fill the required properties, then as many of the optional as there is room for, then invented ones."""
        wanted = self._wanted
        members: JSONObject = {name: self._member(name, turn, optional=False) for name in wanted.required}
        if not self._grower.is_lean():
            self._add(members, optional, wanted.most, turn)
        enough = max(wanted.least, min(len(members) + invented, wanted.most) if invented else 0)
        if wanted.is_map and optional == wanted.optional and not self._grower.is_lean():
            enough = max(enough, min(_ENTRIES, wanted.most))
        if len(members) < enough:
            self._add(members, (name for name in wanted.optional if name not in members), enough, turn)
            self._add(members, self._invented(members), enough, turn)
        if not wanted.least <= len(members) <= wanted.most:
            raise Unmet(f"There is no object of {wanted.least} to {wanted.most} properties", wanted.at)
        order = {name: number for number, name in enumerate(declared(self._shape))}
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
        clauses = member_clauses(self._shape, name, self._grower)
        self._check_name(name)
        varied = 0 if turn == 0 else self._grower.dice(Place(f"{self._place.path}/{name}", turn=turn)).below(7)
        return self._grower.build(clauses, self._place.member(name, optional=optional, turn=varied))

    def _check_name(self, name: str) -> None:
        for clause in _name_clauses(self._shape):
            if not self._grower.admits(clause.schema, name):
                raise Unmet(f"The name {name!r} is not allowed", clause.at)

    def _invented(self, members: JSONObject) -> Iterator[str]:
        """Invent names: such as patterns ask for, words, and whatever the schema of names gives."""
        dice = self._grower.dice(self._place)
        wording = self._grower.wording
        for number in range(_NAME_TRIES + self._wanted.least):
            for pattern in _name_patterns(self._shape):
                with suppress(PatternUnknown):
                    yield pattern_writer.write(pattern, dice, wording)
            if _name_clauses(self._shape):
                yield from self._built_name(number, {key(name) for name in members})
            else:
                slug = wording.slug(dice, words=1)
                yield slug if slug not in members else f"{slug}_{number}"

    def _built_name(self, number: int, used: set[str]) -> Iterator[str]:
        place = Place(f"{self._place.path}/#{number}", turn=number, avoid=used)
        text = Clause({"type": "string"}, self._wanted.at)
        try:
            name = self._grower.build([text, *_name_clauses(self._shape)], place)
        except Unmet:
            return
        if isinstance(name, str):
            yield name


def declared(shape: Shape) -> list[str]:
    """List the names that a shape has schemas for or requires, in the order of the schema."""
    names = dict.fromkeys(name for clause in shape.clauses for name in table(table(clause.schema).get("properties")))
    return [*names, *(name for name in shape.required if name not in names)]


def member_clauses(shape: Shape, name: str, grower: Grower) -> list[Clause]:
    """List what a shape asks of the value of a property."""
    clauses = [found for clause in shape.clauses for found in _asked(clause, name, grower)]
    for clause in shape.clauses if not clauses else ():
        schema = table(clause.schema)
        if "unevaluatedProperties" in schema:
            clauses.append(clause.inner(schema["unevaluatedProperties"], "unevaluatedProperties"))
    return clauses


def _asked(clause: Clause, name: str, grower: Grower) -> list[Clause]:
    """List what one clause asks: by the name, by patterns, or by leave for others."""
    schema = table(clause.schema)
    properties = table(schema.get("properties"))
    asked = [clause.inner(properties[name], "properties", name)] if name in properties else []
    for pattern, inner in table(schema.get("patternProperties")).items():
        if grower.matches(pattern, name):
            asked.append(clause.inner(inner, "patternProperties", pattern))
    if not asked and "additionalProperties" in schema:
        asked.append(clause.inner(schema["additionalProperties"], "additionalProperties"))
    return asked


def _wanted(shape: Shape) -> _Wanted:
    schemas = [table(clause.schema) for clause in shape.clauses]
    most = [found for schema in schemas if (found := whole(schema.get("maxProperties"))) is not None]
    names = declared(shape)
    sized = {"required", "properties", "minProperties", "maxProperties", "additionalProperties"}
    pointers = (clause.at for clause in shape.clauses if not sized.isdisjoint(table(clause.schema)))
    return _Wanted(
        required=[name for name in names if name in shape.required],
        optional=[name for name in names if name not in shape.required],
        least=max((whole(schema.get("minProperties")) or 0 for schema in schemas), default=0),
        most=min(most, default=_MOST),
        is_map=not names and any(_maps(schema) for schema in schemas),
        at=next(pointers, ""),
    )


def _maps(schema: JSONObject) -> bool:
    return isinstance(schema.get("additionalProperties"), dict) or bool(table(schema.get("patternProperties")))


def _name_clauses(shape: Shape) -> list[Clause]:
    schemas = ((clause, table(clause.schema)) for clause in shape.clauses)
    named = ((clause, schema["propertyNames"]) for clause, schema in schemas if "propertyNames" in schema)
    return [clause.inner(names, "propertyNames") for clause, names in named]


def _name_patterns(shape: Shape) -> list[str]:
    tables = (table(table(clause.schema).get("patternProperties")) for clause in shape.clauses)
    return [pattern for found in tables for pattern, inner in found.items() if inner is not False]
