"""Load the contract's files and bundle them into one OpenAPI document."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mock_server import resources
from mock_server.contract import keywords
from mock_server.errors import ContractError
from mock_server.jsontypes import JSON, JSONObject

FOLDER = "openapi"
ROOT_FILE = "perplexity.yaml"
_HOISTED = {"schemas/": "schemas", "responses.yaml": "responses", "headers.yaml": "headers"}


def load() -> JSONObject:
    """Load the edition `complete`.

    Returns:
        One document without external references: schemas, responses and headers of the other files stand under
        `components` by their names, and an `x-mock-alias-of` path is a copy of the path it names.

    Raises:
        ContractError: A reference leads nowhere, two components share a name, or a keyword is unknown.
    """
    document = _Bundler().bundle()
    _expand_aliases(document)
    check_keywords(document)
    return document


def at(document: JSON, pointer: str) -> JSON:
    """Follow a JSON pointer such as ``/components/schemas/Usage``; raises `ContractError` when it leads nowhere."""
    node = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else mapping(node)[key]
        except (KeyError, IndexError, ValueError):
            raise ContractError(f"the contract has nothing at {pointer} (no {key!r})") from None
    return node


def resolve(document: JSONObject, node: JSON) -> JSONObject:
    """Follow a node's `$ref`, if it has one; the neighbours of `$ref` win over what it leads to."""
    found = mapping(node)
    ref = found.get("$ref")
    if not isinstance(ref, str):
        return found
    target = resolve(document, at(document, ref.removeprefix("#")))
    return {**target, **{key: value for key, value in found.items() if key != "$ref"}}


def references(document: JSONObject, node: JSON) -> JSONObject:
    """Gather what a node refers to, and what that refers to in turn, by the reference."""
    found: JSONObject = {}
    waiting = [node]
    while waiting:
        below = waiting.pop()
        if isinstance(below, dict):
            ref = below.get("$ref")
            if isinstance(ref, str) and ref not in found:
                found[ref] = at(document, ref.removeprefix("#"))
                waiting.append(found[ref])
            waiting += below.values()
        elif isinstance(below, list):
            waiting += below
    return found


def operations(document: JSONObject) -> Iterator[tuple[str, str, JSONObject]]:
    """Walk the operations in the contract's order, as path, lower-case method and operation object."""
    for path, item in mapping(document["paths"]).items():
        for method in keywords.METHODS:
            operation = mapping(item).get(method)
            if operation is not None:
                yield path, method, mapping(operation)


def check_keywords(document: JSONObject) -> None:
    """Refuse a document with a keyword that the code does not understand; raises `ContractError`."""
    for path, method, operation in operations(document):
        unknown = operation.keys() - keywords.OPERATION
        if unknown:
            raise ContractError(f"{method.upper()} {path}: unknown keyword {min(unknown)!r} of an operation")
    schemas = mapping(mapping(document["components"]).get("schemas", {}))
    for name, schema in schemas.items():
        _check_schema(schema, f"/components/schemas/{name}")


def _check_schema(schema: JSON, pointer: str) -> None:
    if isinstance(schema, bool):
        return
    found = mapping(schema)
    unknown = found.keys() - keywords.SCHEMA
    if unknown:
        raise ContractError(f"{pointer}: unknown keyword {min(unknown)!r}; teach contract/keywords.py what it means")
    for key, value in found.items():
        for step, below in _subschemas(key, value):
            _check_schema(below, f"{pointer}/{key}{step}")


def _subschemas(key: str, value: JSON) -> Iterator[tuple[str, JSON]]:
    """What a keyword holds that is a schema itself, with the steps of its pointer."""
    if key in keywords.SUBSCHEMA:
        yield "", value
    elif key in keywords.SUBSCHEMA_LISTS and isinstance(value, list):
        yield from ((f"/{index}", item) for index, item in enumerate(value))
    elif key in keywords.SUBSCHEMA_MAPS:
        yield from ((f"/{name}", item) for name, item in mapping(value).items())


def mapping(node: JSON) -> JSONObject:
    """Take a node that must be an object; raises `ContractError` where it is none."""
    if not isinstance(node, dict):
        raise ContractError(f"the contract has {node!r} where an object should be")
    return node


def _expand_aliases(document: JSONObject) -> None:
    paths = mapping(document["paths"])
    for path, item in paths.items():
        original = mapping(item).get("x-mock-alias-of")
        if isinstance(original, str):
            paths[path] = _alias(mapping(paths[original]), path, original)


def _alias(item: JSONObject, path: str, original: str) -> JSONObject:
    """Copy a path item; an operation's id gets the alias's first segment so that ids stay unique."""
    copy: JSONObject = {}
    for method, operation in item.items():
        found = dict(mapping(operation))
        found["operationId"] = f"{found['operationId']}_{path.strip('/').split('/')[0]}"
        found["x-mock"] = {**mapping(found.get("x-mock", {})), "alias_of": mapping(operation)["operationId"]}
        found["summary"] = f"{found['summary']} (as {original})"
        copy[method] = found
    return copy


class _Bundler:
    """Reads files as references name them and hoists what they lead to into `components`."""

    def __init__(self) -> None:
        self._files: dict[str, JSONObject] = {}
        self._hoisted: dict[str, str] = {}
        self._components: JSONObject = {"schemas": {}, "responses": {}, "headers": {}}

    def bundle(self) -> JSONObject:
        root = self._file(ROOT_FILE)
        paths: JSONObject = {}
        for path, item in mapping(root["paths"]).items():
            paths[path] = self._path_item(mapping(item))
        components = {**mapping(root["components"]), **self._components}
        return {**root, "paths": paths, "components": components}

    def _path_item(self, item: JSONObject) -> JSON:
        ref = item.get("$ref")
        if not isinstance(ref, str):
            return item
        file, _, pointer = ref.partition("#")
        return self._rewritten(at(self._file(file), pointer), file)

    def _file(self, name: str) -> JSONObject:
        if name not in self._files:
            self._files[name] = mapping(resources.read_yaml(FOLDER, *name.split("/")))
        return self._files[name]

    def _rewritten(self, node: JSON, file: str) -> JSON:
        if isinstance(node, list):
            return [self._rewritten(item, file) for item in node]
        if not isinstance(node, dict):
            return node
        return {
            key: self._reference(value, file)
            if key == "$ref" and isinstance(value, str)
            else self._rewritten(value, file)
            for key, value in node.items()
        }

    def _reference(self, ref: str, file: str) -> str:
        target, _, pointer = ref.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file), target)) if target else file
        name = pointer.removeprefix("/")
        kind = next((kind for prefix, kind in _HOISTED.items() if target.startswith(prefix)), None)
        if kind is None or "/" in name:
            raise ContractError(f"{file}: a reference names a whole schema, response or header, got {ref!r}")
        self._hoist(kind, name, target, pointer)
        return f"#/components/{kind}/{name}"

    def _hoist(self, kind: str, name: str, target: str, pointer: str) -> None:
        origin = self._hoisted.setdefault(f"{kind}/{name}", target)
        if origin != target:
            raise ContractError(f"{kind}/{name} stands in {origin} and in {target}; give one another name")
        components = mapping(self._components[kind])
        if name not in components:
            components[name] = {}
            components[name] = self._rewritten(at(self._file(target), pointer), target)
