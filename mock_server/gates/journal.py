"""Write down what a client sends and gets; the outermost gate, so that refusals and broken connections count too."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING
from urllib.parse import quote

from mock_server import edition, redaction
from mock_server.gates.asgi import App, Message, Receive, Scope, Send, lane_of, met_call
from mock_server.journal.entry import MOST_KEPT, Asked, Entry, Leak, Outcome, Times, Told

if TYPE_CHECKING:
    from mock_server.call import Call
    from mock_server.state.lane import Lane

_CONTROL = "/__admin"
_CONTRACT = "/openapi.json"
_SOON = 0.05
"""Seconds until a call is written down at the latest; several in a row cost each a third of what one costs alone."""
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_BODY_WITHIN = 1.0
"""Seconds that a refusal waits at most for a body that it does not need."""
_LONGEST_FORM = 6
"""How much longer a key gets at most when JSON escapes all of its characters."""


async def journaled(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Let an application answer a request of a lane whose journal is on, and write both down.

    What is asked of the fake itself, the control API and the contract, is not written down.
    """
    path: str = scope["path"]
    if path.startswith(_CONTROL) or path == _CONTRACT:
        await app(scope, receive, send)
        return
    lane = lane_of(scope)
    record = Recorder(lane, scope["headers"], receive, send)
    try:
        await app(scope, record.receive, record)
    finally:
        record.close(scope)
        if lane.journal.take(record):
            asyncio.get_running_loop().call_later(_SOON, lane.journal.settle)


