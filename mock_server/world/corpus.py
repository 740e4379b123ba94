"""The written part of the offline web: topics with their pages, found by their words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from mock_server import resources
from mock_server.world import language, tokens
from mock_server.world.page import Image, Page
from mock_server.world.subject import Subject


class _ImageFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    image_url: str
    origin_url: str
    height: int
    width: int
    title: str


class _DocumentFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str
    title: str
    date: str
    last_updated: str
    language: str
    focus: str
    country: str | None = None
    sentences: list[str]
    images: list[_ImageFile] = []


class _TopicFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    topic: str
    name: dict[str, str]
    keywords: list[str]
    related_questions: list[str]
    documents: list[_DocumentFile]


@dataclass(frozen=True, eq=False)
class Topic:
    """What several pages are about; the pages are made of the file when a question first meets the topic."""

    slug: str
    related_questions: tuple[str, ...]
    subjects: dict[str, Subject]
    file: _TopicFile = field(repr=False)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The topic's pages."""
        return tuple(_page(document) for document in self.file.documents)

    def subject(self, language_code: str) -> Subject:
        """The topic's name in a language, or in English where it has none."""
        return self.subjects.get(language_code) or self.subjects[language.ENGLISH]


@dataclass(frozen=True, eq=False)
class Corpus:
    """All topics, and two indices: from a word (or a name's words) to its topics, from an address to its page."""

    topics: tuple[Topic, ...]
    by_word: dict[str, tuple[tuple[frozenset[str], Topic], ...]]
    by_glyph: tuple[tuple[str, Topic], ...]

    @cached_property
    def by_url(self) -> dict[str, Page]:
        """All pages by their addresses."""
        return {page.url: page for topic in self.topics for page in topic.pages}

    def find(self, words: list[str], text: str) -> list[Topic]:
        """Find the topics that a question names, the one named most often first.

        Args:
            words: The question's words in lower case.
            text: The question itself, for scripts without word boundaries.
        """
        hits = self._hits(words)
        if not text.isascii():
            for glyphs, topic in self.by_glyph:
                if glyphs in text:
                    hits[topic] = hits.get(topic, 0) + len(glyphs)
        if len(hits) < 2:  # noqa: PLR2004  # nothing to rank
            return list(hits)
        return sorted(hits, key=lambda topic: (-hits[topic], topic.slug))

    def _hits(self, words: list[str]) -> dict[Topic, int]:
        """Count the words that name each topic; a name of several words counts once all are there."""
        hits: dict[Topic, int] = {}
        present: frozenset[str] | None = None
        for word in self.by_word.keys() & words:
            for needed, topic in self.by_word[word]:
                if needed:
                    present = present or frozenset(map(language.stem, words))
                    if not needed <= present:
                        continue
                hits[topic] = hits.get(topic, 0) + 1
        return hits


@cache
def load() -> Corpus:
    """Load `fixtures/corpus/topics/`; raises `ResourceError`."""
    files = [
        resources.read_model(_TopicFile, "fixtures", "corpus", "topics", f"{name}.json")
        for name in resources.names("fixtures", "corpus", "topics", suffix=".json")
    ]
    topics = tuple(_topic(file) for file in files)
    return Corpus(
        topics=topics,
        by_word=_word_index(files, topics),
        by_glyph=_glyph_index(files, topics),
    )


def _topic(file: _TopicFile) -> Topic:
    subjects = {code: Subject.of(name) for code, name in file.name.items()}
    return Topic(file.topic, tuple(file.related_questions), subjects, file)


def _page(document: _DocumentFile) -> Page:
    return Page(
        url=document.url,
        host=urlsplit(document.url).netloc,
        title=document.title,
        date=document.date,
        last_updated=document.last_updated,
        language=document.language,
        focus=document.focus,
        country=document.country,
        sentences=tuple(document.sentences),
        counts=tuple(tokens.count(sentence) for sentence in document.sentences),
        images=tuple(Image(**image.model_dump()) for image in document.images),
        words=frozenset(language.words(" ".join([document.title, *document.sentences]))),
    )


def _word_index(
    files: list[_TopicFile], topics: tuple[Topic, ...]
) -> dict[str, tuple[tuple[frozenset[str], Topic], ...]]:
    """Index keywords alone, and names by their first word together with the others that must be there."""
    index: dict[str, list[tuple[frozenset[str], Topic]]] = {}
    for file, topic in zip(files, topics, strict=True):
        for keyword in dict.fromkeys(file.keywords):
            index.setdefault(keyword, []).append((frozenset(), topic))
        for name in dict.fromkeys(file.name.values()):
            first, *rest = language.words(name)
            for word in {first, language.stem(first)}:
                index.setdefault(word, []).append((frozenset(map(language.stem, rest)), topic))
    return {word: tuple(entries) for word, entries in index.items()}


def _glyph_index(files: list[_TopicFile], topics: tuple[Topic, ...]) -> tuple[tuple[str, Topic], ...]:
    """List the keywords and names of scripts without word boundaries."""
    return tuple(
        (text, topic)
        for file, topic in zip(files, topics, strict=True)
        for text in dict.fromkeys([*file.keywords, *file.name.values()])
        if language.of(text) in {"ja", "zh", "ar"}
    )
