"""What the name of a property says about its value."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from mock_server.world.instances import formats

if TYPE_CHECKING:
    from mock_server.world.instances.dice import Dice
    from mock_server.world.instances.wording import Wording

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CACHED_NAMES = 1024
_PLURAL = 4  # letters a word needs before its final s is taken for a plural's

_LISTS = {
    "author person owner manager ceo founder user contact director speaker artist": (
        "Ada Lovelace|Grace Hopper|Alan Turing|Katherine Johnson|Emmy Noether"
    ),
    "first given firstname": "Ada|Grace|Alan|Katherine|Emmy",
    "last family surname lastname": "Lovelace|Hopper|Turing|Johnson|Noether",
    "country nation": "France|Japan|Brazil|Canada|Kenya",
    "city town capital location place destination": "Paris|Tokyo|São Paulo|Toronto|Nairobi",
    "state province region": "Bavaria|Ontario|Tuscany|Queensland",
    "continent": "Europe|Asia|Africa|South America",
    "address street": "12 Garden Street|7 River Road|210 Station Avenue",
    "zip postal postcode zipcode": "10115|75001|94103",
    "company organization organisation employer publisher brand vendor manufacturer": (
        "Northwind|Acme|Globex|Initech|Contoso"
    ),
    "language": "English|French|Japanese|Spanish",
    "locale": "en-US|fr-FR|ja-JP",
    "currency": "USD|EUR|JPY|GBP",
    "color colour": "blue|green|red|yellow",
    "unit": "kg|m|%|km",
    "phone telephone mobile fax": "+1 555 0100|+1 555 0142|+1 555 0199",
    "status": "active|pending|done",
    "priority severity level difficulty": "low|medium|high",
    "gender sex": "female|male|other",
    "weekday": "Monday|Wednesday|Friday",
    "month": "January|April|September",
    "season": "spring|summer|autumn|winter",
    "sentiment tone": "positive|neutral|negative",
    "version": "1.0.0|1.4.2|2.0.1",
    "domain host hostname": "example.com|example.org|docs.example.com",
    "year": "2026|2025|2024",
    "price cost": "19.99|4.50|120.00",
    "mime": "text/plain|application/json",
    "isbn": "978-3-16-148410-0",
}
_FORMATS = {
    "url uri link website homepage href image avatar thumbnail": "uri",
    "email mail": "email",
    "date day birthday birthdate": "date",
    "time hour": "time",
    "at timestamp datetime created updated": "date-time",
    "uuid guid": "uuid",
    "ip": "ipv4",
    "duration": "duration",
}
_PHRASES = {
    "title name heading headline label topic subject product event": "title",
    "id key slug code sku identifier reference username handle": "slug",
    "description desc summary text content answer explanation reason reasoning comment note abstract body bio overview "
    "detail finding conclusion fact quote snippet sentence message review feedback rationale justification question "
    "analysis background introduction instruction step recommendation insight evidence takeaway highlight pro con "
    "response thought definition paragraph context claim point": "sentence",
}
_NUMBERS = {  # lowest, highest and how many decimals
    "year": (2026, 2026, 0),
    "price cost amount total salary revenue fee budget value balance": (5, 500, 2),
    "percent percentage pct growth change": (1, 99, 1),
    "rate ratio probability confidence score similarity weight fraction share relevance": (0, 1, 2),
    "rating star": (1, 5, 1),
    "population inhabitants": (120_000, 9_800_000, 0),
    "age": (18, 80, 0),
    "count quantity number num size length n": (1, 20, 0),
    "rank position index order step level priority": (1, 5, 0),
    "id": (1000, 9999, 0),
    "lat latitude": (-60, 60, 4),
    "lon lng longitude": (-170, 170, 4),
    "temperature celsius": (-5, 30, 1),
    "fahrenheit": (30, 90, 1),
    "month": (1, 12, 0),
    "day": (1, 28, 0),
    "hour": (0, 23, 0),
    "minute second duration": (1, 59, 0),
    "width height depth distance area": (1, 900, 1),
    "page": (1, 300, 0),
    "timestamp": (1_767_225_600, 1_783_000_000, 0),
}
_ANY_NUMBER = (1, 100, 1)


def text(name: str, dice: Dice, wording: Wording) -> str:
    """Write a text for a property, or for the items of a list of that name.

    Args:
        name: The property's name in any case, or nothing.
        dice: Chooses among the plausible.
        wording: The words of the answer's subject.

    Returns:
        What the last telling word of the name asks for, such as a country; else one or two words.
    """
    for part in reversed(words_of(name)):
        if part in _TEXTS_BY_WORD:
            return dice.pick(_TEXTS_BY_WORD[part])
        if part in _FORMATS_BY_WORD:
            return formats.samples(_FORMATS_BY_WORD[part], dice, wording)[0]
        if part in _PHRASES_BY_WORD:
            return _phrase(_PHRASES_BY_WORD[part], dice, wording)
    return wording.word(dice)


def number(name: str, dice: Dice) -> Fraction:
    """Choose a number for a property; where the name tells nothing, one from 1 to 100 with one decimal."""
    known = (_NUMBERS_BY_WORD[part] for part in reversed(words_of(name)) if part in _NUMBERS_BY_WORD)
    lowest, highest, decimals = next(known, _ANY_NUMBER)
    scale = 10**decimals
    return Fraction(dice.between(lowest * scale, highest * scale), scale)


@lru_cache(maxsize=_CACHED_NAMES)
def words_of(name: str) -> tuple[str, ...]:
    """Split `publishedAt`, `published_at` or `PUBLISHED-AT` into lower-case words, the plural of the last removed."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if parts:
        parts[-1] = _singular(parts[-1])
    return tuple(parts)


def _phrase(kind: str, dice: Dice, wording: Wording) -> str:
    if kind == "slug":
        return wording.slug(dice)
    return wording.title(dice) if kind == "title" else wording.sentence(dice)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > _PLURAL:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) >= _PLURAL:
        return word[:-1]
    return word


_TEXTS_BY_WORD = {word: texts.split("|") for words, texts in _LISTS.items() for word in words.split()}
_FORMATS_BY_WORD = {word: name for words, name in _FORMATS.items() for word in words.split()}
_PHRASES_BY_WORD = {word: kind for words, kind in _PHRASES.items() for word in words.split()}
_NUMBERS_BY_WORD = {word: span for words, span in _NUMBERS.items() for word in words.split()}
