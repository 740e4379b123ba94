"""The accounts of a lane: a key each, named by its hash."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from mock_server.control import keys, limits
from mock_server.control.forms import Shown
from mock_server.control.keys import Key
from mock_server.control.limits import TermsChange, TermsShown
from mock_server.control.premises import GivenEdition, GivenLane
from mock_server.errors import ApiError
from mock_server.redaction import name_of
from mock_server.state.account import Account

router = APIRouter()


class AccountShown(TermsShown):
    """One account."""

    account: str = Field(description="The name of its key: `sha256:` and the first eight digits of its SHA-256.")
    requests: int = Field(description="How many of its requests were billed.")
    cost: str = Field(description="What they cost, in US dollars, exactly.")
    refused_with: str | None = Field(description="The error that a well-known key always meets; null for none.")


class AccountsShown(Shown):
    """The accounts of a lane."""

    accounts: list[AccountShown] = Field(description="In the order of their first use.")


class AccountChange(TermsChange):
    """What changes for one account."""

    key: Key


@router.get("/accounts", summary="List the accounts", operation_id="list_accounts")
async def listed(lane: GivenLane) -> AccountsShown:
    """List the accounts that were used, with what they are held to and what they spent."""
    return AccountsShown(accounts=[_shown(name_of(key), account) for key, account in lane.accounts])


@router.put("/accounts", summary="Set tier, limits, credit or quota of an account", operation_id="change_account")
async def change(asked: AccountChange, lane: GivenLane, face: GivenEdition) -> AccountShown:
    """Hold one account to terms of its own, from its next request on; it need not have been used before."""
    key = keys.found(asked.key, lane)
    try:
        account = lane.accounts.of(key, face.facts.accounts)
    except ApiError:
        reason = "this key was revoked; a reset of its account takes it back"
        raise ApiError("control_invalid", facts={"where": "body.key", "reason": reason}) from None
    limits.apply(asked, key, lane.limiter)
    return _shown(name_of(key), account)


def _shown(name: str, account: Account) -> AccountShown:
    return AccountShown(
        **limits.shown(account.allowance.terms).model_dump(),
        account=name,
        requests=account.ledger.requests(""),
        cost=limits.exactly(account.ledger.spent()),
        refused_with=account.facts.refusal,
    )
