"""Find whose request it is, and refuse keys that are refused."""

from __future__ import annotations

from collections.abc import Awaitable

from mock_server.call import Call
from mock_server.errors import ApiError
from mock_server.gates.asgi import App, Receive, Scope, Send, call_of

_AUTHORIZATION = b"authorization"


class Authentication:
    """A gate that lets calls through with their account set."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Authenticate a call; raises `ApiError`. No coroutine of its own, as each costs time."""
        call = call_of(scope)
        key = b"" if call.operation.keyless and _AUTHORIZATION not in call.headers else _bearer(call)
        call.key = key
        call.account = account = call.lane.accounts.of(key, call.edition.facts.accounts)
        refused = account.facts
        if refused.refusal and (not refused.operations or call.operation.handler in refused.operations):
            raise ApiError(refused.refusal)
        return self._app(scope, receive, send)


def _bearer(call: Call) -> bytes:
    """Take the token of `Authorization: Bearer <token>`; raises `ApiError` where there is none."""
    header = call.headers.get(_AUTHORIZATION, b"")
    if header[:7].lower() != b"bearer ":
        raise ApiError("invalid_api_key")
    token = header[7:].strip()
    if not token:
        raise ApiError("invalid_api_key")
    return token
