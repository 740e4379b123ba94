"""Take in a request's body, up to a limit."""

from __future__ import annotations

from collections.abc import Awaitable

from mock_server import reading
from mock_server.call import Call, Headers
from mock_server.errors import ApiError, ClientGoneError
from mock_server.gates.asgi import Receive

MOST_BYTES = 33_554_432
_DRAINED = 4
"""How many times the limit is taken in before the connection is given up."""


def read(call: Call, receive: Receive) -> Awaitable[bytes]:
    """Read the body of a call; see `read_up_to`."""
    return read_up_to(MOST_BYTES, call.headers, receive)


async def read_early(call: Call, receive: Receive) -> None:
    """Read and parse the body, once for all who come later; what is wrong with it they shall say."""
    if call.raw is not None:
        return
    call.raw = await read(call, receive)
    try:
        content = reading.parse(call.raw, call.headers)
    except ApiError:
        return
    if isinstance(content, dict):
        call.content = content


async def read_up_to(most: int, headers: Headers, receive: Receive) -> bytes:
    """Read a body.

    Args:
        most: The most bytes that are taken.
        headers: Of its request.
        receive: ASGI's.

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
    if not message.get("more_body", False) and len(body) <= most:
        return body
    declared = headers.get(b"content-length", b"0")
    too_large = len(body) > most or (declared.isdigit() and int(declared) > most)
    return await _rest(body, most, receive, more=bool(message.get("more_body", False)), too_large=too_large)


async def _rest(first: bytes, most: int, receive: Receive, *, more: bool, too_large: bool) -> bytes:
    chunks, size = [first], len(first)
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        too_large = too_large or size > most
        if too_large:
            chunks.clear()
        else:
            chunks.append(chunk)
        more = bool(message.get("more_body", False)) and size < _DRAINED * most
    if too_large:
        raise ApiError("payload_too_large", facts={"limit": most})
    return b"".join(chunks)
