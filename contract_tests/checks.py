"""A check: one sentence that a target keeps or does not, and the code that finds out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from contract_tests.target import KINDS, Kind

if TYPE_CHECKING:
    from contract_tests.probe import Probe
    from mock_server.edition import Edition

_ID = re.compile(r"PPLX-[A-Z]+-[0-9]{3}")
ALL_EDITIONS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a check takes at the most: requests in each profile, and US dollars a request on the live host."""

    quick: int
    full: int
    cost: Decimal = Decimal("0.006")


@dataclass(frozen=True)
class Check:
    """A check.

    Args:
        id: Stable, such as ``PPLX-SEARCH-007``; it is never given to another check.
        sentence: What a target keeps.
        basis: Why we believe it: `wire`, `spec`, `docs`, `directory` or `design`.
        source: The section of the evidence, or where else it is said.
        operations: The operations (their handlers' ids) that it needs; an edition without one of them is not asked.
        run: Finds out; raises `UnmetError`.
        estimate: What it takes.
        targets: The kinds of target that it applies to.
        editions: The editions that it applies to; empty for all.
        writes: Whether it creates or deletes something at the target.
    """

    id: str
    sentence: str
    basis: str
    source: str
    operations: tuple[str, ...]
    run: Callable[[Probe], None]
    estimate: Estimate
    targets: tuple[Kind, ...] = KINDS
    editions: tuple[str, ...] = ALL_EDITIONS
    writes: bool = False

    @property
    def subject(self) -> str:
        """The middle of the id."""
        return self.id.split("-")[1]

    def applies(self, kind: Kind, edition: Edition) -> bool:
        """Whether a target of a kind, held against an edition, can be asked."""
        served = {operation.handler for operation in edition.operations.values() if operation.refusal is None}
        in_edition = not self.editions or edition.name in self.editions
        return kind in self.targets and in_edition and served.issuperset(self.operations)


CATALOGUE: dict[str, Check] = {}
"""Every check by id, filled by `check` as modules are imported; `catalogue.load` imports them all."""


def check(  # noqa: PLR0913  # each says another thing
    identity: str,
    sentence: str,
    *,
    basis: str,
    source: str,
    operations: tuple[str, ...],
    quick: int,
    full: int,
    cost: str = "0.006",
    targets: tuple[Kind, ...] = KINDS,
    editions: tuple[str, ...] = ALL_EDITIONS,
    writes: bool = False,
) -> Callable[[Callable[[Probe], None]], Callable[[Probe], None]]:
    """Make a function a check of the catalogue; the arguments are those of `Check`.

    Raises:
        ValueError: The id is of another form, or taken.
    """
    if not _ID.fullmatch(identity) or identity in CATALOGUE:
        raise ValueError(f"{identity} is no id of a check, or taken")

    def register(function: Callable[[Probe], None]) -> Callable[[Probe], None]:
        CATALOGUE[identity] = Check(
            id=identity,
            sentence=sentence,
            basis=basis,
            source=source,
            operations=operations,
            run=function,
            estimate=Estimate(quick, full, Decimal(cost)),
            targets=targets,
            editions=editions,
            writes=writes,
        )
        return function

    return register
