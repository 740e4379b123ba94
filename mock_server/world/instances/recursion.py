"""Which references of a schema recurse, and how soon each can end."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from mock_server.world.instances.clauses import table, whole
from mock_server.world.instances.document import references

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON, JSONObject
    from mock_server.world.instances.document import Document

_ROUNDS = 40
_WORK = 100_000  # schemas looked at for heights, at the most
_SCALARS = frozenset({"null", "boolean", "integer", "number", "string"})


class Recursion:
    """The references of a document, seen as a graph.

    Args:
        document: The document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def targets(self) -> frozenset[str]:
        """The references that lead back to themselves, and those on the way from one such to another."""
        return frozenset(_without_ends(self._graph) & _without_ends(_reversed(self._graph)))

    def height(self, schema: JSON) -> float:
        """Estimate how many containers an instance needs at least one inside the other; may be infinite."""
        return _height(schema, self._heights)

    @cached_property
    def _graph(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        todo = list(references(self._document.root))
        while todo:
            name = todo.pop()
            if name not in found:
                found[name] = set(references(self._document.target(name).schema))
                todo += sorted(found[name])
        return found

    @cached_property
    def _heights(self) -> dict[str, float]:
        schemas = {name: self._document.target(name).schema for name in reversed(self._graph)}
        heights = dict.fromkeys(schemas, math.inf)
        for _ in range(min(_ROUNDS, 1 + _WORK // self._document.size)):
            lower = {name: _height(schema, heights) for name, schema in schemas.items()}
            if lower == heights:
                break
            heights = lower
        return heights


def _without_ends(graph: dict[str, set[str]]) -> set[str]:
    """Leave out the nodes from which every way ends."""
    entries = _reversed(graph)
    ways = {name: len(further) for name, further in graph.items()}
    ends = [name for name, count in ways.items() if count == 0]
    while ends:
        for name in entries[ends.pop()]:
            ways[name] -= 1
            if ways[name] == 0:
                ends.append(name)
    return {name for name, count in ways.items() if count}


def _reversed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    entries: dict[str, set[str]] = {name: set() for name in graph}
    for name, further in graph.items():
        for other in further:
            entries[other].add(name)
    return entries


def _height(schema: JSON, heights: dict[str, float]) -> float:
    if not isinstance(schema, dict):
        return math.inf if schema is False else 0
    parts = [_own_height(schema, heights)]
    if isinstance(reference := schema.get("$ref"), str):
        parts.append(heights.get(reference, 0))
    parts += [_height(inner, heights) for inner in _listed(schema, "allOf")]
    for keyword in ("anyOf", "oneOf"):
        parts += [min(_height(inner, heights) for inner in _listed(schema, keyword))] if keyword in schema else []
    return max(parts)


def _own_height(schema: JSONObject, heights: dict[str, float]) -> float:
    types = schema.get("type", [])
    wanted = {types} if isinstance(types, str) else set(map(str, types if isinstance(types, list) else []))
    if wanted & _SCALARS or not schema.keys().isdisjoint({"const", "enum"}):
        return 0
    needs = []
    if "object" in wanted or "required" in schema:
        properties, required = table(schema.get("properties")), _listed(schema, "required")
        needs.append(1 + max((_height(properties.get(str(name)), heights) for name in required), default=0))
    if "array" in wanted:
        items = schema.get("items") if whole(schema.get("minItems")) else True
        needs.append(1 + _height(items, heights))
    return min(needs, default=0)


def _listed(schema: JSONObject, keyword: str) -> list[JSON]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []
