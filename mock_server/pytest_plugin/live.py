"""Runs against a server that is no fake: which one, with which key, for how much."""

from __future__ import annotations

import os
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import pytest

from mock_server.contract import editions
from mock_server.embedded.budget import Budget
from mock_server.embedded.environment import KEYS
from mock_server.embedded.target import Target
from mock_server.pytest_plugin.guard import guard
from mock_server.pytest_plugin.options import FAKE, LIVE

if TYPE_CHECKING:
    from mock_server.pytest_plugin.wishes import Wishes

_SCHEMES = ("http://", "https://")


def target(config: pytest.Config) -> Target | None:
    """The server that tests talk to in place of the fake, if they do; raises `pytest.UsageError`."""
    named: str = config.getoption("perplexity_target")
    if named == FAKE:
        return None
    if named != LIVE and not named.startswith(_SCHEMES):
        raise pytest.UsageError(f"--perplexity-target is fake, live or a URL, got {named!r}")
    return Target(_url(named), _key(named), _budget(config), guard.exempt)


def check(target: Target, wished: Wishes) -> None:
    """Skip a test that wishes what no live server does, and fail it where there is nothing left to spend."""
    if wished.scripts:
        pytest.skip(f"the marker's {wished.scripts!r} scripts what the API does, and the target of this run is no fake")
    if target.budget.spent:
        pytest.fail(f"nothing was asked, as the budget of this run is spent: {target.budget}", pytrace=False)


def _url(named: str) -> str:
    if named != LIVE:
        return named
    servers = editions.document_for(editions.COMPLETE)["servers"]
    first = servers[0] if isinstance(servers, list) else None
    return str(first["url"]) if isinstance(first, dict) else ""


def _key(named: str) -> str:
    key = next((os.environ[name] for name in KEYS if os.environ.get(name)), "")
    if not key and named == LIVE:
        raise pytest.UsageError(f"--perplexity-target live needs a key of the vendor's: set {KEYS[0]}")
    return key or "no-key"


def _budget(config: pytest.Config) -> Budget:
    """The budget of this process: its share, where there are several."""
    try:
        cost = Decimal(config.getoption("perplexity_max_cost"))
    except InvalidOperation:
        raise pytest.UsageError(
            f"--perplexity-max-cost is in US dollars, got {config.getoption('perplexity_max_cost')!r}"
        ) from None
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    return Budget(config.getoption("perplexity_max_requests") // workers, cost / workers)
