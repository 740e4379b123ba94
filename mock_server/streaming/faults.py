"""The faults that a stream can be given: their names, and how they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mock_server.settings import LONGEST
from mock_server.state.habits import Injection
from mock_server.streaming import changes, chunks, naming
from mock_server.streaming.changes import Context
from mock_server.streaming.events import Event, Write
from mock_server.world import ids

MOST = 16
"""Faults that one stream may be given."""
_EARLIEST = -1000
_FIRST, _SECOND, _LAST = 0, 1, -1
_PLACES = {"first": _FIRST, "last": _LAST, "all": None}
_LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n"}
_KEY = b"stream fault"
_SHARES = 2**64
_ITEM = re.compile(
    r"(?P<name>[^=@~]*?)\s*(=\s*(?P<amount>[^@~]*?)\s*)?(@\s*(?P<place>[^~]*?)\s*)?(~\s*(?P<chance>.*?)\s*)?", re.ASCII
)
_NUMBER = re.compile(r"[0-9]{0,9}\.?[0-9]{1,9}", re.ASCII)
_PLACE = re.compile(r"-?[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """What stands behind `=`."""

    unit: str
    default: float
    least: float
    most: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, in one sentence.

    Args:
        name: What it is asked for by.
        sentence: What it does.
        change: What it does to an event at its place, if it has places.
        place: Where it acts if no place is given; nothing means everywhere.
        ends: Whether the stream ends there.
        whole: What it does to all events.
        cuts: What it does to their bytes.
        amount: What it takes behind `=`.
        media_type: The content type that it gives the stream.
    """

    name: str
    sentence: str
    change: Callable[[Event, float, Context], Iterable[Event]] | None = None
    place: int | None = None
    ends: bool = False
    whole: Callable[[Iterator[Event]], Iterator[Event]] | None = None
    cuts: Callable[[Iterator[Write], float, Context], Iterator[Write]] | None = None
    amount: Amount | None = None
    media_type: bytes | None = None

    @property
    def form(self) -> str:
        """How it is written when nothing is left out, as in ``stall=5@1``."""
        amount = f"={self.amount.default:g}" if self.amount else ""
        place = "" if self.place is None else f"@{'last' if self.place == _LAST else self.place}"
        return self.name + amount + place


_SECONDS = Amount("seconds", default=5, least=0, most=LONGEST)
_FRAMES = Amount("frames", default=3, least=2, most=1000, whole=True)

FAULTS = {
    fault.name: fault
    for fault in (
        Fault("stall", "Silence of some seconds before a frame; all that follows is that much later.",
              changes.stall, _SECOND, amount=_SECONDS),
        Fault("doubled", "A frame comes twice.", changes.doubled, _SECOND),
        Fault("missing-finish", "A frame has no `finish_reason`.", changes.missing_finish, _LAST),
        Fault("null-finish", "The `finish_reason` of a frame is null.", changes.null_finish, _LAST),
        Fault("done", "An unexpected `[DONE]` comes after a frame.", changes.done, _LAST),
        Fault("no-done", "The `[DONE]` at the end of deep research is missing.", whole=changes.no_done),
        Fault("error", "An error object comes instead of a frame, and the stream ends.",
              changes.error, _SECOND, ends=True),
        Fault("error-event", "The same in an event named `error`.", changes.error_event, _SECOND, ends=True),
        Fault("html", "A gateway's HTML page comes instead of a frame, and the stream ends.",
              changes.html, _SECOND, ends=True),
        Fault("stop", "The stream ends before a frame, in good order.", changes.nothing, _LAST, ends=True),
        Fault("reset", "The connection is reset before a frame.", changes.reset, _SECOND, ends=True),
        Fault("ping", "A keep-alive comment comes before a frame, or before each.", changes.ping),
        Fault("cut", "The JSON of a frame breaks off in the middle.", changes.cut, _SECOND),
        Fault("multiline", "A frame, or each, is spread over several `data:` lines.", changes.multiline),
        Fault("no-space", "No space stands after the colon of `data:` in a frame, or in each.", changes.no_space),
        Fault("named", "A frame, or each, is an event that is named by its `object`.", changes.named),
        Fault("bom", "A byte order mark stands before all else.", whole=changes.bom),
        Fault("lf", "Lines end with LF.", whole=changes.lf),
        Fault("crlf", "Lines end with CRLF, as on the wire.", whole=changes.crlf),
        Fault("unfinished", "The last event has no blank line after it.", whole=changes.unfinished),
        Fault("joined", "Several events come in one write.", cuts=chunks.joined, amount=_FRAMES),
        Fault("rechunked", "Writes end at random places, wherever those are.", cuts=chunks.rechunked),
        Fault("split-characters", "A write ends inside each character of several bytes.",
              cuts=chunks.split_characters),
        Fault("split-line-ends", "A write ends between each CR and its LF.", cuts=chunks.split_line_ends),
        Fault("bytewise", "Each byte is a write of its own.", cuts=chunks.bytewise),
        Fault("wrong-type", "The content type is `application/json`.", media_type=b"application/json"),
    )
}  # fmt: skip
"""All faults by name; a stream that is given several has them in this order."""


