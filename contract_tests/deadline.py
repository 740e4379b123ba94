"""A transport whose exchanges end at a set time, however slowly their bytes come: httpx bounds each read alone."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from contract_tests.stopwatch import Stopwatch

_SHORTEST = 0.001


class Deadline:
    """When the exchange that runs now has to be over."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch
        self._until = float("inf")

    def set(self, seconds: float) -> None:
        """Begin an exchange that may take so many seconds."""
        self._until = self._stopwatch.now() + seconds

    def cap(self, timeout: float | None) -> float:
        """A timeout that does not reach beyond the end."""
        left = self._until - self._stopwatch.now()
        return max(_SHORTEST, left if timeout is None else min(left, timeout))

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self._stopwatch.now() >= self._until


class _Stream(httpcore.NetworkStream):
    """A connection that is read and written no later than the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._deadline.passed:
            raise httpcore.ReadTimeout("the exchange took too long")
        return self._inner.read(max_bytes, self._deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._deadline.passed:
            raise httpcore.WriteTimeout("the exchange took too long")
        self._inner.write(buffer, self._deadline.cap(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.cap(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # as its base says
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        inner = super().connect_tcp(host, port, self._deadline.cap(timeout), local_address, socket_options)
        return _Stream(inner, self._deadline)


class Transport(httpx.HTTPTransport):
    """httpx's own transport over connections with a deadline.

    Args:
        deadline: Of the exchange that runs.
        verify: Whether certificates are read; reading the list of authorities takes longer than most checks.
    """

    def __init__(self, deadline: Deadline, *, verify: bool = True) -> None:
        super().__init__(verify=False)
        context = httpx.create_ssl_context(verify=verify)
        self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=_Backend(deadline))
