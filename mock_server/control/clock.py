"""The two clocks of a lane: what limits and pacing run on, and what dates in answers come from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BeforeValidator, Field, model_validator

from mock_server import clock as clocks
from mock_server.clock import MOST_SECONDS, Mode
from mock_server.control.forms import Form, Shown
from mock_server.control.premises import GivenEdition, GivenLane
from mock_server.errors import ApiError
from mock_server.state.lane import Lane

LAST = 32_503_680_000
"""The content clock stays before the year 3000."""

router = APIRouter()


def _moment(value: object) -> object:
    """Read a moment: ISO 8601, UTC where it names no zone, or seconds since 1970."""
    if not isinstance(value, str):
        return value
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"write it as 2026-11-01T12:00:00Z or as seconds since 1970, not as {value!r}") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _seconds(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"seconds are a number, got {value!r}")  # noqa: TRY004  # pydantic wants this one
    clocks.exactly(value)
    return str(value)


Moment = Annotated[int, Field(ge=0, lt=LAST), BeforeValidator(_moment, json_schema_input_type=int | str)]
Advance = Annotated[str, BeforeValidator(_seconds, json_schema_input_type=int | float | str)]


class Clocks(Shown):
    """Both clocks of a lane."""

    mode: Mode = Field(description="Whether the pacing clock runs by itself (`real`) or stands (`virtual`).")
    seconds: float = Field(description="The pacing clock: seconds since the lane began.")
    nanoseconds: int = Field(description="The same in whole nanoseconds, exactly.")
    waiting: int = Field(description="How many streams wait for a moment of the pacing clock.")
    now: str = Field(description="The content clock, from which dates in answers come; ISO 8601, UTC.")
    epoch: int = Field(description="The same in seconds since 1970.")
    moved: int = Field(description="Seconds by which the content clock was moved from where its edition has it.")


class ClockChange(Form):
    """What is to be done with the clocks; what is left out stays."""

    mode: Mode | None = Field(
        default=None, description="`virtual` freezes the pacing clock, `real` lets it go on from where it stands."
    )
    advance: Advance | None = Field(
        default=None,
        description="Seconds by which the pacing clock goes on, such as 1.2; a number, or a text where more digits "
        f"count. It is frozen first where it runs. At most {MOST_SECONDS}.",
    )
    now: Moment | None = Field(
        default=None, description="Where the content clock is put: ISO 8601, or seconds since 1970."
    )
    move: int | None = Field(
        default=None, ge=-LAST, le=LAST, description="Seconds by which the content clock goes on, or back."
    )

    @model_validator(mode="after")
    def _says_something_sound(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give one of mode, advance, now, move")
        if self.now is not None and self.move is not None:
            raise ValueError("give now or move, not both")
        if self.mode == "real" and self.advance is not None:
            raise ValueError("a clock that is advanced stands: give mode real afterwards, or leave it out")
        return self


@router.get("/clock", summary="Read the clocks", operation_id="read_clock")
async def read(lane: GivenLane, face: GivenEdition) -> Clocks:
    """Say how late it is on both clocks of the lane."""
    return _shown(lane, face.facts.wire.now)


@router.post("/clock", summary="Freeze, advance, or move the clocks", operation_id="change_clock")
async def change(asked: ClockChange, lane: GivenLane, face: GivenEdition) -> Clocks:
    """Change the clocks of the lane; what waits for a moment that is passed is woken, in order."""
    start = face.facts.wire.now
    moved = _moved(asked, lane, start)
    if asked.mode == "virtual":
        lane.clock.freeze()
    elif asked.mode == "real":
        lane.clock.run()
    if asked.advance is not None:
        lane.clock.advance(asked.advance)
    lane.moved = moved
    return _shown(lane, start)


def _moved(asked: ClockChange, lane: Lane, start: int) -> int:
    """By how much the content clock will have been moved; raises `ApiError` where that leads out of its range."""
    moved = lane.moved if asked.now is None else asked.now - start
    moved += asked.move or 0
    if not 0 <= start + moved < LAST:
        raise ApiError("control_invalid", facts={"where": "move", "reason": "the content clock stays in 1970 to 2999"})
    return moved


def _shown(lane: Lane, start: int) -> Clocks:
    clock, epoch = lane.clock, lane.now(start)
    nanoseconds = clock.now_ns()
    return Clocks(
        mode=clock.mode,
        seconds=nanoseconds / clocks.NANOSECONDS,
        nanoseconds=nanoseconds,
        waiting=clock.waiting,
        now=datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z"),
        epoch=epoch,
        moved=lane.moved,
    )
