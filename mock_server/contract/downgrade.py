"""Say an OpenAPI 3.2 document in OpenAPI 3.1, for tools that read no 3.2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mock_server.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_server.jsontypes import JSON, JSONObject

VERSION = "3.1.1"
STREAM = "Items one after another, each of the schema under `x-itemSchema`; OpenAPI 3.1 has no word for them."


def to_3_1(document: JSONObject) -> JSONObject:
    """Give an OpenAPI 3.1 copy of a document.

    What 3.1 has no word for is kept under its own word with `x-` before it, so that nothing is lost. Where 3.1 wants
    something in its place, the copy says it as well as 3.1 can. Schemas are JSON Schema in both and stay.

    Args:
        document: An OpenAPI 3.2 or 3.1 document; it stays as it is.

    Returns:
        The copy; a 3.1 document comes back unchanged.

    Raises:
        ContractError: The document is of another version, or has what 3.1 cannot say at all.
    """
    version = str(document.get("openapi"))
    if version.startswith("3.1."):
        return document
    if not version.startswith("3.2."):
        raise ContractError(f"only OpenAPI 3.2 can be said in 3.1, got {version}")
    return {**_said(document, "document"), "openapi": VERSION}


def _nothing(_: JSONObject) -> JSONObject:
    return {}


def _media_type(node: JSONObject) -> JSONObject:
    return {"schema": {"type": "string", "description": STREAM}} if "itemSchema" in node else {}


def _response(node: JSONObject) -> JSONObject:
    return {"description": node.get("summary", "")}


def _tag(node: JSONObject) -> JSONObject:
    return {"description": node["summary"]} if "summary" in node else {}


def _example(node: JSONObject) -> JSONObject:
    written = node.get("dataValue", node.get("serializedValue"))
    return {} if written is None else {"value": written}


def _parameter(node: JSONObject) -> JSONObject:
    if node.get("in") == "querystring" or node.get("style") == "cookie":
        raise ContractError(f"OpenAPI 3.1 cannot say the parameter {node.get('name')!r}: a querystring or cookie style")
    return {}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of object: its words that are new in 3.2, the kinds of what it holds, and what 3.1 wants in addition."""

    new: tuple[str, ...] = ()
    one: dict[str, str] = field(default_factory=dict)
    many: dict[str, str] = field(default_factory=dict)
    wanted: Callable[[JSONObject], JSONObject] = _nothing


_KINDS = {
    "document": _Kind(
        new=("$self",),
        one={"components": "components"},
        many={"servers": "server", "tags": "tag", "paths": "path item", "webhooks": "path item"},
    ),
    "components": _Kind(
        new=("mediaTypes",),
        many={
            "examples": "example",
            "headers": "header",
            "links": "link",
            "parameters": "parameter",
            "pathItems": "path item",
            "requestBodies": "request body",
            "responses": "response",
            "securitySchemes": "security scheme",
        },
    ),
    "path item": _Kind(
        new=("query", "additionalOperations"),
        one=dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation"),
        many={"servers": "server", "parameters": "parameter"},
    ),
    "operation": _Kind(
        one={"requestBody": "request body"},
        many={"servers": "server", "parameters": "parameter", "responses": "response"},
    ),
    "request body": _Kind(many={"content": "media type"}),
    "response": _Kind(
        new=("summary",),
        many={"content": "media type", "headers": "header", "links": "link"},
        wanted=_response,
    ),
    "parameter": _Kind(many={"content": "media type", "examples": "example"}, wanted=_parameter),
    "header": _Kind(many={"content": "media type", "examples": "example"}),
    "media type": _Kind(
        new=("itemSchema", "itemEncoding", "prefixEncoding"),
        many={"examples": "example", "encoding": "encoding"},
        wanted=_media_type,
    ),
    "encoding": _Kind(new=("encoding", "itemEncoding", "prefixEncoding"), many={"headers": "header"}),
    "example": _Kind(new=("dataValue", "serializedValue"), wanted=_example),
    "link": _Kind(one={"server": "server"}),
    "server": _Kind(new=("name",)),
    "tag": _Kind(new=("summary", "parent", "kind"), wanted=_tag),
    "security scheme": _Kind(new=("deprecated", "oauth2MetadataUrl"), one={"flows": "flows"}),
    "flows": _Kind(new=("deviceAuthorization",)),
}


def _said(node: JSONObject, kind_name: str) -> JSONObject:
    if "$ref" in node:
        return node
    kind = _KINDS[kind_name]
    said: JSONObject = {}
    for key, value in node.items():
        if key in kind.new:
            said[f"x-{key.removeprefix('$')}"] = value
        else:
            said[key] = _held(value, kind, key)
    return {**kind.wanted(node), **said}


def _held(value: JSON, kind: _Kind, key: str) -> JSON:
    if key in kind.one and isinstance(value, dict):
        return _said(value, kind.one[key])
    if key in kind.many and isinstance(value, dict):
        return {name: _one(item, kind.many[key]) for name, item in value.items()}
    if key in kind.many and isinstance(value, list):
        return [_one(item, kind.many[key]) for item in value]
    return value


def _one(item: JSON, kind_name: str) -> JSON:
    return _said(item, kind_name) if isinstance(item, dict) else item
