"""What is written to a terminal, or to a pipe."""

from __future__ import annotations

import os
from typing import TextIO


def silence(out: TextIO) -> None:
    """Lead what is left in the buffer of a broken pipe nowhere, or Python complains of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, out.fileno())
    os.close(nowhere)


def printable(text: str) -> str:
    """A client's text without what would move the cursor or change the colours of a terminal."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "�" for letter in text)


def counted(number: int, what: str) -> str:
    """So many of something: `1 call`, `2 calls`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
