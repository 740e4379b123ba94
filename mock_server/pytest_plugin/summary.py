"""The coverage of a run: printed at its end, gathered from workers, and a failure where it is too little."""

from __future__ import annotations

import pytest

from mock_server.pytest_plugin import coverage

SENT = "pplx_mock_coverage"
"""Under what name a worker sends what it has met."""


class Summary:
    """The part of the plugin that `--perplexity-coverage` switches on.

    Args:
        config: Of the run.

    Raises:
        pytest.UsageError: There is no such edition.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._threshold: float = config.getoption("perplexity_coverage")
        coverage.face_of(config)  # what is wrong with it is to be known before the tests, not after
        self._is_worker = hasattr(config, "workerinput")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what a worker has met, or fail a run that met too little."""
        if self._is_worker:
            sent: dict[str, object] = session.config.workeroutput  # type: ignore[attr-defined]  # xdist's
            sent[SENT] = coverage.packed(self._config)
        elif session.exitstatus == pytest.ExitCode.OK and coverage.falls_short(
            coverage.measured(self._config), self._threshold
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take what a worker has met; one that crashed has sent nothing."""
        sent = getattr(node, "workeroutput", {}).get(SENT)
        if sent:
            coverage.unpack(self._config, sent)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print it."""
        found = coverage.measured(self._config)
        terminalreporter.section("Perplexity coverage")
        for line in coverage.report(found, self._threshold, verbose=terminalreporter.verbosity > 0):
            terminalreporter.write_line(line, red=line.startswith("FAIL"))
