"""Choose the faults that strike a call, before its body is read unless one of them asks what is in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from mock_server import wire
from mock_server.call import Call
from mock_server.errors import ApiError
from mock_server.faults import effects as bodies
from mock_server.faults.book import Asked, FaultBook
from mock_server.faults.model import Effects
from mock_server.faults.streams import parse
from mock_server.gates import body
from mock_server.gates.asgi import App, Receive, Scope, Send, call_of
from mock_server.gates.authentication import bearer
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
        if not call.lane.faults.active:
            return self._app(scope, receive, send)
        return self._strike_or_pass(call, scope, receive, send)

    async def _strike_or_pass(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        struck = await _chosen(call, call.lane.faults, scope, receive)
        if not struck:
            await self._app(scope, receive, send)
            return
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
        call.amendments += bodies.amendments(one)
        call.reshapings += bodies.reshapings(one)
        if one.stream is not None:
            call.injections += parse(one.stream)
    if call.amendments or call.reshapings:
        call.unchecked = True


async def _chosen(call: Call, book: FaultBook, scope: Scope, receive: Receive) -> tuple[Effects, ...]:
    if book.reads_body and call.operation.body is not None:
        await body.read_early(call, receive)
    content = call.content
    model = content.get("model")
    operation = call.operation
    asked = Asked(
        operation=operation.id,
        handler=operation.handler,
        method=operation.method,
        path=scope["path"],
        key=bearer(call),
        seed=call.lane.seed,
        model=model if isinstance(model, str) else "",
        streaming=content.get("stream") is True,
        digest=_digest(call, scope) if book.draws else b"",
    )
    found = book.choose(asked)
    call.struck += tuple(name for name, _ in found)
    return tuple(fault for _, fault in found)


def _digest(call: Call, scope: Scope) -> bytes:
    """Hash what was asked, the same whatever the order of its keys."""
    said = wire.canonical(call.content) if call.content else call.raw or b""
    place = b" ".join((call.endpoint.encode(), scope["path"].encode("utf-8", "surrogatepass"), scope["query_string"]))
    return ids.digest(place + b"\n" + said, key=_KEY, size=16)
