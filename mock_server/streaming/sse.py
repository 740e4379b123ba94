"""Write server-sent events as the wire does: one `data:` line, CR LF (evidence 13.1)."""

from __future__ import annotations

from datetime import UTC, datetime

LINE_END = b"\r\n"
SENTINEL = b"[DONE]"


def event(payload: bytes) -> bytes:
    """Write one event."""
    return b"data: %b\r\n\r\n" % payload


def named_event(name: bytes, payload: bytes) -> bytes:
    """Write one event with its name; the service that names its events ends lines with a line feed."""
    return b"event: %b\ndata: %b\n\n" % (name, payload)


def plain_event(payload: bytes) -> bytes:
    """Write one event of that service without a name."""
    return b"data: %b\n\n" % payload


def ping(now: int) -> bytes:
    """Write a keep-alive comment; `now` in seconds since 1970 UTC."""
    return ping_line(now) + 2 * LINE_END


def ping_line(now: int) -> bytes:
    """The one line of a keep-alive comment."""
    return f": ping - {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S.%f}".encode("ascii")
