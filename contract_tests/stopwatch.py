"""Time as the kit sees it: how long answers take, and waiting for a limit to pass."""

from __future__ import annotations

import time
from typing import Protocol


class Stopwatch(Protocol):
    """Where seconds come from."""

    def now(self) -> float:
        """The time in seconds; only differences mean something."""

    def wait(self, seconds: float) -> None:
        """Wait."""


class RealStopwatch:
    """The host's own."""

    def now(self) -> float:
        """The monotonic time."""
        return time.monotonic()  # noqa: TID251  # the one place

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)  # noqa: TID251  # the one place
