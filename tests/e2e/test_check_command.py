"""`pplx-mock check` as a user runs it: against the fake, other servers, broken ones; its words and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from xml.etree import ElementTree as ET

import pytest

from contract_tests import cli
from tests.kit import Talk, answering, listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Run, Server

_LONGEST = 110
_ONE = ("--only", "PPLX-SEARCH-015,PPLX-SEARCH-019,PPLX-SEARCH-021,PPLX-ERRORS-002,PPLX-MODELS-001")


class Checking(Protocol):
    """Runs the command to its end."""

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def asking(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Checking:
    """The command in this process, which saves two seconds of imports each time."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        try:
            code = cli.main(arguments, program="pplx-mock check")
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return run


# What it says


def test_help_teaches_options_examples_and_exit_codes(run: Run) -> None:
    said = run("check", "--help")

    assert (said.returncode, said.stderr) == (0, "")
    for option in re.findall(r"--[a-z-]+", said.stdout.partition("\n\n")[0]):
        assert re.search(rf"^  (-h, )?{option}( .*)?(  .+|\n +\S.+)", said.stdout, re.MULTILINE), option
    assert len(re.findall(r"^  pplx-mock check\b.*\S  +\S.*", said.stdout, re.MULTILINE)) >= 5
    assert "0 conforming, 1 findings, 2 could not run" in said.stdout


def test_the_command_is_among_the_commands(run: Run) -> None:
    assert re.search(r"check +hold a server against the contract", run("--help").stdout)


def test_list_says_what_is_checked_and_why(asking: Checking) -> None:
    rows = json.loads(asking("--list", "--format", "json").stdout)
    text = asking("--list").stdout

    assert len(rows) > 100
    for row in rows:
        assert f"{row['id']}  {row['sentence']}" in text
        assert row["basis"] in {"wire", "spec", "docs", "directory", "design"}
        assert row["source"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "nonsense"], "'nonsense' is no target: give fake, live, or a URL"),
        (["--target", "ftp://127.0.0.1"], "is no target"),
        (["--target", "http://"], "is no target"),
        (["--target", "http://127.0.0.1:99999"], "is no target"),
        (["--target", "http://user:secret@127.0.0.1:1"], "the key is read from the environment"),
        (["--target", "http://127.0.0.1:1"], "no connection to http://127.0.0.1:1"),
        (["--target", "live"], "set PERPLEXITY_API_KEY"),
        (["--as-live"], "give --target URL"),
        (["--edition", "2026-7"], "there is no edition '2026-7'. Did you mean '2026-07'?"),
        (["--only", "PPLX-SERACH"], "there is no check 'PPLX-SERACH'. Did you mean PPLX-SEARCH"),
        (["--edition", "2026-10", "--only", "PPLX-CHAT"], "nothing would be tested"),
        (["--report", "html"], "--report takes FORMAT=PATH"),
        (["--report", "htm=x"], "did you mean html=PATH?"),
        (["--max-cost", "much"], "--max-cost is a number of US dollars"),
        (["--max-cost", "-1"], "--max-cost is a number of US dollars"),
        (["--max-requests", "0"], "--max-requests is a number of requests"),
        (["--timeout", "0"], "--timeout is a number of seconds"),
        (["--profile", "some"], "invalid choice: 'some'"),
    ],
)
def test_what_cannot_run_says_why_in_a_sentence_and_ends_with_2(
    asking: Checking, arguments: list[str], said: str
) -> None:
    ended = asking(*arguments)

    assert ended.returncode == 2, ended.stdout
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stdout + ended.stderr.replace(said, "")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'schemathesis' else find(name, *a)\n"
        "from mock_server.cli import main; sys.exit(main(['check']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stderr == (
        "pplx-mock check: schemathesis not installed; the kit wants pip install 'pplx-mock[contract]'\n"
    )


# A server that keeps the contract


def test_the_fake_keeps_the_contract_and_every_report_is_written(run: Run, tmp_path: Path) -> None:
    wanted = ",".join(f"{form}={tmp_path}/out/report.{form}" for form in cli.FORMATS)
    ended = run("check", *_ONE, "--report", wanted)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "\x1b" not in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("no findings (5 checks, ")
    assert json.loads((tmp_path / "out/report.json").read_text())["findings"] == []
    assert ET.parse(tmp_path / "out/report.junit").getroot().find("testsuite") is not None
    assert json.loads((tmp_path / "out/report.sarif").read_text())["version"] == "2.1.0"
    assert "no findings" in (tmp_path / "out/report.markdown").read_text()
    assert (tmp_path / "out/report.html").read_text().startswith("<!doctype html>")


