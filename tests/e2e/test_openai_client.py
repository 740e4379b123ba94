"""The `openai` client, blocking and waiting, told another base URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Caller, CallerOf, Server

CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}


class Tower(BaseModel):
    """What a chat is asked for."""

    name: str
    metres: int = Field(ge=0, le=1000)
    built_of: list[str] = Field(min_length=1)


@pytest.fixture
def vendor(caller: CallerOf) -> Caller:
    return caller(openai.OpenAI, openai.AsyncOpenAI)


@pytest.fixture
def asked(vendor: Caller, server: Server, key: str) -> Callable[..., Any]:
    """Ask with the account of this test; `options` are those of the client."""

    def ask(question: Callable[[Any], Any], **options: Any) -> Any:
        return vendor.ask(question, **{"base_url": server.url, "api_key": key, **options})

    return ask


def chat(client: Any, **fields: Any) -> Any:
    return client.chat.completions.create(**{**CHAT, **fields})


def test_the_environment_alone_leads_the_client_here(
    vendor: Caller, server: Server, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", key)

    assert vendor.ask(chat).choices[0].message.content
    assert vendor.listen(lambda client: chat(client, stream=True))
    assert vendor.ask(lambda client: client.models.list()).data


def test_a_chat_has_the_types_of_the_client(asked: Callable[..., Any]) -> None:
    answer = asked(chat, _strict_response_validation=True)

    assert answer.object == "chat.completion"
    assert answer.choices[0].finish_reason == "stop"
    assert "[1]" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.citations == [result["url"] for result in answer.search_results]


def test_a_stream_says_what_the_chat_says(vendor: Caller, server: Server, key: str) -> None:
    options = {"base_url": server.url, "api_key": key}

    whole = vendor.ask(chat, **options)
    chunks = vendor.listen(lambda client: chat(client, stream=True), **options)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage


def test_the_stream_helper_gathers_the_text(server: Server, key: str) -> None:
    with openai.OpenAI(base_url=server.url, api_key=key, max_retries=0) as client:
        whole = chat(client)
        with client.chat.completions.stream(**CHAT) as stream:
            said = stream.get_final_completion()

    assert said.choices[0].message.content == whole.choices[0].message.content


def test_the_models_are_listed(asked: Callable[..., Any]) -> None:
    listed = asked(lambda client: client.models.list(), _strict_response_validation=True)

    assert {"sonar", "perplexity/sonar"} <= {model.id for model in listed.data}


@pytest.mark.parametrize("name", ["sonar-small-chat", "perplexity/sonar"])
def test_a_model_is_retrieved_also_with_a_slash_in_its_id(asked: Callable[..., Any], name: str) -> None:
    model = asked(lambda client: client.models.retrieve(name), _strict_response_validation=True)

    assert model.id == name
    assert model.owned_by == "perplexity"


def test_a_structured_answer_is_parsed(asked: Callable[..., Any]) -> None:
    answer = asked(lambda client: client.chat.completions.parse(**CHAT, response_format=Tower))

    assert isinstance(answer.choices[0].message.parsed, Tower)


def test_raw_answers_carry_the_headers(asked: Callable[..., Any]) -> None:
    raw = asked(lambda client: client.chat.completions.with_raw_response.create(**CHAT))

    assert raw.headers["x-request-id"] == raw.parse().id
    assert raw.headers["x-cache"] == "MISS"


def test_a_missing_key_is_an_authentication_error(asked: Callable[..., Any]) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        asked(lambda client: chat(client, extra_headers={"Authorization": ""}))

    assert caught.value.type == "invalid_api_key"


def test_a_refused_key_is_an_authentication_error(asked: Callable[..., Any]) -> None:
    with pytest.raises(openai.AuthenticationError, match="Invalid API key provided"):
        asked(lambda client: client.models.list(), api_key="pplx-mock-invalid")


def test_an_unknown_model_is_a_bad_request(asked: Callable[..., Any]) -> None:
    with pytest.raises(openai.BadRequestError, match="Invalid model 'gpt-9'") as caught:
        asked(lambda client: chat(client, model="gpt-9"))

    assert caught.value.type == "invalid_model"
    assert caught.value.body["code"] == 400


def test_an_encoding_that_is_not_offered_is_a_bad_request(asked: Callable[..., Any]) -> None:
    with pytest.raises(openai.BadRequestError, match="encoding_format"):
        asked(lambda client: client.embeddings.create(model="pplx-embed-v1-4b", input="bees"))


@pytest.mark.parametrize(
    "question",
    [lambda client: client.models.retrieve("nobody"), lambda client: client.responses.create(input="bees")],
    ids=["a model", "a path"],
)
def test_what_is_not_there_is_not_found(asked: Callable[..., Any], question: Callable[[Any], Any]) -> None:
    with pytest.raises(openai.NotFoundError):
        asked(question)


def test_a_client_can_rehearse_the_end_of_sonar(asked: Callable[..., Any]) -> None:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        asked(chat, default_headers={"X-Mock-Edition": "2026-10"})

    assert caught.value.type == "chat_completions_not_available"
