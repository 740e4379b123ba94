"""Embeddings without a model: unit vectors in which texts that share words and word parts are near."""

from __future__ import annotations

import base64
import math
import re
import struct
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import shake_128
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_WORDS = re.compile(r"\w+")
_LANE_BYTES = 4  # a lane holds a sum of bytes: 32 bits overflow only after 16 million features, far above any text
_LANE_MEAN_TWICE = 255  # twice the mean of one byte, so that centred sums stay whole numbers
_TRIGRAM = 3
_CACHED_FEATURES = 8192  # at 2560 dimensions a feature takes 10 KB
_WORD_WEIGHT = 3  # of a word against one of its trigrams; words of fewer letters weigh their length
_INT8_SCALE = 127


def embed(text: str, *, dimensions: int, seed: bytes, model: str) -> list[float]:
    """Place a text on the unit sphere.

    The direction is the sum of one pseudo-random vector for each word and each word's trigrams of characters, so case
    and order of the words do not count, and texts are as near as they share words. A vector at fewer dimensions is the
    normalised beginning of the one at more. Vectors of different models or seeds have nothing to do with each other.

    Args:
        text: Any text, the empty one included; one without a word is embedded by its characters.
        dimensions: The number of components, at least 1.
        seed: The world's seed.
        model: The name of the embedding model.

    Returns:
        `dimensions` components, whose squares add up to 1.

    Raises:
        ValueError: `dimensions` is below 1.
    """
    if dimensions < 1:
        raise ValueError(f"dimensions must be at least 1, got {dimensions}")
    sums = _centred_sums(_weights(text), dimensions, _salt(seed, model))
    norm = math.sqrt(sum(map(mul, sums, sums)))
    return [component / norm for component in sums]


def lean(vector: Sequence[float], towards: Sequence[float], *, share: float) -> list[float]:
    """Lean a unit vector towards another.

    Args:
        vector: Components whose squares add up to 1.
        towards: As many.
        share: How far, from 0 (not at all) to below 0.5, so that opposites do not cancel out.

    Returns:
        A unit vector.
    """
    mixed = [one + share * (other - one) for one, other in zip(vector, towards, strict=True)]
    norm = math.sqrt(sum(map(mul, mixed, mixed)))
    return [component / norm for component in mixed]


def int8_base64(vector: Sequence[float]) -> str:
    """Encode a unit vector as `base64_int8`.

    Args:
        vector: Components between -1 and 1.

    Returns:
        Base64 of one signed byte for each component x, `round(127 * x)`; decoders divide by 127.
    """
    scaled = [round(component * _INT8_SCALE) for component in vector]
    return base64.b64encode(struct.pack(f"{len(scaled)}b", *scaled)).decode("ascii")


def binary_base64(vector: Sequence[float]) -> str:
    """Encode a vector's signs as `base64_binary`.

    Args:
        vector: Components of any size.

    Returns:
        Base64 of one bit for each component, set where it is positive, the first component in the highest bit of the
        first byte. Where the number of components is no multiple of 8, the last byte ends in zeros.
    """
    padding = "0" * (-len(vector) % 8)
    bits = "".join(["1" if component > 0 else "0" for component in vector]) + padding
    size = len(bits) // 8
    return base64.b64encode(int(bits or "0", 2).to_bytes(size, "big")).decode("ascii")


def _salt(seed: bytes, model: str) -> bytes:
    return b"%d:%b:%b" % (len(seed), seed, model.encode())


def _weights(text: str) -> dict[str, int]:
    """Weigh the features of a text; repetition counts by its logarithm, or a few articles would drown the nouns."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())
    weights: Counter[str] = Counter()
    for word, count in Counter(words).items():
        often = (count + 1).bit_length() - 1
        for feature, weight in _features(word):
            weights[feature] += weight * often
    return weights or _character_weights(text)


def _features(word: str) -> Iterator[tuple[str, int]]:
    """Yield the word itself and, for inflected forms to be near, the trigrams of any word that is more than one."""
    yield word, min(len(word), _WORD_WEIGHT)
    if len(word) > _TRIGRAM:
        marked = f"<{word}>"
        for start in range(len(marked) - _TRIGRAM + 1):
            yield "#" + marked[start : start + _TRIGRAM], 1


def _character_weights(text: str) -> dict[str, int]:
    return Counter(f"'{character}" for character in text) or {"": 1}


def _centred_sums(weights: dict[str, int], dimensions: int, salt: bytes) -> list[int]:
    """Add up the features' bytes lane by lane: one addition of two large integers adds all the lanes of a feature."""
    lanes = 0
    for feature, weight in weights.items():
        lanes += _lanes(salt, feature, dimensions) * weight
    sums = struct.unpack(f"<{dimensions}I", lanes.to_bytes(dimensions * _LANE_BYTES, "little"))
    return _never_all_zero(sums, sum(weights.values()) * _LANE_MEAN_TWICE)


def _never_all_zero(sums: Iterable[int], mean_twice: int) -> list[int]:
    centred = [lane * 2 - mean_twice for lane in sums]
    return centred if any(centred) else [1] * len(centred)


@lru_cache(maxsize=_CACHED_FEATURES)
def _lanes(salt: bytes, feature: str, dimensions: int) -> int:
    """Give a feature one pseudo-random byte for each dimension, each in the low end of a lane of its own."""
    spread = bytearray(dimensions * _LANE_BYTES)
    key = salt + b"\0" + feature.encode("utf-8", "surrogatepass")
    spread[::_LANE_BYTES] = shake_128(key).digest(dimensions)
    return int.from_bytes(spread, "little")
