"""The lanes of the server: isolated fakes under `/n/<lane>/`."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from mock_server.control.forms import Shown
from mock_server.control.missing import missing
from mock_server.control.premises import GivenPremises
from mock_server.state.lane import Lane
from mock_server.state.lanes import DEFAULT

router = APIRouter()


class LaneShown(Shown):
    """One lane."""

    lane: str = Field(description="Its name; empty for the default one.")
    path: str = Field(description="What stands before every path of it.")
    edition: str = Field(description="The edition that answers where a request names none.")
    seed: int = Field(description="The seed of its world.")
    accounts: int = Field(description="How many keys were used in it.")
    calls: int = Field(description="How many calls are in its journal.")
    stubs: int = Field(description="How many scripted answers it has.")
    faults: int = Field(description="How many faults it has.")


class LanesShown(Shown):
    """All lanes."""

    lanes: list[LaneShown] = Field(description="The default one, then the others in the order of their first use.")
    most: int = Field(description="How many there may be besides the default one.")


class LaneDropped(Shown):
    """A lane that is gone."""

    dropped: str = Field(description="Its name.")


@router.get("/lanes", summary="List the lanes", operation_id="list_lanes")
async def listed(premises: GivenPremises) -> LanesShown:
    """List the lanes that were used."""
    return LanesShown(lanes=[_shown(lane) for lane in premises.lanes], most=premises.lanes.most)


@router.delete("/lanes/{name}", summary="Drop a lane", operation_id="drop_lane")
async def drop(name: str, premises: GivenPremises) -> LaneDropped:
    """Forget a lane with all that it remembers, so that its place is free."""
    if not premises.lanes.drop(name):
        raise missing("lane", name, "GET /__admin/lanes lists those that were used.")
    return LaneDropped(dropped=name)


def _shown(lane: Lane) -> LaneShown:
    return LaneShown(
        lane=lane.name,
        path="/" if lane.name == DEFAULT else f"/n/{lane.name}/",
        edition=lane.edition,
        seed=lane.seed,
        accounts=len(lane.accounts),
        calls=len(lane.journal),
        stubs=len(lane.stubs),
        faults=len(lane.faults.list()),
    )
