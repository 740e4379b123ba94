"""A server that differs from the fake in one thing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import orjson

from mock_server import edition

if TYPE_CHECKING:
    from mock_server.gates.asgi import App, Message, Receive, Scope, Send

_ID = b"3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b"
Change = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """A request and its answer, as a change sees them.

    Args:
        operation: The operation's handler; empty for a path that is not in the contract.
        method: The method.
        path: The path, without the mutant's own prefix.
        query: The query's parameters.
        headers: The request's headers.
        raw: The request's bytes.
        status: The answer's status; 0 while there is none.
        told: The answer's headers.
        content: The answer's bytes.
    """

    operation: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[bytes, bytes]
    raw: bytes
    status: int = 0
    told: list[tuple[bytes, bytes]] = field(default_factory=list)
    content: bytes = b""
    pieces: int = 1

    @property
    def body(self) -> Any:
        """The request's JSON; nothing where it has none."""
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return None

    @body.setter
    def body(self, value: Any) -> None:
        self.raw = orjson.dumps(value)

    @property
    def json(self) -> Any:
        """The answer's JSON."""
        return orjson.loads(self.content)

    @json.setter
    def json(self, value: Any) -> None:
        self.content = orjson.dumps(value)

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream."""
        return b"text/event-stream" in dict(self.told).get(b"content-type", b"")

    @property
    def key(self) -> bytes:
        """The key of the request."""
        return self.headers.get(b"authorization", b"").removeprefix(b"Bearer ")


@dataclass(frozen=True)
class Mutant:
    """A server with one change.

    Args:
        id: Its name in a URL.
        before: Changes the request; the fake answers what it leaves.
        after: Changes the answer.
        caught_by: Ids of checks, or beginnings of ids, that say what is wrong; empty for a harmless one.
    """

    id: str
    caught_by: tuple[str, ...] = ()
    before: Change | None = None
    after: Change | None = None


def server(app: App, mutants: dict[str, Mutant]) -> App:
    """Serve all mutants of a catalogue: the one named NAME under `/m/NAME/`, in a lane of its own."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        name, _, path = scope["path"].removeprefix("/m/").partition("/")
        exchange = _exchange(scope, f"/{path}", await _body(receive))
        mutant = mutants[name.partition("~")[0]]
        if mutant.before:
            mutant.before(exchange)
        if not exchange.status:
            await _ask(app, scope, exchange, name)
        if mutant.after:
            mutant.after(exchange)
        await _send(exchange, send)

    return answer


def _exchange(scope: Scope, path: str, raw: bytes) -> Exchange:
    return Exchange(
        operation=_operation(scope["method"], path),
        method=scope["method"],
        path=path,
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers=dict(scope["headers"]),
        raw=raw,
    )


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _ask(app: App, scope: Scope, exchange: Exchange, lane: str) -> None:
    """Let the fake answer."""
    told = [(name, value) for name, value in exchange.headers.items() if name != b"content-length"]
    inner = {
        **scope,
        "method": exchange.method,
        "path": f"/n/{lane}{exchange.path}",
        "query_string": urlencode(exchange.query).encode(),
        "headers": [*told, (b"content-length", b"%d" % len(exchange.raw))],
    }
    sent = [{"type": "http.request", "body": exchange.raw, "more_body": False}]

    parts: list[bytes] = []

    async def receive() -> Message:
        if not sent:
            await asyncio.Event().wait()  # the client stays
        return sent.pop()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status, exchange.told = message["status"], list(message["headers"])
        else:
            parts.append(message.get("body", b""))

    await app(inner, receive, send)
    exchange.content = b"".join(parts)


async def _send(exchange: Exchange, send: Send) -> None:
    told = [(name, value) for name, value in exchange.told if name.lower() != b"content-length"]
    if exchange.pieces == 1 and not exchange.streams:
        told.append((b"content-length", b"%d" % len(exchange.content)))
    await send({"type": "http.response.start", "status": exchange.status, "headers": told})
    size = -(-len(exchange.content) // exchange.pieces) or 1
    for start in range(0, len(exchange.content), size):
        await send({"type": "http.response.body", "body": exchange.content[start : start + size], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _operation(method: str, path: str) -> str:
    return next((name for verb, pattern, name in _patterns() if verb == method and pattern.fullmatch(path)), "")


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    served = edition.load("complete").operations.values()
    ordered = sorted(served, key=lambda operation: "{" in operation.path)
    return [(one.method, re.compile(re.sub(r"\{\w+\}", ".+", one.path)), one.handler) for one in ordered]


# What changes are made of.


def on(operation: str, change: Callable[[Any], Any], *, status: int = 200) -> Change:
    """Change the JSON of an operation's answers: a function from the old body to the new one, or one that edits it."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == operation and exchange.status == status and not exchange.streams:
            body = exchange.json
            changed = change(body)
            exchange.json = body if changed is None else changed

    return after


def asking(operation: str, change: Callable[[Any], Any]) -> Change:
    """Change the JSON of an operation's requests."""

    def before(exchange: Exchange) -> None:
        body = deepcopy(exchange.body)
        if exchange.operation == operation and isinstance(body, dict):
            changed = change(body)
            exchange.body = body if changed is None else changed

    return before


def ignoring(operation: str, *names: str) -> Change:
    """Leave fields of an operation's requests out, as a server does that does not know them."""
    return asking(operation, lambda body: {name: value for name, value in body.items() if name not in names})


def frames(operation: str, change: Callable[[list[Any]], list[Any] | None]) -> Change:
    """Change the JSON frames of an operation's streams; the end marker stays what it was."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == operation and exchange.streams:
            events = exchange.content.decode().split("\r\n\r\n")
            comments = [event for event in events if event.startswith(":")]
            said = [event.removeprefix("data: ") for event in events if event.startswith("data: ")]
            marker = ["[DONE]"] if said and said[-1] == "[DONE]" else []
            told = [orjson.loads(data) for data in said if data != "[DONE]"]
            changed = change(told)
            written = [orjson.dumps(frame).decode() for frame in (told if changed is None else changed)]
            lines = [*comments, *(f"data: {data}" for data in [*written, *marker])]
            exchange.content = "".join(f"{line}\r\n\r\n" for line in lines).encode()

    return after


def streamed(operation: str, change: Callable[[bytes], bytes]) -> Change:
    """Change the bytes of an operation's streams."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == operation and exchange.streams:
            exchange.content = change(exchange.content)

    return after


def header(operation: str, name: bytes, value: bytes | None) -> Change:
    """Change a header of an operation's answers, or leave it out."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == operation and exchange.status == 200:
            exchange.told = [pair for pair in exchange.told if pair[0] != name]
            if value is not None:
                exchange.told.append((name, value))

    return after


def answering(when: Callable[[Exchange], bool], status: int, body: bytes, kind: bytes = b"application/json") -> Change:
    """Answer some requests without the fake."""

    def before(exchange: Exchange) -> None:
        if when(exchange):
            exchange.status, exchange.content = status, body
            exchange.told = [(b"content-type", kind), (b"x-mock-edition", b"complete"), (b"x-request-id", _ID)]

    return before


def error(status: int, kind: str = "invalid_request", message: str = "no") -> bytes:
    """The bytes of an error."""
    return orjson.dumps({"error": {"message": message, "type": kind, "code": status}})
