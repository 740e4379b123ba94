"""How many requests and how many dollars a run may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from contract_tests.findings import BudgetSpentError

ZERO = Decimal(0)


@dataclass(slots=True)
class Budget:
    """A budget; None is no bound.

    Args:
        max_requests: The most requests.
        max_cost: The most US dollars.
    """

    max_requests: int | None = None
    max_cost: Decimal | None = None
    requests: int = field(default=0, init=False)
    cost: Decimal = field(default=ZERO, init=False)

    def take(self, most: Decimal) -> None:
        """Count a request that may cost so much.

        Args:
            most: US dollars that the request costs at the most; counted until `settle` says what it did cost.

        Raises:
            BudgetSpentError: It would be too much; nothing is counted.
        """
        if self.max_requests is not None and self.requests >= self.max_requests:
            raise BudgetSpentError(f"{self.requests} requests were sent, as many as were allowed")
        if self.max_cost is not None and self.cost + most > self.max_cost:
            raise BudgetSpentError(
                f"{self.cost} USD are spent, the next request may cost {most}, and {self.max_cost} are allowed"
            )
        self.requests += 1
        self.cost += most

    def settle(self, most: Decimal, paid: Decimal | None) -> None:
        """Put what was paid in place of what was feared; where nothing is known of it, what was feared stays."""
        if paid is not None:
            self.cost += paid - most
