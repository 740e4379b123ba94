"""What faults do to the bytes of a stream: where one write ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from mock_server.streaming.changes import Context
from mock_server.streaming.events import Write
from mock_server.world import ids

_LEAD = re.compile(rb"[\xc2-\xf4](?=[\x80-\xbf])")
_RETURN = re.compile(rb"\r(?=\n)")
_KEY = b"stream chunks"
_LONGEST = (3, 12, 60, 400, 3000)


def joined(writes: Iterator[Write], frames: float, _: Context) -> Iterator[Write]:
    """Hold writes back until several can go as one."""
    held: list[Write] = []
    for write in writes:
        if held and (write.stall or write.reset):
            yield _one(held)
            held = []
        held.append(write)
        if len(held) >= frames or write.reset:
            yield _one(held)
            held = []
    if held:
        yield _one(held)


def split_characters(writes: Iterator[Write], _: float, __: Context) -> Iterator[Write]:
    """End a write after the first byte of each character that has more."""
    return (part for write in writes for part in _cut(write, (found.end() for found in _LEAD.finditer(write.content))))


def split_line_ends(writes: Iterator[Write], _: float, __: Context) -> Iterator[Write]:
    """End a write after each carriage return that a line feed follows."""
    return (
        part for write in writes for part in _cut(write, (found.end() for found in _RETURN.finditer(write.content)))
    )


def bytewise(writes: Iterator[Write], _: float, __: Context) -> Iterator[Write]:
    """End a write after each byte."""
    return (part for write in writes for part in _cut(write, range(1, len(write.content))))


def rechunked(writes: Iterator[Write], _: float, context: Context) -> Iterator[Write]:
    """End writes at places that have nothing to do with events; the same for the same request."""
    sizes = _sizes(context.digest)
    size = next(sizes)
    held, last = b"", None
    for write in writes:
        if last is not None and (write.stall or write.reset):
            yield replace(last, content=held)
            held = b""
        held += write.content
        last = replace(write, stall=0.0)
        stall = write.stall
        while len(held) >= size:
            yield replace(last, content=held[:size], stall=stall)
            held, stall, size = held[size:], 0.0, next(sizes)
        last = replace(last, stall=stall)
    if last is not None:
        yield replace(last, content=held)


def _one(writes: list[Write]) -> Write:
    return replace(writes[-1], content=b"".join([write.content for write in writes]), stall=writes[0].stall)


def _cut(write: Write, ends: Iterable[int]) -> Iterator[Write]:
    start, stall = 0, write.stall
    for end in ends:
        yield Write(write.frame, write.content[start:end], stall)
        start, stall = end, 0.0
    yield Write(write.frame, write.content[start:], stall, write.reset)


def _sizes(digest: bytes) -> Iterator[int]:
    """Draw sizes of writes: often a few bytes, at times more than a frame."""
    for number in count():
        drawn = ids.digest(number.to_bytes(8, "big"), key=_KEY + digest, size=8)
        yield 1 + int.from_bytes(drawn[1:], "big") % _LONGEST[drawn[0] % len(_LONGEST)]
