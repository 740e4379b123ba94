"""What the tests of the kit share: targets on real sockets, a virtual stopwatch, and checks made for a test."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from contract_tests.checks import Check, Estimate
from contract_tests.findings import Finding
from contract_tests.probe import Probe
from contract_tests.runner import Report, Result
from contract_tests.target import ANY_KEY, Kind, Target
from mock_server import edition

Talk: TypeAlias = Callable[[socket.socket], None]


@dataclass
class Stopwatch:
    """Time that passes only when somebody waits; `waits` are the waits."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


def target(url: str, kind: Kind = "fake", name: str = "complete", key: str = ANY_KEY) -> Target:
    """A target that is not looked for."""
    return Target(kind, url, key, edition.load(name))


def check(run: Callable[[Probe], None], identity: str = "PPLX-TEST-001") -> Check:
    """A check of nothing but the function."""
    return Check(identity, "It is so.", "design", "nowhere", (), run, Estimate(1, 1, Decimal(0)))


def finding(**fields: object) -> Finding:
    """A finding with something awkward in each of its texts."""
    awkward: dict[str, object] = {
        "check": "PPLX-TEST-001",
        "operation": "POST /search",
        "expected": "a <b>list</b> | of rows",
        "line": "#/paths/~1search",
        "came": "</pre><script>alert(1)</script> & ``` \x1b[31m \x00 “quoted” | cell\nsecond line",
        "request": 'curl -sS -d \'{"a": "<x>"}\' http://127.0.0.1/search',
        "seed": 7,
        "status": 200,
    }
    return Finding(**{**awkward, **fields})  # type: ignore[arg-type]


def report(*found: Finding, not_run: str = "") -> Report:
    """A run of three checks: one passed, one failed where there are findings, one not run where it says why."""
    made = Report(target("http://127.0.0.1:4010"), "quick", 7, requests=12, seconds=3.5)
    passed = check(lambda _: None, "PPLX-TEST-002")
    failed = check(lambda _: None, "PPLX-TEST-001")
    skipped = check(lambda _: None, "PPLX-TEST-003")
    made.results.append(Result(passed, "passed", (), 3, 0.5))
    if found:
        made.results.append(Result(failed, "failed", found, 4, 1.5))
    if not_run:
        made.results.append(Result(skipped, "not run", reason=not_run))
        made.cut_short = not_run
    return made


@contextmanager
def listening(talk: Talk) -> Iterator[str]:
    """A server that does with each connection what it is told to; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            threading.Thread(target=_talk, args=(connection, talk), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        for connection in open_ones:
            connection.close()


def _talk(connection: socket.socket, talk: Talk) -> None:
    try:
        talk(connection)
    except OSError:
        pass
    finally:
        connection.close()


def answering(content: bytes, *, read: bool = True) -> Talk:
    """Send the same bytes to every request of a connection, and close it."""

    def talk(connection: socket.socket) -> None:
        if read:
            connection.recv(65_536)
        connection.sendall(content)
        if read:
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            while connection.recv(65_536):
                pass

    return talk


def in_turn(answers: Iterable[bytes]) -> Talk:
    """Answer one request after another, over however many connections."""
    left = iter(answers)

    def talk(connection: socket.socket) -> None:
        while request_of(connection):
            connection.sendall(next(left))

    return talk


def request_of(connection: socket.socket) -> bytes:
    """Read one whole request; nothing where the client has hung up."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = connection.recv(65_536)
        if not more:
            return b""
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    told = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    while told and len(body) < int(told.group(1)):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
