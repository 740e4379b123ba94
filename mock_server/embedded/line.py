"""A connection to a server that is no fake: asked in a thread, hung up on from anywhere."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult

_PATIENCE = 600.0
_PIECE = 65_536


class Line:
    """One connection for one request.

    Args:
        place: Where to, and what comes before each path.
        unguarded: Around the connecting: lets this thread past a guard.
    """

    def __init__(self, place: SplitResult, unguarded: Callable[[], AbstractContextManager[None]]) -> None:
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        self._connection = kind(place.hostname or "", place.port, timeout=_PATIENCE)
        self._prefix = place.path
        self._unguarded = unguarded
        self._socket: socket.socket | None = None
        self._answer: HTTPResponse | None = None

    @property
    def answered(self) -> bool:
        """Whether the head of an answer came."""
        return self._answer is not None

    def ask(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> HTTPResponse:
        """Send a request; returns once the head of the answer is there. Raises `OSError` or `HTTPException`."""
        with self._unguarded():
            self._connection.connect()
        # Kept, as an answer that ends with its connection takes the socket away.
        self._socket = self._connection.sock
        self._connection.request(method, self._prefix + path, content or None, headers)
        self._answer = self._connection.getresponse()
        return self._answer

    def read(self) -> tuple[bytes, bool]:
        """Wait for a piece of the answer; returns it, and whether more may come."""
        answer = self._answer
        if answer is None:
            return b"", False
        piece = answer.read1(_PIECE)
        # What is left of a declared length; a client that has it all does not wait for more.
        return piece, bool(piece) and answer.length != 0

    def hang_up(self) -> None:
        """Close it; a thread that waits for it waits no longer."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        if self._answer is not None:
            self._answer.close()
        self._connection.close()
