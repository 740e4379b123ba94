"""Choices that look random and follow from a key."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_Item = TypeVar("_Item")
_MASK = (1 << 64) - 1


class Dice:
    """A stream of choices (SplitMix64), the same for the same key in any process.

    Args:
        key: What the choices follow from, of any length.
    """

    __slots__ = ("_state",)

    def __init__(self, key: bytes) -> None:
        self._state = int.from_bytes(blake2b(key, digest_size=8).digest(), "big")

    def below(self, count: int) -> int:
        """Choose an integer from 0 to `count - 1`."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % count

    def between(self, low: int, high: int) -> int:
        """Choose an integer from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[_Item]) -> _Item:
        """Choose one of the items, of which there is at least one."""
        return items[self.below(len(items))]

    def rotated(self, items: Sequence[_Item]) -> list[_Item]:
        """Start the items at a chosen one and keep their order."""
        if len(items) < 2:  # noqa: PLR2004 - nothing to choose
            return list(items)
        start = self.below(len(items))
        return [*items[start:], *items[:start]]

    def shuffled(self, items: Sequence[_Item]) -> list[_Item]:
        """Put the items in a chosen order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]
