"""`pplx-mock run -- COMMAND`: a command finds the fake, and its end is passed on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Bash, Run

ASK = (
    "import json, os, urllib.request as u; "
    "r = u.Request(os.environ['PERPLEXITY_BASE_URL'] + '/search', json.dumps({'query': 'bees'}).encode(), "
    "{'authorization': 'Bearer ' + os.environ['PPLX_API_KEY'], 'content-type': 'application/json'}); "
    "print(len(json.load(u.urlopen(r))['results']))"
)


def test_a_command_finds_the_fake(run: Run) -> None:
    done = run("run", "--", sys.executable, "-c", ASK)

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 0


def test_settings_go_before_the_command(run: Run) -> None:
    done = run(
        "run", "--edition", "2026-10", "--openai", "--", "sh", "-c", "env; curl -s $OPENAI_BASE_URL/__admin/health"
    )

    assert '"edition":"2026-10"' in done.stdout
    assert "PERPLEXITY_API_KEY=pplx-mock-run\n" in done.stdout
    assert "OPENAI_API_KEY=pplx-mock-run\n" in done.stdout


def test_without_being_asked_it_leaves_openai_alone(run: Run) -> None:
    assert "OPENAI" not in run("run", "env").stdout


def test_two_at_once_do_not_meet(bash: Bash) -> None:
    command = f"{sys.executable} -m mock_server run -- sh -c 'echo $PERPLEXITY_BASE_URL; sleep 0.5'"

    done = bash(f"export PPLX_MOCK_PORT=4010; {command} & {command} & wait")

    assert len(set(done.stdout.split())) == 2, done.stderr


@pytest.mark.parametrize(
    ("command", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143)]
)
def test_the_exit_code_is_passed_on(run: Run, command: str, code: int) -> None:
    assert run("run", "--", "sh", "-c", command).returncode == code


def test_a_command_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no program")

    missing, plain, none = run("run", "--", "no-such-command"), run("run", "--", str(tmp_path / "plain")), run("run")

    assert (missing.returncode, missing.stderr) == (127, "pplx-mock: no-such-command: not found\n")
    assert (plain.returncode, plain.stderr) == (126, f"pplx-mock: {tmp_path / 'plain'}: Permission denied\n")
    assert (none.returncode, none.stderr) == (2, "pplx-mock: give a command, as in: pplx-mock run -- pytest\n")


def test_a_setting_that_does_not_fit_is_said_before_the_command_runs(run: Run) -> None:
    done = run("run", "--seed", "x", "--", "echo", "hello")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "pplx-mock: seed is a whole number, got 'x'\n"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_passed_on(sent: signal.Signals, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'exit 5' {sent.name.removeprefix('SIG')}; touch {ready}; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_server", "run", "--", "sh", "-c", script], start_new_session=True
    )
    try:
        until = time.perf_counter() + 20
        while not ready.exists() and time.perf_counter() < until:
            os.sched_yield()
        process.send_signal(sent)

        assert process.wait(20) == 5
    finally:
        with contextlib.suppress(ProcessLookupError):  # nobody is left of the group, as it should be
            os.killpg(process.pid, signal.SIGKILL)


def test_a_signal_that_comes_while_the_command_begins_waits_for_it(tmp_path: Path) -> None:
    code = (
        "import os, signal, subprocess, sys\n"
        "class Slow(subprocess.Popen):\n"
        "    def __init__(self, *given, **named):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        super().__init__(*given, **named)\n"
        "subprocess.Popen = Slow\n"
        "from mock_server.cli import main; sys.exit(main(['run', '--', 'sleep', '20']))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=15, check=False)

    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, b"")


def test_a_signal_that_is_ignored_stays_so_for_the_command(bash: Bash) -> None:
    done = bash(f"trap '' HUP; {sys.executable} -m mock_server run -- sh -c 'kill -HUP $PPID; kill -HUP $$; echo on'")

    assert done.stdout == "on\n", done.stderr


def test_input_and_output_are_the_commands(bash: Bash) -> None:
    done = bash(f"echo hello | {sys.executable} -m mock_server run -- cat | tr a-z A-Z")

    assert done.stdout == "HELLO\n"
