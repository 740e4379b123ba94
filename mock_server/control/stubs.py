"""The scripted answers of a lane."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from mock_server.contract.bodies import given
from mock_server.control.forms import Form, Shown
from mock_server.control.missing import missing
from mock_server.control.premises import GivenEdition, GivenLane
from mock_server.state.lane import Lane
from mock_server.stubs import checks
from mock_server.stubs.book import BY_API, Entry
from mock_server.stubs.model import MOST_STUBS, Stub

router = APIRouter()


class NewStub(Stub):
    """A stub that is added; FastAPI wants a form that is built already."""

    model_config = ConfigDict(defer_build=False)


class StubShown(Shown):
    """A stub and how often it answered."""

    id: str = Field(description="Its name, given or made.")
    source: str = Field(description="Where it comes from: `api`, `files`, or the name of a scenario.")
    answered: int = Field(description="How many requests it answered.")
    stub: Stub = Field(description="What it says; a key shows as its hash.")


class StubsShown(Shown):
    """The stubs of a lane."""

    strict: bool = Field(description="Whether a request that no stub fits is refused.")
    stubs: list[StubShown] = Field(description="In the order in which they are asked.")


class Stubs(Form):
    """Stubs in place of those that were added by API."""

    strict: bool | None = Field(default=None, description="Whether a request that no stub fits is refused.")
    stubs: list[Stub] | None = Field(
        default=None, max_length=MOST_STUBS, description="The stubs; left out, those that there are stay."
    )


@router.get("/stubs", summary="List the stubs", operation_id="list_stubs", response_model_exclude_unset=True)
async def listed(lane: GivenLane) -> StubsShown:
    """List the scripted answers of the lane, and how often each was given."""
    return _all(lane)


@router.post("/stubs", summary="Add a stub", operation_id="add_stub", response_model_exclude_unset=True)
async def add(asked: NewStub, lane: GivenLane, face: GivenEdition) -> StubShown:
    """Add a scripted answer, held against the contract of the lane's edition; one of the same id is replaced."""
    return _shown(lane.stubs.add(asked, face=face))


@router.put("/stubs", summary="Replace stubs, set strictness", operation_id="replace_stubs",
            response_model_exclude_unset=True)  # fmt: skip
async def replace(asked: Stubs, lane: GivenLane, face: GivenEdition) -> StubsShown:
    """Put stubs in place of all that were added by API, all of them or none; files and scenarios keep theirs."""
    if asked.stubs is not None:
        named = [(given(stub.id) or f"stub-{number}", stub) for number, stub in enumerate(asked.stubs, 1)]
        checks.refuse(problem for name, stub in named for problem in checks.problems(stub, face, name=name))
        lane.stubs.replace(BY_API, named)
    if asked.strict is not None:
        lane.stubs.strict = asked.strict
    return _all(lane)


@router.delete("/stubs", summary="Remove all stubs", operation_id="remove_stubs")
async def clear(lane: GivenLane) -> StubsShown:
    """Take all scripted answers away, those of files too; a reset of the part `stubs` brings these back."""
    lane.stubs.clear()
    return _all(lane)


@router.get("/stubs/{stub:path}", summary="Read a stub", operation_id="read_stub", response_model_exclude_unset=True)
async def read(stub: str, lane: GivenLane) -> StubShown:
    """Say how often a stub answered."""
    return _shown(_found(stub, lane))


@router.delete(
    "/stubs/{stub:path}", summary="Remove a stub", operation_id="remove_stub", response_model_exclude_unset=True
)
async def remove(stub: str, lane: GivenLane) -> StubShown:
    """Take a stub away; the answer shows what it was."""
    found = _shown(_found(stub, lane))
    lane.stubs.remove(stub)
    return found


def _found(name: str, lane: Lane) -> Entry:
    """Find a stub; raises `ApiError`."""
    entry = lane.stubs.get(name)
    if entry is None:
        raise missing("stub", name, "GET /__admin/stubs lists them.")
    return entry


def _all(lane: Lane) -> StubsShown:
    return StubsShown(strict=lane.stubs.strict, stubs=[_shown(entry) for entry in lane.stubs])


def _shown(entry: Entry) -> StubShown:
    return StubShown(id=entry.id, source=entry.source, answered=entry.answered, stub=entry.stub)
