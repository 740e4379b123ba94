"""Choose the faults that strike a call, before its body is read unless one of them asks what is in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from mock_server import wire
from mock_server.call import Call
from mock_server.errors import ApiError
from mock_server.faults import effects as bodies
from mock_server.faults.book import Asked, Likely
from mock_server.faults.model import Effects
from mock_server.faults.streams import parse
from mock_server.gates import body
from mock_server.gates.asgi import App, Receive, Scope, Send, call_of
from mock_server.world import ids

Strike = Callable[[Call, Sequence[Effects], Receive, Send], Awaitable[Send | None]]
Refuse = Callable[[Call, ApiError, Receive, Send], Awaitable[None]]
_KEY = b"faults"


class Faults:
    """A gate that lets calls through with what is to go wrong with them.

    Args:
        app: What answers a call.
        strike: Does what concerns the connection and the bytes; says where the answer is to be sent, or that there is
            none to send any more.
        refuse: Sends a refusal, so that it is struck like any other answer.
    """

    def __init__(self, app: App, strike: Strike, refuse: Refuse) -> None:
        self._app = app
        self._strike = strike
        self._refuse = refuse

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Strike a call, or let it through. A coroutine of its own only where there are faults, as each costs time."""
        call = call_of(scope)
        book = call.lane.faults
        if not book.active:
            return self._app(scope, receive, send)
        likely = book.likely(call.operation)
        if not likely.faults:
            return self._app(scope, receive, send)
        if likely.reads_body and call.raw is None and call.operation.body is not None:
            return self._behind_the_body(call, likely, scope, receive, send)
        return self._strike_or_pass(call, likely, scope, receive, send)

    async def _behind_the_body(self, call: Call, likely: Likely, scope: Scope, receive: Receive, send: Send) -> None:
        await body.read_early(call, receive)
        await self._strike_or_pass(call, likely, scope, receive, send)

    def _strike_or_pass(
        self, call: Call, likely: Likely, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        struck = _chosen(call, likely, scope)
        if not struck:
            return self._app(scope, receive, send)
        return self._struck(call, struck, scope, receive, send)

    async def _struck(self, call: Call, struck: Sequence[Effects], scope: Scope, receive: Receive, send: Send) -> None:
        meet(call, struck)
        there = await self._strike(call, struck, receive, send)
        if there is None:
            return
        try:
            await self._app(scope, receive, there)
        except ApiError as error:
            await self._refuse(call, error, receive, there)


def meet(call: Call, struck: Sequence[Effects]) -> None:
    """Give a call what changes its answer while that is still JSON; stubs whose answer is a fault use it, too."""
    for one in struck:
        call.amendments += tuple(bodies.amendments(one))
        call.reshapings += tuple(bodies.reshapings(one))
        if one.stream is not None:
            call.injections += parse(one.stream)
    if call.amendments or call.reshapings:
        call.unchecked = True


def _chosen(call: Call, likely: Likely, scope: Scope) -> tuple[Effects, ...]:
    content = call.content
    model = content.get("model")
    asked = Asked(
        scope["path"],
        call.key,
        call.lane.seed,
        model if isinstance(model, str) else "",
        content.get("stream") is True,
        _digest(call, scope) if likely.draws else b"",
    )
    found = likely.choose(asked)
    if not found:
        return ()
    call.struck += tuple(name for name, _ in found)
    return tuple(fault for _, fault in found)


def _digest(call: Call, scope: Scope) -> bytes:
    """Hash what was asked, the same whatever the order of its keys."""
    said = wire.canonical(call.content) if call.content else call.raw or b""
    place = b" ".join((call.endpoint.encode(), scope["path"].encode("utf-8", "surrogatepass"), scope["query_string"]))
    return ids.digest(place + b"\n" + said, key=_KEY, size=16)
