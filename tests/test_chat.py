"""Chat answers: markers, citations and results agree, usage adds up, and each wish of a request is met."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.world import corpus, pages, pricing, templates, tokens
from tests.conftest import chat_body
from tests.strategies import (
    CHAT_MODELS,
    CORPUS_QUESTIONS,
    FACTS,
    LANGUAGES,
    MADE_UP_QUESTIONS,
    SUBJECTS,
    hosts,
    questions,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

SIZES = {"low": 5, "medium": 8, "high": 12}
SEARCHING = [name for name in CHAT_MODELS if FACTS.models[name].searches]
REASONING = ["sonar-reasoning", "sonar-reasoning-pro", "r1-1776"]
FREE_FORM = "sonar-pro"
"""A model whose `max_tokens` has no floor."""

models = st.sampled_from(CHAT_MODELS)
sizes = st.sampled_from([*SIZES])


def text_of(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def markers_of(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\[([0-9]+)\]", text)]


def exact(answer: bytes) -> Any:
    """Parse an answer with its numbers by their digits."""
    return json.loads(answer, parse_float=Decimal)


# Markers, citations, results


@given(questions, models, sizes)
def test_markers_citations_and_results_agree_and_none_is_left_over(
    api: Api, question: str, model: str, size: str
) -> None:
    answer = api.chat(question, model=model, web_search_options={"search_context_size": size})

    pages = [result["url"] for result in answer["search_results"]]
    assert markers_of(text_of(answer)) == list(range(1, len(pages) + 1))
    assert answer["citations"] == pages
    assert len(set(pages)) == len(pages)


@pytest.mark.parametrize("question", [*CORPUS_QUESTIONS, *MADE_UP_QUESTIONS])
def test_each_question_of_the_corpus_and_of_each_language_is_answered_with_five_citations(
    api: Api, question: str
) -> None:
    answer = api.chat(question)

    assert markers_of(text_of(answer)) == [1, 2, 3, 4, 5]
    assert answer["citations"] == [result["url"] for result in answer["search_results"]]


@pytest.mark.parametrize(("size", "count"), SIZES.items())
@pytest.mark.parametrize("model", [name for name in SEARCHING if name != "sonar-deep-research"])
def test_the_size_of_the_context_decides_how_many_pages_are_cited(api: Api, model: str, size: str, count: int) -> None:
    answer = api.chat("çay", model=model, web_search_options={"search_context_size": size})

    assert len(answer["citations"]) == count
    assert answer["usage"]["search_context_size"] == size


@pytest.mark.parametrize("model", [name for name in CHAT_MODELS if name not in SEARCHING])
def test_a_model_that_does_not_search_cites_nothing(api: Api, model: str) -> None:
    answer = api.chat(model=model)

    assert answer["citations"] == answer["search_results"] == markers_of(text_of(answer)) == []
    assert text_of(answer)


def test_without_a_search_nothing_is_cited_and_no_request_is_billed(api: Api) -> None:
    answer = api.chat("What is new in space exploration?", disable_search=True)

    assert answer["citations"] == answer["search_results"] == markers_of(text_of(answer)) == []
    assert "request_cost" not in answer["usage"]["cost"]


def test_an_answer_on_a_topic_quotes_what_is_written_on_it(api: Api) -> None:
    answer = api.chat("What is the best water temperature for brewing coffee?")

    page = corpus.load().by_url[answer["citations"][0]]
    assert f"{page.sentences[0]}[1]" in text_of(answer)


@pytest.mark.parametrize(("country", "found"), [("JP", True), ("jp", True), ("NZ", False), (None, True)])
def test_pages_made_for_another_country_than_the_askers_are_left_out(
    api: Api,
    country: str | None,
    found: bool,  # noqa: FBT001
) -> None:
    options: Any = {"search_context_size": "high", "user_location": {"country": country, "city": "x"}}
    made_for_japan = {page.url for page in corpus.load().by_url.values() if page.country == "JP"}

    cited = {
        url
        for topic in corpus.load().topics
        for url in api.chat(topic.subjects["en"].words, web_search_options=options, language_preference="ja")[
            "citations"
        ]
    }

    assert bool(cited & made_for_japan) is found


@given(questions)
def test_a_result_shows_the_beginning_of_its_page(api: Api, question: str) -> None:
    for result in api.chat(question)["search_results"]:
        page = corpus.load().by_url.get(result["url"]) or pages.read(result["url"], seed=0)
        assert page is not None
        assert result["snippet"] == ("" if page.language in {"ja", "zh"} else " ").join(page.sentences[:2])
        assert result["title"] == page.title
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", result["date"])
        assert result["date"] <= result["last_updated"] <= "2026-11-01"
        assert result["source"] == "web"


# Usage


@given(questions, models, sizes, st.booleans())
def test_tokens_add_up(api: Api, question: str, model: str, size: str, pro: bool) -> None:  # noqa: FBT001
    options = {"search_context_size": size, "search_type": "pro" if pro else "fast"}
    answer = api.chat(question, model=model, web_search_options=options)

    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] == tokens.count(text_of(answer))
    assert usage["prompt_tokens"] == tokens.count(question)


def _conversation(said: list[str]) -> list[Any]:
    return [{"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(said)]


@given(st.lists(texts, min_size=3, max_size=7).filter(lambda said: len(said) % 2 == 1), texts)
def test_a_longer_conversation_has_more_prompt_tokens_by_exactly_what_was_added(
    api: Api, said: list[str], system: str
) -> None:
    short = api.ask("/chat/completions", {"model": "sonar", "messages": _conversation(said[:1])})
    whole = api.ask("/chat/completions", {"model": "sonar", "messages": _conversation(said)})
    told = [{"role": "system", "content": system}, *_conversation(said)]
    more = api.ask("/chat/completions", {"model": "sonar", "messages": told})

    counts = [answer["usage"]["prompt_tokens"] for answer in (short, whole, more)]
    assert counts[1] - counts[0] == sum(map(tokens.count, said[1:])) > 0
    assert counts[2] - counts[1] == tokens.count(system) > 0


PRICES = {
    "sonar": ("1", "1", {"low": 5, "medium": 8, "high": 12}),
    "sonar-pro": ("3", "15", {"low": 6, "medium": 10, "high": 14}),
    "sonar-reasoning": ("1", "5", {"low": 5, "medium": 8, "high": 12}),
    "sonar-reasoning-pro": ("2", "8", {"low": 6, "medium": 10, "high": 14}),
}
PRO_FEES = {"low": 14, "medium": 18, "high": 22}
"""Evidence 6.1, the vendor's pricing page of 2026: dollars for a million tokens in and out, for a thousand requests."""


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.00001"), ROUND_HALF_UP)


