"""Clients as their users have them, by their ordinary settings alone: they work, and their errors are those of live."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import openai
import perplexity
import pytest
import requests
from pydantic import BaseModel, Field

from mock_server.embedded import MockServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mock_server.embedded import PerplexityMock

QUESTION = "How do bees find their way home?"
CHAT: dict[str, Any] = {"model": "sonar", "messages": [{"role": "user", "content": QUESTION}]}


class Tower(BaseModel):
    """What a chat is asked for."""

    name: str
    metres: int = Field(ge=0, le=1000)


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as started:
        yield started


@pytest.fixture
def mock(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[PerplexityMock]:
    """A fake that the variables lead to, as they do in tests of the plugin's users."""
    with server.mock() as made:
        for name, value in made.environment(openai=True).items():
            monkeypatch.setenv(name, value)
        yield made


def headers(mock: PerplexityMock) -> dict[str, str]:
    return {"Authorization": f"Bearer {mock.api_key}"}


# perplexityai


def test_perplexityai(mock: PerplexityMock) -> None:
    with perplexity.Perplexity() as client:
        answer = client.chat.completions.create(**CHAT)
        found = client.search.create(query="bees", max_results=2)
        raw = client.search.with_raw_response.create(query="bees", max_results=2)
        chunks = [*client.chat.completions.create(**CHAT, stream=True)]

    assert "".join(str(chunk.choices[0].delta.content or "") for chunk in chunks) == answer.choices[0].message.content
    assert raw.parse().results == found.results
    assert raw.headers["x-cache"] == "HIT"
    assert [call.status for call in mock.calls] == [200] * 4


def test_perplexityai_asynchronously(mock: PerplexityMock) -> None:
    async def ask() -> list[Any]:
        async with perplexity.AsyncPerplexity() as client:
            stream = await client.chat.completions.create(**CHAT, stream=True)
            chunks = [chunk async for chunk in stream]
            both = await asyncio.gather(client.search.create(query="a"), client.search.create(query="b"))
            return [*chunks, *both]

    assert len(asyncio.run(ask())) > 20
    mock.calls.assert_called(times=3)


STATUSES: list[tuple[int, str]] = [
    (400, "BadRequestError"),
    (401, "AuthenticationError"),
    (403, "PermissionDeniedError"),
    (404, "NotFoundError"),
    (422, "UnprocessableEntityError"),
    (429, "RateLimitError"),
    (500, "InternalServerError"),
    (502, "InternalServerError"),
    (503, "InternalServerError"),
    (504, "InternalServerError"),
    (524, "InternalServerError"),
]
SDKS = pytest.mark.parametrize("sdk", [perplexity, openai], ids=["perplexityai", "openai"])


def make(sdk: Any, **options: Any) -> Any:
    return (sdk.Perplexity if sdk is perplexity else sdk.OpenAI)(**options)


def make_async(sdk: Any, **options: Any) -> Any:
    return (sdk.AsyncPerplexity if sdk is perplexity else sdk.AsyncOpenAI)(**options)


@SDKS
@pytest.mark.parametrize(("status", "name"), STATUSES)
def test_a_status_is_the_error_of_its_class(mock: PerplexityMock, sdk: Any, status: int, name: str) -> None:
    mock.fail(status)

    with make(sdk, max_retries=0) as client, pytest.raises(getattr(sdk, name)) as caught:
        client.chat.completions.create(**CHAT)

    assert type(caught.value) is getattr(sdk, name)
    assert caught.value.status_code == status
    assert mock.calls.one().status == status


@SDKS
@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_by_itself_an_sdk_asks_three_times(mock: PerplexityMock, sdk: Any, status: int) -> None:
    mock.fail(status, headers={"retry-after-ms": "1"})

    with make(sdk) as client, pytest.raises(sdk.APIStatusError):
        client.chat.completions.create(**CHAT)

    assert [call.headers["x-stainless-retry-count"] for call in mock.calls] == ["0", "1", "2"]


