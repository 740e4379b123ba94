"""`pplx-mock check`: hold a server against the contract."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from contract_tests import catalogue, plan, reports, runner
from contract_tests.budget import Budget
from contract_tests.checks import Check
from contract_tests.client import TIMEOUT, Client
from contract_tests.findings import CouldNotTestError
from contract_tests.reports.terminal import Terminal
from contract_tests.runner import Report, Result
from contract_tests.targets import Wanted, opened

CONFORMING, FINDINGS, COULD_NOT_RUN = 0, 1, 2
DESCRIPTION = """
hold a server against the contract

examples:
  pplx-mock check                                        the fake, quickly
  pplx-mock check --target live --max-cost 0.50          the vendor; needs PERPLEXITY_API_KEY
  pplx-mock check --target http://127.0.0.1:8080         any other server
  pplx-mock check --profile full --report html=out.html  everything, as a page
  pplx-mock check --only PPLX-SEARCH                     one family of checks
  pplx-mock check --list                                 what is checked, and why

exit codes: 0 conforming, 1 findings, 2 could not run (nothing tested is 2)
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Give a parser the options of the command."""
    parser.add_argument("--target", default="fake", metavar="fake|live|URL", help="what to check (fake)")
    parser.add_argument("--edition", default="", help="edition to hold it against (fake: complete; else the newest)")
    parser.add_argument("--profile", default="quick", choices=["quick", "full"], help="how much to ask (quick)")
    parser.add_argument("--only", default="", metavar="CHECK,…", help="these checks, or families of checks (all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of what is made up (0)")
    parser.add_argument("--max-requests", type=int, metavar="N", help="stop before sending more (no bound)")
    parser.add_argument("--max-cost", metavar="USD", help="stop before paying more (live: 1)")
    parser.add_argument("--allow-writes", action="store_true", help="create and delete things at a live target")
    parser.add_argument("--timeout", type=float, default=TIMEOUT, metavar="SECONDS", help="patience (60)")
    parser.add_argument(
        "--report", default="", metavar="FORMAT=PATH,…", help=f"also write {', '.join(reports.FORMATS)}"
    )
    parser.add_argument("--list", action="store_true", help="print the checks, and stop")


def run(options: Namespace) -> int:
    """Run the command; returns its exit code."""
    try:
        return _list() if options.list else _check(options)
    except CouldNotTestError as error:
        sys.stderr.write(f"pplx-mock check: {error}\n")
        return COULD_NOT_RUN


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command by itself, as `python -m contract_tests` does."""
    parser = ArgumentParser("python -m contract_tests", description="hold a server against the contract")
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def _check(options: Namespace) -> int:
    wishes = reports.wishes(options.report)
    budget = _budget(options)
    only = [name.strip() for name in options.only.split(",") if name.strip()]
    with opened(Wanted(options.target, options.edition, options.seed)) as target:
        chosen = plan.make(target, only, thorough=options.profile == "full", writes=options.allow_writes)
        report = Report(target, options.profile, options.seed)
        terminal = Terminal(sys.stdout)
        terminal.begin(report, chosen)
        with Client(target, budget, timeout=options.timeout) as client:
            _fill(report, client, chosen, terminal)
    terminal.end(report)
    for wish in wishes:
        reports.write(report, wish)
    return verdict(report)


def _fill(report: Report, client: Client, chosen: plan.Plan, terminal: Terminal) -> None:
    started = client.stopwatch.now()
    for result in _results(client, chosen, report.seed, terminal):
        terminal.tell(result)
        report.results.append(result)
    report.requests, report.cost = client.budget.requests, client.budget.cost
    report.seconds = client.stopwatch.now() - started
    report.cut_short = next((result.reason for result in report.results if result.reason), "")


def _results(client: Client, chosen: plan.Plan, seed: int, terminal: Terminal) -> Iterator[Result]:
    """Run the checks of meaning one by one, then those of the schemas together."""
    yield from runner.run(client, chosen.meaning, seed=seed, thorough=chosen.thorough)
    if chosen.schema:
        from contract_tests.schema import suite  # noqa: PLC0415  # heavy

        yield from suite.run(client, chosen.schema, seed=seed, thorough=chosen.thorough, on_progress=terminal.count)


def verdict(report: Report) -> int:
    """The exit code that a report stands for."""
    if report.findings:
        return FINDINGS
    return CONFORMING if report.ran else COULD_NOT_RUN


def _budget(options: Namespace) -> Budget:
    said = options.max_cost if options.max_cost is not None else ("1" if options.target == "live" else None)
    try:
        most = None if said is None else Decimal(said)
    except InvalidOperation:
        raise CouldNotTestError(f"--max-cost is a number of US dollars, got {said!r}") from None
    return Budget(options.max_requests, most)


def _list() -> int:
    for line in _listed(catalogue.load()):
        sys.stdout.write(line + "\n")
    return CONFORMING


def _listed(checks: Iterable[Check]) -> Iterable[str]:
    for check in checks:
        yield f"{check.id}  {check.sentence}"
        estimate = f"{check.estimate.quick} or {check.estimate.full} requests"
        where = f"{', '.join(check.targets)}; editions: {', '.join(check.editions) or 'all that have it'}"
        yield f"    {check.basis} ({check.source}); {where}; {estimate}, {check.estimate.cost} USD each at the most"
