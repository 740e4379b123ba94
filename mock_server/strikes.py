"""What faults do to a connection and to the bytes on it: answer in the API's place, wait, cut, hang up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from mock_server import delivery, wire
from mock_server.call import Call
from mock_server.errors import ApiError, NoConnectionError
from mock_server.faults import effects as bodies
from mock_server.faults import spoiling, tables
from mock_server.faults.model import Effects
from mock_server.gates import body
from mock_server.gates.asgi import Message, Receive, Send
from mock_server.jsontypes import JSONObject
from mock_server.listener import Listener

PIECE = 16
"""Bytes of a piece where a fault does not say."""
DOWN = 1.0
"""Seconds that nobody listens where a fault does not say."""
_ASKED_WITHIN = 10.0
"""Seconds that a connection waits at most for the rest of the request that is to break it."""
_SURPLUS = 10
_JSON = b"application/json"
_TEXT = b"text/plain"


async def strike(call: Call, struck: Sequence[Effects], receive: Receive, send: Send) -> Send | None:
    """Do what faults do before there is an answer.

    Args:
        call: What they strike.
        struck: The faults, or the effects of a stub; of those that exclude each other the first counts.
        receive: ASGI's.
        send: ASGI's.

    Returns:
        Where the answer is to be sent; nothing where there is none to send any more.

    Raises:
        ClientGoneError: The client went away, or was hung up on.
        NoConnectionError: There is no connection to hang up, as in a test that calls the application itself.
    """
    spoiler = Spoiler(call, struck, receive, send)
    broken = next((one for one in struck if one.connection is not None and one.after is None), None)
    answering = next((one for one in struck if _answers(one)), None)
    if broken is not None or (answering is not None and spoiler.hangs_up):
        await _take_in(call, receive)
    if broken is not None:
        await spoiler.wait()
        await _break_off(call, broken, spoiler.listener)
    if answering is not None:
        await _answer(call, answering, spoiler)
        return None
    return spoiler


async def _take_in(call: Call, receive: Receive) -> None:
    """Let a client say all that it has to say, before a connection breaks.

    One that still writes would hear of the RST from that, and read a mere end; and bytes that nobody reads turn a FIN
    into an RST. Stubs strike when the body is there already.
    """
    if call.raw is None and not call.spoiled:
        with contextlib.suppress(ApiError, TimeoutError):
            async with asyncio.timeout(_ASKED_WITHIN):
                await body.read(call, receive)


def _answers(effects: Effects) -> bool:
    return effects.status is not None or effects.error is not None or effects.html is not None


async def _break_off(call: Call, effects: Effects, listener: Listener) -> None:
    if effects.connection == "closed":
        await listener.hang_up()
    if effects.connection == "refused" and not call.lane.door.shut(effects.down or DOWN):
        raise NoConnectionError
    await listener.reset()


async def _answer(call: Call, effects: Effects, send: Send) -> None:
    page = _page(effects)
    headers = [(b"x-mock-edition", call.edition.header)]
    if page is not None:
        kind, content = page.media_type.encode("ascii"), page.content.encode("utf-8")
        await delivery.send_raw(call, page.status, kind, content, send, headers)
        return
    error = _error(call, effects)
    status = effects.status or int(str(error["code"]))
    said = {"error": error} if effects.error_shape is None else bodies.shaped(error, effects.error_shape)
    kind, content = (_TEXT, said.encode()) if isinstance(said, str) else (_JSON, wire.dumps(said))
    await delivery.send_raw(call, status, kind, content, send, headers)


def _page(effects: Effects) -> tables.Page | None:
    known = tables.load()
    row = known.statuses.get(effects.status or 0)
    by_status = row.page if row is not None and effects.message is None and effects.error_shape is None else None
    name = effects.html or by_status
    return None if name is None else known.pages[name]


def _error(call: Call, effects: Effects) -> JSONObject:
    """The error of a status or of a name, in the words of the edition."""
    name = effects.error or _name(call, effects.status or 0)
    template = call.facts.errors[name]
    text = effects.message or template.message.format_map(tables.values(name))
    return {"message": text, "type": template.type, "code": effects.status or template.status}


def _name(call: Call, status: int) -> str:
    """The error that stands for a status; where a page does on the wire, the JSON that would."""
    known = call.facts.errors
    rate_limited = call.facts.dialects[call.operation.dialect].rate_limited
    if status == known[rate_limited].status:
        return rate_limited
    row = tables.load().statuses.get(status)
    if row is not None and row.error is not None:
        return row.error
    return next((name for name, template in known.items() if template.status == status), "internal_error")


class Spoiler:
    """A `send` that spoils what is sent.

    Args:
        call: What is answered.
        struck: What goes wrong.
        receive: Where it hears that the client is gone.
        send: Where to.
    """

    def __init__(self, call: Call, struck: Sequence[Effects], receive: Receive, send: Send) -> None:
        self.__wrapped__ = send
        self.listener = Listener(receive, send, call.lane.clock)
        self._clock = call.lane.clock
        self._struck = struck
        self._delay = sum(one.delay or 0 for one in struck)
        self._dribble = next((one for one in struck if one.dribble is not None), None)
        self._broken = next((one for one in struck if one.connection is not None and one.after is not None), None)
        self._length = next((one.content_length for one in struck if one.content_length is not None), None)
        self._held: Message | None = None
        self._content = b""
        self._sent = 0

    @property
    def hangs_up(self) -> bool:
        """Whether the connection ends with the answer, or in the middle of it."""
        return self._broken is not None or self._length == "longer"

    async def wait(self) -> None:
        """Be silent as long as the faults say; raises `ClientGoneError` where the client does not wait as long."""
        if self._delay:
            await self._pause(self._delay)

    async def __call__(self, message: Message) -> None:
        """Send a message, spoiled."""
        if message["type"] == "http.response.start":
            await self.wait()
            message["headers"] = self._headers(message["headers"])
            if any(name == b"content-length" for name, _ in message["headers"]):
                self._held = message
            else:
                await self._start(message)
        elif self._held is not None:
            self._content += message["body"]
            if not message.get("more_body", False):
                await self._whole(self._held, self._content)
        else:
            await self._pieces(message["body"], more=message.get("more_body", False))

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        for one in self._struck:
            told = {name.encode("ascii"): value.encode("latin-1") for name, value in (one.headers or {}).items()}
            if one.content_type is not None:
                told[b"content-type"] = one.content_type.encode("latin-1")
            headers = [*(header for header in headers if header[0] not in told), *told.items()]
        return headers

    async def _whole(self, start: Message, content: bytes) -> None:
        """Send a plain answer, now that all of it is known."""
        self._held = None
        for one in self._struck:
            content = spoiling.spoiled(one, content)
        declared = len(content)
        if self._length is not None:
            declared += _SURPLUS if self._length == "longer" else -min(_SURPLUS, declared)
        others = [header for header in start["headers"] if header[0] != b"content-length"]
        start["headers"] = [*others, (b"content-length", b"%d" % declared)]
        await self._start(start)
        await self._pieces(content[:declared], more=declared > len(content))
        if declared != len(content):
            await self._beyond(content[declared:])

    async def _beyond(self, surplus: bytes) -> None:
        """Send what is beyond the declared length, or hang up where that was not reached."""
        if not surplus:
            await self.listener.hang_up()
        self.listener.write_raw(surplus)

    async def _start(self, start: Message) -> None:
        await self.__wrapped__(start)
        if self._broken is not None and self._broken.after == "headers":
            await self._hang_up(self._broken)

    async def _pieces(self, content: bytes, *, more: bool) -> None:
        """Send a part of the body, slowly where that is wanted, and no further than the connection lasts."""
        if self._broken is not None and isinstance(self._broken.after, int):
            left = self._broken.after - self._sent
            if len(content) >= left:
                await self._slowly(content[:left], more=True)
                await self._hang_up(self._broken)
        self._sent += len(content)
        await self._slowly(content, more=more)

    async def _slowly(self, content: bytes, *, more: bool) -> None:
        dribble = self._dribble
        if dribble is not None:
            size = dribble.piece or PIECE
            while len(content) > size:
                await self._send(content[:size], more=True)
                await self._pause(dribble.dribble or 0)
                content = content[size:]
        await self._send(content, more=more)

    async def _send(self, content: bytes, *, more: bool) -> None:
        await self.__wrapped__({"type": "http.response.body", "body": content, "more_body": more})

    async def _pause(self, seconds: float) -> None:
        async with self.listener:
            await self.listener.until(self._clock.now() + seconds)

    async def _hang_up(self, effects: Effects) -> None:
        if effects.connection == "reset":
            await self.listener.reset()
        await self.listener.hang_up()
