"""What calls met, added up over tests and sent between processes; for coverage, not for cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from mock_server.journal.tally import Met, Tally

Row: TypeAlias = tuple[str, str, str, int]
"""Operation, kind, name and count: of types that any channel between processes takes."""

_CALLS, _ERRORS, _ALL = "calls", "errors", "all"
_FIELDS, _PARAMETERS, _STATUSES, _MODES = "fields", "parameters", "statuses", "modes"


def add(whole: Tally, part: Tally) -> Tally:
    """Add counts to others; returns these."""
    return add_rows(whole, rows(part))


def rows(tally: Tally) -> Iterator[Row]:
    """Write counts down."""
    yield "", _ALL, "", tally.calls
    for name, count in tally.errors.items():
        yield "", _ERRORS, name, count
    for operation, met in tally.met.items():
        yield operation, _CALLS, "", met.calls
        for kind, counts in _named(met).items():
            for name, count in counts.items():
                yield operation, kind, name, count
        for status, count in met.statuses.items():
            yield operation, _STATUSES, str(status), count


def add_rows(whole: Tally, told: Iterable[Row]) -> Tally:
    """Add counts that were written down to others; returns these."""
    for operation, kind, name, count in told:
        if kind == _ALL:
            whole.calls += count
        elif kind == _ERRORS:
            whole.errors[name] += count
        else:
            _meet(whole.met.setdefault(operation, Met()), kind, name, count)
    return whole


def _meet(met: Met, kind: str, name: str, count: int) -> None:
    if kind == _CALLS:
        met.calls += count
    elif kind == _STATUSES:
        met.statuses[int(name)] += count
    else:
        _named(met)[kind][name] += count


def _named(met: Met) -> dict[str, Counter[str]]:
    return {_FIELDS: met.fields, _PARAMETERS: met.parameters, _MODES: met.modes}
