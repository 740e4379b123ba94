"""What each fault of a stream does, and to which streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mock_server.faults.streams import FORMS, Form, Injection, parse, table
from mock_server.streaming import changes, chunks
from mock_server.streaming.changes import Context
from mock_server.streaming.events import Event, Write
from mock_server.world import ids

__all__ = ["FAULTS", "FORMS", "Fault", "Injection", "parse", "table"]

_LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n"}
_KEY = b"stream fault"
_SHARES = 2**64


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fault does.

    Args:
        form: How it is asked for, and what it does in one sentence.
        change: What it does to an event at its place, if it has places.
        ends: Whether the stream ends there.
        whole: What it does to all events.
        cuts: What it does to their bytes.
        media_type: The content type that it gives the stream.
    """

    form: Form
    change: Callable[[Event, float, Context], Iterable[Event]] | None = None
    ends: bool = False
    whole: Callable[[Iterator[Event]], Iterator[Event]] | None = None
    cuts: Callable[[Iterator[Write], float, Context], Iterator[Write]] | None = None
    media_type: bytes | None = None


FAULTS = {
    fault.form.name: fault
    for fault in (
        Fault(FORMS["stall"], changes.stall),
        Fault(FORMS["doubled"], changes.doubled),
        Fault(FORMS["missing-finish"], changes.missing_finish),
        Fault(FORMS["null-finish"], changes.null_finish),
        Fault(FORMS["done"], changes.done),
        Fault(FORMS["no-done"], whole=changes.no_done),
        Fault(FORMS["error"], changes.error, ends=True),
        Fault(FORMS["error-event"], changes.error_event, ends=True),
        Fault(FORMS["html"], changes.html, ends=True),
        Fault(FORMS["stop"], changes.nothing, ends=True),
        Fault(FORMS["reset"], changes.reset, ends=True),
        Fault(FORMS["ping"], changes.ping),
        Fault(FORMS["cut"], changes.cut),
        Fault(FORMS["multiline"], changes.multiline),
        Fault(FORMS["no-space"], changes.no_space),
        Fault(FORMS["named"], changes.named),
        Fault(FORMS["bom"], whole=changes.bom),
        Fault(FORMS["lf"], whole=changes.lf),
        Fault(FORMS["crlf"], whole=changes.crlf),
        Fault(FORMS["unfinished"], whole=changes.unfinished),
        Fault(FORMS["joined"], cuts=chunks.joined),
        Fault(FORMS["rechunked"], cuts=chunks.rechunked),
        Fault(FORMS["split-characters"], cuts=chunks.split_characters),
        Fault(FORMS["split-line-ends"], cuts=chunks.split_line_ends),
        Fault(FORMS["bytewise"], cuts=chunks.bytewise),
        Fault(FORMS["wrong-type"], media_type=b"application/json"),
    )
}
"""All faults by name, in the order in which they work."""


def struck(injections: Iterable[Injection], digest: bytes) -> list[Injection]:
    """Decide which faults a stream gets, in the order in which they work; the same for the same request."""
    order = list(FAULTS)
    chosen = [injection for injection in injections if _share(injection, digest) < injection.chance]
    return sorted(chosen, key=lambda injection: order.index(injection.name))


def ahead(injections: Iterable[Injection]) -> int:
    """For how many frames before the end it has to be known how many are left."""
    return max((-injection.place for injection in injections if injection.place is not None), default=0)


def media_type(injections: Iterable[Injection], true: bytes) -> bytes:
    """The content type under faults."""
    return next((kind for one in injections if (kind := FAULTS[one.name].media_type)), true)


def line_end(injections: Iterable[Injection], true: bytes) -> bytes:
    """What ends a line under faults."""
    chosen = [one.name for one in injections if one.name in _LINE_ENDS]
    return _LINE_ENDS[chosen[-1]] if chosen else true


def on_events(said: Iterator[Event], injections: Iterable[Injection], context: Context) -> Iterator[Event]:
    """Give the events of a stream its faults."""
    for injection in injections:
        fault = FAULTS[injection.name]
        if fault.change is not None:
            said = _changed(said, fault, injection, context)
        elif fault.whole is not None:
            said = fault.whole(said)
    return said


def on_writes(writes: Iterator[Write], injections: Iterable[Injection], context: Context) -> Iterator[Write]:
    """Give the bytes of a stream its faults."""
    for injection in injections:
        cuts = FAULTS[injection.name].cuts
        if cuts is not None:
            writes = cuts(writes, injection.amount, context)
    return writes


def _changed(said: Iterator[Event], fault: Fault, injection: Injection, context: Context) -> Iterator[Event]:
    if fault.change is None:
        raise TypeError(f"{fault.form.name} has no places")
    for event in said:
        if not _meets(injection.place, event):
            yield event
            continue
        yield from fault.change(event, injection.amount, context)
        if fault.ends:
            return


def _meets(place: int | None, event: Event) -> bool:
    if event.kind != "frame":
        return False
    if place is None or place >= 0:
        return place is None or place == event.frame
    return event.left is not None and place == -1 - event.left


def _share(injection: Injection, digest: bytes) -> float:
    """Draw a number from 0 to below 1, the same for the same request and fault."""
    said = f"{injection.name}@{injection.place}".encode("ascii")
    return int.from_bytes(ids.digest(said, key=_KEY + digest, size=8), "big") / _SHARES
