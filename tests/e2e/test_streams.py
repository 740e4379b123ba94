"""Streams as bytes on the socket, and as readers of server-sent events see them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx_sse
import pytest

if TYPE_CHECKING:
    import httpx

QUESTION = [{"role": "user", "content": "How do bees find their way home?"}]
RESULTS = {"citations", "search_results"}


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "sonar", "messages": QUESTION, "stream": True, **fields}


def raw(client: httpx.Client, path: str = "/chat/completions", **fields: Any) -> bytes:
    """The bytes of a stream."""
    with client.stream("POST", path, json=body(**fields)) as answer:
        assert answer.status_code == 200
        return b"".join(answer.iter_raw())


def frames(client: httpx.Client, path: str = "/chat/completions", **fields: Any) -> list[dict[str, Any]]:
    """The payloads of a stream that has nothing but payloads."""
    events = raw(client, path, **fields).decode().split("\r\n\r\n")
    assert events.pop() == ""
    return [json.loads(event.removeprefix("data: ")) for event in events]


def text_of(said: list[dict[str, Any]]) -> str:
    return "".join(frame["choices"][0]["delta"]["content"] for frame in said)


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar", "/chat/completions/stream"])
def test_every_event_is_one_line_of_data_and_ends_with_two_line_ends(client: httpx.Client, path: str) -> None:
    said = raw(client, path)

    assert said.endswith(b"\r\n\r\n")
    for event in said.removesuffix(b"\r\n\r\n").split(b"\r\n\r\n"):
        assert event.startswith(b"data: {")
        assert not {ord("\r"), ord("\n")} & set(event)


def test_a_stream_says_what_it_is(client: httpx.Client) -> None:
    with client.stream("POST", "/chat/completions", json=body()) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert "content-length" not in answer.headers
        first = next(answer.iter_lines())

    assert json.loads(first.removeprefix("data: "))["id"] == answer.headers["x-request-id"]


def test_the_accept_header_decides_nothing(client: httpx.Client) -> None:
    streamed = client.post("/chat/completions", json=body(), headers={"accept": "application/json"})
    whole = client.post("/chat/completions", json=body(stream=False), headers={"accept": "text/event-stream"})

    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert whole.headers["content-type"] == "application/json"


@pytest.mark.parametrize("model", ["sonar", "sonar-pro", "sonar-reasoning-pro"])
def test_a_sonar_stream_has_no_sentinel(client: httpx.Client, model: str) -> None:
    assert b"[DONE]" not in raw(client, model=model, max_tokens=40)


@pytest.mark.parametrize("mode", ["full", "concise"])
@pytest.mark.parametrize("model", ["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-small-chat"])
def test_a_stream_says_what_the_plain_answer_says(client: httpx.Client, model: str, mode: str) -> None:
    whole = client.post("/chat/completions", json=body(model=model, stream=False)).json()
    events = raw(client, model=model, stream_mode=mode).decode().split("\r\n\r\n")
    said = [json.loads(event.removeprefix("data: ")) for event in events if event.startswith("data: ")]

    last = said[-1]
    assert text_of(said) == whole["choices"][0]["message"]["content"]
    assert last["object"] == "chat.completion.done"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["choices"][0]["message"]["content"] == text_of(said)
    assert last["usage"] == whole["usage"]
    assert last["citations"] == whole["citations"]
    assert last["search_results"] == whole["search_results"]


def test_a_full_stream_repeats_what_is_said_and_known(client: httpx.Client) -> None:
    *chunks, last = frames(client, max_tokens=30)

    assert len(chunks) == 30
    assert {frame["object"] for frame in chunks} == {"chat.completion.chunk"}
    assert {frame["id"] for frame in chunks} == {last["id"]}
    assert all(frame["citations"] == last["citations"] for frame in chunks)
    assert [frame["usage"]["completion_tokens"] for frame in chunks] == [*range(1, 31)]
    assert last["usage"]["completion_tokens"] == 30
    for number, frame in enumerate(chunks, 1):
        assert frame["choices"][0]["message"]["content"] == text_of(chunks[:number])
        assert frame["usage"]["cost"]["total_cost"] == 0


def test_a_concise_stream_goes_from_steps_to_text(client: httpx.Client) -> None:
    said = frames(client, stream_mode="concise")

    order = [name for name, after in pairwise([*(frame["object"] for frame in said), None]) if name != after]
    assert order == ["chat.reasoning", "chat.reasoning.done", "chat.completion.chunk", "chat.completion.done"]
    for frame in said:
        assert RESULTS.isdisjoint(frame) != frame["object"].endswith(".done")
        assert ("usage" in frame) == frame["object"].endswith(".done")


def test_deep_research_opens_with_a_ping_and_ends_with_a_sentinel(client: httpx.Client) -> None:
    said = raw(client, model="sonar-deep-research", max_tokens=20)

    assert re.match(rb": ping - \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\r\n\r\ndata: \{", said)
    assert said.endswith(b"\r\n\r\ndata: [DONE]\r\n\r\n")
    assert said.count(b": ping") == said.count(b"[DONE]") == 1


def test_a_reader_of_server_sent_events_reads_it(client: httpx.Client) -> None:
    whole = client.post("/chat/completions", json=body(stream=False)).json()
    with httpx_sse.connect_sse(client, "POST", "/chat/completions", json=body()) as source:
        events = [*source.iter_sse()]

    assert {event.event for event in events} == {"message"}
    assert text_of([event.json() for event in events]) == whole["choices"][0]["message"]["content"]


def test_a_reader_of_server_sent_events_hears_the_sentinel_and_not_the_ping(client: httpx.Client) -> None:
    asked = body(model="sonar-deep-research", max_tokens=20)
    with httpx_sse.connect_sse(client, "POST", "/chat/completions", json=asked) as source:
        *events, last = source.iter_sse()

    assert last.data == "[DONE]"
    assert events[0].json()["object"] == "chat.completion.chunk"


def test_citations_grow_as_the_text_reaches_them(client: httpx.Client) -> None:
    *chunks, last = frames(client, "/chat/completions/stream")

    known = [len(frame["citations"]) for frame in chunks]
    assert known == sorted(known)
    assert set(known) == set(range(len(last["citations"]) + 1))
    for frame in chunks:
        markers = re.findall(r"\[(\d+)\]", frame["choices"][0]["message"]["content"])
        assert len(frame["citations"]) == max(map(int, markers), default=0)
        assert frame["citations"] == [result["url"] for result in frame["search_results"]]
        assert frame["citations"] == last["citations"][: len(frame["citations"])]


@pytest.mark.parametrize("stream", [True, False, None])
def test_the_stream_path_streams_whatever_the_body_says(client: httpx.Client, stream: bool | None) -> None:  # noqa: FBT001
    assert frames(client, "/chat/completions/stream", stream=stream, max_tokens=20)


def test_a_stream_costs_what_it_says(client: httpx.Client) -> None:
    said = frames(client)

    total = client.get("/usage").json()["total"]
    assert total["cost"] == said[-1]["usage"]["cost"]["total_cost"]
    assert total["completion_tokens"] == said[-1]["usage"]["completion_tokens"]


def test_a_connection_is_kept_after_a_stream(client: httpx.Client) -> None:
    seen = set()
    for _ in range(3):
        with client.stream("POST", "/chat/completions", json=body(max_tokens=20)) as answer:
            answer.read()
            seen.add(answer.extensions["network_stream"].get_extra_info("client_addr"))

    assert len(seen) == 1
