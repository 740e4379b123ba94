"""Take in a request's body, up to a limit."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.errors import ApiError, ClientGoneError
from mock_server.gates.asgi import Receive

MOST_BYTES = 33_554_432
_MOST_DRAINED = 4 * MOST_BYTES


async def read(call: Call, receive: Receive) -> bytes:
    """Read a body.

    Returns:
        Its bytes.

    Raises:
        ApiError: It is over the limit. It is taken in to its end first, so that the client reads the refusal instead
            of a broken pipe.
        ClientGoneError: The client went away.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(body) <= MOST_BYTES:
        return body
    return await _rest(body, call, receive, more=bool(message.get("more_body", False)))


async def _rest(first: bytes, call: Call, receive: Receive, *, more: bool) -> bytes:
    chunks, size = [first], len(first)
    declared = call.headers.get(b"content-length", b"0")
    too_large = len(first) > MOST_BYTES or (declared.isdigit() and int(declared) > MOST_BYTES)
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        too_large = too_large or size > MOST_BYTES
        if too_large:
            chunks.clear()
        else:
            chunks.append(chunk)
        more = bool(message.get("more_body", False)) and size < _MOST_DRAINED
    if too_large:
        raise ApiError("payload_too_large", facts={"limit": MOST_BYTES})
    return b"".join(chunks)
