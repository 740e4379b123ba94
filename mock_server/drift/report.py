"""Write the differences of two editions for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence

from mock_server import wire
from mock_server.drift.change import Change
from mock_server.jsontypes import JSON, JSONObject

_WIDEST = 60
_NOTHING = "-"
_HEADINGS = ("class", "where", "before", "after")


def as_table(before: str, after: str, changes: Sequence[Change]) -> str:
    """Write columns under a line of headings, `!` before what a client may have to change for."""
    if not changes:
        return f"{before} and {after} are the same.\n"
    rows = [("", *_HEADINGS), *(_row(change) for change in changes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    breaking = sum(change.breaking for change in changes)
    summary = f"{before} -> {after}: {len(changes)} differences, {breaking} that a client may have to change for (!)"
    return "\n".join([*lines, "", summary, ""])


def as_json(before: str, after: str, changes: Sequence[Change]) -> str:
    """Write one JSON object."""
    listed: list[JSON] = [
        {
            "class": change.kind,
            "where": change.where,
            "before": change.before,
            "after": change.after,
            "breaking": change.breaking,
        }
        for change in changes
    ]
    whole: JSONObject = {"from": before, "to": after, "changes": listed}
    return wire.dumps(whole).decode("utf-8") + "\n"


def _row(change: Change) -> tuple[str, ...]:
    return "!" if change.breaking else "", change.kind, change.where, _cell(change.before), _cell(change.after)


def _cell(value: JSON) -> str:
    if value is None:
        return _NOTHING
    text = " ".join((value if isinstance(value, str) else wire.dumps(value).decode("utf-8")).split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
