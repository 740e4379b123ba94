"""Runs against a server that is no fake: passed on, written down, paid from a budget, and nothing scripted."""

from __future__ import annotations

import asyncio
import socket
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import perplexity
import pytest

from mock_server.embedded import MockServer
from mock_server.embedded.budget import Budget
from mock_server.embedded.mock import TargetError
from mock_server.embedded.target import Target
from tests.conftest import chat_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mock_server.embedded import PerplexityMock

KEY = "pplx-" + "a" * 48
QUESTION = "How do bees find their way home?"


@pytest.fixture(scope="module")
def there() -> Iterator[MockServer]:
    """The other server: a fake that stands for the API."""
    with MockServer() as started:
        yield started


@pytest.fixture
def api(there: MockServer) -> Iterator[PerplexityMock]:
    with there.mock() as made:
        yield made


@pytest.fixture
def here(api: PerplexityMock) -> Iterator[Callable[..., PerplexityMock]]:
    """A maker of what a test gets, with a budget."""
    servers: list[MockServer] = []

    def make(requests: int = 100, cost: str = "1", url: str = "") -> PerplexityMock:
        target = Target(url or api.url, KEY, Budget(requests, Decimal(cost)))
        servers.append(MockServer(target=target).start())
        return servers[-1].mock()

    yield make
    for server in servers:
        server.stop()


def chat(mock: PerplexityMock, **fields: Any) -> Any:
    return mock.client(max_retries=0).chat.completions.create(**{**chat_body(QUESTION), **fields})


def test_requests_are_passed_on_and_answers_back(here: Callable[..., PerplexityMock], api: PerplexityMock) -> None:
    mock = here()

    answer = chat(mock)
    found = mock.client().search.create(query="bees")
    listed = mock.client().models.list()

    assert answer.citations
    assert found.results
    assert listed.data
    assert [call.path for call in api.calls] == [call.path for call in mock.calls]
    assert api.calls[0].json == mock.calls[0].json
    assert [call.operation for call in mock.calls] == ["create_chat_completion", "search", "list_models_v1"]


def test_a_stream_is_passed_on_as_it_comes(here: Callable[..., PerplexityMock], api: PerplexityMock) -> None:
    mock = here()
    api.clock.waits = "held"

    async def read() -> list[str]:
        options = {"extra_headers": {"x-mock-stream-pace": "ttft=0,tps=10"}}
        async with mock.async_client(max_retries=0) as client:
            stream = await client.chat.completions.create(**chat_body(QUESTION), stream=True, **options)
            first = await anext(aiter(stream))
            api.clock.advance(1000)
            return [first.id, *[chunk.object async for chunk in stream]]

    pieces = asyncio.run(read())

    assert len(pieces) > 20
    assert pieces[-1] == "chat.completion.done"
    assert mock.calls[0].complete
    assert mock.calls[0].streamed


def test_the_key_goes_there_and_stays_hidden_here(here: Callable[..., PerplexityMock], api: PerplexityMock) -> None:
    mock = here()
    chat(mock)

    assert api.calls[0].entry.asked.account != mock.calls[0].entry.asked.account
    assert mock.api_key.startswith("pplx-mock-test-")
    shown = f"{mock!r} {mock.calls!r} {mock.calls[0].headers} {mock._engine.target!r} {mock.environment()}"
    assert KEY not in shown


def test_refusals_come_back_as_they_are(here: Callable[..., PerplexityMock]) -> None:
    mock = here()

    with pytest.raises(perplexity.BadRequestError, match="Invalid model"):
        chat(mock, model="nope")
    with pytest.raises(perplexity.NotFoundError):
        mock.client(max_retries=0).get("/nowhere", cast_to=object)
    assert mock.cost == 0


def test_a_budget_of_requests_is_kept(here: Callable[..., PerplexityMock], api: PerplexityMock) -> None:
    mock = here(requests=2)
    chat(mock)
    chat(mock)

    with pytest.raises(perplexity.APIStatusError, match="2 of 2 requests") as caught:
        chat(mock)

    assert caught.value.status_code == 402
    assert len(api.calls) == 2


def test_a_budget_of_dollars_is_kept(here: Callable[..., PerplexityMock], api: PerplexityMock) -> None:
    mock = here(cost="0.012")
    for _ in range(3):
        chat(mock)

    with pytest.raises(perplexity.APIStatusError, match=r"0\.01\d+ of 0\.012 USD"):
        chat(mock)
    assert mock.cost == sum(call.cost for call in api.calls)


def test_a_search_is_paid_for_though_its_answer_says_no_price(here: Callable[..., PerplexityMock]) -> None:
    mock = here(cost="0.005")
    mock.client().search.create(query="bees")

    with pytest.raises(perplexity.APIStatusError, match=r"0\.005 of 0\.005 USD"):
        chat(mock)


def test_a_server_that_is_not_there_is_a_bad_gateway(here: Callable[..., PerplexityMock]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    mock = here(url=f"http://127.0.0.1:{port}")

    with pytest.raises(perplexity.InternalServerError, match="does not answer") as caught:
        chat(mock)
    assert caught.value.body["error"]["type"] == "target_unreachable"  # type: ignore[index]  # an envelope


def test_a_client_that_leaves_early_is_noted(here: Callable[..., PerplexityMock], api: PerplexityMock) -> None:
    mock = here()
    with httpx.stream(
        "POST",
        f"{mock.url}/chat/completions",
        json=chat_body(QUESTION, stream=True),
        headers={"authorization": "Bearer k", "x-mock-stream-pace": "tps=4"},
    ) as answer:
        next(answer.iter_bytes())

    assert mock.wait_for_call().entry.told.outcome == "gone"
    assert api.wait_for_call().entry.told.outcome == "gone"


@pytest.mark.parametrize(
    "script",
    [
        lambda mock: mock.when(),
        lambda mock: mock.fail(429),
        lambda mock: mock.limits("sonar=1/minute"),
        lambda mock: mock.clock.advance(1),
        lambda mock: mock.load("x"),
        lambda mock: setattr(mock, "edition", "2026-10"),
    ],
    ids=["when", "fail", "limits", "clock", "load", "edition"],
)
def test_what_scripts_answers_is_refused(
    here: Callable[..., PerplexityMock], script: Callable[[PerplexityMock], object]
) -> None:
    with pytest.raises(TargetError, match="scripts what the API does"):
        script(here())


def test_what_happened_there_can_be_recorded(
    here: Callable[..., PerplexityMock], there: MockServer, tmp_path: Any
) -> None:
    mock = here()
    answer = chat(mock)
    place = mock.record(tmp_path / "live.yaml")

    with there.mock() as offline:
        offline.load(place, strict=True)
        assert chat(offline) == answer
