"""Sets of characters, as the classes of a regular expression name them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:;!?@#/+*=()[]{}<>'\"&%$^~`|\\\t\n\r\f\v"
_BEYOND = "éèñüßçøÀÉÖαβγδΩабвгдЯאבגابت日本語中文字あいアイ한국어กขअआ€£№—“”…½²🙂🌍\u00a0"
_SPACES = " \t\n\r\f\v\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_CATEGORIES = {
    "letter": "L",
    "lowercaseletter": "Ll",
    "lowercase": "Ll",
    "uppercaseletter": "Lu",
    "uppercase": "Lu",
    "alphabetic": "L",
    "number": "N",
    "decimalnumber": "Nd",
    "punctuation": "P",
    "symbol": "S",
    "separator": "Z",
    "mark": "M",
    "other": "C",
}
_SCRIPTS = {"han": "CJK"}  # scripts whose characters' names begin differently
_SAMPLED = 64  # characters taken from a range that lies outside the usual ones


@dataclass(frozen=True, slots=True)
class Characters:
    """A set of characters: those in one of the ranges or meeting one of the tests, or all others if `negated`."""

    ranges: tuple[tuple[int, int], ...] = ()
    tests: tuple[Callable[[str], bool], ...] = ()
    negated: bool = False

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        inside = any(low <= code <= high for low, high in self.ranges) or any(test(character) for test in self.tests)
        return inside != self.negated

    def examples(self) -> str:
        """List members: the usual ones in ASCII, else other letters, else what the ranges begin with; maybe none."""
        usual = [character for character in _ASCII if character in self]
        further = usual or [character for character in _BEYOND if character in self]
        return "".join(further or filter(self.__contains__, self._from_ranges()))

    def _from_ranges(self) -> Iterable[str]:
        codes = (code for low, high in self.ranges for code in range(low, min(high, low + _SAMPLED) + 1))
        return (chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF)  # noqa: PLR2004 - surrogates


def named(letter: str) -> Characters:
    r"""Give the set behind an escape such as the `d` of ``\d``; a capital letter negates it."""
    plain = {
        "d": Characters(ranges=((0x30, 0x39),)),
        "w": Characters(ranges=((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))),
        "s": Characters(tests=(_SPACES.__contains__,)),
    }[letter.lower()]
    return Characters(ranges=plain.ranges, tests=plain.tests, negated=letter.isupper())


@lru_cache(maxsize=256)
def of_property(name: str, *, negated: bool) -> Characters:
    r"""Give the set behind ``\p{name}``: a general category such as `Lu`, or a script such as `Script=Greek`."""
    value = name.rpartition("=")[2].replace("_", "").casefold()
    category = _CATEGORIES.get(value, value.capitalize() if len(value) <= 2 else "")  # noqa: PLR2004 - `L` or `Lu`
    return Characters(tests=(_category(category) if category else _script(value),), negated=negated)


def _category(category: str) -> Callable[[str], bool]:
    return lambda character: unicodedata.category(character).startswith(category)


def _script(name: str) -> Callable[[str], bool]:
    start = _SCRIPTS.get(name, name.upper())
    return lambda character: unicodedata.name(character, "").startswith(start)
