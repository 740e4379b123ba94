"""The lanes of one server: the default one, and those that paths under `/n/<lane>/` name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mock_server.errors import ApiError
from mock_server.state.lane import Lane

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
        self._most = most
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
        if len(self._named) >= self._most:
            raise ApiError("too_many_lanes", facts={"most": self._most})
        lane = self._named[name] = self._make(name)
        return lane

    def drop(self, name: str) -> bool:
        """Forget a lane with all it remembers; returns whether it was there. The default lane is made anew."""
        if name == DEFAULT:
            self.default = self._make(DEFAULT)
            return True
        return self._named.pop(name, None) is not None
