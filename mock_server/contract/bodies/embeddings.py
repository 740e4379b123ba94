"""The body of a request for vectors."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import (
    JSON_INTEGER,
    Body,
    ContextualizedEmbeddingModel,
    EmbeddingModel,
    NonEmptyText,
)


class EmbeddingsRequest(Body):
    """One text, or several, to turn into vectors."""

    input: NonEmptyText | Annotated[list[NonEmptyText], Field(min_length=1, max_length=512)]
    model: EmbeddingModel
    dimensions: Annotated[int, Field(ge=128, le=2560), JSON_INTEGER] | MISSING = MISSING
    encoding_format: Literal["base64_int8", "base64_binary"] = "base64_int8"


class ContextualizedEmbeddingsRequest(Body):
    """Documents in pieces, to turn into vectors that know their document."""

    input: Annotated[list[Annotated[list[NonEmptyText], Field(min_length=1)]], Field(min_length=1, max_length=512)]
    model: ContextualizedEmbeddingModel
    dimensions: Annotated[int, Field(ge=128, le=2560), JSON_INTEGER] | MISSING = MISSING
    encoding_format: Literal["base64_int8", "base64_binary"] = "base64_int8"
