"""What all bodies of the control API are: strict where they come in, described where they go out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """A body that comes in: nothing unknown in it, and nothing converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Shown(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(frozen=True)


class ErrorBody(Shown):
    """What was wrong."""

    message: str = Field(description="A sentence: what was wrong, where, and what to do.")
    type: str = Field(description="The kind of error, in one word.")
    code: int = Field(description="The status.")


class ErrorEnvelope(Shown):
    """Every refusal of the control API."""

    error: ErrorBody


# FastAPI's own type of the argument `responses`.
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request is not of the form."},
    401: {"description": "The server can be reached from other machines, and the token is missing or wrong."},
    403: {"description": "The request comes from a page of another origin, or under a foreign name (`Host`)."},
    404: {"description": "There is nothing of this name."},
    405: {"description": "The path does not take this method."},
    413: {"description": "The body is longer than 1 MiB, or 8 MiB for stubs."},
    415: {"description": "A write is JSON and says so: `Content-Type: application/json`."},
    500: {"description": "A mistake of the fake's own."},
}


def refusals(*more: int) -> dict[int | str, dict[str, Any]]:
    """The refusals that every route has, and some more of its own, for its `responses`."""
    everywhere = (400, 401, 403, 404, 405, 413, 415, 500)
    return {status: {**_REFUSALS[status], "model": ErrorEnvelope} for status in (*everywhere, *more)}
