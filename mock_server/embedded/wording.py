"""Say what pydantic found wrong in the words of whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from mock_server import naming


def of(error: ValidationError, kind: str, known: Iterable[str]) -> str:
    """Word the first finding.

    Args:
        error: What was found.
        kind: What a name that is not known would be.
        known: The names that are.
    """
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return naming.unknown(kind, where, known)
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
