"""A server that tests talk to in place of the fake: requests are passed on, written down, and paid from a budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Match

from mock_server import delivery, edition, refusals
from mock_server.app import ContractRoute, House
from mock_server.call import Call
from mock_server.edition import Edition
from mock_server.embedded.budget import Budget
from mock_server.embedded.line import Line
from mock_server.errors import ApiError, ClientGoneError, PplxMockError
from mock_server.gates import body
from mock_server.gates.asgi import Receive, Scope, Send, lane_of, set_call
from mock_server.journal import answers
from mock_server.money import ZERO

_TAIL = 65_536
_OURS = frozenset(
    {b"host", b"connection", b"content-length", b"transfer-encoding", b"authorization", b"accept-encoding"}
)
_THEIRS = frozenset({"connection", "transfer-encoding", "keep-alive"})
_BAD = 400


class TargetKeyError(PplxMockError):
    """A key cannot be sent as one."""


@dataclass(frozen=True)
class Target:
    """A server that is no fake of ours.

    Args:
        url: Its base URL.
        key: The key to use there; a secret, which no test gets to see.
        budget: What may be spent there.
        unguarded: Around each connection: lets this thread past a guard that keeps tests away from there.

    Raises:
        TargetKeyError: The key has a character that no header takes.
    """

    url: str
    key: str = field(repr=False)
    budget: Budget
    unguarded: Callable[[], AbstractContextManager[None]] = nullcontext

    def __post_init__(self) -> None:
        """Refuse a key here, without showing it: whoever found out later would."""
        if not all("!" <= letter <= "~" for letter in self.key):
            raise TargetKeyError("the key has a space, a line end or another character that no key has")


class Forward(BaseRoute):
    """Takes all paths, and passes requests on.

    Args:
        target: Where to.
        house: The lanes.
        routes: The routes of the fake, which tell what is asked for.
    """

    def __init__(self, target: Target, house: House, routes: list[ContractRoute]) -> None:
        self._target = target
        self._house = house
        self._routes = routes
        self._place = urlsplit(target.url.rstrip("/"))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match all requests."""
        return (Match.FULL, {}) if scope["type"] == "http" else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        face = edition.load(lane_of(scope).face)
        call = self._call(scope, face)
        if call is not None:
            set_call(scope, call)
        try:
            content = await _content(receive)
        except ClientGoneError:
            return
        budget = self._target.budget
        if not budget.take():
            await _refuse("budget_spent", {"spent": str(budget)}, face, send)
            return
        line = Line(self._place, self._target.unguarded)
        try:
            await self._passed_on(line, call, content, scope, receive, send)
        except (OSError, HTTPException) as error:
            if not line.answered:
                reason = f"{type(error).__name__}: {error}"
                await _refuse("target_unreachable", {"url": self._target.url, "reason": reason}, face, send)
        finally:
            line.hang_up()

    async def _passed_on(
        self, line: Line, call: Call | None, content: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass a request on and its answer back, and pay for it."""
        query = scope["query_string"].decode("latin-1")
        path = f"{_path(scope)}?{query}" if query else _path(scope)
        answer = await asyncio.to_thread(line.ask, scope["method"], path, content, self._headers(scope))
        tail = b""
        try:
            async for piece in _passed_back(line, answer, receive, send):
                tail = (tail + piece)[-_TAIL:]
        finally:
            self._target.budget.pay(_price(call, answer.status, tail))

    def _call(self, scope: Scope, face: Edition) -> Call | None:
        """What is asked for, as the contract has it."""
        endpoints = self._house.endpoints(face.name)
        for route in self._routes:
            match, found = route.matches(scope)
            endpoint = endpoints.get(route.path, {}).get(scope["method"]) if match is Match.FULL else None
            if endpoint is not None:
                headers = dict(scope["headers"])
                return Call(face, endpoint.operation, lane_of(scope), headers, found.get("path_params", {}))
        return None

    def _headers(self, scope: Scope) -> dict[str, str]:
        kept = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name not in _OURS
        }
        return {**kept, "authorization": f"Bearer {self._target.key}"}


async def _passed_back(line: Line, answer: HTTPResponse, receive: Receive, send: Send) -> AsyncIterator[bytes]:
    """Pass an answer back as it comes, until it ends or nobody listens; yields its pieces before they are sent."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.getheaders()
        if name.lower() not in _THEIRS
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    gone, more = asyncio.ensure_future(receive()), True
    try:
        while more and not gone.done():
            piece, more = await asyncio.to_thread(line.read)
            yield piece
            await send({"type": "http.response.body", "body": piece, "more_body": more})
    finally:
        gone.cancel()


def _price(call: Call | None, status: int, tail: bytes) -> Decimal:
    """What an answer cost; one that does not say so counts as a search, so that nothing unknown is free."""
    if status >= _BAD or call is None or call.operation.body is None:
        return ZERO
    said = answers.cost(tail, last=True)
    return call.facts.search_request_price / 1000 if said is None else said


def _path(scope: Scope) -> str:
    """The path without the lane's part, quoted as it came."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    name = lane_of(scope).name
    return raw.decode("latin-1").removeprefix(f"/n/{name}") if name else raw.decode("latin-1")


async def _content(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if not message.get("more_body", False) or size > body.MOST_BYTES:
            return b"".join(pieces)


async def _refuse(name: str, facts: dict[str, object], face: Edition, send: Send) -> None:
    await delivery.send_envelope(refusals.reply_to(ApiError(name, facts=facts), face.facts), face, send)
