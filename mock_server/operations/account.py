"""Account: what was used, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from mock_server.call import Call, Reply
from mock_server.contract.bodies import UsageQuery, given
from mock_server.facts import LimitFacts
from mock_server.jsontypes import JSONObject
from mock_server.money import number
from mock_server.operations.handler import NoBody
from mock_server.state.ledger import Key, Ledger, Totals

_FIRST_DAY = date(2022, 1, 1).isoformat()
_GROUPS: dict[str, Callable[[Key], str]] = {
    "day": lambda key: key[0],
    "model": lambda key: key[1],
    "endpoint": lambda key: key[2],
}


def get_usage(call: Call, query: UsageQuery) -> Reply:
    """Answer `GET /usage`."""
    first = given(query.start_date) or _FIRST_DAY
    last = given(query.end_date) or call.today.isoformat()
    groups = call.owner.ledger.grouped(_GROUPS[query.group_by], first=first, last=last)
    return Reply(
        {
            "object": "usage",
            "start_date": first,
            "end_date": last,
            "group_by": query.group_by,
            "currency": "USD",
            "total": _totals(Ledger.total(groups.values())),
            "data": [{"group": name, **_totals(totals)} for name, totals in groups.items()],
        },
    )


def get_account_limits(call: Call, _: NoBody) -> Reply:
    """Answer `GET /account/limits` (the numbers: evidence 5.1)."""
    tier = call.owner.facts.tier
    return Reply(
        {
            "object": "account.limits",
            "tier": tier,
            "enforced": False,
            "limits": [_limit(limit, tier, call.now) for limit in call.facts.limits],
        },
    )


def _totals(totals: Totals) -> JSONObject:
    return {
        "requests": totals.requests,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
        "total_tokens": totals.prompt_tokens + totals.completion_tokens,
        "cost": number(totals.cost),
    }


def _limit(limit: LimitFacts, tier: int, now: int) -> JSONObject:
    most = limit.tiers[tier]
    return {"name": limit.name, "period": limit.period, "limit": most, "remaining": most, "reset": now}
