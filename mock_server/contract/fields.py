"""The fields that a request body may have, as a tree to hold bodies against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mock_server.contract import document as documents
from mock_server.jsontypes import JSON, JSONObject

_NESTED = (dict, list)
_BRANCHES = ("allOf", "anyOf", "oneOf")


@dataclass(slots=True)
class Place:
    """A place in a body.

    Args:
        path: Where it is, such as `messages[].role`; empty for the body itself.
        members: The places below it, by the names of fields.
        items: The place of its items, where it may be a list.
        free: Whether it takes fields that nobody declared, as a caller's own JSON Schema does.
    """

    path: str
    members: dict[str, Place] = field(default_factory=dict)
    items: Place | None = None
    free: bool = False

    def walk(self) -> Iterator[Place]:
        """The fields of a place and those below them."""
        for member in self.members.values():
            yield member
            yield from member.walk()
        if self.items is not None:
            yield from self.items.walk()

    def unknown(self, body: JSON) -> Iterator[str]:
        """The paths of a body's fields that the contract does not know."""
        if isinstance(body, dict):
            for name, value in body.items():
                member = self.members.get(name)
                if member is not None:
                    yield from member.unknown(value)
                elif not self.free and self.members:
                    yield f"{self.path}.{name}" if self.path else name
        elif isinstance(body, list) and self.items is not None:
            for item in body:
                yield from self.items.unknown(item)

    def met(self, body: JSON, found: set[str]) -> None:
        """Add the paths of a body's fields that the contract knows to a set."""
        if isinstance(body, dict):
            members = self.members
            for name, value in body.items():
                member = members.get(name)
                if member is not None:
                    found.add(member.path)
                    if isinstance(value, _NESTED):
                        member.met(value, found)
        elif isinstance(body, list) and self.items is not None:
            for item in body:
                self.items.met(item, found)


def tree(schema: JSONObject, document: JSONObject) -> Place:
    """Make the tree of a schema; where it contains itself, the tree ends.

    Args:
        schema: The schema of a request body.
        document: Where its references lead.
    """
    root = Place("")
    _grow(root, schema, document, frozenset())
    return root


def _grow(place: Place, schema: JSONObject, document: JSONObject, above: frozenset[str]) -> None:
    ref = schema.get("$ref")
    if isinstance(ref, str):
        if ref in above:
            place.free = True
            return
        above |= {ref}
    resolved = documents.resolve(document, schema)
    place.free = place.free or resolved.get("additionalProperties", False) is not False
    for name, below in documents.mapping(resolved.get("properties", {})).items():
        path = f"{place.path}.{name}" if place.path else name
        _grow(place.members.setdefault(name, Place(path)), documents.mapping(below), document, above)
    items = resolved.get("items")
    if isinstance(items, dict):
        place.items = place.items or Place(f"{place.path}[]")
        _grow(place.items, items, document, above)
    for branch in _branches(resolved):
        _grow(place, branch, document, above)


def _branches(schema: JSONObject) -> Iterator[JSONObject]:
    for keyword in _BRANCHES:
        branches = schema.get(keyword)
        if isinstance(branches, list):
            yield from (branch for branch in branches if isinstance(branch, dict))
