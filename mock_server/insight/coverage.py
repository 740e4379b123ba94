"""How much of the contract calls have met: operations, fields, parameters, statuses, modes, and kinds of errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pydantic import Field

from mock_server.contract.operation import Operation
from mock_server.edition import Edition
from mock_server.facts import Dialect, ErrorFacts
from mock_server.insight.report import Report
from mock_server.insight.terminal import counted
from mock_server.journal.entry import MODE
from mock_server.journal.tally import Met, Tally

_NOT_OK = 300


class Part(Report):
    """What of one kind was met, and what was not."""

    met: list[str] = Field(description="What was met.")
    missing: list[str] = Field(description="What was not.")

    def __str__(self) -> str:
        """So many of so many."""
        total = len(self.met) + len(self.missing)
        return f"{len(self.met)}/{total}" if total else "-"


class OperationCoverage(Report):
    """What of one operation was met, under any of its paths."""

    operation: str = Field(description="Its id.")
    endpoints: list[str] = Field(description="Its methods and paths, the aliases included.")
    calls: int = Field(description="How often it was called.")
    fields: Part = Field(description="Fields of its body, as paths such as messages[].role.")
    parameters: Part = Field(description="Parameters of its query.")
    statuses: Part = Field(description="Statuses that it declares.")
    modes: Part = Field(description="How it answers: plain, or the modes of a stream.")

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is counted of it beside itself."""
        return self.fields, self.parameters, self.statuses, self.modes


class Coverage(Report):
    """How much of the contract was met."""

    edition: str = Field(description="The edition whose contract it is.")
    calls: int = Field(description="Calls that were counted.")
    operations: list[OperationCoverage] = Field(description="All operations of the contract.")
    errors: Part = Field(description="Types of errors that the vendor is known to answer.")
    covered: int = Field(description="Things that were met: operations, fields, parameters, statuses, modes, errors.")
    total: int = Field(description="Things that there are.")
    percent: float = Field(description="Covered of total, in percent, with one decimal, rounded down.")


def measure(tally: Tally, edition: Edition) -> Coverage:
    """Hold what calls met against the contract of an edition.

    Args:
        tally: What the journal has counted, under whatever edition.
        edition: Whose operations, fields, statuses and errors there are. An alias counts for what it stands for.
    """
    families: dict[str, list[Operation]] = {}
    for operation in edition.operations.values():
        families.setdefault(operation.handler, []).append(operation)
    rows = [_row(operations, tally) for operations in families.values()]
    facts = edition.facts
    sayings: list[ErrorFacts | Dialect] = [*facts.errors.values(), *facts.dialects.values()]
    # What is of our own making, such as the refusals of the control API, is nobody's to cover.
    known = {saying.type for saying in sayings if saying.provenance.basis != "design"}
    errors = _part(sorted(known), tally.errors)
    parts = [errors, *(part for row in rows for part in row.parts)]
    covered = sum(len(part.met) for part in parts) + sum(1 for row in rows if row.calls)
    total = covered + sum(len(part.missing) for part in parts) + sum(1 for row in rows if not row.calls)
    return Coverage(
        edition=edition.name,
        calls=tally.calls,
        operations=rows,
        errors=errors,
        covered=covered,
        total=total,
        percent=covered * 1000 // max(total, 1) / 10,
    )


def table(coverage: Coverage, *, missing: bool = False) -> str:
    """Write a coverage for a terminal.

    Args:
        coverage: What was measured.
        missing: List what was not met, too.
    """
    width = max(len(row.operation) for row in coverage.operations)
    lines = [f"{'operation':<{width}}  {'calls':>6}  {'fields':>7}  {'params':>6}  {'statuses':>8}  {'modes':>5}"]
    for row in coverage.operations:
        numbers = f"{row.calls:>6}  {row.fields!s:>7}  {row.parameters!s:>6}  {row.statuses!s:>8}  {row.modes!s:>5}"
        lines.append(f"{row.operation:<{width}}  {numbers}")
        if missing:
            lines += _missing(row)
    lines += ["", f"errors {coverage.errors}"]
    if missing and coverage.errors.missing:
        lines.append(f"  not met: {', '.join(coverage.errors.missing)}")
    lines.append(
        f"{coverage.covered} of {coverage.total} met, {coverage.percent:g} %"
        f" of edition {coverage.edition} ({counted(coverage.calls, 'call')})"
    )
    return "\n".join(lines)


def _row(operations: list[Operation], tally: Tally) -> OperationCoverage:
    first = operations[0]
    met = _together(tally.met[one.id] for one in operations if one.id in tally.met)
    return OperationCoverage(
        operation=first.handler,
        endpoints=[one.endpoint for one in operations],
        calls=met.calls,
        fields=_part(dict.fromkeys(place.path for place in first.fields.walk()), met.fields),
        parameters=_part(first.parameters, met.parameters),
        statuses=_part([str(status) for status in first.responses], {str(status) for status in met.statuses}),
        modes=_part(_modes(first), met.modes),
    )


def _together(counts: Iterable[Met]) -> Met:
    whole = Met()
    for one in counts:
        whole.calls += one.calls
        whole.fields.update(one.fields)
        whole.parameters.update(one.parameters)
        whole.statuses.update(one.statuses)
        whole.modes.update(one.modes)
    return whole


def _modes(operation: Operation) -> list[str]:
    good = [response for status, response in operation.responses.items() if status < _NOT_OK]
    modes = (
        ["plain"] if any(response.event_schema is None or response.json_schema is not None for response in good) else []
    )
    if operation.streams:
        modes += ["full", "concise"] if MODE in operation.fields.members else ["stream"]
    return modes


def _part(names: Iterable[str], met: Iterable[str] | Counter[str]) -> Part:
    listed, found = list(names), set(met)
    return Part(met=[name for name in listed if name in found], missing=[name for name in listed if name not in found])


def _missing(row: OperationCoverage) -> list[str]:
    kinds = zip(("fields", "parameters", "statuses", "modes"), row.parts, strict=True)
    return [f"    no {kind}: {', '.join(part.missing)}" for kind, part in kinds if part.missing]
