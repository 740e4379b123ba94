"""Write down what a client sends and gets; the outermost gate, so that refusals and broken connections count too."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING
from urllib.parse import quote

from mock_server import edition
from mock_server.gates.asgi import Message, Receive, Scope, Send, met_call
from mock_server.journal.entry import MOST_KEPT, Outcome
from mock_server.journal.raw import Pairs, Raw

if TYPE_CHECKING:
    from mock_server.call import Call
    from mock_server.state.lane import Lane

_CONTROL = "/__admin"
_CONTRACT = "/openapi.json"
_SOON = 0.05
"""Seconds until a call is settled at the latest; several in a row cost each less than one alone."""
_NONE: Pairs = []
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_BODY_WITHIN = 1.0
"""Seconds that a refusal waits at most for a body that it does not need."""


def is_own(path: str) -> bool:
    """Whether a path is the fake's own, the control API or the contract: what is asked there is not written down."""
    return path.startswith(_CONTROL) or path == _CONTRACT


class Recorder(Raw):
    """Stands in for ASGI's `send`, which stays under `__wrapped__`, and for its `receive`; it keeps references only.

    Args:
        lane: Whose journal it is.
        scope: The request's.
        receive: ASGI's.
        send: ASGI's.
    """

    __slots__ = ("__wrapped__", "_gone", "_heard", "_hung_up", "_lane", "_over", "_receive", "_room")

    def __init__(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        self.__wrapped__ = send
        self._lane = lane
        self._receive = receive
        self.begun, self.waited = lane.clock.moment()
        self.sent = scope["headers"]
        self.answered = self.asked_size = self.status = self.size = 0
        self.body = self.answer = b""
        self.headers = _NONE
        self.asked = self.opening = self.closing = None
        self._room = MOST_KEPT
        self.streamed = self._heard = self._over = self._gone = self._hung_up = False

    async def receive(self) -> Message:
        """Take a message from the client."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._heard = True
            part: bytes = message.get("body", b"")
            if not self.asked_size:
                self.body = part
            elif self.asked_size <= MOST_KEPT:
                self.asked = self.asked or [self.body]
                self.asked.append(part)
            self.asked_size += len(part)
        elif not self._over:
            self._gone = True
        return message

    def __call__(self, message: Message) -> Awaitable[None]:
        """Send a message to the client; no coroutine of its own, as each costs time."""
        if message["type"] == "http.response.body":
            self.took(message.get("body", b""))
            if message.get("more_body", False):
                self.streamed = True
            else:
                self._over = True
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = message.get("headers", self.headers)
            self.answered = self._lane.clock.now_ns()
            if not self._heard and self._has_body():
                return self._behind_the_body(message)
        return self.__wrapped__(message)

    async def hang_up(self) -> None:
        """Note that the fake hangs up, and what it was asked before it does."""
        self._hung_up = True
        if not self._heard and self._has_body():
            await self._take_body()

    def took(self, part: bytes) -> None:
        """Note bytes of an answer's body: all of a short one, the first and the last ones of a long one."""
        size = len(part)
        if not self.size and size <= self._room:
            # A copy of its own: the buffer that JSON was written into is large, warm, and wanted for the next answer.
            self.answer = bytes(memoryview(part))
            self._room -= size
        elif size:
            self._note_more(part, size)
        self.size += size

    def close(self, scope: Scope) -> None:
        """End the record: take what an entry needs of the request, let go of the rest, and give it to the journal."""
        lane, call = self._lane, met_call(scope)
        self.ended, self.left = lane.clock.moment()
        self.outcome = self._how_it_ended()
        self.method, self.query, self.client = scope["method"], scope["query_string"], scope.get("client")
        self.path = _path(scope, lane)
        self.lane_name = lane.name
        if call is None:
            self._met_nothing(lane)
        else:
            self._met(call)
        self.now = lane.now(self.facts.wire.now)
        self.__wrapped__, self._receive = _nowhere, _nothing
        if lane.journal.take(self):
            asyncio.get_running_loop().call_later(_SOON, lane.journal.settle)

    def _met(self, call: Call) -> None:
        self.edition, self.facts, self.operation = call.edition.name, call.edition.facts, call.operation
        self.content, self.stub, self.faults = call.content, call.stub, _faults(call)
        self.foreign = bool(self.stub or self.faults)

    def _met_nothing(self, lane: Lane) -> None:
        face = edition.load(lane.face)
        self.edition, self.facts, self.operation = face.name, face.facts, None
        self.content, self.stub, self.faults = {}, "", ()
        self.foreign = True

    def _has_body(self) -> bool:
        """Whether the client sends a body, and does so unasked."""
        names = {name for name, value in self.sent if value != b"0"}
        return not names.isdisjoint(_FRAMING) and b"expect" not in names

    async def _behind_the_body(self, message: Message) -> None:
        """Send a refusal that did not wait for the body once that is here: what a client sent is what matters."""
        await self._take_body()
        await self.__wrapped__(message)

    async def _take_body(self) -> None:
        try:
            async with asyncio.timeout(_BODY_WITHIN):
                message = await self.receive()
                while message.get("more_body", False) and self.asked_size <= MOST_KEPT:
                    message = await self.receive()
        except TimeoutError:
            return

    def _note_more(self, part: bytes, size: int) -> None:
        """Note bytes beyond the first part, and forget those in the middle."""
        if self.opening is None:
            self.opening = [self.answer]
        if self.closing is None and size <= self._room:
            self._room -= size
            self.opening.append(part)
            return
        if self.closing is None:
            self.closing = deque()
            self.opening.append(part[: self._room])
            part = part[self._room :]
            self._room = 0
        kept = self.closing
        kept.append(part)
        self._room += len(part)
        while self._room - len(kept[0]) >= MOST_KEPT:
            self._room -= len(kept.popleft())

    def _how_it_ended(self) -> Outcome:
        if self._hung_up:
            return "reset"
        # Uvicorn's own word: it drops what is sent to a client that is gone.
        if self._gone or getattr(getattr(self.__wrapped__, "__self__", None), "disconnected", False):
            return "gone"
        return "complete" if self._over else "broken"


async def _nowhere(_: Message) -> None:
    """Stand in for `send` once the answer is over, so that what it belongs to can go."""


async def _nothing() -> Message:
    """Stand in for `receive` once the answer is over."""
    return {"type": "http.disconnect"}


def _path(scope: Scope, lane: Lane) -> bytes:
    """The path as it was asked for, without the lane's part."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    if not lane.name:
        return raw
    return b"/" + raw.partition(b"/n/")[2].partition(b"/")[2]


def _faults(call: Call) -> tuple[str, ...]:
    """The faults that met a call, those of its stream by their names."""
    if not call.habits.faults and not call.injections:
        return call.struck
    return (*call.struck, *(fault.name for fault in (*call.habits.faults, *call.injections)))
