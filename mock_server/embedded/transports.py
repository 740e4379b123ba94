"""Transports of httpx that reach the fake without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anyio.to_thread
import httpx

from mock_server.embedded.engine import Engine
from mock_server.embedded.exchange import Broken, End, Exchange, Head, Piece


class MockTransport(httpx.BaseTransport):
    """A transport for `httpx.Client`.

    Args:
        engine: The fake.
        prefix: What comes before each path, so that a request finds its lane.
    """

    def __init__(self, engine: Engine, prefix: str) -> None:
        self._engine = engine
        self._prefix = prefix

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        exchange = Exchange(self._engine, _scope(request, self._prefix), request.read())
        head = exchange.next(_patience(request))
        if isinstance(head, Head):
            return httpx.Response(head.status, headers=head.headers, stream=_Stream(exchange, request))
        raise _error(head, request)


class AsyncMockTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient`, on asyncio or trio; arguments as `MockTransport`."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        self._engine = engine
        self._prefix = prefix

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        exchange = Exchange(self._engine, _scope(request, self._prefix), await request.aread())
        head = await _awaited(exchange, request)
        if isinstance(head, Head):
            return httpx.Response(head.status, headers=head.headers, stream=_AsyncStream(exchange, request))
        raise _error(head, request)


class _Stream(httpx.SyncByteStream):
    def __init__(self, exchange: Exchange, request: httpx.Request) -> None:
        self._exchange = exchange
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        while isinstance(piece := self._exchange.next(_patience(self._request)), bytes):
            yield piece
        if not isinstance(piece, End):
            raise _error(piece, self._request)

    def close(self) -> None:
        self._exchange.leave()


class _AsyncStream(httpx.AsyncByteStream):
    def __init__(self, exchange: Exchange, request: httpx.Request) -> None:
        self._exchange = exchange
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(piece := await _awaited(self._exchange, self._request), bytes):
            yield piece
        if not isinstance(piece, End):
            raise _error(piece, self._request)

    async def aclose(self) -> None:
        self._exchange.leave()


async def _awaited(exchange: Exchange, request: httpx.Request) -> Piece | None:
    """Wait for the next piece in a thread, which is left behind where the caller is cancelled."""
    if exchange.waiting:
        return exchange.next(0)
    return await anyio.to_thread.run_sync(exchange.next, _patience(request), abandon_on_cancel=True)


def _patience(request: httpx.Request) -> float | None:
    """How many seconds a client waits for each piece."""
    timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
    return timeouts.get("read")


def _error(piece: Piece | None, request: httpx.Request) -> httpx.TransportError:
    if piece is None:
        return httpx.ReadTimeout("timed out", request=request)
    if isinstance(piece, Broken) and piece.begun:
        return httpx.RemoteProtocolError(
            "peer closed connection without sending complete message body", request=request
        )
    return httpx.ReadError("the connection was reset", request=request)


def _scope(request: httpx.Request, prefix: str) -> dict[str, object]:
    """Make the scope of ASGI, as uvicorn makes it."""
    raw, _, query = request.url.raw_path.partition(b"?")
    if request.url.path.startswith(f"{prefix}/"):
        prefix = ""  # the base URL leads to the lane already
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": prefix + request.url.path,
        "raw_path": prefix.encode("ascii") + raw,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 0),
        "server": (request.url.host, request.url.port),
        "state": {},
    }
