"""The editions of one server, asked for by request or by its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from tests.e2e.conftest import RefusalOf, Serving

    Ask = Callable[[str], httpx.Client]

CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}
SONAR_IS_OVER = (
    b'{"error":{"message":"Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar. Migrate here: '
    b'https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview",'
    b'"type":"chat_completions_not_available","code":403}}'
)
DIRECTORY_ONLY: list[tuple[str, str, Any]] = [
    ("POST", "/chat/completions/stream", CHAT),
    ("GET", "/models", None),
    ("GET", "/models/sonar", None),
    ("GET", "/models/perplexity/sonar", None),
    ("POST", "/search/focus", {"query": "bees", "focus": "web"}),
    ("POST", "/search/domains", {"allow": []}),
    ("POST", "/citations/verify", {"text": "Bees dance.[1]", "citations": ["https://example.com/bees"]}),
    ("GET", "/usage", None),
    ("GET", "/account/limits", None),
    ("POST", "/embeddings", {"input": "bees", "model": "pplx-embed-v1-0.6b"}),
    ("DELETE", "/cache/cache_1", None),
    ("POST", "/collections", {"name": "Bees"}),
    ("GET", "/collections/col_1/history", None),
]


@pytest.fixture(scope="module")
def started_as(serving: Serving) -> Iterator[dict[str, Any]]:
    """Servers that were started as each edition."""
    with serving("--edition", "2026-07") as summer, serving("--edition", "2026-10") as autumn:
        yield {"2026-07": summer, "2026-10": autumn}


@pytest.fixture(params=["header", "option"])
def face(
    request: pytest.FixtureRequest, server: Any, started_as: dict[str, Any], key: str
) -> Iterator[Callable[[str], httpx.Client]]:
    """Clients of an edition: of the common server with a header, or of a server that was started as that edition."""
    clients = []

    def ask(name: str) -> httpx.Client:
        by_header = request.param == "header"
        clients.append(server.client(key, X_Mock_Edition=name) if by_header else started_as[name].client(key))
        return clients[-1]

    yield ask
    for client in clients:
        client.close()


@pytest.mark.parametrize("name", ["2026-07", "2026-10"])
@pytest.mark.parametrize(("method", "path", "body"), DIRECTORY_ONLY)
def test_what_only_directories_list_is_not_found(
    face: Ask, client: httpx.Client, name: str, method: str, path: str, body: Any
) -> None:
    answer = face(name).request(method, path, json=body)

    assert (answer.status_code, answer.content) == (404, b"")
    assert client.request(method, path, json=body).content


@pytest.mark.parametrize("name", ["2026-07", "2026-10"])
def test_what_is_not_there_is_not_found_without_a_key_too(face: Ask, name: str) -> None:
    assert face(name).get("/usage", headers={"authorization": ""}).status_code == 404


@pytest.mark.parametrize("model", ["sonar-small-chat", "sonar-reasoning", "r1-1776", "mixtral-8x7b-instruct"])
def test_a_retired_model_was_invalid_in_summer(
    face: Ask, client: httpx.Client, refusal_of: RefusalOf, model: str
) -> None:
    refused = refusal_of(face("2026-07").post("/chat/completions", json={**CHAT, "model": model}))

    assert (refused.status, refused.type) == (400, "invalid_model")
    assert f"'{model}'" in refused.message
    assert client.post("/chat/completions", json={**CHAT, "model": model}).status_code == 200


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar"])
def test_results_had_a_null_for_places_in_summer(face: Ask, client: httpx.Client, path: str) -> None:
    summer = face("2026-07").post(path, json=CHAT)

    assert summer.headers["x-mock-edition"] == "2026-07"
    assert summer.json()["search_results"]
    assert all(result["place_metadata"] is None for result in summer.json()["search_results"])
    assert not any("place_metadata" in result for result in client.post(path, json=CHAT).json()["search_results"])


def test_streams_had_the_null_for_places_too(face: Ask) -> None:
    said = face("2026-07").post("/chat/completions", json={**CHAT, "stream": True, "max_tokens": 16})

    assert b'"place_metadata":null' in said.content.split(b"\r\n\r\n")[0]


def test_reasoning_models_kept_their_thoughts_to_themselves_in_summer(face: Ask, client: httpx.Client) -> None:
    asked = {**CHAT, "model": "sonar-reasoning-pro"}

    summer, complete = (who.post("/chat/completions", json=asked).json() for who in (face("2026-07"), client))
    assert "<think>" not in summer["choices"][0]["message"]["content"]
    assert complete["choices"][0]["message"]["content"].startswith("<think>")


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("2026-07", "/chat/completions", CHAT),
        ("2026-07", "/search", {"query": "bees"}),
        ("2026-07", "/v1/search", {"query": "bees"}),
        ("2026-10", "/search", {"query": "bees"}),
    ],
)
def test_there_was_no_cache_to_see(face: Ask, client: httpx.Client, name: str, path: str, body: dict[str, Any]) -> None:
    answer = face(name).post(path, json=body)

    assert answer.status_code == 200
    assert not [header for header in answer.headers if header.startswith("x-cache")]
    assert answer.headers["x-request-id"] == answer.json()["id"]
    assert client.post(path, json=body).headers["x-cache"] == "MISS"


@pytest.mark.parametrize("collection", ["nobody", 5, None, {"a": []}])
def test_collections_were_ignored(face: Ask, client: httpx.Client, collection: Any) -> None:
    asked = {"query": "bees", "collection_id": collection}

    assert face("2026-07").post("/search", json=asked).status_code == 200
    assert face("2026-07").post("/chat/completions", json={**CHAT, "collection_id": collection}).status_code == 200
    assert client.post("/search", json=asked).status_code in {400, 404}


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b'{"model":"sonar","messages":[{"role":"user","content":"Bees?"}]}']
)
def test_sonar_is_over_in_autumn_whatever_is_asked(face: Ask, path: str, body: bytes) -> None:
    answer = face("2026-10").post(path, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 403
    assert answer.content == SONAR_IS_OVER
    assert answer.headers["content-type"] == "application/json"


def test_sonar_is_over_for_streams_too(face: Ask) -> None:
    answer = face("2026-10").post("/chat/completions", json={**CHAT, "stream": True})

    assert (answer.status_code, answer.content) == (403, SONAR_IS_OVER)


def test_a_key_is_asked_for_before_sonar_is_over(face: Ask, refusal_of: RefusalOf) -> None:
    answer = face("2026-10").post("/chat/completions", json=CHAT, headers={"authorization": ""})

    assert refusal_of(answer).status == 401


@pytest.mark.parametrize("name", ["2026-07", "2026-10"])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/embeddings", {"input": "bees", "model": "pplx-embed-v1-0.6b"}), ("/v1/search", {"query": "bees"})],
)
def test_what_the_vendor_still_serves_is_served(face: Ask, name: str, path: str, body: dict[str, Any]) -> None:
    assert face(name).post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("name", "served", "gone"),
    [
        ("2026-07", "perplexity/sonar", "sonar"),
        ("2026-10", "openai/gpt-6-luna", "sonar-pro"),
        ("complete", "sonar", "sonar-ultra"),
    ],
)
def test_each_edition_lists_its_models(client: httpx.Client, name: str, served: str, gone: str) -> None:
    rows = client.get("/v1/models", headers={"x-mock-edition": name}).json()["data"]

    names = {row["id"] for row in rows}
    assert served in names
    assert gone not in names


def test_an_edition_by_header_wins_over_the_one_of_the_start(started_as: dict[str, Any], key: str) -> None:
    with started_as["2026-10"].client(key, X_Mock_Edition="complete") as client:
        assert client.post("/chat/completions", json=CHAT).status_code == 200
        assert client.get("/usage").json()["total"]["requests"] == 1


def test_a_test_can_switch_in_mid_run_and_keeps_its_account(client: httpx.Client) -> None:
    for name, status in [("2026-07", 200), ("2026-10", 403), ("2026-07", 200)]:
        assert client.post("/chat/completions", json=CHAT, headers={"x-mock-edition": name}).status_code == status

    assert client.get("/usage").json()["total"]["requests"] == 2


@pytest.mark.parametrize("name", ["2027-01", "", "Complete", "../complete"])
@pytest.mark.parametrize("path", ["/search", "/chat/completions"])
def test_an_unknown_edition_is_refused_with_the_known_ones(
    client: httpx.Client, refusal_of: RefusalOf, path: str, name: str
) -> None:
    refused = refusal_of(client.post(path, json=CHAT, headers={"x-mock-edition": name}))

    assert (refused.status, refused.type) == (400, "invalid_request")
    assert f"'{name}'" in refused.message
    assert all(known in refused.message for known in ("complete", "2026-07", "2026-10"))


def test_the_contract_of_an_unknown_edition_is_refused_too(client: httpx.Client, refusal_of: RefusalOf) -> None:
    assert refusal_of(client.get("/openapi.json", headers={"x-mock-edition": "2027-01"})).status == 400


def test_health_says_which_editions_there_are(started_as: dict[str, Any]) -> None:
    for name, server in started_as.items():
        with server.client() as client:
            health = client.get("/__admin/health").json()
        assert (health["edition"], health["editions"]) == (name, ["complete", "2026-07", "2026-10"])
