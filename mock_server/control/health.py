"""Whether the fake is up, and what it is."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from mock_server import __version__
from mock_server.contract import editions
from mock_server.control.forms import Shown
from mock_server.control.premises import GivenLane

router = APIRouter()


class Health(Shown):
    """The state of the fake."""

    status: Literal["ok"] = Field(default="ok", description="It answers.")
    version: str = Field(description="The version of pplx-mock.")
    lane: str = Field(description="The lane that was asked; empty for the default one.")
    edition: str = Field(description="The edition that answers there where a request names none.")
    editions: list[str] = Field(description="All editions.")
    seed: int = Field(description="The seed of the lane's world.")


@router.get("/health", summary="Say whether the fake is up", operation_id="health")
async def health(lane: GivenLane) -> Health:
    """Answer as soon as the server takes requests. It is the one route that wants no token."""
    return Health(
        version=__version__, lane=lane.name, edition=lane.edition, editions=[*editions.names()], seed=lane.seed
    )
