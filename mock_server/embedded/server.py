"""`MockServer`: the fake on a socket of its own, beside the program that starts it."""

from __future__ import annotations

import atexit
from typing import Self

from anyio import to_thread

from mock_server.embedded.engine import Engine
from mock_server.embedded.mock import PerplexityMock
from mock_server.embedded.target import Target
from mock_server.embedded.thread import StoppedError
from mock_server.settings import Settings


class MockServer:
    """The fake in this process, on a real socket.

    A context manager, blocking or waiting, for any test framework:

        with MockServer() as server, server.mock() as perplexity:
            client = Perplexity(base_url=perplexity.url, api_key=perplexity.api_key)

    Args:
        settings: As of `pplx-mock serve`; where not given, the defaults on a free port.
        target: A server that requests are passed on to, written down and paid for, in place of answering them.
    """

    def __init__(self, settings: Settings | None = None, *, target: Target | None = None) -> None:
        self.settings = settings or Settings(port=0)
        self.target = target
        self._engine: Engine | None = None
        self._mocks: list[PerplexityMock] = []

    @property
    def alive(self) -> bool:
        """Whether it runs, and in this process."""
        return self._engine is not None and self._engine.alive

    @property
    def engine(self) -> Engine:
        """What runs; raises `StoppedError` where nothing does."""
        if self._engine is None:
            raise StoppedError("the MockServer does not run: use it in a `with` block, or call start()")
        return self._engine

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end; the default lane answers there. Raises `StoppedError`."""
        return self.engine.url

    def start(self) -> Self:
        """Start it, unless it runs; returns once it takes connections.

        Raises:
            PplxMockError: A setting does not fit, or the port is taken.
        """
        if not self.alive:
            self._engine = Engine(self.settings, self.target)
            atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Forget the fakes that it made, hang up on everybody and stop; a server that does not run is left alone."""
        for mock in self._mocks:
            mock.close()
        self._mocks.clear()
        engine, self._engine = self._engine, None
        atexit.unregister(self.stop)
        if engine is not None:
            engine.end()

    def mock(self, *, edition: str | None = None, seed: int | None = None) -> PerplexityMock:
        """Make a fake of its own on this server, as each test gets one: a lane, an account, a clock, a journal.

        Args:
            edition: The edition that it answers as; that of the settings where not given.
            seed: Seed of its world; that of the settings where not given.

        Returns:
            The fake. It is a context manager; at its end it is forgotten.
        """
        made = PerplexityMock(self.engine, edition=edition, seed=seed)
        self._mocks = [*(mock for mock in self._mocks if mock.open), made]
        return made

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start, on asyncio or trio, without holding up other tasks."""
        return await to_thread.run_sync(self.start)

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await to_thread.run_sync(self.stop)

    def __repr__(self) -> str:
        """Say where it listens."""
        return f"<MockServer {self.url}>" if self.alive else "<MockServer, stopped>"
