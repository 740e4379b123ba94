"""Run the checks against every mutant, and count."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context

import uvicorn

from contract_tests import catalogue, plan, runner
from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.schema import rules, suite
from contract_tests.target import Target
from mock_server import edition
from mock_server.app import create_app
from mock_server.server import listen, url_of
from mock_server.settings import Settings
from tests.mutants import (
    harmless,
    harmless_agents,
    wrong_accounts,
    wrong_agents,
    wrong_chats,
    wrong_jobs,
    wrong_nothing,
    wrong_searches,
)
from tests.mutants.mutant import Mutant, server

WRONG: tuple[Mutant, ...] = (
    *wrong_chats.CHATS,
    *wrong_chats.STREAMS,
    *wrong_searches.SEARCHES,
    *wrong_searches.EMBEDDINGS,
    *wrong_searches.MODELS,
    *wrong_searches.CITATIONS,
    *wrong_accounts.ACCOUNTS,
    *wrong_accounts.KEEPING,
    *wrong_accounts.REFUSALS,
    *wrong_accounts.DETERMINISM,
    *wrong_agents.ANSWERS,
    *wrong_agents.TOOLS,
    *wrong_agents.RUNS,
    *wrong_agents.EVENTS,
    *wrong_agents.TASKS,
    *wrong_jobs.JOBS,
    *wrong_jobs.CONTEXTUAL,
    *wrong_jobs.TOKENS,
    *wrong_jobs.SESSIONS,
    *wrong_nothing.NOTHING,
)
HARMLESS: tuple[Mutant, ...] = (*harmless.HARMLESS, *harmless_agents.HARMLESS)
ALL_AT_ONCE = harmless.ALL_AT_ONCE
ALL: dict[str, Mutant] = {mutant.id: mutant for mutant in (*WRONG, *HARMLESS)}
WANTED_SHARE = 0.97


@dataclass
class Score:
    """How the checks did."""

    caught: int = 0
    missed: list[str] = field(default_factory=list)
    blamed: list[str] = field(default_factory=list)
    spared: int = 0

    @property
    def share(self) -> float:
        """The share of the wrong servers, over all seeds, that a fitting check caught."""
        return self.caught / max(1, self.caught + len(self.missed))

    @property
    def good(self) -> bool:
        """Whether the bar is met."""
        return self.share >= WANTED_SHARE and not self.blamed


@dataclass(frozen=True)
class Job:
    """One server to check with one seed."""

    mutant: str
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What the checks said of one server."""

    job: Job
    caught: bool = False
    blame: tuple[str, ...] = ()


def take(seeds: Sequence[int], *, only: set[str] | None = None, workers: int | None = None) -> Score:
    """Run the full profile: of the checks that fit a wrong server until one fails, of all against harmless ones.

    The checks of the Schemathesis suite, which take minutes, are left out here; see `blamed_by_schemas`.
    """
    jobs = [Job(one.id, seed) for seed in seeds for one in ALL.values() if not only or one.id in only]
    count = workers or 2 * (os.cpu_count() or 1)  # half of the time is waiting for jobs
    shares = [jobs[start::count] for start in range(count)]
    score = Score()
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        for outcome in chain.from_iterable(pool.map(work, shares)):
            _add(score, outcome)
    return score


def work(jobs: Sequence[Job]) -> list[Outcome]:
    """Do some of the jobs, in this process."""
    with serving() as url:
        return [_outcome(job, url) for job in jobs]


def _outcome(job: Job, url: str) -> Outcome:
    mutant = ALL[job.mutant]
    if mutant.caught_by:
        return Outcome(job, caught=caught(mutant, url, job.seed))
    return Outcome(job, blame=tuple(blamed(mutant, url, job.seed)))


def _add(score: Score, outcome: Outcome) -> None:
    name = f"{outcome.job.mutant} (seed {outcome.job.seed})"
    if ALL[outcome.job.mutant].caught_by:
        score.caught += outcome.caught
        score.missed += [] if outcome.caught else [name]
    else:
        score.spared += not outcome.blame
        score.blamed += [f"{name}: {finding}" for finding in outcome.blame]


def blamed_by_schemas(seed: int) -> list[str]:
    """What the Schemathesis suite, in its quick profile, says against a server with all harmless changes at once."""
    with serving() as url, Client(_target(ALL_AT_ONCE, url, seed)) as client:
        chosen = plan.make(client.target, [rules.FAMILY], thorough=False, writes=True)
        results = [*suite.run(client, chosen, seed=seed)]
    not_run = [f"{one.check.id} was not run: {one.reason}" for one in results if one.verdict == "not run"]
    return not_run + [f"{one.check}: {one.came}; {one.request}" for result in results for one in result.findings]


def written(score: Score) -> str:
    """The score in words."""
    total = score.caught + len(score.missed)
    lines = [
        f"wrong servers     {len(WRONG)}, over all seeds {total}: {score.caught} caught ({score.share:.1%})",
        f"harmless servers  {len(HARMLESS)}, over all seeds {score.spared} left in peace, {len(score.blamed)} blamed",
        *(f"missed: {name}" for name in score.missed),
        *(f"blamed: {name}" for name in score.blamed),
    ]
    return "\n".join(lines) + "\n"


def caught(mutant: Mutant, url: str, seed: int) -> bool:
    """Whether a check that fits finds a wrong server wrong."""
    fitting = [one for one in catalogue.load() if _may_find(one, mutant)]
    fitting.sort(key=lambda one: not _fits(one.id, mutant))  # what is sure to ask the right operation comes first
    return any(_fits(check, mutant) for check in _findings(mutant, fitting, url, seed, at_once=True))


def blamed(mutant: Mutant, url: str, seed: int) -> list[str]:
    """What all checks say against a harmless server."""
    checks = [one for one in catalogue.load() if not one.id.startswith(rules.FAMILY)]
    return list(_findings(mutant, checks, url, seed, at_once=False))


def _may_find(check: Check, mutant: Mutant) -> bool:
    """Whether a check fits by its own id; what holds for every answer may come up in any check."""
    if check.id.startswith(rules.FAMILY):
        return False
    return _fits(check.id, mutant) or any(name.startswith("PPLX-WIRE") for name in mutant.caught_by)


def _fits(identity: str, mutant: Mutant) -> bool:
    return any(identity.startswith(name) for name in mutant.caught_by)


def _findings(mutant: Mutant, checks: Sequence[Check], url: str, seed: int, *, at_once: bool) -> Iterator[str]:
    target = _target(mutant, url, seed)
    applying = [one for one in checks if one.applies("fake", target.edition)]
    with Client(target) as client:
        for result in runner.run(client, applying, seed=seed, thorough=True):
            for finding in result.findings:
                yield f"{finding.check}: {finding.expected}; came: {finding.came}"[: 60 if at_once else 400]


def _target(mutant: Mutant, url: str, seed: int) -> Target:
    return Target("fake", f"{url}/m/{mutant.id}~{seed}", "pplx-mock-check-key", edition.load("complete"))


@contextmanager
def serving() -> Iterator[str]:
    """Serve all mutants on a free port of this process; gives the URL."""
    app = server(create_app(Settings(journal_entries=0)), {**ALL, ALL_AT_ONCE.id: ALL_AT_ONCE})
    listener = listen(Settings(port=0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off")
    fake = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(fake.serve([listener])), daemon=True)
    thread.start()
    try:
        yield url_of(listener)
    finally:
        fake.should_exit = True
        thread.join(10)
