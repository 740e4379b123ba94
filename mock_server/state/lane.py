"""A lane: one isolated fake inside the server."""

from __future__ import annotations

from mock_server import switches
from mock_server.clock import LaneClock
from mock_server.faults.book import FaultBook
from mock_server.faults.door import Door
from mock_server.journal.journal import Journal
from mock_server.limits.limiter import Limiter
from mock_server.redaction import name_of
from mock_server.state.account import Accounts
from mock_server.state.habits import PLAIN, Habits
from mock_server.stubs.book import StubBook


class Lane:
    """The seed, the edition, the accounts, the clocks and the habits of one fake.

    Args:
        name: What stands in its path, `/n/<name>/`; empty for the default lane.
        seed: Seed of the world.
        edition: The edition that answers where a request names none.
        habits: How streams are sent where neither request nor key says.
        clock: What pacing runs on; the real one where not given.
        faults: What goes wrong; nothing where not given.
        door: The door of the server.
        choices: Which sides are taken where documents and wire disagree, as `switches.chosen` writes them.
        limiter: What its accounts are held to; nothing where not given.
        journal: What its clients sent and got; one of the usual size where not given.
        stubs: What is answered in place of the world; nothing where not given.
    """

    def __init__(  # noqa: PLR0913  # a lane is the sum of its parts
        self,
        *,
        seed: int,
        edition: str,
        name: str = "",
        habits: Habits = PLAIN,
        clock: LaneClock | None = None,
        limiter: Limiter | None = None,
        faults: FaultBook | None = None,
        door: Door | None = None,
        journal: Journal | None = None,
        stubs: StubBook | None = None,
        choices: str = "",
    ) -> None:
        self.name = name
        self.seed = seed
        self.limiter = limiter or Limiter()
        self.accounts = Accounts(self.limiter)
        self.habits = habits
        self.faults = faults or FaultBook()
        self.door = door or Door()
        self.journal = Journal() if journal is None else journal
        self.stubs = StubBook() if stubs is None else stubs
        self.clock = clock or LaneClock()
        self.moved = 0
        self._choices = choices
        self.edition = edition

    @property
    def edition(self) -> str:
        """The edition that answers where a request names none; it may be changed at any time."""
        return self._edition

    @edition.setter
    def edition(self, name: str) -> None:
        self._edition = name
        self._face = switches.key(name, self._choices)

    @property
    def face(self) -> str:
        """The key of the edition that answers where a request names none."""
        return self._face

    def forget(self, key: bytes) -> bool:
        """Forget everything of one account: its state, what was set for it, its calls; returns whether there was one.

        Numbers that faults and limits count begin anew for it. What others did stays.
        """
        self.limiter.forget(key)
        self.faults.forget(key)
        self.journal.clear(name_of(key))
        return self.accounts.forget(key)

    def now(self, start: int) -> int:
        """What the content clock says, in seconds since 1970 UTC, given where its edition starts it."""
        return start + self.moved
