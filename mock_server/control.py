"""The control API under `/__admin/`, and the contract itself at `/openapi.json`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import BaseRoute, Match

from mock_server import __version__, wire
from mock_server.contract import editions
from mock_server.edition import Edition, load
from mock_server.gates.asgi import Receive, Scope, Send
from mock_server.jsontypes import JSONObject

_EDITION = b"x-mock-edition"


class Control(BaseRoute):
    """Answers about the fake itself.

    Args:
        default: The name of the edition that answers where a request names none.
    """

    def __init__(self, default: Callable[[], str]) -> None:
        self._default = default
        self._pages: dict[str, Callable[[Edition], JSONObject]] = {
            "/openapi.json": lambda edition: edition.document,
            "/__admin/health": self._health,
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the paths of the control API."""
        known = scope["type"] == "http" and scope["path"] in self._pages
        return (Match.FULL, {}) if known else (Match.NONE, {})

    async def handle(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer a GET."""
        if scope["method"] not in {"GET", "HEAD"}:
            await _send(405, {}, [(b"allow", b"GET, HEAD")], send, head=False)
            return
        named = dict(scope["headers"]).get(_EDITION, b"").decode("latin-1")
        edition = load(named if named in editions.names() else self._default())
        await _send(200, self._pages[scope["path"]](edition), [], send, head=scope["method"] == "HEAD")

    def _health(self, edition: Edition) -> JSONObject:
        return {
            "status": "ok",
            "version": __version__,
            "edition": edition.name,
            "editions": [*editions.names()],
        }


async def _send(status: int, body: JSONObject, headers: list[tuple[bytes, bytes]], send: Send, *, head: bool) -> None:
    content = wire.dumps(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else content})
