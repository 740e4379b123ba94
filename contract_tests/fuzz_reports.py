"""What Schemathesis reports about a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SCENARIO = b'{"ScenarioFinished"'


class Operations(BaseModel):
    """How many operations were to be tested, and were."""

    selected: int
    tested: int


class Requests(BaseModel):
    """How many requests were made up, and how many kinds of failure they found."""

    generated: int
    unique_failures: int


class Verdict(BaseModel):
    """The report `json`; `filtered` counts the failures that a hook dropped."""

    operations: Operations
    test_cases: Requests
    filtered: int
    running_time: float
    complete: bool


class Case(BaseModel):
    """A request; one with a parent was sent by a check, not by a phase."""

    parent_id: str | None = None


class Recorder(BaseModel):
    """The requests of a scenario by their ids."""

    label: str | None
    cases: dict[str, Case] = Field(default_factory=dict)

    @property
    def made_up(self) -> list[Case]:
        """The requests that the phase sent."""
        return [case for case in self.cases.values() if case.parent_id is None]


class Scenario(BaseModel):
    """What one phase did with one operation."""

    phase: str
    recorder: Recorder


class Event(BaseModel):
    """A line of the report `ndjson` that tells of the end of a scenario."""

    finished: Scenario = Field(alias="ScenarioFinished")


def examples(events: Path, labels: Sequence[str]) -> dict[str, int]:
    """Count the examples that the phase `fuzzing` sent.

    Args:
        events: The report `ndjson`.
        labels: Which operations to count, such as ``POST /search``.

    Returns:
        A number for each of them.

    """
    counts = dict.fromkeys(labels, 0)
    with events.open("rb") as lines:
        for line in lines:
            if line.startswith(_SCENARIO):
                scenario = Event.model_validate_json(line).finished
                if scenario.phase == "fuzzing" and scenario.recorder.label in counts:
                    counts[scenario.recorder.label] += len(scenario.recorder.made_up)
    return counts
