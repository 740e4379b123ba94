"""Which limits there are for an account, and which of them a call meets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mock_server.facts import Facts, LimitFacts
from mock_server.jsontypes import JSONObject
from mock_server.limits.bucket import Rate
from mock_server.limits.rule import EVERYTHING, SECONDS, LimitRule, Targets

_MODEL = "model"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit with its rate.

    Args:
        name: What it is called.
        period: The period as a word.
        rate: How fast its bucket refills.
        models: The models that it is for; empty for all.
        operations: The operations that it is for, by id; empty for all.
        counts: The field of the body whose items take a token each; empty where a request takes one.
    """

    name: str
    period: str
    rate: Rate
    models: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    counts: str = ""

    @property
    def reads_body(self) -> bool:
        """Whether only a body tells if a call meets it, and how often."""
        return bool(self.models or self.counts)

    def concerns(self, operation: str, handler: str) -> bool:
        """Whether calls of an operation may meet it; `handler` is what the operation is an alias of."""
        return not self.operations or operation in self.operations or handler in self.operations

    def tokens(self, content: JSONObject) -> int:
        """How many tokens a body takes, 0 where the limit is for other models."""
        if self.models and content.get(_MODEL) not in self.models:
            return 0
        items = content.get(self.counts) if self.counts else None
        return max(len(items), 1) if isinstance(items, list) else 1


def of_tier(table: tuple[LimitFacts, ...], tier: int) -> tuple[Limit, ...]:
    """List the vendor's limits for a tier, in the order of the table."""
    return tuple(_of_tier(row, tier) for row in table)


def limits(
    table: tuple[LimitFacts, ...], tier: int | None, rules: tuple[LimitRule, ...], targets: Targets
) -> tuple[Limit, ...]:
    """List the limits that hold for an account.

    Args:
        table: The vendor's.
        tier: The account's; nothing for none of the table's limits.
        rules: Limits of one's own. They replace those of the table that have their name.
        targets: What rules may name.

    Returns:
        The table's in its order, then the others in theirs.
    """
    named = {rule.target for rule in rules}
    of_table = () if tier is None else of_tier(table, tier)
    kept = (limit for limit in of_table if limit.name not in named)
    return (*kept, *(_of_rule(rule, table, targets) for rule in rules))


def targets(facts: Facts, operations: frozenset[str]) -> Targets:
    """What rules may name: the vendor's limits, the models, and operations by id."""
    return Targets(frozenset(row.name for row in facts.limits), frozenset(facts.models), operations)


def _of_tier(row: LimitFacts, tier: int) -> Limit:
    count = row.tiers[tier]
    rate = Rate(count, SECONDS[row.period], count)
    return Limit(row.name, row.period, rate, row.models, row.operations, row.counts)


def _of_rule(rule: LimitRule, table: tuple[LimitFacts, ...], targets: Targets) -> Limit:
    """A rule is for what the table's limit of its name is for, or else for an operation, a model or all calls."""
    rate = Rate(rule.count, SECONDS[rule.period], rule.burst or rule.count)
    limit = Limit(rule.target, rule.period, rate)
    row = next((row for row in table if row.name == rule.target), None)
    if row is not None:
        return replace(limit, models=row.models, operations=row.operations, counts=row.counts)
    if rule.target == EVERYTHING:
        return limit
    if rule.target in targets.operations:
        return replace(limit, operations=(rule.target,))
    return replace(limit, models=(rule.target,))
