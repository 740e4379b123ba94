"""Texts of a shape that a chat asks for: instances of a JSON Schema, matches of a regular expression."""

from __future__ import annotations

from functools import lru_cache

from mock_server import wire
from mock_server.contract.bodies import JsonSchemaFormat, RegexFormat, TextFormat
from mock_server.jsontypes import JSON

ResponseFormat = TextFormat | JsonSchemaFormat | RegexFormat


def wanted(response_format: ResponseFormat | None) -> bytes | None:
    """The schema that the text must meet, as canonical JSON; nothing where any text will do."""
    if isinstance(response_format, JsonSchemaFormat):
        return wire.canonical(response_format.json_schema.schema_)
    if isinstance(response_format, RegexFormat):
        return wire.canonical({"type": "string", "pattern": f"^(?:{response_format.regex.regex})$"})
    return None


def text(schema: bytes, *, verbatim: bool, seed: int) -> str:
    """Write the text.

    Args:
        schema: What `wanted` gave.
        verbatim: Send a text as it is instead of as JSON.
        seed: Seed of the world.

    Raises:
        ValueError: It is no JSON Schema, or nothing meets it.
    """
    instance = _instance(schema, seed)
    return instance if verbatim and isinstance(instance, str) else wire.dumps(instance).decode("utf-8")


@lru_cache(256)
def _instance(schema: bytes, seed: int) -> JSON:
    from mock_server.world import structured  # noqa: PLC0415  # 40 ms of the start, for what few chats ask

    parsed: JSON = wire.loads(schema)
    return structured.instance_of(parsed, seed=seed.to_bytes(8, "big"))
