"""An event loop in a thread of its own, which owns all state of the fake that runs on it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent import futures
from concurrent.futures import Future
from typing import TypeVar

from mock_server.errors import PplxMockError

T = TypeVar("T")
_JOIN_WITHIN = 10.0
_LOOK_EVERY = 1.0


class StoppedError(PplxMockError):
    """The server was asked for something before it ran, or after it stopped."""


class LoopThread:
    """An event loop that runs in the background.

    Whatever a test says to the fake from outside is done here, on the loop, between two steps of its requests. So the
    state of a fake is touched by one thread only, and whoever got an answer finds it in the journal at once.
    """

    def __init__(self) -> None:
        self._loop = _new_loop()
        self._process = os.getpid()
        # A daemon, so that a test run that ends in a hurry is not kept waiting.
        self._thread = threading.Thread(target=self._run, name="pplx-mock", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it runs; in a forked child it does not, as threads do not come along."""
        return self._process == os.getpid() and self._thread.is_alive()

    def do(self, function: Callable[[], T]) -> T:
        """Call a function on the loop.

        Args:
            function: Called without waiting for anything.

        Returns:
            What it returns; what it raises is raised here.

        Raises:
            StoppedError: The loop does not run.
        """
        __tracebackhide__ = True
        if threading.get_ident() == self._thread.ident:
            return function()
        self._check()
        result: Future[T] = Future()
        self._loop.call_soon_threadsafe(_settle, result, function)
        return self._awaited(result)

    def wait(self, task: Coroutine[None, None, T]) -> T:
        """Run a coroutine on the loop to its end; raises `StoppedError` where the loop does not run."""
        return self._awaited(self.spawn(task))

    def spawn(self, task: Coroutine[None, None, T]) -> Future[T]:
        """Begin a coroutine on the loop; raises `StoppedError` where the loop does not run."""
        try:
            self._check()
        except StoppedError:
            task.close()
            raise
        return asyncio.run_coroutine_threadsafe(task, self._loop)

    def soon(self, function: Callable[[], object]) -> None:
        """Have the loop call a function, and do not wait; nothing happens where the loop does not run."""
        if self.alive and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def stop(self) -> None:
        """End what still runs on the loop, and the loop."""
        if self.alive:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_JOIN_WITHIN)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            _finish(self._loop)
        finally:
            self._loop.close()

    def _awaited(self, result: Future[T]) -> T:
        """Wait for a result, and for no longer than the loop runs: another thread may stop it in between."""
        __tracebackhide__ = True
        while not futures.wait([result], _LOOK_EVERY).done and self._thread.is_alive():
            continue
        if not result.done():
            self._check()
        return result.result()

    def _check(self) -> None:
        __tracebackhide__ = True
        if self._process != os.getpid():
            raise StoppedError(
                "this process was forked from the one whose MockServer this is: start one of its own here"
            )
        if not self._thread.is_alive() or self._loop.is_closed():
            raise StoppedError("the MockServer is stopped: ask while its `with` block or its fixture lasts")


def _settle(result: Future[T], function: Callable[[], T]) -> None:
    """Call a function, and hand over what it gives or raises."""
    __tracebackhide__ = True
    try:
        result.set_result(function())
    except BaseException as error:  # noqa: BLE001  # it belongs to the thread that asked
        result.set_exception(error)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415  # not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
