"""The faults of a lane: what goes wrong, and for whom."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from mock_server.control.forms import Form, Shown
from mock_server.control.missing import missing
from mock_server.control.premises import GivenLane
from mock_server.faults.model import MOST_FAULTS, Fault
from mock_server.state.lane import Lane

router = APIRouter()


class NewFault(Fault):
    """A fault that is added; FastAPI wants a form that is built already."""

    model_config = ConfigDict(defer_build=False)


class FaultShown(Shown):
    """A fault and how often it was met."""

    id: str = Field(description="Its name, given or made.")
    seen: int = Field(description="Requests that met its conditions, of all accounts.")
    struck: int = Field(description="Requests that it struck.")
    fault: Fault = Field(description="What it says; a key shows as its hash.")


class FaultsShown(Shown):
    """The faults of a lane."""

    faults: list[FaultShown] = Field(description="In the order in which they were added.")


class Faults(Form):
    """Faults in place of those that there are."""

    faults: list[Fault] = Field(max_length=MOST_FAULTS, description="The faults; all that meet a request strike.")


@router.get("/faults", summary="List the faults", operation_id="list_faults", response_model_exclude_none=True)
async def listed(lane: GivenLane) -> FaultsShown:
    """List what goes wrong in the lane, and how often it did."""
    return _all(lane)


@router.post("/faults", summary="Add a fault", operation_id="add_fault", response_model_exclude_none=True)
async def add(asked: NewFault, lane: GivenLane) -> FaultShown:
    """Add a fault, such as `{"status": 503, "times": 2}`; it strikes from the next request on."""
    (name,) = lane.faults.add(asked)
    return _shown(lane, name)


@router.put("/faults", summary="Replace all faults", operation_id="replace_faults", response_model_exclude_none=True)
async def replace(asked: Faults, lane: GivenLane) -> FaultsShown:
    """Put faults in place of those that there are; nothing is counted of them yet."""
    lane.faults.replace(asked.faults)
    return _all(lane)


@router.delete("/faults", summary="Remove all faults", operation_id="remove_faults")
async def clear(lane: GivenLane) -> FaultsShown:
    """Let nothing go wrong any more."""
    lane.faults.clear()
    return _all(lane)


@router.get("/faults/{fault:path}", summary="Read a fault", operation_id="read_fault", response_model_exclude_none=True)
async def read(fault: str, lane: GivenLane) -> FaultShown:
    """Say how often a fault was met."""
    _check(fault, lane)
    return _shown(lane, fault)


@router.delete(
    "/faults/{fault:path}", summary="Remove a fault", operation_id="remove_fault", response_model_exclude_none=True
)
async def remove(fault: str, lane: GivenLane) -> FaultShown:
    """Take a fault away; the answer shows what it was."""
    _check(fault, lane)
    found = _shown(lane, fault)
    lane.faults.remove(fault)
    return found


def _check(name: str, lane: Lane) -> None:
    """Raise `ApiError` where there is no such fault."""
    if name not in lane.faults.list():
        raise missing("fault", name, "GET /__admin/faults lists them.")


def _all(lane: Lane) -> FaultsShown:
    return FaultsShown(faults=[_shown(lane, name) for name in lane.faults.list()])


def _shown(lane: Lane, name: str) -> FaultShown:
    count = lane.faults.count(name)
    return FaultShown(id=name, seen=count.seen, struck=count.struck, fault=lane.faults.list()[name])
