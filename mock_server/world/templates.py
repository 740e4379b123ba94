"""The phrases from which pages and answers are made up, by language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict

from mock_server import resources
from mock_server.world import tokens

_BLANK = "{subject}"


class _LanguageFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    titles: list[str]
    sentences: list[str]
    leads: list[str]
    closings: list[str]
    thoughts: list[str]
    related_questions: list[str]


class _TemplatesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    languages: dict[str, _LanguageFile]
    hosts: dict[str, list[str]]
    channels: list[str]


@dataclass(frozen=True, slots=True)
class Template:
    """A phrase with a blank for the subject; `count` are the tokens of what stands around it."""

    before: str
    after: str
    count: int
    additive: bool

    def filled(self, subject: str) -> str:
        """Put a subject into the blank; a phrase that starts with it starts with a capital."""
        if self.before:
            return self.before + subject + self.after
        return subject[0].upper() + subject[1:] + self.after

    def tokens(self, subject: str, subject_count: int) -> int:
        """Count the filled phrase, given the tokens of the subject alone."""
        return self.count + subject_count if self.additive else tokens.count(self.filled(subject))


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language; `sentences` holds each of its `variety` twice over, so that a window can wrap."""

    titles: tuple[Template, ...]
    sentences: tuple[Template, ...]
    variety: int
    leads: tuple[Template, ...]
    closings: tuple[str, ...]
    closing_counts: tuple[int, ...]
    thoughts: tuple[Template, ...]
    related_questions: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """All languages, invented hosts by focus, and invented channels."""

    languages: dict[str, Phrases]
    hosts: dict[str, tuple[str, ...]]
    channels: tuple[str, ...]


@cache
def load() -> Templates:
    """Load `fixtures/corpus/templates.json`; raises `ResourceError`."""
    file = resources.read_model(_TemplatesFile, "fixtures", "corpus", "templates.json")
    return Templates(
        languages={code: _phrases(phrases) for code, phrases in file.languages.items()},
        hosts={focus: tuple(hosts) for focus, hosts in file.hosts.items()},
        channels=tuple(file.channels),
    )


def _phrases(file: _LanguageFile) -> Phrases:
    return Phrases(
        titles=_templates(file.titles),
        sentences=_templates(file.sentences) * 2,
        variety=len(file.sentences),
        leads=_templates(file.leads),
        closings=tuple(file.closings),
        closing_counts=tuple(tokens.count(closing) for closing in file.closings),
        thoughts=_templates(file.thoughts),
        related_questions=_templates(file.related_questions),
    )


def _templates(phrases: list[str]) -> tuple[Template, ...]:
    return tuple(_template(*phrase.split(_BLANK)) for phrase in phrases)


def _template(before: str, after: str) -> Template:
    # Tokens begin at white space and never run on into punctuation, so such phrases count as the sum of their parts.
    additive = (not before or before.endswith(" ")) and bool(re.match(r"[^\w\s]| \S|$", after))
    return Template(before, after, tokens.count(before.rstrip(" ")) + tokens.count(after), additive)
