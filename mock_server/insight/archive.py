"""Read HTTP Archives (HAR 1.2), be they our own or those of other tools."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, JsonValue

from mock_server import edition, redaction
from mock_server.contract import editions
from mock_server.contract.operation import Operation
from mock_server.journal.entry import MOST_KEPT, Asked, Entry, Leak, Times, Told
from mock_server.journal.record import Record

_MILLION = 1_000_000
_THOUSAND = 1000
_PARAMETER = re.compile(r"\\\{\w+\\\}")


class Pair(BaseModel):
    """A header."""

    name: str
    value: str


class Posted(BaseModel):
    """The body of a request."""

    text: str = ""
    encoding: str = Field(default="", alias="_encoding")


class Received(BaseModel):
    """The body of an answer."""

    size: int = 0
    text: str = ""
    encoding: str = ""
    rest: str = Field(default="", alias="_rest")
    rest_encoding: str = Field(default="", alias="_restEncoding")


class Request(BaseModel):
    """What was sent."""

    method: str
    url: str
    headers: list[Pair] = []
    posted: Posted = Field(default_factory=Posted, alias="postData")


class Response(BaseModel):
    """What was got."""

    status: int
    headers: list[Pair] = []
    content: Received = Field(default_factory=Received)


class Call(BaseModel):
    """An entry; `extra` is what only our own archives have."""

    started: datetime = Field(alias="startedDateTime")
    time: float = 0.0
    request: Request
    response: Response
    extra: dict[str, JsonValue] | None = Field(default=None, alias="_pplxMock")

    def record(self) -> Record:
        """The record that an archive of our own was written from; raises pydantic's `ValidationError`."""
        said = dict(self.extra or {})
        asked, told = said.get("request"), said.get("response")
        content = self.response.content
        said["request"] = {
            **(asked if isinstance(asked, dict) else {}),
            "headers": [{"name": pair.name, "value": pair.value} for pair in self.request.headers],
            "body": _content(self.request.posted.text, self.request.posted.encoding),
        }
        said["response"] = {
            **(told if isinstance(told, dict) else {}),
            "headers": [{"name": pair.name, "value": pair.value} for pair in self.response.headers],
            "body": _content(content.text, content.encoding),
            "rest": _content(content.rest, content.rest_encoding),
        }
        return Record.model_validate(said)


class Log(BaseModel):
    """The calls of an archive."""

    entries: list[Call]


class Archive(BaseModel):
    """A whole archive."""

    log: Log


def foreign(call: Call, number: int) -> Entry:
    """Make a call of an archive that another tool wrote; its operation is found by its path.

    Args:
        call: What the archive says.
        number: Its place there.

    Raises:
        ValueError: A URL or a content is none.
    """
    face = edition.load(editions.COMPLETE)
    url = urlsplit(call.request.url)
    head, keys = redaction.head(_pairs(call.request.headers))
    sent = redaction.Parts(url.path.encode(), url.query.encode(), head, call.request.posted.text.encode())
    clean = redaction.request(sent, keys)
    places: tuple[Leak, ...] = ("path", "query", "body")
    begun = round(call.started.timestamp() * _MILLION) * _THOUSAND
    ended = begun + round(call.time * _MILLION)
    return Entry(
        asked=Asked(
            method=call.request.method,
            path=clean.path,
            query=clean.query,
            head=clean.head,
            body=clean.body[:MOST_KEPT],
            size=len(sent.body),
            account=redaction.name_of(keys[0]) if keys else "",
            leaks=tuple(place for place in places if getattr(clean, place) != getattr(sent, place)),
        ),
        told=_told(call.response, keys),
        times=Times(begun, ended, ended, begun / 1e9, ended / 1e9, round(call.started.timestamp())),
        edition=face.name,
        operation=_operation(call.request.method, url.path),
        facts=face.facts,
        number=number,
    )


def _told(response: Response, keys: tuple[bytes, ...]) -> Told:
    body = _bytes(response.content.text, response.content.encoding)
    long = len(body) > 2 * MOST_KEPT
    return Told(
        status=response.status,
        head=redaction.headers(_pairs(response.headers), keys),
        opening=redaction.scrub(body[:MOST_KEPT] if long else body, keys),
        closing=redaction.scrub(body[-MOST_KEPT:], keys) if long else b"",
        size=len(body),
        kept=2 * MOST_KEPT if long else len(body),
        outcome="complete" if response.status else "broken",
    )


def _pairs(headers: list[Pair]) -> list[tuple[bytes, bytes]]:
    return [(pair.name.lower().encode(), pair.value.encode()) for pair in headers]


def _content(text: str, encoding: str) -> dict[str, JsonValue]:
    return {"text": text, "encoding": "base64" if encoding == "base64" else "utf-8"}


def _bytes(text: str, encoding: str) -> bytes:
    return b64decode(text) if encoding == "base64" else text.encode()


def _operation(method: str, path: str) -> Operation | None:
    return next((found for known, pattern, found in _routes() if known == method and pattern.fullmatch(path)), None)


@cache
def _routes() -> list[tuple[str, re.Pattern[str], Operation]]:
    """Methods, patterns and operations, those without parameters first."""
    operations = sorted(edition.load(editions.COMPLETE).operations.values(), key=lambda one: "{" in one.path)
    return [(one.method, re.compile(_PARAMETER.sub(".+", re.escape(one.path))), one) for one in operations]
