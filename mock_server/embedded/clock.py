"""The clock of a test: it stands until the test moves it, and nobody waits longer for it than for a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Condition
from typing import Literal

from mock_server.clock import LaneClock, Timer

Waits = Literal["real", "skipped", "held"]


class FixtureClock(LaneClock):
    """A clock that stands still, so that limits and jobs depend on nothing but the test.

    What the fake was told to wait for, such as the pace of a stream or a delay, ends as `waits` says:

    - `real`: when the test advances the clock far enough, or after as much of the machine's time as was asked for,
      whichever is first. Then the clock has moved to the moment waited for, exactly. A test that knows nothing of
      clocks sees what a real server would do, and a client's own timeout strikes.
    - `skipped`: at once; the clock jumps to the moment waited for.
    - `held`: only when the test advances the clock. A client that waits without a timeout then waits for the test.
    """

    def __init__(self, waits: Waits = "real") -> None:
        super().__init__("virtual")
        self.waits: Waits = waits
        self._asked = Condition()

    def call_at(self, moment: float, callback: Callable[[], None]) -> Timer:
        """Call back on the running event loop once the time has come, or was waited for."""
        timer = super().call_at(moment, callback)
        with self._asked:
            self._asked.notify_all()
        if self.mode == "real" or self.waits == "held":
            return timer
        after = max(0.0, moment - self.now()) if self.waits == "real" else 0.0
        return _Awaited(self, timer, moment, asyncio.get_running_loop().call_later(after, self.reach, moment))

    def until_waited_for(self, timeout: float = 5.0) -> None:
        """Return once somebody waits for this clock, such as a stream for its next frame.

        Args:
            timeout: Seconds of the machine's time after which nobody will come.

        Raises:
            TimeoutError: Nobody waits.
        """
        with self._asked:
            if not self._asked.wait_for(lambda: self.waiting, timeout):
                raise TimeoutError(
                    f"nobody waited for the clock within {timeout:g} s: is the stream paced, or was it read?"
                )


class _Awaited:
    """A timer, and the machine's time that ends it at the latest."""

    __slots__ = ("_clock", "_handle", "_moment", "_timer")

    def __init__(self, clock: FixtureClock, timer: Timer, moment: float, handle: asyncio.TimerHandle) -> None:
        self._clock = clock
        self._timer = timer
        self._moment = moment
        self._handle = handle

    def cancel(self) -> None:
        """Forget both."""
        self._timer.cancel()
        self._handle.cancel()
