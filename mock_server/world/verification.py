"""Hold a text's claims against the pages that it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mock_server.world import corpus, language, pages
from mock_server.world.page import Page

Verdict = Literal["supported", "partially_supported", "unsupported", "unreachable"]

_MARKERS = re.compile(r"\[([1-9][0-9]{0,3})\]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？؟])|\n+")
_SUPPORTED = 0.8
_PARTIAL = 0.4


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one citation; `score` is the share of the claim's words that `passage` has."""

    index: int
    url: str
    verdict: Verdict
    score: float
    passage: str | None
    cited: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts, their mean score over the citations that a marker names, and markers that name none."""

    findings: tuple[Finding, ...]
    accuracy: float
    unknown_markers: tuple[int, ...]


def verify(text: str, citations: Sequence[str], *, seed: int) -> Report:
    """Verify a text.

    Args:
        text: A text with markers such as ``[1]``.
        citations: The addresses that the markers mean, in order.
        seed: Seed of the made-up part of the web.
    """
    claims = _claims(text)
    findings = tuple(
        _judge(number, address, claims.get(number, []), seed) for number, address in enumerate(citations, 1)
    )
    scores = [finding.score for finding in findings if finding.cited]
    return Report(
        findings=findings,
        accuracy=round(sum(scores) / len(scores), 4) if scores else 0,
        unknown_markers=tuple(sorted(number for number in claims if not 1 <= number <= len(citations))),
    )


def _claims(text: str) -> dict[int, list[str]]:
    """What each marker stands behind: the words since the marker or line before it."""
    claims: dict[int, list[str]] = {}
    for line in text.split("\n"):
        start = 0
        claim = ""
        for match in _MARKERS.finditer(line):
            claim = line[start : match.start()].strip() or claim
            claims.setdefault(int(match.group(1)), []).append(claim)
            start = match.end()
    return claims


def _judge(number: int, address: str, claims: list[str], seed: int) -> Finding:
    page = corpus.load().by_url.get(address) or pages.read(address, seed=seed)
    if page is None:
        return Finding(number, address, "unreachable", 0, None, bool(claims))
    if not claims:
        return Finding(number, address, "unsupported", 0, None, cited=False)
    score, passage = min((_best(claim, page) for claim in claims), key=lambda best: best[0])
    verdict: Verdict = (
        "supported" if score >= _SUPPORTED else "partially_supported" if score >= _PARTIAL else "unsupported"
    )
    return Finding(number, address, verdict, score, passage, cited=True)


def _best(claim: str, page: Page) -> tuple[float, str | None]:
    """The share of a claim's words that the page has, and the passage that has most of them.

    A claim may run over several sentences, so it is held against the page's sentences one after the other.
    """
    parts = [words for part in _SENTENCE_END.split(claim) if part and (words := language.content_words(part))]
    if not parts:
        return 0, None
    sentences = [(language.content_words(sentence), sentence) for sentence in page.sentences]
    shares = [max((len(words & said) / len(words), sentence) for said, sentence in sentences) for words in parts]
    return round(sum(share for share, _ in shares) / len(shares), 4), max(shares)[1]
