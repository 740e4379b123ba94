"""`pplx-mock serve`: how it starts, what it may be told, how it stops."""

from __future__ import annotations

import json
import re
import signal
import socket
import statistics
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mock_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Run, Server, Serving

HERE = Path(__file__).parent
CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}
NO_TURNS = {**CHAT, "messages": [*CHAT["messages"], *CHAT["messages"]]}


def request(body: dict[str, object], path: str = "/chat/completions", *, missing: int = 0) -> bytes:
    """A POST as bytes, the last `missing` of which are kept back."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: fake\r\nauthorization: Bearer somebody\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content[: len(content) - missing]


def test_the_first_line_says_the_address_and_the_server_answers_there(server: Server) -> None:
    first = server.hello.splitlines()[0]

    assert re.fullmatch(r"pplx-mock is ready: http://127\.0\.0\.1:\d+", first)
    with server.client() as client:
        assert client.get("/__admin/health").json()["status"] == "ok"


def test_the_greeting_says_how_to_lead_clients_here(server: Server) -> None:
    assert f"PERPLEXITY_BASE_URL={server.url}" in server.hello
    assert f"OPENAI_BASE_URL={server.url}" in server.hello
    assert server.hello.count("ready") == 1


def test_the_first_line_stays_the_address_however_much_is_logged(serving: Serving) -> None:
    with serving("--log-level", "debug") as talkative, talkative.client() as client:
        assert client.get("/__admin/health").is_success


@pytest.mark.parametrize("path", ["/search?api_key={key}&q={key}", "/models/{key}"])
def test_the_log_of_requests_shows_no_key(serving: Serving, path: str) -> None:
    key = "pplx-" + 12 * "Key1"
    with serving("--log-level", "info") as talkative:
        with talkative.client() as client:
            client.get(path.format(key=key))
        talkative.stop()

        assert talkative.process.stdout is not None
        logged = talkative.process.stdout.read() + talkative.errors
        assert f"GET {path.partition('?')[0].format(key='sha256:')}" in logged
        assert key not in logged


def test_a_server_that_nobody_disturbs_says_nothing_more(serving: Serving) -> None:
    with serving() as quiet:
        with quiet.client() as client:
            assert client.post("/search", json={"query": "bees"}).is_success
            assert client.get("/nowhere").status_code == 404
            assert client.post("/search", json={}).status_code == 400
        quiet.stop()

        assert quiet.errors == ""
        assert quiet.process.stdout is not None
        assert quiet.process.stdout.read() == ""


def test_free_ports_differ(serving: Serving, server: Server) -> None:
    with serving() as other:
        assert other.port not in {0, server.port}


def test_a_port_in_use_is_said_in_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("serve", "--port", str(taken.getsockname()[1]))

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert re.fullmatch(
        r"pplx-mock: cannot listen on 127\.0\.0\.1 port \d+: .*in use; --port 0 takes a free one\n", ended.stderr
    )


def test_a_port_is_free_again_at_once(serving: Serving) -> None:
    with serving() as first, first.client() as client:
        assert client.get("/__admin/health").is_success
        port = str(first.port)
        first.stop()
        with serving(port=port) as second, second.client() as other:
            assert other.get("/__admin/health").is_success


HEALTH = b"GET /__admin/health HTTP/1.1\r\nhost: localhost\r\n\r\n"


def an_idle_connection(connection: socket.socket) -> None:
    """Leave a connection open after an answer."""
    connection.sendall(HEALTH)
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def a_request_cut_short(connection: socket.socket) -> None:
    """Leave the server waiting for the end of a body; that it has the beginning shows in the answer before."""
    connection.sendall(HEALTH + request(CHAT, missing=10))
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def a_stream_that_nobody_reads(connection: socket.socket, **fields: object) -> None:
    """Leave a stream, longer than buffers are, after its first bytes."""
    connection.sendall(request({**CHAT, "model": "sonar-deep-research", "stream": True, **fields}))
    assert connection.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("ending", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
@pytest.mark.parametrize("company", [an_idle_connection, a_request_cut_short, a_stream_that_nobody_reads])
def test_a_signal_stops_it_within_a_second(
    serving: Serving, company: Callable[[socket.socket], None], ending: signal.Signals, status: int
) -> None:
    with serving() as stopping, stopping.connect() as connection:
        company(connection)
        start = time.perf_counter()

        assert stopping.stop(ending) == status
        assert time.perf_counter() - start < 1
        assert stopping.errors == ""


def test_a_stream_under_way_is_finished_before_the_server_stops(serving: Serving) -> None:
    with serving() as stopping, stopping.connect() as connection:
        a_stream_that_nobody_reads(connection, max_tokens=600)
        stopping.process.send_signal(signal.SIGTERM)
        said = b"".join(iter(lambda: connection.recv(1_048_576), b""))

        assert said.endswith(b"data: [DONE]\r\n\r\n\r\n0\r\n\r\n")


@pytest.mark.parametrize("body", [{"query": "bees", "max_results": 1}, {**CHAT, "stream": True, "max_tokens": 16}])
def test_a_round_trip_on_a_kept_connection_takes_no_forty_milliseconds(server: Server, body: dict[str, object]) -> None:
    """Where Nagle's algorithm is on, each takes 40 ms or more."""
    asked = request(body, "/search" if "query" in body else "/chat/completions")
    end = b"}" if "query" in body else b"\r\n0\r\n\r\n"
    times = []
    with server.connect() as connection:
        for _ in range(30):
            start = time.perf_counter()
            connection.sendall(asked)
            said = b""
            while not said.endswith(end) or said.count(b"{") != said.count(b"}"):
                said += connection.recv(65_536)
            times.append(time.perf_counter() - start)

    assert statistics.median(times) < 0.020


