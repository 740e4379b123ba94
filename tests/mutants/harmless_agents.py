"""Harmless servers: agents and jobs that differ from the fake's in what nobody promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutants.mutant import Exchange, Mutant
from tests.mutants.wrong_agents import AGENT, READ, events
from tests.mutants.wrong_jobs import GET, LIST, MAKE

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELTA = "response.output_text.delta"
_APART = 3


def _longer(frames: list[Any]) -> list[Any]:
    """Two deltas in one; which two depends on their numbers alone, so that a stream can be taken up."""
    return list(_joined(frames))


def _joined(frames: list[Any]) -> Iterator[Any]:
    held = None
    for frame in frames:
        if held is not None and frame["type"] == _DELTA:
            yield {**frame, "delta": held["delta"] + frame["delta"]}
            held = None
            continue
        if held is not None:
            yield held
            held = None
        if frame["type"] == _DELTA and frame["sequence_number"] % 2 == 0:
            held = frame
        else:
            yield frame


def _apart(frames: list[Any]) -> list[Any]:
    """Numbers that skip (evidence 2.5)."""
    return [{**frame, "sequence_number": _APART * frame["sequence_number"]} for frame in frames]


def _known_number(exchange: Exchange) -> None:
    place = exchange.query.get("starting_after", "")
    if exchange.operation == READ and place.isdigit():
        exchange.query["starting_after"] = str(int(place) // _APART)


def _without_nulls(exchange: Exchange) -> None:
    """A job need not tell what has not happened yet."""
    if exchange.operation in {MAKE, GET, LIST} and exchange.status == 200:
        exchange.json = _told(exchange.json)


def _told(body: Any) -> Any:
    """What of a job is not null; its answer is left as it is."""
    if isinstance(body, list):
        return [_told(row) for row in body]
    kept = {name: value for name, value in body.items() if value is not None}
    return {**kept, "requests": _told(kept["requests"])} if "requests" in kept else kept


def _later(exchange: Exchange) -> None:
    """The dates of answers are written anew on each read (evidence 3.5)."""
    if exchange.operation in {AGENT, READ} and exchange.status == 200 and not exchange.streams:
        body = exchange.json
        dates = {name: body[name] + 5 for name in ("created_at", "completed_at") if body[name] is not None}
        exchange.json = {**body, **dates}


HARMLESS = (
    Mutant("agent-longer-deltas", after=events(_longer)),
    Mutant("agent-numbers-skip", before=_known_number, after=events(_apart)),
    Mutant("agent-later-dates", after=_later),
    Mutant("jobs-without-nulls", after=_without_nulls),
)
