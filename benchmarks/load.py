"""A load generator on raw asyncio: keep-alive connections, one request after the other, every request another one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests were answered with 200, and in what time."""

    requests: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def post(path: str, body: bytes) -> bytes:
    """Write a request."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer bench\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def measure(port: int, requests: Iterator[bytes], count: int, *, connections: int = 16) -> Rate:
    """Send `count` requests to a port of this machine and wait for all answers.

    Raises:
        RuntimeError: An answer was not 200.
    """
    return uvloop.run(_measure(port, requests, count, connections))


async def _measure(port: int, requests: Iterator[bytes], count: int, connections: int) -> Rate:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    left = [count]

    def answered() -> None:
        left[0] -= 1
        if left[0] == 0:
            done.set_result(None)

    sent = iter(range(count))
    start = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(requests, sent, answered, done), "127.0.0.1", port)
    await done
    return Rate(count, time.perf_counter() - start)


class _Connection(asyncio.Protocol):
    def __init__(
        self, requests: Iterator[bytes], sent: Iterator[int], answered: Callable[[], None], done: asyncio.Future[None]
    ) -> None:
        self._requests, self._sent, self._answered, self._done = requests, sent, answered, done
        self._buffer = b""
        self._needed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._needed and not self._read_head():
            return
        if len(self._buffer) >= self._needed:
            self._buffer, self._needed = b"", 0
            self._answered()
            self._send()

    def _send(self) -> None:
        if next(self._sent, None) is None:
            self._transport.close()
        else:
            self._transport.write(next(self._requests))

    def _read_head(self) -> bool:
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return False
        head = self._buffer[:end].lower()
        if not head.startswith(b"http/1.1 200") and not self._done.done():
            self._done.set_exception(RuntimeError(self._buffer.decode("utf-8", "replace")))
        start = head.index(_LENGTH) + len(_LENGTH)
        self._needed = end + len(_HEAD_END) + int(head[start:].partition(b"\r\n")[0])
        return True