@SDKS
@pytest.mark.parametrize("what", ["status", "reset"])
def test_an_sdk_recovers_when_the_trouble_is_over(mock: PerplexityMock, sdk: Any, what: str) -> None:
    if what == "status":
        mock.fail(503, times=2, headers={"retry-after-ms": "1"})
    else:
        mock.fail("reset", times=1)

    with make(sdk) as client:
        assert client.chat.completions.create(**CHAT).choices[0].message.content
    assert mock.calls[-1].status == 200
    assert mock.verdict.ok


@SDKS
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_cannot_get_better_is_not_asked_again(mock: PerplexityMock, sdk: Any, status: int) -> None:
    mock.fail(status)

    with make(sdk) as client, pytest.raises(sdk.APIStatusError):
        client.chat.completions.create(**CHAT)

    mock.calls.assert_called(times=1)


@SDKS
@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"connection": "reset"}, "APIConnectionError"),
        ({"connection": "closed"}, "APIConnectionError"),
        ({"delay": 30}, "APITimeoutError"),
        ({"truncate": 0.5}, None),
    ],
)
@pytest.mark.parametrize("kind", ["blocking", "waiting"])
def test_broken_connections_are_errors_of_connections(
    mock: PerplexityMock, sdk: Any, wish: Any, error: str | None, kind: str
) -> None:
    mock.fail(**wish)
    expected = getattr(sdk, error) if error else (sdk.APIError, json.JSONDecodeError)

    async def wait() -> None:
        async with make_async(sdk, max_retries=0, timeout=0.4) as client:
            await client.chat.completions.create(**CHAT)

    def block() -> None:
        with make(sdk, max_retries=0, timeout=0.4) as client:
            client.chat.completions.create(**CHAT)

    with pytest.raises(expected):
        asyncio.run(wait()) if kind == "waiting" else block()


@SDKS
@pytest.mark.parametrize(
    ("fault", "errors"),
    [("reset@4", (httpx.HTTPError,)), ("stall=30@4", (httpx.TimeoutException,)), ("cut@4", (json.JSONDecodeError,))],
)
def test_broken_streams_break_in_the_hands_of_their_reader(
    mock: PerplexityMock, sdk: Any, fault: str, errors: tuple[type[Exception], ...]
) -> None:
    mock.fail(stream=fault)
    read: list[Any] = []

    with make(sdk, max_retries=0, timeout=0.5) as client:
        stream = client.chat.completions.create(**CHAT, stream=True)
        with pytest.raises(Exception) as caught:  # noqa: PT011  # each SDK has another HTTP library; see below
            read.extend(stream)

    assert read, "what came before the break was read"
    names = {base.__name__ for base in type(caught.value).__mro__}
    assert names & {"APIError", *(error.__name__ for error in errors)}, names


# openai


def test_openai(mock: PerplexityMock) -> None:
    with openai.OpenAI() as client:
        answer: Any = client.chat.completions.create(**CHAT)
        parsed = client.chat.completions.parse(**CHAT, response_format=Tower)
        chunks = [*client.chat.completions.create(**CHAT, stream=True)]
        listed = client.models.list()

    assert answer.citations
    assert isinstance(parsed.choices[0].message.parsed, Tower)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert listed.data
    assert mock.calls.one(including={"response_format": {"type": "json_schema"}}).complete


def test_openai_asynchronously(mock: PerplexityMock) -> None:
    async def ask() -> Any:
        async with openai.AsyncOpenAI() as client:
            parsed = await client.chat.completions.parse(**CHAT, response_format=Tower)
            stream = await client.chat.completions.create(**CHAT, stream=True)
            return parsed, [chunk async for chunk in stream]

    parsed, chunks = asyncio.run(ask())

    assert isinstance(parsed.choices[0].message.parsed, Tower)
    assert len(chunks) > 20
    assert len(mock.calls) == 2


