"""Find pages for a question: written ones first, then made-up ones, none that a filter forbids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from zlib import crc32

from mock_server.world import corpus, language, pages, templates
from mock_server.world.filters import NONE, Days, Filters
from mock_server.world.page import Page
from mock_server.world.subject import Subject

_OLDEST = date(2019, 1, 1).toordinal()
_BEFORE_THE_WEB = date(1991, 8, 6).toordinal()
_YEAR = 365
_PRINTED = ("web", "news", "academic")


@dataclass(slots=True)
class Found:
    """The pages for one question, best first, and what it is about; `topic` is the corpus's, where it has one."""

    pages: list[Page]
    subject: Subject
    language: str
    topic: corpus.Topic | None


def find(question: str, *, count: int, depth: int, filters: Filters, today: date, seed: int, spoken: str = "") -> Found:
    """Find up to `count` pages.

    Args:
        question: The question in words, in any language.
        count: The most pages to return.
        depth: The sentences that are needed of each page; made-up pages have no more.
        filters: What must hold for every page.
        today: The day of the content clock; no page is newer.
        seed: Seed of the made-up part of the web.
        spoken: The language to answer in, instead of the question's own.
    """
    words = language.words(question)
    spoken = spoken or (language.of_words(words) if question.isascii() else language.of(question))
    topics = corpus.load().find(words, question)
    topic = topics[0] if topics else None
    subject = topic.subject(spoken) if topic else Subject.of(language.subject(words))
    if not count:
        return Found([], subject, spoken, topic)
    found = _written(topics, words, spoken, filters, today)[:count]
    if len(found) < count:
        missing = count - len(found)
        if topic is not None and filters is NONE:
            found += _made_up_for_topic(subject, spoken, today, seed, missing, depth)
        else:
            found += _made_up(subject, spoken, filters, today, seed, missing=missing, depth=depth)
    return Found(found, subject, spoken, topic)


def _written(topics: list[corpus.Topic], words: list[str], spoken: str, filters: Filters, today: date) -> list[Page]:
    """Pages of the topics in order, each topic's by how many of the question's words they have."""
    asked = frozenset(words)
    ranked: list[Page] = []
    for topic in topics:
        admitted = _published(topic, "" if filters.languages else spoken, today)
        if filters is not NONE:
            admitted = [page for page in admitted if filters.admit(page)]
        ranked += sorted(admitted, key=lambda page: -len(asked & page.words))
    return ranked


@lru_cache(512)
def _made_up_for_topic(
    subject: Subject, spoken: str, today: date, seed: int, missing: int, depth: int
) -> tuple[Page, ...]:
    """What is made up about a topic of the corpus, kept, as there are few topics."""
    return tuple(_made_up(subject, spoken, NONE, today, seed, missing=missing, depth=depth))


@lru_cache(1024)
def _published(topic: corpus.Topic, spoken: str, today: date) -> list[Page]:
    """The pages of a topic as they stand on a day, in one language or, without, in all."""
    newest = today.isoformat()
    return [page for page in topic.pages if page.last_updated <= newest and spoken in {"", page.language}]


def _made_up(
    subject: Subject, spoken: str, filters: Filters, today: date, seed: int, *, missing: int, depth: int
) -> Iterator[Page]:
    """Make up pages until there are enough, or yield none where the filters leave no place for one."""
    code = _language(spoken, filters)
    span = _span(filters.published, filters.updated, today)
    hosts = _hosts(filters)
    if code is None or span is None or not hosts:
        return
    first, last, updated_last = span
    salt = crc32(subject.slug.encode(), seed)
    for number in range(missing):
        host, focus = hosts[(salt + number) % len(hosts)]
        spread = crc32(number.to_bytes(4, "big"), salt)
        published = first + spread % (last - first + 1)
        lower = max(published, _ordinal(filters.updated.first, published))
        updated = lower + (spread >> 16) % (updated_last - lower + 1)
        place = pages.Place(host, focus, code, filters.country or None, published, updated, number)
        yield pages.make(subject, place, seed=seed, depth=depth)


def _language(spoken: str, filters: Filters) -> str | None:
    known = templates.load().languages
    if not filters.languages:
        return spoken if spoken in known else language.ENGLISH
    return next((code for code in filters.languages if code in known), None)


def _hosts(filters: Filters) -> list[tuple[str, str]]:
    """List the hosts that the filters leave, with their focus; where domains are allowed, those are the hosts."""
    if filters is NONE:
        return _every_host(_PRINTED)
    focuses = filters.focuses or _PRINTED
    if filters.allow:
        candidates = [(domain, focuses[0]) for domains in filters.allow for domain in domains]
    else:
        candidates = _every_host(focuses)
    return [(host, focus) for host, focus in dict.fromkeys(candidates) if filters.admits_host(host)]


@cache
def _every_host(focuses: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(host, focus) for focus in focuses for host in templates.load().hosts[focus]]


@lru_cache(1024)
def _span(published: Days, updated: Days, today: date) -> tuple[int, int, int] | None:
    """First and last day of publication and last day of update, as ordinals; nothing where no day is left."""
    now = today.toordinal()
    updated_last = min(_ordinal(updated.last, now), now)
    last = min(_ordinal(published.last, now), updated_last)
    first = _ordinal(published.first, min(_OLDEST, last - _YEAR))
    first = max(first, _BEFORE_THE_WEB)
    updated_first = _ordinal(updated.first, first)
    if first > last or updated_first > updated_last:
        return None
    return first, last, updated_last


def _ordinal(day: str, default: int) -> int:
    return date.fromisoformat(day).toordinal() if day else default
