"""How many requests, and how many US dollars, a run against a live server may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock

from mock_server.money import ZERO


@dataclass(slots=True)
class Budget:
    """A budget that is counted down; to be asked from any thread.

    Args:
        max_requests: The most requests.
        max_cost: The most US dollars. What a request costs is known once it is answered, so the last one may go beyond.
    """

    max_requests: int
    max_cost: Decimal
    requests: int = field(default=0, init=False)
    cost: Decimal = field(default=ZERO, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @property
    def spent(self) -> bool:
        """Whether nothing is left of it."""
        return self.requests >= self.max_requests or self.cost >= self.max_cost

    def take(self) -> bool:
        """Count a request; returns whether it may be sent."""
        with self._lock:
            if self.spent:
                return False
            self.requests += 1
            return True

    def pay(self, amount: Decimal) -> None:
        """Count what an answer cost."""
        with self._lock:
            self.cost += amount

    def __str__(self) -> str:
        """What was spent of what."""
        return f"{self.requests} of {self.max_requests} requests, {self.cost} of {self.max_cost} USD"
