"""What the terminal tells of a journal: `tail`, `verdict`, `coverage` and `cost`, of real servers and real clients."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import perplexity
import pytest

from mock_server.journal.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Run, Server

KEY = "a-long-test-key"


@pytest.fixture
def lane(server: Server, request: pytest.FixtureRequest) -> str:
    """The URL of a lane of one's own."""
    return f"{server.url}/n/{request.node.name.replace('[', '-').replace(']', '')}"


@pytest.fixture
def client(lane: str) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=lane, headers=headers, timeout=10, trust_env=False, verify=False) as made:
        yield made


@pytest.fixture
def official(lane: str) -> Iterator[perplexity.Perplexity]:
    with httpx.Client(trust_env=False, verify=False) as plain:
        yield perplexity.Perplexity(api_key=KEY, base_url=lane, http_client=plain, max_retries=2)


def spoil(client: httpx.Client, **fault: Any) -> None:
    answer = client.post("/__admin/faults", json=fault)
    assert answer.is_success, answer.text


def chat(client: httpx.Client, **fields: Any) -> httpx.Response:
    body = {"model": "sonar", "messages": [{"role": "user", "content": "hi"}], **fields}
    return client.post("/chat/completions", json=body)


# tail


def test_tail_follows_a_journal_line_by_line(client: httpx.Client, lane: str) -> None:
    client.get("/models")
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_server", "tail", "--url", lane],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert re.fullmatch(r" +1 200 GET /models +\d+\.\d ms +[\d.]+ KiB -\n", process.stdout.readline())
        chat(client, top_k=3)
        said = process.stdout.readline()
        assert re.fullmatch(
            r" +2 200 POST /chat/completions +\d+\.\d ms +[\d.]+ KiB sonar +0\.\d+ USD unknown=top_k\n", said
        ), said
        chat(client, stream=True)
        assert "full stream" in process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_tail_prints_whole_calls_as_json(client: httpx.Client, lane: str, run: Run) -> None:
    chat(client)
    client.get("/nowhere")

    ended = run("tail", "--once", "--json", "--url", lane)

    calls = [Record.model_validate_json(line) for line in ended.stdout.splitlines()]
    assert [(call.number, call.response.status) for call in calls] == [(1, 200), (2, 404)]
    assert json.loads(calls[0].request.body.text)["model"] == "sonar"
    assert KEY not in ended.stdout


def test_tail_begins_with_the_last_calls(client: httpx.Client, lane: str, run: Run) -> None:
    for _ in range(5):
        client.get("/models")

    assert run("tail", "--once", "--last", "2", "--url", lane).stdout.count("\n") == 2
    assert run("tail", "--once", "--last", "0", "--url", lane).stdout == ""


def test_tail_names_a_lane(client: httpx.Client, server: Server, lane: str, run: Run) -> None:
    client.get("/models")

    ended = run("tail", "--once", "--url", server.url, "--lane", lane.rpartition("/")[2])

    assert "GET /models" in ended.stdout


def test_tail_writes_nothing_that_moves_the_cursor(client: httpx.Client, lane: str, run: Run) -> None:
    chat(client, model="\x1b[2Jsonar")

    ended = run("tail", "--once", "--url", lane)

    assert "\x1b" not in ended.stdout
    assert "[2Jsonar" in ended.stdout


@pytest.mark.parametrize("command", ["tail", "verdict", "coverage", "cost"])
def test_without_a_server_each_says_what_to_do(run: Run, command: str) -> None:
    ended = run(command, "--url", "http://127.0.0.1:1")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "no server answers at http://127.0.0.1:1" in ended.stderr
    assert "start one with `pplx-mock serve`" in ended.stderr


def test_a_refusal_is_not_taken_for_the_end_of_the_server(run: Run) -> None:
    page = {"lane": "", "calls": [], "last": 0, "total": 0, "kept": 0}
    answers = [(200, json.dumps(page)), (500, json.dumps({"error": {"message": "Out of order."}}))]

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = answers.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as refusing, ThreadPoolExecutor() as pool:
        pool.submit(lambda: [refusing.handle_request() for _ in range(2)])
        ended = run("tail", "--url", f"http://127.0.0.1:{refusing.server_port}")

    assert ended.returncode == 2
    assert ended.stderr.endswith(" answered 500 for /__admin/journal: Out of order.\n")


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:99999", "ftp://127.0.0.1", "127.0.0.1:4010"])
def test_what_is_no_url_is_said_in_one_line(run: Run, url: str) -> None:
    ended = run("tail", "--url", url)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"pplx-mock: a URL such as http://127.0.0.1:4010 is wanted, got {url!r}\n"


def test_a_token_that_is_none_is_not_shown(run: Run) -> None:
    ended = run("tail", "--control-token", "of-the-house\n")

    assert ended.returncode == 2
    assert ended.stderr == "pplx-mock: control-token is of printable ASCII without spaces, and this one is not\n"


def test_a_base_url_that_is_none_is_left_alone(run: Run) -> None:
    ended = run("cost", PERPLEXITY_BASE_URL="http://[", PPLX_MOCK_PORT="1")

    assert "no server answers at http://127.0.0.1:1" in ended.stderr


