"""The entrance of an embedded server: to which test a request belongs."""

from __future__ import annotations

from urllib.parse import quote

from mock_server import delivery, edition, refusals
from mock_server.contract import editions
from mock_server.errors import ApiError
from mock_server.gates.asgi import App, Receive, Scope, Send

PREFIX = "/n/"
NAME = "test-"
"""How names of the lanes of tests begin."""
KEY = b"pplx-mock-test-"
"""How their keys begin."""
_BEARER = b"bearer "


class Entrance:
    """Lets requests through to the lanes of tests that still run, by the path's lane or else by the key.

    Some clients drop the path of a base URL. Their requests find their lane by the key, which no other test has. A
    request for a test that is over, as from a client that outlived its test, is refused with a text that says so.

    Args:
        app: The fake.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.state = getattr(app, "state", None)  # where a server finds the door that faults shut
        self._issued = 0
        self._open: set[str] = set()

    def open(self) -> tuple[str, str]:
        """Begin a test; returns the names of its lane and its key."""
        self._issued += 1
        number = str(self._issued)
        self._open.add(number)
        return NAME + number, KEY.decode("ascii") + number

    def close(self, lane: str) -> None:
        """End a test."""
        self._open.discard(lane.removeprefix(NAME))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and self._issued:
            path: str = scope["path"]
            if path.startswith(PREFIX):
                number = _number(path[len(PREFIX) :].partition("/")[0])
            else:
                number = _number_of_key(scope)
                if number in self._open:
                    scope = _led(scope, f"{PREFIX}{NAME}{number}")
            if number and number not in self._open:
                await _refuse(send)
                return
        await self._app(scope, receive, send)


def _led(scope: Scope, prefix: str) -> Scope:
    """Put what leads to a lane before a request's path."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode("ascii") + raw}


def _number(lane: str) -> str:
    """The number of a test's lane; empty for all others."""
    number = lane.removeprefix(NAME)
    return number if number != lane and number.isdecimal() else ""


def _number_of_key(scope: Scope) -> str:
    """The number of the test whose key a request has; empty for all others."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == _BEARER:
            key: bytes = value[7:].strip()
            number = key.removeprefix(KEY)
            return number.decode("ascii") if number != key and number.isdigit() else ""
    return ""


async def _refuse(send: Send) -> None:
    face = edition.load(editions.COMPLETE)
    await delivery.send_envelope(refusals.reply_to(ApiError("test_is_over"), face.facts), face, send)
