"""Which of several requests: `1`, `[1, 3]`, `2-4`, `5-` or `every 3`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator


def _checked(said: object, check: ValidatorFunctionWrapHandler) -> object:
    """Tell in one sentence what is wrong, and not for each form why it is not that."""
    try:
        valid: int | list[int] | str = check(said)
    except ValidationError:
        raise _says_none(said) from None
    meets(valid)
    return valid


Nth: TypeAlias = Annotated[
    Annotated[int, Field(ge=1)] | Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)] | str,
    WrapValidator(_checked),
]
"""A number from 1, several, a range with both ends (or open), or every n-th."""

_LONGEST = 100
_EVERY = re.compile(r"every ([1-9][0-9]{0,8})", re.ASCII)
_RANGE = re.compile(r"([1-9][0-9]{0,8})(?:(-)([1-9][0-9]{0,8})?)?", re.ASCII)


def meets(said: int | list[int] | str) -> Callable[[int], bool]:
    """Make the check of a number, counted from 1.

    Args:
        said: Which numbers, as above.

    Raises:
        ValueError: It says nothing of the kind.
    """
    if isinstance(said, int):
        return said.__eq__
    if isinstance(said, list):
        return frozenset(said).__contains__
    if every := _EVERY.fullmatch(said):
        step = int(every[1])
        return lambda number: number % step == 0
    if found := _RANGE.fullmatch(said):
        first = int(found[1])
        if found[2] is None:
            return first.__eq__
        if found[3] is None:
            return lambda number: number >= first
        if int(found[3]) >= first:
            return range(first, int(found[3]) + 1).__contains__
    raise _says_none(said)


def _says_none(said: object) -> ValueError:
    return ValueError(f"{str(said)[:_LONGEST]!r} says no numbers; give 2, [1, 3], '2-4', '5-' or 'every 3'")