def test_the_cost_holds_nothing_that_moves_the_cursor(client: httpx.Client, lane: str, run: Run) -> None:
    chat(client, model="\x1b[2Jsonar")

    assert "[2Jsonar" in (said := run("cost", "--url", lane).stdout)
    assert "\x1b" not in said


def test_the_live_api_is_never_asked(run: Run) -> None:
    ended = run("cost", PERPLEXITY_BASE_URL="https://api.perplexity.ai", PPLX_MOCK_PORT="1")

    assert "no server answers at http://127.0.0.1:1" in ended.stderr


def test_the_server_that_clients_are_told_of_is_asked(client: httpx.Client, lane: str, run: Run) -> None:
    client.get("/models")

    assert "GET /models" in run("tail", "--once", PERPLEXITY_BASE_URL=lane).stdout


# verdict


def test_the_official_client_retries_as_it_should(
    official: perplexity.Perplexity, client: httpx.Client, lane: str, run: Run
) -> None:
    spoil(client, path="/search", status=503, times=1)

    assert official.search.create(query="bees").results

    ended = run("verdict", "--url", lane)
    assert (ended.returncode, ended.stdout) == (0, "2 calls judged: nothing to say against the client\n")


def test_the_official_client_without_retries_gives_up(
    official: perplexity.Perplexity, client: httpx.Client, lane: str, run: Run
) -> None:
    spoil(client, path="/search", status=503)
    with pytest.raises(perplexity.InternalServerError):
        official.with_options(max_retries=0).search.create(query="bees")

    ended = run("verdict", "--url", lane)
    assert ended.returncode == 1
    assert "WARNING: gave-up" in ended.stdout


def test_a_retry_over_a_socket_is_told_by_its_body(client: httpx.Client, lane: str, run: Run) -> None:
    spoil(client, path="/search", status=429, headers={"retry-after": "5"}, times=1)
    client.post("/search", json={"query": "bees"})
    client.post("/search", json={"query": "bees"})

    ended = run("verdict", "--url", lane, "--json")

    (found,) = json.loads(ended.stdout)["findings"]
    assert (found["kind"], found["calls"]) == ("ignored-retry-after", [1, 2])


def test_a_client_that_leaves_a_stream_is_told_from_one_that_reads_it(client: httpx.Client) -> None:
    body = {"model": "sonar", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    with client.stream("POST", "/chat/completions", json=body, headers={"x-mock-stream-pace": "tps=20"}) as answer:
        next(answer.iter_lines())
    waited = client.get("/__admin/journal", params={"wait": 10})

    (call,) = waited.json()["calls"]
    assert (call["response"]["outcome"], call["end"]) == ("gone", "cut")


def test_what_is_only_suspected_can_be_left_out(client: httpx.Client, lane: str, run: Run) -> None:
    body = {"model": "sonar", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    client.post("/chat/completions", json=body, headers={"x-mock-stream-fault": "stop@3"})

    assert run("verdict", "--url", lane).returncode == 1
    assert run("verdict", "--url", lane, "--proven").returncode == 0


def test_a_pipe_that_nobody_reads_changes_nothing_of_the_exit_code(client: httpx.Client, lane: str) -> None:
    spoil(client, path="/search", status=503)
    client.post("/search", json={"query": "bees"})
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [sys.executable, "-m", "mock_server", "verdict", "--url", lane],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.parametrize("command", ["verdict", "coverage"])
def test_no_calls_are_no_success(lane: str, run: Run, command: str) -> None:
    ended = run(command, "--url", lane)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there are no calls" in ended.stderr


# coverage and cost


def test_coverage_fails_below_a_threshold(client: httpx.Client, lane: str, run: Run) -> None:
    chat(client)

    below, above = (run("coverage", "--url", lane, "--threshold", share) for share in ("50", "0.5"))
    assert (below.returncode, above.returncode) == (1, 0)
    assert "is below the threshold of 50 %" in below.stderr
    assert run("coverage", "--url", lane, "--threshold", "101").returncode == 2


def test_saved_calls_tell_what_the_server_tells(client: httpx.Client, lane: str, run: Run, tmp_path: Path) -> None:
    chat(client, top_k=1)
    client.post("/search", json={"query": "bees"})
    har = tmp_path / "calls.har"
    har.write_bytes(client.get("/__admin/journal/har").content)
    lines = tmp_path / "calls.json"
    lines.write_text(run("tail", "--once", "--json", "--url", lane).stdout, encoding="utf-8")

    for command in (["verdict"], ["coverage", "--missing"], ["cost", "--each"], ["cost", "--json"]):
        live, *read = [run(*command, *source) for source in (["--url", lane], [str(har)], [str(lines)])]
        assert live.stdout
        for ended in read:
            assert (ended.returncode, ended.stdout) == (live.returncode, live.stdout), command


def test_the_cost_of_a_run_is_told(client: httpx.Client, lane: str, run: Run) -> None:
    client.post("/search", json={"query": "bees"})

    said = run("cost", "--url", lane).stdout
    assert said.endswith("\n0.005 USD for 1 billed of 1 call; prices of 2026-10-09\n")
