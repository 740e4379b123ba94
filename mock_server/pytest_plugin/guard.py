"""Keeps tests from the live API: whoever connects to its host gets a failure that says how to go on."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from _pytest.outcomes import Failed  # what pytest.fail raises, as a class that can be derived from

LIVE_HOST = "api.perplexity.ai"
_TEXT = """\
{test} was about to connect to {host}, which is the live API. The guard of pplx-mock stopped it.

What usually is the cause, and what helps:
  - the client was made before the fixture set PERPLEXITY_BASE_URL, at import or in a fixture of a wider scope:
    make it inside of the test, or give it base_url=perplexity_mock.url and api_key=perplexity_mock.api_key
  - the code has the address in it, or reads it from somewhere else: let it read PERPLEXITY_BASE_URL
  - the test does not use the fixture: write perplexity_mock among its arguments
  - the `openai` client is used: mark the test with @pytest.mark.perplexity_mock(openai=True)
To run tests against the live API: pytest --perplexity-target live. To let this test alone reach it:
@pytest.mark.perplexity_mock(guard=False)."""

_Connect = Callable[..., object]
_Patch = tuple[object, str, bool, _Connect]


class LiveHostReachedError(Failed):
    """A test was about to connect to the live API.

    It is no `Exception`, as pytest's failures are none: clients must neither swallow it nor try again.
    """


class Guard:
    """Stops connections to the live host while it is up; may be put up several times over.

    Attributes:
        stopped: What was said to those who were stopped.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._patches: list[_Patch] = []
        self._exempt = threading.local()
        self.stopped: list[str] = []

    @contextmanager
    def up(self) -> Iterator[None]:
        """Be up while in the context."""
        self.raise_()
        try:
            yield
        finally:
            self.lower()

    @contextmanager
    def exempt(self) -> Iterator[None]:
        """Let this thread through while in the context: a live run asks on behalf of its tests."""
        self._exempt.here = True
        try:
            yield
        finally:
            self._exempt.here = False

    def raise_(self) -> None:
        """Put it up."""
        self._depth += 1
        if self._depth == 1:
            for owner, name in _doors():
                self._patch(owner, name)

    def lower(self) -> None:
        """Take it down once, and altogether if that was the last time."""
        self._depth -= 1
        if self._depth == 0:
            while self._patches:
                _restore(*self._patches.pop())

    def _patch(self, owner: object, name: str) -> None:
        original: _Connect = getattr(owner, name)
        own = name in vars(owner)

        def guarded(*args: object, **options: object) -> object:
            __tracebackhide__ = True
            self._check((*args, *options.values()))
            return original(*args, **options)

        guarded.__wrapped__ = original  # type: ignore[attr-defined]  # as functools.wraps leaves it
        setattr(owner, name, guarded)
        self._patches.append((owner, name, own, original))

    def _check(self, given: tuple[object, ...]) -> None:
        __tracebackhide__ = True
        if self._depth and not getattr(self._exempt, "here", False) and any(map(_is_live, given)):
            test = os.environ.get("PYTEST_CURRENT_TEST", "something outside of a test").removesuffix(" (call)")
            self.stopped.append(_TEXT.format(test=test, host=LIVE_HOST))
            raise LiveHostReachedError(self.stopped[-1])


def _doors() -> list[tuple[object, str]]:
    """What every client goes through that asks for a name or connects."""
    found: list[tuple[object, str]] = [
        (socket, "getaddrinfo"),
        (socket, "gethostbyname"),
        (socket, "gethostbyname_ex"),
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
    ]
    uvloop = sys.modules.get("uvloop")
    if uvloop is not None:  # it goes around Python's sockets
        found += [(uvloop.Loop, "getaddrinfo"), (uvloop.Loop, "create_connection")]
    return found


def _is_live(argument: object) -> bool:
    """Whether an argument names the live host, alone or as an address."""
    host = argument[0] if isinstance(argument, tuple) and argument else argument
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("latin-1")
    return isinstance(host, str) and host.rstrip(".").lower() == LIVE_HOST


def _restore(owner: object, name: str, own: bool, original: _Connect) -> None:  # noqa: FBT001  # a tuple's parts
    if getattr(vars(owner).get(name), "__wrapped__", None) is not original:
        return  # somebody patched it since, and restores it
    if own:
        setattr(owner, name, original)
    else:
        delattr(owner, name)


guard = Guard()
"""The guard of this process."""
