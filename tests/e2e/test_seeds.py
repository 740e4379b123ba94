"""The commands of the starting documents, as printed there, with nothing but the host replaced."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Bash, Server

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

HOST = "https://api.perplexity.ai"

DIRECTORY = r"""curl -X POST https://api.perplexity.ai/chat/completions \
-H "Authorization: Bearer pplx-your-api-key" \
-H "Content-Type: application/json" \
-d '{
"model": "sonar-small-chat",
"messages": [
{
"role": "system",
"content": "You are a helpful assistant."
},
{
"role": "user",
"content": "What are the latest developments in quantum computing?"
}
],
"max_tokens": 500,
"temperature": 0.7,
"return_citations": true
}'
"""

REFERENCE = r"""curl --request POST \
  --url https://api.perplexity.ai/search \
  --header 'Authorization: Bearer <token>' \
  --header 'Content-Type: application/json' \
  --data '
{
  "query": "<string>"
}
'
"""

DIRECT = r"""curl -X POST 'https://api.perplexity.ai/search' \
  -H 'Authorization: Bearer $PERPLEXITY_API_KEY' \
  -H 'Content-Type: application/json' \
  -d '{
    "query": "latest AI developments",
    "max_results": 3
  }' | jq
"""

STATUS = " -sS -w '%{stderr}%{http_code}'"


def said(bash: Bash, server: Server, command: str) -> dict[str, Any]:
    """Run a command against the server; returns the body of its 200."""
    if shutil.which("jq") is None:
        command = command.replace(" | jq", "")
    ended = bash(command.replace(HOST, server.url).replace("curl", "curl" + STATUS, 1))
    assert (ended.returncode, ended.stderr) == (0, "200")
    return json.loads(ended.stdout)


@pytest.mark.parametrize("command", [DIRECTORY, REFERENCE, DIRECT], ids=["directory", "reference", "direct"])
def test_a_command_runs_as_it_is_printed(bash: Bash, server: Server, command: str) -> None:
    ended = bash(command.replace(HOST, server.url))

    assert ended.returncode == 0
    assert "error" not in json.loads(ended.stdout)


def test_the_directorys_chat_is_answered_by_its_retired_model(bash: Bash, server: Server) -> None:
    answer = said(bash, server, DIRECTORY)

    assert answer["object"] == "chat.completion"
    assert answer["model"] == "sonar-small-chat"
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < usage["completion_tokens"] <= 500


def test_the_directorys_chat_cites_what_it_says(bash: Bash, server: Server) -> None:
    answer = said(bash, server, DIRECTORY)

    text = answer["choices"][0]["message"]["content"]
    markers = {int(number) for number in re.findall(r"\[(\d+)\]", text)}
    assert "quantum" in text.lower()
    assert markers == set(range(1, len(answer["citations"]) + 1))
    assert answer["citations"] == [result["url"] for result in answer["search_results"]]
    assert len(set(answer["citations"])) == len(answer["citations"]) > 0


def test_the_reference_pages_search_is_answered_in_its_shape(bash: Bash, server: Server) -> None:
    answer = said(bash, server, REFERENCE)

    assert sorted(answer) == ["id", "results", "server_time"]
    assert len(answer["results"]) == 10
    for result in answer["results"]:
        assert list(result) == ["title", "url", "snippet", "date", "last_updated"]
        assert all(isinstance(value, str) for value in result.values())


def test_the_direct_calls_search_finds_three_pages(bash: Bash, server: Server) -> None:
    answer = said(bash, server, DIRECT)

    assert len(answer["results"]) == 3
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer["id"])


def test_the_printed_greeting_can_be_pasted(bash: Bash, server: Server) -> None:
    pasted = next(line.strip() for line in server.hello.splitlines() if line.strip().startswith("curl "))

    assert json.loads(bash(pasted).stdout)["results"]
