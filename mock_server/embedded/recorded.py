"""One call that a test's code made, for the test to look at."""

from __future__ import annotations

import shlex
from decimal import Decimal
from functools import cached_property

from mock_server.embedded.environment import KEYS, URLS
from mock_server.insight.terminal import printable
from mock_server.journal.entry import Entry
from mock_server.jsontypes import JSON
from mock_server.stubs.asked import Asked, Said

_SHOWN_HEADERS = ("content-type", "x-mock-")
_LONGEST_LINE = 100
_LONGEST_CURL = 4000


class RecordedCall:
    """A request and its answer. Keys are shown by the first digits of their hash only.

    Args:
        entry: What the journal has of it.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    @property
    def number(self) -> int:
        """Its place among the calls, from 1, in the order in which answers ended."""
        return self.entry.number

    @property
    def operation(self) -> str:
        """The operation's id, such as `create_chat_completion`; empty where the contract has no such path."""
        return self.entry.name

    @property
    def method(self) -> str:
        """The method."""
        return self.entry.asked.method

    @property
    def path(self) -> str:
        """The path, without the test's lane."""
        return self.entry.asked.path.decode("utf-8", "replace")

    @property
    def place(self) -> str:
        """Method and path."""
        return self.entry.place

    @property
    def query(self) -> str:
        """The query as it was sent."""
        return self.entry.asked.query.decode("latin-1")

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, with names in small letters."""
        return self.entry.request_headers

    @cached_property
    def json(self) -> JSON:
        """The request's body as JSON; nothing where it is none."""
        return self.entry.content

    @property
    def content(self) -> bytes:
        """The request's body as bytes; of a very long one the beginning."""
        return self.entry.asked.body

    @property
    def model(self) -> str:
        """The model that was asked; empty where none was named."""
        return self.entry.model

    @property
    def messages(self) -> tuple[Said, ...]:
        """All that was said: pairs of role and text."""
        return self.asked.messages

    @property
    def last_user(self) -> str:
        """What the user said last: the last message, the input or the query."""
        return self.asked.last_user

    @property
    def status(self) -> int:
        """The status of the answer; 0 where none was sent."""
        return self.entry.status

    @property
    def response_headers(self) -> dict[str, str]:
        """The answer's headers."""
        return self.entry.response_headers

    @property
    def text(self) -> str:
        """What the answer said, also where it came as a stream."""
        return self.entry.text

    @property
    def streamed(self) -> bool:
        """Whether the answer was a stream of events."""
        return self.entry.streamed

    @property
    def complete(self) -> bool:
        """Whether the client was sent all of a good answer."""
        return self.entry.whole

    @property
    def cost(self) -> Decimal:
        """US dollars that the call would have cost live."""
        return self.entry.price or Decimal(0)

    @property
    def stub(self) -> str:
        """The id of the stub that answered; empty where the world did."""
        return self.entry.stub

    @property
    def faults(self) -> tuple[str, ...]:
        """The ids of the faults that met it."""
        return self.entry.faults

    @cached_property
    def asked(self) -> Asked:
        """The request as stubs see it."""
        operation = self.entry.operation
        content = self.json
        return Asked(
            operation="" if operation is None else operation.handler,
            alias="" if operation is None else operation.id,
            path=self.path,
            content=content if isinstance(content, dict) else {},
            headers={name.encode("latin-1"): value.encode("latin-1") for name, value in self.headers.items()},
            key=self.entry.asked.account,
        )

    @property
    def line(self) -> str:
        """The call on one line."""
        how = {"complete": ""}.get(self.entry.told.outcome, f", {self.entry.told.outcome}")
        by = f", stub {self.stub}" if self.stub else ""
        struck = f", {'fault' if len(self.faults) == 1 else 'faults'} {', '.join(self.faults)}" if self.faults else ""
        said = " ".join(part for part in (self.model, repr(self.last_user) if self.last_user else "") if part)
        status = self.status or "no answer"
        told = f"{self.number:>3}  {self.entry.place} -> {status}{how}{by}{struck}  {said}"
        return _short(printable(told.rstrip()))

    def curl(self) -> str:
        """A line for a shell that sends the request again, to the server and with the key that the variables name."""
        place = shlex.quote(self.path + (f"?{self.query}" if self.query else ""))
        words = [
            "curl -sS",
            *(["-N"] if self.streamed else []),
            *([] if self.method == "GET" else [f"-X {self.method}"]),
        ]
        words += [f'"${URLS[0]}"{place}', f'-H "Authorization: Bearer ${KEYS[0]}"']
        words += [
            f"-H {shlex.quote(f'{name}: {value}')}"
            for name, value in self.headers.items()
            if name.startswith(_SHOWN_HEADERS)
        ]
        if self.content:
            words.append(f"--data-raw {shlex.quote(self.content.decode('utf-8', 'replace'))}")
        return " ".join(words)

    def __repr__(self) -> str:
        """The call on one line."""
        return f"<{' '.join(self.line.split())}>"


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
