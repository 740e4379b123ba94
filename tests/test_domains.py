"""An account's domain rules hold for all it searches from then on, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import chat_body
from tests.strategies import domains, questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

    Search = Callable[..., list[str]]

DOMAINS = "/search/domains"


def searched(api: Api, query: str, **fields: Any) -> list[str]:
    return [result["url"] for result in api.search(query, **fields)["results"]]


def focused(api: Api, query: str, **fields: Any) -> list[str]:
    citations: list[str] = api.ask("/search/focus", {"query": query, "focus": "web", **fields})["citations"]
    return citations


def chatted(api: Api, query: str, **fields: Any) -> list[str]:
    citations: list[str] = api.chat(query, **fields)["citations"]
    return citations


def streamed(api: Api, query: str, **fields: Any) -> list[str]:
    answer = api.post("/chat/completions", chat_body(query, stream=True, **fields))
    return [url for url in chatted(api, query, **fields) if url in answer.text]


SEARCHES = [searched, focused, chatted, streamed]
lists = st.lists(domains, max_size=4)


def hosts(urls: list[str]) -> set[str]:
    return {urlsplit(url).netloc for url in urls}


def below(host: str, listed: list[str]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in listed)


@pytest.mark.parametrize("search", SEARCHES)
@given(query=questions, allow=lists, deny=lists)
def test_every_search_of_the_account_obeys(
    api: Api, search: Search, query: str, allow: list[str], deny: list[str]
) -> None:
    account = api.stranger()
    account.ask(DOMAINS, {"allow": [*allow], "deny": [*deny]})

    found = hosts(search(account, query))

    assert all(below(host, allow) or not allow for host in found)
    assert not any(below(host, deny) for host in found)


@pytest.mark.parametrize("search", SEARCHES)
def test_an_allowed_domain_is_where_pages_come_from(api: Api, search: Search) -> None:
    account = api.stranger()
    account.ask(DOMAINS, {"allow": ["example.org"]})

    assert hosts(search(account, "coffee")) == {"example.org"}


@pytest.mark.parametrize("search", SEARCHES)
def test_nobody_else_is_held_to_them(api: Api, search: Search) -> None:
    account, other = api.stranger(), api.stranger()
    before = search(other, "coffee")
    account.ask(DOMAINS, {"allow": ["example.org"]})

    assert search(other, "coffee") == before


def test_rules_of_the_account_and_filters_of_the_request_hold_together(api: Api) -> None:
    account = api.stranger()
    account.ask(DOMAINS, {"allow": ["example.org", "nasa.gov"], "deny": ["private.example.org"]})

    assert hosts(searched(account, "çay", search_domain_filter=["www.example.org"])) == {"www.example.org"}
    assert hosts(searched(account, "çay", search_domain_filter=["-nasa.gov"])) == {"example.org"}
    assert searched(account, "çay", search_domain_filter=["private.example.org"]) == []
    assert searched(account, "çay", search_domain_filter=["example.com"]) == []


def test_the_lists_of_a_later_request_stand_in_place_of_the_earlier_ones(api: Api) -> None:
    account = api.stranger()
    account.ask(DOMAINS, {"allow": ["example.org"]})
    account.ask(DOMAINS, {"deny": ["reddit.com"]})

    assert "example.org" not in hosts(searched(account, "çay"))


@pytest.mark.parametrize("body", [{}, {"allow": [], "deny": []}])
def test_empty_lists_lift_the_rules(api: Api, body: Any) -> None:
    account = api.stranger()
    before = searched(account, "coffee")
    account.ask(DOMAINS, {"allow": ["example.org"], "deny": ["nasa.gov"]})
    account.ask(DOMAINS, body)

    assert searched(account, "coffee") == before


def test_the_answer_says_what_is_stored_now(api: Api) -> None:
    assert api.stranger().ask(DOMAINS, {"allow": ["Example.ORG"]}) == {
        "object": "search.domains", "allow": ["example.org"], "deny": [], "updated_at": 1793534400,
    }  # fmt: skip


def test_domains_in_capitals_are_the_same_domains(api: Api) -> None:
    account = api.stranger()
    account.ask(DOMAINS, {"allow": ["EXAMPLE.org"], "deny": ["WWW.Example.Org"]})

    assert hosts(searched(account, "çay", search_domain_filter=["example.ORG", "www.example.org"])) == {"example.org"}


def test_a_refused_request_changes_nothing(api: Api) -> None:
    account = api.stranger()
    account.ask(DOMAINS, {"allow": ["example.org"]})
    account.post(DOMAINS, {"allow": ["not a domain"]})

    assert hosts(searched(account, "coffee")) == {"example.org"}


@pytest.mark.parametrize(
    "body",
    [
        {"allow": "example.org"},
        {"allow": [5]},
        {"deny": None},
        {"deny": [""]},
        {"allow": ["a" * 254]},
        [],
    ],
    ids=str,
)
def test_what_is_no_list_of_domains_is_refused(api: Api, body: Any) -> None:
    assert api.stranger().refusal(DOMAINS, body)[0] == 400
