"""The JSON Schema of a file of stubs, for editors: they check it, and complete names as they are typed."""

from __future__ import annotations

import json

from mock_server import facts
from mock_server.contract import document as documents
from mock_server.contract import editions
from mock_server.jsontypes import JSON, JSONObject
from mock_server.stubs.model import StubFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text() -> str:
    """Write the schema, as `fixtures/schemas/stubs.schema.json` has it."""
    schema: JSONObject = {"$schema": DIALECT, **StubFile.model_json_schema(), "title": "Stubs of pplx-mock"}
    _complete(schema)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _complete(schema: JSONObject) -> None:
    """Put in the names of operations and errors, which the models leave to the tables."""
    contract = documents.operations(editions.document_for(editions.COMPLETE))
    operations: list[JSON] = [*sorted(str(node["operationId"]) for _, _, node in contract)]
    errors: list[JSON] = [*sorted(facts.load(facts.COMPLETE).errors)]
    one, several = _choices(schema, "When", "operation")
    one["enum"] = operations
    documents.mapping(several["items"])["enum"] = operations
    for form in ("Reply", "Step"):
        _choices(schema, form, "status")[0]["enum"] = errors


def _choices(schema: JSONObject, form: str, field: str) -> list[JSONObject]:
    """The schemas of which a field has to meet one."""
    place = documents.mapping(documents.at(schema, f"/$defs/{form}/properties/{field}"))
    listed = place["anyOf"]
    return [documents.mapping(choice) for choice in listed] if isinstance(listed, list) else []
