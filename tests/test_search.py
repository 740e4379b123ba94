"""Search: filters hold, budgets are kept, and lists of queries are answered one by one."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.world import corpus, tokens
from tests.strategies import COUNTRIES, LANGUAGES, RECENCIES, TODAY, days, domains, filters, questions, written

if TYPE_CHECKING:
    from tests.conftest import Api

REACH = {"hour": 0, "day": 1, "week": 7, "month": 31, "year": 366}
sizes = st.sampled_from(["low", "medium", "high"])


def language_of(url: str) -> str:
    """The language of a page, which the wire does not tell."""
    page = corpus.load().by_url.get(url)
    if page is not None:
        return page.language
    return re.findall(r"/([a-z]{2})/\d{4}/", url)[0]


def day_of(text: str) -> date:
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


def violations(result: Any, wanted: dict[str, Any]) -> list[str]:
    """The filters that a result breaks, by the words of the reference page."""
    host = urlsplit(result["url"]).netloc
    published, updated = date.fromisoformat(result["date"]), date.fromisoformat(result["last_updated"])
    covered = [
        host == name.removeprefix("-") or host.endswith("." + name.removeprefix("-"))
        for name in wanted.get("search_domain_filter", [])
    ]
    denied = any(name.startswith("-") for name in wanted.get("search_domain_filter", []))
    kept = {
        "search_domain_filter": lambda _: any(covered) is not denied,
        "search_language_filter": lambda codes: language_of(result["url"]) in codes,
        "search_recency_filter": lambda recency: TODAY - timedelta(days=REACH[recency]) <= published <= TODAY,
        "search_after_date_filter": lambda day: published > day_of(day),
        "search_before_date_filter": lambda day: published < day_of(day),
        "last_updated_after_filter": lambda day: updated > day_of(day),
        "last_updated_before_filter": lambda day: updated < day_of(day),
    }
    return [name for name, value in wanted.items() if name in kept and not kept[name](value)]


@given(questions, filters(), st.integers(1, 20))
def test_every_filter_holds_for_every_result(api: Api, query: str, wanted: dict[str, Any], most: int) -> None:
    results = api.search(query, max_results=most, **wanted)["results"]

    assert [(result["url"], broken) for result in results if (broken := violations(result, wanted))] == []
    assert len(results) <= most


single = {
    "allowed domain": st.builds(lambda domain: {"search_domain_filter": [domain]}, domains),
    "denied domain": st.builds(lambda domain: {"search_domain_filter": ["-" + domain]}, domains),
    "language": st.builds(lambda code: {"search_language_filter": [code]}, st.sampled_from(LANGUAGES)),
    "recency": st.builds(lambda recency: {"search_recency_filter": recency}, st.sampled_from(RECENCIES)),
    "country": st.builds(lambda country: {"country": country}, st.sampled_from(COUNTRIES)),
    "after": st.builds(lambda day: {"search_after_date_filter": written(day - timedelta(days=1))}, days),
    "before": st.builds(lambda day: {"search_before_date_filter": written(day)}, days),
    "updated after": st.builds(lambda day: {"last_updated_after_filter": written(day - timedelta(days=1))}, days),
    "updated before": st.builds(lambda day: {"last_updated_before_filter": written(day)}, days),
    "mode": st.builds(lambda mode: {"search_mode": mode}, st.sampled_from(["web", "academic", "sec"])),
}
"""Each filter alone, such that some page meets it."""


@pytest.mark.parametrize("name", single)
@given(data=st.data(), query=questions)
@settings(max_examples=30)
def test_a_filter_alone_holds_and_leaves_as_many_results_as_asked_for(
    api: Api, name: str, data: st.DataObject, query: str
) -> None:
    wanted: Any = data.draw(single[name])

    results = api.search(query, **wanted)["results"]

    assert [result["url"] for result in results if violations(result, wanted)] == []
    assert len(results) == 10


@pytest.mark.parametrize("name", [name for name in single if name != "country"])
@given(data=st.data(), question=questions)
@settings(max_examples=30)
def test_a_filter_holds_in_chats_too(api: Api, name: str, data: st.DataObject, question: str) -> None:
    wanted: Any = data.draw(single[name])

    results = api.chat(question, **wanted)["search_results"]

    assert [result["url"] for result in results if violations(result, wanted)] == []
    assert len(results) == 5


@pytest.mark.parametrize(
    "wanted",
    [
        {"search_after_date_filter": "5/2/2024", "search_before_date_filter": "5/1/2024"},
        {"search_after_date_filter": "11/1/2026"},
        {"last_updated_after_filter": "12/24/2030"},
        {"search_before_date_filter": "1/1/1970"},
        {"search_language_filter": ["xx"]},
        {"search_recency_filter": "day", "last_updated_before_filter": "1/1/2026"},
    ],
    ids=str,
)
def test_a_filter_that_nothing_meets_gives_an_empty_list(api: Api, wanted: Any) -> None:
    assert api.search("What is new in space exploration?", **wanted)["results"] == []


@pytest.mark.parametrize("case", [str.upper, str.title])
def test_domains_languages_and_countries_may_be_in_capitals(api: Api, case: Any) -> None:
    shouted: Any = {"search_domain_filter": [case("nasa.gov")], "search_language_filter": [case("fr")],
                    "country": case("fr")}  # fmt: skip
    plain: Any = {"search_domain_filter": ["nasa.gov"], "search_language_filter": ["fr"], "country": "FR"}

    assert api.search("coffee", **shouted)["results"] == api.search("coffee", **plain)["results"]


def test_pages_for_other_countries_are_left_out(api: Api) -> None:
    written_for = [page for page in corpus.load().by_url.values() if page.country is not None]

    for page in written_for:
        found = api.search(page.title, country="NZ", search_language_filter=[page.language], max_results=20)
        assert page.url not in {result["url"] for result in found["results"]}


def test_the_academic_mode_finds_papers(api: Api) -> None:
    results = api.search("sleep", search_mode="academic", search_language_filter=LANGUAGES[:20])["results"]

    known = [corpus.load().by_url[result["url"]] for result in results if result["url"] in corpus.load().by_url]
    assert known
    assert {page.focus for page in known} == {"academic"}


# Shape


@given(questions, st.integers(1, 20))
def test_as_many_results_come_as_asked_for_and_ten_unasked(api: Api, query: str, most: int) -> None:
    assert len(api.search(query, max_results=most)["results"]) == most
    assert len(api.search(query)["results"]) == 10


def test_keys_stand_in_the_order_of_the_reference_page(api: Api) -> None:
    answer = api.search("coffee")

    assert [*answer] == ["results", "id", "server_time"]
    assert [*answer["results"][0]] == ["title", "url", "snippet", "date", "last_updated"]


def test_the_time_of_the_server_comes_when_asked_for(api: Api) -> None:
    assert api.search()["server_time"] is None
    assert api.search(display_server_time=False)["server_time"] is None
    assert api.search(display_server_time=True)["server_time"] == "2026-11-01T12:00:00Z"


def test_headers_name_the_answer_and_its_place_in_the_cache(api: Api) -> None:
    answer = api.stranger().post("/search", {"query": "coffee"})

    assert answer.headers["x-request-id"] == orjson.loads(answer.content)["id"]
    assert answer.headers["x-cache"] == "MISS"
    assert re.fullmatch(r"cache_[0-9a-f]{32}", answer.headers["x-cache-id"])


def test_the_newer_path_answers_as_the_older_one(api: Api) -> None:
    body: Any = {"query": "coffee"}

    assert api.stranger().ask("/v1/search", body) == api.stranger().ask("/search", body)


def test_fields_that_are_not_known_are_ignored(api: Api) -> None:
    assert api.search("coffee", search_tenant="x", safe=1)["results"] == api.search("coffee")["results"]


def test_the_same_search_finds_the_same_under_another_id(api: Api) -> None:
    account = api.stranger()
    first, again = account.search("coffee"), account.search("coffee")

    assert first["results"] == again["results"]
    assert first["id"] != again["id"]


# Several queries


@given(st.lists(questions, min_size=1, max_size=5), st.integers(1, 5))
def test_a_list_of_queries_is_answered_with_a_list_for_each(api: Api, queries: list[str], most: int) -> None:
    together = api.ask("/search", {"query": [*queries], "max_results": most})["results"]

    assert together == [api.search(query, max_results=most)["results"] for query in queries]


def test_a_list_of_queries_is_billed_as_one_search(api: Api) -> None:
    account = api.stranger()
    account.ask("/search", {"query": ["coffee", "tea", "çay"]})

    assert account.get("/usage").json()["total"] == {
        "requests": 1, "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0.005,
    }  # fmt: skip


# Snippets


@given(questions)
def test_larger_snippets_begin_like_smaller_ones(api: Api, query: str) -> None:
    low, medium, high = (
        [result["snippet"] for result in api.search(query, snippet_mode=size)["results"]]
        for size in ("low", "medium", "high")
    )

    for smaller, larger in [(low, medium), (medium, high)]:
        assert all(more.startswith(less) and len(more) > len(less) for less, more in zip(smaller, larger, strict=True))


@given(questions, st.integers(1, 400), st.integers(1, 2000))
def test_snippets_keep_to_their_budgets(api: Api, query: str, page: int, total: int) -> None:
    whole = [result["snippet"] for result in api.search(query)["results"]]

    found = api.search(query, max_tokens_per_page=page, max_tokens=total)["results"]

    snippets = [result["snippet"] for result in found]
    counts = [tokens.count(snippet) for snippet in snippets]
    assert max(counts) <= page
    assert sum(counts) <= total
    assert all(full.startswith(snippet) for full, snippet in zip(whole, snippets, strict=True))


@given(questions, st.integers(1, 2000))
def test_a_budget_is_spent_on_the_best_pages_first(api: Api, query: str, total: int) -> None:
    whole = [tokens.count(result["snippet"]) for result in api.search(query)["results"]]

    spent = [tokens.count(result["snippet"]) for result in api.search(query, max_tokens=total)["results"]]

    left = total
    for full, got in zip(whole, spent, strict=True):
        assert got == min(full, left)
        left -= got


@given(questions, sizes, st.integers(1, 2000))
def test_budgets_win_over_the_size_of_snippets(api: Api, query: str, size: str, total: int) -> None:
    sized = api.search(query, max_tokens=total, snippet_mode=size)["results"]

    assert sized == api.search(query, max_tokens=total)["results"]


@given(questions, sizes, sizes)
def test_the_newer_name_of_the_size_wins_over_the_older_one(api: Api, query: str, newer: str, older: str) -> None:
    both = api.search(query, snippet_mode=newer, search_context_size=older)["results"]

    assert both == api.search(query, snippet_mode=newer)["results"]
    assert api.search(query, search_context_size=older)["results"] == api.search(query, snippet_mode=older)["results"]


@pytest.mark.parametrize("query", ["coffee", "sleep", "vaccines"])
def test_a_snippet_has_one_three_or_six_sentences(api: Api, query: str) -> None:
    for size, count in (("low", 1), ("medium", 3)):
        result = api.search(query, snippet_mode=size)["results"][0]
        page = corpus.load().by_url[result["url"]]
        assert result["snippet"] == " ".join(page.sentences[:count])


def test_passages_of_a_snippet_are_joined_by_a_line_of_dots(api: Api) -> None:
    snippet = api.search("coffee")["results"][0]["snippet"]

    first, second, *_ = snippet.split("\n...\n")
    page = corpus.load().by_url[api.search("coffee")["results"][0]["url"]]
    assert first == " ".join(page.sentences[:3])
    assert second == " ".join(page.sentences[3:6])


# Refusals by form


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": [""]}, {"max_results": 3}], ids=str)
def test_a_query_is_required(api: Api, body: Any) -> None:
    assert api.refusal("/search", body) == (400, "invalid_request", "query validation: query is required")


@pytest.mark.parametrize(
    "body",
    [
        {"query": 5},
        {"query": None},
        {"query": []},
        {"query": ["a"] * 6},
        {"query": "a", "max_results": 0},
        {"query": "a", "max_results": 21},
        {"query": "a", "max_results": "5"},
        {"query": "a", "max_results": True},
        {"query": "a", "country": "USA"},
        {"query": "a", "snippet_mode": "huge"},
        {"query": "a", "max_tokens": 0},
        {"query": "a", "search_language_filter": ["eng"]},
        {"query": "a", "search_recency_filter": "decade"},
        {"query": "a", "search_domain_filter": [""]},
        {"query": "a", "country": None},
        [],
        "a",
        None,
        5,
    ],
    ids=str,
)
def test_what_is_not_of_the_form_is_refused_in_the_words_of_search(api: Api, body: Any) -> None:
    status, kind, text = api.refusal("/search", body)

    assert (status, kind) == (400, "invalid_request")
    assert re.match(r"[\w.]+ validation: ", text)