@given(questions, st.sampled_from([*PRICES]), sizes, st.sampled_from(["fast", "pro", "auto"]), st.booleans())
def test_the_cost_is_that_of_the_price_table(
    api: Api,
    question: str,
    model: str,
    size: str,
    kind: str,
    disabled: bool,  # noqa: FBT001
) -> None:
    options: Any = {"search_context_size": size, "search_type": kind}
    body: Any = chat_body(question, model=model, web_search_options=options, disable_search=disabled)

    usage = exact(api.post("/chat/completions", body).content)["usage"]

    table = PRICES[model]
    fee = Decimal(PRO_FEES[size] if (model, kind) == ("sonar-pro", "pro") else table[2][size]) / 1000
    parts = {
        "input_tokens_cost": usage["prompt_tokens"] * Decimal(table[0]) / 10**6,
        "output_tokens_cost": usage["completion_tokens"] * Decimal(table[1]) / 10**6,
    } | ({} if disabled else {"request_cost": fee})
    assert usage["cost"] == {**{name: _rounded(part) for name, part in parts.items()},
                             "total_cost": _rounded(sum(parts.values(), Decimal(0)))}  # fmt: skip


@given(questions, st.sampled_from(["minimal", "low", "medium", "high"]))
def test_deep_research_counts_and_bills_what_it_read_thought_and_searched(api: Api, question: str, effort: str) -> None:
    body: Any = chat_body(question, model="sonar-deep-research", reasoning_effort=effort)

    usage = exact(api.post("/chat/completions", body).content)["usage"]

    parts = {
        "input_tokens_cost": Decimal(usage["prompt_tokens"]) * 2 / 10**6,
        "output_tokens_cost": Decimal(usage["completion_tokens"]) * 8 / 10**6,
        "citation_tokens_cost": Decimal(usage["citation_tokens"]) * 2 / 10**6,
        "reasoning_tokens_cost": Decimal(usage["reasoning_tokens"]) * 3 / 10**6,
        "search_queries_cost": Decimal(usage["num_search_queries"]) * 5 / 1000,
    }
    assert usage["cost"] == {**{name: _rounded(part) for name, part in parts.items()},
                             "total_cost": _rounded(sum(parts.values(), Decimal(0)))}  # fmt: skip


