"""Limits: the vendor's table by tier, and which key has which tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Api

SONAR = [50, 150, 500, 1000, 4000, 4000]
TABLE = {
    "sonar": ("minute", SONAR),
    "sonar-pro": ("minute", SONAR),
    "sonar-reasoning-pro": ("minute", SONAR),
    "sonar-deep-research": ("minute", [5, 10, 20, 40, 60, 100]),
    "search": ("second", [50] * 6),
}
"""Requests by tier 0 to 5: evidence 5.1, the vendor's page of the first half of 2026."""


def limits_of(api: Api) -> Any:
    return api.get("/account/limits").json()


@pytest.mark.parametrize("tier", range(6))
def test_each_tier_has_the_limits_of_the_vendors_table(api: Api, tier: int) -> None:
    report = limits_of(api.under(f"pplx-mock-tier-{tier}"))

    assert report["tier"] == tier
    assert {limit["name"]: (limit["period"], limit["limit"]) for limit in report["limits"]} == {
        name: (period, tiers[tier]) for name, (period, tiers) in TABLE.items()
    }


def test_any_other_key_is_of_tier_0(api: Api) -> None:
    assert limits_of(api.stranger()) == limits_of(api.under("pplx-mock-tier-0"))


def test_nothing_drains_while_nothing_is_limited(api: Api) -> None:
    account = api.stranger()
    for _ in range(60):
        account.search("çay")

    report = limits_of(account)

    assert report["enforced"] is False
    assert all(limit["remaining"] == limit["limit"] for limit in report["limits"])
    assert all(limit["reset"] == 1793534400 for limit in report["limits"])


def test_keys_stand_in_the_order_of_the_contract(api: Api) -> None:
    report = limits_of(api)

    assert [*report] == ["object", "tier", "enforced", "limits"]
    assert [*report["limits"][0]] == ["name", "period", "limit", "remaining", "reset"]
    assert report["object"] == "account.limits"