def test_a_server_at_a_url_is_held_against_an_edition(asking: Checking, server: Server) -> None:
    ended = asking("--target", server.url, "--edition", "complete", *_ONE)

    assert ended.returncode == 0, ended.stdout


def test_a_wrong_server_is_found_out_with_a_line_for_the_shell(asking: Checking) -> None:
    with listening(answering(_plain(b'{"results": [], "id": "x"}', b"application/json"))) as url:
        ended = asking("--target", url, "--edition", "2026-10", "--only", "PPLX-SEARCH-015")

    assert ended.returncode == 1, ended.stdout
    assert f"curl -sS -X POST {url}/search" in ended.stdout
    assert f"pplx-mock check --target {url} --edition 2026-10 --only PPLX-SEARCH-015 --seed 0" in ended.stdout


def test_an_empty_body_is_told_in_words(asking: Checking) -> None:
    with listening(answering(b"HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n")) as url:
        ended = asking("--target", url, "--edition", "2026-10", "--only", "PPLX-SEARCH-001")

    assert ended.returncode == 1
    assert "  came      302 with an empty body\n" in ended.stdout
    assert not [line for line in ended.stdout.splitlines() if line.endswith(" ")]


def test_the_command_that_a_finding_names_brings_it_back(asking: Checking, tmp_path: Path) -> None:
    """Of a suite that runs together, one check is asked for."""
    with listening(answering(_plain(b"{}", b"application/json"))) as url:
        some = ["--target", url, "--edition", "2026-10", "--max-requests", "60"]
        asking(*some, "--only", "PPLX-SCHEMA", "--report", "json=all.json")
        told = json.loads((tmp_path / "all.json").read_text())["findings"]
        wanted = next(one for one in told if one["check"].startswith("PPLX-SCHEMA"))
        ended = asking(*some, "--only", wanted["check"], "--seed", str(wanted["seed"]), "--report", "json=one.json")

    assert ended.returncode == 1
    found = {one["fingerprint"] for one in json.loads((tmp_path / "one.json").read_text())["findings"]}
    assert wanted["fingerprint"] in found