class Recorder:
    """Stands in for ASGI's `send`, which stays under `__wrapped__`, and for its `receive`; it keeps references only."""

    __slots__ = (
        "__wrapped__",
        "_answered",
        "_asked",
        "_asked_size",
        "_begun",
        "_client",
        "_closing",
        "_edition",
        "_ended",
        "_faults",
        "_foreign",
        "_gone",
        "_headers",
        "_hung_up",
        "_lane",
        "_left",
        "_method",
        "_now",
        "_opening",
        "_operation",
        "_outcome",
        "_over",
        "_path",
        "_query",
        "_real",
        "_receive",
        "_request_headers",
        "_room",
        "_size",
        "_status",
        "_stub",
    )

    def __init__(self, lane: Lane, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        self.__wrapped__ = send
        self._hung_up = False
        self._request_headers = headers
        self._lane = lane
        self._receive = receive
        self._begun = lane.clock.now_ns()
        self._real = asyncio.get_running_loop().time()
        self._answered = self._asked_size = self._status = self._size = 0
        self._asked: list[bytes] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._opening: list[bytes] = []
        self._closing: deque[bytes] | None = None
        self._room = MOST_KEPT
        self._over = self._gone = False

    async def receive(self) -> Message:
        """Take a message from the client."""
        message = await self._receive()
        if message["type"] == "http.request":
            part: bytes = message.get("body", b"")
            if self._asked_size <= MOST_KEPT:
                self._asked.append(part)
            self._asked_size += len(part)
        elif not self._over:
            self._gone = True
        return message

    def __call__(self, message: Message) -> Awaitable[None]:
        """Send a message to the client; no coroutine of its own, as each costs time."""
        if message["type"] == "http.response.body":
            part: bytes = message.get("body", b"")
            self.took(part)
            if not message.get("more_body", False):
                self._over = True
        elif message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = message.get("headers", self._headers)
            self._answered = self._lane.clock.now_ns()
            if not self._asked and self._has_body():
                return self._behind_the_body(message)
        return self.__wrapped__(message)

    async def hang_up(self) -> None:
        """Note that the fake hangs up, and what it was asked before it does."""
        self._hung_up = True
        if not self._asked and self._has_body():
            await self._take_body()

    def took(self, part: bytes) -> None:
        """Note bytes of an answer's body: all of a short one, the first and the last ones of a long one."""
        size = len(part)
        self._size += size
        if self._closing is None and size <= self._room:
            self._room -= size
            self._opening.append(part)
        elif size:
            self._note_more(part)

    def close(self, scope: Scope) -> None:
        """End the record: take what an entry needs of the request, and let go of the rest."""
        lane, call = self._lane, met_call(scope)
        self._ended, self._left = lane.clock.now_ns(), asyncio.get_running_loop().time()
        self._outcome = self._how_it_ended()
        self._method, self._query = scope["method"], scope["query_string"]
        self._path = _path(scope, lane)
        self._client = scope.get("client")
        self._edition = edition.load(lane.edition) if call is None else call.edition
        self._operation = None if call is None else call.operation
        self._stub = "" if call is None else call.stub
        self._faults: tuple[str, ...] = () if call is None else _faults(call)
        self._foreign = call is None or bool(self._stub or self._faults)
        self._now = lane.now(self._edition.facts.wire.now)

    def entry(self) -> Entry:
        """Write the call down; its secrets are taken out now, before it is kept."""
        head, keys = redaction.head(self._request_headers)
        return Entry(
            asked=self._what_was_asked(head, keys),
            told=self._what_was_told(keys),
            times=Times(self._begun, self._answered, self._ended, self._real, self._left, self._now),
            lane=self._lane.name,
            edition=self._edition.name,
            operation=self._operation,
            facts=self._edition.facts,
            stub=self._stub,
            faults=self._faults,
        )

    def _has_body(self) -> bool:
        """Whether the client sends a body, and does so unasked."""
        names = {name for name, value in self._request_headers if value != b"0"}
        return not names.isdisjoint(_FRAMING) and b"expect" not in names

    async def _behind_the_body(self, message: Message) -> None:
        """Send a refusal that did not wait for the body once that is here: what a client sent is what matters."""
        await self._take_body()
        await self.__wrapped__(message)

    async def _take_body(self) -> None:
        try:
            async with asyncio.timeout(_BODY_WITHIN):
                message = await self.receive()
                while message.get("more_body", False) and self._asked_size <= MOST_KEPT:
                    message = await self.receive()
        except TimeoutError:
            return

    def _note_more(self, part: bytes) -> None:
        """Note bytes beyond the first ones, and forget those in the middle."""
        if self._closing is None:
            self._closing = deque()
            self._opening.append(part[: self._room])
            part = part[self._room :]
            self._room = 0
        kept = self._closing
        kept.append(part)
        self._room += len(part)
        while self._room - len(kept[0]) >= MOST_KEPT:
            self._room -= len(kept.popleft())

    def _what_was_asked(self, head: bytes, keys: tuple[bytes, ...]) -> Asked:
        body = self._asked[0] if len(self._asked) == 1 else b"".join(self._asked)
        if len(body) > MOST_KEPT:
            # A key that the cut goes through is to be found whole.
            longest = max([len(key) for key in keys], default=0)
            body = body[: MOST_KEPT + _LONGEST_FORM * longest + _LONGEST_FORM]
        sent = redaction.Parts(self._path, self._query, head, body)
        clean = redaction.request(sent, keys)
        return Asked(
            self._method,
            clean.path,
            clean.query,
            clean.head,
            clean.body if len(clean.body) <= MOST_KEPT else clean.body[:MOST_KEPT],
            self._asked_size,
            redaction.name_of(keys[0]) if keys else "",
            () if clean is sent else self._leaks(sent, clean),
            self._client,
        )

    def _leaks(self, sent: redaction.Parts, clean: redaction.Parts) -> tuple[Leak, ...]:
        """The places where something was taken out, but for a body whose business are keys."""
        takes_keys = self._operation is not None and _TOKEN in self._operation.fields.members
        places = tuple(place for place in _PLACES if getattr(clean, place) is not getattr(sent, place))
        return tuple(place for place in places if not (takes_keys and place == "body"))

    def _what_was_told(self, keys: tuple[bytes, ...]) -> Told:
        opening = self._opening[0] if len(self._opening) == 1 else b"".join(self._opening)
        closing = b"" if self._closing is None else b"".join(self._closing)
        if closing and self._size <= len(opening) + len(closing):
            # Nothing was left out after all: the two are one, and so is a key across their border.
            opening, closing = opening + closing, b""
        elif len(closing) > MOST_KEPT:
            closing = closing[-MOST_KEPT:]
        # The headers of the contract say nothing of what was asked; those of stubs and faults may say anything.
        write = redaction.headers if self._foreign else redaction.lines
        return Told(
            self._status,
            write(self._headers, keys),
            redaction.scrub(opening, keys),
            redaction.scrub(closing, keys) if closing else closing,
            self._size,
            len(opening) + len(closing),
            self._outcome,
        )

    def _how_it_ended(self) -> Outcome:
        if self._hung_up:
            return "reset"
        # Uvicorn's own word: it drops what is sent to a client that is gone.
        if self._gone or getattr(getattr(self.__wrapped__, "__self__", None), "disconnected", False):
            return "gone"
        return "complete" if self._over else "broken"


_TOKEN = "auth_token"  # noqa: S105  # the name of a field
_PLACES: tuple[Leak, ...] = ("path", "query", "body")


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
