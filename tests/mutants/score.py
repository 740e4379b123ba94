"""Run the checks against every mutant, and count."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

import uvicorn

from contract_tests import catalogue, runner
from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.schema import rules
from contract_tests.target import Target
from mock_server import edition
from mock_server.app import create_app
from mock_server.server import listen, url_of
from mock_server.settings import Settings
from tests.mutants import harmless, wrong_accounts, wrong_agents, wrong_chats, wrong_jobs, wrong_searches
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
)
HARMLESS: tuple[Mutant, ...] = harmless.HARMLESS
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


def take(seeds: Sequence[int], *, only: set[str] | None = None) -> Score:
    """Run the full profile: of the checks that fit a wrong server until one fails, of all against harmless ones."""
    score = Score()
    with serving() as url:
        for seed in seeds:
            for mutant in (one for one in WRONG if not only or one.id in only):
                if caught(mutant, url, seed):
                    score.caught += 1
                else:
                    score.missed.append(f"{mutant.id} (seed {seed})")
            for mutant in (one for one in HARMLESS if not only or one.id in only):
                blame = blamed(mutant, url, seed)
                score.blamed += [f"{mutant.id} (seed {seed}): {finding}" for finding in blame]
                score.spared += not blame
    return score


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
    target = Target("fake", f"{url}/m/{mutant.id}~{seed}", "pplx-mock-check-key", edition.load("complete"))
    applying = [one for one in checks if one.applies("fake", target.edition)]
    with Client(target) as client:
        for result in runner.run(client, applying, seed=seed, thorough=True):
            for finding in result.findings:
                yield f"{finding.check}: {finding.expected}; came: {finding.came}"[: 60 if at_once else 400]


@contextmanager
def serving() -> Iterator[str]:
    """Serve all mutants on a free port of this process; gives the URL."""
    app = server(create_app(), {mutant.id: mutant for mutant in chain(WRONG, HARMLESS)})
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
