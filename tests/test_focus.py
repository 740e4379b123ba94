"""Focused search: pages of one kind only, and a summary that cites all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world import corpus, templates
from tests.strategies import FOCUSES, filters, questions
from tests.test_search import violations

if TYPE_CHECKING:
    from tests.conftest import Api

FOCUS = "/search/focus"
focuses = st.sampled_from(FOCUSES)


def ask(api: Api, query: str, focus: str, **fields: Any) -> Any:
    return api.ask(FOCUS, {"query": query, "focus": focus, **fields})


def is_of_kind(url: str, focus: str) -> bool:
    page = corpus.load().by_url.get(url)
    return page.focus == focus if page else urlsplit(url).netloc in templates.load().hosts[focus]


@given(questions, focuses, st.integers(1, 20))
def test_all_results_are_of_the_kind_asked_for(api: Api, query: str, focus: str, most: int) -> None:
    results = ask(api, query, focus, max_results=most)["results"]

    assert len(results) == most
    assert [result["url"] for result in results if not is_of_kind(result["url"], focus)] == []


@given(questions, focuses, st.integers(1, 20))
def test_the_summary_cites_each_result_in_order_and_no_other(api: Api, query: str, focus: str, most: int) -> None:
    answer = ask(api, query, focus, max_results=most)

    markers = [int(number) for number in re.findall(r"\[([0-9]+)\]", answer["summary"])]
    assert markers == list(range(1, most + 1))
    assert answer["citations"] == [result["url"] for result in answer["results"]]


@given(questions, focuses, filters())
def test_filters_hold_beside_the_focus(api: Api, query: str, focus: str, wanted: dict[str, Any]) -> None:
    wanted.pop("search_mode", None)
    languages = wanted.pop("search_language_filter", None)
    results = ask(api, query, focus, **wanted)["results"]

    assert [result["url"] for result in results if violations(result, wanted)] == []
    assert languages is None or ask(api, query, focus, search_language_filter=languages)["results"]


@pytest.mark.parametrize(("focus", "start"), [
    ("reddit", "https://www.reddit.com/r/"), ("youtube", "https://www.youtube.com/watch?v="),
])  # fmt: skip
@pytest.mark.parametrize("query", ["coffee", "çay", "睡眠", "بسكويت"])
def test_addresses_look_like_those_of_the_site(api: Api, focus: str, start: str, query: str) -> None:
    assert all(url.startswith(start) for url in ask(api, query, focus)["citations"])


def test_different_kinds_find_different_pages(api: Api) -> None:
    found = [set(ask(api, "coffee", focus)["citations"]) for focus in FOCUSES]

    assert not set.intersection(*found)
    assert len(set.union(*found)) == 10 * len(found)


def test_a_written_page_of_the_kind_comes_first(api: Api) -> None:
    first = ask(api, "coffee", "academic")["citations"][0]

    assert corpus.load().by_url[first].focus == "academic"


def test_a_kind_whose_only_host_is_denied_has_no_results_and_a_summary_without_markers(api: Api) -> None:
    answer = ask(api, "coffee", "reddit", search_domain_filter=["-reddit.com"])

    assert answer["results"] == answer["citations"] == []
    assert "[" not in answer["summary"]
    assert answer["summary"]


def test_an_allowed_domain_is_the_host_whatever_the_kind(api: Api) -> None:
    results = ask(api, "çay", "reddit", search_domain_filter=["example.org"])["results"]

    assert {urlsplit(result["url"]).netloc for result in results} == {"example.org"}


def test_budgets_cut_snippets_and_leave_the_summary(api: Api) -> None:
    whole, cut = ask(api, "coffee", "web"), ask(api, "coffee", "web", max_tokens_per_page=3)

    assert whole["summary"] == cut["summary"]
    assert max(len(result["snippet"]) for result in cut["results"]) < 30


def test_the_answer_says_its_kind_and_no_time(api: Api) -> None:
    answer = ask(api, "coffee", "news")

    assert [*answer] == ["results", "id", "server_time", "focus", "summary", "citations"]
    assert (answer["focus"], answer["server_time"]) == ("news", None)


def test_a_focused_search_is_billed_as_a_search(api: Api) -> None:
    account = api.stranger()
    ask(account, "coffee", "web")

    assert account.get("/usage", group_by="endpoint").json()["data"][0]["group"] == "POST /search/focus"
    assert account.get("/usage").json()["total"]["cost"] == 0.005


@pytest.mark.parametrize(
    "body",
    [
        {"query": "coffee"},
        {"query": "coffee", "focus": "books"},
        {"query": "coffee", "focus": None},
        {"query": ["coffee"], "focus": "web"},
        {"query": "coffee", "focus": "web", "max_results": 0},
    ],
    ids=str,
)
def test_a_focus_that_is_none_is_refused(api: Api, body: Any) -> None:
    assert api.refusal(FOCUS, body)[:2] == (400, "invalid_request")


@pytest.mark.parametrize("body", [{"focus": "web"}, {"query": "", "focus": "web"}], ids=str)
def test_a_query_is_required(api: Api, body: Any) -> None:
    assert api.refusal(FOCUS, body) == (400, "invalid_request", "query validation: query is required")
