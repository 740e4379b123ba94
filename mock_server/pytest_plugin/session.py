"""The server of a test run, and the fake of each test on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import pytest

from mock_server.embedded import MockServer, PerplexityMock, counts
from mock_server.errors import PplxMockError
from mock_server.pytest_plugin import FAILED, coverage, live, wishes
from mock_server.pytest_plugin.guard import guard
from mock_server.pytest_plugin.wishes import Wishes

_SERVERS = pytest.StashKey[dict[int, MockServer]]()


def server_of(config: pytest.Config) -> MockServer:
    """The server of this process, started on first use and stopped at the end of the run.

    A forked child starts one of its own, as threads do not come along.
    """
    servers = config.stash.setdefault(_SERVERS, {})
    found = servers.get(os.getpid())
    if found is None:
        found = servers[os.getpid()] = MockServer(target=live.target(config)).start()
        config.add_cleanup(found.stop)
    return found


@contextmanager
def mock_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PerplexityMock]:
    """Make the fake of a test, lead clients to it, and hold the live host out of reach."""
    node = request.node
    wished = wishes.of(node, request.config)
    with ExitStack() as stack:
        mock = stack.enter_context(_made(node, request.config, wished))
        for name, value in mock.environment(openai=wished.openai).items():
            monkeypatch.setenv(name, value)
        if wished.guard:
            stack.enter_context(guard.up())
        before = len(guard.stopped)
        yield mock
        if request.config.getoption("perplexity_coverage") is not None:
            counts.add(coverage.tally_of(request.config), mock.tally)
        if len(guard.stopped) > before and not node.stash.get(FAILED, False):
            # A thread was stopped, or somebody swallowed the failure.
            pytest.fail(guard.stopped[-1], pytrace=False)


def _made(node: pytest.Item, config: pytest.Config, wished: Wishes) -> PerplexityMock:
    """Make it as wished; a wish that cannot be met fails the test."""
    server = server_of(config)
    if server.target is not None:
        live.check(server.target, wished)
    with ExitStack() as stack:
        try:
            mock = stack.enter_context(
                PerplexityMock(server.engine, edition=wished.edition, seed=wished.seed, refuse=_skip)
            )
            mock.folder = wishes.stubs_folder(node.path, config)
            if server.target is None:
                _prepare(mock, wished)
        except (PplxMockError, ValueError) as error:
            raise wishes.refusal(node, str(error)) from None
        stack.pop_all()
    return mock


def _prepare(mock: PerplexityMock, wished: Wishes) -> None:
    """Do what the markers say; raises `PplxMockError` or `ValueError` where that cannot be."""
    mock.clock.waits = wished.clock
    if wished.limits or wished.tier is not None:
        mock.limits(*wished.limits, tier=wished.tier)
    if wished.scenario:
        mock.scenario(wished.scenario)
    if wished.stubs or wished.strict:
        mock.load(*wished.stubs, strict=wished.strict)


def _skip(what: str) -> NoReturn:
    pytest.skip(f"perplexity_mock.{what} scripts what the API does, and the target of this run is no fake")
