"""Compose texts that cite pages: each marker has its page, and each page its marker."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from mock_server.world import templates
from mock_server.world.retrieval import Found


@dataclass(slots=True)
class Text:
    """A text and its tokens."""

    content: str
    count: int


def compose(found: Found, *, depth: int) -> Text:
    """Write an answer from what was found.

    Args:
        found: The pages; the first is cited as ``[1]``.
        depth: How many sentences of each page to quote.

    Returns:
        A lead, the quotations with their markers, and a closing.
    """
    phrases = templates.load().languages.get(found.language) or templates.load().languages["en"]
    choice = crc32(found.subject.slug.encode())
    lead = phrases.leads[choice % len(phrases.leads)]
    closing = choice % len(phrases.closings)
    quotations, count = _quotations(found, depth)
    content = f"{lead.filled(found.subject.words)}\n\n{quotations}{phrases.closings[closing]}"
    # Both blank lines cost one token each; the second line break of each belongs to the word after it.
    count += lead.tokens(found.subject.words, found.subject.count) + phrases.closing_counts[closing]
    return Text(content, count + (2 if quotations else 1))


def think(found: Found, *, steps: int) -> str:
    """Write the thoughts of a reasoning model, as the text of its think block."""
    phrases = templates.load().languages.get(found.language) or templates.load().languages["en"]
    start = crc32(found.subject.slug.encode())
    chosen = [phrases.thoughts[(start + step) % len(phrases.thoughts)] for step in range(steps)]
    return "\n".join(thought.filled(found.subject.words) for thought in chosen)


def related_questions(found: Found, *, count: int) -> list[str]:
    """List questions that one might ask next."""
    if found.topic is not None and found.language == "en":
        return list(found.topic.related_questions[:count])
    phrases = templates.load().languages.get(found.language) or templates.load().languages["en"]
    return [question.filled(found.subject.words) for question in phrases.related_questions[:count]]


def _quotations(found: Found, depth: int) -> tuple[str, int]:
    parts: list[str] = []
    count = 0
    for number, page in enumerate(found.pages, 1):
        quoted = page.sentences[0] if depth == 1 else page.joint.join(page.sentences[:depth])
        parts.append(f"{quoted}[{number}]")
        count += (page.counts[0] if depth == 1 else sum(page.counts[:depth])) + 1
    return (" ".join(parts) + "\n\n", count) if parts else ("", 0)
