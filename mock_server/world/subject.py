"""What a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from mock_server.world import tokens


@dataclass(frozen=True, slots=True)
class Subject:
    """What pages are made up about: its words, the same for an address, and its tokens."""

    words: str
    slug: str
    count: int

    @classmethod
    def of(cls, words: str) -> Subject:
        """Prepare a subject; its hyphens become spaces, since an address has hyphens for spaces."""
        words = words.replace("-", " ")
        slug = words.replace(" ", "-")
        return cls(words, slug if slug.isascii() else quote(slug), tokens.count(words))
