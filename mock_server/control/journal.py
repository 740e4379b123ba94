"""The journal of a lane: read it, wait for a call, verify calls, take it away as HAR."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from mock_server.control.forms import Form, Shown
from mock_server.control.missing import missing
from mock_server.control.premises import GivenLane
from mock_server.control.waiting import LONGEST, while_there
from mock_server.journal import har, record
from mock_server.journal.filter import EVERY, Filter
from mock_server.journal.journal import NotMetError
from mock_server.journal.record import Page, Record
from mock_server.state.lane import Lane

MOST = 1000
"""Calls of a page."""

router = APIRouter()

Since = Annotated[int, Field(ge=0, description="Only calls with a greater number.")]
Limit = Annotated[int, Field(ge=1, le=MOST, description="Calls of the page, at most.")]
Wait = Annotated[
    float, Field(ge=0, le=LONGEST, description="Seconds to wait for a call where there is none yet; 0 for not at all.")
]
Status = Annotated[str, StringConstraints(pattern=r"^([1-5]xx|[0-9]{1,3})$")]
Account = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{8}$")]


class Wanted(Form):
    """Which calls, and how many of them."""

    filter: Filter = Field(default=EVERY, description="What they have to be like; all where left out.")
    since: Since = 0
    limit: Limit = 100
    wait: Wait = 0.0


class Asked(BaseModel):
    """The same as a query of a URL, with the conditions that fit there; a key is no such thing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Since = 0
    limit: Limit = 100
    wait: Wait = 0.0
    operation: str | None = Field(default=None, description="Id of the operation.")
    status: Status | None = Field(default=None, description="Status, such as 429, or a class, such as 4xx.")
    account: Account | None = Field(default=None, description="Name of the account, `sha256:` and eight digits.")


class Verification(Form):
    """What should have been called: a number of calls, or calls in an order."""

    filter: Filter | None = Field(default=None, description="What the calls are like; all where left out.")
    times: int | None = Field(default=None, ge=0, description="Exactly so many.")
    at_least: int | None = Field(default=None, ge=0, description="No fewer; 1 where no number is given.")
    at_most: int | None = Field(default=None, ge=0, description="No more.")
    order: list[Filter] | None = Field(
        default=None, min_length=1, description="Calls that began one after the other; others may come between."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.order is not None and self.model_fields_set != {"order"}:
            raise ValueError("give order alone, or the others without it")
        if self.times is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("give times, or at_least and at_most")
        return self


class Verified(Shown):
    """What was verified."""

    met: bool = Field(description="Whether the calls were as they should be.")
    count: int = Field(description="How many there were; with `order`, how many of it were found.")
    calls: list[int] = Field(description="Numbers of the first calls of the order.")
    message: str = Field(description="What came instead, where it was not met; empty where it was.")


class Cleared(Shown):
    """What was forgotten."""

    cleared: int = Field(description="How many calls.")


@router.get("/journal", summary="Read the journal", operation_id="read_journal")
async def read(request: Request, lane: GivenLane, asked: Annotated[Asked, Query()]) -> Page:
    """Read calls, the oldest first; `POST /__admin/journal/find` takes every condition that there is.

    To follow the journal, give the `last` of each page as `since` of the next, and let it `wait`.
    """
    wanted = Filter(operation=asked.operation, status=asked.status, key=asked.account)
    return await _page(request, lane, Wanted(filter=wanted, since=asked.since, limit=asked.limit, wait=asked.wait))


@router.delete("/journal", summary="Clear the journal", operation_id="clear_journal")
async def clear(lane: GivenLane) -> Cleared:
    """Forget all calls; they still count for coverage and cost, which a reset of the part `journal` forgets too."""
    return Cleared(cleared=lane.journal.clear())


@router.get("/journal/har", summary="Take the journal away as HAR", operation_id="export_journal")
async def export(lane: GivenLane) -> JSONResponse:
    """Write all calls as an HTTP Archive (HAR 1.2), which browsers and many tools open."""
    return JSONResponse(har.archive(lane.journal))


@router.post("/journal/find", summary="Find calls, or wait for one", operation_id="find_calls")
async def find(asked: Wanted, request: Request, lane: GivenLane) -> Page:
    """Find calls by any condition; with `wait`, the page comes as soon as there is such a call, or empty at last."""
    return await _page(request, lane, asked)


@router.post("/journal/verify", summary="Verify calls", operation_id="verify_calls")
async def verify(asked: Verification, lane: GivenLane) -> Verified:
    """Say whether there were the calls that there should have been, and what came instead."""
    try:
        if asked.order is not None:
            calls = [entry.number for entry in lane.journal.verify_order(*asked.order)]
            return Verified(met=True, count=len(calls), calls=calls, message="")
        count = lane.journal.verify(asked.filter or EVERY, asked.times, at_least=asked.at_least, at_most=asked.at_most)
    except NotMetError as error:
        count = 0 if asked.order is not None else len(lane.journal.find(asked.filter or EVERY))
        return Verified(met=False, count=count, calls=[], message=str(error))
    return Verified(met=True, count=count, calls=[], message="")


@router.get("/journal/{number}", summary="Read a call", operation_id="read_call")
async def read_one(number: int, lane: GivenLane) -> Record:
    """Show one call, as long as it is in the journal."""
    found = lane.journal.find(since=number - 1, limit=1) if number > 0 else []
    if not found or found[0].number != number:
        raise missing("call", str(number), "GET /__admin/journal lists those that are kept.")
    return record.record_of(found[0])


async def _page(request: Request, lane: Lane, asked: Wanted) -> Page:
    journal = lane.journal
    found = journal.find(asked.filter, since=asked.since, limit=asked.limit)
    if not found and asked.wait:
        try:
            found = [await while_there(request, journal.wait_for(asked.filter, since=asked.since, timeout=asked.wait))]
        except NotMetError:
            found = []
    return record.page(journal, found, lane.name)
