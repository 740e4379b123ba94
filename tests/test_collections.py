"""Collections: what was asked in one is kept in order, paged without loss, for its own account only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.faults.model import Fault
from mock_server.state.collections import MOST_ENTRIES, Collection, Entry
from mock_server.stubs.model import Stub
from tests.conftest import chat_body
from tests.strategies import questions

if TYPE_CHECKING:
    from tests.conftest import Api

NOT_FOUND = (404, "not_found", "resource not found")


def opened(api: Api, name: str = "Reading", **fields: Any) -> str:
    collection: str = api.ask("/collections", {"name": name, **fields})["id"]
    return collection


def history(api: Api, collection: str, **query: Any) -> Any:
    answer = api.get(f"/collections/{collection}/history", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def walked(api: Api, collection: str, limit: int) -> list[Any]:
    """All entries, page after page."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = history(api, collection, limit=limit, **cursor)
        assert len(page["data"]) <= limit
        assert page["data"] or not found
        found += page["data"]
        assert page["has_more"] is (page["next_cursor"] is not None)
        if not page["has_more"]:
            return found
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the pages do not end")


paths = st.sampled_from(["/chat/completions", "/chat/completions/stream", "/v1/sonar", "/search", "/search/focus"])
KINDS = {"/search": "search", "/v1/search": "search", "/search/focus": "focused_search"}


def body_of(path: str, question: str, collection: str) -> Any:
    asked: Any = chat_body(question) if path not in KINDS else {"query": question, "focus": "web"}
    return {**asked, "collection_id": collection}


@given(st.lists(st.tuples(paths, questions), max_size=7), st.integers(1, 4))
@settings(max_examples=60)
def test_paging_visits_every_entry_once_in_the_order_it_happened(
    api: Api, asked: list[tuple[str, str]], limit: int
) -> None:
    account = api.stranger()
    collection = opened(account)
    sent = [(path, body_of(path, question, collection)) for path, question in asked]
    for path, body in sent:
        assert account.post(path, body).status_code == 200

    entries = walked(account, collection, limit)

    assert [entry["request"] for entry in entries] == [body for _, body in sent]
    assert [entry["type"] for entry in entries] == [KINDS.get(path, "chat") for path, _ in sent]
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_an_entry_holds_the_request_as_sent_and_the_answer_as_given(api: Api) -> None:
    account = api.stranger()
    collection = opened(account)
    body = {**chat_body("çay", unknown=1), "collection_id": collection}
    answer = account.ask("/chat/completions", body)

    entry = history(account, collection)["data"][0]

    assert entry["request"] == body
    assert entry["response"] == answer
    assert entry["created_at"] == answer["created"]
    assert [*entry] == ["id", "object", "type", "created_at", "request", "response"]


def test_a_stream_is_kept_as_the_answer_that_it_says(api: Api) -> None:
    account = api.stranger()
    collection = opened(account)
    streamed = account.post("/chat/completions", {**chat_body("çay", stream=True), "collection_id": collection})

    response = history(account, collection)["data"][0]["response"]

    assert response["object"] == "chat.completion"
    assert response["id"] == streamed.headers["x-request-id"]
    assert response["choices"][0]["message"]["content"]


def test_a_collection_keeps_what_was_sent_whatever_stubs_and_faults_made_of_it(api: Api) -> None:
    account = api.stranger()
    collection = opened(account)
    lane = api.lanes.default
    lane.faults.add(Fault(empty_results=True, operation="search"))
    lane.stubs.add(
        Stub.model_validate({"when": {"model": "sonar"}, "reply": {"patch": {"object": "odd"}}, "check": False})
    )
    sent = [
        account.ask(path, body_of(path, "Who keeps bees?", collection)) for path in ("/chat/completions", "/search")
    ]

    assert [entry["response"] for entry in history(account, collection)["data"]] == sent
    assert (sent[0]["object"], sent[1]["results"]) == ("odd", [])


def test_a_collection_is_described_as_it_was_opened(api: Api) -> None:
    fields: Any = {"name": "Reading", "description": "What to read next", "metadata": {"team": "physics"}}

    answer = api.stranger().post("/collections", fields)

    assert answer.status_code == 201
    said = answer.json()
    assert re.fullmatch(r"col_[0-9a-f]{32}", said.pop("id"))
    assert said == {"object": "collection", "created_at": 1793534400, **fields}


def test_what_was_not_given_is_empty(api: Api) -> None:
    said = api.stranger().ask("/collections", {"name": "a"})

    assert (said["description"], said["metadata"]) == (None, {})


