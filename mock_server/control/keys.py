"""Keys in the control API: they come in bodies, never in paths or queries, and go out as their hash only."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mock_server.control.missing import missing
from mock_server.redaction import name_of
from mock_server.state.lane import Lane

_HASHED = "sha256:"

Key = Annotated[
    str,
    Field(
        min_length=1,
        description="The API key, or the name that the list of accounts gives it: `sha256:` and the first eight digits "
        "of its SHA-256.",
    ),
]


def found(key: str, lane: Lane) -> bytes:
    """Find the key that is meant.

    Raises:
        ApiError: It is the name of a key that nobody has used.
    """
    if not key.startswith(_HASHED):
        return key.encode("utf-8")
    for used, _ in lane.accounts:
        if name_of(used) == key:
            return used
    raise missing("account", key, "GET /__admin/accounts lists those that were used; name another by its key itself.")
