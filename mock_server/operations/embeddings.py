"""Embeddings: texts as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mock_server.call import Call, Reply
from mock_server.contract.bodies import ContextualizedEmbeddingsRequest, EmbeddingsRequest, given
from mock_server.facts import ModelFacts
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import number
from mock_server.operations import searching
from mock_server.world import pricing, tokens, vectors

_Request: TypeAlias = EmbeddingsRequest | ContextualizedEmbeddingsRequest
_CONTEXT = 0.3
"""The share of its document in the vector of a piece; ours."""


def create_embeddings(call: Call, body: EmbeddingsRequest) -> Reply:
    """Answer `POST /embeddings` (evidence 1.3; key order 13.3)."""
    model = call.facts.models.get(body.model) or call.facts.models[call.facts.wire.embedding_stand_in]
    texts = [body.input] if isinstance(body.input, str) else body.input
    draw = _Draw(call, body, model)
    return _reply(call, body, model, [draw.object(index, draw.vector(text)) for index, text in enumerate(texts)], texts)


def create_contextualized_embeddings(call: Call, body: ContextualizedEmbeddingsRequest) -> Reply:
    """Answer `POST /v1/contextualizedembeddings` (evidence 1.3): a piece's vector leans towards its document's."""
    model = call.facts.models.get(body.model) or call.facts.models[call.facts.wire.contextual_stand_in]
    draw = _Draw(call, body, model)
    data: list[JSON] = [
        {"data": draw.pieces(pieces), "index": index, "object": "list"} for index, pieces in enumerate(body.input)
    ]
    return _reply(call, body, model, data, [piece for pieces in body.input for piece in pieces])


class _Draw:
    """Draws the vectors of one request."""

    def __init__(self, call: Call, body: _Request, model: ModelFacts) -> None:
        self._model = body.model
        self._dimensions = given(body.dimensions) or model.dimensions
        self._seed = call.lane.seed.to_bytes(8, "big")
        self._encode = vectors.binary_base64 if body.encoding_format == "base64_binary" else vectors.int8_base64

    def vector(self, text: str) -> list[float]:
        return vectors.embed(text, dimensions=self._dimensions, seed=self._seed, model=self._model)

    def pieces(self, pieces: list[str]) -> list[JSON]:
        """The vectors of a document's pieces."""
        document = self.vector(" ".join(pieces))
        leaning = (vectors.lean(self.vector(piece), document, share=_CONTEXT) for piece in pieces)
        return [self.object(index, vector) for index, vector in enumerate(leaning)]

    def object(self, index: int, vector: list[float]) -> JSONObject:
        """One vector as it is sent."""
        return {"embedding": self._encode(vector), "index": index, "object": "embedding"}


def _reply(call: Call, body: _Request, model: ModelFacts, data: Sequence[JSON], texts: list[str]) -> Reply:
    count = sum(tokens.count(text) for text in texts)
    cost = pricing.embeddings(model.prices, count)
    searching.charge(call, body.model, prompt_tokens=count, completion_tokens=0, cost=cost)
    usage: JSONObject = {
        "cost": {"currency": "USD", "input_cost": number(cost), "total_cost": number(cost)},
        "prompt_tokens": count,
        "total_tokens": count,
    }
    return Reply({"data": [*data], "model": body.model, "object": "list", "usage": usage})
