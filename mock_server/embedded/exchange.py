"""One request and its answer between a client in another thread and the application on its loop, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

from mock_server.embedded.engine import Engine


@dataclass(frozen=True)
class Head:
    """Status and headers."""

    status: int
    headers: list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class End:
    """The answer is whole."""


@dataclass(frozen=True)
class Broken:
    """The answer broke off; `begun` tells whether there was a head."""

    begun: bool


Piece: TypeAlias = Head | bytes | End | Broken


class Exchange:
    """Sends a request as it is made; its pieces are taken from any thread.

    Args:
        engine: The fake.
        scope: ASGI's.
        body: The request's.
    """

    def __init__(self, engine: Engine, scope: dict[str, object], body: bytes) -> None:
        self._engine = engine
        self._scope = scope
        self._request: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
        self._pieces: SimpleQueue[Piece] = SimpleQueue()
        self._gone = asyncio.Event()
        self._begun = self._ended = False
        engine.spawn(self._run())

    @property
    def waiting(self) -> bool:
        """Whether a piece can be taken without waiting."""
        return not self._pieces.empty()

    def next(self, patience: float | None) -> Piece | None:
        """Take the next piece.

        Args:
            patience: Seconds to wait for it; nothing waits for ever.

        Returns:
            A head first, then bytes, then an end; or nothing where none came in time.
        """
        try:
            return self._pieces.get(timeout=patience) if patience != 0 else self._pieces.get_nowait()
        except Empty:
            self.leave()
            return None

    def leave(self) -> None:
        """Hang up."""
        self._engine.soon(self._gone.set)

    async def _run(self) -> None:
        try:
            await self._engine.entrance(self._scope, self._receive, self._send)
        except Exception:  # noqa: BLE001  # as a server would: whatever it is, the client sees a broken connection
            self._ended = False
        finally:
            self._pieces.put(End() if self._ended else Broken(self._begun))

    async def _receive(self) -> MutableMapping[str, Any]:
        if self._request:
            return self._request.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if self._gone.is_set():
            return
        if message["type"] == "http.response.start":
            self._begun = True
            self._pieces.put(Head(message["status"], [*message["headers"]]))
            return
        content: bytes = message.get("body", b"")
        if content:
            self._pieces.put(content)
        self._ended = not message.get("more_body", False)
