"""Contextual embeddings: a list of vectors for each document, each leaning towards its document, at the exact price."""

from __future__ import annotations

import base64
import json
import math
import struct
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world import tokens, vectors

if TYPE_CHECKING:
    from tests.conftest import Api

PATH = "/v1/contextualizedembeddings"
SMALL, LARGE = "pplx-embed-context-v1-0.6b", "pplx-embed-context-v1-4b"
SIZES = {SMALL: 1024, LARGE: 2560}
PRICES = {SMALL: Decimal("0.008"), LARGE: Decimal("0.05")}
"""Dollars for a million tokens: evidence 6.2, the vendor's pricing page of October 2026."""

pieces = st.text(min_size=1, max_size=40)
documents = st.lists(st.lists(pieces, min_size=1, max_size=4), min_size=1, max_size=4)
models = st.sampled_from([SMALL, LARGE])


def embed(api: Api, said: Any, *, model: str = SMALL, **fields: Any) -> Any:
    return api.ask(PATH, {"input": said, "model": model, **fields})


def vector_of(entry: Any) -> tuple[int, ...]:
    raw = base64.b64decode(entry["embedding"], validate=True)
    return struct.unpack(f"{len(raw)}b", raw)


def nearness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    dot = sum(left * right for left, right in zip(one, other, strict=True))
    return dot / math.sqrt(sum(left * left for left in one) * sum(right * right for right in other))


@given(documents, models)
def test_each_piece_has_its_vector_in_the_place_of_its_document(api: Api, said: list[list[str]], model: str) -> None:
    answer = embed(api, said, model=model, dimensions=128)

    assert [document["index"] for document in answer["data"]] == list(range(len(said)))
    assert {document["object"] for document in answer["data"]} | {answer["object"]} == {"list"}
    for document, texts in zip(answer["data"], said, strict=True):
        assert [entry["index"] for entry in document["data"]] == list(range(len(texts)))
        assert {len(vector_of(entry)) for entry in document["data"]} == {128}


@given(documents, models)
def test_a_document_has_the_same_vectors_alone_and_among_others(api: Api, said: list[list[str]], model: str) -> None:
    together = embed(api, said, model=model, dimensions=128)["data"]

    assert embed(api, [said[-1]], model=model, dimensions=128)["data"][0]["data"] == together[-1]["data"]


@given(documents, models)
def test_the_cost_is_exact_and_not_rounded(api: Api, said: list[list[str]], model: str) -> None:
    body: Any = {"input": [[*texts] for texts in said], "model": model, "dimensions": 128}

    usage = json.loads(api.post(PATH, body).content, parse_float=Decimal)["usage"]

    count = sum(tokens.count(piece) for texts in said for piece in texts)
    assert usage["prompt_tokens"] == usage["total_tokens"] == count
    assert usage["cost"] == {
        "currency": "USD", "input_cost": count * PRICES[model] / 10**6, "total_cost": count * PRICES[model] / 10**6,
    }  # fmt: skip


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_vectors_have_the_models_own_size_where_none_is_given(api: Api, model: str) -> None:
    assert len(vector_of(embed(api, [["bees"]], model=model)["data"][0]["data"][0])) == SIZES[model]


def test_the_same_piece_leans_towards_the_document_that_it_stands_in(api: Api) -> None:
    piece = "It was founded in 1897."
    said = [[piece, "The brewery stands by the river."], [piece, "The football club plays in red."]]
    topics = ["The brewery stands by the river.", "The football club plays in red."]
    brewery, club = (document["data"][0] for document in embed(api, said)["data"])
    alone = [document["data"][0] for document in embed(api, [[topic] for topic in topics])["data"]]

    assert brewery != club
    assert nearness(vector_of(brewery), vector_of(alone[0])) > nearness(vector_of(brewery), vector_of(alone[1]))
    assert nearness(vector_of(club), vector_of(alone[1])) > nearness(vector_of(club), vector_of(alone[0]))


def test_bits_are_the_signs_of_the_bytes(api: Api) -> None:
    said = [["bees", "find home"]]
    whole = vector_of(embed(api, said, dimensions=256)["data"][0]["data"][1])
    raw = base64.b64decode(
        embed(api, said, dimensions=256, encoding_format="base64_binary")["data"][0]["data"][1]["embedding"]
    )

    bits = "".join(f"{byte:08b}" for byte in raw)
    assert all(bit == "1" for part, bit in zip(whole, bits, strict=True) if part > 0)
    assert all(bit == "0" for part, bit in zip(whole, bits, strict=True) if part < 0)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30), st.floats(0, 0.49))
def test_a_leaning_vector_is_a_unit_vector(one: str, other: str, share: float) -> None:
    first, second = (vectors.embed(text, dimensions=64, seed=b"s", model="m") for text in (one, other))

    leaning = vectors.lean(first, second, share=share)

    assert math.hypot(*leaning) == pytest.approx(1)
    assert sum(map(float.__mul__, leaning, first)) > 0


@pytest.mark.parametrize("said", [[], [[]], [["a"], []], [[""]], ["a"], "a", [[1]], [["a"]] * 513, None])
def test_what_is_no_list_of_documents_is_refused(api: Api, said: Any) -> None:
    assert api.refusal(PATH, {"input": said, "model": SMALL})[:2] == (400, "invalid_request")


def test_512_documents_are_taken(api: Api) -> None:
    assert len(embed(api, [["a"]] * 512, dimensions=128)["data"]) == 512


@pytest.mark.parametrize("body", [{"input": [["a"]]}, {"input": [["a"]], "model": "pplx-embed-v1-0.6b"}])
def test_another_model_is_refused_with_the_list_of_those_that_there_are(api: Api, body: Any) -> None:
    assert api.refusal(PATH, body) == (
        400, "invalid_request", "model must be one of: pplx-embed-context-v1-0.6b pplx-embed-context-v1-4b",
    )  # fmt: skip


def test_a_contextual_model_makes_no_plain_embeddings(api: Api) -> None:
    assert api.refusal("/v1/embeddings", {"input": "a", "model": SMALL})[2] == (
        "model must be one of: pplx-embed-v1-0.6b pplx-embed-v1-4b"
    )


def test_usage_counts_them(api: Api) -> None:
    alone = api.stranger()
    embed(alone, [["one two", "three"]])

    report = alone.get("/usage", group_by="model").json()
    assert [(row["group"], row["prompt_tokens"]) for row in report["data"]] == [(SMALL, 3)]


@pytest.mark.parametrize("edition", ["2026-07", "2026-10"])
def test_dated_editions_have_them(api: Api, edition: str) -> None:
    assert embed(api.edition(edition), [["bees"]])["data"]
