"""The pytest plugin: fixtures, options and reports.

pytest imports this module at every start, used or not. So it imports nothing but pytest and two small modules; all else
waits until a test asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mock_server.pytest_plugin import options

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mock_server.embedded import PerplexityMock

USED = pytest.StashKey["PerplexityMock"]()
"""Where a test keeps its fake."""
FAILED = pytest.StashKey[bool]()
"""Where it says that it failed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and ini lines."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; begin what was asked for."""
    options.add_marker(config)
    if config.getoption("perplexity_target") != options.FAKE:
        from mock_server.pytest_plugin import live  # noqa: PLC0415  # heavy

        live.target(config)  # what is wrong with it is wrong for all tests
    if config.getoption("perplexity_coverage") is not None:
        from mock_server.pytest_plugin.summary import Summary  # noqa: PLC0415  # heavy

        config.pluginmanager.register(Summary(config))
    if config.getoption("perplexity_guard") or config.getini("perplexity_guard"):
        from mock_server.pytest_plugin.guard import guard  # noqa: PLC0415  # not needed by most runs

        guard.raise_()
        config.add_cleanup(guard.lower)


@pytest.fixture
def perplexity_mock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PerplexityMock]:
    """A fake of the Perplexity API for this test alone: the code under test talks to it, unchanged, offline.

    PERPLEXITY_API_KEY, PPLX_API_KEY and PERPLEXITY_BASE_URL lead clients to it, and the live API is out of reach.
    It has `url`, `api_key`, `client()`, `when(...)`, `fail(...)`, `limits(...)`, `clock`, `calls`, `verdict`, `cost`
    and more; see docs/pytest.md. The marker `perplexity_mock` says how it is made.
    """
    from mock_server.pytest_plugin import session  # noqa: PLC0415  # heavy

    with session.mock_for(request, monkeypatch) as mock:
        request.node.stash[USED] = mock
        yield mock


@pytest.fixture(scope="session")
def perplexity_mock_server(request: pytest.FixtureRequest) -> str:
    """The base URL of a fake that serves the whole session, as text; no variables are set.

    Tests share its state. Give clients a key of their own (any will do) where that matters.
    """
    from mock_server.pytest_plugin import session  # noqa: PLC0415  # heavy

    return session.server_of(request.config).url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the calls of a test that failed."""
    report = yield
    mock = item.stash.get(USED, None)
    if call.excinfo is not None:
        item.stash[FAILED] = True  # also where the test was expected to fail
    if report.failed and mock is not None and mock.open:
        from mock_server.pytest_plugin import calls  # noqa: PLC0415  # heavy, and there already

        report.sections.append((calls.TITLE, calls.text(mock)))
    return report
