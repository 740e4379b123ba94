"""What differs between the contracts of two editions."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract import document as documents
from mock_server.contract.document import mapping
from mock_server.contract.operation import JSON_TYPE, Operation
from mock_server.drift import schemas
from mock_server.drift.change import Change
from mock_server.edition import Edition
from mock_server.jsontypes import JSON, JSONObject

_MODELS = "Model"
_SERVED = "served"
_NOT_THE_CALLERS = frozenset({"x-mock-edition"})
"""Headers of the fake itself."""


def changes(before: Edition, after: Edition) -> Iterator[Change]:
    """Compare two contracts: operations, models, then the components that operations of both are made of."""
    yield from _operations(before, after)
    yield from _models(before, after)
    old, new = _components(before), _components(after)
    for name in sorted(old.keys() & new.keys()):
        if not _is_list_of_models(name, old[name]):
            yield from schemas.changes(old[name], new[name], name)


def _operations(before: Edition, after: Edition) -> Iterator[Change]:
    old, new = _by_endpoint(before), _by_endpoint(after)
    for name in sorted(old.keys() - new.keys()):
        elsewhere = sorted(one.endpoint for one in _served(after) if one.handler == old[name].handler)
        if elsewhere:
            yield Change("endpoint_renamed", name, name, ", ".join(elsewhere))
        else:
            yield Change("endpoint_removed", name, _SERVED)
    for name in sorted(new.keys() - old.keys()):
        yield Change("endpoint_added", name, None, _SERVED)
    both = {name: (old[name], new[name]) for name in sorted(old.keys() & new.keys())}
    told = {one.id for one, _ in both.values()}
    for name, (one, other) in both.items():
        yield from _refusal(one, other, name)
        if one.refusal is other.refusal is None and (one.id == one.handler or one.handler not in told):
            yield from _operation(one, other, name)


def _refusal(old: Operation, new: Operation, where: str) -> Iterator[Change]:
    if old.refusal != new.refusal:
        yield Change("endpoint_refused", where, old.refusal or _SERVED, new.refusal or _SERVED)


def _operation(old: Operation, new: Operation, where: str) -> Iterator[Change]:
    """Compare what an operation declares; another path of the same operation declares the same."""
    if old.keyless is not new.keyless:
        yield Change(
            "security_changed", where, "keyless" if old.keyless else "key", "keyless" if new.keyless else "key"
        )
    for status in sorted(old.responses.keys() - new.responses.keys()):
        yield Change("status_removed", where, status)
    for status in sorted(new.responses.keys() - old.responses.keys()):
        yield Change("status_added", where, None, status)
    for status in sorted(old.responses.keys() & new.responses.keys()):
        yield from _headers(old, new, status, where)
    yield from _parameters(old, new, where)
    yield from _schemas(old, new, where)
    one, other = _node(old), _node(new)
    if one.get("description") != other.get("description"):
        yield Change("doc_only", where, one.get("description"), other.get("description"))


def _headers(old: Operation, new: Operation, status: int, where: str) -> Iterator[Change]:
    before = old.responses[status].headers
    after = new.responses[status].headers
    for name in sorted(before ^ after):
        header = name.decode("ascii")
        if header not in _NOT_THE_CALLERS:
            place = f"{where} {status} {header}"
            yield (
                Change("header_removed", place, header)
                if name in before
                else Change("header_added", place, None, header)
            )


def _parameters(old: Operation, new: Operation, where: str) -> Iterator[Change]:
    for name in sorted(set(old.parameters) - set(new.parameters)):
        yield Change("parameter_removed", f"{where} {name}", name)
    for name in sorted(set(new.parameters) - set(old.parameters)):
        yield Change("parameter_added", f"{where} {name}", None, name)


def _schemas(old: Operation, new: Operation, where: str) -> Iterator[Change]:
    """Compare what parameters and bodies have to be; the components that they name are compared by themselves."""
    before, after = dict(_declared(old)), dict(_declared(new))
    for place in sorted(before.keys() & after.keys()):
        yield from schemas.changes(before[place], after[place], f"{where} {place}")


def _declared(operation: Operation) -> Iterator[tuple[str, JSON]]:
    """The schemas of an operation by their place: of parameters, of the request's body, of each status's."""
    document, node = operation.document, _node(operation)
    parameters = node.get("parameters", [])
    for parameter in parameters if isinstance(parameters, list) else []:
        found = documents.resolve(document, parameter)
        yield str(found["name"]), found.get("schema")
    holders = {"body": node.get("requestBody", {}), **mapping(node["responses"])}
    for place, holder in holders.items():
        for kind, content in mapping(documents.resolve(document, holder).get("content", {})).items():
            yield _place(place, kind), mapping(content).get("schema", mapping(content).get("itemSchema"))


def _place(holder: str, kind: str) -> str:
    return holder if kind == JSON_TYPE else f"{holder} {kind}"


def _models(before: Edition, after: Edition) -> Iterator[Change]:
    """A model that operations take counts by that; the others by the list."""
    for name in sorted(_gone(before, after)):
        yield Change("model_removed", name, _SERVED)
    for name in sorted(_gone(after, before)):
        yield Change("model_added", name, None, _SERVED)


def _gone(before: Edition, after: Edition) -> frozenset[str]:
    taken = _taken(before)
    listed = frozenset(before.facts.listed) - frozenset(after.facts.listed)
    return (taken - _taken(after)) | (listed - taken)


def models(edition: Edition) -> frozenset[str]:
    """The models that an edition lists, or that an operation which it serves takes."""
    return _taken(edition) | frozenset(edition.facts.listed)


def _taken(edition: Edition) -> frozenset[str]:
    found: set[str] = set()
    for operation in _served(edition):
        for reference, schema in operation.body_schemas.items():
            if _is_list_of_models(reference, schema):
                members = mapping(schema)["enum"]
                found.update(str(member) for member in (members if isinstance(members, list) else []))
    return frozenset(found)


def _is_list_of_models(name: str, schema: JSON) -> bool:
    return name.endswith(_MODELS) and isinstance(schema, dict) and "enum" in schema


def _by_endpoint(edition: Edition) -> dict[str, Operation]:
    return {operation.endpoint: operation for operation in edition.operations.values()}


def _served(edition: Edition) -> Iterator[Operation]:
    return (operation for operation in edition.operations.values() if operation.refusal is None)


def _node(operation: Operation) -> JSONObject:
    return mapping(mapping(mapping(operation.document["paths"])[operation.path])[operation.method.lower()])


def _components(edition: Edition) -> JSONObject:
    """The schemas that operations which are served are made of, by name."""
    found: JSONObject = {}
    for operation in _served(edition):
        found |= documents.references(edition.document, _node(operation))
    return {pointer.rpartition("/")[2]: schema for pointer, schema in found.items() if "/schemas/" in pointer}
