"""A mapping with a bound: the oldest entry goes when a new one would not fit."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(dict[K, V], Generic[K, V]):
    """A dict of at most `bound` entries; what was put in first goes first."""

    __slots__ = ("bound",)

    def __init__(self, bound: int) -> None:
        super().__init__()
        self.bound = bound

    def put(self, key: K, value: V) -> None:
        """Store a value, forgetting the oldest entry where the bound is met."""
        if len(self) >= self.bound and key not in self:
            del self[next(iter(self))]
        self[key] = value
