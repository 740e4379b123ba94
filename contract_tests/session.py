"""One run of `pplx-mock check`: open the target, plan, run, report."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from types import FrameType

from contract_tests import catalogue, listing, manners, plan, reports, runner
from contract_tests.budget import Budget
from contract_tests.cli import CONFORMING, COULD_NOT_RUN, FINDINGS, INTERRUPTED
from contract_tests.client import Client
from contract_tests.findings import CouldNotTestError
from contract_tests.reports.terminal import Terminal
from contract_tests.runner import Report, Result
from contract_tests.target import Target
from contract_tests.targets import Wanted, opened
from mock_server.errors import PplxMockError


def run(options: Namespace) -> int:
    """Run the command; returns its exit code."""
    try:
        with _stoppable() as stop:
            return _list(options.format) if options.list else _check(options, stop)
    except (CouldNotTestError, PplxMockError) as error:
        sys.stderr.write(f"pplx-mock check: {error}\n")
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return INTERRUPTED


def results(
    client: Client, chosen: plan.Plan, *, seed: int, on_progress: Callable[[int], None] | None = None
) -> Iterator[Result]:
    """Run the checks of meaning one by one, then those of the schemas together.

    Args:
        client: Of the target.
        chosen: The checks.
        seed: Of what is made up.
        on_progress: Told how many made-up requests were sent so far.
    """
    stopped = ""
    ran = runner.run(client, chosen.meaning, seed=seed, thorough=chosen.thorough)
    for result in runner.attributed(ran, {check.id for check in chosen.meaning}):
        stopped = stopped or (result.reason if result.stops else "")
        yield result
    if stopped:
        yield from (runner.unrun(check, stopped) for check in chosen.schema)
    elif chosen.schema:
        from contract_tests.schema import suite  # noqa: PLC0415  # heavy

        yield from suite.run(client, chosen, seed=seed, on_progress=on_progress)


def verdict(report: Report) -> int:
    """The exit code that a report stands for."""
    if report.interrupted:
        return INTERRUPTED
    if report.findings:
        return FINDINGS
    return CONFORMING if report.ran and not report.broken else COULD_NOT_RUN


def _check(options: Namespace, stop: _Stop) -> int:
    wishes = reports.wishes(options.report)
    budget, timeout = _budget(options), _timeout(options.timeout)
    only = [name.strip() for name in options.only.split(",") if name.strip()]
    terminal = Terminal(sys.stdout)
    with opened(_wanted(options, timeout)) as target:
        chosen = plan.make(target, only, thorough=options.profile == "full", writes=options.allow_writes)
        report = Report(target, options.profile, options.seed, writes=options.allow_writes)
        terminal.begin(report, chosen, _bounded(budget, chosen, target))
        with Client(target, budget, timeout=timeout) as client:
            _fill(report, client, chosen, terminal, stop)
    terminal.end(report)  # first, so that what was found is told though a file cannot be written
    for wish in wishes:
        reports.write(report, wish)
    return verdict(report)


def _fill(report: Report, client: Client, chosen: plan.Plan, terminal: Terminal, stop: _Stop) -> None:
    def count(requests: int) -> None:
        stop.look()
        terminal.count(requests)

    started = client.stopwatch.now()
    try:
        for result in results(client, chosen, seed=report.seed, on_progress=count):
            if not result.stops:
                stop.look()  # the signal was lost in the check, and with it what the check says
            report.results.append(result)
            terminal.tell(result)
    except KeyboardInterrupt:
        report.cut_short = runner.INTERRUPTED
    except CouldNotTestError as error:
        report.cut_short, report.broken = str(error), True
    done = {result.check.id for result in report.results}
    reason = report.cut_short = report.cut_short or next((one.reason for one in report.results if one.stops), "")
    report.results += [runner.unrun(check, reason) for check in chosen.checks if check.id not in done]
    report.requests, report.cost = client.budget.requests, client.budget.cost
    report.seconds = client.stopwatch.now() - started


def _wanted(options: Namespace, timeout: float) -> Wanted:
    named = Wanted(options.target, options.edition, options.seed, as_live=options.as_live)
    return replace(named, patience=min(timeout, named.patience))


def _bounded(budget: Budget, chosen: plan.Plan, target: Target) -> Budget:
    """The budget, no larger than the plan where requests cost money: what was announced is not exceeded."""
    if target.charges and budget.max_requests is None:
        budget.max_requests = chosen.requests
    return budget


def _budget(options: Namespace) -> Budget:
    live = options.target == "live" or options.as_live
    usual = manners.load().polite.most_usd if live else None
    most = usual if options.max_cost is None else _dollars(options.max_cost)
    return Budget(_whole(options.max_requests), most)


def _whole(said: str | None) -> int | None:
    if said is None:
        return None
    if not said.isdecimal() or not int(said):
        raise CouldNotTestError(f"--max-requests is a number of requests, 1 or more, got {said!r}")
    return int(said)


def _dollars(said: str) -> Decimal:
    try:
        most = Decimal(said)
    except InvalidOperation:
        most = Decimal("NaN")
    if not (most.is_finite() and most >= 0):
        raise CouldNotTestError(f"--max-cost is a number of US dollars such as 0.50, got {said!r}")
    return most


def _timeout(said: str) -> float:
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise CouldNotTestError(f"--timeout is a number of seconds above 0, got {said!r}")
    return seconds


def _list(form: str) -> int:
    sys.stdout.write(listing.FORMATS[form](catalogue.load()))
    return CONFORMING


class _Stop:
    """What a signal does: it interrupts, and is remembered, as a library that calls back may lose an exception."""

    def __init__(self) -> None:
        self._asked = False

    def __call__(self, _: int, __: FrameType | None) -> None:
        self._asked = True
        raise KeyboardInterrupt

    def look(self) -> None:
        """Interrupt once more where a signal came."""
        if self._asked:
            raise KeyboardInterrupt


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    """Let a polite end from outside be like Ctrl-C: what was found is reported, and a fake that was started ends."""
    stop = _Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = [one for one in (signal.SIGTERM, signal.SIGINT) if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
