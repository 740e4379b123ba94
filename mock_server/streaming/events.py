"""The events of a stream on their way to bytes: what faults may change, and how an event is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mock_server.streaming.sse import LINE_END, SENTINEL

Kind = Literal["frame", "sentinel", "other"]


@dataclass(slots=True)
class Event:
    """One event, or something else that stands between events.

    Args:
        frame: Number of the frame that it comes with, which says when it is due; -1 comes at once.
        kind: Whether it is a frame, the sentinel, or neither.
        lines: What each line says after its prefix.
        left: How many frames come after it; nothing where that is not known yet.
        name: The event's name; empty for events without.
        prefix: What each line begins with.
        before: Bytes in front of it.
        line_end: What ends a line.
        blank: Whether a blank line ends it.
        stall: Seconds of silence before it.
        reset: Whether the connection is reset instead of writing it.
    """

    frame: int
    kind: Kind
    lines: list[bytes]
    left: int | None = None
    name: bytes = b""
    prefix: bytes = b"data: "
    before: bytes = b""
    line_end: bytes = LINE_END
    blank: bool = True
    stall: float = 0.0
    reset: bool = False


@dataclass(slots=True)
class Write:
    """Bytes that are written at once when their frame is due; an empty one with `reset` ends the connection."""

    frame: int
    content: bytes
    stall: float = 0.0
    reset: bool = False


def comment(line: bytes, frame: int = -1) -> Event:
    """Make a keep-alive comment."""
    return Event(frame, "other", [line], prefix=b"")


def sentinel(frame: int) -> Event:
    """Make the event `[DONE]`."""
    return Event(frame, "sentinel", [SENTINEL])


def of(
    payloads: Iterable[bytes],
    *,
    ping: bytes,
    done: bool,
    ahead: int,
    name: Callable[[bytes], bytes] | None = None,
    line_end: bytes = LINE_END,
) -> Iterator[Event]:
    """Make the events of frames.

    Args:
        payloads: The JSON of each frame.
        ping: A keep-alive comment that opens the stream; empty for none.
        done: Whether a sentinel ends the stream.
        ahead: For how many frames before the end it has to be known how many are left.
        name: Gives the name of an event by its payload, where events have names.
        line_end: What ends a line.
    """
    if ping:
        yield comment(ping)
    held: deque[Event] = deque()
    number = -1
    for number, payload in enumerate(payloads):
        called = b"" if name is None else name(payload)
        held.append(Event(number, "frame", [payload], name=called, line_end=line_end))
        if len(held) > ahead:
            yield held.popleft()
    while held:
        event = held.popleft()
        event.left = len(held)
        yield event
    if done:
        yield sentinel(number)


def written(events: Iterable[Event]) -> Iterator[Write]:
    """Write each event, one at a time."""
    for event in events:
        yield Write(event.frame, b"" if event.reset else content(event), event.stall, event.reset)


def content(event: Event) -> bytes:
    """The bytes of an event."""
    end = event.line_end
    name = b"event: " + event.name + end if event.name else b""
    lines = [event.prefix + line + end for line in event.lines]
    return b"".join((event.before, name, *lines, end if event.blank else b""))
