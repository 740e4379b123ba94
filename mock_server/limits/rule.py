"""Limits as a user gives them: `sonar=5/minute,burst=2`, or the same as data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Period = Literal["second", "minute", "hour", "day"]
SECONDS: dict[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
"""The length of each period."""
EVERYTHING = "*"
MOST = 1_000_000_000
"""Tokens that a bucket may hold, or get back in a period."""

_NUMBER = r"\d{1,12}"
_FORM = re.compile(
    rf"(?P<target>[^=\s]+)\s*=\s*(?P<count>{_NUMBER})\s*/\s*(?P<period>\w+)(?:\s*,\s*burst\s*=\s*(?P<burst>{_NUMBER}))?"
)
_EXAMPLE = "search=5/minute,burst=2"


class LimitRule(BaseModel):
    """A limit of one's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    target: str = Field(
        min_length=1,
        description="The name of one of the vendor's limits, a model, an operation id, or `*` for all calls together.",
    )
    count: int = Field(ge=1, le=MOST, description="Requests that come back in a period; for `search`, queries.")
    period: Period = Field(description="The period.")
    burst: int | None = Field(
        default=None, ge=1, le=MOST, description="Requests that may come at once; as many as `count` where not given."
    )

    def __str__(self) -> str:
        """The rule as text, as `parse` takes it."""
        burst = "" if self.burst is None else f",burst={self.burst}"
        return f"{self.target}={self.count}/{self.period}{burst}"


Given = str | Iterable[str | LimitRule]


@dataclass(frozen=True, slots=True)
class Targets:
    """What a rule may name."""

    limits: frozenset[str]
    models: frozenset[str]
    operations: frozenset[str]

    def check(self, target: str) -> None:
        """Refuse a target that is none; raises `ValueError`."""
        known = {EVERYTHING, *self.limits, *self.models, *self.operations}
        if target in known:
            return
        close = difflib.get_close_matches(target, sorted(known), n=1)
        hint = f"did you mean {close[0]!r}?" if close else "give a model, an operation id, the name of a limit, or *"
        raise ValueError(f"limit {target!r}: there is nothing of this name; {hint}")


def parse(text: str) -> LimitRule:
    """Read one rule; raises `ValueError` with a sentence for its writer."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise ValueError(f"limit {text.strip()!r}: write it as {_EXAMPLE!r}, several with ; between")
    target, period, burst = form["target"], form["period"], form["burst"]
    if period not in SECONDS:
        raise ValueError(f"limit {target!r}: a period is one of {', '.join(get_args(Period))}, got {period!r}")
    for name in ("count", "burst"):
        if form[name] is not None and not 1 <= int(form[name]) <= MOST:
            raise ValueError(f"limit {target!r}: {name} is 1 to {MOST}, got {form[name]}")
    numbers = {"count": int(form["count"]), "burst": None if burst is None else int(burst)}
    return LimitRule.model_validate({"target": target, "period": period, **numbers})


def rules(given: Given, targets: Targets | None = None) -> tuple[LimitRule, ...]:
    """Read rules.

    Args:
        given: Texts, each with one rule or several that `;` parts, or rules.
        targets: What they may name; anything where not given.

    Returns:
        The rules in their order.

    Raises:
        ValueError: One cannot be read, names nothing that there is, or says a second time what another says.
    """
    found: dict[tuple[str, str], LimitRule] = {}
    for rule in _read([given] if isinstance(given, str) else given):
        if targets is not None:
            targets.check(rule.target)
        if (rule.target, rule.period) in found:
            raise ValueError(f"limit {rule.target!r}: there are two by the {rule.period}; give one")
        found[rule.target, rule.period] = rule
    return tuple(found.values())


def _read(given: Iterable[str | LimitRule]) -> Iterable[LimitRule]:
    for item in given:
        if isinstance(item, LimitRule):
            yield item
        else:
            yield from (parse(part) for part in item.split(";") if part.strip())
