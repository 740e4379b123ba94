"""Send a stream: at its pace, with its faults, and no longer than the client listens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from mock_server import wire
from mock_server.call import Call, Stream
from mock_server.errors import ApiError, ClientGoneError, NoConnectionError
from mock_server.faults.streams import Injection
from mock_server.gates.asgi import Receive, Send
from mock_server.listener import Listener
from mock_server.refusals import reply_to
from mock_server.state.habits import UNPACED
from mock_server.streaming import events, faults, sse
from mock_server.streaming.changes import Context
from mock_server.streaming.events import Write
from mock_server.streaming.pacing import PING_EVERY, Schedule

_LOG = logging.getLogger("pplx_mock")
Headers = list[tuple[bytes, bytes]]


async def send_stream(
    call: Call, stream: Stream, payloads: Iterator[bytes], headers: Headers, receive: Receive, send: Send
) -> None:
    """Send an answer as a stream.

    Args:
        call: What it answers; its habits say how.
        stream: Whether a ping opens and a sentinel ends it.
        payloads: The JSON of its frames, of which the first is ready.
        headers: Those of the answer, but for the content type.
        receive: ASGI's.
        send: ASGI's.

    Raises:
        ClientGoneError: The client did not read to the end.
    """
    listener = Listener(receive, send, call.lane.clock)
    wished = call.habits.faults + call.injections
    struck = faults.struck(wished, call.digest) if wished else []
    media_type = faults.media_type(struck, call.facts.wire.stream_media_type.encode("ascii"))
    await listener.start([*headers, (b"content-type", media_type), (b"cache-control", b"no-cache")])
    try:
        await _send(call, stream, payloads, struck, listener)
    except (ClientGoneError, NoConnectionError):
        raise
    except Exception as error:  # noqa: BLE001  # the border: what has begun can only be broken off
        _LOG.error("%s broke off: %s: %s", call.operation.endpoint, type(error).__name__, error)
        _LOG.debug("the traceback", exc_info=error)
        await listener.reset()


async def _send(
    call: Call, stream: Stream, payloads: Iterator[bytes], struck: list[Injection], listener: Listener
) -> None:
    if struck or call.habits.pace != UNPACED:
        ping = sse.ping_line(call.now) + 2 * faults.line_end(struck, sse.LINE_END) if stream.ping else b""
        async with listener:
            writes = _writes(call, stream, payloads, struck) if struck else _sound(stream, payloads, ping)
            await _in_time(call, writes, listener, ping)
    else:
        await _at_once(call, stream, payloads, listener)
    await listener.end()


async def _at_once(call: Call, stream: Stream, payloads: Iterator[bytes], listener: Listener) -> None:
    """Send frames as fast as they are read."""
    if stream.ping:
        await listener.write(sse.ping(call.now))
    written = _event_of(stream)
    for payload in payloads:
        await listener.write(written(payload))
    if stream.sentinel:
        await listener.write(sse.event(sse.SENTINEL))


async def _in_time(call: Call, writes: Iterator[Write], listener: Listener, ping: bytes) -> None:
    """Send each write when its frame is due, and a keep-alive comment where that is long."""
    clock, schedule = call.lane.clock, Schedule(call.habits.pace, call.digest)
    start = clock.now()
    heard = start
    for write in writes:
        start += write.stall
        due = start + schedule.due(write.frame) if write.frame >= 0 else start
        while ping and due - heard > PING_EVERY:
            heard += PING_EVERY
            await listener.until(heard)
            await listener.write(ping)
        await listener.until(due)
        heard = max(heard, due)
        if write.reset:
            await listener.reset()
        if write.content:
            await listener.write(write.content)


def _event_of(stream: Stream) -> Callable[[bytes], bytes]:
    """How a stream's events are written."""
    if stream.line_end == sse.LINE_END:
        return sse.event
    name = stream.name
    return sse.plain_event if name is None else lambda payload: sse.named_event(name(payload), payload)


def _sound(stream: Stream, payloads: Iterator[bytes], ping: bytes) -> Iterator[Write]:
    """Make the writes of a stream without faults; the same as `_writes` would, in less time."""
    number = -1
    if ping:
        yield Write(number, ping)
    written = _event_of(stream)
    for number, payload in enumerate(payloads):
        yield Write(number, written(payload))
    if stream.sentinel:
        yield Write(number, sse.event(sse.SENTINEL))


def _writes(call: Call, stream: Stream, payloads: Iterator[bytes], struck: list[Injection]) -> Iterator[Write]:
    """Make the writes of a stream, with its faults."""
    ping = sse.ping_line(call.now)
    said = events.of(
        payloads,
        ping=ping if stream.ping else b"",
        done=stream.sentinel,
        ahead=faults.ahead(struck),
        name=stream.name,
        line_end=stream.line_end,
    )
    context = Context(call.digest, _error(call), ping)
    return faults.on_writes(events.written(faults.on_events(said, struck, context)), struck, context)


def _error(call: Call) -> bytes:
    return wire.dumps(reply_to(ApiError("internal_error"), call.facts).body)
