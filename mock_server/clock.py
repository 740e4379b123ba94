"""The pacing clock: the event loop's own time, or a time that stands until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Forget it."""


class PacingClock(Protocol):
    """What limits and pacing run on; it has nothing to do with the dates in answers."""

    def now(self) -> float:
        """The time in seconds; only differences mean something."""

    def call_at(self, moment: float, callback: Callable[[], None]) -> Timer:
        """Call back on the running event loop once the time has come."""


class RealClock:
    """The monotonic time of the running event loop."""

    def now(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    def call_at(self, moment: float, callback: Callable[[], None]) -> Timer:
        """Let the loop call back."""
        return asyncio.get_running_loop().call_at(moment, callback)


class VirtualClock:
    """A clock that stands still until it is advanced, so that an hour takes no time.

    It may be advanced from any thread: whoever waits is called back on the event loop that they wait on.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._order = count()
        self._timers: list[tuple[float, int, _VirtualTimer]] = []

    @property
    def waiting(self) -> int:
        """How many wait for a moment to come."""
        return sum(1 for *_, timer in self._timers if timer.callback is not None)

    def now(self) -> float:
        """How far it was advanced, in seconds."""
        return self._now

    def call_at(self, moment: float, callback: Callable[[], None]) -> Timer:
        """Call back when the clock is advanced to a moment or beyond."""
        timer = _VirtualTimer(asyncio.get_running_loop(), callback)
        heapq.heappush(self._timers, (moment, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Move the time on.

        Args:
            seconds: By how much.

        Raises:
            ValueError: That would be backwards.
        """
        if seconds < 0:
            raise ValueError(f"a clock goes forward, not by {seconds} s")
        self._now += seconds
        while self._timers and self._timers[0][0] <= self._now:
            heapq.heappop(self._timers)[2].ring()


class _VirtualTimer:
    __slots__ = ("_loop", "callback")

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None

    def ring(self) -> None:
        if self.callback is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.callback)
        self.callback = None
