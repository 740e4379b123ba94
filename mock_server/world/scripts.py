"""A text that a test gives a model to say, and the pages that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import unquote, urlsplit

from mock_server.world import corpus, language, pages, templates, tokens
from mock_server.world.page import Page
from mock_server.world.retrieval import Found
from mock_server.world.subject import Subject

MOST_CITED = 50
"""Pages that markers can cite; what is beyond, such as `[2026]`, is no marker."""
_MARKER = re.compile(r"\[([1-9][0-9]?)\]")
_DEPTH = pages.SENTENCES


@dataclass(frozen=True, slots=True)
class Script:
    """What a model is to say.

    Args:
        text: The text, word for word.
        citations: The addresses of the pages that its markers mean; the world finds as many as they need where not
            given.
        pieces: The text as a stream is to say it; as the model's tokens where there are none.
    """

    text: str
    citations: tuple[str, ...] | None = None
    pieces: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Tokens of the text; never fewer than a stream counts, which are its pieces."""
        return max(tokens.count(self.text), len(self.pieces))

    @property
    def cited(self) -> int:
        """How many pages the markers need, which is the highest of their numbers."""
        numbers = (int(number) for number in _MARKER.findall(self.text))
        return max((number for number in numbers if number <= MOST_CITED), default=0)

    def pieces_of(self, text: str) -> tuple[str, ...]:
        """The pieces to say a text in; none where it is not the one that they make up."""
        return self.pieces if "".join(self.pieces) == text else ()

    def found(self, found: Found, *, today: date, seed: int) -> Found:
        """Put the given pages in place of what was found, where pages are given.

        Args:
            found: What the world found.
            today: The day of the content clock.
            seed: Seed of the made-up part of the web.
        """
        if self.citations is None:
            return found
        given = [_page(address, found.language, number, today, seed) for number, address in enumerate(self.citations)]
        return replace(found, pages=given)


def _page(address: str, spoken: str, number: int, today: date, seed: int) -> Page:
    """The page at an address: the corpus's, or one made up from what the address says."""
    known = corpus.load().by_url.get(address)
    if known is not None:
        return known
    parts = urlsplit(address)
    host = parts.hostname or address
    words = " ".join(re.findall(r"[^\W\d_]+", unquote(parts.path.rpartition("/")[2] or host)))
    day = today.toordinal()
    code = spoken if spoken in templates.load().languages else language.ENGLISH
    place = pages.Place(host, "web", code, None, day, day, number)
    made = pages.make(Subject.of(words or host), place, seed=seed, depth=_DEPTH)
    return replace(made, url=address)
