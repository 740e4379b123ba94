"""Write texts that match a regular expression."""

from __future__ import annotations

import math
from enum import Enum
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING

from mock_server.world.instances import patterns
from mock_server.world.instances.characters import Characters
from mock_server.world.instances.pattern_parser import parse
from mock_server.world.instances.patterns import Ahead, Chain, Echo, Edge, Either, Group, Loop, Piece, Symbol

if TYPE_CHECKING:
    from mock_server.world.instances.dice import Dice
    from mock_server.world.instances.wording import Wording

_NATURAL = 6  # characters where the pattern allows any number
_WIDE = 5  # choices a class needs before a word may be tried for its repetition
_PADDING = patterns.loop(patterns.symbol(Characters(ranges=((0x61, 0x7A),))), 0, math.inf)
_PLAIN = (ascii_lowercase, ascii_uppercase, digits)
_MIXED = (ascii_uppercase, digits, ascii_lowercase, "!@#$%&*?-_.")


class Style(Enum):
    """How characters are chosen."""

    PLAIN = "words and lower-case letters where allowed"
    MIXED = "capitals, digits, small letters and signs in turn, as rules for passwords want them"
    AHEAD = "plain, with what lookaheads ask for written out"


def shortest(pattern: str) -> int:
    """Give the least characters a match takes; raises `PatternUnknown` as `parse` does."""
    return parse(pattern).span[0]


def edges(pattern: str) -> tuple[bool, bool]:
    """Tell whether a match must be at the beginning, and whether at the end."""
    tree = parse(pattern)
    return _has_edge(tree, "^"), _has_edge(tree, "$")


def write(pattern: str, dice: Dice, wording: Wording, *, length: int | None = None, style: Style = Style.PLAIN) -> str:
    """Write a text that the pattern matches, lookarounds and word edges aside.

    Args:
        pattern: The regular expression.
        dice: Chooses branches, characters and words.
        wording: Words to use where a pattern takes any letters.
        length: How many characters are wanted; where the pattern cannot take so many, the text has another length.
        style: How characters are chosen.

    Returns:
        The text; as patterns are not anchored by themselves, letters may stand around the match to make up the length.

    Raises:
        PatternUnknown: The pattern uses something that is not understood.
    """
    tree = parse(pattern)
    if length is not None and length > tree.span[1]:
        tree = _padded(tree)
    return _Writer(dice, wording, style).write(tree, length)


def _padded(piece: Piece) -> Piece:
    """Let any letters stand where the pattern has no edge."""
    if isinstance(piece, Either):
        return patterns.either([_padded(branch) for branch in piece.branches])
    before = [] if _has_edge(piece, "^") else [_PADDING]
    after = [] if _has_edge(piece, "$") else [_PADDING]
    return patterns.chain([*before, piece, *after])


def _has_edge(piece: Piece, sign: str) -> bool:
    match piece:
        case Edge():
            return piece.sign == sign
        case Chain() if piece.pieces:
            return _has_edge(piece.pieces[0 if sign == "^" else -1], sign)
        case Group():
            return _has_edge(piece.body, sign)
        case Either():
            return any(_has_edge(branch, sign) for branch in piece.branches)
        case _:
            return False


class _Writer:
    """Writes one text; `length` is None wherever the natural length will do."""

    def __init__(self, dice: Dice, wording: Wording, style: Style) -> None:
        self._dice = dice
        self._wording = wording
        self._style = style
        self._written = 0
        self._groups: dict[int, str] = {}

    def write(self, piece: Piece, length: int | None) -> str:
        match piece:
            case Chain():
                return self._chain(piece.pieces, length)
            case Either():
                return self.write(self._branch(piece, length), length)
            case Loop():
                return self._loop(piece, length)
            case Group():
                self._groups[piece.number] = self.write(piece.body, length)
                return self._groups[piece.number]
            case _:
                return self._leaf(piece)

    def _leaf(self, piece: Symbol | Echo | Edge | Ahead) -> str:
        if isinstance(piece, Symbol):
            return self._character(piece)
        if isinstance(piece, Echo):
            return self._groups.get(piece.number, "")
        if isinstance(piece, Ahead) and self._style is Style.AHEAD:
            return self.write(piece.body, None)
        return ""

    def _chain(self, pieces: tuple[Piece, ...], length: int | None) -> str:
        if length is None:
            return "".join([self.write(piece, None) for piece in pieces])
        written: list[str] = []
        needed = sum(piece.span[0] for piece in pieces)
        for piece in pieces:
            spare = max(0, length - needed)
            written.append(self.write(piece, int(min(piece.span[0] + spare, piece.span[1]))))
            needed += len(written[-1]) - piece.span[0]
        return "".join(written)

    def _branch(self, piece: Either, length: int | None) -> Piece:
        if length is None:
            return self._dice.pick(piece.branches)
        fitting = [branch for branch in piece.branches if branch.span[0] <= length <= branch.span[1]]
        return self._dice.pick(fitting or [min(piece.branches, key=lambda branch: branch.span[0])])

    def _loop(self, piece: Loop, length: int | None) -> str:
        if length is not None:
            return self._sized_loop(piece, length)
        word = self._word(piece)
        if word is not None:
            return word
        count = self._natural_count(piece)
        return "".join([self.write(piece.body, None) for _ in range(count)])

    def _sized_loop(self, piece: Loop, length: int) -> str:
        """Repeat the body as often as its shortest form fits, but for an endless body, which fills the length alone."""
        shortest_body, longest_body = piece.body.span
        fitting = length // max(shortest_body, 1)
        if longest_body > shortest_body:
            fitting = min(fitting, math.ceil(length / longest_body))
        count = int(min(max(fitting, piece.least), piece.most))
        return self._chain((piece.body,) * count, length)

    def _natural_count(self, piece: Loop) -> int:
        if not isinstance(piece.body, Symbol):
            return int(max(piece.least, min(1, piece.most)))
        if piece.most <= 1:
            return self._dice.between(piece.least, int(piece.most))
        low = max(piece.least, 1)
        return self._dice.between(low, int(min(piece.most, max(low, _NATURAL))))

    def _word(self, piece: Loop) -> str | None:
        """Find a title or a word that the loop's class takes."""
        body = piece.body
        if self._style is Style.MIXED or not isinstance(body, Symbol) or len(body.choices) < _WIDE:
            return None
        word = self._wording.word(self._dice)
        texts = (self._wording.title(self._dice), word, word.lower(), word.upper(), self._wording.slug(self._dice))
        sized = (text for text in texts if piece.least <= len(text) <= piece.most)
        return next((text for text in sized if all(map(body.members.__contains__, text))), None)

    def _character(self, piece: Symbol) -> str:
        self._written += 1
        turn = self._written % len(_MIXED) if self._style is Style.MIXED else None
        return self._dice.pick(_liked(piece.choices, turn))


@lru_cache(maxsize=256)
def _liked(choices: str, turn: int | None) -> str:
    """Leave the characters of the best kind; the kinds are preferred in an order that turns if a number is given."""
    kinds = _PLAIN if turn is None else (*_MIXED[turn:], *_MIXED[:turn])
    liked = ("".join([choice for choice in choices if choice in kind]) for kind in kinds)
    others = choices[:1] if choices.isascii() else choices
    return next(filter(None, liked), others)
