"""Count what Schemathesis sends while it sends it, so that no budget is overdrawn."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from contract_tests import costs
from contract_tests.client import MOST_BYTES, Client
from contract_tests.findings import BudgetSpentError
from mock_server.contract.operation import Operation
from mock_server.journal import answers

T = TypeVar("T")


class SpentInterrupt(KeyboardInterrupt):
    """The budget is spent: Schemathesis and Hypothesis stop at once, and shrink nothing."""


class Meter:
    """What a run of Schemathesis took.

    Args:
        client: Whose budget it is.
        most: The most requests of this run, besides what the budget allows.
    """

    def __init__(self, client: Client, most: int | None) -> None:
        self._client = client
        self._most = most
        self.requests = 0
        self.reason = ""

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count every exchange of the library that Schemathesis sends with, those that its checks add included.

        It has hooks for its own calls only; its probes, and the requests that its checks repeat without a key, go by
        them. So the one method that all of them pass is replaced for the time being.
        """
        original = HTTPAdapter.send

        def counted(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: object) -> requests.Response:
            self._take(request)
            response = original(adapter, request, **options)  # type: ignore[arg-type]  # passed on as they came
            response.raw.stream = self._bounded(response.raw.stream, response.close)
            return response

        HTTPAdapter.send = counted  # type: ignore[method-assign, assignment]  # what this is for
        try:
            with _following_no_redirect():
                yield
        finally:
            HTTPAdapter.send = original  # type: ignore[method-assign]  # as it was

    def _take(self, request: requests.PreparedRequest) -> None:
        if self._most is not None and self.requests >= self._most:
            self._stop(f"{self.requests} made-up requests were sent, as many as this profile allows")
        try:
            self._client.budget.take(self._cost(request))
        except BudgetSpentError as error:
            self._stop(str(error))
        self.requests += 1

    def _bounded(
        self, stream: Callable[..., Iterator[bytes]], close: Callable[[], None]
    ) -> Callable[..., Iterator[bytes]]:
        """Read no more of an answer, and no longer, than the kit's own client does."""
        client = self._client
        until = client.stopwatch.now() + client.longest

        def read(*arguments: object, **options: object) -> Iterator[bytes]:
            size = 0
            for chunk in stream(*arguments, **options):
                size += len(chunk)
                if size > MOST_BYTES or client.stopwatch.now() > until:
                    close()
                    raise requests.exceptions.ChunkedEncodingError(f"no end after {size} bytes")
                yield chunk

        return read

    def _stop(self, reason: str) -> None:
        self.reason = reason
        raise SpentInterrupt

    def _cost(self, request: requests.PreparedRequest) -> Decimal:
        """The bound of a request; what it did cost is not asked, so the sum is a bound as well."""
        target = self._client.target
        if not target.charges:
            return Decimal(0)
        said = request.body.encode() if isinstance(request.body, str) else request.body
        content = said if isinstance(said, bytes) else b""
        found = operation_of(target.edition.operations, request.method or "", urlsplit(request.url or "").path)
        return costs.bound(found.handler if found else "", answers.parsed(content), len(content), target.edition)


@contextmanager
def _following_no_redirect() -> Iterator[None]:
    """Take a redirect for the answer that it is: no operation has one, and a chain of them would eat the budget."""
    original = requests.Session.get_redirect_target
    requests.Session.get_redirect_target = lambda *_: None  # type: ignore[method-assign]  # for the time being
    try:
        yield
    finally:
        requests.Session.get_redirect_target = original  # type: ignore[method-assign]  # as it was


def operation_of(operations: Mapping[str, Operation], method: str, path: str) -> Operation | None:
    """The operation whose method and path end an address; paths with parameters cost nothing and are not looked for."""
    return next((one for one in operations.values() if one.method == method and path.endswith(one.path)), None)


def each(stream: Generator[T, None, None], meter: Meter, stop: Callable[[], None]) -> Iterator[T]:
    """The events of a run, until it ends or its budget does; its threads are at rest when the counting ends."""
    with meter.counting():
        try:
            yield from stream
        except SpentInterrupt:
            return
        finally:
            stop()
            stream.close()