def test_another_host_than_this_machine_is_warned_of(serving: Serving) -> None:
    with serving("--host", "0.0.0.0") as open_to_all:
        assert open_to_all.errors.startswith("pplx-mock: warning: 0.0.0.0 can be reached from other machines")
        assert open_to_all.errors.count("\n") == 1


def test_this_machine_by_name_is_not_warned_of(serving: Serving) -> None:
    with serving("--host", "localhost") as closed, closed.client() as client:
        assert client.get("/__admin/health").is_success
        assert closed.errors == ""


SETTINGS = {
    "host": "127.0.0.2",
    "port": "0",
    "seed": "12",
    "edition": "2026-07",
    "validation": "lenient",
    "rules_off": "PPLX-R-MESSAGES-ALTERNATE, PPLX-R-MESSAGES-LAST",
    "log_level": "error",
    "stream_grammar": "2025-09",
    "stream_fault": "doubled@1, done",
    "ttft": "0.02",
    "tokens_per_second": "2000",
    "jitter": "0.5",
    "tier": "1",
    "limit": "create_embeddings=1/day; search=7/second,burst=5",
    "retry_after": "true",
    "credit": "1.5",
    "quota": "100",
    "control_token": "s3cret",
    "conflicts": "auth_error=forbidden",
    "journal_entries": "3",
    "scenario": "empty-citations-or-results-with-200",
    "stubs": str(HERE / "settings" / "stubs.yaml"),
    "faults": str(HERE / "settings" / "faults.yaml"),
    "strict": "true",
}


FLAGS = {"true"}
"""What an option says by being there."""


def as_option(name: str) -> str:
    return name.replace("_", "-")


def assert_all_settings_hold(server: Server) -> None:
    """Each setting in `SETTINGS` shows in what a server does."""
    assert server.url.startswith("http://127.0.0.2:")
    assert "Edition 2026-07, seed 12." in server.hello
    with server.client() as client:
        found = client.post("/search", json={"query": "bees", "max_results": 0})
        answer = client.post("/chat/completions", json={**NO_TURNS, "stream": True, "max_tokens": 16})
    assert answer.headers["x-mock-edition"] == "2026-07"
    *said, ending, nothing = answer.text.split("\r\n\r\n")
    frames = [json.loads(event.removeprefix("data: ")) for event in said]
    assert (ending, nothing) == ("data: [DONE]", "")
    assert len(frames) == 16 + 1 + 1
    assert frames[1] == frames[2]
    assert {frame["object"] for frame in frames} == {"chat.completion"}
    assert found.json()["results"] == []
    assert found.json()["results"] == []
    assert_limits_hold(server)
    assert_gates_hold(server)
    with server.client("s3cret") as right, server.client("wrong") as wrong:
        assert [client.get("/__admin/seed").status_code for client in (right, wrong)] == [200, 401]
        assert len(right.get("/__admin/journal").json()["calls"]) == 3


def assert_gates_hold(server: Server) -> None:
    with server.client("a third", x_mock_edition="complete") as client:
        broken, unmatched = client.get("/models"), client.get("/usage")
        keyless = client.get("/models", headers={"authorization": ""})
    assert broken.status_code == 503
    assert (unmatched.status_code, unmatched.json()["error"]["type"]) == (404, "no_stub_matched")
    assert keyless.json()["error"]["type"] == "forbidden"


def assert_limits_hold(server: Server) -> None:
    with server.client("another", x_mock_edition="complete") as client:
        report = client.get("/account/limits").json()
        embedded = [client.post("/embeddings", json={"input": "a", "model": "pplx-embed-v1-4b"}) for _ in range(2)]
    limits = {limit["name"]: (limit["limit"], limit["burst"]) for limit in report["limits"]}
    assert (report["tier"], report["credit"]["granted"], report["quota"]["limit"]) == (1, 1.5, 100)
    assert (limits["sonar"], limits["create_embeddings"], limits["search"]) == ((150, 150), (1, 1), (7, 5))
    assert [answer.status_code for answer in embedded] == [200, 429]
    assert 86_000 < int(embedded[1].headers["retry-after"]) <= 86_400