def test_collections_of_one_name_are_different_collections(api: Api) -> None:
    account = api.stranger()
    one, other = opened(account), opened(account)
    account.search("çay", collection_id=one)

    assert one != other
    assert history(account, other)["data"] == []


def test_a_new_collection_is_empty(api: Api) -> None:
    collection = opened(api)

    assert history(api, collection) == {
        "object": "list", "collection_id": collection, "data": [], "has_more": False, "next_cursor": None,
    }  # fmt: skip


def test_twenty_entries_are_a_page_unasked(api: Api) -> None:
    account = api.stranger()
    collection = opened(account)
    for number in range(21):
        account.search(f"çay {number}", collection_id=collection)

    assert len(history(account, collection)["data"]) == 20
    assert len(history(account, collection, limit=100)["data"]) == 21


def test_the_same_question_twice_is_two_entries(api: Api) -> None:
    account = api.stranger()
    collection = opened(account)
    for _ in range(3):
        account.search("çay", collection_id=collection)

    entries = walked(account, collection, 1)

    assert len({entry["id"] for entry in entries}) == 3
    assert len({entry["response"]["id"] for entry in entries}) == 3


def test_what_names_no_collection_is_kept_in_none(api: Api) -> None:
    account = api.stranger()
    collection = opened(account)
    account.search("çay")
    account.chat("çay", collection_id=None)

    assert history(account, collection)["data"] == []


@pytest.mark.parametrize("path", ["/chat/completions", "/chat/completions/stream", "/search", "/search/focus"])
def test_asking_in_a_collection_that_is_not_there_is_not_found_and_not_billed(api: Api, path: str) -> None:
    account, other = api.stranger(), api.stranger()

    for collection in ("col_0", opened(other)):
        assert account.refusal(path, body_of(path, "çay", collection)) == NOT_FOUND
    assert account.get("/usage").json()["total"]["requests"] == 0


@pytest.mark.parametrize("name", ["col_0", "x", "a/b", "çay", "col_" + "0" * 32])
def test_the_history_of_a_collection_that_is_not_there_is_not_found(api: Api, name: str) -> None:
    assert api.get(f"/collections/{name}/history").status_code == 404


def test_another_account_does_not_see_a_collection(api: Api) -> None:
    collection = opened(api.stranger())

    assert api.stranger().get(f"/collections/{collection}/history").status_code == 404


@pytest.mark.parametrize("cursor", ["entry_0", "x", "entry_" + "0" * 32])
def test_a_cursor_that_nobody_gave_is_not_found(api: Api, cursor: str) -> None:
    account = api.stranger()
    collection = opened(account)
    account.search("çay", collection_id=collection)

    assert account.get(f"/collections/{collection}/history", cursor=cursor).status_code == 404


def test_a_cursor_of_another_collection_is_not_found(api: Api) -> None:
    account = api.stranger()
    one, other = opened(account), opened(account)
    account.search("çay", collection_id=one)
    cursor = history(account, one)["data"][0]["id"]

    assert account.get(f"/collections/{other}/history", cursor=cursor).status_code == 404


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"limit": "many"}, {"cursor": ""}, {"cursor": "x" * 201}], ids=str
)
def test_what_is_no_page_is_refused(api: Api, query: Any) -> None:
    assert api.get(f"/collections/{opened(api)}/history", **query).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "a" * 201},
        {"name": 5},
        {"name": "a", "description": None},
        {"name": "a", "metadata": {"x": 1}},
        {"name": "a", "metadata": {str(key): "" for key in range(17)}},
        [],
    ],
    ids=lambda body: str(body)[:30],
)
def test_what_describes_no_collection_is_refused(api: Api, body: Any) -> None:
    assert api.refusal("/collections", body)[:2] == (400, "invalid_request")


# The bound, which is too far for requests


def entry(name: str) -> Entry:
    return Entry(name, "search", 0, {}, {})


def test_the_oldest_entries_go_when_a_collection_is_full() -> None:
    collection = Collection("col", 0, "a", None, {})
    for number in range(MOST_ENTRIES + 3):
        collection.add(entry(str(number)))

    page = collection.page(after=None, limit=2)

    assert page is not None
    assert [found.id for found in page[0]] == ["3", "4"]
    assert page[1] is True
    assert collection.page(after="0", limit=2) is None
    assert len(collection.entries) == MOST_ENTRIES


def test_entries_of_a_full_collection_keep_names_of_their_own(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.state.collections.MOST_ENTRIES", 3)
    account = api.stranger()
    collection = opened(account)
    for _ in range(6):
        account.search("çay", collection_id=collection)

    assert len({entry["id"] for entry in walked(account, collection, 1)}) == 3
