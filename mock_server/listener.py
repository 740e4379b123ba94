"""The client of a stream: it may be kept waiting, it may go away, and it may be hung up on."""

from __future__ import annotations

import asyncio
import socket
import struct
from types import TracebackType
from typing import Any, NoReturn, Self

from mock_server.clock import PacingClock
from mock_server.errors import ClientGoneError, NoConnectionError
from mock_server.gates.asgi import Receive, Send

_AT_ONCE = struct.pack("ii", 1, 0)
_ROUNDS = 1000
_GOODBYE = 1.0


class Listener:
    """Whoever reads a stream.

    As a context it watches for the client to go away, so that a wait ends at once when it does. Without, the client's
    absence is noticed when the next frame is written.

    Args:
        receive: ASGI's.
        send: ASGI's.
        clock: What waits run on.
    """

    def __init__(self, receive: Receive, send: Send, clock: PacingClock) -> None:
        self._receive = receive
        self._send = send
        self._clock = clock
        self._transport = transport_of(send)
        self._gone = False
        self._watch: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().create_task(self._watching())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no more."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def start(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Begin the answer."""
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def write(self, content: bytes) -> None:
        """Write some bytes.

        Raises:
            ClientGoneError: Nobody reads them.
        """
        await self._send({"type": "http.response.body", "body": content, "more_body": True})
        transport = self._transport
        if transport is None:
            await asyncio.sleep(0)  # so that the watch gets its turn
        if self._gone or (transport is not None and transport.is_closing()):
            await self._part()

    async def end(self) -> None:
        """End the answer."""
        await self._send({"type": "http.response.body", "body": b""})

    async def until(self, moment: float) -> None:
        """Wait for a moment of the clock.

        Raises:
            ClientGoneError: The client went away; that ends the wait.
        """
        if moment > self._clock.now() and not self._gone:
            self._waiter = asyncio.get_running_loop().create_future()
            timer = self._clock.call_at(moment, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self._gone:
            raise ClientGoneError

    async def reset(self) -> NoReturn:
        """Reset the connection, once what was written before is on its way.

        Raises:
            ClientGoneError: Always, as nobody reads on.
            NoConnectionError: There is no connection, as in a test that calls the application itself.
        """
        await _own_up(self._send)
        transport = self._transport
        if transport is None:
            raise NoConnectionError
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
            if not transport.get_write_buffer_size():
                break
        _linger_not(transport)
        transport.abort()
        await self._part()

    async def hang_up(self) -> NoReturn:
        """Close the connection in good order, though in the middle of an answer; raises as `reset` does."""
        await _own_up(self._send)
        transport = self._transport
        if transport is None:
            raise NoConnectionError
        transport.close()
        await self._part()

    def write_raw(self, content: bytes) -> None:
        """Write bytes that belong to no answer; nothing happens where there is no connection."""
        if self._transport is not None:
            self._transport.write(content)

    async def _part(self) -> NoReturn:
        """Leave once the server knows, too, that the client is gone: it would complain of an answer without an end."""
        async with self:
            if self._watch is not None and not self._gone:
                await asyncio.wait({self._watch}, timeout=_GOODBYE)
        raise ClientGoneError

    async def _watching(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self._gone = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def transport_of(send: Send) -> asyncio.WriteTransport | None:
    """Find the connection that an answer is written to.

    Uvicorn's `send` is a method of what holds the transport, with either of its HTTP parsers. A gate that wraps `send`
    leaves the original under `__wrapped__`, as `functools.wraps` does.
    """
    inner: Any = send
    while hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
    found = getattr(getattr(inner, "__self__", None), "transport", None)
    return found if isinstance(found, asyncio.WriteTransport) or hasattr(found, "abort") else None


async def _own_up(send: Send) -> None:
    """Tell the gates around `send` that want to know it that the fake hangs up, not the client."""
    inner: Any = send
    while hasattr(inner, "__wrapped__"):
        if hasattr(inner, "hang_up"):
            await inner.hang_up()
        inner = inner.__wrapped__


def _linger_not(transport: asyncio.WriteTransport) -> None:
    """Have the closed connection say RST instead of FIN; a Unix socket knows neither."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
