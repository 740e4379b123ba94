"""The lanes of one server: the default one, and those that paths under `/n/<lane>/` name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from mock_server.errors import ApiError
from mock_server.state.lane import Lane
from mock_server.state.parts import PARTS, Part

MOST_LANES = 1024
LONGEST_NAME = 128
DEFAULT = ""


class Lanes:
    """All lanes by name, made on first use; a lane stays until it is dropped.

    Args:
        make: Makes a lane of a name.
        most: How many lanes there may be besides the default one.
    """

    def __init__(self, make: Callable[[str], Lane], *, most: int = MOST_LANES) -> None:
        self._make = make
        self.most = most
        self._named: dict[str, Lane] = {}
        self.default = make(DEFAULT)

    def __iter__(self) -> Iterator[Lane]:
        """The lanes there are, the default one first, then in the order of their first use."""
        return iter([self.default, *self._named.values()])

    def of(self, name: str) -> Lane:
        """Find or open a lane.

        Raises:
            ApiError: The name is too long, or there are as many lanes as there may be.
        """
        lane = self._named.get(name)
        if lane is not None:
            return lane
        if len(name) > LONGEST_NAME:
            raise ApiError("lane_name_too_long", facts={"most": LONGEST_NAME})
        if len(self._named) >= self.most:
            raise ApiError("too_many_lanes", facts={"most": self.most})
        lane = self._named[name] = self._make(name)
        return lane

    def restore(self, lane: Lane, parts: Collection[Part]) -> None:
        """Put parts of a lane back to what they are in a new one; the others stay as they are."""
        fresh = self._make(lane.name)
        for part in PARTS:
            if part in parts:
                PARTS[part](lane, fresh)

    def drop(self, name: str) -> bool:
        """Forget a lane with all it remembers; returns whether it was there. The default lane is made anew.

        Streams of it that wait for a moment of its clock run out at once: nobody could move that clock any more.
        """
        if name == DEFAULT:
            old: Lane | None = self.default
            self.default = self._make(DEFAULT)
        else:
            old = self._named.pop(name, None)
        if old is not None and old.clock is not self.default.clock:
            old.clock.release()
        return old is not None
