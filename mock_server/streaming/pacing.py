"""When each frame of a stream is due: a schedule that no late frame pushes back."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from mock_server import naming
from mock_server.state.habits import Pace
from mock_server.world import ids

NAMES = ("ttft", "tps", "jitter")
PING_EVERY = 15.0
"""Seconds of silence after which a keep-alive comment is sent (evidence 13.1)."""

_NUMBER = re.compile(r"[0-9]{0,9}\.?[0-9]{1,9}", re.ASCII)
_KEY = b"stream pace"
_SHARES = 2**32


class Schedule:
    """The moments of one stream, in seconds from its start.

    Args:
        pace: How fast.
        digest: The request's, which jitter derives from.
    """

    def __init__(self, pace: Pace, digest: bytes) -> None:
        self._first = pace.ttft
        self._gap = 1 / pace.tps if pace.tps else 0.0
        self._stray = pace.jitter * self._gap
        self._share = partial(_share, digest)

    def due(self, frame: int) -> float:
        """When a frame is due; each is reckoned from the start, none from the frame before it."""
        moment = self._first + frame * self._gap
        if self._stray:
            moment += self._stray * (self._share(frame) - 0.5)
        return max(moment, 0.0)


def parse(text: str, base: Pace) -> Pace:
    """Read a pace such as ``ttft=0.5,tps=20,jitter=0.2``.

    Args:
        text: The pace; what it does not name is taken from `base`, and `none` means no pacing.
        base: The pace that held without it.

    Raises:
        ValueError: A name or a number is wrong; the text says which.
    """
    if text.strip() in {"", "none"}:
        return Pace()
    named = dict(_pair(item) for item in text.split(","))
    return replace(base, **named)


def _pair(item: str) -> tuple[str, float]:
    name, _, number = (part.strip() for part in item.partition("="))
    if name not in NAMES:
        raise ValueError(naming.unknown("pace", name, NAMES))
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"{name} is a number of 0 or more, got {number!r}")
    return name, float(number)


def _share(digest: bytes, frame: int) -> float:
    """Draw a number from 0 to 1, the same for the same request and frame."""
    return int.from_bytes(ids.digest(frame.to_bytes(8, "big"), key=_KEY + digest, size=4), "big") / _SHARES
