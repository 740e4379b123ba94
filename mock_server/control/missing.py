"""The refusal that says there is nothing of a name."""

from __future__ import annotations

from mock_server.errors import ApiError

_LONGEST = 200


def missing(what: str, name: str, hint: str) -> ApiError:
    """Make the refusal.

    Args:
        what: What kind of thing there is none of.
        name: What it was called.
        hint: What to do, a sentence.
    """
    return ApiError("control_not_found", facts={"what": what, "name": repr(name[:_LONGEST]), "hint": hint})
