"""Compare two editions whole."""

from __future__ import annotations

from typing import get_args

from mock_server.drift import contracts, tables
from mock_server.drift.change import Change, Kind
from mock_server.edition import Edition

_ORDER = {kind: number for number, kind in enumerate(get_args(Kind))}


def between(before: Edition, after: Edition) -> list[Change]:
    """List what changes from one edition to another, by class and place."""
    met = contracts.models(before) & contracts.models(after)
    found = {change_key(change): change for change in contracts.changes(before, after)}
    for change in tables.changes(before.facts, after.facts, models=met):
        found.setdefault(change_key(change), change)
    return sorted(found.values(), key=lambda change: (_ORDER[change.kind], *change_key(change)))


def change_key(change: Change) -> tuple[str, str, str, str]:
    """What makes two findings the same."""
    return change.kind, change.where, str(change.before), str(change.after)