def test_what_was_found_is_told_though_a_report_cannot_be_written(asking: Checking, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with listening(answering(_plain(b"{}", b"application/json"))) as url:
        ended = asking(
            "--target", url, "--edition", "2026-10", "--only", "PPLX-SEARCH-015", "--report", "json=taken/out.json"
        )

    assert ended.returncode == 2
    assert "FINDING 1  PPLX-SEARCH-015" in ended.stdout
    assert "cannot write taken/out.json" in ended.stderr


def test_a_reader_that_has_seen_enough_changes_nothing_of_the_verdict(tmp_path: Path) -> None:
    with (
        listening(answering(_plain(b"{}", b"application/json"))) as url,
        _started(tmp_path, "--target", url, "--only", "PPLX-SEARCH", "--report", "json=out.json") as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Target ")
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=60)

    assert (process.returncode, said) == (1, "")
    assert json.loads((tmp_path / "out.json").read_text())["findings"]


@pytest.mark.parametrize("body", [b"\x1b[2J\x1b]0;owned\x07", b'{"error": "\xe2\x80\xaegnp"}'])
def test_nothing_that_a_server_says_reaches_the_terminal_as_a_command(asking: Checking, body: bytes) -> None:
    with listening(answering(_plain(body, b"application/json"))) as url:
        ended = asking("--target", url, "--edition", "2026-10", "--only", "PPLX-SEARCH,PPLX-WIRE")

    assert ended.returncode == 1
    assert all(line.isprintable() for line in ended.stdout.split("\n"))


def test_nothing_tested_is_2(asking: Checking, server: Server) -> None:
    ended = asking(
        "--target", server.url, "--as-live", "--max-cost", "0", "--only", "PPLX-SEARCH-001", PERPLEXITY_API_KEY="x" * 20
    )

    assert ended.returncode == 2
    assert "nothing was tested" in ended.stdout


# A server that is broken: a finding or a 2, soon, and never a traceback


def _plain(content: bytes, kind: bytes = b"text/plain", *, length: int | None = None) -> bytes:
    told = b"%d" % (len(content) if length is None else length)
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %b\r\n\r\n%b" % (kind, told, content)


def _hangs(_: socket.socket) -> None:
    threading.Event().wait(60)


def _trickles(connection: socket.socket) -> None:
    for byte in _plain(b"x" * 400):
        connection.sendall(bytes([byte]))
        threading.Event().wait(0.4)


def _resets(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _closes(connection: socket.socket) -> None:
    connection.recv(65_536)


def _never_ends(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 1_000_000)


_BROKEN: dict[str, tuple[Talk, set[int]]] = {
    "hangs": (_hangs, {2}),
    "trickles": (_trickles, {1, 2}),
    "resets": (_resets, {1, 2}),
    "closes without a word": (_closes, {1, 2}),
    "closes early": (answering(_plain(b"{", length=100)), {1}),
    "sends more than it says": (answering(_plain(b'{"a": 1} and more', b"application/json", length=8)), {1}),
    "never ends": (_never_ends, {1}),
    "answers HTML": (answering(_plain(b"<html>It works!</html>", b"text/html")), {1}),
    "answers bytes that are no UTF-8": (answering(_plain(b'{"a": "\xff\xfe"}', b"application/json")), {1}),
    "answers what is no HTTP": (answering(b"SSH-2.0-OpenSSH_9.6\r\n"), {1, 2}),
    "redirects for ever": (answering(b"HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n"), {1}),
    "answers nothing with 200": (answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), {1}),
    "answers deep JSON": (answering(_plain(b"[" * 100_000, b"application/json")), {1}),
    "packs what is not packed": (
        answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello"),
        {1},
    ),
    "has a length that is none": (answering(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nhello"), {1, 2}),
}


@pytest.mark.parametrize("only", ["PPLX-SEARCH,PPLX-ERRORS", "PPLX-SCHEMA"], ids=["meaning", "schema"])
@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_server_is_a_finding_or_cannot_be_tested(asking: Checking, name: str, only: str) -> None:
    talk, codes = _BROKEN[name]
    with listening(talk) as url:
        ended = asking(
            "--target", url, "--edition", "2026-10", "--only", only, "--timeout", "1", "--max-requests", "60"
        )

    assert ended.returncode in codes, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_tls_on_a_plain_port_cannot_be_tested(asking: Checking, server: Server) -> None:
    ended = asking("--target", server.url.replace("http:", "https:"), *_ONE)

    assert ended.returncode == 2
    assert "no connection to https://127.0.0.1" in ended.stderr


def test_a_server_that_goes_away_in_the_middle_is_given_up_soon(asking: Checking) -> None:
    left = iter(range(4))

    def talk(connection: socket.socket) -> None:
        if next(left, None) is not None:
            answering(_plain(b"{}", b"application/json"))(connection)
        else:
            _resets(connection)

    with listening(talk) as url:
        ended = asking("--target", url, "--edition", "2026-10", "--only", "PPLX-SEARCH,PPLX-SCHEMA", "--timeout", "1")

    assert ended.returncode == 1
    assert "3 requests in a row got no whole answer" in ended.stdout


# Against the vendor, played by a fake


def test_a_live_run_says_its_plan_first_hides_the_key_and_stays_within_the_budget(
    asking: Checking, server: Server, tmp_path: Path
) -> None:
    key = "pplx-" + "s3cr3t" * 6
    reports = ",".join(f"{form}=report.{form}" for form in cli.FORMATS)
    ended = asking(
        "--target", server.url, "--as-live", "--edition", "complete", "--max-cost", "0.05", "--report", reports,
        PERPLEXITY_API_KEY=key,
    )  # fmt: skip

    lines = ended.stdout.splitlines()
    assert re.match(r"Plan     \d+ checks, at most \d+ requests", lines[1])
    assert re.match(r" +at most [0-9.]+ USD; the run stops before it pays more than 0.05", lines[2])
    assert "cut short: " in lines[-1]
    told = json.loads((tmp_path / "report.json").read_text())
    assert 0 < float(told["cost_usd"]) <= 0.05
    everything = ended.stdout + ended.stderr + "".join(path.read_text() for path in tmp_path.glob("report.*"))
    assert "s3cr3t" not in everything
    with server.client(key) as client:
        assert client.get("/usage").json()["total"]["cost"] <= 0.05
        assert client.post("/collections", json={"name": "mine"}).status_code == 201


def test_a_live_run_writes_nothing_unless_it_may(asking: Checking, server: Server, key: str) -> None:
    lane = f"{server.url}/n/{key}"
    ended = asking(
        "--target", lane, "--as-live", "--edition", "complete", "--only", "PPLX-SCHEMA", PERPLEXITY_API_KEY=key
    )

    assert ended.returncode == 0, ended.stdout
    with server.client(key) as client:
        calls = client.get(f"/n/{key}/__admin/journal", params={"limit": 1000}).json()["calls"]
    made = {
        (call["request"]["method"], call["request"]["path"])
        for call in calls
        if "schemathesis" in json.dumps(call["request"]).lower()
    }
    assert made
    assert not [path for method, path in made if method in {"DELETE", "PUT", "PATCH"}]
    assert not {path for _, path in made} & {
        "/collections",
        "/search/domains",
        "/generate_auth_token",
        "/revoke_auth_token",
    }


# Stopped from outside


def test_ctrl_c_gives_what_was_found_so_far_and_130(tmp_path: Path) -> None:
    asked = threading.Event()
    left = iter(range(40))

    def talk(connection: socket.socket) -> None:
        for _ in range(10_000):
            if not connection.recv(65_536):
                return
            connection.sendall(_plain(b"{}", b"application/json"))
            if next(left, None) is None:  # by then several checks are over
                asked.set()

    with listening(talk) as url, _started(tmp_path, "--target", url, "--report", "json=out.json") as process:
        assert asked.wait(60), "the command asked nothing"
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)

    assert process.returncode == 130, said + errors
    assert "cut short: interrupted" in said.splitlines()[-1]
    assert "Traceback" not in said + errors
    verdicts = {check["verdict"] for check in json.loads((tmp_path / "out.json").read_text())["checks"]}
    assert verdicts >= {"failed", "not run"}


def test_a_signal_that_a_library_loses_ends_the_command_all_the_same(tmp_path: Path) -> None:
    code = (
        "import contextlib, signal, sys\n"
        "from contract_tests import cli, session\n"
        "from contract_tests.runner import Result\n"
        "def lossy(client, chosen, **options):\n"
        "    with contextlib.suppress(KeyboardInterrupt):\n"
        "        signal.raise_signal(signal.SIGTERM)\n"
        "    yield Result(chosen.checks[0], 'failed', (), 1, 0.0, '')\n"
        "    print('the run went on')\n"
        "session.results = lossy\n"
        "sys.exit(cli.main(['--only', 'PPLX-SEARCH-001']))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=_LONGEST, check=False
    )

    assert ended.returncode == 130, ended.stdout + ended.stderr
    assert "cut short: interrupted" in ended.stdout
    assert "went on" not in ended.stdout


def test_a_fake_that_was_started_ends_with_the_command(tmp_path: Path) -> None:
    with _started(tmp_path, "--profile", "full") as process:
        assert process.stdout is not None
        url = re.search(r"http://[\d.]+:(\d+)", process.stdout.readline())
        assert url
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert process.returncode == 130
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.group(1))), timeout=5)


