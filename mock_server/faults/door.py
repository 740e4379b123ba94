"""The door of the server: whoever listens for connections can be told to shut it for a while."""

from __future__ import annotations

from collections.abc import Callable

Shut = Callable[[float], None]


class Door:
    """Stands between faults and the listening socket, which they know nothing of.

    Without a server, as in a test that calls the application itself, there is nothing to shut.
    """

    def __init__(self) -> None:
        self._shut: Shut | None = None

    def belongs_to(self, shut: Shut) -> None:
        """Say how the listening socket is closed for some seconds."""
        self._shut = shut

    def shut(self, seconds: float) -> bool:
        """Refuse new connections for some seconds; returns whether there is a listening socket."""
        if self._shut is None:
            return False
        self._shut(seconds)
        return True
