"""What the journal can tell: the verdict on the clients, the coverage of the contract, and the cost."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from mock_server import edition as faces
from mock_server import switches
from mock_server.contract import editions
from mock_server.control.premises import GivenEdition, GivenLane
from mock_server.errors import ApiError
from mock_server.insight import cost, coverage, verdict
from mock_server.insight.cost import Cost
from mock_server.insight.coverage import Coverage
from mock_server.insight.finding import Verdict

router = APIRouter()

_OVER = "Whether nothing more will come, so that whoever has not come again gave up."


@router.get("/verdict", summary="Judge the clients", operation_id="read_verdict")
async def judge(
    lane: GivenLane,
    over: Annotated[bool, Query(description=_OVER)] = False,  # noqa: FBT002  # a query gives it by name
) -> Verdict:
    """Say what the clients of the lane did wrong, with the calls that prove it."""
    now = None if over else lane.clock.now_ns()
    journal = lane.journal
    return verdict.judge(journal, now=now, forgotten=max(journal.count - len(journal), 0))


@router.get("/coverage", summary="Measure the coverage of the contract", operation_id="read_coverage")
async def measure(
    lane: GivenLane,
    face: GivenEdition,
    edition: Annotated[str | None, Query(description="The edition; the lane's own where left out.")] = None,
) -> Coverage:
    """Say which operations, fields, parameters, statuses, stream modes and errors were met, and which were not."""
    known = [*editions.names()]
    if edition is not None and edition not in known:
        raise ApiError("unknown_edition", facts={"edition": edition, "known": ", ".join(known)})
    chosen = face if edition is None else faces.load(switches.key(edition, switches.split(lane.face)[1]))
    return coverage.measure(lane.journal.tally, chosen)


@router.get("/cost", summary="Reckon the cost", operation_id="read_cost")
async def reckon(lane: GivenLane, face: GivenEdition) -> Cost:
    """Say what the calls would have cost live, in all, by model, and each."""
    return cost.reckon(lane.journal.tally, lane.journal, face.facts)
