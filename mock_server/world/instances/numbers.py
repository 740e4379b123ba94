"""Numbers within bounds."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from mock_server.world.instances import names
from mock_server.world.instances.clauses import table
from mock_server.world.instances.failures import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.jsontypes import JSON
    from mock_server.world.instances.clauses import Grower, Place
    from mock_server.world.instances.shapes import Shape

_TRIES = 40
_LARGE = 1 << 63  # integers beyond do not fit into 64 bits
_LARGEST_FLOAT = Fraction(sys.float_info.max)
_FINEST = 18  # decimals tried for a number between two narrow bounds


@dataclass(frozen=True, slots=True)
class Range:
    """Multiples of `step` from `low` to `high`, or all numbers between them where there is no step.

    An open bound is no member itself.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False
    step: Fraction | None = None

    def at_least(self, bound: Fraction, *, is_open: bool) -> Range:
        """Raise the lower bound."""
        if self.low is not None and (bound, is_open) < (self.low, self.low_open):
            return self
        return Range(bound, self.high, is_open, self.high_open, self.step)

    def at_most(self, bound: Fraction, *, is_open: bool) -> Range:
        """Drop the upper bound."""
        if self.high is not None and (-bound, is_open) < (-self.high, self.high_open):
            return self
        return Range(self.low, bound, self.low_open, is_open, self.step)

    def multiples(self, step: Fraction) -> Range:
        """Ask for multiples of one more number."""
        return Range(self.low, self.high, self.low_open, self.high_open, _common(self.step, step))

    def is_empty(self) -> bool:
        """Tell whether the bounds leave nothing between them."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def __contains__(self, number: Fraction) -> bool:
        above = self.low is None or number > self.low or (number == self.low and not self.low_open)
        below = self.high is None or number < self.high or (number == self.high and not self.high_open)
        return above and below and (self.step is None or (number / self.step).denominator == 1)

    def nearest(self, number: Fraction) -> Fraction:
        """Move a number to a member nearby, if that is found easily."""
        if self.step is not None:
            lowest = None if self.low is None else self._grid(math.ceil(self.low / self.step), self.low, 1)
            highest = None if self.high is None else self._grid(math.floor(self.high / self.step), self.high, -1)
            wanted = round(number / self.step)
            wanted = wanted if lowest is None else max(wanted, lowest)
            return self.step * (wanted if highest is None else min(wanted, highest))
        return number if number in self else self._inside()

    def _grid(self, multiple: int, bound: Fraction, inwards: int) -> int:
        step = self.step or Fraction(1)
        return multiple if step * multiple in self or step * multiple != bound else multiple + inwards

    def _inside(self) -> Fraction:
        """Find a member with few decimals."""
        if self.low is None or self.high is None:
            bound, inwards = (self.high, -1) if self.low is None else (self.low, 1)
            return Fraction(bound + inwards) if bound is not None else Fraction(0)
        middle = (self.low + self.high) / 2
        rounded = (Fraction(round(middle * 10**digits), 10**digits) for digits in range(_FINEST))
        return next((number for number in rounded if number in self), middle)

    def walk(self, start: int) -> Iterator[Fraction]:
        """Step through members, beginning so many steps from a bound or from zero."""
        step = self.step or self._stride()
        first = self.nearest(self.low if self.low is not None else Fraction(0))
        if self.low is None and self.high is not None:
            first, step = self.nearest(self.high), -step
        return (first + step * index for index in count(start))

    def _stride(self) -> Fraction:
        if self.low is None or self.high is None or self.high - self.low > _TRIES:
            return Fraction(1)
        return (self.high - self.low) / 64


def numbers(shape: Shape, place: Place, grower: Grower) -> Iterator[JSON]:
    """Offer numbers that meet a shape, the plausible first.

    Args:
        shape: Its numeric keywords and types count.
        place: Its name says what is plausible.
        grower: Gives the dice.

    Raises:
        Unmet: The bounds leave no number.
    """
    members = _range(shape)
    kept = (number for number in _offers(members, shape, place, grower) if number in members)
    written = (_written(number) for number in kept if _is_wanted(number, shape))
    first = None if members.is_empty() else next(written, None)
    if first is None:
        raise Unmet(_complaint(members), _pointer(shape))
    return chain([first], written)


def _offers(members: Range, shape: Shape, place: Place, grower: Grower) -> Iterator[Fraction]:
    dice = grower.dice(place)
    for _ in range(3):
        natural = names.number(place.name, dice)
        if shape.types.isdisjoint({"fraction"}):
            natural = Fraction(round(natural))
        yield members.nearest(natural)
    yield from (number for number in (members.low, members.high) if number is not None)
    for number in (Fraction(1), Fraction(0), Fraction(1, 2), Fraction(-1), Fraction(5, 2), Fraction(10**6)):
        yield members.nearest(number)
    yield from islice(members.walk(place.turn), _TRIES)
    yield members.nearest(Fraction(-(10**9)))
    yield members.nearest(Fraction(10**9))


def _range(shape: Shape) -> Range:
    found = Range()
    for clause in shape.clauses:
        for keyword, value in table(clause.schema).items():
            if keyword in _KEYWORDS and isinstance(value, int | float) and not isinstance(value, bool):
                found = _narrowed(found, keyword, _exact(value))
    return found.multiples(Fraction(1)) if "fraction" not in shape.types else found


def _narrowed(found: Range, keyword: str, value: Fraction) -> Range:
    if keyword == "multipleOf":
        return found.multiples(value)
    is_open = keyword.startswith("exclusive")
    if keyword in {"minimum", "exclusiveMinimum"}:
        return found.at_least(value, is_open=is_open)
    return found.at_most(value, is_open=is_open)


_KEYWORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def _is_wanted(number: Fraction, shape: Shape) -> bool:
    return ("integer" if _is_whole(number) else "fraction") in shape.types


def _is_whole(number: Fraction) -> bool:
    return number.denominator == 1


def _exact(value: float) -> Fraction:
    """Take a number for what is written, so that 0.1 is a tenth."""
    return Fraction(value) if isinstance(value, int) else Fraction(Decimal(repr(value)))


def _written(number: Fraction) -> JSON:
    """Write a whole number without a point, unless it is too large for most readers of JSON."""
    if _is_whole(number) and abs(number) < _LARGE:
        return number.numerator
    return number.numerator if abs(number) > _LARGEST_FLOAT else float(number)


def _common(first: Fraction | None, second: Fraction) -> Fraction:
    """Find the least common multiple."""
    if first is None:
        return second
    return Fraction(math.lcm(first.numerator, second.numerator), math.gcd(first.denominator, second.denominator))


def _complaint(members: Range) -> str:
    low, high, step = members.low, members.high, members.step
    parts = ["There is no whole number" if step == 1 else "There is no number"]
    if low is not None:
        parts.append(f"{'above' if members.low_open else 'from'} {_written(low)}")
    if high is not None:
        parts.append(f"{'below' if members.high_open else 'up to'} {_written(high)}")
    if step is not None and step != 1:
        parts.append(f"that is a multiple of {_written(step)}")
    return " ".join(parts)


def _pointer(shape: Shape) -> str:
    bound = (clause.at for clause in shape.clauses if not _KEYWORDS.isdisjoint(table(clause.schema)))
    return next(bound, shape.clauses[0].at if shape.clauses else "")
