"""What faults do to the events of a stream, before they are bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from mock_server.faults import tables
from mock_server.streaming import events
from mock_server.streaming.events import Event

_FINISH = re.compile(rb'(?<="finish_reason":)( ?)"\w+"')
_FINISH_ITEM = re.compile(rb'"finish_reason": ?(?:"\w+"|null), ?|, ?"finish_reason": ?(?:"\w+"|null)')
_OBJECT = re.compile(rb'"object": ?"([\w.]+)"')
_TYPE = re.compile(rb'"type":"(response\.[\w.]+)"')
_STRING_OR_COMMA = re.compile(rb'"(?:[^"\\]|\\.)*"|(,)')
_CONTINUES = re.compile(rb"[\x80-\xbf]")
_LINES = 3
_PAGE = "cloudflare-502"
"""The page of `fixtures/faults.yaml` that stands where a gateway gave up in the middle of a stream."""


@dataclass(frozen=True, slots=True)
class Context:
    """What faults draw on.

    Args:
        digest: The request's, which chances and random places derive from.
        error: The JSON of an error object.
        ping: The line of a keep-alive comment.
    """

    digest: bytes
    error: bytes
    ping: bytes


def doubled(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Say it twice."""
    return event, replace(event, kind="other")


def missing_finish(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Take the finish reason away; inside a text its quotation marks would be escaped, so only the key is met."""
    return (replace(event, lines=[_FINISH_ITEM.sub(b"", line) for line in event.lines]),)


def null_finish(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Make the finish reason null."""
    return (replace(event, lines=[_FINISH.sub(rb"\1null", line) for line in event.lines]),)


def done(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Put a sentinel after it."""
    return event, events.sentinel(event.frame)


def error(event: Event, _: float, context: Context) -> Iterable[Event]:
    """Say an error object instead."""
    return (replace(event, kind="other", lines=[context.error]),)


def error_event(event: Event, _: float, context: Context) -> Iterable[Event]:
    """Say an error object in an event of that name instead."""
    return (replace(event, kind="other", lines=[context.error], name=b"error"),)


def html(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Put a gateway's page of HTML in its place, which is no event at all."""
    lines = tables.load().pages[_PAGE].content.encode("utf-8").splitlines()
    return (replace(event, kind="other", lines=lines, prefix=b"", blank=False),)


def nothing(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Say nothing instead, though as late as it was to be said."""
    return (replace(event, kind="other", lines=[], blank=False),)


def reset(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Reset the connection instead."""
    return (replace(event, kind="other", reset=True),)


def stall(event: Event, seconds: float, _: Context) -> Iterable[Event]:
    """Be silent before it."""
    return (replace(event, stall=event.stall + seconds),)


def ping(event: Event, _: float, context: Context) -> Iterable[Event]:
    """Put a keep-alive comment before it."""
    return events.comment(context.ping, event.frame), event


def cut(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Break off in the middle, though not inside a character."""
    return (replace(event, lines=[_half(line) for line in event.lines]),)


def multiline(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Spread over several lines; those who join them with a line feed, as they should, read the same JSON."""
    return (replace(event, lines=[part for line in event.lines for part in _spread(line)]),)


def no_space(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Leave out the space after the colon."""
    return (replace(event, prefix=event.prefix.rstrip(b" ")),)


def named(event: Event, _: float, __: Context) -> Iterable[Event]:
    """Name it by its type or its object, unless it has a name."""
    found = _TYPE.search(event.lines[0]) or _OBJECT.search(event.lines[0]) if event.lines else None
    return (replace(event, name=found.group(1)) if found and not event.name else event,)


def bom(said: Iterator[Event]) -> Iterator[Event]:
    """Put a byte order mark in front of all."""
    for event in islice(said, 1):
        yield replace(event, before=codecs.BOM_UTF8)
    yield from said


def no_done(said: Iterator[Event]) -> Iterator[Event]:
    """Leave the sentinel out."""
    return (event for event in said if event.kind != "sentinel")


def lf(said: Iterator[Event]) -> Iterator[Event]:
    """End lines with a line feed."""
    return (replace(event, line_end=b"\n") for event in said)


def crlf(said: Iterator[Event]) -> Iterator[Event]:
    """End lines with carriage return and line feed."""
    return (replace(event, line_end=b"\r\n") for event in said)


def unfinished(said: Iterator[Event]) -> Iterator[Event]:
    """Leave out the blank line after the last event that says something."""
    held: list[Event] = []
    for event in said:
        if event.lines:
            yield from held
            held = []
        held.append(event)
    yield from (replace(event, blank=False) for event in held)


def _half(line: bytes) -> bytes:
    end = len(line) // 2
    while end and _CONTINUES.match(line, end):
        end -= 1
    return line[:end]


def _spread(line: bytes) -> list[bytes]:
    """Cut JSON after some of its commas outside of strings, where a line may end."""
    commas = [found.end() for found in _STRING_OR_COMMA.finditer(line) if found.group(1)]
    if len(commas) < _LINES - 1:
        return [line]
    cuts = [commas[len(commas) * part // _LINES] for part in range(1, _LINES)]
    return [line[start:end] for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True)]
