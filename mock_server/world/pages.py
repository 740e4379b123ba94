"""Pages made up for what the corpus does not cover; an address alone says what its page says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import unquote
from zlib import crc32

from mock_server.world import templates
from mock_server.world.page import Page
from mock_server.world.subject import Subject

SENTENCES = 6
_MOST_ON_A_HOST = 64
_ADDRESS = re.compile(
    r"https://(?P<host>[^/?#]+)/(?:"
    r"r/\w+/comments/(?P<reddit>[0-9a-f]{8})/(?P<reddit_language>[a-z]{2})/(?P<reddit_slug>[^/?#]+)/"
    r"|watch\?v=(?P<youtube>[0-9a-f]{8})-\w\w&hl=(?P<youtube_language>[a-z]{2})&q=(?P<youtube_slug>[^&#]+)"
    r"|(?P<language>[a-z]{2})/\d{4}/\d{2}/\d{2}/(?P<slug>[^/?#]+)-(?P<code>[0-9a-f]{8})"
    r")",
)


@dataclass(slots=True)
class Place:
    """Where and when a page is made up; `number` tells apart the pages of one answer, days are proleptic ordinals."""

    host: str
    focus: str
    language: str
    country: str | None
    published: int
    updated: int
    number: int


def make(subject: Subject, place: Place, *, seed: int, depth: int = SENTENCES) -> Page:
    """Make up a page.

    Args:
        subject: What it is about.
        place: Where and when.
        seed: Start value of the checksum that ties an address to this world.
        depth: How many of its sentences are needed, from the first.
    """
    phrases = templates.load().languages[place.language]
    words, slug, count = subject.words, subject.slug, subject.count
    code = _code(place.host, place.language, slug, place.number, seed)
    published = _iso(place.published)
    # Pages of one answer take up where the one before left off, so that they do not say the same.
    start = (crc32(slug.encode(), seed) + SENTENCES * place.number) % phrases.variety
    chosen = phrases.sentences[start : start + depth]
    # Written out and not called, by position and not by name, as a page is made for most results of most questions.
    return Page(
        _address(place, slug, code, published),
        place.host,
        phrases.titles[code % len(phrases.titles)].filled(words),
        published,
        _iso(place.updated),
        place.language,
        place.focus,
        place.country,
        tuple([part.before + words + part.after if part.before else part.filled(words) for part in chosen]),
        tuple([part.count + count if part.additive else part.tokens(words, count) for part in chosen]),
        (),
    )


@lru_cache(8192)
def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def read(address: str, *, seed: int) -> Page | None:
    """Read the page at an address that `make` gave, or nothing where the address is not one of this world's."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    found = match.groupdict()
    slug = found["slug"] or found["reddit_slug"] or found["youtube_slug"]
    language = found["language"] or found["reddit_language"] or found["youtube_language"]
    given = int(found["code"] or found["reddit"] or found["youtube"], 16)
    for number in range(_MOST_ON_A_HOST):
        if _code(found["host"], language, slug, number, seed) == given and language in templates.load().languages:
            subject = Subject.of(unquote(slug).replace("-", " "))
            place = Place(found["host"], "web", language, None, 1, 1, number)
            return make(subject, place, seed=seed)
    return None


def _code(host: str, language: str, slug: str, number: int, seed: int) -> int:
    return crc32(f"{host}/{language}/{slug}/{number}".encode(), seed)


def _address(place: Place, slug: str, code: int, published: str) -> str:
    if place.focus == "reddit":
        channels = templates.load().channels
        channel = channels[code % len(channels)]
        return f"https://{place.host}/r/{channel}/comments/{code:08x}/{place.language}/{slug}/"
    if place.focus == "youtube":
        return f"https://{place.host}/watch?v={code:08x}-{place.number:02d}&hl={place.language}&q={slug}"
    return f"https://{place.host}/{place.language}/{published.replace('-', '/')}/{slug}-{code:08x}"
