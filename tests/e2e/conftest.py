"""Servers in processes of their own, and those who talk to them over sockets."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import urlsplit

import httpx
import perplexity
import pytest

from mock_server import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Bash: TypeAlias = Callable[[str], subprocess.CompletedProcess[str]]
    RefusalOf: TypeAlias = Callable[[httpx.Response], "Refusal"]
    CallerOf: TypeAlias = Callable[[Any, Any], "Caller"]

_READY = re.compile(r"pplx-mock is ready: (http://\S+)\n")
_OURS = ("PPLX_", "PERPLEXITY_", "OPENAI_")
_LONGEST = 20


def _is_ours(name: str) -> bool:
    """Whether a variable would change what is tested: settings, and proxies that clients read."""
    return name.startswith(_OURS) or name.lower().endswith("_proxy") or name == "PYTHONUNBUFFERED"


def _environment(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not _is_ours(name)}, **more}


@dataclass(frozen=True)
class Server:
    """A server that is ready; `hello` is what it printed, `log` is where its standard error goes."""

    process: subprocess.Popen[str]
    url: str
    hello: str
    log: Path

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def errors(self) -> str:
        """What it wrote to standard error so far."""
        return self.log.read_text(encoding="utf-8")

    @property
    def mishaps(self) -> list[str]:
        """The lines of it that tell of mistakes of its own; those of a client are worth a warning at most."""
        return [line for line in self.errors.splitlines() if not line.startswith("WARNING:")]

    def client(self, key: str = "somebody", **headers: str) -> httpx.Client:
        """A client with a key; the names of headers may have underscores.

        There is nothing to verify, and reading certificates for it takes longer than most tests.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {key}", **named},
            timeout=10,
            trust_env=False,
            verify=False,
        )

    def connect(self) -> socket.socket:
        """A bare connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.settimeout(10)
        return connection

    def send(self, request: bytes, *, end: bool = False) -> bytes:
        """Send bytes on a connection of their own; returns all that comes until the server hangs up.

        Args:
            request: The bytes; they ask for `connection: close` where the server would wait for more.
            end: Say that no more bytes will come.
        """
        with self.connect() as connection:
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; returns its exit status."""
        self.process.send_signal(with_signal)
        return self.process.wait(_LONGEST)


class Serving(Protocol):
    """Runs a server while in its context.

    Args:
        options: Of the command line.
        port: The option `--port`; left out where it is nothing.
        project: The text of the `pyproject.toml` in its working directory.
        environment: Variables on top of those of the tests.
    """

    def __call__(
        self, *options: str, port: str | None = "0", project: str = "", **environment: str
    ) -> AbstractContextManager[Server]: ...


class Run(Protocol):
    """Runs a command to its end."""

    def __call__(self, *arguments: str, project: str = "", **environment: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Serving:
    @contextmanager
    def serve(*options: str, port: str | None = "0", project: str = "", **environment: str) -> Iterator[Server]:
        folder = tmp_path_factory.mktemp("server")
        (folder / "pyproject.toml").write_text(project, encoding="utf-8")
        given = () if port is None else ("--port", port)
        log = folder / "stderr"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "mock_server", "serve", *given, *options],
                cwd=folder,
                env=_environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            yield _ready(process, log)
        finally:
            process.terminate()
            try:
                process.wait(_LONGEST)
            finally:
                process.kill()
                process.communicate()
        assert "Traceback" not in log.read_text(encoding="utf-8")

    return serve


def _ready(process: subprocess.Popen[str], log: Path) -> Server:
    assert process.stdout is not None
    first = process.stdout.readline()
    ready = _READY.fullmatch(first)
    assert ready, f"the first line is {first!r}; {log.read_text(encoding='utf-8')}"
    lines = [first]
    while not lines[-1].endswith("Stop with Ctrl-C.\n"):
        lines.append(process.stdout.readline())
        assert lines[-1], "".join(lines)
    return Server(process, ready.group(1), "".join(lines), log)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    def start(*arguments: str, project: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("command")
        (folder / "pyproject.toml").write_text(project, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "mock_server", *arguments],
            cwd=folder,
            env=_environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )

    return start


