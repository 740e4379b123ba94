"""Words, titles and sentences about a subject."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mock_server.world.instances.dice import Dice

_EVERYDAY = (
    "overview report study market region method result growth history science energy water city school garden "
    "river music design research health travel value change future system network project quality season story"
)
_NEUTRAL = tuple(_EVERYDAY.split())
_SENTENCES = (
    "The {0} depends on {1} and {2}.",
    "Recent work connects {0} with {1}, {2} included.",
    "Most sources agree that {0} shapes {1}.",
    "Between {0} and {1}, the {2} matters most.",
    "Interest in {0} has grown along with {1}.",
    "An account of {0}, from {1} to {2}.",
)
_FEWEST = 6  # words below which neutral ones join in, so that sentences about one word do not stutter
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


class Wording:
    """The words that texts are made of.

    Args:
        subject: Words of the answer's subject, used before all others; blank ones are left out.
    """

    __slots__ = ("words",)

    def __init__(self, subject: Sequence[str]) -> None:
        own = [word.strip() for word in subject if word.strip()]
        self.words: Sequence[str] = [*own, *_NEUTRAL[: max(0, _FEWEST - len(own))]] if own else _NEUTRAL

    def word(self, dice: Dice) -> str:
        """Choose one word."""
        return dice.pick(self.words)

    def title(self, dice: Dice, *, words: int = 3) -> str:
        """Write a heading such as `Solar Energy Report`."""
        return " ".join(self._capital(word) for word in self._different(dice, words))

    def sentence(self, dice: Dice) -> str:
        """Write one sentence of about ten words."""
        text = dice.pick(_SENTENCES).format(*self._different(dice, 3))
        return text[0].upper() + text[1:]

    def prose(self, dice: Dice, *, characters: int) -> str:
        """Write sentences until there are at least so many characters."""
        sentences: list[str] = []
        written = 0
        while written < characters or not sentences:
            sentences.append(self.sentence(dice))
            written += len(sentences[-1]) + 1
        return " ".join(sentences)

    def slug(self, dice: Dice, *, words: int = 2) -> str:
        """Write lower-case ASCII words with hyphens between them, such as `solar-energy`; never an empty text."""
        return _NOT_SLUG.sub("-", _ascii(" ".join(self._different(dice, words))).lower()).strip("-") or "item"

    def _different(self, dice: Dice, count: int) -> list[str]:
        return dice.rotated(self.words)[:count]

    def _capital(self, word: str) -> str:
        return word[0].upper() + word[1:]


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
