"""What an account has used, added up by day, model and endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from mock_server.money import ZERO

Key = tuple[str, str, str]


@dataclass(slots=True)
class Totals:
    """Requests, tokens and US dollars."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = ZERO

    def add(self, other: Totals) -> None:
        """Add another's counts to these."""
        self.requests += other.requests
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.cost += other.cost


class Ledger:
    """Totals by (ISO day, model, method and path)."""

    def __init__(self) -> None:
        self._totals: dict[Key, Totals] = {}

    def record(self, key: Key, *, prompt_tokens: int, completion_tokens: int, cost: Decimal) -> None:
        """Count one answered request."""
        totals = self._totals.get(key)
        if totals is None:
            totals = self._totals[key] = Totals()
        totals.requests += 1
        totals.prompt_tokens += prompt_tokens
        totals.completion_tokens += completion_tokens
        totals.cost += cost

    def grouped(self, name: Callable[[Key], str], *, first: str, last: str) -> dict[str, Totals]:
        """Add up the days from first to last under the names that `name` gives, sorted by name."""
        groups: dict[str, Totals] = {}
        for key, totals in self._totals.items():
            if first <= key[0] <= last:
                groups.setdefault(name(key), Totals()).add(totals)
        return dict(sorted(groups.items()))

    def spent(self) -> Decimal:
        """US dollars of all days."""
        return sum((totals.cost for totals in self._totals.values()), ZERO)

    def requests(self, month: str) -> int:
        """Answered requests of an ISO month such as `2026-11`."""
        return sum(totals.requests for key, totals in self._totals.items() if key[0].startswith(month))

    @staticmethod
    def total(groups: Iterable[Totals]) -> Totals:
        """Add up groups."""
        whole = Totals()
        for totals in groups:
            whole.add(totals)
        return whole
