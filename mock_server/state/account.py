"""Accounts: a key and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mock_server.errors import ApiError
from mock_server.facts import AccountFacts
from mock_server.limits.limiter import Allowance, Limiter
from mock_server.state.collections import Collection
from mock_server.state.habits import Pace
from mock_server.state.jobs import Charge, Jobs
from mock_server.state.ledger import Ledger
from mock_server.state.memory import Bounded
from mock_server.state.runs import Runs

MOST_SIGHTINGS = 65_536
MOST_ACCOUNTS = 65_536
MOST_COLLECTIONS = 10_000
MOST_SESSIONS = 10_000
MOST_REVOKED = 65_536


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

    `sightings` counts how often a request (by its mark) was seen, `cached` holds the marks of stored answers. Both
    forget the oldest beyond `MOST_SIGHTINGS`. `pace` is that of its streams, where it has one of its own. `allowance`
    is how much it may still ask.
    """

    facts: AccountFacts
    allowance: Allowance
    ledger: Ledger = field(default_factory=Ledger)
    domains: DomainRules = field(default_factory=DomainRules)
    pace: Pace | None = None
    sightings: Bounded[bytes, int] = field(default_factory=lambda: Bounded(MOST_SIGHTINGS))
    cached: Bounded[bytes, None] = field(default_factory=lambda: Bounded(MOST_SIGHTINGS))
    collections: Bounded[str, Collection] = field(default_factory=lambda: Bounded(MOST_COLLECTIONS))
    sessions: Bounded[str, None] = field(default_factory=lambda: Bounded(MOST_SESSIONS))
    jobs: Jobs = field(default_factory=Jobs)
    runs: Runs = field(default_factory=Runs)

    def see(self, mark: bytes) -> int:
        """Count a request; returns how often it was seen before."""
        before = self.sightings.get(mark, 0)
        self.sightings.put(mark, before + 1)
        return before

    def cache(self, mark: bytes) -> bool:
        """Store the mark of an answer; returns whether it was there already."""
        if mark in self.cached:
            return True
        self.cached.put(mark, None)
        return False

    def uncache(self, mark: bytes) -> bool:
        """Forget an answer; returns whether it was there."""
        if mark not in self.cached:
            return False
        del self.cached[mark]
        return True

    def understudy(self) -> Account:
        """An account with what this one's answers depend on; what they leave behind is left there."""
        collections: Bounded[str, Collection] = Bounded(MOST_COLLECTIONS)
        for name, collection in self.collections.items():
            collections.put(name, replace(collection, entries=[]))
        return Account(self.facts, self.allowance, domains=self.domains, pace=self.pace, collections=collections)

    def settle(self, moment: float) -> None:
        """Bill and remember the jobs and runs that have ended at a moment of the pacing clock."""
        for charge in self.runs.due(moment):
            self._bill(charge)
        for job in self.jobs.due(moment):
            outcome = job.outcome
            if outcome.charge is not None:
                self._bill(outcome.charge)
            if outcome.entry is not None and (collection := self.collections.get(outcome.collection or "")):
                collection.add(outcome.entry)

    def _bill(self, charge: Charge) -> None:
        self.ledger.record(
            charge.key,
            prompt_tokens=charge.prompt_tokens,
            completion_tokens=charge.completion_tokens,
            cost=charge.cost,
        )


class Accounts:
    """All accounts by key, made on first use; `limiter` says what each may do."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._accounts: Bounded[bytes, Account] = Bounded(MOST_ACCOUNTS)
        self._revoked: Bounded[bytes, None] = Bounded(MOST_REVOKED)

    def of(self, key: bytes, known: dict[str, AccountFacts]) -> Account:
        """Find or open the account of a key; `known` are the well-known keys.

        Raises:
            ApiError: The key was revoked.
        """
        account = self._accounts.get(key)
        if account is None:
            if key in self._revoked:
                raise ApiError("invalid_api_key")
            facts = known.get(key.decode("latin-1")) or AccountFacts()
            account = Account(facts, self._limiter.open(key, facts), pace=_pace(facts))
            self._accounts.put(key, account)
        return account

    def __iter__(self) -> Iterator[tuple[bytes, Account]]:
        """All keys that were used, with their accounts, in the order of their first use."""
        return iter([*self._accounts.items()])

    def __len__(self) -> int:
        """How many keys were used."""
        return len(self._accounts)

    def forget(self, key: bytes) -> bool:
        """Forget the account of a key, whatever other keys lead to it; returns whether there was one."""
        self._revoked.pop(key, None)
        account = self._accounts.get(key)
        for other in [other for other, one in self._accounts.items() if one is account]:
            del self._accounts[other]
        return account is not None

    def clear(self) -> None:
        """Forget all accounts."""
        self._accounts.clear()
        self._revoked.clear()

    def hold_to(self, limiter: Limiter) -> None:
        """Hold all accounts to another limiter, with all their buckets full."""
        self._limiter = limiter
        for key, account in self._accounts.items():
            account.allowance = limiter.open(key, account.facts)

    def admit(self, key: bytes, account: Account) -> None:
        """Let another key lead to an account."""
        self._accounts.put(key, account)

    def revoke(self, key: bytes, account: Account) -> bool:
        """Refuse a key from now on; returns whether it led to the account."""
        if self._accounts.get(key) is not account:
            return False
        del self._accounts[key]
        self._revoked.put(key, None)
        return True


def _pace(facts: AccountFacts) -> Pace | None:
    return None if facts.pace is None else Pace(facts.pace.ttft, facts.pace.tps, facts.pace.jitter)
