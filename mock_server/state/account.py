"""Accounts: a key and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_server.facts import AccountFacts
from mock_server.state.collections import Collection
from mock_server.state.habits import Pace
from mock_server.state.ledger import Ledger
from mock_server.state.memory import Bounded

MOST_SIGHTINGS = 65_536
MOST_ACCOUNTS = 65_536
MOST_COLLECTIONS = 10_000


@dataclass(slots=True)
class DomainRules:
    """The domains that an account's searches are kept to and kept from."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is no rule."""
        return not self.allow and not self.deny


@dataclass(slots=True, eq=False)
class Account:
    """The state of one key.

    `sightings` counts how often a request (by its digest) was seen, `cached` holds the names of stored answers. Both
    forget the oldest beyond `MOST_SIGHTINGS`. `pace` is that of its streams, where it has one of its own.
    """

    facts: AccountFacts
    ledger: Ledger = field(default_factory=Ledger)
    domains: DomainRules = field(default_factory=DomainRules)
    pace: Pace | None = None
    sightings: Bounded[bytes, int] = field(default_factory=lambda: Bounded(MOST_SIGHTINGS))
    cached: Bounded[str, None] = field(default_factory=lambda: Bounded(MOST_SIGHTINGS))
    collections: Bounded[str, Collection] = field(default_factory=lambda: Bounded(MOST_COLLECTIONS))

    def see(self, digest: bytes) -> int:
        """Count a request; returns how often it was seen before."""
        before = self.sightings.get(digest, 0)
        self.sightings.put(digest, before + 1)
        return before

    def cache(self, name: str) -> bool:
        """Store the name of an answer; returns whether it was there already."""
        if name in self.cached:
            return True
        self.cached.put(name, None)
        return False

    def uncache(self, name: str) -> bool:
        """Forget an answer; returns whether it was there."""
        if name not in self.cached:
            return False
        del self.cached[name]
        return True


class Accounts:
    """All accounts by key, made on first use."""

    def __init__(self) -> None:
        self._accounts: Bounded[bytes, Account] = Bounded(MOST_ACCOUNTS)

    def of(self, key: bytes, known: dict[str, AccountFacts]) -> Account:
        """Find or open the account of a key; `known` are the well-known keys."""
        account = self._accounts.get(key)
        if account is None:
            facts = known.get(key.decode("latin-1")) or AccountFacts()
            account = Account(facts, pace=_pace(facts))
            self._accounts.put(key, account)
        return account


def _pace(facts: AccountFacts) -> Pace | None:
    return None if facts.pace is None else Pace(facts.pace.ttft, facts.pace.tps, facts.pace.jitter)
