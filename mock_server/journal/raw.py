"""A call that is over, as it was sent and got: its secrets are taken out soon, its entry is written when it is read."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from mock_server import redaction
from mock_server.clock import NANOSECONDS
from mock_server.contract.operation import Operation
from mock_server.facts import Facts
from mock_server.journal import answers
from mock_server.journal.entry import MOST_KEPT, OVERHEAD, SEARCHES, Asked, Entry, Leak, Outcome, Times, Told
from mock_server.journal.tally import Tally
from mock_server.jsontypes import JSONObject
from mock_server.money import THOUSAND

_LONGEST_FORM = 6
"""How much longer a key gets at most when JSON escapes all of its characters."""
_OK, _NOT_OK = 200, 300
_TOKEN = "auth_token"  # noqa: S105  # the name of a field
_PLACES: tuple[Leak, ...] = ("path", "query", "body")
_NOTHING: JSONObject = {}

Pairs = list[tuple[bytes, bytes]]
_NONE: Pairs = []


class Raw:
    """The parts of a call, by reference. Most calls are counted out of them, and their entries are never asked for.

    What the request said is searched for its keys when the call is settled; where there is one, the entry is written at
    once and the parts go. The answer to a request without keys is what the fake itself made of it: it is searched when
    the entry is written, which is the only way to read it.

    Attributes:
        method: The request's method; `path`, `query` and `client` as an entry has them.
        sent: The request's headers, until `settle` takes the secrets out of them.
        body: The first part of its body, and `asked` all that are kept where there are more, of `asked_size` bytes.
        content: Its JSON where it met an operation, until `settle` counts it.
        status: The answer's status, and `headers` its headers.
        answer: The first part of its body, `opening` the first ones where there are more, and `closing` the last ones
            of a long one, of `size` bytes in all.
        streamed: Whether the answer came in parts.
        begun: When it began on the pacing clock, and `answered`, `ended` likewise, in nanoseconds.
        waited: When it began on the machine's clock, and `left` when it ended there, in nanoseconds.
        now: What the content clock said.
        foreign: Whether something other than the contract decided on the answer, so that it may say anything.
        outcome: How it ended.
        weight: What it takes in memory, about, in bytes, once it is settled.
    """

    __slots__ = (
        "_billed",
        "_entry",
        "_head",
        "_number",
        "answer",
        "answered",
        "asked",
        "asked_size",
        "begun",
        "body",
        "client",
        "closing",
        "content",
        "edition",
        "ended",
        "facts",
        "faults",
        "foreign",
        "headers",
        "lane_name",
        "left",
        "method",
        "now",
        "opening",
        "operation",
        "outcome",
        "path",
        "query",
        "sent",
        "size",
        "status",
        "streamed",
        "stub",
        "waited",
        "weight",
    )

    method: str
    path: bytes
    query: bytes
    client: tuple[str, int] | None
    sent: Pairs
    body: bytes
    asked: list[bytes] | None
    asked_size: int
    content: JSONObject
    status: int
    headers: Pairs
    answer: bytes
    opening: list[bytes] | None
    streamed: bool
    closing: deque[bytes] | None
    size: int
    begun: int
    answered: int
    ended: int
    waited: int
    left: int
    now: int
    lane_name: str
    edition: str
    facts: Facts
    operation: Operation | None
    stub: str
    faults: tuple[str, ...]
    foreign: bool
    outcome: Outcome
    weight: int
    _number: int
    _billed: Decimal | None
    _head: redaction.Head
    _entry: Entry | None

    def settle(self, number: int, tally: Tally) -> None:
        """Take the secrets out, and count the call.

        Args:
            number: Its place in the journal.
            tally: Where it is counted.
        """
        self._number = number
        self._entry = None
        self._head = head = redaction.head_of(self.sent)
        self.sent = _NONE
        operation = self.operation
        if operation is not None and self._is_plain(operation, head.keys):
            self._billed = tally.plain(operation, self.status, self.content, self._price(operation))
            size = len(self.path) + len(head.text) + self.asked_size + self.size
        else:
            self._entry = entry = self._written()
            self._billed = entry.billed = tally.add(entry)
            size = entry.size - OVERHEAD
            self._forget()
        self.content = _NOTHING
        self.weight = OVERHEAD + size

    def entry(self) -> Entry:
        """The call as the journal shows it; the same one each time."""
        if self._entry is None:
            self._entry = self._written()
            self._entry.billed = self._billed
        return self._entry

    def _is_plain(self, operation: Operation, keys: tuple[bytes, ...]) -> bool:
        """Whether the call went as most do, and has no secret outside of its headers."""
        if self.foreign or self.query or self.closing is not None or self.outcome != "complete":
            return False
        if not _OK <= self.status < _NOT_OK or self.asked_size > MOST_KEPT or operation.fetched_again:
            return False
        # What can be fetched, or is about keys, may hold what another call said.
        if self.streamed or operation.body is None or _TOKEN in operation.fields.members:
            return False
        return redaction.is_clean(self.path, self._body(), keys)

    def _body(self) -> bytes:
        return self.body if self.asked is None else b"".join(self.asked)

    def _price(self, operation: Operation) -> Decimal | None:
        """What `Entry.price` says of a plain answer."""
        if operation.handler in SEARCHES:
            return self.facts.search_request_price / THOUSAND
        return answers.cost(self.answer, last=False)

    def _written(self) -> Entry:
        head = self._head
        return Entry(
            asked=self._what_was_asked(head),
            told=self._what_was_told(head.keys),
            times=Times(
                self.begun, self.answered, self.ended, self.waited / NANOSECONDS, self.left / NANOSECONDS, self.now
            ),
            lane=self.lane_name,
            edition=self.edition,
            operation=self.operation,
            facts=self.facts,
            stub=self.stub,
            faults=self.faults,
            number=self._number,
        )

    def _forget(self) -> None:
        """Let go of what the entry has by now, without its secrets."""
        self.asked = self.opening = self.closing = None
        self.headers = _NONE
        self.path = self.query = self.body = self.answer = b""

    def _what_was_asked(self, head: redaction.Head) -> Asked:
        body = self._body()
        if len(body) > MOST_KEPT:
            # A key that the cut goes through is to be found whole.
            longest = max([len(key) for key in head.keys], default=0)
            body = body[: MOST_KEPT + _LONGEST_FORM * longest + _LONGEST_FORM]
        sent = redaction.Parts(self.path, self.query, head.text, body)
        clean = redaction.request(sent, head.keys)
        return Asked(
            self.method,
            clean.path,
            clean.query,
            clean.head,
            clean.body if len(clean.body) <= MOST_KEPT else clean.body[:MOST_KEPT],
            self.asked_size,
            head.account,
            () if clean is sent else self._leaks(sent, clean),
            self.client,
        )

    def _leaks(self, sent: redaction.Parts, clean: redaction.Parts) -> tuple[Leak, ...]:
        """The places where something was taken out, but for a body whose business are keys."""
        takes_keys = self.operation is not None and _TOKEN in self.operation.fields.members
        places = tuple(place for place in _PLACES if getattr(clean, place) is not getattr(sent, place))
        return tuple(place for place in places if not (takes_keys and place == "body"))

    def _what_was_told(self, keys: tuple[bytes, ...]) -> Told:
        opening = self.answer if self.opening is None else b"".join(self.opening)
        closing = b"" if self.closing is None else b"".join(self.closing)
        if closing and self.size <= len(opening) + len(closing):
            # Nothing was left out after all: the two are one, and so is a key across their border.
            opening, closing = opening + closing, b""
        elif len(closing) > MOST_KEPT:
            closing = closing[-MOST_KEPT:]
        # The headers of the contract say nothing of what was asked; those of stubs and faults may say anything.
        write = redaction.headers if self.foreign else redaction.lines
        return Told(
            self.status,
            write(self.headers, keys),
            redaction.scrub(opening, keys),
            redaction.scrub(closing, keys) if closing else closing,
            self.size,
            len(opening) + len(closing),
            self.outcome,
        )
