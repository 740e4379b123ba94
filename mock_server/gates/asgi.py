"""The types of ASGI, and where a call and its lane travel in a scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from mock_server.call import Call
    from mock_server.state.lane import Lane

# ASGI's own types: a scope and a message hold values of any kind by their keys.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_CALL = "pplx_mock.call"
_LANE = "pplx_mock.lane"


def call_of(scope: Scope) -> Call:
    """Take the call out of a scope."""
    found: Call = scope[_CALL]
    return found


def met_call(scope: Scope) -> Call | None:
    """Take the call out of a scope, if it met an operation."""
    found: Call | None = scope.get(_CALL)
    return found


def set_call(scope: Scope, call: Call) -> None:
    """Put a call into a scope."""
    scope[_CALL] = call


def lane_of(scope: Scope) -> Lane:
    """Take the lane out of a scope."""
    found: Lane = scope[_LANE]
    return found


def set_lane(scope: Scope, lane: Lane) -> None:
    """Put the lane that is to answer into a scope."""
    scope[_LANE] = lane
