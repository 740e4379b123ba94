"""US dollars as exact decimals, from price table to wire."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, cast

from pydantic import BeforeValidator

ZERO = Decimal(0)
MILLION = Decimal(1_000_000)
THOUSAND = Decimal(1000)
_SMALLEST_WITHOUT_EXPONENT = Decimal("0.00001")


def _exact(value: object) -> object:
    """Read a YAML float by its digits, so that 0.1 stays 0.1."""
    return Decimal(str(value)) if isinstance(value, float | int) else value


Usd = Annotated[Decimal, BeforeValidator(_exact)]


def rounded(amount: Decimal, quantum: Decimal) -> Decimal:
    """Round to a quantum such as ``Decimal("0.00001")``, exact halves up (seen in August 2026, evidence 6.4)."""
    return amount.quantize(quantum, ROUND_HALF_UP)


def number(amount: Decimal) -> int | float:
    """Make an amount a JSON number that is written without exponent or trailing zeros (evidence 13.3).

    Amounts that a float would write with an exponent stay decimals; `wire.dumps` knows how to write those.
    """
    if not amount:
        return 0
    value = float(amount)
    if amount >= _SMALLEST_WITHOUT_EXPONENT:
        return value if value % 1 else int(amount)
    # The type is a white lie: the contract's check and `wire.dumps` take decimals as numbers.
    return cast("float", amount)
