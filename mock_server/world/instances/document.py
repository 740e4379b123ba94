"""A caller's schema, checked and made easy to walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, unquote, urljoin

import jsonschema_rs

from mock_server.world.instances.clauses import Clause, escaped, table
from mock_server.world.instances.failures import InvalidSchema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.jsontypes import JSON, JSONObject

ROOT = "https://schema.invalid/root"
_DATA = frozenset({"const", "enum", "examples", "default"})  # keywords whose values are no schemas
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})  # schemas by name
_IDENTITY = frozenset({"$id", "$anchor", "$dynamicAnchor", "$schema"})
_SAFE = "/~!$&'()*+,;=:@?"  # in a fragment
_REFERENCES = ("$ref", "$dynamicRef")

_Way: TypeAlias = tuple["_Way", str | int] | None  # keys, the last one outermost: made into a pointer only if asked


class Document:
    """A schema whose references all begin at its root.

    Args:
        schema: The caller's schema.

    Attributes:
        root: A copy, in which each reference is `ROOT`, a hash sign and a JSON pointer.
        size: How many schemas, objects and arrays it holds.

    Raises:
        InvalidSchema: It is no valid schema of JSON Schema 2020-12, nests too deeply, or refers to something outside.
    """

    def __init__(self, schema: JSON) -> None:
        self.validator = _compiled(schema)
        names = _Names(schema)
        self.size = names.size
        self.root = _localised(schema, ROOT, names) if names.has_references else schema
        self._registry = jsonschema_rs.Registry([(ROOT, self.root)]) if names.has_references else None
        self._validators: dict[int, jsonschema_rs.Validator] = {}
        self._kept: list[JSON] = []  # schemas whose identity is a key above must not be freed

    def target(self, reference: str) -> Clause:
        """Follow a reference of `root`; one that leads nowhere gives a clause that nothing meets."""
        pointer = unquote(reference.partition("#")[2])
        node = self.root
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list):
                node = node[int(name)] if name.isdigit() and int(name) < len(node) else False
            else:
                node = table(node).get(name, False)
        return Clause(node, pointer)

    def admits(self, schema: JSON, value: JSON) -> bool:
        """Tell whether a value is valid against a part of `root`, or against something built from parts."""
        return self._validator(schema).is_valid(value)

    def is_compiled(self, schema: JSON) -> bool:
        """Tell whether `admits` is cheap, because the schema was used before."""
        return id(schema) in self._validators

    def _validator(self, schema: JSON) -> jsonschema_rs.Validator:
        if id(schema) not in self._validators:
            self._kept.append(schema)
            self._validators[id(schema)] = jsonschema_rs.Draft202012Validator(
                schema if isinstance(schema, bool) else table(schema),
                validate_formats=True,
                offline=True,
                registry=self._registry,
            )
        return self._validators[id(schema)]


def references(schema: JSON) -> Iterator[str]:
    """Walk the references within a schema of a `Document`."""
    for node, _, _ in _walk(schema):
        for keyword in _REFERENCES:
            reference = node.get(keyword)
            if isinstance(reference, str):
                yield reference


def _compiled(schema: JSON) -> jsonschema_rs.Validator:
    if not isinstance(schema, bool | dict):
        raise InvalidSchema(f"A schema is an object or a boolean, not {schema!r:.60}.")
    try:
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)
    except jsonschema_rs.ValidationError as error:
        where = "".join(f"/{escaped(step)}" for step in error.instance_path)
        raise InvalidSchema(f"The schema is not valid at {where or 'its root'}: {error.message}.") from None
    except (ValueError, jsonschema_rs.ReferencingError) as error:  # nested too deeply, or no JSON at all
        raise InvalidSchema(f"The schema cannot be read: {error}.") from None


class _Names:
    """The resources and anchors that references may name, as JSON pointers by URI."""

    def __init__(self, schema: JSON) -> None:
        self.has_references = False
        self.size = 0
        self._pointers: dict[str, str] = {ROOT: ""}
        for node, way, base in _walk(schema):
            self.size += 1
            self.has_references = self.has_references or not node.keys().isdisjoint(_REFERENCES)
            if isinstance(node.get("$id"), str):
                self._pointers.setdefault(base.partition("#")[0], _pointer(way))
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(anchor := node.get(keyword), str):
                    self._pointers.setdefault(f"{base}#{anchor}", _pointer(way))

    def local(self, reference: str, base: str) -> str:
        """Rewrite a reference to begin at the root; raises `InvalidSchema` when it leads outside."""
        resource, _, fragment = urljoin(base, reference).partition("#")
        fragment = unquote(fragment)
        is_anchor = fragment and not fragment.startswith("/")
        pointer = self._pointers.get(f"{resource}#{fragment}" if is_anchor else resource)
        if pointer is None:
            raise InvalidSchema(f"The schema refers to {reference!r}, which lies outside of it.")
        return f"{ROOT}#{quote(pointer if is_anchor else pointer + fragment, safe=_SAFE)}"


def _walk(schema: JSON) -> Iterator[tuple[JSONObject, _Way, str]]:
    """Yield each object of a schema with the way to it and the URI that its references are relative to."""
    todo: list[tuple[JSON, _Way, str, bool]] = [(schema, None, ROOT, False)]
    while todo:
        node, way, base, is_map = todo.pop()
        if isinstance(node, list):
            todo += [(item, (way, index), base, False) for index, item in enumerate(node) if _is_container(item)]
        elif isinstance(node, dict):
            base = _base(node, base)
            yield node, way, base
            for name, inner in node.items():
                if _is_container(inner) and (is_map or name not in _DATA):
                    todo.append((inner, (way, name), base, not is_map and name in _MAPS))


def _is_container(value: JSON) -> bool:
    return isinstance(value, dict | list)


def _pointer(way: _Way) -> str:
    steps: list[str] = []
    while way:
        steps.append(f"/{escaped(way[1])}")
        way = way[0]
    return "".join(reversed(steps))


def _localised(node: JSON, base: str, names: _Names, *, is_map: bool = False) -> JSON:
    """Copy a schema with its references rewritten and its names left out."""
    if isinstance(node, list):
        return [_localised(item, base, names) for item in node]
    if not isinstance(node, dict):
        return node
    base = _base(node, base)
    copy: JSONObject = {}
    for name, inner in node.items():
        if name in _REFERENCES and isinstance(inner, str):
            copy["$ref" if name == "$ref" or "$ref" not in node else name] = names.local(inner, base)
        elif is_map or name not in _DATA | _IDENTITY:
            copy[name] = _localised(inner, base, names, is_map=not is_map and name in _MAPS)
        elif name in _DATA:
            copy[name] = inner
    return copy


def _base(node: JSONObject, base: str) -> str:
    identity = node.get("$id")
    return urljoin(base, identity) if isinstance(identity, str) else base
