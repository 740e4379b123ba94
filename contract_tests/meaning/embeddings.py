"""Embeddings: size, order, length, nearness, cost."""

from __future__ import annotations

import base64
import math
import struct
from decimal import Decimal

from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.probe import Probe
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import pricing

EMBED = "create_embeddings"
_SMALL = "pplx-embed-v1-0.6b"
_BEES = "Bees find their way home by the sun and by landmarks."
_BEES_TOO = "By the sun and by landmarks, bees find the way home."
_ROME = "Concrete made Roman aqueducts last for two thousand years."
_models = st.sampled_from([_SMALL, "pplx-embed-v1-4b"])
_texts = st.lists(st.sampled_from([_BEES, _BEES_TOO, _ROME, "a", "Käse", "東京"]), min_size=1, max_size=5)


def embed(probe: Probe, texts: JSON, model: str = _SMALL, **fields: JSON) -> list[JSONObject]:
    """Embed; returns the rows."""
    return reading.rows(probe.call(EMBED, {"input": texts, "model": model, **fields}).object, "data")


def vector(probe: Probe, row: JSONObject) -> list[float]:
    """Decode signed bytes."""
    raw = bytes_of(probe, row)
    return [component / 127 for component in struct.unpack(f"{len(raw)}b", raw)]


@check("PPLX-EMBED-001", "Vectors come in the order of the texts, one for each.", basis="wire",
       source="evidence 1.3, 13.3", operations=(EMBED,), quick=12, full=48, cost="0.0001")  # fmt: skip
def order_is_kept(probe: Probe) -> None:
    def held(texts: list[str]) -> None:
        found = embed(probe, [*texts])
        indexes = [reading.integer(row, "index") for row in found]
        probe.require(indexes == [*range(len(texts))], "indexes from 0 on", indexes)
        for text, row in zip(texts, found, strict=True):
            alone = embed(probe, [text])[0]["embedding"]
            probe.require(row["embedding"] == alone, "the vector that the text has alone", row["embedding"])

    probe.given(_texts, held, quick=2, full=8)


@check("PPLX-EMBED-002", "A vector has the dimensions asked for, or the model's own.", basis="spec",
       source="evidence 1.3", operations=(EMBED,), quick=5, full=12, cost="0.0001")  # fmt: skip