def test_deep_research_has_counts_of_its_own_and_no_context_size(api: Api) -> None:
    usage = api.chat(model="sonar-deep-research")["usage"]

    assert [*usage] == [
        "prompt_tokens", "completion_tokens", "total_tokens", "citation_tokens", "num_search_queries",
        "reasoning_tokens", "cost",
    ]  # fmt: skip
    assert min(usage[name] for name in usage if name != "cost") > 0


@pytest.mark.parametrize(("effort", "times"), [("minimal", 1), ("low", 2), ("medium", 3), ("high", 4), (None, 3)])
def test_deep_research_takes_more_the_harder_it_tries(api: Api, effort: str | None, times: int) -> None:
    least = api.chat(model="sonar-deep-research", reasoning_effort="minimal")["usage"]

    usage = api.chat(model="sonar-deep-research", reasoning_effort=effort)["usage"]

    for name in ("num_search_queries", "citation_tokens", "reasoning_tokens"):
        assert usage[name] == least[name] * times
    assert usage["reasoning_tokens"] == usage["citation_tokens"] * FACTS.wire.research.queries
    assert least["num_search_queries"] == FACTS.wire.research.queries


@pytest.mark.parametrize("question", ["coffee", "çay"])
def test_deep_research_quotes_four_sentences_of_each_of_twenty_pages(api: Api, question: str) -> None:
    answer = api.chat(question, model="sonar-deep-research")

    assert len(answer["citations"]) == 20
    for number, url in enumerate(answer["citations"], 1):
        page = corpus.load().by_url.get(url) or pages.read(url, seed=0)
        assert page is not None
        assert f"{' '.join(page.sentences[:4])}[{number}]" in text_of(answer)


@pytest.mark.parametrize("question", ["coffee", "çay"])
def test_other_models_quote_one_sentence_of_each_page(api: Api, question: str) -> None:
    answer = api.chat(question)

    quoted = text_of(answer).split("\n\n")[1]
    found = [corpus.load().by_url.get(url) or pages.read(url, seed=0) for url in answer["citations"]]
    assert quoted == " ".join(f"{page.sentences[0]}[{number}]" for number, page in enumerate(found, 1) if page)


CAPTURED = [
    ("sonar", 24, 52, "0.00002", "0.00005", "0.005", "0.00508"),
    ("sonar", 23, 32, "0.00002", "0.00003", "0.005", "0.00506"),
    ("sonar", 4384, 3, "0.00438", "0", "0.005", "0.00939"),
    ("sonar", 4365, 3, "0.00437", "0", "0.005", "0.00937"),
    ("sonar", 7, 1, None, None, "0.005", "0.00501"),
    ("sonar", 27, 93, None, None, "0.005", "0.00512"),
    ("sonar", 15, 3, None, None, "0.005", "0.00502"),
    ("sonar", 36, 33, None, None, "0.005", "0.00507"),
    ("sonar", 50, 48, None, None, "0.005", "0.0051"),
    ("sonar", 144, 148, None, None, "0.005", "0.00529"),
    ("sonar", 14, 28, None, None, "0.005", "0.00504"),
    ("sonar", 24, 16, None, None, "0.005", "0.00504"),
    ("sonar-pro", 18, 170, "0.00005", "0.00255", "0.006", "0.0086"),
]
"""Prompt and completion tokens, parts and total as recorded from the live service: evidence 6.4, RIG of July and August
2026 and PROBE-04 of April 2026; the part of 4365 tokens, an exact half, is RIG's of August 2026."""

CAPTURED_RESEARCH = [
    (1188, 4240, 8014, 92431, 54, ["0.00238", "0.03392", "0.01603", "0.27729", "0.27"], "0.59962"),
    (254, 13721, 28749, 166085, 50, None, "0.91603"),
]
"""Prompt, completion, citation and reasoning tokens, queries, parts and total: evidence 6.4, DR-04 and DR-06."""


