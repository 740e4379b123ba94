"""The limiter of a lane: what it holds accounts to, and the state of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mock_server.facts import AccountFacts, LimitFacts
from mock_server.jsontypes import JSONObject
from mock_server.limits import plan, rule, terms
from mock_server.limits.bucket import Bucket
from mock_server.limits.plan import Limit
from mock_server.limits.rule import Given, Targets
from mock_server.limits.terms import NOTHING, Dollars, Terms

NO_TARGETS = Targets(frozenset(), frozenset(), frozenset())

Table = tuple[LimitFacts, ...]


class Limiter:
    """What the accounts of a lane are held to. It may be changed at any time, and is off until something is limited.

    Args:
        everyone: What holds for all accounts that have nothing else, until something is set for all.
        targets: What limits may name.
        retry_after: Whether a refusal says when to come again. The vendor's does not, as far as is known.

    Attributes:
        on: Whether anything may be limited at all; what asks for it need not look further where not.
        version: Another number whenever something was changed.
        resets: How often it was reset.
    """

    def __init__(self, everyone: Terms = NOTHING, *, targets: Targets = NO_TARGETS, retry_after: bool = False) -> None:
        self._initial = everyone
        self._of_all = NOTHING
        self.targets = targets
        self.retry_after = self._retry_after = retry_after
        self.version = 0
        self.resets = 0
        self.on = everyone != NOTHING
        self._own: dict[bytes, Terms] = {}

    @property
    def everyone(self) -> Terms:
        """What holds for all accounts that have nothing else."""
        return self._of_all.over(self._initial)

    def set_tier(self, key: bytes | None, tier: int | None) -> None:
        """Hold a key, or all that have no tier of their own, to the vendor's limits; raises `ValueError`.

        Args:
            key: The key; nothing for all.
            tier: 0 to 5; nothing for what held before one was set.
        """
        self._set(key, replace(self.said(key), tier=tier))

    def set_limits(self, key: bytes | None, limits: Given | None) -> None:
        """Give a key, or all that have none of their own, limits such as `sonar=5/minute,burst=2`.

        Args:
            key: The key; nothing for all.
            limits: Texts or rules. No rules at all take those away that hold for all; nothing for what held before.

        Raises:
            ValueError: A limit cannot be read, or names nothing that there is.
        """
        rules = None if limits is None else rule.rules(limits, self.targets)
        self._set(key, replace(self.said(key), rules=rules))

    def set_credit(self, key: bytes | None, credit: Dollars | None) -> None:
        """Let a key, or each that has no credit of its own, spend some US dollars in all; raises `ValueError`."""
        self._set(key, replace(self.said(key), credit=terms.dollars(credit)))

    def set_quota(self, key: bytes | None, quota: int | None) -> None:
        """Let a key, or each that has no quota of its own, have some requests a month; raises `ValueError`."""
        self._set(key, replace(self.said(key), quota=quota))

    def said(self, key: bytes | None) -> Terms:
        """What was said of a key, or of all, since the start."""
        return self._of_all if key is None else self._own.get(key, NOTHING)

    def forget(self, key: bytes) -> None:
        """Forget what was said of a key."""
        if self._own.pop(key, None) is not None:
            self.version += 1

    def reset(self) -> None:
        """Forget all that was said since the start of keys and of all, and fill all buckets."""
        self._of_all = NOTHING
        self._own.clear()
        self.retry_after = self._retry_after
        self.resets += 1
        self.version += 1

    def open(self, key: bytes, facts: AccountFacts) -> Allowance:
        """Make the state of an account, all of its buckets full."""
        known = terms.of_account(facts)
        if known != NOTHING:
            self.on = True
        return Allowance(self, key, known)

    def _set(self, key: bytes | None, changed: Terms) -> None:
        if key is None:
            self._of_all = changed
        else:
            self._own[key] = changed
        self.version += 1
        self.on = True


@dataclass(frozen=True, slots=True)
class Meter:
    """A limit and the account's bucket of it."""

    limit: Limit
    bucket: Bucket


@dataclass(frozen=True, slots=True)
class Due:
    """What a call takes.

    Args:
        takings: The limits that it meets, and the tokens of each.
        slowest: The one of the longest period, to tell the client of; nothing where it meets none.
    """

    takings: tuple[tuple[Meter, int], ...]
    slowest: Meter | None


