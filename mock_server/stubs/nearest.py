"""Say which stub came nearest to a request that none fits, and what differed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from mock_server.stubs.asked import Asked
from mock_server.stubs.conditions import OPERATION, Condition

_MOST_COMPARED = 64


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a stub wants and a request has not: where the stub says so, what it wants, what there is."""

    field: str
    wanted: str
    got: str

    @property
    def text(self) -> str:
        """In words."""
        return f"{self.field} {self.wanted}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The stub that came nearest, what it wants and gets not, and how many stubs there were."""

    stub: str
    differences: tuple[Difference, ...]
    stubs: int

    @property
    def text(self) -> str:
        """In words, on one line."""
        differences = "; ".join(difference.text for difference in self.differences)
        return f"Nearest of {self.stubs} is stub {self.stub}: {differences}"


class Candidate(Protocol):
    """A stub as far as it can be near."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def conditions(self) -> Sequence[Condition]:
        """What it wants."""

    @property
    def spent(self) -> Difference | None:
        """Why it does not answer a request that meets all its conditions."""


def nearest(candidates: Iterable[Candidate], asked: Asked) -> Nearest | None:
    """Find the stub that came nearest.

    Args:
        candidates: The stubs in the order in which they are asked; none of them answered.
        asked: The request.

    Returns:
        The one with another's operation only where there is no better, with the fewest conditions that do not hold,
        and of those the one whose wishes read most like what was there; nothing where there are no stubs.
    """
    rated = [(_unmet(candidate, asked), candidate) for candidate in candidates]
    if not rated:
        return None
    least = min(_distance(unmet) for unmet, _ in rated)
    tied = [pair for pair in rated if _distance(pair[0]) == least][:_MOST_COMPARED]
    unmet, chosen = max(tied, key=lambda pair: _likeness(pair[0], asked))
    differences = [Difference(one.field, one.wanted, one.got(asked)) for one in unmet]
    if not differences and chosen.spent is not None:
        differences = [chosen.spent]
    return Nearest(chosen.id, tuple(differences), len(rated))


def _unmet(candidate: Candidate, asked: Asked) -> list[Condition]:
    return [condition for condition in candidate.conditions if not condition.holds(asked)]


def _distance(unmet: Sequence[Condition]) -> tuple[bool, int]:
    return any(condition.field == OPERATION for condition in unmet), len(unmet)


def _likeness(unmet: Sequence[Condition], asked: Asked) -> float:
    """How much wishes read like what was there, from 0 to 1."""
    shares = [SequenceMatcher(None, one.wanted, one.got(asked)).ratio() for one in unmet]
    return sum(shares) / len(shares) if shares else 1.0
