"""The pacing clock: it runs with the machine's own time, or stands until somebody moves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from threading import Lock
from typing import Literal, Protocol

Mode = Literal["real", "virtual"]
Seconds = int | float | str | Decimal

NANOSECONDS = 1_000_000_000
"""Nanoseconds of a second."""
MOST_SECONDS = 1_000_000_000
"""How far a clock is moved at most in one step: some thirty years."""


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Forget it."""


class PacingClock(Protocol):
    """What limits and pacing run on; it has nothing to do with the dates in answers."""

    def now(self) -> float:
        """The time in seconds; only differences mean something."""

    def now_ns(self) -> int:
        """The same time in whole nanoseconds, exactly."""

    def call_at(self, moment: float, callback: Callable[[], None]) -> Timer:
        """Call back on the running event loop once the time has come."""


class LaneClock:
    """A clock that begins at 0 and goes on by itself, or is frozen and goes on when it is advanced.

    It may be asked, frozen and advanced from any thread: whoever waits is called back on the event loop that they wait
    on. Switching between the two modes neither loses time nor adds any.

    Args:
        mode: `real` runs by itself, `virtual` stands until it is advanced.
    """

    def __init__(self, mode: Mode = "real") -> None:
        self._lock = Lock()
        self._timers: dict[_Timer, None] = {}
        self._released = False
        self._stands_at: int | None = 0 if mode == "virtual" else None
        self._began = _monotonic()

    @property
    def mode(self) -> Mode:
        """Whether it runs by itself."""
        return "real" if self._stands_at is None else "virtual"

    @property
    def waiting(self) -> int:
        """How many wait for a moment to come."""
        return len(self._timers)

    def now(self) -> float:
        """The seconds since it began."""
        return self.now_ns() / NANOSECONDS

    def now_ns(self) -> int:
        """The nanoseconds since it began."""
        stands_at = self._stands_at
        return _monotonic() - self._began if stands_at is None else stands_at

    def moment(self) -> tuple[int, int]:
        """The nanoseconds since it began, and those of the machine's own clock, which nothing stops."""
        machine, stands_at = _monotonic(), self._stands_at
        return (machine - self._began if stands_at is None else stands_at), machine

    def call_at(self, moment: float, callback: Callable[[], None]) -> Timer:
        """Call back on the running event loop once the time has come; at once where it has."""
        timer = _Timer(self, round(moment * NANOSECONDS), asyncio.get_running_loop(), callback)
        with self._lock:
            self._timers[timer] = None
            if self._released or timer.moment <= self.now_ns():
                self._ring(timer)
            elif self._stands_at is None:
                timer.arm(timer.moment - self.now_ns())
        return timer

    def freeze(self) -> None:
        """Stand still from now on."""
        with self._lock:
            self._freeze()

    def run(self) -> None:
        """Go on by itself from here."""
        with self._lock:
            now = self._stands_at
            if now is not None:
                # In this order, as others read the time without the lock.
                self._began = _monotonic() - now
                self._stands_at = None
                for timer in self._timers:
                    timer.arm_threadsafe(timer.moment - now)

    def advance(self, seconds: Seconds) -> None:
        """Move the time on; a clock that runs by itself is frozen first.

        Args:
            seconds: By how much; decimals are taken as they are written, to the nanosecond.

        Raises:
            ValueError: That would be backwards, or is beyond `MOST_SECONDS`, or no number.
        """
        nanoseconds = exactly(seconds)
        with self._lock:
            self._freeze()
            self._put(self.now_ns() + nanoseconds)

    def reach(self, moment: float) -> None:
        """Move a clock that stands on to a moment, in seconds, unless it is there already."""
        with self._lock:
            if self._stands_at is not None:
                self._put(max(self._stands_at, round(moment * NANOSECONDS)))

    def release(self) -> None:
        """Let all who wait go, now and ever after: nobody will move this clock again."""
        with self._lock:
            self._released = True
            for timer in sorted(self._timers, key=lambda timer: timer.moment):
                self._ring(timer)

    def _freeze(self) -> None:
        if self._stands_at is None:
            self._stands_at = self.now_ns()
            for timer in self._timers:
                timer.disarm()

    def _put(self, now: int) -> None:
        """Stand at another moment, and wake who waits for it or for an earlier one."""
        self._stands_at = now
        due = [timer for timer in self._timers if timer.moment <= now]
        for timer in sorted(due, key=lambda timer: timer.moment):
            self._ring(timer)

    def _ring(self, timer: _Timer) -> None:
        self._timers.pop(timer, None)
        timer.ring()

    def forget(self, timer: _Timer) -> None:
        """Take a timer off the list."""
        with self._lock:
            self._timers.pop(timer, None)


class VirtualClock(LaneClock):
    """A clock that stands still until it is advanced, so that an hour takes no time."""

    def __init__(self) -> None:
        super().__init__("virtual")


def exactly(seconds: Seconds) -> int:
    """Make seconds whole nanoseconds, as exact as they are written; raises `ValueError`."""
    try:
        amount = Decimal(str(seconds))
    except ArithmeticError:
        raise ValueError(f"seconds are a number, got {seconds!r}") from None
    if not amount.is_finite() or amount > MOST_SECONDS:
        raise ValueError(f"a clock goes forward by at most {MOST_SECONDS} s at once, not by {seconds} s")
    if amount < 0:
        raise ValueError(f"a clock goes forward, not by {seconds} s")
    return round(amount * NANOSECONDS)


_monotonic = time.monotonic_ns


class _Timer:
    """A call to come; whoever changes it holds the clock's lock, but for `fire`, which the loop calls."""

    __slots__ = ("_callback", "_clock", "_handle", "_loop", "moment")

    def __init__(
        self, clock: LaneClock, moment: int, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]
    ) -> None:
        self.moment = moment
        self._clock = clock
        self._loop = loop
        self._callback: Callable[[], None] | None = callback
        self._handle: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        """Forget it; called on its own loop."""
        self._callback = None
        self._clock.forget(self)
        self._stop()

    def ring(self) -> None:
        """Have its loop call back soon."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._fire)

    def arm(self, nanoseconds: int) -> None:
        """Ring after some of the machine's time; called on its own loop."""
        self._stop()
        if self._callback is not None:
            self._handle = self._loop.call_later(max(nanoseconds, 0) / NANOSECONDS, self._run_out)

    def arm_threadsafe(self, nanoseconds: int) -> None:
        """Ring after some of the machine's time; called from anywhere."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.arm, nanoseconds)

    def disarm(self) -> None:
        """Ring no more by itself; called from anywhere."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _run_out(self) -> None:
        """Call back, unless the clock was frozen short of the moment by another thread just now."""
        if self._clock.mode == "real" or self._clock.now_ns() >= self.moment:
            self._fire()

    def _fire(self) -> None:
        """Call back, once."""
        callback, self._callback = self._callback, None
        if callback is not None:
            self._clock.forget(self)
            self._stop()
            callback()
