"""The parts of a lane, each of which can be put back alone to what it is in a new lane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from mock_server.state.lane import Lane

Part = Literal["accounts", "clock", "edition", "faults", "journal", "limits", "seed", "streams", "stubs"]
Restore = Callable[[Lane, Lane], None]


def _anew(attribute: Literal["edition", "faults", "habits", "seed", "stubs"]) -> Restore:
    """Restore what a new lane has in an attribute, and nothing else holds on to."""

    def restore(lane: Lane, fresh: Lane) -> None:
        setattr(lane, attribute, getattr(fresh, attribute))

    return restore


def _clock(lane: Lane, fresh: Lane) -> None:
    """The content clock goes back; the pacing clock only runs or stands again, as some may wait for its moments."""
    lane.moved = fresh.moved
    if fresh.clock.mode == "real":
        lane.clock.run()
    else:
        lane.clock.freeze()


def _limits(lane: Lane, fresh: Lane) -> None:
    lane.limiter = fresh.limiter
    lane.accounts.hold_to(fresh.limiter)


PARTS: dict[Part, Restore] = {
    "accounts": lambda lane, _: lane.accounts.clear(),
    "clock": _clock,
    "edition": _anew("edition"),
    "faults": _anew("faults"),
    "journal": lambda lane, _: lane.journal.reset(),
    "limits": _limits,
    "seed": _anew("seed"),
    "streams": _anew("habits"),
    "stubs": _anew("stubs"),
}
