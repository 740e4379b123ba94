"""Agents' runs: what each gives in the end, how far it is, and what the next task may go on from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mock_server.jsontypes import JSONObject
from mock_server.state.jobs import Charge
from mock_server.state.memory import Bounded

MOST_RUNS = 1000

QUEUED, RUNNING, CANCELLED = "queued", "in_progress", "cancelled"


@dataclass(frozen=True, slots=True)
class File:
    """A file that a run's sandbox shared."""

    id: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Memory:
    """What a task that goes on from a run knows of it: the question, the open calls by `call_id`, and its tokens."""

    question: str
    calls: Mapping[str, str]
    tokens: int


@dataclass(slots=True, eq=False)
class Run:
    """One run.

    Args:
        id: Its id, `resp_` and a UUID.
        edition: The edition that it was made in, the only one that knows it.
        opening: Its body before it has done anything.
        body: Its body in the end, unless it is cancelled.
        stored: Whether it can be retrieved.
        created_at: When it was made, by the content clock, in seconds since 1970 UTC.
        begins: When the work begins, by the pacing clock, in seconds, and `ends` when it ends.
        memory: What the next task knows of it.
        charge: What it is billed once it has ended, unless that was done before.
        files: What its sandbox shared.
        pieces: Its text as a stream tells it, where a stub says so.
        unchecked: Whether its body may break the contract, as the stub or the fault that changed it wants.
        stops: When it stops, by the pacing clock, if it was cancelled.
    """

    id: str
    edition: str
    opening: JSONObject
    body: JSONObject
    stored: bool
    created_at: int
    begins: float
    ends: float
    memory: Memory
    charge: Charge | None = None
    files: tuple[File, ...] = ()
    pieces: tuple[str, ...] = ()
    unchecked: bool = False
    stops: float | None = None

    def status(self, moment: float) -> str:
        """How far it is at a moment of the pacing clock."""
        if self.stops is not None and moment >= self.stops:
            return CANCELLED
        if moment < self.begins:
            return QUEUED
        return RUNNING if self.runs(moment) else str(self.body.get("status"))

    def runs(self, moment: float) -> bool:
        """Whether it is still to end; one that was cancelled ends by stopping, and in no other way."""
        return moment < (self.ends if self.stops is None else self.stops)

    def share(self, moment: float) -> float:
        """How much of its work is done, from 0 to 1."""
        if self.stops is not None:
            moment = min(moment, self.stops)
        if moment < self.begins:
            return 0.0
        return 1.0 if moment >= self.ends else (moment - self.begins) / (self.ends - self.begins)

    def cancel(self, moment: float, delay: float) -> bool:
        """Let it stop a little later; returns whether it still could be cancelled."""
        if not self.runs(moment):
            return False
        if self.stops is None:
            self.stops = moment + delay
        return True


class Runs:
    """The runs of an account; the oldest go beyond `MOST_RUNS`."""

    def __init__(self) -> None:
        self._runs: Bounded[str, Run] = Bounded(MOST_RUNS)
        self._unbilled: Bounded[str, Run] = Bounded(MOST_RUNS)

    def put(self, run: Run) -> None:
        """Add a run."""
        self._runs.put(run.id, run)
        if run.charge is not None:
            self._unbilled.put(run.id, run)

    def find(self, name: str, edition: str) -> Run | None:
        """Find a run of an edition that can be retrieved."""
        run = self._runs.get(name)
        return run if run is not None and run.stored and run.edition == edition else None

    def continued(self, name: str, edition: str, moment: float) -> Run | None:
        """Find a run of an edition that has ended well, for a task that goes on from it, be it stored or not."""
        run = self._runs.get(name)
        if run is None or run.edition != edition or run.runs(moment) or run.stops is not None:
            return None
        return run if run.body.get("status") in _WELL_ENDED else None

    def due(self, moment: float) -> Iterator[Charge]:
        """Take the charges of runs that have ended and were not billed yet; what was cancelled costs nothing."""
        for run in [run for run in self._unbilled.values() if not run.runs(moment)]:
            del self._unbilled[run.id]
            if run.stops is None and run.charge is not None:
                yield run.charge


_WELL_ENDED = frozenset({"completed", "requires_action"})