def test_every_setting_is_known_here() -> None:
    assert SETTINGS.keys() == {field.name for field in fields(Settings)}


def test_every_setting_is_an_option(serving: Serving) -> None:
    given = {f"--{as_option(name)}": value for name, value in SETTINGS.items()}
    words = [word for option, value in given.items() for word in (option, value) if word not in FLAGS]
    with serving(*words, port=None) as server:
        assert_all_settings_hold(server)


def test_every_setting_is_an_environment_variable(serving: Serving) -> None:
    variables = {f"PPLX_MOCK_{name.upper()}": value for name, value in SETTINGS.items()}
    with serving(port=None, **variables) as server:
        assert_all_settings_hold(server)


def test_every_setting_is_a_line_of_the_project_file(serving: Serving) -> None:
    lines = [f"{as_option(name)} = {json.dumps(value)}" for name, value in SETTINGS.items()]
    with serving(port=None, project="\n".join(["[tool.pplx-mock]", *lines])) as server:
        assert_all_settings_hold(server)


def test_a_project_file_may_have_numbers_and_lists(serving: Serving) -> None:
    project = """
        [tool.pplx-mock]
        port = 0
        seed = 12
        rules-off = ["all"]
        ttft = 0
        tokens_per_second = 1000.5
    """
    with serving(port=None, project=project) as server, server.client() as client:
        assert "seed 12." in server.hello
        assert client.post("/chat/completions", json=NO_TURNS).is_success


def test_the_command_line_wins_over_the_environment_and_that_over_the_project_file(serving: Serving) -> None:
    project = '[tool.pplx-mock]\nseed = 1\nedition = "2026-07"\nvalidation = "lenient"'
    environment = {"PPLX_MOCK_SEED": "2", "PPLX_MOCK_EDITION": "2026-10"}
    with serving("--seed", "3", project=project, **environment) as server, server.client() as client:
        assert "Edition 2026-10, seed 3." in server.hello
        assert client.post("/search", json={"query": "bees", "max_results": 0}).is_success


def test_rules_can_be_switched_off_one_by_one(serving: Serving) -> None:
    mixed = {**NO_TURNS, "search_domain_filter": ["a.org", "-b.org"]}
    with serving("--rules-off", "PPLX-R-MESSAGES-ALTERNATE") as server, server.client() as client:
        assert client.post("/chat/completions", json=NO_TURNS).is_success
        assert client.post("/chat/completions", json=mixed).headers["x-mock-rule"] == "PPLX-R-DOMAIN-MIX"


@pytest.mark.parametrize(
    ("environment", "project", "said"),
    [
        (
            {"PPLX_MOCK_PROT": "0"},
            "",
            "the environment (PPLX_MOCK_PROT): there is no setting 'prot'. Did you mean 'port'?",
        ),
        (
            {},
            "[tool.pplx-mock]\nsed = 1",
            "pyproject.toml, [tool.pplx-mock]: there is no setting 'sed'. Did you mean 'seed'?",
        ),
        ({}, "[tool.pplx-mock\n", "pyproject.toml: "),
        ({"PPLX_MOCK_PORT": ""}, "", "the environment (PPLX_MOCK_PORT): port is a whole number, got ''"),
    ],
    ids=["environment", "project file", "broken project file", "empty variable"],
)
def test_a_setting_that_does_not_fit_is_said_in_one_line(
    run: Run, environment: dict[str, str], project: str, said: str
) -> None:
    ended = run("serve", project=project, **environment)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"pplx-mock: [^\n]+\n", ended.stderr)
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--port -1", "port is 0 to 65535, got -1"),
        ("--edition ../errors", "complete"),
        ("--validation lax", "validation is one of strict, lenient"),
        ("--rules-off PPLX-R-NONE", "there is no rule 'PPLX-R-NONE'"),
        ("--stream-grammar 2025-10", "there is no stream grammar '2025-10'. Did you mean '2025-1"),
        ("--stream-fault doubeld@2", "there is no fault 'doubeld'. Did you mean 'doubled'?"),
        ("--stream-fault doubled@x", "doubled: a place is "),
        ("--ttft -1", "ttft is 0 to 3600, got -1"),
        ("--tokens-per-second fast", "tokens-per-second is a number, got 'fast'"),
        ("--jitter nan", "jitter is 0 to 1, got nan"),
        ("--host 256.256.256.256", "cannot listen on 256.256.256.256"),
        ("--host a..b", "cannot listen on a..b port 4010: this is no name of a host"),
    ],
)
def test_an_option_that_does_not_fit_is_said_in_one_line(run: Run, options: str, said: str) -> None:
    ended = run("serve", *options.split())

    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"pplx-mock: [^\n]+\n", ended.stderr)
    assert said in ended.stderr
