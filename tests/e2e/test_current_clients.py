"""Every method of the vendor's own client finds what it asks for, blocking and waiting, plain, raw and streamed."""

from __future__ import annotations

import base64
import inspect
from typing import TYPE_CHECKING, Any

import perplexity
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Caller, Server, Serving

    Question = Callable[[Any], Any]

ASKED: Any = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}
MOST_POLLS = 100_000
CONTEXT = "pplx-embed-context-v1-0.6b"

ELSEWHERE = {"responses", "responses.files"}
"""Tried in the tests of the Agent API."""
NOT_SERVED = {"batches", "decisions", "files", "skills", "skills.revisions"}
"""Newer than what the fake knows."""

METHODS: dict[str, Question] = {
    "async_.chat.completions.create": lambda client: client.async_.chat.completions.create(request=ASKED),
    "async_.chat.completions.list": lambda client: client.async_.chat.completions.list(),
    "async_.chat.completions.get": lambda client: client.async_.chat.completions.get("{job}"),
    "browser.sessions.create": lambda client: client.browser.sessions.create(),
    "browser.sessions.delete": lambda client: client.browser.sessions.delete("{session}"),
    "chat.completions.create": lambda client: client.chat.completions.create(**ASKED),
    "contextualized_embeddings.create": lambda client: client.contextualized_embeddings.create(
        input=[["Bees dance.", "They find home."]], model=CONTEXT
    ),
    "embeddings.create": lambda client: client.embeddings.create(input=["bees"], model="pplx-embed-v1-4b"),
    "models.list": lambda client: client.models.list(),
    "search.create": lambda client: client.search.create(query="bees"),
}


def polled(fetch: Callable[[str], Any], job: Any) -> Any:
    """Fetch a job until it has ended; the fake's own clock says when, so that no test has to sleep."""
    return next(
        found for found in (fetch(job.id) for _ in range(MOST_POLLS)) if found.status in {"COMPLETED", "FAILED"}
    )


def methods_of(resource: Any, path: str = "") -> Iterator[str]:
    """The methods of a client's resources, by their paths."""
    for name in sorted(dir(type(resource))):
        if name.startswith(("_", "with_")) or (not path and name in {"base_url", "is_closed", "timeout", "qs"}):
            continue
        found = getattr(resource, name, None)
        if "Resource" in type(found).__name__:
            yield from methods_of(found, f"{path}{name}.")
        elif path and inspect.ismethod(found):
            yield f"{path}{name}"


@pytest.fixture
def asked(vendor: Caller, server: Server, key: str) -> Callable[..., Any]:
    """Ask with the account of this test, and be strict about what comes."""

    def ask(question: Question, **options: Any) -> Any:
        given = {"base_url": server.url, "api_key": key, "_strict_response_validation": True, **options}
        return vendor.ask(question, **given)

    return ask


@pytest.fixture
def made(asked: Callable[..., Any]) -> dict[str, str]:
    """What some methods ask for by its id."""
    job = asked(METHODS["async_.chat.completions.create"])
    session = asked(METHODS["browser.sessions.create"])
    return {"{job}": job.id, "{session}": session.session_id}


class Named:
    """A client in which the ids of this test stand for their names."""

    def __init__(self, client: Any, names: dict[str, str]) -> None:
        self._client, self._names = client, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return Named(found, self._names) if "Resource" in type(found).__name__ else self._method(found)

    def _method(self, method: Any) -> Any:
        return lambda *words, **fields: method(*(self._names.get(word, word) for word in words), **fields)


