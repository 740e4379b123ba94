"""Find the stubs that may fit a request, without a look at all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from mock_server.jsontypes import JSON
from mock_server.stubs.asked import Asked
from mock_server.stubs.conditions import OPERATION, Condition, Exact, Reader

ANY = ""
"""Stands for the operation of stubs that name none."""


class Grams:
    """Parts of texts by the rarest three letters in each, so that a text leads to those that it may have.

    Args:
        parts: The parts, each with the rank of its stub.
    """

    def __init__(self, parts: Sequence[tuple[str, int]]) -> None:
        commonness = Counter(gram for part, _ in parts for gram in _grams(part))
        self._by_gram: dict[str, list[tuple[str, int]]] = {}
        for part, rank in parts:
            gram = min(_grams(part), key=lambda gram: (commonness[gram], gram), default=_SHORT)
            self._by_gram.setdefault(gram, []).append((part, rank))

    def near(self, text: str) -> list[tuple[str, int]]:
        """The parts that a text may have; whatever is not among them it has not."""
        found = [*self._by_gram.get(_SHORT, ())]
        for gram in _grams(text) & self._by_gram.keys():
            found += self._by_gram[gram]
        return found


_SHORT = ""
"""Stands for the letters of what has fewer than three."""


def _grams(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)}


@dataclass(slots=True)
class _Shelf:
    """The stubs of one operation by rank: by exact values, else by the rarest part of a text."""

    exact: dict[str, tuple[Reader, dict[JSON, list[int]]]] = field(default_factory=dict)
    parts: list[tuple[str, int]] = field(default_factory=list)
    grams: Grams | None = None
    rest: list[int] = field(default_factory=list)

    def put(self, rank: int, conditions: Sequence[Condition], commonness: Counter[str]) -> None:
        """Put a stub where the most telling of its conditions says; conditions come in that order."""
        exact = next((one.exact for one in conditions if one.exact is not None and one.field != OPERATION), None)
        parts = [part for one in conditions for part in one.parts]
        if exact is not None and not (parts and exact.name == _LEAST_TELLING):
            self._put_exact(rank, exact)
        elif parts:
            self.parts.append((min(parts, key=lambda part: (commonness[part], -len(part))), rank))
        else:
            self.rest.append(rank)

    def _put_exact(self, rank: int, exact: Exact) -> None:
        _, ranks = self.exact.setdefault(exact.name, (exact.read, {}))
        for value in exact.values:
            ranks.setdefault(value, []).append(rank)

    def take(self, asked: Asked) -> list[int]:
        """The ranks of those that may fit."""
        found = [*self.rest]
        for read, ranks in self.exact.values():
            for value in read(asked):
                if not isinstance(value, dict | list):
                    found += ranks.get(value, ())
        if self.parts:
            text = asked.last_user
            near = self.parts if self.grams is None else self.grams.near(text)
            found += [rank for part, rank in near if part in text]
        return found

    def close(self) -> None:
        """Prepare for requests, now that all stubs are there."""
        if len(self.parts) > _FEW:
            self.grams = Grams(self.parts)


_FEW = 32
"""So many parts are looked for one by one."""
_LEAST_TELLING = "when.model"
"""There are few models, so a part of a text says more."""


@lru_cache(16)
def index_of(conditions: tuple[tuple[Condition, ...], ...]) -> Index:
    """Index stubs; lanes that have the same ones share the index."""
    return Index(conditions)


class Index:
    """Stubs in the order in which they are asked.

    Args:
        conditions: Those of each stub, the first stub's first.
    """

    def __init__(self, conditions: Iterable[Sequence[Condition]]) -> None:
        self._shelves: dict[str, _Shelf] = {}
        stubs = [*conditions]
        commonness = Counter(part for those in stubs for one in those for part in one.parts)
        for rank, those in enumerate(stubs):
            for operation in _operations(those):
                self._shelves.setdefault(operation, _Shelf()).put(rank, those, commonness)
        for shelf in self._shelves.values():
            shelf.close()

    def candidates(self, asked: Asked) -> list[int]:
        """The ranks of the stubs that may fit, in order; whoever is not among them does not fit."""
        found: set[int] = set()
        for operation in dict.fromkeys((asked.operation, asked.alias, ANY)):
            shelf = self._shelves.get(operation)
            if shelf is not None:
                found.update(shelf.take(asked))
        return sorted(found)


def _operations(conditions: Sequence[Condition]) -> Iterable[str]:
    """The operations that a stub names."""
    exact = next((one.exact for one in conditions if one.field == OPERATION), None)
    return (ANY,) if exact is None else dict.fromkeys(str(name) for name in exact.values)
