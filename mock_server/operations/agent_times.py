"""When a background run works, and the pace at which a stream tells a run that still does."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.settings import FASTEST, LONGEST
from mock_server.state.habits import UNPACED, Pace
from mock_server.state.runs import Run
from mock_server.world import tokens

_FRAMES_AROUND = 10
"""About how many events a stream has beside those of its text."""
_MARGIN = 1e-6
"""Seconds that a stream outlasts its run by: clocks tell whole nanoseconds, and sums of gaps are not exact."""


def span(call: Call, text: str, moment: float) -> tuple[float, float]:
    """When a background run begins to work, and when it ends: at the pace that streams have, where there is one.

    Args:
        call: What asks for it.
        text: What it will say.
        moment: When it is asked for, by the pacing clock.
    """
    usual, pace = call.facts.agent.background, call.habits.pace
    if pace == UNPACED:
        return moment + usual.queued, moment + usual.queued + usual.running
    begins = moment + pace.ttft
    return begins, begins + ((tokens.count(text) + _FRAMES_AROUND) / pace.tps if pace.tps else 0.0)


def pace(run: Run, moment: float, wished: Pace, frames: int) -> Pace:
    """The pace at which a run that still works is told: it begins and ends no sooner than the run itself.

    Args:
        run: The run.
        moment: When the stream starts, by the pacing clock.
        wished: The pace that was asked for.
        frames: How many there are to tell.
    """
    first = max(run.begins - moment, wished.ttft)
    left = run.ends + _MARGIN - moment - first
    gaps = frames - 1 - wished.jitter / 2
    if gaps <= 0:
        return Pace(ttft=min(first + max(left, 0.0), LONGEST))
    fastest = min(wished.tps or FASTEST, FASTEST)
    tps = min(fastest, gaps / left) if left > 0 else wished.tps
    return Pace(ttft=min(first, LONGEST), tps=tps, jitter=wished.jitter)