def test_every_method_of_the_client_is_tried_or_named_as_not_served() -> None:
    client = perplexity.Perplexity(api_key="x", base_url="http://127.0.0.1:1")
    found = set(methods_of(client))

    assert {method for method in found if method.rpartition(".")[0] not in ELSEWHERE | NOT_SERVED} == set(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_gets_an_answer_of_its_type(asked: Callable[..., Any], made: dict[str, str], method: str) -> None:
    answer = asked(lambda client: METHODS[method](Named(client, made)))

    assert (answer is None) is method.endswith(".delete")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_in_october_2026_answers_or_says_that_sonar_is_gone(
    asked: Callable[..., Any], made: dict[str, str], method: str
) -> None:
    def question(client: Any) -> Any:
        return METHODS[method](Named(client, made))

    options = {"default_headers": {"x-mock-edition": "2026-10"}}
    if "chat" in method:
        with pytest.raises(perplexity.PermissionDeniedError, match="Sonar is now the Agent API"):
            asked(question, **options)
    else:
        asked(question, **options)


def test_a_raw_answer_has_its_headers(vendor: Caller, server: Server, key: str) -> None:
    raw = vendor.ask(
        lambda client: client.chat.completions.with_raw_response.create(**ASKED), base_url=server.url, api_key=key
    )

    assert raw.headers["sunset"] == "Sun, 27 Sep 2026 00:00:00 GMT"
    assert raw.headers["deprecation"].startswith("@")
    assert "migrate-from-sonar" in raw.headers["link"]


def test_a_job_is_polled_until_it_is_completed_and_says_what_the_chat_says(asked: Callable[..., Any]) -> None:
    job = asked(lambda client: client.async_.chat.completions.create(request=ASKED, idempotency_key="once"))
    again = asked(lambda client: client.async_.chat.completions.create(request=ASKED, idempotency_key="once"))
    done = polled(lambda name: asked(lambda client: client.async_.chat.completions.get(name)), job)
    chat = asked(lambda client: client.chat.completions.create(**ASKED))

    assert again.id == job.id
    assert done.status == "COMPLETED"
    assert done.response.choices[0].message.content == chat.choices[0].message.content
    assert [row.id for row in asked(lambda client: client.async_.chat.completions.list()).requests] == [job.id]


def test_a_failed_job_says_why(serving: Serving) -> None:
    with serving() as server, perplexity.Perplexity(base_url=server.url, api_key="pplx-mock-failing-job") as client:
        job = client.async_.chat.completions.create(request=ASKED)
        done = polled(client.async_.chat.completions.get, job)

    assert (done.status, done.error_message, done.response) == ("FAILED", "Internal server error", None)


def test_a_job_that_is_not_there_is_not_found(asked: Callable[..., Any]) -> None:
    with pytest.raises(perplexity.NotFoundError):
        asked(lambda client: client.async_.chat.completions.get("nobody's"))


def test_the_pieces_of_a_document_have_vectors(asked: Callable[..., Any]) -> None:
    answer = asked(METHODS["contextualized_embeddings.create"])

    assert [len(base64.b64decode(entry.embedding)) for entry in answer.data[0].data] == [1024, 1024]
    assert answer.usage.cost.total_cost > 0


def test_a_session_is_stopped_once(asked: Callable[..., Any]) -> None:
    session = asked(METHODS["browser.sessions.create"])

    assert session.status == "running"
    asked(lambda client: client.browser.sessions.delete(session.session_id))
    with pytest.raises(perplexity.NotFoundError):
        asked(lambda client: client.browser.sessions.delete(session.session_id))


@pytest.mark.parametrize("mode", ["full", "concise"])
def test_a_stream_of_either_mode_ends_with_the_answer(vendor: Caller, server: Server, key: str, mode: str) -> None:
    chunks = vendor.listen(
        lambda client: client.chat.completions.create(**ASKED, stream=True, stream_mode=mode),
        base_url=server.url,
        api_key=key,
    )

    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said == chunks[-1].choices[0].message.content


def test_a_revoked_key_is_an_authentication_error(server: Server, key: str) -> None:
    with server.client(key) as client:
        token = client.post("/generate_auth_token").json()["auth_token"]
    with perplexity.Perplexity(base_url=server.url, api_key=token) as made, server.client(key) as client:
        assert made.search.create(query="bees").results
        assert client.post("/revoke_auth_token", json={"auth_token": token}).content == b""
        with pytest.raises(perplexity.AuthenticationError):
            made.search.create(query="bees")
    assert token not in server.errors


def test_a_server_takes_the_sides_that_it_is_told(serving: Serving) -> None:
    with (
        serving("--conflicts", "citations=removed,finish_reason=length") as server,
        perplexity.Perplexity(base_url=server.url, api_key="x") as client,
    ):
        answer = client.chat.completions.create(**ASKED, max_tokens=16)

    assert answer.citations is None
    assert answer.choices[0].finish_reason == "length"


def test_sides_may_come_from_the_environment(serving: Serving) -> None:
    with serving(PPLX_MOCK_CONFLICTS="models_auth=keyless") as server, server.client() as client:
        assert client.get("/v1/models", headers={"authorization": ""}).status_code == 401
        del client.headers["authorization"]
        assert client.get("/v1/models").status_code == 200
