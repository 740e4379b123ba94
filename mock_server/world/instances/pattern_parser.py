"""Parse regular expressions as ECMA-262 and the validator's engine write them."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from mock_server.world.instances import characters, patterns
from mock_server.world.instances.characters import Characters
from mock_server.world.instances.patterns import Ahead, Echo, Edge, Group, PatternUnknown, Piece

_DEEPEST = 40  # groups within groups; each takes four frames of Python's stack
_BRACES = re.compile(r"\{(\d+)(,?)(\d*)\}")
_OPENING = re.compile(r"\?(?:(?P<kind>[:=!>]|<[=!])|P?<(?P<name>\w+)>|(?P<flags>[a-zA-Z-]*)(?P<end>[:)]))")
_CODE = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|[ux]\{([0-9a-fA-F]+)\}")
_PROPERTY = re.compile(r"([pP])(?:\{(\^?)([^}]*)\}|(\w))")
_ECHO = re.compile(r"[1-9]\d*")
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "0": "\0"}
_TIMES = {"*": (0, math.inf), "+": (1, math.inf), "?": (0, 1)}
_LINE_ENDS = Characters(ranges=((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)), negated=True)


@lru_cache(maxsize=256)
def parse(pattern: str) -> Piece:
    """Read a regular expression.

    Args:
        pattern: The expression, which the validator's engine accepts.

    Returns:
        Its tree. Word edges, negative lookarounds and lookbehinds are left out: whoever writes a text from the tree
        checks it.

    Raises:
        PatternUnknown: It uses something that is not understood, or nests too deeply.
    """
    reader = _Reader(pattern)
    tree = reader.alternatives(0)
    if reader.at < len(pattern):
        raise PatternUnknown(f"a closing parenthesis too many at {reader.at}")
    return tree


class _Reader:
    """A position in a pattern that moves on as parts are read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self._groups = 0

    def alternatives(self, depth: int) -> Piece:
        """Read up to the closing parenthesis or the end."""
        if depth > _DEEPEST:
            raise PatternUnknown(f"groups nest deeper than {_DEEPEST}")
        branches = [self._sequence(depth)]
        while self._take("|"):
            branches.append(self._sequence(depth))
        return patterns.either(branches)

    def _sequence(self, depth: int) -> Piece:
        pieces: list[Piece] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            pieces.append(self._repeated(self._atom(depth)))
        return patterns.chain(pieces)

    def _repeated(self, piece: Piece) -> Piece:
        while times := self._times():
            piece = patterns.loop(piece, *times)
            self._take("?") or self._take("+")  # lazy and possessive loops take the same texts, or fewer
        return piece

    def _times(self) -> tuple[int, float] | None:
        if braces := self._match(_BRACES):
            least, comma, most = braces.groups()
            return int(least), int(most) if most else math.inf if comma else int(least)
        for sign, times in _TIMES.items():
            if self._take(sign):
                return times
        return None

    def _atom(self, depth: int) -> Piece:
        character = self._next()
        if character == "(":
            return self._group(depth)
        if character in "^$":
            return Edge(character)
        if character == "\\":
            return self._escape()
        if character == "[":
            return patterns.symbol(self._class())
        return patterns.symbol(_LINE_ENDS if character == "." else _only(character))

    def _group(self, depth: int) -> Piece:
        opening = self._match(_OPENING) if self.pattern[self.at : self.at + 1] == "?" else None
        if opening and opening["end"] == ")":
            return patterns.NOTHING  # flags alone
        is_numbered = opening is None or bool(opening["name"])
        self._groups += is_numbered
        number = self._groups
        body = self.alternatives(depth + 1)
        if not self._take(")"):
            raise PatternUnknown("a parenthesis is not closed")
        kind = opening["kind"] if opening else None
        if kind in {"!", "<!", "<="}:
            return patterns.NOTHING
        if kind == "=":
            return Ahead(body)
        return Group(body, number, body.span) if is_numbered else body

    def _escape(self) -> Piece:
        if echo := self._match(_ECHO):
            return Echo(int(echo[0]))
        for signs, piece in (("bB", patterns.NOTHING), ("A", Edge("^")), ("zZ", Edge("$"))):
            if any(self._take(sign) for sign in signs):
                return piece
        return patterns.symbol(self._escaped_class())

    def _escaped_class(self) -> Characters:
        """Read what follows a backslash, inside of a class or outside."""
        if code := self._match(_CODE):
            return _only(chr(int(code[1] or code[2] or code[3], 16)))
        if found := self._match(_PROPERTY):
            negated = (found[1] == "P") != bool(found[2])
            return characters.of_property(found[3] or found[4], negated=negated)
        letter = self._next()
        if letter in "dDwWsS":
            return characters.named(letter)
        if letter == "c":
            return _only(chr(ord(self._next()) % 32))
        return _only(_CONTROLS.get(letter, letter))

    def _class(self) -> Characters:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        sets: list[Characters] = []
        while not self._take("]"):
            member = self._member()
            low = _single(member)
            high = self._range_end() if low is not None else None
            if low is not None:
                ranges.append((low, low if high is None else high))
            else:
                sets.append(member)
        return Characters(ranges=tuple(ranges), tests=tuple(found.__contains__ for found in sets), negated=negated)

    def _range_end(self) -> int | None:
        """Read `-z`, if it stands here and is not the class's closing hyphen."""
        if self.pattern[self.at : self.at + 1] != "-" or self.pattern[self.at + 1 : self.at + 2] in {"]", ""}:
            return None
        self._next()
        return _single(self._member())

    def _member(self) -> Characters:
        character = self._next()
        return self._escaped_class() if character == "\\" else _only(character)

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise PatternUnknown("it ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def _take(self, sign: str) -> bool:
        found = self.pattern.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _match(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        found = expression.match(self.pattern, self.at)
        self.at = found.end() if found else self.at
        return found


def _only(character: str) -> Characters:
    return Characters(ranges=((ord(character), ord(character)),))


def _single(members: Characters) -> int | None:
    """Give the code of a set that was written as one character."""
    is_one = len(members.ranges) == 1 and members.ranges[0][0] == members.ranges[0][1] and not members.negated
    return members.ranges[0][0] if is_one and not members.tests else None
