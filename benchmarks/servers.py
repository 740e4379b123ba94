"""The servers that the fake is measured beside: a bare FastAPI route, a raw ASGI function, a bare stream."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

_GIVEN = os.environ.get("BENCH_CONSTANT", '{"ok": true}')
CONSTANT: dict[str, object] = json.loads(_GIVEN) if _GIVEN.startswith("{") else {}
_BYTES = json.dumps(CONSTANT).encode("utf-8")
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BYTES)).encode("ascii"))]

bare = FastAPI()


# As people write it: no annotation of what is returned, so FastAPI encodes it step by step.
@bare.post("/chat/completions")
async def chat_completions():  # type: ignore[no-untyped-def]  # noqa: ANN201  # that is the point
    """Return the constant."""
    return CONSTANT


typed = FastAPI()


# With an annotation FastAPI hands the encoding to pydantic, which is faster.
@typed.post("/chat/completions")
async def typed_chat_completions() -> object:
    """Return the constant."""
    return CONSTANT


async def raw(scope: dict[str, object], receive: object, send: object) -> None:
    """Send the constant's bytes."""
    more = True
    while more:
        message = await receive()  # type: ignore[operator]  # ASGI's own callables
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": _BYTES})  # type: ignore[operator]


EVENTS = [event.encode() for event in json.loads(Path(_GIVEN).read_bytes())] if _GIVEN.endswith(".json") else []


async def _from_memory(rate: float) -> AsyncIterator[bytes]:
    """Send the events one by one, each when it is due where there is a rate."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, event in enumerate(EVENTS):
        if rate and (delay := start + number / rate - loop.time()) > 0:
            await asyncio.sleep(delay)
        yield event


async def _stream(request: Request) -> StreamingResponse:
    await request.body()
    rate = float(request.headers.get("x-bench-rate", "0"))
    return StreamingResponse(_from_memory(rate), media_type="text/event-stream")


streaming = Starlette(routes=[Route("/chat/completions", _stream, methods=["POST"])])
