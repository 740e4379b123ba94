"""Start servers on one core of this machine, and watch them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_CORE, CLIENT_CORE = 0, 1
_HERE = Path(__file__).parent
UVICORN = ["-m", "uvicorn", "--log-level", "error", "--no-access-log", "--lifespan", "off"]


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def fake(port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `pplx-mock serve`."""
    with _running([sys.executable, "-m", "mock_server", "serve", "--port", str(port), *options], port, {}) as process:
        yield process


@contextmanager
def other(name: str, port: int, constant: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of `servers.py` under uvicorn."""
    command = [sys.executable, *UVICORN, "--port", str(port), "--app-dir", str(_HERE), f"servers:{name}"]
    with _running(command, port, {"BENCH_CONSTANT": constant}) as process:
        yield process


def answer(port: int, body: bytes) -> bytes:
    """Ask one question."""
    request = urllib.request.Request(  # this machine
        f"http://127.0.0.1:{port}/chat/completions",
        data=body,
        headers={"authorization": "Bearer bench", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        content: bytes = response.read()
        return content


def memory(process: subprocess.Popen[bytes]) -> int:
    """Resident memory of a process in KiB."""
    return _status(process, "VmRSS:")


def peak_memory(process: subprocess.Popen[bytes]) -> int:
    """The most resident memory that a process had so far, in KiB."""
    return _status(process, "VmHWM:")


def _status(process: subprocess.Popen[bytes], name: str) -> int:
    for line in Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise RuntimeError(f"process {process.pid} is gone")


def until_first_answer(start: float, port: int, body: bytes) -> float:
    """Seconds from `start` until a first question is answered."""
    while True:
        try:
            answer(port, body)
        except OSError:
            time.sleep(0.002)
        else:
            return time.perf_counter() - start


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)
