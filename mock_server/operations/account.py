"""Account: what was used, and what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from mock_server.call import Call, Reply
from mock_server.contract.bodies import UsageQuery, given
from mock_server.jsontypes import JSONObject
from mock_server.limits.bucket import seconds
from mock_server.limits.limiter import Meter
from mock_server.money import ZERO, number
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
    call.owner.settle(call.lane.clock.now())
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
    allowance = call.owner.allowance
    now = call.lane.clock.now_ns()
    said: JSONObject = {
        "object": "account.limits",
        "tier": allowance.terms.tier or 0,
        "enforced": allowance.limited,
        "limits": [_limit(meter, now, call.now) for meter in allowance.shown(call.facts.limits)],
    }
    if allowance.terms.credit is not None:
        said["credit"] = _credit(allowance.terms.credit, call.owner.ledger.spent())
    if allowance.terms.quota is not None:
        said["quota"] = _quota(allowance.terms.quota, call.owner.ledger.requests(call.month), call.today)
    return Reply(said)


def _totals(totals: Totals) -> JSONObject:
    return {
        "requests": totals.requests,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
        "total_tokens": totals.prompt_tokens + totals.completion_tokens,
        "cost": number(totals.cost),
    }


def _limit(meter: Meter, now: int, today: int) -> JSONObject:
    """A limit and what is left, at a moment of the pacing clock and one of the content clock."""
    rate, bucket = meter.bucket.rate, meter.bucket
    return {
        "name": meter.limit.name,
        "period": meter.limit.period,
        "limit": rate.count,
        "burst": rate.burst,
        "remaining": bucket.remaining(now),
        "reset": today + seconds(bucket.full_in(now)),
    }


def _credit(granted: Decimal, spent: Decimal) -> JSONObject:
    left = max(granted - spent, ZERO)
    return {"currency": "USD", "granted": number(granted), "spent": number(spent), "left": number(left)}


def _quota(most: int, used: int, today: date) -> JSONObject:
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    reset = datetime.combine(following, time(), UTC)
    return {
        "period": "month",
        "limit": most,
        "used": used,
        "remaining": max(most - used, 0),
        "reset": int(reset.timestamp()),
    }
