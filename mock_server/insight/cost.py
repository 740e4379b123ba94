"""What calls would have cost live: exact, from what the answers say, and from the price sheet for those that do not."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pydantic import Field

from mock_server.facts import Facts
from mock_server.insight.report import Report
from mock_server.insight.terminal import counted, printable
from mock_server.journal.entry import Entry
from mock_server.journal.tally import Tally
from mock_server.money import ZERO


class Line(Report):
    """The calls of one operation to one model."""

    operation: str = Field(description="Id of the operation; empty for calls that met none.")
    model: str = Field(description="The model; empty where none is asked.")
    calls: int = Field(description="How many there were.")
    billed: int = Field(description="How many of them cost something.")
    cost: Decimal = Field(description="US dollars.")


class CallCost(Report):
    """One call that would have cost something."""

    number: int = Field(description="Its number in the journal.")
    operation: str = Field(description="Id of the operation.")
    model: str = Field(description="The model; empty where none is asked.")
    cost: Decimal = Field(description="US dollars.")


class Cost(Report):
    """What the run would have cost live."""

    currency: str = Field(default="USD", description="USD.")
    total: Decimal = Field(description="US dollars in all, those calls included that the journal has forgotten.")
    calls: int = Field(description="Calls that were counted.")
    billed: int = Field(description="Calls of them that cost something.")
    prices: str = Field(description="The latest date of a line of the price sheet.")
    lines: list[Line] = Field(description="By operation and model, the dearest first.")
    each: list[CallCost] = Field(description="Call by call, as far as the journal keeps them.")


def reckon(tally: Tally, entries: Iterable[Entry], facts: Facts) -> Cost:
    """Add up what calls would have cost.

    Args:
        tally: What the journal has counted.
        entries: The calls that it still has; those are told one by one.
        facts: The tables that hold the price sheet, for its date.

    Returns:
        The cost. Refused and broken calls cost nothing; what is fetched again, such as the answer of a job, costs once.
    """
    lines = [
        Line(operation=operation, model=model, calls=spent.calls, billed=spent.priced, cost=spent.cost)
        for (operation, model), spent in tally.spent.items()
    ]
    each = [
        CallCost(number=entry.number, operation=entry.name, model=entry.model, cost=entry.billed)
        for entry in entries
        if entry.billed is not None
    ]
    return Cost(
        total=sum((line.cost for line in lines), ZERO),
        calls=tally.calls,
        billed=sum(line.billed for line in lines),
        prices=max(source.date for source in facts.sources.values()),
        lines=sorted(lines, key=lambda line: (-line.cost, line.operation, line.model)),
        each=each,
    )


def table(cost: Cost, *, each: bool = False) -> str:
    """Write a cost for a terminal.

    Args:
        cost: What was reckoned.
        each: List the calls, too.
    """
    rows = [
        (line.operation or "(no operation)", printable(line.model) or "-", line.calls, line.cost) for line in cost.lines
    ]
    first = max([len(row[0]) for row in rows], default=9)
    second = max([len(row[1]) for row in rows], default=5)
    lines = [f"{'operation':<{first}}  {'model':<{second}}  {'calls':>6}  {'USD':>12}"]
    lines += [f"{name:<{first}}  {model:<{second}}  {calls:>6}  {_usd(usd):>12}" for name, model, calls, usd in rows]
    if each:
        lines += [
            "",
            *(
                f"call {one.number:>6}  {_usd(one.cost):>12}  {one.operation} {printable(one.model)}".rstrip()
                for one in cost.each
            ),
        ]
    lines += [
        "",
        f"{_usd(cost.total)} USD for {cost.billed} billed of {counted(cost.calls, 'call')}; prices of {cost.prices}",
    ]
    return "\n".join(lines)


def _line(call: CallCost) -> str:
    return f"call {call.number:>6}  {_usd(call.cost):>12}  {call.operation} {printable(call.model)}".rstrip()


def _usd(amount: Decimal) -> str:
    """An amount to its last digit, without exponent or trailing zeros."""
    return format(amount.normalize(), "f") if amount else "0"
