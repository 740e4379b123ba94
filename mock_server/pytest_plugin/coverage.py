"""What of the contract a run has met, over all its tests and all its processes."""

from __future__ import annotations

import pytest

from mock_server import edition
from mock_server.edition import Edition
from mock_server.embedded import counts
from mock_server.embedded.counts import Row
from mock_server.errors import PplxMockError
from mock_server.insight import coverage
from mock_server.insight.coverage import Coverage
from mock_server.journal.tally import Tally

_TALLY = pytest.StashKey[Tally]()


def tally_of(config: pytest.Config) -> Tally:
    """What this process knows to be met so far; whoever has more adds to it."""
    return config.stash.setdefault(_TALLY, Tally())


def packed(config: pytest.Config) -> list[Row]:
    """What a worker has met, to be sent to whoever it works for."""
    return [*counts.rows(tally_of(config))]


def unpack(config: pytest.Config, sent: list[Row]) -> None:
    """Add what a worker has met."""
    counts.add_rows(tally_of(config), sent)


def face_of(config: pytest.Config) -> Edition:
    """The edition whose contract is to be met; raises `pytest.UsageError` where there is none of its name."""
    name = config.getoption("perplexity_edition") or config.getini("perplexity_edition")
    try:
        return edition.load(str(name))
    except PplxMockError as error:
        raise pytest.UsageError(str(error)) from None


def measured(config: pytest.Config) -> Coverage:
    """Hold what was met against the contract."""
    return coverage.measure(tally_of(config), face_of(config))


def report(found: Coverage, threshold: float, *, verbose: bool) -> list[str]:
    """Write it for a terminal; what was not met where it is to be verbose, or where it is too little."""
    lines = coverage.table(found, missing=verbose).splitlines()
    if falls_short(found, threshold):
        lines.append(f"FAIL: {found.percent:g} % of the contract was met, and {threshold:g} % are required")
    return lines


def falls_short(found: Coverage, threshold: float) -> bool:
    """Whether less was met than is required."""
    return found.percent < threshold
