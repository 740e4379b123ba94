"""A request as data, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import orjson
from httpx_sse import EventSource

from contract_tests.findings import UnmetError
from contract_tests.shell import quoted
from mock_server.contract.operation import STREAM_TYPE, Operation
from mock_server.jsontypes import JSON, JSONObject

KEY_VARIABLE = "$PERPLEXITY_API_KEY"
_MOST_SHOWN = 300


class Event(NamedTuple):
    """One event of a stream: its name, empty where it has none, and its data."""

    name: str
    data: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A request.

    Args:
        operation: What is asked for.
        path: The path with its parameters filled in.
        body: The JSON body, where there is one.
        raw: The body's bytes, in place of `body`.
        query: The query's parameters.
        headers: Headers besides authorization and content type.
        key: The key; the target's own where None, no header at all where empty.
        method: The method, where it is not the operation's.
    """

    operation: Operation
    path: str
    body: JSON = None
    raw: bytes | None = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    key: str | None = None
    method: str = ""

    @property
    def verb(self) -> str:
        """The method."""
        return self.method or self.operation.method

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else orjson.dumps(self.body)

    def curl(self, base: str) -> str:
        """Write the request as a line for a shell; no key stands in it."""
        address = f"{base}{self.path}?{urlencode(self.query)}" if self.query else base + self.path
        words = ["curl", "-sS", "-X", self.verb, quoted(address)]
        if self.key != "":
            words += ["-H", f'"Authorization: Bearer {KEY_VARIABLE}"']
        for name, value in self.headers.items():
            words += ["-H", quoted(f"{name}: {value}")]
        if self.content:
            words += ["-H", "'Content-Type: application/json'", "-d", quoted(self.content)]
        return " ".join(words)


@dataclass(frozen=True)
class Answer:
    """What came back.

    Args:
        ask: What was asked.
        status: The status.
        headers: Names in lower case, and values, in the order that they came in.
        content: The body's bytes.
    """

    ask: Ask
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def brief(self) -> str:
        """The status and the beginning of the body, for a report."""
        return f"{self.status} {shortened(self.content)}" if self.content else f"{self.status} with an empty body"

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_stream(self) -> bool:
        """Whether it is an event stream."""
        return self.media_type == STREAM_TYPE

    @cached_property
    def json(self) -> JSON:
        """The body as JSON; raises `UnmetError` where it is none."""
        try:
            parsed: JSON = orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise UnmetError("the body is JSON", f"{error}: {shortened(self.content)}") from None
        return parsed

    @property
    def object(self) -> JSONObject:
        """The body as a JSON object; raises `UnmetError` where it is none."""
        if not isinstance(self.json, dict):
            raise UnmetError("the body is a JSON object", shortened(self.content))
        return self.json

    @cached_property
    def events(self) -> list[Event]:
        """The events of the stream, without comments and without what no blank line ends."""
        said = httpx.Response(200, headers={"content-type": STREAM_TYPE}, content=self.content)
        return [Event(event.event, event.data) for event in EventSource(said).iter_sse()]

    @cached_property
    def frames(self) -> list[JSONObject]:
        """The JSON of the events, but for the end marker; raises `UnmetError` where one is no object."""
        return [_frame(event.data) for event in self.events if event.data != "[DONE]"]


def _frame(data: str) -> JSONObject:
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise UnmetError("each event of the stream holds JSON", shortened(data)) from None
    if not isinstance(parsed, dict):
        raise UnmetError("each event of the stream holds a JSON object", shortened(data))
    return parsed


def shortened(value: object) -> str:
    """Write a value so that it fits a report."""
    text = value.decode("utf-8", errors="backslashreplace") if isinstance(value, bytes) else str(value)
    if not text:
        return "nothing at all"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(text)} characters)"
