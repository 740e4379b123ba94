"""Credit and quota: who has used up what there was is refused, and what was used is what the answers said."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.clock import VirtualClock
from mock_server.errors import SettingsError
from tests.conftest import chat_body, refusal_of
from tests.test_usage import requests, said_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

    Fake = Callable[..., Api]

OUT = (
    401,
    "insufficient_quota",
    (
        "You exceeded your current quota, please check your plan and billing details. "
        "For more information, visit https://www.perplexity.ai/settings/api."
    ),
)
SEARCH: tuple[str, Any] = ("/search", {"query": "bees"})
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def patient(fake: Fake) -> Api:
    """A fake whose pacing stands still."""
    return fake(clock=VirtualClock())


def report_of(api: Api, path: str) -> Any:
    answer = api.get(path)
    assert answer.is_success, answer.text
    return json.loads(answer.content, parse_float=Decimal)


def given_credit(api: Api, credit: Decimal) -> Api:
    account = api.stranger()
    api.limiter.set_credit(account.key.encode(), credit)
    return account


def given_quota(api: Api, quota: int) -> Api:
    account = api.stranger()
    api.limiter.set_quota(account.key.encode(), quota)
    return account


# Credit


@settings(max_examples=60)
@given(st.lists(requests, max_size=8), st.integers(0, 3000))
def test_calls_pass_as_long_as_something_is_left_and_usage_is_what_the_answers_said(
    patient: Api, asked: list[Any], credit: int
) -> None:
    granted = Decimal(credit) / 100_000
    account = given_credit(patient, granted)
    spent = Decimal(0)
    for path, body in asked:
        answer = account.post(path, body)
        if spent >= granted:
            assert refusal_of(answer) == OUT
        else:
            assert answer.is_success, answer.text
            spent += said_of(path, answer.content)[2]

    assert report_of(account, "/usage")["total"]["cost"] == spent
    told = report_of(account, "/account/limits")["credit"]
    assert told == {"currency": "USD", "granted": granted, "spent": spent, "left": max(granted - spent, Decimal(0))}


def test_a_cent_is_two_searches(api: Api) -> None:
    account = api.under("pplx-mock-credit-1-cent")

    found = [account.post(*SEARCH).status_code for _ in range(4)]

    assert found == [200, 200, 401, 401]
    assert refusal_of(account.post(*SEARCH)) == OUT
    assert report_of(account, "/account/limits")["credit"] == {
        "currency": "USD", "granted": CENT, "spent": CENT, "left": 0,
    }  # fmt: skip


def test_thousands_of_tiny_costs_add_up_to_the_last_digit(patient: Api) -> None:
    """Sums of floats would be off by now: 4 millionths of a cent a token, 600 times."""
    cost = Decimal("0.000000004")
    account = given_credit(patient, cost * 600)
    body: Any = {"input": "bees", "model": "pplx-embed-v1-0.6b", "dimensions": 128}

    found = [account.post("/embeddings", body).status_code for _ in range(602)]

    assert found == [200] * 600 + [401] * 2
    assert report_of(account, "/usage")["total"]["cost"] == cost * 600


def test_without_credit_nothing_is_answered_but_what_was_used(patient: Api) -> None:
    account = given_credit(patient, Decimal(0))

    for path, body in [SEARCH, ("/chat/completions", chat_body("a")), ("/collections", {"name": "a"})]:
        assert account.refusal(path, body) == OUT
    assert refusal_of(account.get("/models")) == OUT
    assert report_of(account, "/usage")["total"]["requests"] == 0
    assert report_of(account, "/account/limits")["credit"]["left"] == 0


def test_a_stream_that_is_refused_is_a_plain_error(patient: Api) -> None:
    account = given_credit(patient, Decimal(0))

    assert account.refusal("/chat/completions", chat_body("a", stream=True)) == OUT


def test_more_credit_lets_the_account_go_on(patient: Api) -> None:
    account = given_credit(patient, CENT / 2)
    found = [account.post(*SEARCH).status_code for _ in range(2)]

    patient.limiter.set_credit(account.key.encode(), CENT)
    found.append(account.post(*SEARCH).status_code)
    patient.limiter.set_credit(account.key.encode(), None)
    found += [account.post(*SEARCH).status_code for _ in range(3)]

    assert found == [200, 401, 200, 200, 200, 200]


def test_a_credit_of_the_server_is_each_accounts_own(fake: Fake) -> None:
    api = fake(credit=CENT)

    assert [api.under(key).post(*SEARCH).status_code for key in "aaabbb"] == [200, 200, 401] * 2


@pytest.mark.parametrize("written", [Decimal("0.1"), 0.1, "0.1"])
def test_a_credit_is_exact_however_it_is_written(patient: Api, written: Any) -> None:
    account = patient.stranger()
    patient.limiter.set_credit(account.key.encode(), written)

    assert patient.limiter.said(account.key.encode()).credit == Decimal("0.1")
    with pytest.raises(ValueError, match="a credit is a number of US dollars, got 'much'"):
        patient.limiter.set_credit(account.key.encode(), "much")


@pytest.mark.parametrize("credit", ["-1", "NaN", "Infinity"])
def test_a_credit_that_is_none_stops_the_start(fake: Fake, credit: str) -> None:
    with pytest.raises(SettingsError, match=r"^a credit is 0 or more US dollars, got "):
        fake(credit=Decimal(credit))


# What is billed


@pytest.mark.parametrize("queries", [["one"], ["one", "two", "three", "four", "five"]])
def test_a_list_of_queries_is_billed_as_one_search(patient: Api, queries: list[str]) -> None:
    account = patient.stranger()
    account.post("/search", {"query": queries})

    total = report_of(account, "/usage")["total"]

    assert (total["requests"], total["cost"]) == (1, Decimal("0.005"))


def test_a_search_that_finds_nothing_is_billed(patient: Api) -> None:
    account = patient.stranger()
    found = account.search("bees", search_after_date_filter="1/1/2040")

    assert found["results"] == []
    assert report_of(account, "/usage")["total"]["cost"] == Decimal("0.005")


def test_what_fails_is_not_billed_and_takes_nothing_of_the_quota(patient: Api) -> None:
    account = given_quota(patient, 1)
    patient.limiter.set_limits(account.key.encode(), "search=1/day")

    assert [account.post("/search", {}).status_code, account.post(*SEARCH).status_code] == [400, 429]
    assert account.post("/chat/completions", chat_body("a", model="gpt-4")).status_code == 400
    assert account.post("/chat/completions", chat_body("a")).status_code == 200
    assert account.refusal("/chat/completions", chat_body("a")) == OUT
    assert report_of(account, "/usage")["total"]["requests"] == 1


def test_who_is_out_of_credit_takes_no_token(patient: Api) -> None:
    account = given_credit(patient, Decimal(0))
    patient.limiter.set_limits(account.key.encode(), "search=2/day")

    for _ in range(5):
        answer = account.post(*SEARCH)
        assert answer.status_code == 401
        assert "x-ratelimit-remaining" not in answer.headers

    assert report_of(account, "/account/limits")["limits"][0]["remaining"] == 2


# Quota


def test_a_quota_is_so_many_answers_a_month(api: Api) -> None:
    account = api.under("pplx-mock-quota-3")

    found = [account.post(*SEARCH).status_code for _ in range(5)]

    assert found == [200, 200, 200, 401, 401]
    assert refusal_of(account.post(*SEARCH)) == OUT
    assert report_of(account, "/account/limits")["quota"] == {
        "period": "month", "limit": 3, "used": 3, "remaining": 0, "reset": 1796083200,  # 2026-12-01T00:00:00Z
    }  # fmt: skip


def test_a_quota_begins_anew_with_the_month_of_the_content_clock(fake: Fake) -> None:
    """The clock stands at noon of 1 November 2026."""
    api = fake(quota=2)
    lane = api.app.house.lanes.default
    days = [0, 29, 30, 60, 61]
    found = []
    for day in days:
        lane.moved = day * 86_400
        quota = report_of(api, "/account/limits")["quota"]
        found.append(([api.post(*SEARCH).status_code for _ in range(3)], quota["remaining"], quota["reset"]))

    assert [outcome[0].count(200) for outcome in found] == [2, 0, 2, 0, 2]
    assert [outcome[1] for outcome in found] == [2, 0, 2, 0, 2]
    assert [outcome[2] for outcome in found] == [1796083200, 1796083200, 1798761600, 1798761600, 1801440000]


def test_a_quota_of_nothing_is_none(patient: Api) -> None:
    assert given_quota(patient, 0).refusal(*SEARCH) == OUT


def test_accounts_without_an_end_report_none(patient: Api) -> None:
    assert not {"credit", "quota"} & report_of(patient.stranger(), "/account/limits").keys()
