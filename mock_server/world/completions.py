"""Complete a chat: find, write, cut, count, price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from mock_server.facts import Facts, ModelFacts
from mock_server.world import answers, images, pricing, retrieval, tokens
from mock_server.world.filters import Filters
from mock_server.world.page import Image, Page
from mock_server.world.pricing import Cost, Research
from mock_server.world.retrieval import Found
from mock_server.world.scripts import Script

_THOUGHTS = 3
_EFFORT = {"minimal": 1, "low": 2, "medium": 3, "high": 4}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What few chats ask for."""

    pro: bool = False
    stops: tuple[str, ...] = ()
    images: bool = False
    image_domains: tuple[str, ...] = ()
    image_formats: tuple[str, ...] = ()
    related_questions: bool = False
    effort: str = "medium"
    language: str = ""
    structured: str | None = None


NO_WISHES = Wishes()


@dataclass(slots=True)
class Question:
    """What a chat asks for, whatever the shape of the body it came in."""

    text: str
    model: str
    prompt_tokens: int
    context_size: str
    filters: Filters
    wishes: Wishes
    search: bool = True
    max_tokens: int | None = None
    script: Script | None = None


@dataclass(slots=True)
class Completion:
    """An answer with all that is said of it; `images` and `related_questions` are nothing where not asked for.

    `cut` says that `max_tokens` ended the text.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    context_size: str | None
    found: Found
    cost: Cost
    research: Research | None = None
    images: list[Image] | None = None
    related_questions: list[str] | None = None
    cut: bool = False

    @property
    def pages(self) -> list[Page]:
        """The pages that the text cites, in order."""
        return self.found.pages


def complete(question: Question, model: ModelFacts, facts: Facts, *, today: date, seed: int) -> Completion:
    """Answer a question.

    Args:
        question: What is asked.
        model: The facts of its model.
        facts: The tables of the edition.
        today: The day of the content clock.
        seed: Seed of the world.
    """
    wishes = question.wishes
    found = _find(question, model, facts, today, seed)
    if question.script is None:
        text, count, cut = _cut(*_write(question, model, facts, found), question)
    else:
        text, count, cut = question.script.text, question.script.count, False
    research = _research(question, facts, found) if model.style == "research" else None
    return Completion(
        text=text,
        prompt_tokens=question.prompt_tokens,
        completion_tokens=count,
        context_size=None if research else question.context_size,
        found=found,
        cost=_price(question, model, facts, count, research),
        research=research,
        images=_images(question, found) if wishes.images else None,
        related_questions=(
            answers.related_questions(found, count=facts.wire.related_questions) if wishes.related_questions else None
        ),
        cut=cut,
    )


def _find(question: Question, model: ModelFacts, facts: Facts, today: date, seed: int) -> Found:
    count = 0
    if question.search and model.searches:
        sizes = facts.wire.results
        count = facts.wire.research.pages if model.style == "research" else getattr(sizes, question.context_size)
        count = count if question.script is None else question.script.cited
    found = retrieval.find(
        question.text,
        count=count,
        depth=_depth(model),
        filters=question.filters,
        today=today,
        seed=seed,
        spoken=question.wishes.language,
    )
    return found if question.script is None else question.script.found(found, today=today, seed=seed)


def _depth(model: ModelFacts) -> int:
    return 4 if model.style == "research" else 2


def _write(question: Question, model: ModelFacts, facts: Facts, found: Found) -> tuple[str, int]:
    """Write the text: a shape that was asked for, or a composition; a reasoning model thinks before either."""
    if question.wishes.structured is not None:
        text, count = question.wishes.structured, -1
    else:
        composed = answers.compose(found, depth=4 if model.style == "research" else 1)
        text, count = composed.content, composed.count
    if model.style in {"reasoning", "offline_reasoning"} and facts.wire.think_block:
        text, count = f"<think>\n{answers.think(found, steps=_THOUGHTS)}\n</think>\n\n{text}", -1
    return text, count if count >= 0 else tokens.count(text)


def _cut(text: str, count: int, question: Question) -> tuple[str, int, bool]:
    """Cut at the first stop and at `max_tokens`; says whether the latter ended the text."""
    if question.wishes.stops and (ends := _ends(text, question.wishes.stops)):
        text = text[: min(ends)]
        count = tokens.count(text)
    if question.max_tokens is not None and count > question.max_tokens:
        return tokens.head(text, question.max_tokens), question.max_tokens, True
    return text, count, False


def _ends(text: str, stops: tuple[str, ...]) -> list[int]:
    return [end for end in map(text.find, stops) if end >= 0]


def _research(question: Question, facts: Facts, found: Found) -> Research:
    effort = _EFFORT[question.wishes.effort]
    read = sum(sum(page.counts) for page in found.pages)
    return Research(
        citation_tokens=read * effort,
        reasoning_tokens=read * effort * facts.wire.research.queries,
        queries=facts.wire.research.queries * effort,
    )


def _price(question: Question, model: ModelFacts, facts: Facts, count: int, research: Research | None) -> Cost:
    decimals = facts.wire.cost_decimals
    if research is not None:
        return pricing.research(model.prices, question.prompt_tokens, count, research, pricing.quantum(decimals))
    size = question.context_size if question.search else None
    return _chat_price(model, question.prompt_tokens, count, size, question.wishes.pro, decimals)


@lru_cache(4096)
def _chat_price(
    model: ModelFacts,
    prompt: int,
    completion: int,
    size: str | None,
    pro: bool,  # noqa: FBT001  # by position, as names cost time here
    decimals: int,
) -> Cost:
    """Price a chat; remembered, as most are of a few lengths."""
    fee = None if size is None else pricing.fee(model, size, pro=pro)
    return pricing.chat(model.prices, prompt, completion, fee, pricing.quantum(decimals))


def _images(question: Question, found: Found) -> list[Image]:
    return images.choose(found, domains=question.wishes.image_domains, formats=question.wishes.image_formats)
