"""What the control API controls, and how its routes get at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from mock_server import edition
from mock_server.edition import Edition
from mock_server.gates.asgi import Scope, lane_of
from mock_server.settings import Settings
from mock_server.state.lane import Lane
from mock_server.state.lanes import Lanes

_KEY = "pplx_mock.premises"


@dataclass(frozen=True, slots=True)
class Premises:
    """A server's lanes and what it was started with."""

    lanes: Lanes
    settings: Settings


def set_premises(scope: Scope, premises: Premises) -> None:
    """Put the premises into a scope."""
    scope[_KEY] = premises


async def _premises(request: Request) -> Premises:
    found: Premises = request.scope[_KEY]
    return found


async def _lane(request: Request) -> Lane:
    return lane_of(request.scope)


async def _face(request: Request) -> Edition:
    return edition.load(lane_of(request.scope).face)


GivenPremises = Annotated[Premises, Depends(_premises)]
GivenLane = Annotated[Lane, Depends(_lane)]
GivenEdition = Annotated[Edition, Depends(_face)]
