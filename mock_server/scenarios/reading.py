"""Read files of faults and scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from mock_server.errors import PplxMockError
from mock_server.stubs import source as sources
from mock_server.stubs.problems import StubError
from mock_server.stubs.source import Source

ModelT = TypeVar("ModelT", bound=BaseModel)

MOST_BYTES = 1_048_576
"""Bytes that a file of faults, or a scenario, may have."""


class UnreadableError(PplxMockError):
    """A file cannot be read, or does not say what it is to say."""


def read(model: type[ModelT], file: Path) -> ModelT:
    """Read a file of a given form.

    Args:
        model: The form.
        file: YAML, or JSON where the name ends in `.json`.

    Raises:
        UnreadableError: It cannot be read, or is of another form; each thing that is wrong has its line.
    """
    try:
        return _read(model, sources.of_file(file, file.name, most=MOST_BYTES))
    except StubError as error:
        raise UnreadableError(str(error)) from None


def parse(model: type[ModelT], text: str, name: str) -> ModelT:
    """Read a text of a given form; arguments and errors as `read`, `name` is that of the file."""
    try:
        return _read(model, Source(name, text))
    except StubError as error:
        raise UnreadableError(str(error)) from None


def _read(model: type[ModelT], source: Source) -> ModelT:
    return sources.read(model, sources.content_of(source), source)
