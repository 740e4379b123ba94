"""Contextual embeddings: pieces in their documents, and the document in its pieces."""

from __future__ import annotations

import math
from decimal import Decimal

from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning.embeddings import bits_are_signs, bytes_of, dot, vector
from contract_tests.probe import Probe
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import pricing

CONTEXT = "create_contextualized_embeddings"
_SMALL, _LARGE = "pplx-embed-context-v1-0.6b", "pplx-embed-context-v1-4b"
_MODELS = st.sampled_from([_SMALL, _LARGE])
_DANCE = "The dance tells where the flowers are."
_BEES = ["Bees find their way home by the sun.", _DANCE, "A hive has one queen."]
_STAGE = ["The theatre opened in May.", _DANCE, "Tickets cost ten euros."]
_pieces = st.lists(st.sampled_from([*_BEES, *_STAGE, "a", "Käse", "東京"]), min_size=1, max_size=3)
_documents = st.lists(_pieces, min_size=1, max_size=4)


def documents(probe: Probe, said: list[list[str]], model: str = _SMALL, **fields: JSON) -> list[list[JSONObject]]:
    """Embed documents; returns the rows of each."""
    body: JSONObject = {"input": [[*pieces] for pieces in said], "model": model, **fields}
    found = reading.rows(probe.call(CONTEXT, body).object, "data")
    places = [reading.integer(document, "index") for document in found]
    probe.require(places == [*range(len(said))], "documents from 0 on, one for each", places)
    return [reading.rows(document, "data") for document in found]


@check("PPLX-CONTEXT-001", "Each piece has a vector, in the place that it has in its document.", basis="spec",
       source="evidence 1.3", operations=(CONTEXT,), quick=5, full=30, cost="0.0001")  # fmt: skip
def order_is_kept(probe: Probe) -> None:
    def held(said: list[list[str]]) -> None:
        found = documents(probe, said)
        for pieces, rows in zip(said, found, strict=True):
            places = [reading.integer(row, "index") for row in rows]
            probe.require(places == [*range(len(pieces))], "pieces from 0 on, one for each", places)
        alone = documents(probe, said[-1:])[0]
        same = [row["embedding"] for row in found[-1]] == [row["embedding"] for row in alone]
        probe.require(same, "the vectors that the document has alone", found[-1])

    probe.given(_documents, held, quick=2, full=12)


@check("PPLX-CONTEXT-002", "A vector has the dimensions asked for, or the model's own, in either encoding.",
       basis="spec", source="evidence 1.3", operations=(CONTEXT,), quick=4, full=12, cost="0.0001")  # fmt: skip
def dimensions_hold(probe: Probe) -> None:
    def held(asked: tuple[str, int | None]) -> None:
        model, dimensions = asked
        fields: JSONObject = {} if dimensions is None else {"dimensions": dimensions}
        wanted = dimensions or probe.facts.models[model].dimensions
        for encoding, size in (("base64_int8", wanted), ("base64_binary", (wanted + 7) // 8)):
            [[row]] = documents(probe, [[_DANCE]], model, encoding_format=encoding, **fields)
            found = len(bytes_of(probe, row))
            probe.require(found == size, "as many bytes as the dimensions need", f"{found} of {size}, {encoding}")

    probe.given(st.tuples(_MODELS, st.sampled_from([None, 128, 1000, 1024])), held, quick=2, full=6)


@check("PPLX-CONTEXT-003", "Vectors have length one.", basis="docs", source="design 6", operations=(CONTEXT,), quick=1,
       full=2, cost="0.0001")  # fmt: skip
def unit_length(probe: Probe) -> None:
    for model in (_SMALL, _LARGE)[: 2 if probe.thorough else 1]:
        for row in documents(probe, [_BEES], model)[0]:
            length = math.hypot(*vector(probe, row))
            probe.require(abs(length - 1) < 0.02, "a length of one within 2 percent", f"{length:.4f}")


@check("PPLX-CONTEXT-004", "A piece leans towards its document: elsewhere it has another vector, farther from it.",
       basis="spec", source="evidence 1.3; how far it leans is not known", operations=(CONTEXT,), quick=1, full=2,
       cost="0.0001")  # fmt: skip
def pieces_lean(probe: Probe) -> None:
    for model in (_SMALL, _LARGE)[: 2 if probe.thorough else 1]:
        bees, stage = ([vector(probe, row) for row in rows] for rows in documents(probe, [_BEES, _STAGE], model))
        probe.require(bees[1] != stage[1], "another vector in another document", "the same")
        near, far = dot(bees[1], bees[0]), dot(stage[1], bees[0])
        probe.require(near > far, "a vector nearer to its own document's pieces", f"{near:.3f} and {far:.3f}")


@check("PPLX-CONTEXT-005", "Usage adds up, and its cost is the tokens' price, not rounded.", basis="docs",
       source="evidence 1.3, 6.2", operations=(CONTEXT,), quick=2, full=8, cost="0.0001")  # fmt: skip
def usage_and_cost(probe: Probe) -> None:
    def held(asked: tuple[str, list[list[str]]]) -> None:
        model, said = asked
        body: JSONObject = {"input": [[*pieces] for pieces in said], "model": model}
        usage = reading.member(probe.call(CONTEXT, body).object, "usage")
        prompt, total = (reading.integer(usage, f"{name}_tokens") for name in ("prompt", "total"))
        probe.require(total == prompt, "total_tokens = prompt_tokens", usage)
        probe.require(prompt >= sum(map(len, said)), "at least a token a piece", usage)
        wanted = pricing.embeddings(probe.facts.models[model].prices, prompt)
        costs = [Decimal(str(reading.at(usage, "cost", name))) for name in ("input_cost", "total_cost")]
        probe.require(costs == [wanted, wanted], "a cost by the price table", f"{costs}, by the table {wanted}")

    probe.given(st.tuples(_MODELS, _documents), held, quick=2, full=8)


@check("PPLX-CONTEXT-006", "The signs of the bytes are the bits of the binary form.", basis="spec",
       source="evidence 1.3", operations=(CONTEXT,), quick=2, full=2, cost="0.0001")  # fmt: skip
def encodings_agree(probe: Probe) -> None:
    [full], [packed] = (
        [bytes_of(probe, row) for row in documents(probe, [[_DANCE]], dimensions=256, encoding_format=encoding)[0]]
        for encoding in ("base64_int8", "base64_binary")
    )
    bits_are_signs(probe, full, packed)


@check("PPLX-CONTEXT-007", "What is no list of documents, an empty piece and a model of plain texts are refused.",
       basis="spec", source="evidence 1.3, 4.2", operations=(CONTEXT,), quick=6, full=6, cost="0")  # fmt: skip
def refusals(probe: Probe) -> None:
    wrong: list[JSONObject] = [
        {"input": "a"},
        {"input": ["a"]},
        {"input": [["a", ""]]},
        {"input": [[]]},
        {"input": [["a"]], "dimensions": 100_000},
    ]
    for body in wrong:
        probe.call(CONTEXT, {"model": _SMALL, **body}, status=400)
    plain = probe.call(CONTEXT, {"input": [["a"]], "model": "pplx-embed-v1-0.6b"}, status=400)
    message = reading.text(plain.object, "error", "message")
    named = "model must be one of" in message and _SMALL in message
    probe.require(named, "a message that lists the models", message)
