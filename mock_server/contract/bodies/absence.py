"""Read a field that may be absent."""

from __future__ import annotations

from typing import TypeVar

from pydantic import MISSING

T = TypeVar("T")


def given(value: T | MISSING | None) -> T | None:
    """Take a field's value; None where the body has none."""
    return None if value is MISSING else value
