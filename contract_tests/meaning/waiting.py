"""Waiting for what goes on in the background: ever longer, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract_tests import reading
from contract_tests.probe import Probe
from mock_server.jsontypes import JSONObject

MOST_READS = 32
"""The most reads of one run or job."""
_FIRST, _GROWTH, _LONGEST = 0.05, 1.5, 10.0
_PATIENCE, _PATIENCE_WITH_FAKE = 180.0, 3.0
"""Seconds of waiting until a run or a job is taken to hang; the fake's take one (fixtures/presets.yaml, jobs.yaml)."""


def reads(
    probe: Probe, operation: str, path: dict[str, str], going: Sequence[str], *, key: str | None = None
) -> Iterator[JSONObject]:
    """Read something until it has ended; gives what each read says, the first one at once.

    Args:
        probe: Whom to ask.
        operation: What reads it, and `path` its path's parameters.
        path: See there.
        going: The statuses of what goes on, in their order.
        key: Another key than the check's.

    Raises:
        UnmetError: It goes back from one status to an earlier one, or goes on for too long.
    """
    reached = 0
    for _ in _moments(probe):
        body = probe.call(operation, path=path, key=key).object
        status = reading.text(body, "status")
        place = going.index(status) if status in going else len(going)
        probe.require(place >= reached, "a status that never goes back", status)
        reached = place
        yield body
        if place == len(going):
            return
    probe.require(False, "an end in time", f"{going[reached]} all the time")  # noqa: FBT003  # there is none


def _moments(probe: Probe) -> Iterator[None]:
    patience = _PATIENCE_WITH_FAKE if probe.target.is_fake else _PATIENCE
    waited, seconds = 0.0, _FIRST
    while waited <= patience:
        yield
        probe.client.stopwatch.wait(seconds)
        waited += seconds
        seconds = min(_GROWTH * seconds, _LONGEST)
