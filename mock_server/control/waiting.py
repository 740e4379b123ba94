"""Wait for something as long as the one who asks is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from fastapi import Request

from mock_server.errors import ClientGoneError

T = TypeVar("T")

LONGEST = 60.0
"""Seconds that a request may ask to wait."""


async def while_there(request: Request, awaited: Coroutine[None, None, T]) -> T:
    """Wait, and stop when the client goes away, or the server stops and hangs up.

    Args:
        request: Whose body is read already.
        awaited: What to wait for.

    Raises:
        ClientGoneError: Nobody waits any more.
    """
    work = asyncio.ensure_future(awaited)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise ClientGoneError
    finally:
        work.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