def _started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mock_server", "check", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# As pytest's tests


@pytest.fixture
def tested(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        words = ["-m", "pytest", "--pyargs", "contract_tests", "-p", "no:randomly", "-p", "no:cacheprovider", "-v"]
        if not entry_points(group="pytest11", name="pplx_mock"):  # installed before the plugin was there
            words += ["-p", "mock_server.pytest_plugin"]
        return subprocess.run(
            [sys.executable, *words, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent.parent), "COLUMNS": "200", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )

    return run


def test_pytest_runs_a_test_for_each_check(tested: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    ended = tested("--perplexity-target", "fake", "-k", "PPLX-SEARCH-02")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "test_contract[PPLX-SEARCH-020] PASSED" in ended.stdout
    assert "all checks take at most" in ended.stdout


def test_pytest_does_not_print_what_moves_the_cursor(
    tested: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    with listening(answering(_plain(b"\x1b[2J\x1b]0;owned\x07", b"application/json"))) as url:
        ended = tested("--perplexity-target", url, "-k", "PPLX-SEARCH-015")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "\\x1b[2J" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_pytest_says_why_a_check_was_not_run_and_tested_nothing(
    tested: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    found = b'{"id": "3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b", "server_time": null, "results": []}'
    with listening(answering(_plain(found, b"application/json"))) as url:
        ended = tested("--perplexity-target", url, "-k", "PPLX-WIRE-005", "-rs")

    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "no answer was a stream" in ended.stdout


def test_pytest_shows_findings_without_the_kits_own_frames(
    tested: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    with listening(answering(_plain(b"<html>It works!</html>", b"text/html"))) as url:
        ended = tested("--perplexity-target", url, "-k", "PPLX-SEARCH-015")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "PPLX-SEARCH-015: A search without a query is refused." in ended.stdout
    assert "request   curl -sS -X POST" in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "runner.py" not in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--perplexity-target", "http://127.0.0.1:1"], "no connection to http://127.0.0.1:1"),
        (["--perplexity-target", "live"], "set PERPLEXITY_API_KEY"),
        (["--perplexity-edition", "2026-7"], "Did you mean '2026-07'?"),
    ],
)
def test_pytest_that_could_not_run_says_why(
    tested: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], said: str
) -> None:
    ended = tested(*arguments)

    assert ended.returncode in {2, 4}, ended.stdout
    assert said in ended.stdout + ended.stderr
