"""The seed of a lane's world."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from mock_server.control.forms import Form
from mock_server.control.premises import GivenLane
from mock_server.settings import MOST_SEED

router = APIRouter()


class Seed(Form):
    """The seed of a lane's world."""

    seed: int = Field(ge=0, le=MOST_SEED, description="Another seed makes another world: other texts, pages, ids.")


@router.get("/seed", summary="Read the seed", operation_id="read_seed")
async def read(lane: GivenLane) -> Seed:
    """Say which seed the world of the lane has."""
    return Seed(seed=lane.seed)


@router.put("/seed", summary="Change the seed", operation_id="change_seed")
async def change(asked: Seed, lane: GivenLane) -> Seed:
    """Make another world from the next request on; what accounts did stays."""
    lane.seed = asked.seed
    return Seed(seed=lane.seed)