class Meters:
    """What calls of one operation may meet.

    Args:
        meters: The limits that are for the operation.

    Attributes:
        reads_body: Whether a body tells which of them a call meets, and how often.
    """

    __slots__ = ("_by_model", "_counts", "_models", "of", "reads_body")

    def __init__(self, meters: tuple[Meter, ...]) -> None:
        self.of = meters
        self.reads_body = any(meter.limit.reads_body for meter in meters)
        self._counts = any(meter.limit.counts for meter in meters)
        self._models = frozenset(model for meter in meters for model in meter.limit.models)
        self._by_model: dict[str, Due] = {}

    def due(self, content: JSONObject) -> Due:
        """Tell what a body takes; remembered by model, unless its items count."""
        if self._counts:
            return self._due(content)
        model = content.get("model")
        name = model if isinstance(model, str) and model in self._models else ""
        found = self._by_model.get(name)
        if found is None:
            found = self._by_model[name] = self._due(content)
        return found

    def _due(self, content: JSONObject) -> Due:
        takings = tuple((meter, tokens) for meter in self.of if (tokens := meter.limit.tokens(content)))
        slowest = max(takings, key=lambda taking: taking[0].bucket.rate.period, default=None)
        return Due(takings, None if slowest is None else slowest[0])


@dataclass(slots=True)
class Verdict:
    """What became of a call.

    Args:
        passes: Whether it may pass.
        meter: The limit to tell the client of: the one that refused, or the slowest that the call met, if any.
        wait: Nanoseconds until a refused call would pass; nothing where it never will.
    """

    passes: bool
    meter: Meter | None = None
    wait: int | None = 0


class Allowance:
    """The state of one account's limits.

    Its buckets are full again when its tier or its limits change, and whatever changes for others does not touch them.
    """

    __slots__ = ("_buckets", "_filled_for", "_key", "_known", "_limiter", "_meters", "_terms", "_version")

    def __init__(self, limiter: Limiter, key: bytes, known: Terms) -> None:
        self._limiter = limiter
        self._key = key
        self._known = known
        self._buckets: dict[Limit, Bucket] = {}
        self._filled_for: tuple[object, ...] = ()
        self._renew()

    @property
    def terms(self) -> Terms:
        """What holds for the account now."""
        if self._version != self._limiter.version:
            self._renew()
        return self._terms

    @property
    def limited(self) -> bool:
        """Whether any rate is limited."""
        return self.terms.tier is not None or bool(self.terms.rules)

    def all(self, table: Table) -> tuple[Meter, ...]:
        """The limits that hold, and their buckets."""
        found = plan.limits(table, self.terms.tier, self.terms.rules or (), self._limiter.targets)
        return tuple(Meter(limit, self._bucket(limit)) for limit in found)

    def shown(self, table: Table) -> tuple[Meter, ...]:
        """The limits that hold, or full buckets of what would hold if the account's tier did."""
        if self.limited:
            return self.all(table)
        of_tier = plan.of_tier(table, self.terms.tier or 0)
        return tuple(Meter(limit, Bucket(limit.rate)) for limit in of_tier)

    def meters(self, table: Table, edition: str, operation: str, handler: str) -> Meters:
        """Find the limits that calls of an operation may meet.

        Args:
            table: The vendor's limits.
            edition: The edition whose table it is.
            operation: The operation's id.
            handler: The id of what it is an alias of, or its own.
        """
        if self._version != self._limiter.version:
            self._renew()
        found = self._meters.get((edition, operation))
        if found is None:
            found = Meters(tuple(meter for meter in self.all(table) if meter.limit.concerns(operation, handler)))
            self._meters[edition, operation] = found
        return found

    def _renew(self) -> None:
        limiter = self._limiter
        self._version = limiter.version
        self._terms = limiter.said(self._key).over(self._known).over(limiter.everyone)
        self._meters: dict[tuple[str, str], Meters] = {}
        state = (limiter.resets, self._terms.tier, self._terms.rules)
        if state != self._filled_for:
            self._filled_for = state
            self._buckets = {}

    def _bucket(self, limit: Limit) -> Bucket:
        bucket = self._buckets.get(limit)
        if bucket is None:
            bucket = self._buckets[limit] = Bucket(limit.rate)
        return bucket


def admit(due: Due, now: int) -> Verdict:
    """Take the tokens of a call, from all buckets that it meets or from none.

    Args:
        due: What it takes.
        now: The moment on the pacing clock, in nanoseconds.
    """
    for meter, tokens in due.takings:
        if not meter.bucket.holds(now, tokens):
            return _refusal(due, now)
    for meter, tokens in due.takings:
        meter.bucket.take(now, tokens)
    return Verdict(passes=True, meter=due.slowest)


def _refusal(due: Due, now: int) -> Verdict:
    """The refusal of the bucket that takes longest to let a call pass."""
    found = Verdict(passes=False)
    for meter, tokens in due.takings:
        wait = meter.bucket.wait(now, tokens)
        if wait is None:
            return Verdict(passes=False, meter=meter, wait=None)
        if wait > (found.wait or 0):
            found = Verdict(passes=False, meter=meter, wait=wait)
    return found