def parse(text: str) -> tuple[Injection, ...]:
    """Read a list of faults such as ``stall=5@3, doubled@2~0.1``.

    Args:
        text: Names, each with `=amount`, `@frame` and `~chance` where wanted; `none` for no faults.

    Raises:
        ValueError: A name is unknown, or something does not fit it; the text says what.
    """
    if text.strip() in {"", "none"}:
        return ()
    items = text.split(",")
    if len(items) > MOST:
        raise ValueError(f"a stream takes {MOST} faults at most, got {len(items)}")
    return tuple(_injection(item.strip()) for item in items)


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


def table() -> str:
    """All faults as a table in Markdown, for `docs/streams.md`."""
    rows = [f"| `{fault.form}` | {fault.sentence} |" for fault in FAULTS.values()]
    return "\n".join(["| fault | what happens |", "|---|---|", *rows])


def _changed(said: Iterator[Event], fault: Fault, injection: Injection, context: Context) -> Iterator[Event]:
    if fault.change is None:
        raise TypeError(f"{fault.name} has no places")
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


def _injection(item: str) -> Injection:
    parts = _ITEM.fullmatch(item)
    name = parts["name"] if parts else item
    fault = FAULTS.get(name)
    if parts is None or fault is None:
        raise ValueError(naming.unknown("fault", name, FAULTS))
    return Injection(
        name,
        amount=_amount(fault, parts["amount"]),
        place=_place(fault, parts["place"]),
        chance=1.0 if parts["chance"] is None else _number(name, "chance", parts["chance"], 0, 1),
    )


def _amount(fault: Fault, text: str | None) -> float:
    taken = fault.amount
    if taken is None:
        if text is not None:
            raise ValueError(f"{fault.name} takes no amount, got {text!r}")
        return 0.0
    value = taken.default if text is None else _number(fault.name, taken.unit, text, taken.least, taken.most)
    if taken.whole and value % 1:
        raise ValueError(f"{fault.name} takes a whole number of {taken.unit}, got {text!r}")
    return value


def _place(fault: Fault, text: str | None) -> int | None:
    if text is None:
        return fault.place
    if fault.change is None:
        raise ValueError(f"{fault.name} has no place, as it concerns the whole stream, got @{text}")
    if text in _PLACES:
        return _PLACES[text]
    if not _PLACE.fullmatch(text) or int(text) < _EARLIEST:
        raise ValueError(f"{fault.name}: a place is first, last, all or a number from {_EARLIEST}, got {text!r}")
    return int(text)


def _number(name: str, unit: str, text: str, least: float, most: float) -> float:
    if not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
        raise ValueError(f"{name}: {unit} is {least:g} to {most:g}, got {text!r}")
    return float(text)


def _share(injection: Injection, digest: bytes) -> float:
    """Draw a number from 0 to below 1, the same for the same request and fault."""
    said = f"{injection.name}@{injection.place}".encode("ascii")
    return int.from_bytes(ids.digest(said, key=_KEY + digest, size=8), "big") / _SHARES
