"""Say what a body broke, in JSON Schema's words and at the place where it broke it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from mock_server.jsontypes import JSON

    _Node: TypeAlias = Mapping[str, object]

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """One keyword that a body broke.

    Attributes:
        path: The keys and indexes that lead to the place; for `required` it ends with the missing key.
        keyword: The JSON Schema keyword.
        reason: Pydantic's sentence, as a service built on it would say it.
        value: What stood there; for `required` nothing did, which is None here.
        limit: The keyword's own value, such as the greatest length or the list of members; None for `required`.

    """

    path: Path
    keyword: str
    reason: str
    value: JSON
    limit: JSON


UNKNOWN_FIELD = "additionalProperties"
"""The keyword that a field breaks which the body does not list."""

_UNKNOWN = "extra_forbidden"
_TYPES: dict[str, str] = {
    "string_type": "string",
    "int_type": "integer",
    "int_parsing": "integer",
    "float_type": "number",
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}
"""What the type should have been, by pydantic's name of the error."""

_BOUNDS: dict[tuple[str, str], tuple[str, str]] = {
    ("string_too_short", "str"): ("minLength", "min_length"),
    ("string_too_long", "str"): ("maxLength", "max_length"),
    ("string_pattern_mismatch", "str"): ("pattern", "pattern"),
    ("too_short", "list"): ("minItems", "min_length"),
    ("too_long", "list"): ("maxItems", "max_length"),
    ("too_short", "dict"): ("minProperties", "min_length"),
    ("too_long", "dict"): ("maxProperties", "max_length"),
    ("greater_than_equal", "int"): ("minimum", "ge"),
    ("greater_than_equal", "float"): ("minimum", "ge"),
    ("less_than_equal", "int"): ("maximum", "le"),
    ("less_than_equal", "float"): ("maximum", "le"),
}
"""The keyword, and pydantic's name of it, by pydantic's names of the error and of the node that it happened at."""


def violations(model: type[BaseModel], error: ValidationError) -> list[Violation]:
    """Translate pydantic's errors.

    Args:
        model: The class that refused the body.
        error: How it did.

    Returns:
        At least one violation, unknown fields first, then in the order of the fields. Of a union, only the branches
        that take the type of JSON that the body has there; where none does, all of them, the first one first.

    """
    found = [_Located.at(model, details) for details in error.errors(include_url=False)]
    chosen = {path for located in found for path in located.branchings if path != located.mistyped}
    kept = [located.violation for located in found if located.mistyped not in chosen]
    return sorted(kept, key=lambda violation: violation.keyword != UNKNOWN_FIELD)


@dataclass(frozen=True, slots=True)
class _Located:
    """A violation, and where on the way to it a union had a choice."""

    violation: Violation
    branchings: list[Path]

    @classmethod
    def at(cls, model: type[BaseModel], details: ErrorDetails) -> _Located:
        schema, location = model.__pydantic_core_schema__, details["loc"]
        if details["type"] == _UNKNOWN:  # the last step is the field itself, which no schema has
            path, branchings, _ = _follow(schema, location[:-1])
            unknown = Violation((*path, location[-1]), UNKNOWN_FIELD, details["msg"], details["input"], None)
            return cls(unknown, branchings)
        path, branchings, node = _follow(schema, location)
        return cls(_violation(path, node, details), branchings)

    @property
    def mistyped(self) -> Path | None:
        """The place where the body's type of JSON is not the branch's."""
        return self.violation.path if self.violation.keyword == "type" else None


def _violation(path: Path, node: _Node, details: ErrorDetails) -> Violation:
    reason, value = details["msg"], details["input"]
    match details["type"], node:
        case "missing", _:
            return Violation(path, "required", reason, None, None)
        case "union_tag_not_found", {"discriminator": str(key)}:
            return Violation((*path, key), "required", reason, None, None)
        case "union_tag_invalid", {"discriminator": str(key), "choices": dict(choices)}:
            return Violation((*path, key), "enum", reason, value[key], list(choices))
        case _:
            keyword, limit = _broken(node, details)
            return Violation(path, keyword, reason, value, limit)


def _broken(node: _Node, details: ErrorDetails) -> tuple[str, JSON]:
    """Find the keyword that was broken, and its value."""
    kind = details["type"]
    if kind in _TYPES:
        return "type", _TYPES[kind]
    if kind == "literal_error" and not isinstance(details["input"], str):
        return "type", "string"  # the contract lists texts only, and says so before it lists them
    if kind == "enum":
        return "enum", details["ctx"]["members"]
    match kind, node:
        case "literal_error", {"expected": [str(only)]}:
            return "const", only
        case "literal_error", {"expected": list(members)}:
            return "enum", members
    keyword, name = _BOUNDS[kind, str(node["type"])]
    return keyword, details["ctx"][name]


def _follow(root: _Node, location: Iterable[str | int]) -> tuple[Path, list[Path], _Node]:
    """Walk pydantic's own schema along an error's location, as only it says which steps are names of branches.

    Returns:
        The path in the body, the paths at which a union branched, and the schema's node at the end.

    """
    definitions = _definitions(root)
    path: Path = ()
    branchings: list[Path] = []
    node = _opened(root, definitions)
    for step in location:
        if node["type"] == "union":
            branchings.append(path)
        elif node["type"] != "tagged-union":
            path = (*path, step)
        node = _opened(_next(node, step, definitions), definitions)
    return path, branchings, node


def _definitions(root: _Node) -> dict[str, _Node]:
    match root:
        case {"type": "definitions", "definitions": list(nodes)}:
            return {node["ref"]: node for node in nodes}
        case _:
            return {}


def _opened(node: _Node, definitions: dict[str, _Node]) -> _Node:
    """Look through what is no step of a location: references, defaults, nullability, models, readers of numbers."""
    match node:
        case {"type": "definition-ref", "schema_ref": str(ref)}:
            return _opened(definitions[ref], definitions)
        case {"type": "chain", "steps": [*_, dict(last)]}:
            return _opened(last, definitions)
        case {"schema": dict(inner)}:
            return _opened(inner, definitions)
        case _:
            return node


def _next(node: _Node, step: str | int, definitions: dict[str, _Node]) -> _Node:
    match node:
        case {"type": "model-fields", "fields": dict(fields)}:
            return next(field for name, field in fields.items() if field.get("validation_alias", name) == step)
        case {"type": "union", "choices": list(choices)}:
            return next(choice for choice in choices if _is_called(_opened(choice, definitions), str(step)))
        case {"type": "tagged-union", "choices": dict(choices)}:
            branch: _Node = choices[step]
            return branch
        case {"items_schema": dict(inner)} | {"values_schema": dict(inner)}:
            return inner
    raise LookupError(f"a body has a shape that no location was followed into before: {node['type']}")


def _is_called(choice: _Node, label: str) -> bool:
    """Pydantic calls a branch ``MediaObject``, ``constrained-str`` or ``list[constrained-str]``."""
    return choice.get("model_name") == label or label.partition("[")[0].endswith(str(choice["type"]))
