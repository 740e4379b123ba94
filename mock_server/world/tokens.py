"""Count and cut text in tokens; markers and multi-byte characters stay whole."""

from __future__ import annotations

import re

# Latin words fall into pieces of six letters, other scripts of two; a marker such as [12] is one token.
_TOKEN = re.compile(
    r"\[[0-9]+\]"
    r"|\s?[\u0600-\u06ff\u0900-\u0dff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,2}"
    r"|\s?\w{1,6}|\s?(?!\[[0-9]+\])[^\w\s]|\s",
)

OF_A_PART = 256
"""What an image or a file counts as, which is never fetched."""


def split(text: str) -> list[str]:
    """Cut a text into its tokens; joined, they are the text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """Count the tokens of a text."""
    return len(_TOKEN.findall(text))


def head(text: str, limit: int) -> str:
    """Cut a text after its first `limit` tokens."""
    if len(text) <= limit:
        return text
    for index, match in enumerate(_TOKEN.finditer(text)):
        if index == limit:
            return text[: match.start()]
    return text
