"""Words for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """A client's text without what would move the cursor or change the colours of a terminal."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "�" for letter in text)


def counted(number: int, what: str) -> str:
    """So many of something: `1 call`, `2 calls`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
