"""The options of the commands that look at what clients did: tail, verdict, coverage and cost; light, for `--help`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction

COMMANDS = ("tail", "verdict", "coverage", "cost")

_TAIL = """
follow the journal of a running server, one line a call

examples:
  pplx-mock tail                      the last ten calls, then each new one
  pplx-mock tail --once --last 100    the last hundred, and done
  pplx-mock tail --lane checkout      another lane
  pplx-mock tail --json > calls.json  whole calls, one a line, for the commands below
"""
_VERDICT = """
say what a client did wrong: retries that came too early, too often, in vain or
not at all, cut streams taken for whole, leaked keys, unknown fields

examples:
  pplx-mock verdict                   of the clients of a running server
  pplx-mock verdict calls.json        of saved calls, an HTTP Archive (HAR) too
  pplx-mock verdict --proven          what is only suspected does not count

exit codes: 0 nothing to say, 1 findings, 2 could not run or there were no calls
"""
_COVERAGE = """
say how much of the contract calls have met: operations, fields, parameters,
statuses, modes of streams, kinds of errors

examples:
  pplx-mock coverage --missing            with what was not met
  pplx-mock coverage --threshold 40       fail below 40 %
  pplx-mock coverage --edition 2026-10    of another edition's contract

exit codes: 0 done, 1 below the threshold, 2 could not run or there were no calls
"""
_COST = """
say what calls would have cost live, exactly

examples:
  pplx-mock cost                      by operation and model
  pplx-mock cost --each               call by call, too
"""


def add(commands: _SubParsersAction[ArgumentParser]) -> None:
    """Add the commands to a command line."""
    plain = RawDescriptionHelpFormatter
    tail = commands.add_parser("tail", help="follow the journal", description=_TAIL, formatter_class=plain)
    _add_server(tail)
    tail.add_argument("--json", action="store_true", help="print whole calls as JSON, one a line")
    tail.add_argument("--last", metavar="NUMBER", type=int, default=10, help="calls to begin with (10)")
    tail.add_argument("--once", action="store_true", help="do not wait for more")
    verdict = commands.add_parser("verdict", help="judge a client", description=_VERDICT, formatter_class=plain)
    _add_source(verdict)
    verdict.add_argument("--over", action="store_true", help="who was told to wait and has not come again gave up")
    verdict.add_argument("--proven", action="store_true", help="leave out what is only suspected")
    coverage = commands.add_parser("coverage", help="measure coverage", description=_COVERAGE, formatter_class=plain)
    _add_source(coverage)
    coverage.add_argument("--edition", default="complete", help="edition whose contract is meant (complete)")
    coverage.add_argument("--threshold", metavar="PERCENT", type=float, help="fail below it (none)")
    coverage.add_argument("--missing", action="store_true", help="list what was not met")
    cost = commands.add_parser("cost", help="add up costs", description=_COST, formatter_class=plain)
    _add_source(cost)
    cost.add_argument("--each", action="store_true", help="list the calls, too")


def run(options: Namespace) -> int:
    """Run one of them; raises `PplxMockError`."""
    if options.command == "tail":
        from mock_server.cli import tail  # noqa: PLC0415  # heavy

        return tail.run(options)
    from mock_server.cli import reports  # noqa: PLC0415  # heavy

    return reports.run(options)


def _add_source(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="saved calls: HAR or JSON (a running server's)")
    _add_server(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_server(parser: ArgumentParser) -> None:
    parser.add_argument("--url", help="of the server (PERPLEXITY_BASE_URL if it is on this machine, else port 4010)")
    parser.add_argument("--lane", default="", metavar="NAME", help="lane (the default one)")
    parser.add_argument("--control-token", metavar="TOKEN", help="what the server's /__admin/ wants to be shown (none)")
