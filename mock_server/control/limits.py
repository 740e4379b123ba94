"""What accounts are held to: the vendor's limits of a tier, limits of one's own, credit, a monthly quota."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BeforeValidator, Field

from mock_server.control.forms import Form, Shown
from mock_server.control.premises import GivenLane
from mock_server.errors import ApiError
from mock_server.limits.limiter import Limiter
from mock_server.limits.rule import LimitRule
from mock_server.limits.terms import Terms

router = APIRouter()


def _dollars(value: object) -> object:
    """Take a number by its digits, so that 0.1 stays 0.1; a text where more digits count."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"US dollars are a number, got {value!r}") from None


Dollars = Annotated[
    Decimal, BeforeValidator(_dollars, json_schema_input_type=float | str), Field(ge=0, allow_inf_nan=False)
]


class TermsShown(Shown):
    """What accounts are held to."""

    tier: int | None = Field(description="The tier whose limits hold, 0 to 5; null for none.")
    limits: list[str] = Field(description="Limits of one's own, as `search=5/second,burst=2`.")
    credit: str | None = Field(description="US dollars that may be spent in all, exactly; null for no end.")
    quota: int | None = Field(description="Requests that may be answered in a month; null for no end.")


class LimitsShown(TermsShown):
    """What all accounts of a lane are held to that have nothing of their own."""

    retry_after: bool = Field(description="Whether a refusal says in `Retry-After` when to come again.")


class TermsChange(Form):
    """What changes; what is left out stays, and null is what held before anything was set here."""

    tier: int | None = Field(default=None, ge=0, le=5, description="The tier whose limits hold.")
    limits: list[str | LimitRule] | None = Field(
        default=None,
        description="Limits of one's own: `search=5/second,burst=2`, or the same as data. An empty list takes those "
        "away that hold for all.",
    )
    credit: Dollars | None = Field(default=None, description="US dollars that may be spent in all.")
    quota: int | None = Field(default=None, ge=0, description="Requests that may be answered in a month.")


class LimitsChange(TermsChange):
    """What changes for all accounts that have nothing of their own."""

    retry_after: bool | None = Field(default=None, description="Whether a refusal says when to come again.")


@router.get("/limits", summary="Read what accounts are held to", operation_id="read_limits")
async def read(lane: GivenLane) -> LimitsShown:
    """Say what holds for all accounts that have nothing of their own."""
    return _shown(lane.limiter)


@router.put("/limits", summary="Change what accounts are held to", operation_id="change_limits")
async def change(asked: LimitsChange, lane: GivenLane) -> LimitsShown:
    """Change what holds for all accounts that have nothing of their own, from the next request on."""
    apply(asked, None, lane.limiter)
    if asked.retry_after is not None:
        lane.limiter.retry_after = asked.retry_after
    return _shown(lane.limiter)


def apply(asked: TermsChange, key: bytes | None, limiter: Limiter) -> None:
    """Hold a key, or all, to other terms.

    Raises:
        ApiError: A limit cannot be read, or names nothing that there is; then nothing has changed.
    """
    given = asked.model_fields_set
    try:
        if "limits" in given:
            limiter.set_limits(key, asked.limits)
    except ValueError as error:
        raise ApiError("control_invalid", facts={"where": "body.limits", "reason": error}) from None
    if "tier" in given:
        limiter.set_tier(key, asked.tier)
    if "credit" in given:
        limiter.set_credit(key, asked.credit)
    if "quota" in given:
        limiter.set_quota(key, asked.quota)


def shown(terms: Terms) -> TermsShown:
    """Show what holds."""
    return TermsShown(
        tier=terms.tier,
        limits=[str(rule) for rule in terms.rules or ()],
        credit=None if terms.credit is None else exactly(terms.credit),
        quota=terms.quota,
    )


def exactly(amount: Decimal) -> str:
    """Write US dollars to their last digit, without exponent or trailing zeros."""
    return format(amount.normalize(), "f")


def _shown(limiter: Limiter) -> LimitsShown:
    return LimitsShown(**shown(limiter.everyone).model_dump(), retry_after=limiter.retry_after)
