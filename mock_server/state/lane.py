"""A lane: one isolated fake inside the server."""

from __future__ import annotations

from mock_server.clock import PacingClock, RealClock
from mock_server.state.account import Accounts
from mock_server.state.habits import PLAIN, Habits


class Lane:
    """The seed, the edition, the accounts, the clocks and the habits of one fake.

    Args:
        name: What stands in its path, `/n/<name>/`; empty for the default lane.
        seed: Seed of the world.
        edition: The edition that answers where a request names none.
        habits: How streams are sent where neither request nor key says.
        clock: What pacing runs on; the real one where not given.
    """

    def __init__(
        self, *, seed: int, edition: str, name: str = "", habits: Habits = PLAIN, clock: PacingClock | None = None
    ) -> None:
        self.name = name
        self.seed = seed
        self.edition = edition
        self.accounts = Accounts()
        self.habits = habits
        self.clock: PacingClock = RealClock() if clock is None else clock
        self.moved = 0

    def now(self, start: int) -> int:
        """What the content clock says, in seconds since 1970 UTC, given where its edition starts it."""
        return start + self.moved
