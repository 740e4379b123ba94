"""Words of a line for a shell."""

from __future__ import annotations

import shlex


def quoted(said: str | bytes) -> str:
    """Quote a word so that bash reads it back to the byte, and a terminal that shows it does nothing else.

    Args:
        said: The word; bytes that are no UTF-8 are written as what they are.
    """
    text = said.decode("utf-8", errors="surrogateescape") if isinstance(said, bytes) else said
    return shlex.quote(text) if text.isprintable() else "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(letter: str) -> str:
    if letter in "'\\":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return f"\\U{ord(letter):08x}"
