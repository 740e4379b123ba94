"""The vendor's own client, blocking and waiting, finds the server as it would find the API."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import perplexity
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Caller, Server

    Question = Callable[[Any], Any]

CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}


@pytest.fixture
def asked(vendor: Caller, server: Server, key: str) -> Callable[..., Any]:
    """Ask with the account of this test; `options` are those of the client."""

    def ask(question: Question, **options: Any) -> Any:
        return vendor.ask(question, **{"base_url": server.url, "api_key": key, **options})

    return ask


def chat(client: Any, **fields: Any) -> Any:
    return client.chat.completions.create(**CHAT, **fields)


def search(client: Any, **fields: Any) -> Any:
    return client.search.create(**{"query": "bees", **fields})


def test_the_environment_alone_leads_the_client_here(
    vendor: Caller, server: Server, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERPLEXITY_BASE_URL", server.url)
    monkeypatch.setenv("PERPLEXITY_API_KEY", key)

    assert vendor.ask(chat).choices[0].message.content
    assert vendor.ask(search).results
    assert vendor.listen(lambda client: chat(client, stream=True))


def test_a_chat_has_the_types_of_the_client(asked: Callable[..., Any]) -> None:
    answer = asked(chat, _strict_response_validation=True)

    assert answer.model == "sonar"
    assert "[1]" in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.citations == [result.url for result in answer.search_results]
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.cost.total_cost > answer.usage.cost.request_cost > 0


def test_a_stream_says_what_the_chat_says(vendor: Caller, server: Server, key: str) -> None:
    options = {"base_url": server.url, "api_key": key}

    whole = vendor.ask(chat, **options)
    chunks = vendor.listen(lambda client: chat(client, stream=True), **options)

    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == whole.choices[0].message.content
    assert [chunk.object for chunk in chunks] == ["chat.completion.chunk"] * (len(chunks) - 1) + [
        "chat.completion.done"
    ]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage
    assert chunks[-1].citations == whole.citations


def test_a_concise_stream_shows_its_steps(vendor: Caller, server: Server, key: str) -> None:
    chunks = vendor.listen(
        lambda client: chat(client, stream=True, stream_mode="concise"), base_url=server.url, api_key=key
    )

    steps = chunks[0].choices[0].delta.reasoning_steps
    assert chunks[0].object == "chat.reasoning"
    assert steps[0].web_search.search_results


def test_a_research_stream_ends_at_its_sentinel(vendor: Caller, server: Server, key: str) -> None:
    body = {**CHAT, "model": "sonar-deep-research", "max_tokens": 20}

    chunks = vendor.listen(
        lambda client: client.chat.completions.create(**body, stream=True), base_url=server.url, api_key=key
    )

    assert chunks[-1].usage.num_search_queries > 0


def test_a_search_has_the_types_of_the_client(asked: Callable[..., Any]) -> None:
    answer = asked(lambda client: search(client, max_results=3), _strict_response_validation=True)

    assert len(answer.results) == 3
    assert all(result.snippet and result.url.startswith("https://") for result in answer.results)


@pytest.mark.filterwarnings("ignore:The `construct` method:DeprecationWarning")  # how the client reads lists of lists
def test_a_search_for_several_queries_has_a_list_for_each(asked: Callable[..., Any]) -> None:
    answer = asked(lambda client: search(client, query=["bees", "ocean currents"], max_results=2))

    assert [len(results) for results in answer.results] == [2, 2]
    assert "ocean" in answer.results[1][0].title.lower()


def test_embeddings_have_the_types_of_the_client(asked: Callable[..., Any]) -> None:
    answer = asked(
        lambda client: client.embeddings.create(input=["one", "two"], model="pplx-embed-v1-0.6b", dimensions=128),
        _strict_response_validation=True,
    )

    assert [item.index for item in answer.data] == [0, 1]
    assert [len(base64.b64decode(item.embedding)) for item in answer.data] == [128, 128]
    assert answer.usage.total_tokens > 0


def test_the_models_are_listed(asked: Callable[..., Any]) -> None:
    listed = asked(lambda client: client.models.list())

    assert {"sonar", "perplexity/sonar"} <= {model.id for model in listed.data}


def test_raw_answers_carry_the_headers(asked: Callable[..., Any]) -> None:
    first = asked(lambda client: client.search.with_raw_response.create(query="bees"))
    again = asked(lambda client: client.search.with_raw_response.create(query="bees"))

    assert first.status_code == 200
    assert first.headers["x-mock-edition"] == "complete"
    assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")
    assert first.headers["x-cache-id"] == again.headers["x-cache-id"]
    assert first.headers["x-request-id"] != again.headers["x-request-id"]


def test_a_missing_key_is_an_authentication_error(asked: Callable[..., Any]) -> None:
    with pytest.raises(perplexity.AuthenticationError) as caught:
        asked(lambda client: search(client, extra_headers={"Authorization": ""}))

    assert caught.value.body["error"]["type"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("account", "kind"), [("pplx-mock-invalid", "invalid_api_key"), ("pplx-mock-no-credit", "insufficient_quota")]
)
@pytest.mark.parametrize("question", [chat, search], ids=["chat", "search"])
def test_a_refused_key_is_an_authentication_error(
    asked: Callable[..., Any], account: str, kind: str, question: Question
) -> None:
    with pytest.raises(perplexity.AuthenticationError) as caught:
        asked(question, api_key=account)

    assert caught.value.body["error"]["type"] == kind


def test_an_unknown_model_is_a_bad_request(asked: Callable[..., Any]) -> None:
    with pytest.raises(perplexity.BadRequestError, match="Invalid model 'gpt-9'") as caught:
        asked(lambda client: client.chat.completions.create(**{**CHAT, "model": "gpt-9"}))

    assert caught.value.body["error"]["type"] == "invalid_model"


def test_a_stream_that_is_refused_is_a_bad_request(asked: Callable[..., Any]) -> None:
    with pytest.raises(perplexity.BadRequestError):
        asked(lambda client: client.chat.completions.create(**{**CHAT, "messages": []}, stream=True))


@pytest.mark.parametrize(
    "question",
    [
        lambda client: chat(client, extra_body={"collection_id": "nobody"}),
        lambda client: client.get("/nowhere", cast_to=object),
    ],
    ids=["a collection", "a path"],
)
def test_what_is_not_there_is_not_found(asked: Callable[..., Any], question: Question) -> None:
    with pytest.raises(perplexity.NotFoundError):
        asked(question)


def test_a_key_older_than_search_may_chat_but_not_search(asked: Callable[..., Any]) -> None:
    with pytest.raises(perplexity.APIStatusError) as caught:
        asked(search, api_key="pplx-mock-presearch")

    assert caught.value.status_code == 451
    assert caught.value.body["error"]["type"] == "api_key_created_before_search_api_cutoff"
    assert asked(chat, api_key="pplx-mock-presearch").choices


def test_a_client_can_rehearse_the_end_of_sonar(asked: Callable[..., Any]) -> None:
    with pytest.raises(perplexity.PermissionDeniedError, match="Sonar is now the Agent API"):
        asked(chat, default_headers={"X-Mock-Edition": "2026-10"})
