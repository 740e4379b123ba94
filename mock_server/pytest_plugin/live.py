"""Runs against a server that is no fake: which one, with which key, for how much."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from mock_server.contract import editions
from mock_server.embedded.budget import Budget
from mock_server.embedded.environment import KEYS
from mock_server.embedded.target import Target, TargetKeyError
from mock_server.pytest_plugin.guard import guard
from mock_server.pytest_plugin.options import FAKE, LIVE

if TYPE_CHECKING:
    from mock_server.pytest_plugin.wishes import Wishes

_TARGET = pytest.StashKey["Target | None"]()


def target(config: pytest.Config) -> Target | None:
    """The server that tests talk to in place of the fake, if they do; raises `pytest.UsageError`."""
    if _TARGET not in config.stash:
        config.stash[_TARGET] = _made(config)
    return config.stash[_TARGET]


def _made(config: pytest.Config) -> Target | None:
    named: str = config.getoption("perplexity_target")
    if named == FAKE:
        return None
    if named != LIVE and not _is_url(named):
        raise pytest.UsageError(f"--perplexity-target is fake, live or a URL, got {named!r}")
    try:
        return Target(_url(named), _key(named), _budget(config), guard.exempt)
    except TargetKeyError as error:
        raise pytest.UsageError(str(error)) from None


def check(target: Target, wished: Wishes) -> None:
    """Skip a test that wishes what no live server does, and fail it where there is nothing left to spend."""
    if wished.scripts:
        pytest.skip(f"the marker's {wished.scripts!r} scripts what the API does, and the target of this run is no fake")
    if target.budget.spent:
        pytest.fail(f"nothing was asked, as the budget of this run is spent: {target.budget}", pytrace=False)


def _is_url(named: str) -> bool:
    try:
        found = urlsplit(named)
        return found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:
        return False


def _url(named: str) -> str:
    if named != LIVE:
        return named
    servers = editions.document_for(editions.COMPLETE)["servers"]
    first = servers[0] if isinstance(servers, list) else None
    return str(first["url"]) if isinstance(first, dict) else ""


def _key(named: str) -> str:
    key = next((os.environ[name].strip() for name in KEYS if os.environ.get(name, "").strip()), "")
    if not key and named == LIVE:
        raise pytest.UsageError(f"--perplexity-target live needs a key of the vendor's: set {KEYS[0]}")
    return key or "no-key"


def _budget(config: pytest.Config) -> Budget:
    """The budget of this process: its share, where there are several."""
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    requests, cost = config.getoption("perplexity_max_requests"), config.getoption("perplexity_max_cost")
    return Budget(requests // workers, cost / workers)
