"""Texts of a length, pattern and format."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_server.world.instances import formats, names, pattern_writer
from mock_server.world.instances.clauses import table, whole
from mock_server.world.instances.failures import Unmet
from mock_server.world.instances.pattern_writer import Style
from mock_server.world.instances.patterns import PatternUnknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.jsontypes import JSON
    from mock_server.world.instances.clauses import Grower, Place
    from mock_server.world.instances.dice import Dice
    from mock_server.world.instances.shapes import Shape
    from mock_server.world.instances.wording import Wording

_LONGEST = 100_000  # characters
_WRITTEN = 40  # characters written in one step, and
_FOLLOWED = 4  # as many of them where a pattern is followed
_SENTENCE = 30  # characters from which a text is written as sentences
_SAMPLED = ("date", "date-time", "time", "uuid", "email", "uri", "hostname", "ipv4")  # that patterns often describe
_FURTHER = ("2026", "1.4.2", "12:30", "2026-03", "+15550100", "555-0100", "10115", "#3366cc", "en-US", "EUR")
_LENGTHS = (5, 1, 2, 3, 8, 12, 20, 50)  # tried beyond the shortest and the longest
_PLAIN_OTHERS = ("a", "42", "Aa1!Aa1!", "3.5", "true", " ", "é", "A", "zz-zz_zz")
_TRIES = 4


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a shape asks of a text."""

    least: int
    most: int
    patterns: tuple[str, ...]
    formats: tuple[str, ...]
    is_base64: bool

    def fits(self, text: str) -> bool:
        return self.least <= len(text) <= self.most


