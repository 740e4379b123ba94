"""Regular expressions as trees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mock_server.world.instances.characters import Characters

Span: TypeAlias = tuple[int, float]
"""The least and the most characters that something can take."""


class PatternUnknown(ValueError):  # noqa: N818 - named by its condition, as all are here
    """A regular expression uses what is not understood here, or nests too deeply."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One character out of `choices`, which holds a sample of `members`."""

    choices: str
    members: Characters
    span: Span = (1, 1)


@dataclass(frozen=True, slots=True)
class Chain:
    """One piece after the other."""

    pieces: tuple[Piece, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Either:
    """One of the branches."""

    branches: tuple[Piece, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    """The body, from `least` to `most` times."""

    body: Piece
    least: int
    most: float
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """A body that is remembered under a number."""

    body: Piece
    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class Echo:
    """What the group of that number took."""

    number: int
    span: Span = (0, math.inf)


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning (`^`) or the end (`$`) of the text; takes no character."""

    sign: str
    span: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something the text must also match from here on; takes no character."""

    body: Piece
    span: Span = (0, 0)


Piece: TypeAlias = Symbol | Chain | Either | Loop | Group | Echo | Edge | Ahead

NOTHING = Chain((), (0, 0))


def symbol(members: Characters) -> Symbol:
    """Make the piece for a set of characters.

    Raises:
        PatternUnknown: No member of the set is known.
    """
    choices = members.examples()
    if not choices:
        raise PatternUnknown("a class of characters has no known member")
    return Symbol(choices, members)


def chain(pieces: list[Piece]) -> Piece:
    """Put pieces one after the other."""
    if len(pieces) == 1:
        return pieces[0]
    spans = [piece.span for piece in pieces]
    return Chain(tuple(pieces), (sum(span[0] for span in spans), sum(span[1] for span in spans)))


def either(branches: list[Piece]) -> Piece:
    """Offer pieces for choice; there is at least one."""
    if len(branches) == 1:
        return branches[0]
    spans = [branch.span for branch in branches]
    return Either(tuple(branches), (min(span[0] for span in spans), max(span[1] for span in spans)))


def loop(body: Piece, least: int, most: float) -> Piece:
    """Repeat a piece."""
    longest = 0 if 0 in (most, body.span[1]) else body.span[1] * most
    return Loop(body, least, most, (body.span[0] * least, longest))
