"""A call as JSON: what the control API answers, `pplx-mock tail --json` prints, and what is read back from files."""

from __future__ import annotations

from base64 import b64decode, b64encode
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mock_server.clock import NANOSECONDS
from mock_server.contract.operation import Operation
from mock_server.facts import Facts
from mock_server.journal.answers import End
from mock_server.journal.entry import Asked, Entry, Leak, Outcome, Times, Told
from mock_server.journal.journal import Journal

Encoding = Literal["utf-8", "base64"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Content(_Model):
    """Some bytes as a text."""

    text: str = Field(description="The bytes as UTF-8, or in base64 where they are none.")
    encoding: Encoding = Field(default="utf-8", description="How the text says the bytes.")

    @classmethod
    def of(cls, content: bytes) -> Content:
        """Write bytes as a text."""
        try:
            return cls(text=content.decode("utf-8"))
        except UnicodeDecodeError:
            return cls(text=b64encode(content).decode("ascii"), encoding="base64")

    @property
    def content(self) -> bytes:
        """The bytes; raises `ValueError` where the text is no base64."""
        return b64decode(self.text, validate=True) if self.encoding == "base64" else self.text.encode("utf-8")


class Header(_Model):
    """A header; credentials show by their hash."""

    name: str = Field(description="Its name in lower case.")
    value: str = Field(description="Its value.")


class Request(_Model):
    """What the client sent."""

    method: str = Field(description="Method.")
    path: str = Field(description="Path as it was asked for, without the lane.")
    query: str = Field(default="", description="Query, without the question mark.")
    headers: list[Header] = Field(default_factory=list, description="Headers in their order.")
    body: Content = Field(description="The first bytes of the body, 64 KiB at most.")
    size: int = Field(description="Bytes of the whole body that were read.")
    key: str = Field(default="", description="Name of its key: sha256: and eight digits; empty without a key.")
    leaks: list[Leak] = Field(default_factory=list, description="Where a key stood that belongs into a header.")
    client: str = Field(default="", description="Address and port of the connection.")


class Response(_Model):
    """What the client got."""

    status: int = Field(description="Status; 0 where none was sent.")
    headers: list[Header] = Field(default_factory=list, description="Headers in their order.")
    body: Content = Field(description="The first bytes of the body, 64 KiB at most.")
    rest: Content = Field(default=Content(text=""), description="The last bytes of a body that is longer.")
    size: int = Field(description="Bytes of the whole body that were sent.")
    kept: int = Field(description="How many of them are kept.")
    outcome: Outcome = Field(description="complete; gone, the client left; reset by the fake; or broken off.")


class Moments(_Model):
    """When it was."""

    begun: int = Field(description="When the request arrived, by the lane's pacing clock, in nanoseconds.")
    answered: int = Field(description="When the head of the answer was sent; 0 for never.")
    ended: int = Field(description="When the answer was over.")
    waited: float = Field(description="When the request arrived, by the machine's clock, in seconds.")
    left: float = Field(description="When the answer was over, by the machine's clock.")
    now: int = Field(description="What the content clock said, in seconds since 1970 UTC.")


class Record(_Model):
    """One call of the journal."""

    number: int = Field(description="Its place in the journal, from 1, in the order in which answers ended.")
    lane: str = Field(default="", description="The lane; empty for the default one.")
    operation: str = Field(default="", description="Id of the operation; empty where it met none.")
    edition: str = Field(default="", description="The edition that answered.")
    model: str = Field(default="", description="The model that was asked.")
    mode: str = Field(default="plain", description="plain, or the mode of the stream.")
    end: End = Field(default="plain", description="How the stream ended: done, or cut before its last event.")
    error: str = Field(default="", description="Type of the error that was answered.")
    duration: float = Field(default=0.0, description="Seconds from request to end, by the lane's pacing clock.")
    cost: Decimal | None = Field(default=None, description="US dollars that it would have cost live.")
    unknown: list[str] = Field(default_factory=list, description="Fields of its body that the contract does not know.")
    stub: str = Field(default="", description="Id of the stub that answered.")
    faults: list[str] = Field(default_factory=list, description="Ids of the faults that met it.")
    times: Moments = Field(description="When it was.")
    request: Request = Field(description="What the client sent.")
    response: Response = Field(description="What it got.")


class Page(_Model):
    """Some calls of a journal, the oldest first."""

    lane: str = Field(description="The lane; empty for the default one.")
    calls: list[Record] = Field(description="The calls.")
    last: int = Field(description="Number of the last call; give it as `since` to go on from there.")
    total: int = Field(description="Calls since the last reset.")
    kept: int = Field(description="Calls of them that are still in the journal.")


def record_of(entry: Entry) -> Record:
    """Write a call as a record."""
    asked, told, times = entry.asked, entry.told, entry.times
    return Record(
        number=entry.number,
        lane=entry.lane,
        operation=entry.name,
        edition=entry.edition,
        model=entry.model,
        mode=entry.mode,
        end=entry.end,
        error=entry.error,
        duration=(times.ended - times.begun) / NANOSECONDS,
        cost=entry.price,
        unknown=[*entry.unknown],
        stub=entry.stub,
        faults=[*entry.faults],
        times=Moments(
            begun=times.begun,
            answered=times.answered,
            ended=times.ended,
            waited=times.waited,
            left=times.left,
            now=times.now,
        ),
        request=_request(asked),
        response=_response(told),
    )


def page(journal: Journal, entries: list[Entry], lane: str = "") -> Page:
    """Write some calls of a journal as a page."""
    calls = [record_of(entry) for entry in entries]
    last = calls[-1].number if calls else journal.count
    return Page(lane=lane, calls=calls, last=last, total=journal.count, kept=len(journal))


def entry_of(record: Record, operation: Operation | None, facts: Facts | None) -> Entry:
    """Make a call of its record again.

    Args:
        record: What was read from a file.
        operation: The operation that it names.
        facts: The tables of its edition.

    Raises:
        ValueError: A content is no base64.
    """
    times = record.times
    return Entry(
        asked=_asked(record.request),
        told=_told(record.response),
        times=Times(times.begun, times.answered, times.ended, times.waited, times.left, times.now),
        lane=record.lane,
        edition=record.edition,
        operation=operation,
        facts=facts,
        stub=record.stub,
        faults=tuple(record.faults),
        number=record.number,
    )


def _asked(request: Request) -> Asked:
    return Asked(
        method=request.method,
        path=request.path.encode("utf-8", "surrogateescape"),
        query=request.query.encode("utf-8", "surrogateescape"),
        head=_head(request.headers),
        body=request.body.content,
        size=request.size,
        account=request.key,
        leaks=tuple(request.leaks),
        client=_client(request.client),
    )


def _told(response: Response) -> Told:
    return Told(
        status=response.status,
        head=_head(response.headers),
        opening=response.body.content,
        closing=response.rest.content,
        size=response.size,
        kept=response.kept,
        outcome=response.outcome,
    )


def _request(asked: Asked) -> Request:
    return Request(
        method=asked.method,
        path=asked.path.decode("utf-8", "replace"),
        query=asked.query.decode("utf-8", "replace"),
        headers=_headers(asked.head),
        body=Content.of(asked.body),
        size=asked.size,
        key=asked.account,
        leaks=[*asked.leaks],
        client=f"{asked.client[0]}:{asked.client[1]}" if asked.client else "",
    )


def _response(told: Told) -> Response:
    return Response(
        status=told.status,
        headers=_headers(told.head),
        body=Content.of(told.opening),
        rest=Content.of(told.closing),
        size=told.size,
        kept=told.kept,
        outcome=told.outcome,
    )


def _client(said: str) -> tuple[str, int] | None:
    host, _, port = said.rpartition(":")
    return (host, int(port)) if port.isdecimal() else None


def _headers(head: bytes) -> list[Header]:
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\n") if line)
    return [Header(name=name, value=value) for name, _, value in lines]


def _head(headers: list[Header]) -> bytes:
    return "\n".join(f"{header.name}: {header.value}" for header in headers).encode("latin-1", "replace")