def texts(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    """Offer texts for a shape, the plausible first; beyond their lengths they have to be checked.

    Args:
        shape: Its keywords for strings count.
        place: Its name says what is plausible.
        grower: Gives dice and words, and checks patterns.

    Raises:
        Unmet: The lengths exclude each other, or a pattern is beyond us.
    """
    wanted = _wanted(shape)
    if wanted.least > min(wanted.most, _LONGEST):
        raise Unmet(f"There is no text of {wanted.least} to {wanted.most} characters", _pointer(shape))
    try:
        for text in _offers(wanted, place, grower):
            grower.spend(len(text) // (_FOLLOWED if wanted.patterns else _WRITTEN))
            if wanted.fits(text):
                yield text
    except PatternUnknown as unknown:
        raise Unmet(f"The pattern cannot be followed ({unknown})", _pointer(shape)) from None


def _offers(wanted: _Wanted, place: Place, grower: Grower) -> Iterator[str]:
    dice = grower.dice(place)
    if wanted.formats:
        yield from _of_format(wanted, dice, grower)
    if wanted.patterns:
        yield from _of_pattern(wanted, place, grower, dice)
    elif wanted.is_base64:
        yield from (b64encode(grower.wording.sentence(dice).encode()).decode() for _ in range(_TRIES))
    else:
        yield from _plain(wanted, place, grower, dice)


def _of_format(wanted: _Wanted, dice: Dice, grower: Grower) -> Iterator[str]:
    for name in wanted.formats:
        for _ in range(_TRIES):
            yield from formats.samples(name, dice, grower.wording)
        for length in (wanted.least, min(wanted.most, wanted.least + 20)):
            yield formats.stretched(name, length, dice, grower.wording) or ""


def _of_pattern(wanted: _Wanted, place: Place, grower: Grower, dice: Dice) -> Iterator[str]:
    wording = grower.wording
    named = [names.text(place.name, dice, wording), *_sampled(wanted.patterns[0], dice, wording)]
    prose = _fitted(wording.prose(dice, characters=wanted.least), wanted) if wanted.least > _SENTENCE else ""
    fitting = (text for text in [*named, prose] if wanted.fits(text))
    yield from (text for text in fitting if all(grower.matches(pattern, text) for pattern in wanted.patterns))
    if max(map(pattern_writer.shortest, wanted.patterns)) > _LONGEST:
        raise PatternUnknown(f"it takes more than {_LONGEST} characters")
    for length in [None, *_lengths(wanted), *[None] * _TRIES]:
        for style in Style if length is None else [Style.PLAIN]:
            for pattern in wanted.patterns:
                text = pattern_writer.write(pattern, dice, wording, style=style, length=length)
                yield _merged(text, [other for other in wanted.patterns if other != pattern], dice, wording)
                yield from _spliced(text, wanted.formats, dice, wording)


def _merged(text: str, others: list[str], dice: Dice, wording: Wording) -> str:
    """Write over a text what further patterns want: at its beginning, at its end, or within."""
    for pattern in others:
        piece = pattern_writer.write(pattern, dice, wording)
        at_beginning, at_end = pattern_writer.edges(pattern)
        start = 0 if at_beginning else max(0, len(text) - len(piece)) if at_end else 1
        text = text[:start] + piece + text[start + len(piece) :]
    return text


def _spliced(text: str, asked: tuple[str, ...], dice: Dice, wording: Wording) -> Iterator[str]:
    """Put what a pattern asks for over the ends of texts of formats, before or behind them, or behind a word."""
    for sample in [sample for name in asked for sample in formats.samples(name, dice, wording)[:2]]:
        yield text + sample[len(text) :]
        yield sample[: -len(text) or None] + text
        yield text + sample
        yield sample + text
        yield wording.slug(dice, words=1) + text


def _sampled(pattern: str, dice: Dice, wording: Wording) -> list[str]:
    """Write texts that patterns with digits often mean."""
    if "\\d" not in pattern and "0-9" not in pattern:
        return []
    samples = [formats.samples(name, dice, wording)[0] for name in _SAMPLED]
    return [*samples, *_FURTHER]


def _plain(wanted: _Wanted, place: Place, grower: Grower, dice: Dice) -> Iterator[str]:
    wording = grower.wording
    for _ in range(_TRIES):
        yield _fitted(names.text(place.name, dice, wording), wanted, wording, dice)
    word = wording.word(dice)
    if place.turn:
        yield _fitted(f"{word} {place.turn}", wanted)
        yield str(place.turn).rjust(wanted.least, "0")
    yield from (_fitted(text, wanted, wording, dice) for text in (word, wording.sentence(dice)))
    yield from (_sized(length, wording, dice) for length in _lengths(wanted))
    yield from _PLAIN_OTHERS
    yield from (chr(code) for code in range(ord("a"), ord("z") + 1))


def _fitted(text: str, wanted: _Wanted, wording: Wording | None = None, dice: Dice | None = None) -> str:
    """Cut a text at a blank, or lengthen it by sentences."""
    if len(text) < wanted.least and wording and dice:
        prose = wording.prose(dice, characters=wanted.least)
        text = prose if wanted.least > _SENTENCE else f"{text} {prose}"
    if len(text) <= wanted.most:
        return text
    cut = text[: wanted.most]
    at_blank = cut.rpartition(" ")[0].rstrip(",;:")
    return at_blank if text[wanted.most] != " " and len(at_blank) >= max(wanted.least, 1) else cut


def _sized(length: int, wording: Wording, dice: Dice) -> str:
    cut = wording.prose(dice, characters=length)[:length]
    return f"{cut[:-1]}s" if cut.endswith(" ") else cut


def _lengths(wanted: _Wanted) -> list[int]:
    longest = [wanted.most] if wanted.most <= _LONGEST else []
    others = [length for length in _LENGTHS if wanted.least <= length <= wanted.most]
    return [*others, wanted.least + 1, *longest, min(wanted.least + 20, wanted.most), wanted.least]


def _wanted(shape: Shape) -> _Wanted:
    schemas = [table(clause.schema) for clause in shape.clauses]
    most = [found for schema in schemas if (found := whole(schema.get("maxLength"))) is not None]
    return _Wanted(
        least=max((whole(schema.get("minLength")) or 0 for schema in schemas), default=0),
        most=min(most, default=_LONGEST * 2),
        patterns=_distinct(shape, "pattern"),
        formats=tuple(name for name in _distinct(shape, "format") if name in formats.KNOWN),
        is_base64=any(schema.get("contentEncoding") == "base64" for schema in schemas),
    )


def _distinct(shape: Shape, keyword: str) -> tuple[str, ...]:
    found = (table(clause.schema).get(keyword) for clause in shape.clauses)
    return tuple(dict.fromkeys(value for value in found if isinstance(value, str)))


def _pointer(shape: Shape) -> str:
    keywords = {"minLength", "maxLength", "pattern", "format"}
    return next((clause.at for clause in shape.clauses if not keywords.isdisjoint(table(clause.schema))), "")
