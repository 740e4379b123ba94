"""`pplx-mock verdict`, `coverage` and `cost`: of a running server, or of saved calls."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from pydantic import BaseModel

from mock_server import edition
from mock_server.cli.asking import server_of
from mock_server.errors import PplxMockError
from mock_server.insight import cost, coverage, saved, verdict
from mock_server.insight.cost import Cost
from mock_server.insight.coverage import Coverage
from mock_server.insight.finding import Verdict
from mock_server.insight.terminal import silence
from mock_server.journal.entry import Entry
from mock_server.journal.tally import Tally

_OK, _FINDINGS = 0, 1
_HUNDRED = 100


class NoCallsError(PplxMockError):
    """There is nothing to report of."""


def run(options: Namespace) -> int:
    """Print a report; raises `PplxMockError` where there is no server, no such file, or no call."""
    return {"verdict": _verdict, "coverage": _coverage, "cost": _cost}[options.command](options)


def _verdict(options: Namespace) -> int:
    if options.file:
        found = verdict.judge(_saved(options))
    else:
        found = server_of(options).get("verdict", Verdict, over="true" if options.over else "false")
    if options.proven:
        proven = [finding for finding in found.findings if finding.certainty == "proven"]
        found = found.model_copy(update={"findings": proven})
    _check_calls(found.judged)
    _print(options, found, verdict.table(found))
    return _OK if found.ok else _FINDINGS


def _coverage(options: Namespace) -> int:
    if options.threshold is not None and not 0 <= options.threshold <= _HUNDRED:
        raise PplxMockError(f"--threshold is 0 to 100 percent, got {options.threshold:g}")
    if options.file:
        found = coverage.measure(Tally(_saved(options)), edition.load(options.edition))
    else:
        found = server_of(options).get("coverage", Coverage, edition=options.edition)
    _check_calls(found.calls)
    _print(options, found, coverage.table(found, missing=options.missing))
    if options.threshold is None or found.percent >= options.threshold:
        return _OK
    sys.stderr.write(f"pplx-mock: {found.percent:g} % is below the threshold of {options.threshold:g} %\n")
    return _FINDINGS


def _cost(options: Namespace) -> int:
    if options.file:
        calls = _saved(options)
        found = cost.reckon(Tally(calls), calls, edition.load("complete").facts)
    else:
        found = server_of(options).get("cost", Cost)
    _print(options, found, cost.table(found, each=options.each))
    return _OK


def _saved(options: Namespace) -> list[Entry]:
    return saved.read(Path(options.file))


def _check_calls(count: int) -> None:
    """Refuse to be content with nothing; raises `NoCallsError`."""
    if not count:
        raise NoCallsError("there are no calls to look at; a run that tested nothing says nothing")


def _print(options: Namespace, report: BaseModel, text: str) -> None:
    """Print a report; where nobody reads it to its end, the exit code says the rest."""
    try:
        sys.stdout.write((report.model_dump_json(indent=2) if options.json else text) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