@pytest.fixture
def bash(tmp_path: Path) -> Bash:
    """Run a script; the status of a pipe is that of the first command that failed."""

    def start(script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", script],
            cwd=tmp_path,
            env=_environment(CURL_HOME=str(tmp_path)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )

    return start


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients in this process find no settings but those of their test."""
    for name in filter(_is_ours, list(os.environ)):
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def server(serving: Serving) -> Iterator[Server]:
    """A server as it comes, one for all tests."""
    with serving() as started:
        yield started


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key, and so an account, that no other test uses."""
    return "key-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


@pytest.fixture
def client(server: Server, key: str) -> Iterator[httpx.Client]:
    """A client of the common server with an account of its own."""
    with server.client(key) as made:
        yield made


@pytest.fixture
def unharmed(server: Server, key: str) -> Iterator[None]:
    """Hold around a test: the server lives on, knows what it knew, and billed nothing."""
    with server.client(key) as client:
        assert client.post("/search", json={"query": "bees"}).is_success
        known = client.get("/usage").json()
    mishaps = server.mishaps
    yield
    with server.client(key) as client:
        assert client.get("/__admin/health").json()["status"] == "ok"
        assert client.get("/usage").json() == known
        assert client.post("/search", json={"query": "bees"}).headers["x-cache"] == "HIT"
    assert server.mishaps == mishaps


@dataclass(frozen=True)
class Refusal:
    """An error that a client got."""

    status: int
    type: str
    message: str


def _templates() -> list[tuple[int, str, re.Pattern[str]]]:
    """Status, type and text of every error in `fixtures/errors.yaml`."""
    tables: Any = resources.read_yaml("fixtures", "errors.yaml")
    entries = [*tables["errors"].values(), *tables["dialects"].values()]
    return [(entry["status"], entry["type"], _pattern(entry["message"])) for entry in entries]


def _pattern(message: str) -> re.Pattern[str]:
    pieces = re.split(r"\{\w+\}", message)
    return re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)


@pytest.fixture(scope="session")
def refusal_of() -> RefusalOf:
    """Reads an error, and holds it against `fixtures/errors.yaml`."""
    templates = _templates()

    def read(answer: httpx.Response) -> Refusal:
        assert answer.headers["content-type"] == "application/json"
        assert list(answer.json()) == ["error"]
        error = answer.json()["error"]
        assert list(error) == ["message", "type", "code"]
        assert error["code"] == answer.status_code
        assert any(
            (status, kind) == (error["code"], error["type"]) and text.fullmatch(error["message"])
            for status, kind, text in templates
        ), f"not in errors.yaml: {error}"
        return Refusal(error["code"], error["type"], error["message"])

    return read


class Caller(Protocol):
    """Asks through a vendor's client, blocking or waiting; `options` are those of the client."""

    def ask(self, question: Callable[[Any], Any], **options: Any) -> Any:
        """Ask for one answer."""

    def listen(self, question: Callable[[Any], Any], **options: Any) -> list[Any]:
        """Ask for a stream; returns what it says."""


@dataclass(frozen=True)
class Blocking:
    """Asks through a synchronous client."""

    make: Callable[..., Any]

    def ask(self, question: Callable[[Any], Any], **options: Any) -> Any:
        with self.make(max_retries=0, **options) as client:
            return question(client)

    def listen(self, question: Callable[[Any], Any], **options: Any) -> list[Any]:
        return self.ask(lambda client: [*question(client)], **options)


@dataclass(frozen=True)
class Waiting:
    """Asks through an asynchronous client."""

    make: Callable[..., Any]

    def ask(self, question: Callable[[Any], Any], **options: Any) -> Any:
        async def wait() -> Any:
            async with self.make(max_retries=0, **options) as client:
                return await question(client)

        return asyncio.run(wait())

    def listen(self, question: Callable[[Any], Any], **options: Any) -> list[Any]:
        async def gather(client: Any) -> list[Any]:
            return [chunk async for chunk in await question(client)]

        return self.ask(gather, **options)


@pytest.fixture(params=["blocking", "waiting"])
def caller(request: pytest.FixtureRequest) -> CallerOf:
    """A maker of callers out of the two clients of a vendor; runs a test with each."""

    def make(blocking: Any, waiting: Any) -> Caller:
        return Blocking(blocking) if request.param == "blocking" else Waiting(waiting)

    return make


@pytest.fixture
def vendor(caller: CallerOf) -> Caller:
    """The vendor's client."""
    return caller(perplexity.Perplexity, perplexity.AsyncPerplexity)
