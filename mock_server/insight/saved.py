"""Read calls back from a file: an HTTP Archive, a page of the control API, or lines of `pplx-mock tail --json`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from mock_server import edition
from mock_server.contract import editions
from mock_server.errors import PplxMockError
from mock_server.insight.archive import Archive, Call, foreign
from mock_server.journal.entry import Entry
from mock_server.journal.record import Page, Record, entry_of
from mock_server.jsontypes import JSON

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class SavedError(PplxMockError):
    """A file holds no calls that can be read."""


def read(file: Path) -> list[Entry]:
    """Read calls.

    Args:
        file: An archive of this or of another tool, a page, or one call a line. Keys that other tools left in are
            taken out as they are read.

    Raises:
        SavedError: It cannot be read; the message says why and where.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SavedError(f"{file}: {error.strerror}") from None
    try:
        found: JSON = orjson.loads(content)
    except orjson.JSONDecodeError:
        lines = enumerate(content.splitlines(), 1)
        return [_entry(_checked(Record, line, f"{file}, line {number}")) for number, line in lines if line.strip()]
    if isinstance(found, dict) and "log" in found:
        calls = _checked(Archive, content, str(file)).log.entries
        return [_archived(call, number, f"{file}, entry {number}") for number, call in enumerate(calls, 1)]
    if isinstance(found, dict) and "calls" in found:
        return [_entry(record) for record in _checked(Page, content, str(file)).calls]
    return [_entry(_checked(Record, content, str(file)))]


def _checked(model: type[_ModelT], content: bytes, where: str) -> _ModelT:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "it"
        raise SavedError(f"{where}: this is not what a journal holds: {place}: {first['msg']}") from None


def _entry(record: Record) -> Entry:
    known = record.edition in editions.names()
    face = edition.load(record.edition if known else editions.COMPLETE)
    return entry_of(record, face.operations.get(record.operation), face.facts)


def _archived(call: Call, number: int, where: str) -> Entry:
    try:
        return foreign(call, number) if call.extra is None else _entry(call.record())
    except ValidationError as error:
        raise SavedError(f"{where}: _pplxMock: {error.errors()[0]['msg']}") from None
    except ValueError as error:
        raise SavedError(f"{where}: this is not what an archive holds: {error}") from None
