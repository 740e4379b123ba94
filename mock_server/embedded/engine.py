"""A fake that runs: its socket, its thread, its lanes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Protocol, TypeVar, cast

from mock_server import server
from mock_server.app import ContractRoute, House, create_app
from mock_server.embedded.entrance import Entrance
from mock_server.embedded.target import Forward, Target
from mock_server.embedded.thread import LoopThread, StoppedError
from mock_server.settings import Settings

T = TypeVar("T")
_LOOK_EVERY = 0.01


class _Housed(Protocol):
    house: House


class Engine:
    """A fake on a socket, in a thread and an event loop of its own; made, it runs.

    Args:
        settings: As of `pplx-mock serve`.
        target: A server that requests are passed on to, in place of the fake's own answers.

    Raises:
        PplxMockError: A setting does not fit, or the port is taken.
    """

    def __init__(self, settings: Settings, target: Target | None = None) -> None:
        app = create_app(settings)
        self.target = target
        self.house = cast("_Housed", app).house
        if target is not None:
            routes = [route for route in app.router.routes if isinstance(route, ContractRoute)]
            app.router.routes[:] = [Forward(target, self.house, routes)]
        listener = server.listen(settings)
        self.url = server.url_of(listener)
        self.entrance = Entrance(app)
        self._server = server.Background(self.entrance, settings.log_level)
        self._thread = LoopThread()
        try:
            self._serving = self._thread.wait(_begun(self._server, self._server.serve(sockets=[listener])))
        except BaseException:
            self._thread.stop()
            raise

    @property
    def alive(self) -> bool:
        """Whether it runs, and in this process."""
        return self._thread.alive

    def do(self, function: Callable[[], T]) -> T:
        """Call a function on the loop; returns what it returns and raises what it raises."""
        __tracebackhide__ = True
        return self._thread.do(function)

    def spawn(self, task: Coroutine[None, None, T]) -> Future[T]:
        """Begin a coroutine on the loop."""
        return self._thread.spawn(task)

    def soon(self, function: Callable[[], object]) -> None:
        """Have the loop call a function, and do not wait."""
        self._thread.soon(function)

    def until_listening(self) -> None:
        """Wait until connections are taken again, where a fault had them refused."""
        self._thread.wait(_listening(self._server))

    def end(self) -> None:
        """Hang up on everybody and stop."""
        if self.alive:
            self._thread.wait(_ended(self._server, self._serving))
            self._thread.stop()


async def _begun(running: server.Background, serve: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """Wait until it takes connections."""
    serving = asyncio.create_task(serve)
    ready = asyncio.create_task(running.ready.wait())
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        ready.cancel()
        await serving
        raise StoppedError("the server stopped as soon as it started")
    return serving


async def _listening(running: server.Background) -> None:
    while not running.servers:  # noqa: ASYNC110  # uvicorn sets no event once it listens again
        await asyncio.sleep(_LOOK_EVERY)


async def _ended(running: server.Background, serving: asyncio.Task[None]) -> None:
    running.end()
    await serving
