"""Embeddings over HTTP: one vector for each text in order, of the size and encoding asked for, at the exact price."""

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

from mock_server.world import tokens
from tests.strategies import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

SMALL, LARGE = "pplx-embed-v1-0.6b", "pplx-embed-v1-4b"
SIZES = {SMALL: 1024, LARGE: 2560}
PRICES = {SMALL: Decimal("0.004"), LARGE: Decimal("0.03")}
"""Dollars for a million tokens: evidence 6.2, the vendor's pricing page of October 2026."""

any_text = st.text(min_size=1, max_size=60)
models = st.sampled_from([SMALL, LARGE])


def embed(api: Api, said: Any, *, model: str = SMALL, **fields: Any) -> Any:
    return api.ask("/embeddings", {"input": said, "model": model, **fields})


def vector_of(entry: Any) -> tuple[int, ...]:
    """Signed bytes, as the default encoding has them."""
    raw = base64.b64decode(entry["embedding"], validate=True)
    return struct.unpack(f"{len(raw)}b", raw)


def bits_of(entry: Any) -> str:
    raw = base64.b64decode(entry["embedding"], validate=True)
    return "".join(f"{byte:08b}" for byte in raw)


def nearness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    dot = sum(left * right for left, right in zip(one, other, strict=True))
    return dot / math.sqrt(sum(left * left for left in one) * sum(right * right for right in other))


@given(st.lists(any_text, min_size=1, max_size=6), models)
def test_each_text_gets_its_own_vector_in_its_own_place(api: Api, said: list[str], model: str) -> None:
    together = embed(api, said, model=model)["data"]

    assert [entry["index"] for entry in together] == list(range(len(said)))
    assert {entry["object"] for entry in together} == {"embedding"}
    for text, entry in zip(said, together, strict=True):
        assert embed(api, text, model=model)["data"][0]["embedding"] == entry["embedding"]


@given(any_text, models, st.none() | st.integers(128, 1024))
def test_a_vector_has_as_many_bytes_as_dimensions(api: Api, text: str, model: str, size: int | None) -> None:
    fields = {} if size is None else {"dimensions": size}

    assert len(vector_of(embed(api, text, model=model, **fields)["data"][0])) == (size or SIZES[model])


@given(any_text, models, st.none() | st.integers(128, 1024))
def test_a_binary_vector_has_a_bit_for_each_dimension(api: Api, text: str, model: str, size: int | None) -> None:
    fields = {} if size is None else {"dimensions": size}
    wanted = size or SIZES[model]

    bits = bits_of(embed(api, text, model=model, encoding_format="base64_binary", **fields)["data"][0])

    assert len(bits) == (wanted + 7) // 8 * 8
    assert set(bits[wanted:]) <= {"0"}


@given(any_text, st.integers(128, 1024))
def test_both_encodings_tell_the_same_signs(api: Api, text: str, size: int) -> None:
    vector = vector_of(embed(api, text, dimensions=size)["data"][0])
    bits = bits_of(embed(api, text, dimensions=size, encoding_format="base64_binary")["data"][0])

    assert all(bit == "1" for component, bit in zip(vector, bits, strict=False) if component > 0)
    assert all(bit == "0" for component, bit in zip(vector, bits, strict=False) if component < 0)


@given(any_text)
def test_a_vector_is_about_as_long_as_one(api: Api, text: str) -> None:
    vector = vector_of(embed(api, text)["data"][0])

    assert math.sqrt(sum(component**2 for component in vector)) / 127 == pytest.approx(1, abs=0.1)


def test_the_default_encoding_is_bytes(api: Api) -> None:
    assert embed(api, "bees")["data"] == embed(api, "bees", encoding_format="base64_int8")["data"]


def test_texts_that_share_words_are_near_and_others_are_not(api: Api) -> None:
    entries = embed(api, ["how bees find their way home", "bees find the way home", "quarterly bond yields"])["data"]
    bees, again, bonds = map(vector_of, entries)

    assert nearness(bees, again) > 0.7
    assert abs(nearness(bees, bonds)) < 0.3


@given(any_text)
def test_vectors_of_the_two_models_have_nothing_to_do_with_each_other(api: Api, text: str) -> None:
    small = vector_of(embed(api, text, dimensions=512)["data"][0])
    large = vector_of(embed(api, text, model=LARGE, dimensions=512)["data"][0])

    assert abs(nearness(small, large)) < 0.3