@pytest.mark.parametrize(("model", "prompt", "completion", "cost_in", "cost_out", "fee", "total"), CAPTURED)
def test_costs_are_those_that_were_recorded_from_the_live_service(
    model: str, prompt: int, completion: int, cost_in: str | None, cost_out: str | None, fee: str, total: str
) -> None:
    facts = FACTS.models[model]

    cost = pricing.chat(facts.prices, prompt, completion, pricing.fee(facts, "low", pro=False), pricing.quantum(5))

    parts = dict(cost.parts)
    assert cost.total == Decimal(total)
    assert parts["request_cost"] == Decimal(fee)
    assert cost_in is None or parts["input_tokens_cost"] == Decimal(cost_in)
    assert cost_out is None or parts["output_tokens_cost"] == Decimal(cost_out)


@pytest.mark.parametrize(
    ("prompt", "completion", "citation", "reasoning", "queries", "parts", "total"), CAPTURED_RESEARCH
)
def test_costs_of_deep_research_are_those_that_were_recorded(
    prompt: int, completion: int, citation: int, reasoning: int, queries: int, parts: list[str] | None, total: str
) -> None:
    counted = pricing.Research(citation, reasoning, queries)

    cost = pricing.research(FACTS.models["sonar-deep-research"].prices, prompt, completion, counted, pricing.quantum(5))

    assert cost.total == Decimal(total)
    assert parts is None or [part for _, part in cost.parts] == list(map(Decimal, parts))


# Length


@given(
    questions,
    st.sampled_from([name for name in CHAT_MODELS if FACTS.models[name].max_tokens_floor == 1]),
    st.integers(1, 400),
)
def test_max_tokens_cuts_the_answer_to_exactly_that_many(api: Api, question: str, model: str, limit: int) -> None:
    whole, cut = api.chat(question, model=model), api.chat(question, model=model, max_tokens=limit)

    assert text_of(whole).startswith(text_of(cut))
    assert cut["usage"]["completion_tokens"] == min(limit, whole["usage"]["completion_tokens"])
    assert cut["usage"]["completion_tokens"] == tokens.count(text_of(cut))
    assert cut["choices"][0]["finish_reason"] == "stop"


@given(
    questions,
    st.lists(st.sampled_from(["\n\n", ". ", "the", "[1]", "[2]", "。", " ", "zebra"]) | texts, min_size=1, max_size=16),
)
def test_an_answer_ends_before_the_first_stop(api: Api, question: str, stops: list[str]) -> None:
    whole = text_of(api.chat(question))

    ended = api.chat(question, stop=stops)

    assert text_of(ended) == min((whole.partition(stop)[0] for stop in stops), key=len)
    assert ended["usage"]["completion_tokens"] == tokens.count(text_of(ended))
    assert ended["choices"][0]["finish_reason"] == "stop"


def test_one_stop_may_stand_without_a_list(api: Api) -> None:
    assert text_of(api.chat(stop="[2]")) == text_of(api.chat(stop=["[2]"])) == text_of(api.chat()).partition("[2]")[0]


def test_of_a_stop_and_max_tokens_the_shorter_one_counts(api: Api) -> None:
    whole = text_of(api.chat(model=FREE_FORM))

    assert text_of(api.chat(model=FREE_FORM, stop="[5]", max_tokens=3)) == tokens.head(whole, 3)
    assert text_of(api.chat(model=FREE_FORM, stop=whole[4:9], max_tokens=100)) == whole[:4]


# What only comes when asked for


@given(questions)
def test_five_different_questions_that_follow_come_when_asked_for(api: Api, question: str) -> None:
    listed = api.chat(question, return_related_questions=True)["related_questions"]

    assert len(set(listed)) == len(listed) == 5
    assert all(listed)


def test_questions_and_images_do_not_come_unasked(api: Api) -> None:
    for fields in ({}, {"return_related_questions": False, "return_images": False}, {"return_images": None}):
        assert not api.chat("coffee", **fields).keys() & {"related_questions", "images"}


