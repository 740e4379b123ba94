"""Chats that are answered later: what each will say, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mock_server.jsontypes import JSONObject
from mock_server.state.collections import Entry
from mock_server.state.ledger import Key
from mock_server.state.memory import Bounded

MOST_JOBS = 1000

Status = Literal["CREATED", "IN_PROGRESS", "COMPLETED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Charge:
    """What an answer adds to the ledger."""

    key: Key
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ends.

    Args:
        response: The answer; nothing where it fails.
        error: Why it fails.
        charge: What it is billed; a failed one is not.
        collection: The collection that remembers it, if one does, and `entry` what it remembers.
    """

    response: JSONObject | None = None
    error: str | None = None
    charge: Charge | None = None
    collection: str | None = None
    entry: Entry | None = None


@dataclass(slots=True, eq=False)
class Job:
    """One job.

    Args:
        id: Its id.
        edition: The edition that it was made in, the only one that knows it.
        model: The model's name.
        request: The digest of what was asked.
        created_at: When, by the content clock, in seconds since 1970 UTC; so are `started_at` and `ended_at`.
        started_at: When the work begins.
        ended_at: When it ends.
        begins: When the work begins, by the pacing clock, in seconds.
        ends: When it ends.
        outcome: How it ends.
        settled: Whether it was billed and remembered.
    """

    id: str
    edition: str
    model: str
    request: bytes
    created_at: int
    started_at: int
    ended_at: int
    begins: float
    ends: float
    outcome: Outcome
    settled: bool = False

    def status(self, moment: float) -> Status:
        """How far it is at a moment of the pacing clock."""
        if moment < self.begins:
            return "CREATED"
        if moment < self.ends:
            return "IN_PROGRESS"
        return "COMPLETED" if self.outcome.error is None else "FAILED"


class Jobs:
    """The jobs of an account, in the order they were made; the oldest go beyond `MOST_JOBS`."""

    def __init__(self) -> None:
        self._jobs: Bounded[str, Job] = Bounded(MOST_JOBS)
        self._keys: Bounded[tuple[str, str], str] = Bounded(MOST_JOBS)

    def put(self, job: Job, key: str | None) -> None:
        """Add a job, under an idempotency key if it has one."""
        self._jobs.put(job.id, job)
        if key is not None:
            self._keys.put((job.edition, key), job.id)

    def find(self, name: str, edition: str, *, born: int) -> Job | None:
        """Find a job of an edition that was made after `born`, by its id."""
        job = self._jobs.get(name)
        return job if job is not None and job.edition == edition and job.created_at > born else None

    def keyed(self, key: str, edition: str, *, born: int) -> Job | None:
        """Find a job of an edition that was made after `born`, by its idempotency key."""
        name = self._keys.get((edition, key))
        return None if name is None else self.find(name, edition, born=born)

    def page(self, edition: str, *, born: int, start: str | None, limit: int) -> tuple[list[Job], str | None] | None:
        """Take a page of the jobs of an edition that were made after `born`, the newest first.

        Args:
            edition: The edition.
            born: When the youngest expired one was made, by the content clock.
            start: The id of the first job of the page, or nothing for the first page.
            limit: The most jobs of a page.

        Returns:
            The jobs and where the next page starts; nothing where `start` is no job.
        """
        kept = [job for job in reversed(self._jobs.values()) if job.edition == edition and job.created_at > born]
        names = [job.id for job in kept]
        if start is not None and start not in names:
            return None
        first = 0 if start is None else names.index(start)
        return kept[first : first + limit], next(iter(names[first + limit :]), None)

    def due(self, moment: float) -> Iterator[Job]:
        """Take the jobs that have ended and were not taken yet, in the order they were made."""
        for job in self._jobs.values():
            if not job.settled and job.ends <= moment:
                job.settled = True
                yield job
