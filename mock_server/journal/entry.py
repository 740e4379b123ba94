"""One request and its answer, as the journal keeps them: bytes as they went, read only when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from mock_server import wire
from mock_server.contract.operation import Operation
from mock_server.facts import Facts
from mock_server.journal import answers
from mock_server.journal.answers import End
from mock_server.jsontypes import JSON
from mock_server.money import THOUSAND

Outcome = Literal["complete", "gone", "reset", "broken"]
Leak = Literal["path", "query", "body"]

MOST_KEPT = 65_536
"""Bytes of a body that are kept; of an answer, as many of its end again."""
OVERHEAD = 1024
"""Bytes that a call takes beside its texts, about."""


@dataclass(slots=True)
class Asked:
    """A request without its secrets.

    Args:
        method: Its method.
        path: Its path as it was asked for, without the lane.
        query: Its query.
        head: Its headers, as lines `name: value`.
        body: The first `MOST_KEPT` bytes of its body, of which there were `size`.
        size: Bytes of the whole body that were read.
        account: The name of its key, or of nothing.
        leaks: Where a key stood that belongs into a header.
        client: Address and port of the connection.
    """

    method: str
    path: bytes
    query: bytes
    head: bytes
    body: bytes
    size: int
    account: str
    leaks: tuple[Leak, ...] = ()
    client: tuple[str, int] | None = None


@dataclass(slots=True)
class Told:
    """An answer without secrets.

    Args:
        status: Its status; 0 where none was sent.
        head: Its headers, as lines `name: value`.
        opening: The first `MOST_KEPT` bytes of its body, or all of it.
        closing: The last bytes of a body that is longer.
        size: Bytes of the whole body that were sent.
        kept: How many of them the two parts above were before secrets were taken out.
        outcome: `complete`; `gone`, the client did not read to the end; `reset`, the fake reset or closed the
            connection; `broken`, the answer ended early otherwise.
    """

    status: int = 0
    head: bytes = b""
    opening: bytes = b""
    closing: bytes = b""
    size: int = 0
    kept: int = 0
    outcome: Outcome = "complete"

    @property
    def omitted(self) -> int:
        """Bytes of its middle that were not kept."""
        return self.size - self.kept


@dataclass(slots=True)
class Times:
    """When it was: in nanoseconds of the lane's pacing clock, and in seconds of the machine's, as the first may stand.

    Args:
        begun: The request arrived.
        answered: The head of the answer was sent.
        ended: The answer was over.
        waited: What the machine's clock said on arrival.
        left: What it said when the answer was over.
        now: What the content clock said, in seconds since 1970 UTC.
    """

    begun: int
    answered: int
    ended: int
    waited: float
    left: float
    now: int


@dataclass(slots=True, eq=False)
class Entry:
    """A request and its answer.

    Args:
        asked: What the client sent.
        told: What it got.
        times: When.
        lane: The lane's name.
        edition: The edition that answered.
        operation: What was asked for; nothing where the contract has no such path or method.
        facts: The edition's tables, for prices.
        stub: The id of the stub that answered.
        faults: The ids of the faults that met it.
        number: Its place in the journal, from 1, in the order in which answers ended.
        billed: US dollars that it adds to the cost of the run; what was counted before, or costs nothing, adds none.
    """

    asked: Asked
    told: Told
    times: Times
    lane: str = ""
    edition: str = ""
    operation: Operation | None = None
    facts: Facts | None = None
    stub: str = ""
    faults: tuple[str, ...] = ()
    number: int = 0
    billed: Decimal | None = None

    @property
    def size(self) -> int:
        """What it takes in memory, about, in bytes."""
        asked, told = self.asked, self.told
        held = len(asked.path) + len(asked.query) + len(asked.head) + len(asked.body)
        return OVERHEAD + held + len(told.head) + len(told.opening) + len(told.closing)

    @property
    def status(self) -> int:
        """The answer's status, 0 where none was sent."""
        return self.told.status

    @property
    def name(self) -> str:
        """The operation's id; empty where it met none."""
        return "" if self.operation is None else self.operation.id

    @property
    def place(self) -> str:
        """Method and path, for people."""
        return f"{self.asked.method} {self.asked.path.decode('utf-8', 'replace')}"

    @property
    def content(self) -> JSON:
        """The request's body as JSON; nothing where it is none."""
        return answers.parsed(self.asked.body)

    @property
    def model(self) -> str:
        """The model that was asked."""
        return model_in(self.content)

    @property
    def request_headers(self) -> dict[str, str]:
        """The request's headers; of doubled names the last one."""
        return _headers(self.asked.head)

    @property
    def response_headers(self) -> dict[str, str]:
        """The answer's headers."""
        return _headers(self.told.head)

    @property
    def streamed(self) -> bool:
        """Whether the answer was a stream of events."""
        return _STREAM in self.told.head

    @property
    def mode(self) -> str:
        """How the answer came: `plain`, or the mode of its stream."""
        if not self.streamed:
            return "plain"
        if self.operation is None or MODE not in self.operation.fields.members:
            return "stream"
        content = self.content
        return str(content.get(MODE) or "full") if isinstance(content, dict) else "full"

    @property
    def end(self) -> End:
        """How the answer ended: `plain`, or how its stream did."""
        if not self.streamed:
            return "plain"
        return answers.end(self.told.closing or self.told.opening)

    @property
    def whole(self) -> bool:
        """Whether the client was sent all of a good answer."""
        ok = _OK <= self.status < _NOT_OK and self.told.outcome == "complete"
        return ok and self.end in {"plain", "done"}

    @property
    def failed(self) -> bool:
        """Whether the answer was an error, or was cut short by the fake."""
        return not self.whole and self.told.outcome != "gone"

    @property
    def error(self) -> str:
        """The type of the error that was answered; empty where there was none."""
        return answers.error(self.told.opening) if self.status >= _NOT_OK else ""

    @property
    def text(self) -> str:
        """What the answer said, as far as it was kept."""
        return answers.text(self.told.opening, self.told.closing, streamed=self.streamed)

    @property
    def price(self) -> Decimal | None:
        """US dollars that the answer would have cost live; nothing where it costs nothing or does not say."""
        told, last = self.told, self.streamed
        if not _OK <= told.status < _NOT_OK or told.outcome != "complete" or (last and self.end == "cut"):
            return None
        if self.facts is not None and self.operation is not None and self.operation.handler in SEARCHES:
            return self.facts.search_request_price / THOUSAND
        said = answers.cost(told.closing, last=last) if told.closing else None
        return answers.cost(told.opening, last=last) if said is None else said

    @property
    def unknown(self) -> tuple[str, ...]:
        """The fields of its body that the contract does not know, each once, as paths."""
        if self.operation is None or self.operation.body is None:
            return ()
        return tuple(dict.fromkeys(self.operation.fields.unknown(self.content)))

    @property
    def answer_id(self) -> str:
        """The id that the answer carries, with which it may be asked for again."""
        return answers.identity(self.told.opening)

    @property
    def digest(self) -> str:
        """The same for the same request of the same account; hexadecimal."""
        asked = self.asked
        content = self.content
        body = asked.body if content is None else wire.canonical(content)
        who = f"{asked.account} {asked.method} {asked.size if content is None else 0}".encode()
        said = b"\n".join([who, asked.path, asked.query, body])
        return sha256(said).hexdigest()


_OK, _NOT_OK = 200, 400
MODE = "stream_mode"
_STREAM = b"content-type: text/event-stream"
SEARCHES = frozenset({"search", "focused_search"})
"""Operations that cost the same each time."""


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\n") if line)
    return {name: value for name, _, value in lines}


def model_in(content: JSON) -> str:
    """The model that a body names, be it in the request that a job holds; empty where it names none."""
    if not isinstance(content, dict):
        return ""
    named = content.get("model")
    if named is None and isinstance(content.get("request"), dict):
        return model_in(content["request"])
    return named if isinstance(named, str) else ""