@given(questions)
def test_images_come_when_asked_for_and_belong_to_cited_pages(api: Api, question: str) -> None:
    answer = api.chat(question, return_images=True)

    assert answer["images"]
    assert {image["origin_url"] for image in answer["images"]} <= set(answer["citations"])
    assert all(image["width"] > 0 < image["height"] and image["title"] for image in answer["images"])


formats = st.lists(st.sampled_from(["gif", "jpg", "JPEG", "png", "webp", "svg"]), min_size=1, max_size=3)


@given(questions, formats)
def test_images_are_of_the_formats_asked_for(api: Api, question: str, kinds: list[str]) -> None:
    images = api.chat(question, return_images=True, image_format_filter=kinds)["images"]

    wanted = {"jpg" if kind == "JPEG" else kind for kind in kinds}
    assert {image["image_url"].rpartition(".")[2].replace("jpeg", "jpg") for image in images} <= wanted
    assert images or wanted == {"svg"}


@given(questions, st.lists(st.sampled_from(hosts), min_size=1, max_size=5), st.booleans())
def test_images_are_from_the_domains_asked_for(
    api: Api,
    question: str,
    listed: list[str],
    deny: bool,  # noqa: FBT001
) -> None:
    sign = "-" if deny else ""
    images = api.chat(question, return_images=True, image_domain_filter=[sign + host for host in listed])["images"]

    found = {urlsplit(image["image_url"]).netloc for image in images}
    assert all(any(host == domain or host.endswith(f".{domain}") for domain in listed) is not deny for host in found)


def test_an_image_of_an_allowed_domain_is_kept(api: Api) -> None:
    images = api.chat("coffee", return_images=True)["images"]
    host = urlsplit(images[-1]["image_url"]).netloc

    kept = api.chat("coffee", return_images=True, image_domain_filter=[host])["images"]

    assert kept == [image for image in images if urlsplit(image["image_url"]).netloc == host]


def test_an_image_of_a_denied_domain_is_left_out(api: Api) -> None:
    images = api.chat("coffee", return_images=True)["images"]
    host = urlsplit(images[0]["image_url"]).netloc

    kept = api.chat("coffee", return_images=True, image_domain_filter=[f"-{host.upper()}"])["images"]

    assert images[0] not in kept
    assert images[-1] in kept


def test_six_images_at_most_come(api: Api) -> None:
    options: Any = {"search_context_size": "high"}

    assert len(api.chat("çay", return_images=True, web_search_options=options)["images"]) == 6


def test_a_written_page_shows_its_own_images(api: Api) -> None:
    images = api.chat("coffee", return_images=True)["images"]

    page = corpus.load().by_url[images[0]["origin_url"]]
    assert [image["image_url"] for image in images[: len(page.images)]] == [image.image_url for image in page.images]


# Shapes

scalars = st.one_of(
    st.builds(
        lambda least, more: {"type": "integer", "minimum": least, "maximum": least + more},
        st.integers(-99, 99),
        st.integers(0, 9),
    ),
    st.builds(lambda least: {"type": "string", "minLength": least, "maxLength": least + 5}, st.integers(0, 9)),
    st.builds(
        lambda members: {"enum": members},
        st.lists(st.one_of(st.text(max_size=5), st.integers(-(2**53), 2**53), st.none()), min_size=1, max_size=4),
    ),
    st.sampled_from([{"type": "boolean"}, {"type": "number"}, {"type": "null"}, {"type": "string", "format": "date"}]),
)
schemas = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda fields: {
                "type": "object",
                "required": [*fields],
                "properties": fields,
                "additionalProperties": False,
            },
            st.dictionaries(st.text("abcdef_", min_size=1, max_size=4), inner, max_size=4),
        ),
    ),
    max_leaves=6,
)


def shaped(schema: Any) -> Any:
    return {"type": "json_schema", "json_schema": {"schema": schema}}


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=5), schemas, min_size=1, max_size=3), questions)
def test_a_structured_answer_is_an_instance_of_the_callers_schema(api: Api, fields: Any, question: str) -> None:
    schema = {"type": "object", "required": [*fields], "properties": fields}

    answer = api.chat(question, response_format=shaped(schema))

    jsonschema_rs.Draft202012Validator(schema).validate(orjson.loads(text_of(answer)))
    assert answer["usage"]["completion_tokens"] == tokens.count(text_of(answer))


