"""The cache: the same question again is a hit, until its entry is deleted, and for its own account only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import chat_body
from tests.strategies import questions

if TYPE_CHECKING:
    import httpx

    from tests.conftest import Api

REQUESTS = [
    ("/chat/completions", chat_body("çay")),
    ("/chat/completions", chat_body("çay", stream=True)),
    ("/v1/sonar", chat_body("çay")),
    ("/chat/completions/stream", chat_body("çay")),
    ("/search", {"query": "çay"}),
    ("/v1/search", {"query": "çay"}),
    ("/search/focus", {"query": "çay", "focus": "news"}),
]
cached_requests = pytest.mark.parametrize(
    ("path", "body"), REQUESTS, ids=lambda part: part if isinstance(part, str) else ""
)


def state_of(answer: httpx.Response) -> str:
    return answer.headers["x-cache"]


def name_of(answer: httpx.Response) -> str:
    return answer.headers["x-cache-id"]


@cached_requests
def test_an_entry_is_missed_then_hit_then_deleted_then_missed_again(api: Api, path: str, body: Any) -> None:
    account = api.stranger()
    first, again = account.post(path, body), account.post(path, body)
    assert [state_of(first), state_of(again)] == ["MISS", "HIT"]
    assert name_of(first) == name_of(again)

    deleted = account.delete(f"/cache/{name_of(first)}")

    assert deleted.json() == {"id": name_of(first), "object": "cache.entry", "deleted": True}
    assert [state_of(account.post(path, body)) for _ in range(2)] == ["MISS", "HIT"]


@cached_requests
def test_an_entry_cannot_be_deleted_twice(api: Api, path: str, body: Any) -> None:
    account = api.stranger()
    name = name_of(account.post(path, body))
    account.delete(f"/cache/{name}")

    assert account.delete(f"/cache/{name}").status_code == 404


@cached_requests
def test_another_account_neither_hits_nor_deletes_an_entry(api: Api, path: str, body: Any) -> None:
    owner, other = api.stranger(), api.stranger()
    name = name_of(owner.post(path, body))

    assert other.delete(f"/cache/{name}").status_code == 404
    assert state_of(other.post(path, body)) == "MISS"
    assert state_of(owner.post(path, body)) == "HIT"

    assert other.delete(f"/cache/{name}").status_code == 200
    assert state_of(owner.post(path, body)) == "HIT"


@given(st.lists(questions, min_size=2, max_size=6, unique=True))
def test_different_questions_have_different_entries(api: Api, asked: list[str]) -> None:
    account = api.stranger()
    answers = [account.post("/search", {"query": question}) for question in asked]

    assert {state_of(answer) for answer in answers} == {"MISS"}
    assert len({name_of(answer) for answer in answers}) == len(asked)


def test_the_order_of_keys_and_whether_it_is_streamed_make_no_other_entry(api: Api) -> None:
    account = api.stranger()
    body = chat_body("çay", temperature=0.2)

    answers = [
        account.post("/chat/completions", said)
        for said in (body, dict(reversed(body.items())), {**body, "stream": True})
    ]

    assert [state_of(answer) for answer in answers] == ["MISS", "HIT", "HIT"]


def test_any_other_field_makes_another_entry(api: Api) -> None:
    account = api.stranger()
    account.post("/chat/completions", chat_body("çay"))

    for fields in ({"temperature": 0.1}, {"model": "sonar-pro"}, {"return_images": True}, {"unknown": 1}):
        assert state_of(account.post("/chat/completions", {**chat_body("çay"), **fields})) == "MISS"


def test_a_refused_request_is_not_stored(api: Api) -> None:
    assert "x-cache" not in api.stranger().post("/search", {"query": ""}).headers


@pytest.mark.parametrize("name", ["cache_0", "x", "cache_" + "0" * 32, "%2F", "a/b", "..", "çay"])
def test_a_name_that_nobody_gave_is_not_found(api: Api, name: str) -> None:
    answer = api.delete(f"/cache/{name}")

    assert answer.status_code == 404


def test_a_deletion_carries_an_id(api: Api) -> None:
    account = api.stranger()
    name = name_of(account.post("/search", {"query": "çay"}))

    assert account.delete(f"/cache/{name}").headers["x-request-id"]


def test_the_dated_editions_have_no_cache(api: Api) -> None:
    for edition in ("2026-07", "2026-10"):
        dated = api.edition(edition)
        assert "x-cache" not in dated.post("/search", {"query": "çay"}).headers
        assert (dated.delete("/cache/x").status_code, dated.delete("/cache/x").content) == (404, b"")
