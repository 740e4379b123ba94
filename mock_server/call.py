"""One request on its way, and the reply to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from mock_server import wire
from mock_server.contract.operation import Operation
from mock_server.edition import Edition
from mock_server.errors import ApiError
from mock_server.facts import Facts
from mock_server.faults.model import Effects
from mock_server.faults.streams import Injection
from mock_server.jsontypes import JSONObject
from mock_server.state.account import Account
from mock_server.state.habits import PLAIN, Habits
from mock_server.state.lane import Lane
from mock_server.world import ids
from mock_server.world.scripts import Script

Headers = dict[bytes, bytes]
Amendment = Callable[[JSONObject], JSONObject]


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer as a stream.

    Args:
        payloads: The payloads of its frames.
        ping: Whether a keep-alive comment opens it.
        sentinel: Whether `[DONE]` ends it.
        name: Gives the name of an event by its payload, where events have names.
        line_end: What ends a line.
    """

    payloads: Iterator[bytes]
    ping: bool
    sentinel: bool
    name: Callable[[bytes], bytes] | None = None
    line_end: bytes = b"\r\n"


@dataclass(slots=True)
class Reply:
    """An answer before it is bytes.

    Args:
        body: Its JSON.
        file: Its bytes, where it is no JSON.
        status: Its status.
        headers: Its own headers.
        streamed: Makes the stream that says the body, where one was asked for. It is called last of all, so that
            whatever changed the body changed the stream too.
        sent: Told the body as it is sent, after whatever changed it, where somebody keeps it.
    """

    body: JSONObject
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    streamed: Callable[[JSONObject], Stream] | None = None
    file: bytes | None = None
    sent: Callable[[JSONObject], None] | None = None


@dataclass(slots=True, eq=False)
class Call:
    """A request that met its operation.

    Args:
        edition: The edition that answers.
        operation: What is asked for.
        lane: The fake that answers.
        headers: The request's headers.
        path: Values of the path's parameters, and `query` those of the query.
        content: The parsed body as it was sent.
        key: Its API key, empty where it needs and has none; set by the gate `authentication`.
        account: Whose request it is; set likewise.
        habits: How it wants its stream, if it gets one.
        digest: A hash of what is asked, and `mark` the half of it by which accounts remember the request.
        reply_headers: Headers that its reply gets, whatever it is; set by gates.
        amendments: What changes the body of its answer before it is sent; set by stubs and faults.
        unchecked: Whether its answer may break the contract, as faults and some stubs want.
        stub: The id of the stub that answered it, and `struck` the ids of the faults that met it.
        scripted: What the model is to say, where a stub says so; `spoiled` is what a stub lets go wrong with the bytes.
        reshapings: What changes the body of its plain answer, or each frame of its stream; set by faults.
        injections: Faults of its stream, on top of those of its habits.
        raw: The body's bytes, where a gate has read them already.
    """

    edition: Edition
    operation: Operation
    lane: Lane
    headers: Headers
    path: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    content: JSONObject = field(default_factory=dict)
    key: bytes = b""
    account: Account | None = None
    habits: Habits = PLAIN
    digest: bytes = b""
    mark: bytes = b""
    id: str = ""
    lenient: bool = False
    reply_headers: tuple[tuple[bytes, bytes], ...] = ()
    amendments: tuple[Amendment, ...] = ()
    reshapings: tuple[Amendment, ...] = ()
    injections: tuple[Injection, ...] = ()
    unchecked: bool = False
    stub: str = ""
    struck: tuple[str, ...] = ()
    raw: bytes | None = None
    scripted: Script | None = None
    spoiled: tuple[Effects, ...] = ()

    @property
    def facts(self) -> Facts:
        """The edition's tables."""
        return self.edition.facts

    @property
    def owner(self) -> Account:
        """The account, once the gate has set it."""
        if self.account is None:
            raise ApiError("invalid_api_key")
        return self.account

    @property
    def endpoint(self) -> str:
        """Method and path, as the usage report names them."""
        return self.operation.endpoint

    @property
    def now(self) -> int:
        """What the content clock says, in seconds since 1970 UTC."""
        return self.lane.now(self.edition.facts.wire.now)

    @property
    def today(self) -> date:
        """The day of the content clock, UTC."""
        return _day(self.now // 86_400)

    @property
    def month(self) -> str:
        """The month of the content clock, such as `2026-11`."""
        return self.today.isoformat()[:7]

    def identify(self) -> None:
        """Give the request its digest, the same for the same request, and its id, another each time it is seen."""
        self.weigh()
        self.number()

    def weigh(self) -> None:
        """Give the request its digest."""
        said = wire.canonical(self._said())
        self.digest = ids.digest(said, key=_key(self.lane.seed, self.edition.name, self.operation.handler))
        self.mark = self.digest[:16]

    def number(self) -> None:
        """Count the request as seen once more, and give it the id of that time."""
        digest = self.digest
        before = self.owner.see(self.mark)
        self.id = ids.uuid(digest[16:] if before == 0 else ids.digest(before.to_bytes(8, "big"), key=digest, size=16))

    def _said(self) -> JSONObject:
        """What was asked, without how to send the answer."""
        content = self.content
        if "stream" in content:
            content = {name: value for name, value in content.items() if name != "stream"}
        if self.path or self.query:
            return {"body": content, "path": {**self.path}, "query": {**self.query}}
        return content


@lru_cache(256)
def _key(seed: int, edition: str, operation: str) -> bytes:
    return ids.key_of(str(seed), edition, operation)


@lru_cache(64)
def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)