PATTERNS = [
    r"[0-9]{3}-[0-9]{4}", r"(yes|no)", r"[A-Z][a-z]+ [A-Z][a-z]+", r"\d{1,3}(\.\d{1,3}){3}", r"[a-f0-9]{32}", r"ぁ+",
    r"(\+[0-9]{2})?[0-9 ]{6,10}", r"\w+@\w+\.example", r".", r"a{0,3}b?",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_answer_matches_the_regular_expression_asked_for(api: Api, pattern: str) -> None:
    answer = api.chat(response_format={"type": "regex", "regex": {"regex": pattern}})

    assert re.fullmatch(pattern, text_of(answer))


def test_a_text_that_a_schema_asks_for_is_json_and_one_that_a_pattern_asks_for_is_not(api: Api) -> None:
    schema = {"type": "string", "pattern": "^[a-z]{5}$"}

    assert re.fullmatch('"[a-z]{5}"', text_of(api.chat(response_format=shaped(schema))))
    pattern = {"type": "regex", "regex": {"regex": "[a-z]{5}"}}
    assert re.fullmatch("[a-z]{5}", text_of(api.chat(response_format=pattern)))


def test_a_format_of_text_changes_nothing(api: Api) -> None:
    assert text_of(api.chat(response_format={"type": "text"})) == text_of(api.chat())


@pytest.mark.parametrize("model", REASONING)
@given(question=questions)
@settings(max_examples=30)
def test_a_reasoning_model_thinks_aloud_first(api: Api, model: str, question: str) -> None:
    text = text_of(api.chat(question, model=model))

    thoughts, _, rest = text.partition("\n</think>\n\n")
    assert thoughts.startswith("<think>\n")
    assert len(set(thoughts.splitlines())) == 4
    assert rest.strip()


@pytest.mark.parametrize("code", LANGUAGES)
def test_thoughts_and_what_is_around_the_quotations_are_in_the_language_of_the_answer(api: Api, code: str) -> None:
    phrases = templates.load().languages[code]

    lines = text_of(api.chat("çay", model="sonar-reasoning", language_preference=code)).splitlines()

    assert set(lines[1:4]) <= {thought.filled("çay") for thought in phrases.thoughts}
    assert lines[6] in {lead.filled("çay") for lead in phrases.leads}
    assert lines[-1] in phrases.closings


@pytest.mark.parametrize("model", [name for name in CHAT_MODELS if name not in REASONING])
def test_other_models_do_not_think_aloud(api: Api, model: str) -> None:
    assert "<think>" not in text_of(api.chat(model=model))


def test_thoughts_stand_before_json_too(api: Api) -> None:
    schema = {"type": "object", "required": ["height"], "properties": {"height": {"type": "integer"}}}

    text = text_of(api.chat(model="sonar-reasoning-pro", response_format=shaped(schema)))

    assert text.startswith("<think>\n")
    jsonschema_rs.validate(schema, orjson.loads(text.partition("</think>")[2]))


def test_in_july_2026_reasoning_models_did_not_think_aloud(api: Api) -> None:
    assert "<think>" not in text_of(api.edition("2026-07").chat(model="sonar-reasoning-pro"))


# The wire


def test_keys_stand_in_the_order_of_the_wire(api: Api) -> None:
    answer = api.chat("coffee", return_images=True, return_related_questions=True)

    assert [*answer] == [
        "id", "model", "created", "usage", "citations", "search_results", "images", "related_questions", "object",
        "choices",
    ]  # fmt: skip
    assert [*answer["choices"][0]] == ["index", "message", "delta", "finish_reason"]
    assert [*answer["search_results"][0]] == ["title", "url", "date", "last_updated", "snippet", "source"]
    assert [*answer["usage"]] == ["prompt_tokens", "completion_tokens", "total_tokens", "search_context_size", "cost"]
    assert [*answer["usage"]["cost"]] == ["input_tokens_cost", "output_tokens_cost", "request_cost", "total_cost"]


def test_a_plain_answer_has_an_empty_delta_and_says_what_it_is(api: Api) -> None:
    answer = api.chat(model="mixtral-8x7b-instruct")

    assert answer["object"] == "chat.completion"
    assert answer["model"] == "mixtral-8x7b-instruct"
    assert answer["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert answer["choices"][0]["message"]["role"] == "assistant"


def test_in_july_2026_each_result_had_place_metadata(api: Api) -> None:
    results = api.edition("2026-07").chat()["search_results"]

    assert [*results[0]][-1] == "place_metadata"
    assert all(result["place_metadata"] is None for result in results)


@given(st.text(min_size=1, max_size=40).filter(lambda text: not text.isspace()))
def test_numbers_are_written_without_an_exponent(api: Api, question: str) -> None:
    answer = api.post("/chat/completions", chat_body(question)).content

    usage = answer.partition(b'"usage":')[2].partition(b'"citations"')[0]
    assert not re.search(rb"\d[eE]", usage)
    assert b" " not in usage


def test_whole_numbers_have_no_decimals(api: Api) -> None:
    answer = api.post("/chat/completions", chat_body("hi"))

    assert b'"input_tokens_cost":0,' in answer.content


def test_headers_are_those_of_the_contract(api: Api) -> None:
    answer = api.post("/chat/completions", chat_body("hi"))

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"] == orjson.loads(answer.content)["id"]
    assert answer.headers["x-mock-edition"] == "complete"
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_the_clock_of_an_answer_stands_still(api: Api) -> None:
    assert api.chat()["created"] == api.chat()["created"] == 1793534400


# Messages


def test_parts_of_text_say_what_one_text_says(api: Api) -> None:
    parts: Any = [{"type": "text", "text": "How high is"}, {"type": "text", "text": "the Eiffel Tower?"}]
    answer = api.ask("/chat/completions", {"model": "sonar", "messages": [{"role": "user", "content": parts}]})

    assert text_of(answer) == text_of(api.chat("How high is the Eiffel Tower?"))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "image_url", "image_url": "https://example.org/tower.png"},
        {"type": "file_url", "file_url": {"url": "https://example.org/tower.docx"}, "file_name": "tower.docx"},
        {"type": "pdf_url", "pdf_url": {"url": "https://example.org/tower.pdf"}},
        {"type": "video_url", "video_url": {"url": "https://example.org/tower.mp4"}},
    ],
    ids=lambda part: part["type"],
)
def test_what_is_shown_beside_a_text_costs_tokens_and_does_not_change_the_question(api: Api, part: Any) -> None:
    content = [part, {"type": "text", "text": "How high is this?"}]
    answer = api.ask("/chat/completions", {"model": "sonar", "messages": [{"role": "user", "content": content}]})

    plain = api.chat("How high is this?")
    assert text_of(answer) == text_of(plain)
    assert answer["usage"]["prompt_tokens"] > plain["usage"]["prompt_tokens"]


