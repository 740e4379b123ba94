"""Why there is no instance."""

from __future__ import annotations

_LONGEST_POINTER = 120  # characters shown


class InvalidSchema(ValueError):  # noqa: N818 - named by its condition, as all are here
    """The schema is no valid JSON Schema, or refers to what lies outside of it."""


class Unsatisfiable(ValueError):  # noqa: N818 - as above
    """No instance was found within the bound of tries.

    Args:
        reason: A sentence saying which part of the schema could not be met.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unmet(Exception):  # noqa: N818 - a condition of the search, not an error that leaves it
    """One place of the instance cannot be filled.

    Args:
        reason: What was wanted and cannot be had, without a full stop.
        at: JSON pointer of the part of the schema that wants it.
    """

    def __init__(self, reason: str, at: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at

    def sentence(self) -> str:
        """Say it to whoever wrote the schema."""
        at = self.at if len(self.at) <= _LONGEST_POINTER else f"…{self.at[-_LONGEST_POINTER:]}"
        return f"{self.reason}, as the schema asks at {at or 'its root'}."


class OutOfSteps(Exception):  # noqa: N818 - as above
    """The search took as many steps as it may."""
