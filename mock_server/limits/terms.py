"""What an account may do: its tier, limits of its own, a credit and a monthly quota."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mock_server.errors import SettingsError
from mock_server.facts import AccountFacts
from mock_server.limits import rule
from mock_server.limits.rule import LimitRule, Targets
from mock_server.settings import Settings

TIERS = range(6)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for an account, or for all; nothing means that nothing is said, and so nothing is limited.

    Args:
        tier: Whose limits of the vendor's table hold, 0 to 5.
        rules: Limits of one's own.
        credit: US dollars that may be spent in all.
        quota: Requests that may be answered in a month of the content clock.
    """

    tier: int | None = None
    rules: tuple[LimitRule, ...] | None = None
    credit: Decimal | None = None
    quota: int | None = None

    def __post_init__(self) -> None:
        """Refuse values out of range; raises `ValueError`."""
        if self.tier is not None and self.tier not in TIERS:
            raise ValueError(f"a tier is {TIERS[0]} to {TIERS[-1]}, got {self.tier}")
        if self.credit is not None and (not self.credit.is_finite() or self.credit < 0):
            raise ValueError(f"a credit is 0 or more US dollars, got {self.credit}")
        if self.quota is not None and self.quota < 0:
            raise ValueError(f"a quota is 0 or more requests a month, got {self.quota}")

    def over(self, below: Terms) -> Terms:
        """These, and what others say where these say nothing."""
        return Terms(
            tier=below.tier if self.tier is None else self.tier,
            rules=below.rules if self.rules is None else self.rules,
            credit=below.credit if self.credit is None else self.credit,
            quota=below.quota if self.quota is None else self.quota,
        )


NOTHING = Terms()

Dollars = Decimal | int | float | str


def dollars(given: Dollars | None) -> Decimal | None:
    """Make an amount exact, as it is written: 0.1 is a tenth; raises `ValueError`."""
    try:
        return None if given is None else Decimal(str(given))
    except InvalidOperation:
        raise ValueError(f"a credit is a number of US dollars, got {given!r}") from None


def of_account(facts: AccountFacts) -> Terms:
    """What a well-known key has."""
    if facts.tier is None and facts.credit is None and facts.quota is None:
        return NOTHING
    return Terms(tier=facts.tier, credit=facts.credit, quota=facts.quota)


def of_settings(settings: Settings, targets: Targets) -> Terms:
    """What a server's settings say for all accounts; raises `SettingsError`."""
    try:
        rules = rule.rules(settings.limit, targets) or None
        return Terms(tier=settings.tier, rules=rules, credit=dollars(settings.credit), quota=settings.quota)
    except ValueError as error:
        raise SettingsError(str(error)) from None
