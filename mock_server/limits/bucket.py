"""A leaky bucket: it holds so many tokens, and refills all the time at an even rate (evidence 5.2).

It is kept as one number, the moment at which it will be full again (the generic cell rate algorithm). Time is counted
in nanoseconds times the tokens of a period, so that one token takes exactly as many of these units as a period has
nanoseconds, and no rate has to be rounded.

No library does that. `limits` has windows only; `throttled-py` counts in floats or whole seconds of its own clock;
`pyrate-limiter` rounds a token's time up to microseconds and the clock down to milliseconds; `aiolimiter` lets callers
wait where a server has to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.clock import NANOSECONDS


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket refills, and how much it holds.

    Args:
        count: Tokens that come back in a period.
        period: The period in seconds.
        burst: Tokens of a full bucket.
    """

    count: int
    period: int
    burst: int

    def __post_init__(self) -> None:
        """Refuse what is no rate; raises `ValueError`."""
        for name in ("count", "period", "burst"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is 1 or more, got {getattr(self, name)}")


def seconds(nanoseconds: int) -> int:
    """Whole seconds, rounded up."""
    return -(-nanoseconds // NANOSECONDS)


class Bucket:
    """A bucket, full at first. Moments and times are whole nanoseconds of a clock that never goes back."""

    __slots__ = ("_full_at", "_room", "_token", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._token = rate.period * NANOSECONDS
        self._room = rate.burst * self._token
        self._full_at: int | None = None

    def holds(self, now: int, tokens: int = 1) -> bool:
        """Tell whether some tokens are there."""
        return self._missing(now) + tokens * self._token <= self._room

    def wait(self, now: int, tokens: int = 1) -> int | None:
        """Tell how long it takes until some tokens are there.

        Args:
            now: The moment.
            tokens: How many.

        Returns:
            Nanoseconds, 0 where they are there already; nothing where the bucket never holds that many.
        """
        if tokens > self.rate.burst:
            return None
        short = self._missing(now) + tokens * self._token - self._room
        return self._nanoseconds(short) if short > 0 else 0

    def take(self, now: int, tokens: int = 1) -> bool:
        """Take tokens out; returns whether they were there. Where they are not, all stay."""
        missing = self._missing(now) + tokens * self._token
        if missing > self._room:
            return False
        self._full_at = now * self.rate.count + missing
        return True

    def remaining(self, now: int) -> int:
        """Whole tokens that are there."""
        return (self._room - self._missing(now)) // self._token

    def full_in(self, now: int) -> int:
        """Nanoseconds until the bucket is full, 0 where it is."""
        return self._nanoseconds(self._missing(now))

    def _missing(self, now: int) -> int:
        if self._full_at is None:
            return 0
        missing = self._full_at - now * self.rate.count
        return missing if missing > 0 else 0  # noqa: FURB136  # `max` takes three times as long

    def _nanoseconds(self, units: int) -> int:
        return -(-units // self.rate.count)
