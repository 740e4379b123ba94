"""Both official clients, blocking and waiting, use the Agent API of the server as they would the vendor's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import perplexity
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Caller, CallerOf, Server

BEES = "How do bees find their way home?"
LUNA = "openai/gpt-5.6-luna"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
}
NOWHERE = "resp_00000000-0000-0000-0000-000000000000"


class Client:
    """A vendor's client with the account of a test."""

    def __init__(self, caller: Caller, url: str, key: str) -> None:
        self._caller = caller
        self._options = {"base_url": url, "api_key": key}

    def ask(self, question: Callable[[Any], Any], **options: Any) -> Any:
        return self._caller.ask(question, **self._options, **options)

    def listen(self, question: Callable[[Any], Any], **options: Any) -> list[Any]:
        return self._caller.listen(question, **self._options, **options)

    def create(self, **fields: Any) -> Any:
        return self.ask(lambda client: client.responses.create(**fields))

    def until(self, name: str, status: str) -> Any:
        """Read a run until it has a status; each read is a request, and the server's clock goes on meanwhile."""
        for _ in range(2000):
            body = self.ask(lambda client: client.responses.retrieve(name))
            if body.status == status:
                return body
        raise AssertionError(f"{name} is {body.status}, not {status}")


@pytest.fixture
def vendor(caller: CallerOf, server: Server, key: str) -> Client:
    """The `perplexityai` client."""
    return Client(caller(perplexity.Perplexity, perplexity.AsyncPerplexity), server.url, key)


@pytest.fixture
def other(caller: CallerOf, server: Server, key: str) -> Client:
    """The `openai` client."""
    return Client(caller(openai.OpenAI, openai.AsyncOpenAI), f"{server.url}/v1", key)


# The vendor's own


def test_an_answer_has_the_types_of_the_vendors_client(vendor: Client) -> None:
    body = vendor.create(preset="fast", input=BEES)

    assert body.status == "completed"
    assert "[1]" in body.output_text
    assert [item.type for item in body.output] == ["search_results", "message"]
    assert [row.id for row in body.output[0].results] == list(range(1, 11))
    assert body.usage.cost.total_cost == pytest.approx(
        body.usage.cost.input_cost + body.usage.cost.output_cost + body.usage.cost.tool_calls_cost
        + (body.usage.cost.cache_creation_cost or 0) + (body.usage.cost.cache_read_cost or 0)
    )  # fmt: skip


def test_a_stream_has_the_types_of_the_vendors_client(vendor: Client) -> None:
    told = vendor.listen(lambda client: client.responses.create(preset="fast", input=BEES, stream=True))
    whole = vendor.create(preset="fast", input=BEES)

    assert (told[0].type, told[-1].type) == ("response.created", "response.completed")
    assert "".join(event.delta for event in told if event.type == "response.output_text.delta") == whole.output_text
    assert told[-1].response.output_text == whole.output_text


def test_a_function_goes_round_through_the_vendors_client(vendor: Client) -> None:
    first = vendor.create(model=LUNA, input="What is the weather in Paris?", tools=[WEATHER])
    [call] = first.output
    output = {"type": "function_call_output", "call_id": call.call_id, "output": '{"celsius": 21}'}

    second = vendor.create(model=LUNA, input=[output], tools=[WEATHER], previous_response_id=first.id)

    assert call.name == "get_weather"
    assert "21" in second.output_text


def test_a_background_run_is_read_by_the_vendors_client(vendor: Client) -> None:
    begun = vendor.create(preset="medium", input=BEES, background=True)

    assert begun.status == "queued"
    assert vendor.until(begun.id, "completed").output_text


