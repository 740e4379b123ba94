"""Back to the beginning: a whole lane, some of its parts, or one account."""

from __future__ import annotations

from typing import Self

from fastapi import APIRouter
from pydantic import Field, model_validator

from mock_server.control import keys
from mock_server.control.forms import Form, Shown
from mock_server.control.keys import Key
from mock_server.control.premises import GivenLane, GivenPremises
from mock_server.state.parts import PARTS, Part

router = APIRouter()


class Reset(Form):
    """What is to go back to the beginning; everything of the lane where nothing is given."""

    key: Key | None = Field(
        default=None,
        description="Only what belongs to this account: its state, its calls in the journal, what was set for it. A "
        "key, or its name as the list of accounts has it.",
    )
    only: list[Part] | None = Field(
        default=None,
        min_length=1,
        description="Only these parts. `limits` fills all buckets, `stubs` takes away those that were added by API, "
        "`clock` puts the content clock back and lets the pacing clock run or stand as at first.",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.key is not None and self.only is not None:
            raise ValueError("give key or only, not both")
        return self


class ResetDone(Shown):
    """What went back."""

    lane: str = Field(description="The lane; empty for the default one.")
    reset: list[str] = Field(description="The parts that went back, or `account`.")


@router.post("/reset", summary="Reset the lane, parts of it, or an account", operation_id="reset")
async def reset(asked: Reset, lane: GivenLane, premises: GivenPremises) -> ResetDone:
    """Make everything as the settings of the server have it, with no trace of what was; `{}` means the whole lane.

    A lane that was reset whole gives its place free and is made anew when it is used again.
    """
    if asked.key is not None:
        lane.forget(keys.found(asked.key, lane))
        return ResetDone(lane=lane.name, reset=["account"])
    if asked.only is not None:
        premises.lanes.restore(lane, asked.only)
        return ResetDone(lane=lane.name, reset=[part for part in PARTS if part in asked.only])
    premises.lanes.drop(lane.name)
    return ResetDone(lane=lane.name, reset=[*PARTS])
