"""Usage: what the report says is what the answers said, added up to the last digit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import chat_body
from tests.strategies import CHAT_MODELS, questions

if TYPE_CHECKING:
    from tests.conftest import Api

SEARCH_COST = Decimal("0.005")
"""Five dollars for a thousand searches: evidence 6.2."""

requests = st.one_of(
    st.builds(lambda question, model: ("/chat/completions", chat_body(question, model=model)),
              questions, st.sampled_from(CHAT_MODELS)),
    st.builds(lambda question: ("/chat/completions/stream", chat_body(question, model="sonar-pro")), questions),
    st.builds(lambda question: ("/search", {"query": question}), questions),
    st.builds(lambda question: ("/search/focus", {"query": question, "focus": "web"}), questions),
    st.builds(lambda text, model: ("/embeddings", {"input": text, "model": model, "dimensions": 128}),
              questions, st.sampled_from(["pplx-embed-v1-0.6b", "pplx-embed-v1-4b"])),
)  # fmt: skip


def exact(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)


def report_of(api: Api, **query: str) -> Any:
    return exact(api.get("/usage", **query).content)


def said_of(path: str, content: bytes) -> tuple[int, int, Decimal]:
    """Prompt tokens, completion tokens and cost that an answer tells, or that its price page does."""
    if path.startswith("/search"):
        return 0, 0, SEARCH_COST
    if path.endswith("stream"):
        content = content.split(b"\r\n\r\n")[-2].removeprefix(b"data: ")
    usage = exact(content)["usage"]
    return usage["prompt_tokens"], usage.get("completion_tokens", 0), Decimal(usage["cost"]["total_cost"])


@given(st.lists(requests, max_size=8))
def test_the_total_is_the_sum_of_what_the_answers_said(api: Api, asked: list[Any]) -> None:
    account = api.stranger()
    said = [said_of(path, account.post(path, body).content) for path, body in asked]

    total = report_of(account)["total"]

    assert total["requests"] == len(asked)
    assert total["prompt_tokens"] == sum(prompt for prompt, _, _ in said)
    assert total["completion_tokens"] == sum(completion for _, completion, _ in said)
    assert total["total_tokens"] == total["prompt_tokens"] + total["completion_tokens"]
    assert total["cost"] == sum((cost for _, _, cost in said), Decimal(0))


@given(st.lists(requests, max_size=8), st.sampled_from(["day", "model", "endpoint"]))
def test_groups_add_up_to_the_total_and_are_sorted_by_name(api: Api, asked: list[Any], group_by: str) -> None:
    account = api.stranger()
    for path, body in asked:
        account.post(path, body)

    report = report_of(account, group_by=group_by)

    for name in ("requests", "prompt_tokens", "completion_tokens", "total_tokens", "cost"):
        assert sum(Decimal(group[name]) for group in report["data"]) == report["total"][name]
    names = [group["group"] for group in report["data"]]
    assert names == sorted(set(names))


def test_groups_are_named_by_model_endpoint_or_day(api: Api) -> None:
    account = api.stranger()
    account.chat(model="sonar-pro")
    account.chat(model="sonar")
    account.ask("/v1/sonar", chat_body("çay"))
    account.search("çay")
    account.ask("/embeddings", {"input": "çay", "model": "pplx-embed-v1-4b"})

    groups = {
        name: {group["group"]: group["requests"] for group in report_of(account, group_by=name)["data"]}
        for name in ("model", "endpoint", "day")
    }

    assert groups == {
        "model": {"sonar": 2, "sonar-pro": 1, "search": 1, "pplx-embed-v1-4b": 1},
        "endpoint": {"POST /chat/completions": 2, "POST /v1/sonar": 1, "POST /search": 1, "POST /embeddings": 1},
        "day": {"2026-11-01": 5},
    }


def test_days_are_the_groups_unasked(api: Api) -> None:
    assert report_of(api.stranger())["group_by"] == "day"


def test_an_account_that_asked_nothing_has_used_nothing(api: Api) -> None:
    report = report_of(api.stranger())

    assert report["data"] == []
    assert report["total"] == dict.fromkeys(
        ["requests", "prompt_tokens", "completion_tokens", "total_tokens", "cost"], 0
    )
    assert (report["object"], report["currency"]) == ("usage", "USD")


def test_what_one_account_used_does_not_count_for_another(api: Api) -> None:
    one, other = api.stranger(), api.stranger()
    one.chat()

    assert report_of(other)["total"]["requests"] == 0
    assert report_of(one)["total"]["requests"] == 1


@pytest.mark.parametrize(("query", "counted"), [
    ({}, 1),
    ({"start_date": "2026-11-01"}, 1), ({"end_date": "2026-11-01"}, 1),
    ({"start_date": "2026-11-01", "end_date": "2026-11-01"}, 1),
    ({"start_date": "2026-11-02"}, 0), ({"end_date": "2026-10-31"}, 0),
    ({"start_date": "2026-11-02", "end_date": "2026-10-01"}, 0),
])  # fmt: skip
def test_only_days_between_start_and_end_count_both_included(api: Api, query: Any, counted: int) -> None:
    account = api.stranger()
    account.chat()

    assert report_of(account, **query)["total"]["requests"] == counted


def test_the_report_says_which_days_it_is_about(api: Api) -> None:
    report = report_of(api, start_date="2026-02-03", end_date="2026-02-04")
    everything = report_of(api)

    assert (report["start_date"], report["end_date"]) == ("2026-02-03", "2026-02-04")
    assert everything["start_date"] <= "2023-01-01"
    assert everything["end_date"] == "2026-11-01"


def test_editions_write_into_the_same_account_under_their_own_day(api: Api) -> None:
    account = api.stranger()
    account.edition("2026-07").chat()
    account.chat()

    assert [group["group"] for group in report_of(account)["data"]] == ["2026-07-08", "2026-11-01"]


@pytest.mark.parametrize(("path", "body"), [
    ("/chat/completions", chat_body("hi", model="gpt-4")), ("/chat/completions", chat_body(" ")),
    ("/search", {}), ("/search", {"query": "a", "search_domain_filter": ["cz"]}),
    ("/embeddings", {"input": "a", "model": "sonar"}),
])  # fmt: skip
def test_what_was_refused_is_not_billed(api: Api, path: str, body: Any) -> None:
    account = api.stranger()
    assert account.post(path, body).status_code == 400

    assert report_of(account)["total"]["requests"] == 0


def test_looking_and_arranging_is_free(api: Api) -> None:
    account = api.stranger()
    account.get("/models")
    account.get("/account/limits")
    account.post("/collections", {"name": "a"})
    account.post("/search/domains", {})
    account.get("/usage")

    assert report_of(account)["total"]["requests"] == 0


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "yesterday"},
        {"end_date": "11/01/2026"},
        {"start_date": ""},
        {"group_by": "month"},
        {"group_by": ""},
        {"end_date": "2026-02-30"},
    ],
    ids=str,
)
def test_what_is_no_day_and_no_group_is_refused(api: Api, query: Any) -> None:
    assert api.get("/usage", **query).status_code == 400
