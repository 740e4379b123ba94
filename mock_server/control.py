"""The control API under `/__admin/`, and the contract itself at `/openapi.json`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import BaseRoute, Match

from mock_server import __version__, edition, refusals, wire
from mock_server.contract import editions
from mock_server.edition import Edition
from mock_server.errors import ApiError
from mock_server.gates.asgi import Receive, Scope, Send, lane_of
from mock_server.jsontypes import JSONObject

_METHODS = ("GET", "HEAD")


class Control(BaseRoute):
    """Answers about the fake itself, lane by lane."""

    def __init__(self) -> None:
        self._pages: dict[str, Callable[[Edition], JSONObject]] = {
            "/openapi.json": lambda chosen: chosen.document,
            "/__admin/health": self._health,
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the paths of the control API."""
        known = scope["type"] == "http" and scope["path"] in self._pages
        return (Match.FULL, {}) if known else (Match.NONE, {})

    async def handle(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer a GET."""
        head = scope["method"] == "HEAD"
        default = lane_of(scope).edition
        if scope["method"] not in _METHODS:
            await _refuse(ApiError("method_not_allowed", allow=_METHODS), default, send, head=head)
            return
        try:
            chosen = edition.requested(dict(scope["headers"]), default)
        except ApiError as error:
            await _refuse(error, default, send, head=head)
            return
        await _send(200, self._pages[scope["path"]](chosen), [], send, head=head)

    def _health(self, chosen: Edition) -> JSONObject:
        return {
            "status": "ok",
            "version": __version__,
            "edition": chosen.name,
            "editions": [*editions.names()],
        }


async def _refuse(error: ApiError, default: str, send: Send, *, head: bool) -> None:
    reply = refusals.reply_to(error, edition.load(default).facts)
    await _send(reply.status, reply.body, reply.headers, send, head=head)


async def _send(status: int, body: JSONObject, headers: list[tuple[bytes, bytes]], send: Send, *, head: bool) -> None:
    content = wire.dumps(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else content})
