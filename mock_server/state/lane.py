"""A lane: one isolated fake inside the server."""

from __future__ import annotations

from mock_server.state.account import Accounts


class Lane:
    """The seed, the edition, the accounts and the content clock of one fake.

    Args:
        seed: Seed of the world.
        edition: The edition that answers where a request names none.
    """

    def __init__(self, *, seed: int, edition: str) -> None:
        self.seed = seed
        self.edition = edition
        self.accounts = Accounts()
        self.moved = 0

    def now(self, start: int) -> int:
        """What the content clock says, in seconds since 1970 UTC, given where its edition starts it."""
        return start + self.moved