def test_a_background_run_is_cancelled_by_the_vendors_client(vendor: Client) -> None:
    begun = vendor.create(preset="medium", input=BEES, background=True)

    cancelled = vendor.ask(lambda client: client.responses.cancel(begun.id))
    ended = vendor.until(begun.id, "cancelled")

    assert (cancelled.response_id, cancelled.status) == (begun.id, "cancelling")
    assert ended.error.message == "cancelled"
    with pytest.raises(perplexity.BadRequestError, match="already terminal"):
        vendor.ask(lambda client: client.responses.cancel(begun.id))


def test_files_are_listed_and_read_by_the_vendors_client(vendor: Client) -> None:
    body = vendor.create(preset="fast", input=BEES, tools=[{"type": "sandbox"}])

    files = vendor.ask(lambda client: client.responses.files.list(body.id)).data
    content = vendor.ask(lambda client: client.responses.files.content(files[0].id, response_id=body.id))

    assert files[0].filename == "answer.csv"
    assert content.status_code == 200


def test_a_stream_is_taken_up_by_the_vendors_client(vendor: Client) -> None:
    told = vendor.listen(lambda client: client.responses.create(preset="fast", input=BEES, stream=True))
    name = told[0].response.id

    rest = vendor.listen(lambda client: client.responses.retrieve(name, stream=True, starting_after=10))

    assert [event.sequence_number for event in rest] == [
        event.sequence_number for event in told if event.sequence_number > 10
    ]


def test_refusals_are_the_errors_of_the_vendors_client(vendor: Client) -> None:
    with pytest.raises(perplexity.NotFoundError, match="resource not found"):
        vendor.ask(lambda client: client.responses.retrieve(NOWHERE))
    with pytest.raises(perplexity.BadRequestError, match="max_output_tokens is required"):
        vendor.create(model="anthropic/claude-opus-5", input=BEES)
    with pytest.raises(perplexity.BadRequestError, match="unknown field") as caught:
        vendor.ask(lambda client: client.responses.create(preset="fast", input="a", extra_body={"top_k": 5}))
    assert caught.value.body["error"]["param"] == "top_k"


# OpenAI's


def test_an_answer_has_the_types_of_openais_client(other: Client) -> None:
    body = other.create(model=LUNA, input=BEES, tools=[{"type": "web_search"}])

    assert "[1]" in body.output_text
    assert body.usage.total_tokens == body.usage.input_tokens + body.usage.output_tokens
    assert body.output[-1].role == "assistant"


def test_a_stream_has_the_types_of_openais_client(other: Client) -> None:
    told = other.listen(lambda client: client.responses.create(model=LUNA, input=BEES, stream=True))
    whole = other.create(model=LUNA, input=BEES)

    assert told[-1].type == "response.completed"
    assert "".join(event.delta for event in told if event.type == "response.output_text.delta") == whole.output_text


def test_a_preset_goes_through_openais_client(other: Client) -> None:
    body = other.ask(lambda client: client.responses.create(input=BEES, extra_body={"preset": "low"}))

    assert "[web:" in body.output_text


def test_a_background_run_is_read_by_openais_client(other: Client) -> None:
    begun = other.create(model=LUNA, input=BEES, background=True)

    assert begun.status == "queued"
    assert other.until(begun.id, "completed").output_text


def test_a_run_is_cancelled_by_openais_client(other: Client) -> None:
    begun = other.create(model=LUNA, input=BEES, background=True)

    assert other.ask(lambda client: client.responses.cancel(begun.id)).status == "cancelling"


def test_a_chain_goes_on_through_openais_client(other: Client) -> None:
    first = other.create(model=LUNA, input=BEES)
    second = other.create(model=LUNA, input="Why?", previous_response_id=first.id)

    assert second.usage.input_tokens > first.usage.input_tokens


def test_refusals_are_the_errors_of_openais_client(other: Client) -> None:
    with pytest.raises(openai.BadRequestError, match='model "gpt-4" is not supported'):
        other.create(model="gpt-4", input=BEES)
    with pytest.raises(openai.NotFoundError):
        other.ask(lambda client: client.responses.retrieve(NOWHERE))
