"""The parts of a lane, each of which can be put back alone to what it is in a new lane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from mock_server.state.lane import Lane

Part = Literal["accounts", "clock", "edition", "faults", "journal", "limits", "seed", "streams", "stubs"]
Restore = Callable[[Lane, Lane], None]


def _accounts(lane: Lane, _: Lane) -> None:
    lane.accounts.clear()


def _clock(lane: Lane, fresh: Lane) -> None:
    """The content clock goes back; the pacing clock only runs or stands again, as some may wait for its moments."""
    lane.moved = fresh.moved
    if fresh.clock.mode == "real":
        lane.clock.run()
    else:
        lane.clock.freeze()


def _edition(lane: Lane, fresh: Lane) -> None:
    lane.edition = fresh.edition


def _faults(lane: Lane, fresh: Lane) -> None:
    lane.faults = fresh.faults


def _journal(lane: Lane, _: Lane) -> None:
    lane.journal.reset()


def _limits(lane: Lane, fresh: Lane) -> None:
    lane.limiter = fresh.limiter
    lane.accounts.hold_to(fresh.limiter)


def _seed(lane: Lane, fresh: Lane) -> None:
    lane.seed = fresh.seed


def _streams(lane: Lane, fresh: Lane) -> None:
    lane.habits = fresh.habits


def _stubs(lane: Lane, fresh: Lane) -> None:
    lane.stubs = fresh.stubs


PARTS: dict[Part, Restore] = {
    "accounts": _accounts,
    "clock": _clock,
    "edition": _edition,
    "faults": _faults,
    "journal": _journal,
    "limits": _limits,
    "seed": _seed,
    "streams": _streams,
    "stubs": _stubs,
}
