"""Which checks a run holds, and what they take at the most."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contract_tests import catalogue, manners
from contract_tests.checks import Check
from contract_tests.findings import CouldNotTestError
from contract_tests.schema import rules
from contract_tests.target import Target


@dataclass(frozen=True, slots=True)
class Plan:
    """The checks of a run, in the order that they run in, and those left out with the reason."""

    checks: tuple[Check, ...]
    left_out: tuple[tuple[Check, str], ...]
    thorough: bool
    writes: bool = False
    charges: bool = False

    @property
    def meaning(self) -> tuple[Check, ...]:
        """The checks that run one by one."""
        return tuple(check for check in self.checks if not check.id.startswith(rules.FAMILY))

    @property
    def schema(self) -> tuple[Check, ...]:
        """The checks that Schemathesis runs together."""
        return tuple(check for check in self.checks if check.id.startswith(rules.FAMILY))

    @property
    def requests(self) -> int:
        """How many requests the checks send at the most, as long as the target keeps them.

        Against a server that fails a check more are sent, to find the smallest example; not where requests cost money.
        """
        return sum(self._requests(check) for check in self.meaning) + self.made_up

    @property
    def made_up(self) -> int:
        """How many requests Schemathesis may send, whichever of its checks are chosen."""
        return rules.most(thorough=self.thorough, charges=self.charges) if self.schema else 0

    @property
    def cost(self) -> Decimal:
        """US dollars that they cost at the most on the live host."""
        meant = sum((self._requests(check) * check.estimate.cost for check in self.meaning), Decimal(0))
        return meant + self.made_up * rules.cost()

    def _requests(self, check: Check) -> int:
        return check.estimate.full if self.thorough else check.estimate.quick


def make(target: Target, only: Sequence[str], *, thorough: bool, writes: bool) -> Plan:
    """Choose the checks that apply.

    Args:
        target: What they run against.
        only: Ids of checks, or beginnings of ids such as ``PPLX-SEARCH``; all where empty.
        thorough: Whether the profile is `full`.
        writes: Whether checks may create and delete at a target that charges.

    Raises:
        CouldNotTestError: A name fits no check, or no check is left.
    """
    chosen, left_out = [], []
    for check in _named(only):
        reason = _against(check, target, thorough=thorough, writes=writes)
        if reason:
            left_out.append((check, reason))
        else:
            chosen.append(check)
    if not chosen:
        raise CouldNotTestError("no check applies to this target and edition: nothing would be tested")
    return Plan(tuple(chosen), tuple(left_out), thorough, writes, target.charges)


def _named(only: Sequence[str]) -> list[Check]:
    checks = catalogue.load()
    for name in only:
        if not any(check.id.startswith(name.upper()) for check in checks):
            close = difflib.get_close_matches(name.upper(), [check.id for check in checks], n=1, cutoff=0.3)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise CouldNotTestError(f"there is no check {name!r}.{hint} `pplx-mock check --list` prints them")
    return [check for check in checks if not only or any(check.id.startswith(name.upper()) for name in only)]


def _against(check: Check, target: Target, *, thorough: bool, writes: bool) -> str:
    """Why a check is left out; empty where it is not."""
    if not check.applies(target.kind, target.edition):
        return f"does not apply to {target.kind} in edition {target.edition.name}"
    if check.writes and target.charges and not writes:
        return "writes or deletes; --allow-writes runs it"
    if target.charges and not thorough and check.estimate.cost > manners.load().polite.dearest_usd:
        return f"may cost {check.estimate.cost} USD a request; --profile full runs it"
    return ""
