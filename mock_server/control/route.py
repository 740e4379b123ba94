"""The door of the control API: what does not pass the guard gets no further, and the rest is loaded on first use."""

from __future__ import annotations

import logging

from starlette.routing import BaseRoute, Match

from mock_server import delivery, edition, reading, refusals
from mock_server.call import Headers
from mock_server.control.guard import Guard
from mock_server.control.premises import Premises, set_premises
from mock_server.errors import ApiError, ClientGoneError
from mock_server.gates import body
from mock_server.gates.asgi import App, Message, Receive, Scope, Send, lane_of

PREFIX = "/__admin/"
MOST_BYTES = 1_048_576
MOST_BYTES_OF_STUBS = 8_388_608
_STUBS = "/__admin/stubs"
_LOG = logging.getLogger("pplx_mock")


class Control(BaseRoute):
    """All paths under `/__admin/`; the lane is found already.

    Args:
        premises: What there is to control.
    """

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._guard = Guard(premises.settings)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the paths of the control API."""
        path = scope.get("path", "")
        known = scope["type"] == "http" and path.startswith(PREFIX) and path != PREFIX
        return (Match.FULL, {}) if known else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever goes wrong, the client gets the envelope of an error."""
        headers: Headers = dict(scope["headers"])
        send = _bodiless(send) if scope["method"] == "HEAD" else send
        try:
            self._guard.check(scope, headers)
            whole = await body.read_up_to(_most(scope["path"]), headers, receive)
            if whole:
                reading.parse(whole, headers)  # stricter than what the routes read it with
        except ApiError as error:
            await _refuse(error, scope, send)
            return
        except ClientGoneError:
            return
        await self._run(whole, scope, receive, send)

    async def _run(self, whole: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        inner = {**scope, "method": method}
        set_premises(inner, self._premises)
        try:
            await _application(scope["path"])(inner, _again(whole, receive), send)
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001  # the border
            # The client has got its answer from the application's own handler, so nobody is told but the log.
            _LOG.error("%s %s failed: %s: %s", method, scope["path"], type(error).__name__, error)
            _LOG.debug("the traceback", exc_info=error)


def _application(path: str) -> App:
    """Find the routes for a path; making them takes longer than a server may take to start."""
    from mock_server.control import api  # noqa: PLC0415  # heavy

    return api.find(path.removeprefix(PREFIX).partition("/")[0])


def _most(path: str) -> int:
    return MOST_BYTES_OF_STUBS if path.startswith(_STUBS) else MOST_BYTES


async def _refuse(error: ApiError, scope: Scope, send: Send) -> None:
    face = edition.load(lane_of(scope).face)
    await delivery.send_envelope(refusals.reply_to(error, face.facts), face, send)


def _again(whole: bytes, receive: Receive) -> Receive:
    """Give a body that was read already once more, then whatever comes next."""
    messages = iter([{"type": "http.request", "body": whole, "more_body": False}])

    async def next_message() -> Message:
        for message in messages:
            return message
        return await receive()

    return next_message


def _bodiless(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head
