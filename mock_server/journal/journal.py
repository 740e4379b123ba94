"""The journal of a lane: bounded by calls and by bytes; asked from any thread, waited for on either side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from itertools import islice
from threading import Lock

from mock_server.errors import PplxMockError
from mock_server.journal.entry import Entry
from mock_server.journal.filter import EVERY, Filter
from mock_server.journal.raw import Raw
from mock_server.journal.tally import Tally

MOST_ENTRIES = 10_000
MOST_BYTES = 8 * 1024 * 1024
_SHOWN = 5
_AT_ONCE = 64
"""Calls that are settled in a row, when each costs half of what it costs alone."""


class NotMetError(PplxMockError):
    """The calls that were waited for, or that should have been, are not in the journal."""


@dataclass(frozen=True, slots=True)
class _Waiter:
    wanted: Filter
    found: Future[Entry]


class Journal:
    """The calls of one lane, the oldest of which go when there are too many.

    Args:
        most: Calls that are kept; 0 keeps no journal at all.
        most_bytes: Bytes that they may take, about.
    """

    def __init__(self, most: int = MOST_ENTRIES, *, most_bytes: int = MOST_BYTES) -> None:
        self.on = most > 0
        self._count = 0
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        # Those that came last are written down when somebody reads; most never are.
        self._entries: deque[Entry] = deque()
        self._raw: deque[Raw] = deque()
        self._tally = Tally()
        self._pending: deque[Raw] = deque()
        self._told = 0
        self._waiting: list[_Waiter] = []
        self._lock = Lock()

    def __len__(self) -> int:
        with self._lock:
            self._settled()
            return len(self._entries) + len(self._raw)

    def __iter__(self) -> Iterator[Entry]:
        """The calls that are kept, the oldest first."""
        return iter(self._kept())

    @property
    def count(self) -> int:
        """How many calls there were since the last reset."""
        self.settle()
        return self._count

    @property
    def tally(self) -> Tally:
        """What all calls since the last reset add up to, those included that are forgotten."""
        with self._lock:
            self._settled()
            return self._tally

    @property
    def size(self) -> int:
        """Bytes that the kept calls take, about."""
        self.settle()
        return self._bytes

    def take(self, call: Raw) -> bool:
        """Take a call that is over, to settle it with others in a row, or at once where somebody waits for it.

        Returns:
            Whether it is the first of a row, so that `settle` should be called soon.
        """
        self._pending.append(call)
        count = len(self._pending)
        if count >= _AT_ONCE or self._waiting:
            self.settle()
            return False
        return count == 1

    def settle(self) -> None:
        """Count what was taken, and take the secrets out. Whoever asks for anything in the journal does that first."""
        with self._lock:
            self._settled()
        if self._waiting:
            self._tell()

    def find(self, wanted: Filter = EVERY, *, since: int = 0, limit: int | None = None) -> list[Entry]:
        """Find calls.

        Args:
            wanted: What they have to be like.
            since: Only those with a greater number.
            limit: At most so many, the first ones.

        Returns:
            The calls, the oldest first.
        """
        kept = self._kept()
        if since:
            # Numbers follow each other, so those behind a number are counted from the end.
            kept = kept[len(kept) - min(len(kept), max(self._count - since, 0)) :]
        found = (entry for entry in kept if entry.number > since and (wanted is EVERY or wanted.matches(entry)))
        return list(islice(found, limit))

    async def wait_for(self, wanted: Filter = EVERY, *, since: int = 0, timeout: float = 5.0) -> Entry:  # noqa: ASYNC109
        """Wait until a call is over that is wanted; one that is in the journal already counts.

        Args:
            wanted: What it has to be like.
            since: Only calls with a greater number.
            timeout: Seconds of the event loop's own time, which no virtual clock stops.

        Returns:
            The first such call.

        Raises:
            NotMetError: None came in time; the message says what came instead.
        """
        waiter = self._expect(wanted, since)
        try:
            if waiter.found.done():
                return waiter.found.result()
            return await asyncio.wait_for(asyncio.wrap_future(waiter.found), timeout)
        except TimeoutError:
            raise self._missed(wanted, since, timeout) from None
        finally:
            self._unexpect(waiter)

    def wait(self, wanted: Filter = EVERY, *, since: int = 0, timeout: float = 5.0) -> Entry:
        """Wait as `wait_for` does, in a thread that is not the server's; arguments and errors are the same."""
        waiter = self._expect(wanted, since)
        try:
            return waiter.found.result(timeout)
        except FutureTimeoutError:
            raise self._missed(wanted, since, timeout) from None
        finally:
            self._unexpect(waiter)

    def verify(
        self,
        wanted: Filter = EVERY,
        times: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> int:
        """Verify how many calls there were; at least one where no number is given.

        Args:
            wanted: What they have to be like.
            times: Exactly so many.
            at_least: No fewer.
            at_most: No more.

        Returns:
            How many there were.

        Raises:
            NotMetError: Another number; the message says what came.
        """
        least = times if times is not None else at_least if at_least is not None else (1 if at_most is None else 0)
        most = times if times is not None else at_most
        count = len(self.find(wanted))
        if count < least or (most is not None and count > most):
            raise NotMetError(f"expected {_number(least, most)} of {wanted}, got {count}.{self._instead()}")
        return count

    def verify_order(self, *wanted: Filter) -> list[Entry]:
        """Verify that calls began in an order; others may have come between.

        Returns:
            The first calls that are like the wanted ones, in that order.

        Raises:
            NotMetError: One of them did not come after the one before it.
        """
        found: list[Entry] = []
        rest = iter(sorted(self._kept(), key=lambda entry: (entry.times.begun, entry.number)))
        for position, one in enumerate(wanted, 1):
            entry = next((entry for entry in rest if one.matches(entry)), None)
            if entry is None:
                behind = f" after call {found[-1].number}" if found else ""
                raise NotMetError(f"expected call {position} of the order, {one},{behind}.{self._instead()}")
            found.append(entry)
        return found

    def clear(self, key: str | None = None) -> int:
        """Forget calls; they stay in the tally, which is of the whole run.

        Args:
            key: Only those of this key, or of the account of this name.

        Returns:
            How many went.
        """
        mine = EVERY if key is None else Filter(key=key)
        with self._lock:
            self._settled()
            before = self._written()
            self._entries = deque(entry for entry in before if not mine.matches(entry))
            self._bytes = sum(entry.size for entry in self._entries)
            return len(before) - len(self._entries)

    def reset(self) -> None:
        """Forget all calls and all that they added up to; numbers begin anew."""
        with self._lock:
            self._entries.clear()
            self._raw.clear()
            self._bytes = self._count = self._told = 0
            self._tally = Tally()
            self._pending.clear()

    def _kept(self) -> list[Entry]:
        with self._lock:
            self._settled()
            return self._written()

    def _settled(self) -> None:
        """Settle what was taken; whoever calls holds the lock."""
        pending, raw = self._pending, self._raw
        while pending:
            call = pending.popleft()
            self._count += 1
            call.settle(self._count, self._tally)
            self._bytes += call.weight
            raw.append(call)
        self._forget()

    def _forget(self) -> None:
        """Let go of the oldest beyond the bounds."""
        over = len(self._entries) + len(self._raw) - self._most
        while over > 0 or (self._bytes > self._most_bytes and len(self._entries) + len(self._raw) > 1):
            self._bytes -= self._entries.popleft().size if self._entries else self._raw.popleft().weight
            over -= 1

    def _written(self) -> list[Entry]:
        """Write down what was settled; whoever calls holds the lock."""
        while self._raw:
            call = self._raw.popleft()
            entry = call.entry()
            self._bytes += entry.size - call.weight
            self._entries.append(entry)
        self._forget()
        return list(self._entries)

    def _expect(self, wanted: Filter, since: int) -> _Waiter:
        """Begin to wait, then look back, so that no call slips in between."""
        waiter = _Waiter(wanted, Future())
        waiter.found.set_running_or_notify_cancel()
        with self._lock:
            self._settled()
            if not self._waiting:
                self._told = self._count
            self._waiting.append(waiter)
        earlier = self.find(wanted, since=since, limit=1)
        if earlier:
            _give(waiter, earlier[0])
        return waiter

    def _unexpect(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _tell(self) -> None:
        """Tell those who wait of all calls since they were told last, whoever settled them."""
        with self._lock:
            waiting, told, self._told = list(self._waiting), self._told, self._count
            fresh = [entry for entry in self._written()[-max(self._count - told, 1) :] if entry.number > told]
        for entry in fresh:
            for waiter in waiting:
                if waiter.wanted.matches(entry):
                    _give(waiter, entry)

    def _missed(self, wanted: Filter, since: int, timeout: float) -> NotMetError:
        behind = f" after call {since}" if since else ""
        return NotMetError(f"no call came within {timeout:g} s{behind} that is {wanted}.{self._instead()}")

    def _instead(self) -> str:
        """Say what came, so that whoever reads it sees the misspelt path."""
        kept = self._kept()
        if not kept:
            return " The journal is empty." if self.on else " The journal is off (journal_entries is 0)."
        lines = [f"\n  {entry.number}: {entry.place} {entry.model} -> {entry.status}" for entry in kept[-_SHOWN:]]
        return f" The last of {len(kept)} calls in the journal:" + "".join(lines)


def _give(waiter: _Waiter, entry: Entry) -> None:
    if not waiter.found.done():
        waiter.found.set_result(entry)


def _number(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return f"exactly {least}" if least == most else f"{least} to {most}"
