"""Recordings: what happened is kept as a file of stubs, and happens again from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from mock_server.embedded import MockServer
from mock_server.embedded.recording import RecordError
from mock_server.errors import PplxMockError
from mock_server.stubs import files
from tests.conftest import chat_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.embedded import PerplexityMock

QUESTIONS: dict[str, tuple[str, Any]] = {
    "chat": ("/chat/completions", chat_body("How do bees find home?", temperature=0.3)),
    "stream": ("/chat/completions", chat_body("How do bees find home?", model="sonar-pro", stream=True)),
    "concise": ("/chat/completions", chat_body("Why is ice slippery?", stream=True, stream_mode="concise")),
    "research": ("/chat/completions", chat_body("Why?", model="sonar-deep-research", stream=True, max_tokens=16)),
    "search": ("/search", {"query": "bees", "max_results": 2}),
    "several": ("/search", {"query": ["bees", "wasps"], "max_results": 1}),
    "nested": ("/chat/completions", chat_body("Hi", web_search_options={"search_context_size": "high"})),
    "embeddings": ("/embeddings", {"input": ["a", "b"], "model": "pplx-embed-v1-0.6b", "dimensions": 128}),
    "refusal": ("/chat/completions", chat_body("Hi", messages=[])),
}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as started:
        yield started


@pytest.fixture
def mock(server: MockServer, tmp_path: Path) -> Iterator[PerplexityMock]:
    with server.mock() as made:
        made.folder = tmp_path / "stubs"
        yield made


def ask(mock: PerplexityMock, path: str, body: Any) -> httpx.Response:
    with httpx.Client(transport=mock.transport(), base_url="http://fake") as client:
        return client.post(path, json=body, headers={"authorization": f"Bearer {mock.api_key}"})


def said(answer: httpx.Response) -> Any:
    """An answer's JSON, or a stream's bytes; a number may be written in another way after it was kept."""
    return answer.content if "event-stream" in answer.headers["content-type"] else answer.json()


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_was_answered_is_answered_again(mock: PerplexityMock, name: str) -> None:
    path, body = QUESTIONS[name]
    before = ask(mock, path, body)
    mock.record("first")
    mock.reset()
    mock.load("first", strict=True)

    again = ask(mock, path, body)

    assert again.status_code == before.status_code
    assert said(again) == said(before)


def test_everything_at_once_is_kept_in_one_file(mock: PerplexityMock) -> None:
    asked = [question for name, question in QUESTIONS.items() if name != "refusal"]
    before = [said(ask(mock, *question)) for question in asked]
    mock.record("all")
    mock.reset()
    mock.load("all", strict=True)

    assert [said(ask(mock, *question)) for question in asked] == before
    assert all(call.stub.startswith("all.yaml#") for call in mock.calls)


def test_the_same_question_twice_is_a_sequence(mock: PerplexityMock) -> None:
    before = [ask(mock, *QUESTIONS["chat"]).json()["id"] for _ in range(3)]
    place = mock.record("thrice")
    mock.reset()
    mock.load("thrice")

    assert [ask(mock, *QUESTIONS["chat"]).json()["id"] for _ in range(3)] == before
    assert len(files.parse(place.read_text(), place.name)) == 1


def test_a_recording_is_the_same_each_time_and_reads_well(mock: PerplexityMock) -> None:
    texts = []
    for _ in range(2):
        mock.reset()
        ask(mock, *QUESTIONS["search"])
        texts.append(mock.record("search").read_text())

    assert texts[0] == texts[1]
    assert texts[0].splitlines()[:9] == [
        "# What was asked and answered, kept by pplx-mock: each request of this kind gets this answer again.",
        "stubs:",
        "  - when:",
        "      operation: search",
        "      last_user: bees",
        "      body:",
        "        $.max_results: 2",
        "    reply:",
        "      body:",
    ]


def test_other_questions_get_another_answer(mock: PerplexityMock) -> None:
    ask(mock, *QUESTIONS["chat"])
    mock.record("one")
    mock.reset()
    mock.load("one", strict=True)

    answer = ask(mock, "/chat/completions", chat_body("How do bees find home?", temperature=0.4))

    assert answer.json()["error"]["type"] == "no_stub_matched"
    assert "$.temperature" in answer.json()["error"]["message"]


def test_what_cannot_be_kept_is_noted(mock: PerplexityMock) -> None:
    ask(mock, *QUESTIONS["search"])
    ask(mock, "/nowhere", {})
    mock.fail(html="cloudflare-502")
    ask(mock, *QUESTIONS["search"])

    lines = mock.record("partly").read_text().splitlines()

    assert lines[1:3] == [
        "# Not kept: POST /nowhere, the contract has no such operation.",
        "# Not kept: POST /search, the answer, 502, has no JSON body.",
    ]


def test_an_answer_that_breaks_the_contract_is_kept_and_marked(mock: PerplexityMock) -> None:
    mock.fail(missing_key="usage.total_tokens")
    before = ask(mock, *QUESTIONS["chat"])
    assert "check: false" in mock.record("odd").read_text()
    mock.reset()
    mock.load("odd")

    assert ask(mock, *QUESTIONS["chat"]).content == before.content


def test_where_nothing_happened_nothing_is_kept(mock: PerplexityMock) -> None:
    with pytest.raises(RecordError, match="nothing was answered"):
        mock.record("nothing")


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../b", "", ".hidden", "a//b"])
def test_a_name_does_not_lead_out_of_the_folder(mock: PerplexityMock, name: str) -> None:
    ask(mock, *QUESTIONS["search"])

    with pytest.raises(RecordError, match="a recording is named with letters"):
        mock.record(name)


def test_a_place_that_cannot_be_written_is_named(mock: PerplexityMock, tmp_path: Path) -> None:
    ask(mock, *QUESTIONS["search"])
    (tmp_path / "file").touch()

    with pytest.raises(RecordError, match=r"file/bees\.yaml cannot be written: Not a directory|File exists"):
        mock.record(tmp_path / "file" / "bees.yaml")


def test_a_path_and_a_name_with_a_folder_are_places_too(mock: PerplexityMock, tmp_path: Path) -> None:
    ask(mock, *QUESTIONS["search"])

    assert mock.record(tmp_path / "x.yaml") == tmp_path / "x.yaml"
    assert mock.record("deep/er") == mock.folder / "deep" / "er.yaml"
    mock.load(tmp_path / "x.yaml")
    mock.load("deep/er.yaml")


def test_no_key_is_kept(mock: PerplexityMock) -> None:
    ask(mock, "/chat/completions", chat_body(f"my key is {mock.api_key}"))

    assert mock.api_key not in mock.record("keyed").read_text()


def test_a_file_that_is_not_there_is_named(mock: PerplexityMock) -> None:
    with pytest.raises(PplxMockError, match="nowhere"):
        mock.load("nowhere")