def test_an_image_alone_is_about_the_question_before_it(api: Api) -> None:
    messages: Any = [
        {"role": "user", "content": "How high is the Eiffel Tower?"},
        {"role": "assistant", "content": "Which one?"},
        {"role": "user", "content": [{"type": "image_url", "image_url": "https://example.org/tower.png"}]},
    ]
    answer = api.ask("/chat/completions", {"model": "sonar", "messages": messages})

    assert text_of(answer) == text_of(api.chat("Which one?"))


def test_the_last_question_is_the_one_that_is_answered(api: Api) -> None:
    messages: Any = [
        {"role": "system", "content": "Be brief about vaccines."},
        {"role": "user", "content": "What is an espresso?"},
        {"role": "assistant", "content": "A coffee."},
        {"role": "user", "content": "What causes the tides?"},
    ]

    answer = api.ask("/chat/completions", {"model": "sonar", "messages": messages})

    assert answer["citations"] == api.chat("What causes the tides?")["citations"]


@pytest.mark.parametrize(
    ("code", "script"),
    [
        ("ar", r"[\u0600-\u06ff]"),
        ("he", r"[\u0590-\u05ff]"),
        ("hi", r"[\u0900-\u097f]"),
        ("ja", r"[\u3040-\u30ff]"),
        ("ko", r"[\uac00-\ud7af]"),
        ("zh", r"[\u4e00-\u9fff]"),
        ("ru", r"[\u0400-\u04ff]"),
    ],
)
def test_a_question_in_another_script_is_answered_in_it(api: Api, code: str, script: str) -> None:
    answer = api.chat(SUBJECTS[code], return_related_questions=True)

    for text in [*text_of(answer).splitlines()[::2], *answer["related_questions"]]:
        assert len(re.findall(script, text)) > 5
    assert markers_of(text_of(answer)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "question",
    [
        "مرحبا [1] \u202eevil\u202c",
        "👩‍👩‍👧‍👦 🇯🇵",
        "a\u0000b",
        "\ufeffhello",
        "ﷺ",
        "İstanbul'da çay",
        "e\u0301cole",
        "[7]",
        "\u200b\u200bx",
        "𝒳𝒴𝒵 " * 40,
        "/etc/passwd?x=#y",
        "ß",
        "{subject}",
        "%00%2f",
    ],
)
def test_strange_characters_are_a_question_like_any_other(api: Api, question: str) -> None:
    answer = api.chat(question, return_images=True, return_related_questions=True)

    assert markers_of(text_of(answer)) == [1, 2, 3, 4, 5]
    assert all(url.isascii() for url in answer["citations"])


