"""Calls as an HTTP Archive (HAR 1.2), which browsers and many tools open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl

from mock_server import __version__, wire
from mock_server.journal.entry import Entry
from mock_server.journal.record import Content, Header, Record, record_of
from mock_server.jsontypes import JSON, JSONObject

EXTRA = "_pplxMock"
"""Where an entry keeps what HAR has no name for; names of one's own begin with an underscore there."""
_SAID_ELSEWHERE = {"request": {"headers", "body"}, "response": {"headers", "body", "rest"}}
_MILLION = 1_000_000
_UNKNOWN_SIZE = -1


def archive(entries: Iterable[Entry]) -> JSONObject:
    """Write calls as an archive.

    Args:
        entries: The calls.

    Returns:
        The archive as JSON. Moments are those of the content clock plus what passed on the pacing clock.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "pplx-mock", "version": __version__},
            "entries": [_entry(record_of(entry)) for entry in entries],
        }
    }


def _entry(record: Record) -> JSONObject:
    times = record.times
    begun = datetime.fromtimestamp(times.now, UTC) + timedelta(microseconds=times.begun // 1000)
    total = (times.ended - times.begun) / _MILLION
    wait = min(max(times.answered - times.begun, 0) / _MILLION, total) if times.answered else total
    extra = wire.loads(record.model_dump_json(exclude=_SAID_ELSEWHERE).encode())
    return {
        "startedDateTime": begun.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "time": total,
        "request": _request(record),
        "response": _response(record),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": total - wait},
        "connection": record.request.client.rpartition(":")[2],
        EXTRA: extra,
    }


def _request(record: Record) -> JSONObject:
    asked = record.request
    said: JSONObject = {
        "method": asked.method,
        "url": _url(record),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(asked.headers),
        "queryString": [
            {"name": name, "value": value} for name, value in parse_qsl(asked.query, keep_blank_values=True)
        ],
        "headersSize": _UNKNOWN_SIZE,
        "bodySize": asked.size,
    }
    if asked.size:
        said["postData"] = {"mimeType": _value(asked.headers, "content-type"), **_text(asked.body, "_encoding")}
    return said


def _response(record: Record) -> JSONObject:
    told = record.response
    content: JSONObject = {
        "size": told.size,
        "mimeType": _value(told.headers, "content-type"),
        **_text(told.body, "encoding"),
    }
    if told.rest.text:
        content["comment"] = f"{told.size - told.kept} bytes of the middle were not kept; _rest is how it ends"
        content["_rest"] = told.rest.text
        content["_restEncoding"] = told.rest.encoding
    return {
        "status": told.status,
        "statusText": _phrase(told.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(told.headers),
        "content": content,
        "redirectURL": "",
        "headersSize": _UNKNOWN_SIZE,
        "bodySize": told.size,
    }


def _url(record: Record) -> str:
    asked = record.request
    host = _value(asked.headers, "host") or "pplx-mock"
    lane = f"/n/{record.lane}" if record.lane else ""
    return f"http://{host}{lane}{asked.path}" + (f"?{asked.query}" if asked.query else "")


def _text(content: Content, encoding: str) -> JSONObject:
    said: JSONObject = {"text": content.text}
    if content.encoding == "base64":
        said[encoding] = "base64"
    return said


def _headers(headers: list[Header]) -> list[JSON]:
    return [{"name": header.name, "value": header.value} for header in headers]


def _value(headers: list[Header], name: str) -> str:
    return next((header.value for header in headers if header.name == name), "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
