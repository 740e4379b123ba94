"""Say that there is no such name, and which may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(kind: str, name: str, known: Iterable[str], *, listed_by: str = "") -> str:
    """Word the refusal of a name.

    Args:
        kind: What it is a name of.
        name: The name.
        known: All names there are; the closest is hinted at, or else all of them.
        listed_by: Where they are listed, if they are too many to be told here.
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    there = f"{listed_by} lists them." if listed_by else f"Known: {', '.join(names)}."
    hint = f"Did you mean {close[0]!r}?" if close else there
    return f"there is no {kind} {name!r}. {hint}"
