"""The edition that a lane answers as; a test may change it in mid-run, to rehearse the day the API changes."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from mock_server import edition
from mock_server.contract import editions
from mock_server.control.forms import Form, Shown
from mock_server.control.premises import GivenLane
from mock_server.errors import ApiError
from mock_server.state.lane import Lane

router = APIRouter()


class EditionShown(Shown):
    """The edition of a lane."""

    edition: str = Field(description="The edition that answers where a request names none.")
    editions: list[str] = Field(description="All editions.")
    broken_stubs: list[str] = Field(
        description="Where stubs of the lane break the contract of this edition, a sentence each. Such a stub fails "
        "when it answers."
    )


class EditionChange(Form):
    """The edition that is to answer from now on."""

    edition: str = Field(description="Its name; reading the edition lists them all.")


@router.get("/edition", summary="Read the edition", operation_id="read_edition")
async def read(lane: GivenLane) -> EditionShown:
    """Say which edition answers in the lane, and hold the stubs against its contract."""
    return _shown(lane)


@router.put("/edition", summary="Change the edition", operation_id="change_edition")
async def change(asked: EditionChange, lane: GivenLane) -> EditionShown:
    """Let another edition answer from the next request on; accounts, clocks and all else stay as they are."""
    known = [*editions.names()]
    if asked.edition not in known:
        raise ApiError("unknown_edition", facts={"edition": asked.edition, "known": ", ".join(known)})
    lane.edition = asked.edition
    return _shown(lane)


def _shown(lane: Lane) -> EditionShown:
    found = lane.stubs.recheck(edition.load(lane.face))
    return EditionShown(
        edition=lane.edition, editions=[*editions.names()], broken_stubs=[problem.text for problem in found]
    )
