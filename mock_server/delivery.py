"""Check a reply against the contract and send it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, islice

from mock_server import broadcast, wire
from mock_server.call import Call, Reply, Stream
from mock_server.contract.operation import Response
from mock_server.edition import Edition
from mock_server.gates.asgi import Receive, Send
from mock_server.jsontypes import JSON, JSONObject

Headers = list[tuple[bytes, bytes]]
_JSON = (b"content-type", b"application/json")
_FILE = (b"content-type", b"application/octet-stream")


class BrokenContractError(Exception):
    """The fake was about to send what its contract does not allow."""


async def send_reply(call: Call, reply: Reply, receive: Receive, send: Send) -> None:
    """Send a reply.

    Args:
        call: What it answers.
        reply: A status, a body, headers; the headers that the edition does not declare are left out.
        receive: Where a stream hears that the client is gone.
        send: Where to.

    Raises:
        BrokenContractError: The contract declares no such status, or another body.
    """
    response = call.operation.responses.get(reply.status)
    if response is None:
        await _send_undeclared(call, reply, send)
        return
    headers = [(b"x-mock-edition", call.edition.header)]
    declared = response.headers
    if call.id and b"x-request-id" in declared:
        headers.append((b"x-request-id", call.id.encode("ascii")))
    headers += [header for header in (*call.reply_headers, *reply.headers) if header[0] in declared]
    if reply.file is not None:
        await _send_bytes(reply.status, reply.file, headers, send, media_type=_FILE)
    elif reply.streamed is None:
        await _send_json(call, reply, response, headers, send)
    else:
        await _send_stream(call, reply.streamed(reply.body), response, headers, receive, send)


async def _send_undeclared(call: Call, reply: Reply, send: Send) -> None:
    """Send an answer with a status that the contract does not declare, where that may be."""
    if not call.unchecked:
        raise BrokenContractError(f"{call.operation.endpoint} declares no status {reply.status}")
    headers = [(b"x-mock-edition", call.edition.header), *reply.headers]
    await send_raw(call, reply.status, _JSON[1], wire.dumps(reply.body), send, headers)


async def send_envelope(reply: Reply, face: Edition, send: Send) -> None:
    """Send an error that belongs to no operation, such as a method that a path does not take."""
    await _send_bytes(reply.status, wire.dumps(reply.body), [(b"x-mock-edition", face.header), *reply.headers], send)


async def send_raw(
    call: Call, status: int, media_type: bytes, content: bytes, send: Send, headers: Headers | None = None
) -> None:
    """Send an answer that is none of the contract's, such as the HTML page of a proxy.

    Args:
        call: What it answers; headers that gates gave it go along.
        status: The status.
        media_type: What the content is.
        content: The body.
        send: Where to.
        headers: More headers.
    """
    told = [*call.reply_headers, *(headers or []), (b"content-type", media_type)]
    await send({"type": "http.response.start", "status": status, "headers": [*told, _length(content)]})
    await send({"type": "http.response.body", "body": content})


def _length(content: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(content)


async def _send_json(
    call: Call, reply: Reply, response: Response, headers: list[tuple[bytes, bytes]], send: Send
) -> None:
    if response.empty:
        await _send_nothing(reply.status, headers, send)
        return
    if not call.unchecked and (response.body is None or not response.body.is_valid(reply.body)):
        raise BrokenContractError(_difference(call, response, reply.body))
    await _send_bytes(reply.status, wire.dumps(reply.body), headers, send)


async def _send_nothing(status: int, headers: list[tuple[bytes, bytes]], send: Send) -> None:
    """Send an answer that has no body."""
    await send({"type": "http.response.start", "status": status, "headers": [*headers, _length(b"")]})
    await send({"type": "http.response.body", "body": b""})


async def _send_bytes(
    status: int, body: bytes, headers: Headers, send: Send, *, media_type: tuple[bytes, bytes] = _JSON
) -> None:
    headers += (media_type, _length(body))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_stream(
    call: Call, stream: Stream, response: Response, headers: Headers, receive: Receive, send: Send
) -> None:
    """Make the first frame before anything is sent, so that what goes wrong there is an error with its status."""
    frames = _checked(call, stream, response)
    first = list(islice(frames, 1))
    await broadcast.send_stream(call, stream, chain(first, frames), headers, receive, send)


def _checked(call: Call, stream: Stream, response: Response) -> Iterator[bytes]:
    """Check the first and the last frame; those between are of the first one's make, with more text in it."""
    payloads = _reshaped(call, stream.payloads) if call.reshapings else iter(stream.payloads)
    previous = next(payloads)
    _check_frame(call, response, previous)
    for payload in payloads:
        yield previous
        previous = payload
    _check_frame(call, response, previous)
    yield previous


def _reshaped(call: Call, payloads: Iterator[bytes]) -> Iterator[bytes]:
    """Change each frame as faults want it; decimals stay as they are written."""
    for payload in payloads:
        frame: JSONObject = json.loads(payload, parse_float=Decimal)
        for reshape in call.reshapings:
            frame = reshape(frame)
        yield wire.dumps(frame)


def _check_frame(call: Call, response: Response, payload: bytes) -> None:
    if call.unchecked:
        return
    frame = wire.loads(payload)
    if response.frame is None or not response.frame.is_valid(frame):
        raise BrokenContractError(f"{call.operation.endpoint}: a frame that the contract does not allow: {frame!r}")


def _difference(call: Call, response: Response, body: JSON) -> str:
    """Say where a body departs from the contract."""
    place = f"{call.operation.endpoint} {response.status}"
    if response.body is None:
        return f"{place}: the contract declares no JSON body"
    error = next(iter(response.body.iter_errors(body)))
    where = "/".join(str(step) for step in error.instance_path)
    return f"{place}: at /{where}: {error.message}"
