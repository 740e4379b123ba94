"""Embeddings: what near, equal and different texts get."""

from __future__ import annotations

import base64
import math
import os
import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world.vectors import binary_base64, embed, int8_base64

SEED = b"seed"
MODEL = "pplx-embed-v1-0.6b"
TEXTS = st.text(min_size=1, max_size=200)


def place(text: str, *, dimensions: int = 512, seed: bytes = SEED, model: str = MODEL) -> list[float]:
    return embed(text, dimensions=dimensions, seed=seed, model=model)


def cosine(first: str, second: str) -> float:
    return sum(one * other for one, other in zip(place(first), place(second), strict=True))


def int8(encoded: str) -> list[int]:
    data = base64.b64decode(encoded, validate=True)
    return list(struct.unpack(f"{len(data)}b", data))


@given(TEXTS, st.integers(1, 700))
def test_every_vector_has_the_length_one_and_as_many_components_as_asked(text: str, dimensions: int) -> None:
    vector = place(text, dimensions=dimensions)

    assert len(vector) == dimensions
    assert math.isclose(math.hypot(*vector), 1)


@given(TEXTS)
def test_the_same_text_gets_the_same_vector(text: str) -> None:
    assert place(text) == place(text)


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_finds_the_same_vector(hash_seed: str) -> None:
    script = (
        "from mock_server.world.vectors import embed, int8_base64\n"
        f"print(int8_base64(embed('The cat sat on the mat, où? 🐈', dimensions=256, seed={SEED!r}, model={MODEL!r})))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == int8_base64(place("The cat sat on the mat, où? 🐈", dimensions=256))


def test_the_vector_does_not_change_from_release_to_release() -> None:
    assert int8_base64(place("The cat sat on the mat", dimensions=8)) == "8x4x11/gFhQ="


def test_texts_that_share_words_are_near() -> None:
    assert cosine("The cat sat on the mat", "A cat sat on a mat") > 0.7


@pytest.mark.parametrize(
    "other",
    [
        "Stock markets fell sharply in the afternoon",
        "Quantum chromodynamics describes quarks and gluons",
        "Wie spät ist es in Tokio?",
    ],
)
def test_texts_about_something_else_are_far(other: str) -> None:
    assert cosine("The cat sat on the mat", other) < 0.3


def test_the_better_match_is_the_nearer() -> None:
    question = "How efficient are solar panels?"

    assert cosine(question, "The efficiency of a solar panel") > cosine(question, "A panel of judges") > 0


def test_inflected_forms_are_near() -> None:
    assert cosine("running engines", "engine runs") > 0.2 > abs(cosine("running engines", "purple teapot"))


@given(
    st.permutations(["solar", "panels", "turn", "light", "into", "current"]), st.sampled_from([str.upper, str.title])
)
def test_order_and_case_do_not_count(words: list[str], recased: object) -> None:
    assert callable(recased)
    assert cosine(recased(" ".join(words)), "solar panels turn light into current") > 0.999


def test_texts_without_spaces_are_near_by_their_characters() -> None:
    assert cosine("太阳能电池板的效率", "太阳能电池板") > cosine("太阳能电池板的效率", "今天天气很好") + 0.2


@pytest.mark.parametrize("text", ["?!", "🎉", " ", "\n", "\u200b", "\ud800", "…—", "\x00"])
def test_a_text_without_words_has_a_vector_of_its_own(text: str) -> None:
    assert math.isclose(math.hypot(*place(text)), 1)
    assert abs(cosine(text, "The cat sat on the mat")) < 0.3


def test_the_empty_text_has_a_vector_too() -> None:
    assert math.isclose(math.hypot(*place("")), 1)


@given(TEXTS, st.integers(1, 300), st.integers(1, 300))
def test_fewer_dimensions_give_the_normalised_beginning_of_more(text: str, fewer: int, further: int) -> None:
    beginning = place(text, dimensions=fewer + further)[:fewer]
    norm = math.hypot(*beginning)
    short = place(text, dimensions=fewer)

    assert norm == 0 or all(
        math.isclose(component, one / norm, abs_tol=1e-9) for component, one in zip(short, beginning, strict=True)
    )


@pytest.mark.parametrize(("seed", "model"), [(b"other", MODEL), (SEED, "pplx-embed-v1-4b")])
def test_other_seeds_and_models_have_nothing_in_common(seed: bytes, model: str) -> None:
    text = "The cat sat on the mat"
    other = place(text, seed=seed, model=model)

    assert abs(sum(one * two for one, two in zip(place(text), other, strict=True))) < 0.2


def test_seed_and_model_are_kept_apart() -> None:
    assert place("cat", seed=b"a:b", model="c") != place("cat", seed=b"a", model="b:c")


@given(TEXTS, st.sampled_from([128, 256, 512, 1024, 2560]))
def test_a_decoder_of_int8_finds_a_vector_of_length_one(text: str, dimensions: int) -> None:
    components = int8(int8_base64(place(text, dimensions=dimensions)))

    assert len(components) == dimensions
    assert math.isclose(math.hypot(*components) / 127, 1, rel_tol=0.02)


@given(TEXTS, st.integers(1, 200))
def test_binary_holds_one_sign_for_each_dimension(text: str, dimensions: int) -> None:
    vector = place(text, dimensions=dimensions)
    data = base64.b64decode(binary_base64(vector), validate=True)
    bits = "".join(f"{byte:08b}" for byte in data)

    assert len(data) == -(-dimensions // 8)
    assert [bit == "1" for bit in bits[:dimensions]] == [component > 0 for component in vector]
    assert "1" not in bits[dimensions:]


def test_the_first_dimension_is_the_highest_bit() -> None:
    assert base64.b64decode(binary_base64([0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, 0.5])) == b"\x80\x80"


def test_int8_covers_both_ends() -> None:
    assert int8(int8_base64([1.0, -1.0, 0.0, 0.5])) == [127, -127, 0, 64]


def test_long_texts_do_not_overflow() -> None:
    text = " ".join(f"word{number}" for number in range(20_000))

    assert math.isclose(math.hypot(*place(text, dimensions=64)), 1)


@pytest.mark.parametrize("dimensions", [0, -1])
def test_there_is_no_vector_without_dimensions(dimensions: int) -> None:
    with pytest.raises(ValueError, match="dimensions must be at least 1"):
        place("cat", dimensions=dimensions)
