"""The keywords that this code understands; any other in the contract stops the start-up."""

from __future__ import annotations

SCHEMA = frozenset(
    {
        "$ref", "additionalProperties", "anyOf", "const", "contentEncoding", "contentMediaType", "contentSchema",
        "default", "deprecated", "description", "discriminator", "enum", "examples", "items", "maxItems", "maxLength",
        "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "not", "oneOf", "pattern",
        "properties", "required", "type", "uniqueItems", "x-mock-errors", "x-provenance",
    },
)  # fmt: skip

SUBSCHEMA = frozenset({"additionalProperties", "contentSchema", "items", "not"})
SUBSCHEMA_LISTS = frozenset({"anyOf", "oneOf"})
SUBSCHEMA_MAPS = frozenset({"properties"})

OPERATION = frozenset(
    {
        "description", "operationId", "parameters", "requestBody", "responses", "security", "summary", "tags",
        "x-mock", "x-provenance",
    },
)  # fmt: skip

METHODS = ("get", "put", "post", "delete", "patch")
