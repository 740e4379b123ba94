"""The same requests get the same bytes from another process on another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.e2e.conftest import Server, Serving

CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}
SHAPE = {
    "type": "object",
    "required": ["name", "metres"],
    "properties": {
        "name": {"type": "string"},
        "metres": {"type": "number", "minimum": 0},
        "tags": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 1, "uniqueItems": True},
    },
}
NARROW = {
    "search_domain_filter": ["-wikipedia.org", "-reddit.com"],
    "search_language_filter": ["de", "fr", "en"],
    "search_after_date_filter": "1/1/2019",
    "return_images": True,
    "return_related_questions": True,
    "web_search_options": {"search_context_size": "high", "user_location": {"country": "DE"}},
}
CHATS: list[tuple[str, dict[str, Any]]] = [
    ("/chat/completions", CHAT),
    ("/chat/completions", CHAT),
    ("/chat/completions", {**CHAT, "stream": True}),
    ("/chat/completions", {**CHAT, "stream": True, "stream_mode": "concise"}),
    ("/chat/completions", {**CHAT, **NARROW, "model": "sonar-pro"}),
    ("/chat/completions", {**CHAT, "model": "sonar-reasoning-pro", "stream": True, "max_tokens": 60}),
    ("/chat/completions", {**CHAT, "model": "sonar-deep-research", "stream": True, "max_tokens": 30}),
    ("/chat/completions", {**CHAT, "response_format": {"type": "json_schema", "json_schema": {"schema": SHAPE}}}),
    ("/chat/completions", {**CHAT, "response_format": {"type": "regex", "regex": {"regex": "[a-f]{3,8}-[0-9]+"}}}),
    (
        "/chat/completions",
        {"model": "sonar", "messages": [{"role": "user", "content": "Wie schlafen Bienen im Winter?"}]},
    ),
    ("/chat/completions/stream", CHAT),
    ("/v1/sonar", CHAT),
    ("/search", {"query": "quantum computing", "max_results": 20}),
    ("/search", {"query": ["renewable energy", "海洋"], "max_results": 3, "display_server_time": True}),
    ("/search", {"query": "bees", "country": "JP", "search_recency_filter": "year", "snippet_mode": "low"}),
    ("/search/focus", {"query": "sleep and memory", "focus": "academic"}),
    ("/search/domains", {"allow": [], "deny": ["example.org"]}),
    ("/citations/verify", {"text": "Bees dance.[1] They sleep.[2]", "citations": ["https://example.com/bees"]}),
    ("/embeddings", {"input": ["one", "two", "Füße"], "model": "pplx-embed-v1-0.6b"}),
    ("/v1/embeddings", {"input": "bees", "model": "pplx-embed-v1-4b", "encoding_format": "base64_binary"}),
]
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("/chat/completions", {**CHAT, "model": "gpt-9", "temperature": 3, "messages": []}),
    ("/embeddings", {"input": "bees", "model": "nobody"}),
    ("/search", {"query": "bees", "search_domain_filter": ["a.org", "-b.org"], "max_results": 99}),
]
READ = [
    "/models",
    "/v1/models",
    "/models/perplexity/sonar",
    "/models/nobody",
    "/usage",
    "/usage?group_by=model",
    "/usage?group_by=endpoint&start_date=2026-01-01",
    "/account/limits",
    "/__admin/health",
    "/openapi.json",
]
# The zone is spelt out, as a name means UTC where the system has no table of zones.
HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
THERE = {
    "PYTHONHASHSEED": "4242",
    "TZ": "NPT-5:45",
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "LANG": "tr_TR.ISO-8859-9",
}


def answers(client: httpx.Client) -> Iterator[httpx.Response]:
    """Ask every operation something; what is made is used, read and deleted."""
    for path, body in CHATS:
        yield client.post(path, json=body)
    made = client.post("/collections", json={"name": "Bees", "metadata": {"b": "1", "a": "2"}})
    yield made
    kept = {"collection_id": made.json()["id"]}
    yield client.post("/chat/completions", json={**CHAT, **kept})
    yield client.post("/search", json={"query": "bees", **kept})
    history = f"/collections/{made.json()['id']}/history"
    first = client.get(history, params={"limit": 1})
    yield first
    yield client.get(history, params={"cursor": first.json()["next_cursor"]})
    stored = client.post("/search", json={"query": "bees"})
    yield stored
    yield client.delete(f"/cache/{stored.headers['x-cache-id']}")
    for path, body in REFUSED:
        yield client.post(path, json=body)
    for path in READ:
        yield client.get(path)
    for edition in ("2026-07", "2026-10"):
        yield client.post("/chat/completions", json=CHAT, headers={"x-mock-edition": edition})
        yield client.get("/v1/models", headers={"x-mock-edition": edition})


def bytes_of(answer: httpx.Response) -> tuple[str, int, list[tuple[bytes, bytes]], bytes]:
    """All that an answer says, and the request that it is to."""
    return f"{answer.request.method} {answer.request.url.path}", answer.status_code, answer.headers.raw, answer.content


def test_the_same_requests_get_the_same_bytes_in_another_process(serving: Serving) -> None:
    with (
        serving(**HERE) as here,
        serving(**THERE) as there,
        here.client("somebody") as asking_here,
        there.client("somebody") as asking_there,
    ):
        pairs = [*zip(answers(asking_here), answers(asking_there), strict=True)]

        assert len(pairs) >= 25
        for one, other in pairs:
            assert bytes_of(one) == bytes_of(other)


def test_another_server_answers_without_what_the_first_one_was_asked(serving: Serving, server: Server) -> None:
    with serving() as fresh, fresh.client("nobody-before") as asking, server.client("nobody-before") as asking_used:
        assert bytes_of(asking.post("/search", json={"query": "ants"})) == bytes_of(
            asking_used.post("/search", json={"query": "ants"})
        )


def test_another_seed_makes_another_world(serving: Serving, client: httpx.Client) -> None:
    made_up = {"query": "the quorble of Vinzelmark", "max_results": 5}
    with serving("--seed", "7") as other, other.client() as asking:
        one, another = client.post("/search", json=made_up).json(), asking.post("/search", json=made_up).json()
        vectors = [
            who.post("/embeddings", json={"input": "bees", "model": "pplx-embed-v1-0.6b"}).json()["data"][0][
                "embedding"
            ]
            for who in (client, asking)
        ]

    assert one["id"] != another["id"]
    assert {page["url"] for page in one["results"]}.isdisjoint(page["url"] for page in another["results"])
    assert vectors[0] != vectors[1]


@pytest.mark.parametrize(
    ("path", "body"), [("/chat/completions", CHAT), ("/search", {"query": "bees"})], ids=["chat", "search"]
)
def test_repeats_differ_in_their_id_alone(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    said = [client.post(path, json=body).json() for _ in range(5)]

    assert len({answer.pop("id") for answer in said}) == 5
    assert all(answer == said[0] for answer in said)


def test_the_order_of_keys_and_the_way_of_sending_make_no_other_request(client: httpx.Client) -> None:
    plain = client.post("/chat/completions", json=CHAT)
    turned = client.post("/chat/completions", json=dict(reversed(CHAT.items())))
    streamed = client.post("/chat/completions", json={**CHAT, "stream": True})

    assert {answer.headers["x-cache-id"] for answer in (plain, turned, streamed)} == {plain.headers["x-cache-id"]}
    assert plain.json()["choices"] == turned.json()["choices"]


def test_accounts_see_the_same_world_and_not_each_others_state(server: Server, key: str) -> None:
    with server.client(f"{key}-a") as one, server.client(f"{key}-b") as other:
        first = one.post("/search", json={"query": "bees"})
        second = other.post("/search", json={"query": "bees"})
        usage = other.get("/usage").json()

    assert first.json()["results"] == second.json()["results"]
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("MISS", "MISS")
    assert usage["total"]["requests"] == 1
