"""Rules about what can be embedded."""

from __future__ import annotations

from typing import TypeAlias

from mock_server.call import Call
from mock_server.contract.bodies import ContextualizedEmbeddingsRequest, EmbeddingsRequest, given
from mock_server.rules import catalogue
from mock_server.rules.rule import Broken, rule
from mock_server.world import tokens

_Request: TypeAlias = EmbeddingsRequest | ContextualizedEmbeddingsRequest

_TOTAL, _PIECES = "PPLX-R-EMBED-TOTAL", "PPLX-R-EMBED-PIECES"


def dimensions(call: Call, body: _Request) -> Broken | None:
    """No more dimensions than the model has."""
    most = call.facts.models[body.model].dimensions
    wanted = given(body.dimensions)
    if wanted is None or wanted <= most:
        return None
    least = call.operation.schema_at(("dimensions",))["minimum"]
    return {"least": least, "most": most, "model": body.model}


def text_length(call: Call, body: EmbeddingsRequest) -> Broken | None:
    """Each text fits the model's context."""
    limit = call.facts.models[body.model].context_length
    for index, text in enumerate(_texts(body)):
        if len(text) > limit and (count := tokens.count(text)) > limit:
            return {"index": index, "tokens": count, "limit": limit}
    return None


def total_length(_: Call, body: _Request) -> Broken | None:
    """All texts together are not too long."""
    texts, limit = _texts(body), catalogue.limit(_TOTAL)
    if sum(map(len, texts)) <= limit:
        return None
    count = sum(map(tokens.count, texts))
    return {"tokens": count, "limit": limit} if count > limit else None


def document_length(call: Call, body: ContextualizedEmbeddingsRequest) -> Broken | None:
    """Each document fits the model's context."""
    limit = call.facts.models[body.model].context_length
    for index, pieces in enumerate(body.input):
        if sum(map(len, pieces)) > limit and (count := sum(map(tokens.count, pieces))) > limit:
            return {"index": index, "tokens": count, "limit": limit}
    return None


def pieces(_: Call, body: ContextualizedEmbeddingsRequest) -> Broken | None:
    """All documents together have not too many pieces."""
    count, limit = sum(map(len, body.input)), catalogue.limit(_PIECES)
    return {"count": count, "limit": limit} if count > limit else None


def _texts(body: _Request) -> list[str]:
    if isinstance(body, ContextualizedEmbeddingsRequest):
        return [piece for pieces in body.input for piece in pieces]
    return [body.input] if isinstance(body.input, str) else body.input


_BOTH: tuple[type[_Request], ...] = (EmbeddingsRequest, ContextualizedEmbeddingsRequest)
RULES = (
    rule("PPLX-R-EMBED-DIMENSIONS", _BOTH, dimensions, about=("dimensions",)),
    rule("PPLX-R-EMBED-TEXT", (EmbeddingsRequest,), text_length),
    rule(_PIECES, (ContextualizedEmbeddingsRequest,), pieces),
    rule("PPLX-R-EMBED-DOCUMENT", (ContextualizedEmbeddingsRequest,), document_length),
    rule(_TOTAL, _BOTH, total_length),
)
