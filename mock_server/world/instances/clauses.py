"""Parts of a schema, and the places of an instance that they ask something of."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_server.jsontypes import JSON, JSONObject
    from mock_server.world.instances.dice import Dice
    from mock_server.world.instances.wording import Wording


@dataclass(frozen=True, slots=True)
class Clause:
    """A schema, and the JSON pointer that it stands at; one that was derived has the pointer of its origin."""

    schema: JSON
    at: str

    def inner(self, schema: JSON, *keys: str | int) -> Clause:
        """Go down to a schema inside of this one."""
        return Clause(schema, self.at + "".join([f"/{escaped(key)}" for key in keys]))

    def within(self, keyword: str) -> Clause:
        """Go down to the schema that a keyword of this one holds."""
        return self.inner(table(self.schema).get(keyword, True), keyword)

    def derived(self, schema: JSON) -> Clause:
        """Put another schema in this one's place."""
        return Clause(schema, self.at)

    def under(self, keyword: str) -> list[Clause]:
        """List the schemas in a keyword's array; empty where there is none."""
        schemas = table(self.schema).get(keyword)
        if not isinstance(schemas, list):
            return []
        return [self.inner(schema, keyword, index) for index, schema in enumerate(schemas)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the instance a value is wanted.

    Args:
        path: JSON pointer into the instance.
        name: The closest property's name, which says what may stand here.
        depth: How many objects and arrays are around.
        trail: The recursive references that were followed on the way here.
        optional: Whether the place may stay empty, so that it need not recurse.
        turn: 0, or the number of a further try that should give another value.
        avoid: The `key` of each value that must not stand here.
    """

    path: str = ""
    name: str = ""
    depth: int = 0
    trail: tuple[str, ...] = ()
    optional: bool = False
    turn: int = 0
    avoid: frozenset[str] | set[str] = frozenset()

    def member(self, name: str, *, optional: bool, turn: int) -> Place:
        """Go to a property of the object here."""
        path = f"{self.path}/{escaped(name)}"
        return Place(path, name, self.depth + 1, self.trail, optional=optional, turn=turn)

    def item(self, index: int, *, optional: bool, turn: int, avoid: set[str] | frozenset[str]) -> Place:
        """Go to an item of the array here."""
        path = f"{self.path}/{index}"
        return Place(path, self.name, self.depth + 1, self.trail, optional=optional, turn=turn, avoid=avoid)

    def after(self, references: Sequence[str]) -> Place:
        """Stay here, having followed references."""
        return replace(self, trail=(*self.trail, *references)) if references else self


class Grower(Protocol):
    """What a container needs to fill its places."""

    wording: Wording

    def build(self, clauses: Sequence[Clause], place: Place) -> JSON:
        """Make a value that meets the clauses; raises `Unmet` when there is none."""

    def dice(self, place: Place) -> Dice:
        """Give the choices for a place."""

    def is_lean(self) -> bool:
        """Tell whether the instance is so large that whatever may be left out should be."""

    def is_suspect(self, place: Place) -> bool:
        """Tell whether earlier tries went wrong here, so that values here are checked and varied."""

    def admits(self, schema: JSON, value: JSON) -> bool:
        """Tell whether a value is valid against a schema of the document."""

    def matches(self, pattern: str, text: str) -> bool:
        """Tell whether a regular expression is found in a text."""

    def spend(self, steps: int) -> None:
        """Count steps; raises `OutOfSteps` when there are none left."""


def escaped(key: str | int) -> str:
    """Write a key for a JSON pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def table(value: JSON) -> JSONObject:
    """Take an object for what it is, and anything else for an empty one."""
    return value if isinstance(value, dict) else {}


def whole(value: JSON) -> int | None:
    """Read a length or a count, which may be written as `3` or as `3.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value)


def key(value: JSON) -> str:
    """Give equal values, in the sense of JSON Schema, the same text, and others another."""
    return json.dumps(_plain(value), sort_keys=True)


def keyed(values: list[JSON]) -> dict[str, JSON]:
    """Give values by their keys."""
    return {key(value): value for value in values}


def _plain(value: JSON) -> JSON:
    """Write `1.0` as `1`."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