# Plain HTTP


def by_httpx(mock: PerplexityMock) -> tuple[int, Any, int]:
    with httpx.Client(base_url=mock.url, headers=headers(mock)) as client:
        answer = client.post("/chat/completions", json=CHAT)
        with client.stream("POST", "/chat/completions", json={**CHAT, "stream": True}) as stream:
            lines = sum(line.startswith("data: ") for line in stream.iter_lines())
    return answer.status_code, answer.json(), lines


def by_requests(mock: PerplexityMock) -> tuple[int, Any, int]:
    with requests.Session() as session:
        session.headers.update(headers(mock))
        answer = session.post(f"{mock.url}/chat/completions", json=CHAT, timeout=10)
        with session.post(
            f"{mock.url}/chat/completions", json={**CHAT, "stream": True}, stream=True, timeout=10
        ) as stream:
            lines = sum(line.startswith(b"data: ") for line in stream.iter_lines())
    return answer.status_code, answer.json(), lines


def by_aiohttp(mock: PerplexityMock) -> tuple[int, Any, int]:
    async def ask() -> tuple[int, Any, int]:
        async with aiohttp.ClientSession(f"{mock.url}/", headers=headers(mock)) as session:
            async with session.post("chat/completions", json=CHAT) as answer:
                status, body = answer.status, await answer.json()
            async with session.post("chat/completions", json={**CHAT, "stream": True}) as stream:
                lines = [line async for line in stream.content if line.startswith(b"data: ")]
            return status, body, len(lines)

    return asyncio.run(ask())


def by_curl(mock: PerplexityMock) -> tuple[int, Any, int]:
    def curl(body: Any, *options: str) -> str:
        words = ["curl", "-sS", f"{mock.url}/chat/completions", "--json", json.dumps(body), *options]
        named = ["-H", f"Authorization: Bearer {mock.api_key}"]
        return subprocess.run([*words, *named], capture_output=True, text=True, check=True, timeout=20).stdout

    body, _, status = curl(CHAT, "-w", "\n%{http_code}").rpartition("\n")
    return int(status), json.loads(body), curl({**CHAT, "stream": True}, "-N").count("data: ")


PLAIN = pytest.mark.parametrize("ask", [by_httpx, by_requests, by_aiohttp, by_curl])


@PLAIN
def test_plain_clients(mock: PerplexityMock, ask: Callable[[PerplexityMock], tuple[int, Any, int]]) -> None:
    status, body, lines = ask(mock)

    assert status == 200
    assert body["citations"]
    assert lines > 20
    assert [call.streamed for call in mock.calls] == [False, True]
    assert mock.verdict.ok


@PLAIN
def test_plain_clients_see_refusals(
    mock: PerplexityMock, ask: Callable[[PerplexityMock], tuple[int, Any, int]]
) -> None:
    mock.fail(429)

    status, body, lines = ask(mock)

    assert (status, lines) == (429, 0)
    assert body["error"]["type"] == "request_rate_limit_exceeded"


def test_a_base_url_that_loses_its_path_is_found_by_the_key(mock: PerplexityMock, server: MockServer) -> None:
    async def ask() -> int:
        async with (
            aiohttp.ClientSession(server.url, headers=headers(mock)) as session,
            session.post("/search", json={"query": "bees"}) as answer,
        ):
            return answer.status

    assert asyncio.run(ask()) == 200
    mock.calls.one(path="/search")


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"connection": "reset"}, requests.ConnectionError),
        ({"delay": 30}, requests.ReadTimeout),
        ({"stream": "reset@4"}, requests.exceptions.ChunkedEncodingError),
    ],
)
def test_requests_sees_connections_break(mock: PerplexityMock, wish: Any, error: type[Exception]) -> None:
    mock.fail(**wish)

    with pytest.raises(error):
        requests.post(f"{mock.url}/chat/completions", json={**CHAT, "stream": True}, headers=headers(mock), timeout=0.4)
