"""Texts of a shape that a chat asks for: instances of a JSON Schema, matches of a regular expression."""

from __future__ import annotations

from functools import lru_cache

from mock_server import wire
from mock_server.contract.bodies import ChatCompletionRequest, JsonSchemaFormat, RegexFormat, TextFormat
from mock_server.jsontypes import JSON
from mock_server.operations import prompts
from mock_server.world import language

ResponseFormat = TextFormat | JsonSchemaFormat | RegexFormat


def text(body: ChatCompletionRequest, *, seed: int) -> str | None:
    """Write a text of the shape that a chat asks for.

    Args:
        body: The chat; the words of its question turn up in the text.
        seed: Seed of the world.

    Returns:
        The text, or nothing where any text will do.

    Raises:
        ValueError: What was asked for is no JSON Schema, or nothing meets it.
    """
    schema = _schema(body.response_format)
    if schema is None:
        return None
    about = tuple(language.without_fillers(language.words(prompts.question(body.messages))))
    instance = _instance(schema, seed, about)
    if isinstance(body.response_format, RegexFormat) and isinstance(instance, str):
        return instance
    return wire.dumps(instance).decode("utf-8")


def _schema(response_format: ResponseFormat | None) -> bytes | None:
    """The schema that the text must meet, as canonical JSON."""
    if isinstance(response_format, JsonSchemaFormat):
        return wire.canonical(response_format.json_schema.schema_)
    if isinstance(response_format, RegexFormat):
        return wire.canonical({"type": "string", "pattern": f"^(?:{response_format.regex.regex})$"})
    return None


@lru_cache(256)
def _instance(schema: bytes, seed: int, words: tuple[str, ...]) -> JSON:
    from mock_server.world import structured  # noqa: PLC0415  # 40 ms of the start, for what few chats ask

    parsed: JSON = wire.loads(schema)
    return structured.instance_of(parsed, seed=seed.to_bytes(8, "big"), words=words)
