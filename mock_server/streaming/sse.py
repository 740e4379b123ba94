"""Write server-sent events as the wire does: one `data:` line, CR LF (evidence 13.1)."""

from __future__ import annotations

from datetime import UTC, datetime

LINE_END = b"\r\n"
SENTINEL = b"[DONE]"


def event(payload: bytes) -> bytes:
    """Write one event."""
    return b"data: " + payload + b"\r\n\r\n"


def ping(now: int) -> bytes:
    """Write a keep-alive comment; `now` in seconds since 1970 UTC."""
    moment = datetime.fromtimestamp(now, UTC)
    return f": ping - {moment:%Y-%m-%d %H:%M:%S.%f}\r\n\r\n".encode("ascii")