def test_another_seed_gives_other_vectors(api: Api, fake: Callable[..., Api]) -> None:
    assert embed(api, "bees")["data"] != embed(fake(seed=5), "bees")["data"]


@given(st.lists(any_text, min_size=1, max_size=5), models)
def test_the_cost_is_exact_and_not_rounded(api: Api, said: list[str], model: str) -> None:
    body: Any = {"input": [*said], "model": model}

    usage = json.loads(api.post("/embeddings", body).content, parse_float=Decimal)["usage"]

    count = sum(map(tokens.count, said))
    assert usage["prompt_tokens"] == usage["total_tokens"] == count
    assert usage["cost"]["total_cost"] == usage["cost"]["input_cost"] == count * PRICES[model] / 10**6
    assert usage["cost"]["currency"] == "USD"


@pytest.mark.parametrize(("said", "model", "cost"), [
    (["one", "two", "three"], SMALL, b"0.000000012"),  # recorded 2026-08-10, evidence 13.3
    (["a " * 523], SMALL, b"0.000002096"),
    (["one"], LARGE, b"0.00000003"),
    (["a " * 999], LARGE, b"0.00003"),
])  # fmt: skip
def test_a_small_cost_is_written_without_an_exponent(api: Api, said: list[str], model: str, cost: bytes) -> None:
    content = api.post("/embeddings", {"input": [*said], "model": model}).content

    assert b'"input_cost":%b,"total_cost":%b}' % (cost, cost) in content


@pytest.mark.parametrize("count", [1, 512])
def test_up_to_512_texts_are_embedded_at_once(api: Api, count: int) -> None:
    said = [f"text {number}" for number in range(count)]

    data = embed(api, said, dimensions=128)["data"]

    assert len({entry["embedding"] for entry in data}) == len(data) == count


@pytest.mark.parametrize(
    "said", ["", [], [""], ["a", ""], ["a"] * 513, None, 5, {"a": 1}, [["a"]]], ids=lambda said: str(said)[:20]
)
def test_what_is_no_text_is_refused(api: Api, said: Any) -> None:
    assert api.refusal("/embeddings", {"input": said, "model": SMALL})[:2] == (400, "invalid_request")


@pytest.mark.parametrize(
    "fields",
    [
        {"dimensions": 127},
        {"dimensions": 2561},
        {"dimensions": "512"},
        {"dimensions": 128.5},
        {"dimensions": None},
        {"encoding_format": "float"},
        {"encoding_format": None},
    ],
    ids=str,
)
def test_what_is_no_size_or_encoding_is_refused(api: Api, fields: Any) -> None:
    assert api.refusal("/embeddings", {"input": "a", "model": SMALL, **fields})[:2] == (400, "invalid_request")


@pytest.mark.parametrize("fields", [{"model": "text-embedding-3-small"}, {"model": "sonar"}, {}], ids=str)
def test_a_model_that_does_not_embed_is_refused_with_those_that_do(api: Api, fields: Any) -> None:
    assert api.refusal("/embeddings", {"input": "a", **fields}) == (
        400, "invalid_request", "model must be one of: pplx-embed-v1-0.6b pplx-embed-v1-4b",
    )  # fmt: skip


def test_keys_stand_in_the_order_of_the_wire(api: Api) -> None:
    answer = embed(api, "bees")

    assert [*answer] == ["data", "model", "object", "usage"]
    assert [*answer["data"][0]] == ["embedding", "index", "object"]
    assert [*answer["usage"]] == ["cost", "prompt_tokens", "total_tokens"]
    assert (answer["model"], answer["object"]) == (SMALL, "list")


@given(texts)
def test_the_newer_path_answers_as_the_older_one(api: Api, text: str) -> None:
    assert api.ask("/v1/embeddings", {"input": text, "model": SMALL}) == embed(api, text)


def test_the_same_texts_get_the_same_vectors_in_every_edition(api: Api) -> None:
    body: Any = {"input": "bees", "model": SMALL}

    for name in ("2026-07", "2026-10"):
        assert api.edition(name).ask("/v1/embeddings", body) == api.ask("/v1/embeddings", body)