@given(questions, st.sampled_from(LANGUAGES))
def test_an_answer_comes_in_the_language_that_is_preferred(api: Api, question: str, code: str) -> None:
    answer = api.chat(question, language_preference=code)

    for url in answer["citations"]:
        page = corpus.load().by_url.get(url)
        assert (page.language if page else re.findall(r"/([a-z]{2})/\d{4}/", url)[0]) == code


NAMES = {
    "en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "sv": "Swedish", "tr": "Turkish", "ru": "Russian", "uk": "Ukrainian",
    "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "ja": "Japanese", "ko": "Korean", "zh": "Chinese",
}  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_is_named_in_english_or_by_its_code(api: Api, code: str) -> None:
    plain = text_of(api.chat("çay", language_preference=code))

    for wish in (NAMES[code], NAMES[code].upper(), f" {code.upper()}", f"{code}-XX", f"{code}_xx"):
        assert text_of(api.chat("çay", language_preference=wish)) == plain


@pytest.mark.parametrize("code", ["ja", "zh"])
def test_sentences_of_languages_without_spaces_follow_each_other_without_one(api: Api, code: str) -> None:
    for result in api.search("çay", search_language_filter=[code], snippet_mode="medium")["results"]:
        assert len(re.findall("。[^ \n]", result["snippet"])) == 2


def test_a_language_that_nobody_knows_is_no_wish(api: Api) -> None:
    assert text_of(api.chat("çay", language_preference="Klingon")) == text_of(api.chat("çay"))


# The same again


@given(questions, models)
def test_the_same_request_gets_the_same_answer_under_another_id(api: Api, question: str, model: str) -> None:
    account = api.stranger()
    first, again = account.chat(question, model=model), account.chat(question, model=model)

    assert first.pop("id") != again.pop("id")
    assert first == again


def test_the_same_request_gets_the_same_id_on_every_account_and_whatever_the_order_of_keys(api: Api) -> None:
    body = chat_body("çay", temperature=1)

    ids = [api.stranger().ask("/chat/completions", said)["id"] for said in (body, dict(reversed(body.items())))]

    assert ids[0] == ids[1]


def test_whether_an_answer_is_streamed_does_not_change_its_id(api: Api) -> None:
    plain = api.stranger().post("/chat/completions", chat_body("çay"))
    streamed = api.stranger().post("/chat/completions", chat_body("çay", stream=True))

    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.headers["x-request-id"] == plain.headers["x-request-id"]


def test_another_seed_gives_another_answer(api: Api, fake: Callable[..., Api]) -> None:
    other = fake(seed=1)

    assert other.chat()["id"] != api.stranger().chat()["id"]
    assert not set(other.chat()["citations"]) & set(api.chat()["citations"])


def test_fields_that_are_not_known_are_ignored(api: Api) -> None:
    extra: Any = {"top_k": 3, "presence_penalty": 1, "search_context_size": "high", "return_citations": True}

    assert text_of(api.chat(**extra)) == text_of(api.chat())


def test_the_newer_path_answers_as_the_older_one(api: Api) -> None:
    older, newer = api.stranger().chat("çay"), api.stranger().ask("/v1/sonar", chat_body("çay"))

    assert older == newer
