"""`--validation lenient`: dummies of the right type are taken, as clients' own test suites send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.e2e.conftest import RefusalOf, Server, Serving

CHAT = {"model": "model", "messages": [{"role": "system", "content": "string"}]}
SONAR = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}


@pytest.fixture(scope="module")
def tolerant(serving: Serving) -> Iterator[Server]:
    with serving("--validation", "lenient") as started:
        yield started


@pytest.fixture
def dummies(tolerant: Server, key: str) -> Iterator[httpx.Client]:
    """A client of the lenient server."""
    with tolerant.client(key) as made:
        yield made


TAKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "an unknown model": ("/chat/completions", CHAT),
    "an unknown model, streamed": ("/chat/completions/stream", CHAT),
    "a system message alone": ("/chat/completions", {**SONAR, "messages": CHAT["messages"]}),
    "no tokens": ("/chat/completions", {**SONAR, "max_tokens": 0}),
    "a hot temperature": ("/chat/completions", {**SONAR, "temperature": 9000}),
    "an unknown collection": ("/chat/completions", {**SONAR, "collection_id": "collection_id"}),
    "dates that are none": (
        "/chat/completions",
        {**SONAR, "search_after_date_filter": "search_after_date_filter", "search_domain_filter": ["string"]},
    ),
    "unknown words": ("/chat/completions", {**SONAR, "search_mode": "mode", "reasoning_effort": "effort"}),
    "a far place": ("/chat/completions", {**SONAR, "web_search_options": {"user_location": {"latitude": 1000}}}),
    "no results": ("/search", {"query": "string", "max_results": 0}),
    "no content": ("/search", {"query": "string", "max_tokens": 0, "max_tokens_per_page": 0}),
    "a long country": ("/search", {"query": "string", "country": "country"}),
    "long languages": ("/search", {"query": "string", "search_language_filter": ["string"]}),
    "30 domains": ("/search", {"query": "string", "search_domain_filter": ["string"] * 30}),
    "all at once": (
        "/search",
        {
            "query": "string",
            "country": "country",
            "max_results": 0,
            "search_recency_filter": "eon",
            "search_before_date_filter": "never",
            "last_updated_after_filter": "12/25/2026",
        },
    ),
    "an unknown embedding model": ("/embeddings", {"input": "string", "model": "model"}),
    "no dimensions": ("/embeddings", {"input": "string", "model": "model", "dimensions": 0}),
}


@pytest.mark.parametrize(("path", "body"), TAKEN.values(), ids=TAKEN)
def test_what_is_of_the_right_type_is_taken(
    dummies: httpx.Client, client: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    assert dummies.post(path, json=body).status_code == 200
    assert client.post(path, json=body).status_code in {400, 404}, "the strict server takes it too"


def test_an_unknown_model_answers_under_its_own_name(dummies: httpx.Client) -> None:
    assert dummies.post("/chat/completions", json=CHAT).json()["model"] == "model"
    assert dummies.post("/embeddings", json={"input": "string", "model": "model"}).json()["model"] == "model"


def test_what_is_taken_is_answered_as_if_it_were_not_there(dummies: httpx.Client) -> None:
    with_dummy = dummies.post("/search", json={"query": "bees", "max_results": 0, "country": "country"})
    without = dummies.post("/search", json={"query": "bees"})

    assert with_dummy.json()["results"] == without.json()["results"]


def test_what_is_right_beside_a_dummy_still_counts(dummies: httpx.Client) -> None:
    answer = dummies.post("/search", json={"query": "bees", "max_results": 3, "country": "country"})

    assert len(answer.json()["results"]) == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/models/model_id"),
        ("GET", "/collections/collection_id/history"),
        ("DELETE", "/cache/cache_id"),
    ],
)
def test_an_id_that_nobody_made_is_known(dummies: httpx.Client, client: httpx.Client, method: str, path: str) -> None:
    assert dummies.request(method, path).status_code == 200
    assert client.request(method, path).status_code == 404


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a text for a number": ("/search", {"query": "string", "max_results": "5"}),
    "a number for a text": ("/search", {"query": 5}),
    "a number for a model": ("/chat/completions", {**CHAT, "model": 5}),
    "a truth for a number": ("/chat/completions", {**CHAT, "max_tokens": True}),
    "half a token": ("/chat/completions", {**CHAT, "max_tokens": 0.5}),
    "a text for messages": ("/chat/completions", {**CHAT, "messages": "string"}),
    "a number in a list of texts": ("/search", {"query": "string", "search_domain_filter": [5]}),
    "a wrong type beside a dummy": ("/search", {"query": "string", "country": "country", "max_results": "5"}),
    "no model": ("/chat/completions", {"messages": CHAT["messages"]}),
    "no query": ("/search", {"max_results": 0}),
    "no input": ("/embeddings", {"model": "model"}),
}


@pytest.mark.parametrize(("path", "body"), WRONG.values(), ids=WRONG)
def test_what_is_of_the_wrong_type_or_missing_is_refused(
    dummies: httpx.Client, refusal_of: RefusalOf, path: str, body: dict[str, Any]
) -> None:
    assert refusal_of(dummies.post(path, json=body)).status == 400


def test_what_is_no_json_is_refused(dummies: httpx.Client, refusal_of: RefusalOf) -> None:
    answer = dummies.post("/search", content=b'{"query":', headers={"content-type": "application/json"})

    assert refusal_of(answer).status == 400


def test_a_key_is_still_wanted(tolerant: Server, refusal_of: RefusalOf) -> None:
    with tolerant.client("pplx-mock-invalid") as stranger:
        assert refusal_of(stranger.post("/chat/completions", json=CHAT)).status == 401
