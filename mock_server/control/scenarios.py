"""The ready-made scenarios, and giving one to a lane."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from mock_server.control.forms import Shown
from mock_server.control.missing import missing
from mock_server.control.premises import GivenLane
from mock_server.scenarios import applying, shelf
from mock_server.scenarios.model import Scenario

router = APIRouter()


class ScenarioLine(Shown):
    """A scenario in one line."""

    name: str = Field(description="Its name.")
    title: str = Field(description="The complaint in a few words.")


class ScenariosShown(Shown):
    """The scenarios that come with the fake."""

    scenarios: list[ScenarioLine] = Field(description="In the order of their names.")


class ScenarioShown(Shown):
    """One scenario."""

    name: str = Field(description="Its name.")
    scenario: Scenario = Field(description="What it says.")


@router.get("/scenarios", summary="List the scenarios", operation_id="list_scenarios")
async def listed() -> ScenariosShown:
    """List what people complained about, and what can be played here."""
    return ScenariosShown(scenarios=[ScenarioLine(name=name, title=shelf.load(name).title) for name in shelf.names()])


@router.get(
    "/scenarios/{name:path}",
    summary="Read a scenario",
    operation_id="read_scenario",
    response_model_exclude_unset=True,
)
async def read(name: str) -> ScenarioShown:
    """Show what a scenario does, and what a robust client does about it."""
    return ScenarioShown(name=_known(name), scenario=shelf.load(name))


@router.post(
    "/scenarios/{name:path}",
    summary="Give a scenario to the lane",
    operation_id="apply_scenario",
    response_model_exclude_unset=True,
)
async def apply(name: str, lane: GivenLane) -> ScenarioShown:
    """Play a scenario in the lane, on top of what is there; `POST /__admin/reset` ends it."""
    return ScenarioShown(name=_known(name), scenario=applying.apply(lane, name))


def _known(name: str) -> str:
    """Refuse what is none of the names, before anything of it comes near a path of the disk."""
    if name not in shelf.names():
        raise missing("scenario", name, "GET /__admin/scenarios lists them.")
    return name
