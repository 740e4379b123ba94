"""Give a lane what a scenario says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mock_server.errors import SettingsError
from mock_server.faults import streams
from mock_server.faults.model import Fault, FaultFile
from mock_server.scenarios import reading, shelf
from mock_server.scenarios.model import Scenario
from mock_server.settings import Settings
from mock_server.state.lane import Lane


def apply(lane: Lane, name: str) -> Scenario:
    """Give a lane a scenario, on top of what it has.

    Args:
        lane: The lane.
        name: The scenario's name; the ids of its faults begin with it.

    Returns:
        The scenario.

    Raises:
        PplxMockError: There is no such scenario, or it does not fit what the lane has already.
    """
    scenario = shelf.load(name)
    if scenario.edition is not None:
        lane.edition = scenario.edition
    lane.habits = replace(
        lane.habits,
        grammar=scenario.grammar or lane.habits.grammar,
        faults=lane.habits.faults + streams.parse(scenario.stream_fault or ""),
    )
    _limit(lane, scenario)
    lane.faults.add(*scenario.faults, prefix=name)
    for stub in scenario.stubs:
        lane.stubs.add(stub, source=name)
    return scenario


def _limit(lane: Lane, scenario: Scenario) -> None:
    if scenario.tier is not None:
        lane.limiter.set_tier(None, scenario.tier)
    if scenario.limits is not None:
        lane.limiter.set_limits(None, scenario.limits)
    if scenario.retry_after is not None:
        lane.limiter.retry_after = scenario.retry_after


def faults_of(settings: Settings) -> tuple[Fault, ...]:
    """Read the file of faults that a server was given; raises `PplxMockError`."""
    if not settings.faults:
        return ()
    return tuple(reading.read(FaultFile, Path(settings.faults)).faults)


def check(settings: Settings) -> None:
    """Check that there are the scenarios that a server was given; raises `SettingsError`."""
    for name in settings.scenario:
        try:
            shelf.load(name)
        except reading.UnreadableError as error:
            raise SettingsError(f"scenario: {error}") from None
