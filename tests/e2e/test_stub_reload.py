"""Stubs of files in a real server: they are read again as they change, and official clients get what they say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import openai
import perplexity
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Run, Server, Serving

LONGEST = 20.0
ASKED: dict[str, Any] = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find home?"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stubs"
    made.mkdir()
    (made / "bees.yaml").write_text(saying("Bzz."))
    return made


def saying(text: str) -> str:
    return f"stubs:\n- id: bees\n  when: {{last_user: {{contains: bees}}}}\n  reply: {{text: {text}}}\n"


def said(server: Server) -> str:
    with server.client() as client:
        text: str = client.post("/chat/completions", json=ASKED).json()["choices"][0]["message"]["content"]
        return text


def until(happens: Callable[[], bool]) -> bool:
    """Wait for something that a server does in its own time."""
    end = time.monotonic() + LONGEST  # noqa: TID251  # another process has no clock that could be moved
    while not happens():
        if time.monotonic() > end:  # noqa: TID251
            return False
    return True


def test_a_change_is_taken_over_while_the_server_runs(serving: Serving, folder: Path) -> None:
    with serving("--stubs", str(folder)) as server:
        assert said(server) == "Bzz."
        (folder / "bees.yaml").write_text(saying("Hum."))
        assert until(lambda: said(server) == "Hum."), server.errors
        assert until(lambda: f"pplx-mock: stubs are read again: 1 from {folder}" in server.errors), server.errors


def test_a_wrong_file_is_told_by_its_line_and_leaves_the_stubs_as_they_were(serving: Serving, folder: Path) -> None:
    with serving("--stubs", str(folder)) as server:
        (folder / "bees.yaml").write_text("stubs:\n- id: bees\n  reply:\n    txt: Hum.\n")
        told = "bees.yaml, line 4: stub bees: reply.txt: there is no such field here. Did you mean 'text'?"
        assert until(lambda: told in server.errors), server.errors
        assert said(server) == "Bzz."
        (folder / "bees.yaml").write_text(saying("Hum."))
        assert until(lambda: said(server) == "Hum."), server.errors


def test_wrong_stubs_stop_the_start_with_file_line_and_field(run: Run, folder: Path) -> None:
    (folder / "bees.yaml").write_text("stubs:\n- id: bees\n  reply:\n    txt: Hum.\n")
    done = run("serve", "--port", "0", "--stubs", str(folder))
    assert done.returncode == 2
    assert done.stderr.startswith("pplx-mock: bees.yaml, line 4: stub bees: reply.txt: there is no such field here.")


def test_a_strict_server_tells_an_official_client_which_stub_came_nearest(serving: Serving, folder: Path) -> None:
    with (
        serving("--stubs", str(folder), "--strict") as server,
        perplexity.Perplexity(base_url=server.url, api_key="k") as client,
        pytest.raises(perplexity.NotFoundError, match="Nearest of 1 is stub bees") as caught,
    ):
        client.chat.completions.create(model="sonar", messages=[{"role": "user", "content": "What do wasps eat?"}])
    assert "no_stub_matched" in str(caught.value)


def test_official_clients_retry_through_a_sequence_to_the_scripted_text(serving: Serving, folder: Path) -> None:
    (folder / "bees.yaml").write_text(
        "stubs:\n- reply:\n    sequence:\n"
        "    - {status: 429, headers: {retry-after-ms: '1'}}\n"
        "    - {text: 'At last.[1]'}\n"
    )
    with serving("--stubs", str(folder)) as server:
        with perplexity.Perplexity(base_url=server.url, api_key="k", max_retries=1) as client:
            answer = client.chat.completions.create(**ASKED)
            assert answer.choices[0].message.content == "At last.[1]"
            assert len(answer.citations or []) == 1
        with openai.OpenAI(base_url=server.url, api_key="k", max_retries=0) as other:
            stream = other.chat.completions.create(**ASKED, stream=True)
            assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "At last.[1]"