def dimensions_hold(probe: Probe) -> None:
    def held(asked: tuple[str, int | None]) -> None:
        model, dimensions = asked
        fields: JSONObject = {} if dimensions is None else {"dimensions": dimensions}
        wanted = dimensions or probe.facts.models[model].dimensions
        found = len(bytes_of(probe, embed(probe, [_BEES], model, **fields)[0]))
        probe.require(found == wanted, "a byte for each dimension", f"{found} of {wanted}")
        packed = len(bytes_of(probe, embed(probe, [_BEES], model, encoding_format="base64_binary", **fields)[0]))
        probe.require(packed == (wanted + 7) // 8, "a bit for each dimension", f"{packed} bytes of {wanted} bits")

    probe.given(st.tuples(_models, st.sampled_from([None, 128, 256, 1000, 1024])), held, quick=2, full=6)


@check("PPLX-EMBED-003", "Vectors have length one.", basis="docs", source="design 6", operations=(EMBED,), quick=2,
       full=6, cost="0.0001")  # fmt: skip
def unit_length(probe: Probe) -> None:
    def held(model: str) -> None:
        for row in embed(probe, [_BEES, _ROME, "a"], model):
            length = math.hypot(*vector(probe, row))
            probe.require(abs(length - 1) < 0.02, "a length of one within 2 percent", f"{length:.4f}")

    probe.given(_models, held, quick=1, full=2)


@check("PPLX-EMBED-004", "Near texts have near vectors, and a text is its own nearest.", basis="docs",
       source="design 6", operations=(EMBED,), quick=2, full=2, cost="0.0001")  # fmt: skip
def near_texts_are_near(probe: Probe) -> None:
    for model in (_SMALL, "pplx-embed-v1-4b"):
        bees, too, rome, again = (vector(probe, row) for row in embed(probe, [_BEES, _BEES_TOO, _ROME, _BEES], model))
        near, far = dot(bees, too), dot(bees, rome)
        probe.require(near > far, "a text nearer to its paraphrase than to another", f"{near:.3f} and {far:.3f}")
        probe.require(bees == again, "the same vector for the same text", "two vectors")


@check("PPLX-EMBED-005", "The signs of the bytes are the bits of the binary form.", basis="spec", source="evidence 1.3",
       operations=(EMBED,), quick=2, full=2, cost="0.0001")  # fmt: skip
def encodings_agree(probe: Probe) -> None:
    full = bytes_of(probe, embed(probe, [_BEES], dimensions=256)[0])
    packed = bytes_of(probe, embed(probe, [_BEES], dimensions=256, encoding_format="base64_binary")[0])
    bits_are_signs(probe, full, packed)


@check("PPLX-EMBED-006", "Usage adds up, and its cost is the tokens' price, not rounded.", basis="wire",
       source="evidence 1.3, 6.2, 13.3", operations=(EMBED,), quick=2, full=8, cost="0.0001")  # fmt: skip
def usage_and_cost(probe: Probe) -> None:
    def held(asked: tuple[str, list[str]]) -> None:
        model, texts = asked
        usage = reading.member(probe.call(EMBED, {"input": [*texts], "model": model}).object, "usage")
        prompt = reading.integer(usage, "prompt_tokens")
        probe.require(reading.integer(usage, "total_tokens") == prompt, "total_tokens = prompt_tokens", usage)
        probe.require(prompt >= len(texts), "at least a token a text", usage)
        wanted = pricing.embeddings(probe.facts.models[model].prices, prompt)
        for name in ("input_cost", "total_cost"):
            cost = Decimal(str(reading.at(usage, "cost", name)))
            probe.require(cost == wanted, f"{name} by the price table", f"{cost}, by the table {wanted}")

    probe.given(st.tuples(_models, _texts), held, quick=2, full=8)


@check("PPLX-EMBED-007", "A text alone is a list of one.", basis="spec", source="evidence 1.3", operations=(EMBED,),
       quick=2, full=2, cost="0.0001")  # fmt: skip
def one_text(probe: Probe) -> None:
    probe.require(embed(probe, _BEES) == embed(probe, [_BEES]), "the same rows", "others")


@check("PPLX-EMBED-008", "An unknown model, an empty text and too many dimensions are refused.", basis="wire",
       source="evidence 1.3, 4.2", operations=(EMBED,), quick=4, full=4, cost="0")  # fmt: skip
def refusals(probe: Probe) -> None:
    unknown = probe.call(EMBED, {"input": "a", "model": "no-such-model"}, status=400)
    message = reading.text(unknown.object, "error", "message")
    probe.require("model must be one of" in message, "a message that lists the models", message)
    wrong: list[JSONObject] = [{"input": ""}, {"input": ["a", ""]}, {"input": "a", "dimensions": 100_000}]
    for body in wrong:
        probe.call(EMBED, {"model": _SMALL, **body}, status=400)


def bytes_of(probe: Probe, row: JSONObject) -> bytes:
    """Decode the base64 of a vector."""
    said = reading.text(row, "embedding")
    try:
        return base64.b64decode(said, validate=True)
    except ValueError:
        probe.require(False, "an embedding in base64", said)  # noqa: FBT003  # it is not
        raise


def bits_are_signs(probe: Probe, full: bytes, packed: bytes) -> None:
    """Demand of the two encodings of a vector that they agree; nothing is demanded where a byte is zero."""
    parts = struct.unpack(f"{len(full)}b", full)
    probe.require(any(parts), "a vector that is not all zeros", f"{len(full)} bytes")
    bits = [bool(packed[place // 8] & (128 >> place % 8)) for place in range(len(parts))]
    wrong = [place for place, part in enumerate(parts) if part != 0 and (part > 0) is not bits[place]]
    probe.require(not wrong, "a set bit where the byte is positive", wrong)


def dot(one: list[float], other: list[float]) -> float:
    """How near two vectors of length one are: 1 for the same, 0 for nothing in common."""
    return sum(a * b for a, b in zip(one, other, strict=True))
