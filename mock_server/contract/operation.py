"""One operation of the contract: what it takes, what it may answer, and the checks of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import jsonschema_rs

from mock_server.contract import document as documents
from mock_server.contract import fields
from mock_server.errors import ContractError
from mock_server.jsontypes import JSON, JSONObject

JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream"


@dataclass(frozen=True)
class Response:
    """What may be answered with one status: a schema for JSON, another for each event, the names of headers.

    `empty` says that it has no body at all.
    """

    status: int
    headers: frozenset[bytes]
    json_schema: JSON | None
    event_schema: JSON | None
    document: JSONObject = field(repr=False)
    empty: bool = False

    @cached_property
    def body(self) -> jsonschema_rs.Validator | None:
        """The check of a JSON body, compiled on first use."""
        return None if self.json_schema is None else compiled(self.json_schema, self.document)

    @cached_property
    def event(self) -> jsonschema_rs.Validator | None:
        """The check of one event of a stream."""
        return None if self.event_schema is None else compiled(self.event_schema, self.document)

    @cached_property
    def frame(self) -> jsonschema_rs.Validator | None:
        """The check of the JSON in one event of a stream."""
        schema = next(_content_schemas(self.event_schema, self.document), None)
        return None if schema is None else compiled(schema, self.document)


@dataclass(frozen=True)
class Operation:
    """An operation.

    `handler` is the id of the operation that it is an alias of, or its own; `body` names the component of its request
    body, which may be left out where `body_required` is false; `refusal` is the error that an edition answers it with,
    whatever is asked; `keyless` ones take requests without a key.
    """

    id: str
    handler: str
    method: str
    path: str
    dialect: str
    refusal: str | None
    body: str | None
    parameters: tuple[str, ...]
    responses: dict[int, Response]
    document: JSONObject = field(repr=False)
    body_required: bool = True
    keyless: bool = False

    @cached_property
    def endpoint(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @cached_property
    def streams(self) -> bool:
        """Whether it may answer with a stream."""
        return any(response.event_schema is not None for response in self.responses.values())

    @cached_property
    def fetched_again(self) -> bool:
        """Whether its answer can be fetched by its id: it is a GET of one thing, or such a GET stands below it."""
        paths = documents.mapping(self.document["paths"])
        below = [documents.mapping(item) for path, item in paths.items() if path.startswith(self.path + "/{")]
        return (self.method == "GET" and "{" in self.path) or any("get" in item for item in below)

    @cached_property
    def fields(self) -> fields.Place:
        """The fields that the request body may have; a place without members where there is no body."""
        schema: JSONObject = {} if self.body is None else {"$ref": f"#/components/schemas/{self.body}"}
        return fields.tree(schema, self.document)

    @cached_property
    def body_schemas(self) -> JSONObject:
        """The components that the request body is made of, by name."""
        if self.body is None:
            return {}
        return documents.references(self.document, {"$ref": f"#/components/schemas/{self.body}"})

    def schema_at(self, path: tuple[str | int, ...]) -> JSONObject:
        """Find the schema of a place in the request body, such as ``("messages", 0, "role")``; empty where none is."""
        if self.body is None:
            return {}
        schema: JSONObject = {"$ref": f"#/components/schemas/{self.body}"}
        for step in path:
            schema = _step(self.document, schema, step)
        return documents.resolve(self.document, schema)


def read(document: JSONObject) -> dict[str, Operation]:
    """Read all operations of a document, by id, in its order."""
    return {
        operation.id: operation
        for path, method, node in documents.operations(document)
        for operation in [_operation(document, path, method, node)]
    }


def compiled(schema: JSON, document: JSONObject, *, mask: str | None = None) -> jsonschema_rs.Validator:
    """Compile a schema whose references lead into a document; errors show what they found, or `mask` in its place."""
    root: JSONObject = {"allOf": [schema], "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=False, mask=mask)


def _operation(document: JSONObject, path: str, method: str, node: JSONObject) -> Operation:
    habits = documents.mapping(node.get("x-mock", {}))
    identity = str(node["operationId"])
    refusal = habits.get("refusal")
    return Operation(
        id=identity,
        handler=str(habits.get("alias_of", identity)),
        method=method.upper(),
        path=path,
        dialect=str(habits.get("dialect", "design")),
        refusal=None if refusal is None else str(refusal),
        body=_body(document, node),
        parameters=_parameters(document, node),
        responses={
            int(status): _response(document, int(status), documents.resolve(document, response))
            for status, response in documents.mapping(node["responses"]).items()
        },
        document=document,
        body_required=bool(documents.mapping(node.get("requestBody", {})).get("required", False)),
        keyless=node.get("security") == [],
    )


def _body(document: JSONObject, node: JSONObject) -> str | None:
    if "requestBody" not in node:
        return None
    content = documents.mapping(documents.resolve(document, node["requestBody"])["content"])
    schema = documents.mapping(documents.mapping(content[JSON_TYPE])["schema"])
    ref = schema.get("$ref")
    if not isinstance(ref, str):
        raise ContractError(f"{node['operationId']}: the request body names a component, got {schema!r}")
    return ref.rpartition("/")[2]


def _parameters(document: JSONObject, node: JSONObject) -> tuple[str, ...]:
    listed = node.get("parameters", [])
    if not isinstance(listed, list):
        raise ContractError(f"{node['operationId']}: parameters are a list")
    resolved = [documents.resolve(document, parameter) for parameter in listed]
    return tuple(str(parameter["name"]) for parameter in resolved if parameter["in"] == "query")


def _response(document: JSONObject, status: int, node: JSONObject) -> Response:
    content = documents.mapping(node.get("content", {}))
    return Response(
        status=status,
        headers=frozenset(name.encode("ascii") for name in documents.mapping(node.get("headers", {}))),
        json_schema=documents.mapping(content.get(JSON_TYPE, {})).get("schema"),
        event_schema=documents.mapping(content.get(STREAM_TYPE, {})).get("itemSchema"),
        document=document,
        empty=not content,
    )


def _step(document: JSONObject, schema: JSONObject, step: str | int) -> JSONObject:
    """Go one step down, into the first branch of a union that has it."""
    resolved = documents.resolve(document, schema)
    if isinstance(step, int):
        below = resolved.get("items")
    else:
        below = documents.mapping(resolved.get("properties", {})).get(step)
    if isinstance(below, dict):
        return below
    branches = resolved.get("anyOf") or resolved.get("oneOf") or []
    for branch in branches if isinstance(branches, list) else []:
        found = _step(document, documents.mapping(branch), step)
        if found:
            return found
    return {}


def _content_schemas(schema: JSON, document: JSONObject) -> Iterator[JSON]:
    """Find what the data of an event holds, in the branch of an event schema that says it."""
    if isinstance(schema, dict):
        resolved = documents.resolve(document, schema)
        data = documents.mapping(documents.mapping(resolved.get("properties", {})).get("data", {}))
        if "contentSchema" in data:
            yield data["contentSchema"]
        branches = resolved.get("oneOf", [])
        for branch in branches if isinstance(branches, list) else []:
            yield from _content_schemas(branch, document)
