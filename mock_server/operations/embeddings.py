"""Embeddings: texts as vectors."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.contract.bodies import EmbeddingsRequest, given
from mock_server.money import number
from mock_server.operations import searching
from mock_server.world import pricing, tokens, vectors


def create_embeddings(call: Call, body: EmbeddingsRequest) -> Reply:
    """Answer `POST /embeddings` (evidence 1.3; key order 13.3)."""
    model = call.facts.models.get(body.model) or call.facts.models[call.facts.wire.embedding_stand_in]
    texts = [body.input] if isinstance(body.input, str) else body.input
    dimensions = given(body.dimensions) or model.dimensions
    encode = vectors.binary_base64 if body.encoding_format == "base64_binary" else vectors.int8_base64
    seed = call.lane.seed.to_bytes(8, "big")
    count = sum(tokens.count(text) for text in texts)
    cost = pricing.embeddings(model.prices, count)
    searching.charge(call, body.model, prompt_tokens=count, completion_tokens=0, cost=cost)
    return Reply(
        {
            "data": [
                {
                    "embedding": encode(vectors.embed(text, dimensions=dimensions, seed=seed, model=body.model)),
                    "index": index,
                    "object": "embedding",
                }
                for index, text in enumerate(texts)
            ],
            "model": body.model,
            "object": "list",
            "usage": {
                "cost": {"currency": "USD", "input_cost": number(cost), "total_cost": number(cost)},
                "prompt_tokens": count,
                "total_tokens": count,
            },
        },
    )
