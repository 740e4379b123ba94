"""Cut pages into snippets, by size or by token budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mock_server.world import pages, tokens
from mock_server.world.page import Page

SENTENCES = {"low": 1, "medium": 3, "high": pages.SENTENCES}
_PASSAGE = 3
_GAP = "\n...\n"


@dataclass(frozen=True, slots=True)
class Budget:
    """The most sentences of a page, and the most tokens of a page and of all pages together."""

    sentences: int
    page: int | None = None
    total: int | None = None


def cut(found: Sequence[Page], budget: Budget) -> list[str]:
    """Cut a snippet from each page; the total goes to the best pages first, later ones may come out empty."""
    left = budget.total
    snippets: list[str] = []
    for page in found:
        limits = [limit for limit in (budget.page, left) if limit is not None]
        snippet = _whole(page, budget.sentences)
        if limits:
            snippet = tokens.head(snippet, min(limits))
        if left is not None:
            left -= tokens.count(snippet)
        snippets.append(snippet)
    return snippets


def _whole(page: Page, sentences: int) -> str:
    """Passages of a few sentences, joined as the wire joins them (evidence 3.6)."""
    chosen = page.sentences[:sentences]
    passages = [page.joint.join(chosen[start : start + _PASSAGE]) for start in range(0, len(chosen), _PASSAGE)]
    return _GAP.join(passages)
