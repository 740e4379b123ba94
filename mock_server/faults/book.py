"""The faults of a lane: which of them strike a request, and how often they did."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from mock_server import nth
from mock_server.contract.operation import Operation
from mock_server.errors import PplxMockError
from mock_server.faults.model import HASHED, MOST_FAULTS, Fault
from mock_server.redaction import name_of
from mock_server.world import ids

K = TypeVar("K")
V = TypeVar("V")

MOST_ACCOUNTS = 65_536
"""Accounts, and requests of one kind, that a fault counts; the oldest are forgotten beyond."""
_SHARES = 2**64


class FaultError(PplxMockError):
    """A fault cannot be added, or there is no such fault."""


@dataclass(slots=True)
class Asked:
    """What is known of a request of some operation when its faults are chosen.

    Args:
        path: Its path, without the lane.
        key: Its API key.
        seed: The lane's.
        model: The model that its body names; empty where no fault asks for it.
        streaming: Whether its body asks for a stream; not so where no fault asks for it.
        digest: A hash of its body; empty where no fault asks for it.
    """

    path: str
    key: bytes
    seed: int
    model: str = ""
    streaming: bool = False
    digest: bytes = b""


@dataclass(slots=True)
class Count:
    """How often a fault was met: requests that its conditions let through, and those that it struck."""

    seen: int = 0
    struck: int = 0


@dataclass(slots=True, eq=False)
class _Entry:
    """A fault in the book, with its counts by account, and by request where it strikes a share."""

    id: str
    fault: Fault
    meets_path: Callable[[str], object]
    meets_model: Callable[[str], object]
    meets_turn: Callable[[int], bool]
    total: Count = field(default_factory=Count)
    counts: dict[bytes, Count] = field(default_factory=dict)
    sightings: dict[tuple[bytes, bytes], int] = field(default_factory=dict)

    def concerns(self, operation: Operation) -> bool:
        """Whether it may strike requests of an operation."""
        names = self.fault.operation
        return (names is None or operation.id in names or operation.handler in names) and (
            self.fault.method is None or operation.method == self.fault.method
        )

    def strikes(self, asked: Asked) -> bool:
        """Decide about a request, and count it."""
        if not self._meets(asked):
            return False
        count = self.counts.get(asked.key)
        if count is None:
            count = _put(self.counts, asked.key, Count())
        count.seen += 1
        self.total.seen += 1
        times = self.fault.times
        if not self.meets_turn(count.seen) or not self._drawn(asked) or (times is not None and count.struck >= times):
            return False
        count.struck += 1
        self.total.struck += 1
        return True

    def _meets(self, asked: Asked) -> bool:
        fault = self.fault
        return bool(
            self.meets_model(asked.model)
            and self.meets_path(asked.path)
            and (fault.streaming is None or asked.streaming == fault.streaming)
            and (fault.key is None or _is(fault.key, asked.key))
        )

    def _drawn(self, asked: Asked) -> bool:
        """Draw by seed, fault, request, and how often the account sent it: repeats differ, and order means nothing."""
        if self.fault.share is None:
            return True
        place = (asked.key, asked.digest)
        before = self.sightings.get(place, 0)
        _put(self.sightings, place, before + 1)
        lot = ids.digest(asked.digest + before.to_bytes(8, "big"), key=_key(asked.seed, self.id), size=8)
        return int.from_bytes(lot, "big") < self.fault.share * _SHARES


class Likely:
    """Those faults of a book that may strike requests of one operation.

    Args:
        entries: The faults, in the order in which they were added.

    Attributes:
        draws: Whether one of them strikes a share of what is asked.
        reads_body: Whether one of them asks what is in a body.
    """

    __slots__ = ("draws", "faults", "reads_body")

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self.faults = tuple(entries)
        faults = [entry.fault for entry in self.faults]
        self.draws = any(fault.share is not None for fault in faults)
        self.reads_body = self.draws or any(fault.model is not None or fault.streaming is not None for fault in faults)

    def choose(self, asked: Asked) -> tuple[tuple[str, Fault], ...]:
        """Decide which faults strike a request; all of them that do, in order, with their ids."""
        return tuple([(entry.id, entry.fault) for entry in self.faults if entry.strikes(asked)])


class FaultBook:
    """The faults of one lane, in the order in which they were added.

    Faults may be added and taken away from any thread; requests are met on the server's own.

    Args:
        faults: Those that it begins with.
    """

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._entries: dict[str, _Entry] = {}
        self._made = 0
        self.active = False
        self._likely: dict[str, Likely] = {}
        self.add(*faults)

    def add(self, *faults: Fault, prefix: str = "fault") -> tuple[str, ...]:
        """Add faults, all of them or none.

        Args:
            faults: The faults.
            prefix: What the ids of those begin with that have none.

        Returns:
            Their ids.

        Raises:
            FaultError: An id is taken, or there are too many faults.
        """
        entries = self._with(dict(self._entries), faults, prefix)
        before = len(self._entries)
        self._replace(entries)
        return tuple(entries)[before:]

    def replace(self, faults: Iterable[Fault]) -> None:
        """Put faults in place of those that there are, of which nothing is counted yet; raises as `add`."""
        self._replace(self._with({}, faults, "fault"))

    def list(self) -> dict[str, Fault]:
        """All faults by id."""
        return {name: entry.fault for name, entry in self._entries.items()}

    def count(self, name: str, key: bytes | None = None) -> Count:
        """How often a fault was met, in all or by one account.

        Raises:
            FaultError: There is no such fault.
        """
        entry = self._found(name)
        found = entry.total if key is None else entry.counts.get(key, Count())
        return Count(found.seen, found.struck)

    def remove(self, name: str) -> Fault:
        """Take a fault away; raises `FaultError` where there is none of the id."""
        fault = self._found(name).fault
        self._replace({other: entry for other, entry in self._entries.items() if other != name})
        return fault

    def clear(self) -> None:
        """Take all faults away."""
        self._replace({})

    def forget(self, key: bytes) -> None:
        """Forget what was counted for one account."""
        for entry in self._entries.values():
            entry.counts.pop(key, None)
            for place in [place for place in entry.sightings if place[0] == key]:
                del entry.sightings[place]

    def likely(self, operation: Operation) -> Likely:
        """Find the faults that may strike requests of an operation; remembered until the book is changed."""
        known = self._likely
        found = known.get(operation.id)
        if found is None:
            found = Likely(entry for entry in self._entries.values() if entry.concerns(operation))
            known[operation.id] = found
        return found

    def _with(self, entries: dict[str, _Entry], faults: Iterable[Fault], prefix: str) -> dict[str, _Entry]:
        """Add faults to some that are in no book yet."""
        for fault in faults:
            name = fault.id or self._new_id(prefix, entries)
            if name in entries:
                raise FaultError(f"there is a fault {name!r} already: remove it first, or give another id")
            entries[name] = _entry(name, fault)
        if len(entries) > MOST_FAULTS:
            raise FaultError(f"a lane has {MOST_FAULTS} faults at most, and would have {len(entries)}")
        return entries

    def _found(self, name: str) -> _Entry:
        found = self._entries.get(name)
        if found is None:
            known = ", ".join(self._entries) or "none"
            raise FaultError(f"there is no fault {name!r}. Known: {known}.")
        return found

    def _new_id(self, prefix: str, taken: Iterable[str]) -> str:
        while True:
            self._made += 1
            name = f"{prefix}-{self._made}"
            if name not in taken:
                return name

    def _replace(self, entries: dict[str, _Entry]) -> None:
        """Put another set in place at once, so that a request meets either the old one or the new."""
        self._entries = entries
        self._likely = {}
        self.active = bool(entries)


def _entry(name: str, fault: Fault) -> _Entry:
    turn = _always if fault.nth is None else nth.meets(fault.nth)
    return _Entry(name, fault, _glob(fault.path), _glob(fault.model), turn)


def _glob(pattern: str | None) -> Callable[[str], object]:
    return _always if pattern is None else re.compile(fnmatch.translate(pattern)).match


def _always(_: object) -> bool:
    return True


def _is(named: str, key: bytes) -> bool:
    """Whether a key is the one that a fault names, in clear or by its hash."""
    return name_of(key) == named if named.startswith(HASHED) else key.decode("latin-1") == named


def _put(kept: dict[K, V], key: K, value: V) -> V:
    if len(kept) >= MOST_ACCOUNTS and key not in kept:
        del kept[next(iter(kept))]
    kept[key] = value
    return value


@cache
def _key(seed: int, name: str) -> bytes:
    return ids.key_of("fault", str(seed), name)
