"""The contract itself, at `/openapi.json`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Match

from mock_server import delivery, edition, refusals, wire
from mock_server.edition import Edition
from mock_server.errors import ApiError
from mock_server.gates.asgi import Receive, Scope, Send, lane_of

PATH = "/openapi.json"
_METHODS = ("GET", "HEAD")


class ContractDocument(BaseRoute):
    """The contract of the lane's edition, or of the one that a request names."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the one path."""
        known = scope["type"] == "http" and scope["path"] == PATH
        return (Match.FULL, {}) if known else (Match.NONE, {})

    async def handle(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer a GET."""
        try:
            content = wire.dumps(_asked(scope).document)
        except ApiError as error:
            face = edition.load(lane_of(scope).face)
            await delivery.send_envelope(refusals.reply_to(error, face.facts), face, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


def _asked(scope: Scope) -> Edition:
    """The edition whose contract is asked for; raises `ApiError`."""
    if scope["method"] not in _METHODS:
        raise ApiError("method_not_allowed", allow=_METHODS)
    return edition.requested(dict(scope["headers"]), lane_of(scope).face)
