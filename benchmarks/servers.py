"""The servers that the fake is measured beside: a bare FastAPI route and a raw ASGI function, both with a constant."""

from __future__ import annotations

import json
import os

from fastapi import FastAPI

CONSTANT: dict[str, object] = json.loads(os.environ.get("BENCH_CONSTANT", '{"ok": true}'))
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
