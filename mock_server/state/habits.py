"""How streams are sent where a request does not say: grammar, pace and faults, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.faults.streams import Injection
from mock_server.settings import FASTEST, LONGEST


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast frames come; all zeros send them as fast as they are read.

    Args:
        ttft: Seconds to the first frame.
        tps: Frames a second; nearly every frame is one token.
        jitter: How far a frame may stray, as a share of the gap between two; 1 is the most.
    """

    ttft: float = 0.0
    tps: float = 0.0
    jitter: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values out of range; raises `ValueError`."""
        for name, value, most in (("ttft", self.ttft, LONGEST), ("tps", self.tps, FASTEST), ("jitter", self.jitter, 1)):
            if not 0 <= value <= most:
                raise ValueError(f"{name} is 0 to {most:g}, got {value:g}")


UNPACED = Pace()


@dataclass(frozen=True, slots=True)
class Habits:
    """How streams are sent; an empty grammar is the edition's own."""

    grammar: str = ""
    pace: Pace = UNPACED
    faults: tuple[Injection, ...] = ()


PLAIN = Habits()
