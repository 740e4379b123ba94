"""Read stubs from files, and tell what is wrong with them by file, line and field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import orjson
import yaml_rs
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mock_server.contract.bodies import given
from mock_server.jsontypes import JSON
from mock_server.stubs import checks, positions, wording
from mock_server.stubs.book import StubBook
from mock_server.stubs.checks import Face
from mock_server.stubs.model import Stub, StubFile
from mock_server.stubs.problems import Problem, StubError

SOURCE = "files"
SUFFIXES = frozenset({".yaml", ".yml", ".json"})
MOST_BYTES = 8_388_608
"""Bytes that a file of stubs may have."""

Step = str | int


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, to find lines in."""

    name: str
    text: str

    @property
    def is_json(self) -> bool:
        """Whether it is JSON and not YAML."""
        return self.name.endswith(".json")

    def problem(self, path: Sequence[Step], reason: str, *, stub: str = "", line: int = 0) -> Problem:
        """Word what is wrong at a place of the file."""
        find = positions.in_json if self.is_json else positions.in_yaml
        return Problem(stub, tuple(path), reason, self.name, line or find(self.text, path))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a stub stands."""

    source: Source
    index: int

    def problem(self, found: Problem) -> Problem:
        """Add file and line to what is wrong with the stub."""
        placed = self.source.problem(("stubs", self.index, *found.path), found.reason, stub=found.stub)
        return Problem(found.stub, found.path, found.reason, placed.file, placed.line)


@dataclass(frozen=True, slots=True)
class StubSet:
    """The stubs of some files by id, in their order, and where each stands."""

    stubs: dict[str, Stub] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def problems(self, face: Face) -> list[Problem]:
        """Hold them against the contract of an edition; returns what is wrong, by file and line."""
        return [
            self.origins[name].problem(found)
            for name, stub in self.stubs.items()
            for found in checks.problems(stub, face, name=name)
        ]

    def fill(self, book: StubBook) -> None:
        """Put them into a book in place of those that files gave it before; raises `StubError`."""
        book.replace(SOURCE, self.stubs.items())


def load(place: Path, face: Face) -> StubSet:
    """Load stubs.

    Args:
        place: A file, or a folder of which all YAML and JSON files are read by the order of their names, also those
            in folders below.
        face: The edition whose contract they have to keep.

    Raises:
        StubError: A file cannot be read, or says something that is no stub, or that breaks the contract. It tells all
            that is wrong.
    """
    read = _collected(place)
    checks.refuse(read.problems(face))
    return read


def listed(place: Path) -> list[Path]:
    """List the files of a place; raises `StubError` where there is nothing."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise StubError([Problem("", (), "there is no such file or folder", str(place))])
    found = (path for path in place.rglob("*") if path.suffix in SUFFIXES and not path.name.startswith("."))
    return sorted(path for path in found if path.is_file())


def parse(text: str, name: str) -> list[Stub]:
    """Read the stubs of a text.

    Args:
        text: YAML, or JSON where the name ends in `.json`.
        name: The name of the file, for the words.

    Raises:
        StubError: It says something that is no stub.
    """
    source = Source(name, text)
    content = _content(source)
    try:
        return StubFile.model_validate(content).stubs
    except ValidationError as error:
        found = [*_problems(error.errors(include_url=False, include_input=False), content, source)]
        raise StubError(found) from None


def _collected(place: Path) -> StubSet:
    read, wrong = StubSet(), list[Problem]()
    for path in listed(place):
        name = path.name if path == place else path.relative_to(place).as_posix()
        try:
            wrong += _put(read, Source(name, _text(path, name)))
        except StubError as error:
            wrong += error.problems
    checks.refuse(wrong)
    return read


def _put(read: StubSet, source: Source) -> Iterator[Problem]:
    """Add the stubs of a file; those whose id is taken are problems."""
    for index, stub in enumerate(parse(source.text, source.name)):
        name = given(stub.id) or f"{source.name}#{index + 1}"
        if name in read.stubs:
            other = read.origins[name].source.name
            yield source.problem(("stubs", index, "id"), f"{other} has a stub of this id already", stub=name)
        else:
            read.stubs[name] = stub
            read.origins[name] = Origin(source, index)


def _text(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StubError([Problem("", (), f"a file of stubs has at most {MOST_BYTES} bytes", name)])
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StubError([Problem("", (), error.strerror or str(error), name)]) from None
    except UnicodeDecodeError:
        raise StubError([Problem("", (), "the text is not UTF-8", name)]) from None


def _content(source: Source) -> JSON:
    try:
        if source.is_json:
            return cast("JSON", orjson.loads(source.text))
        return cast("JSON", yaml_rs.loads(source.text, parse_datetime=False))
    except orjson.JSONDecodeError as error:
        raise StubError([Problem("", (), error.msg, source.name, error.lineno)]) from None
    except yaml_rs.YAMLDecodeError as error:
        line, reason = wording.of_yaml(str(error), source.text)
        raise StubError([Problem("", (), reason, source.name, line)]) from None


def _problems(errors: Iterable[ErrorDetails], content: JSON, source: Source) -> Iterator[Problem]:
    """Word what pydantic found; of a place that could be of several types, all reasons are told together."""
    reasons: dict[tuple[Step, ...], list[str]] = {}
    for error in errors:
        path = wording.path_of(error["loc"], content)
        told = reasons.setdefault(path, [])
        reason = wording.of_pydantic(error)
        if reason not in told:
            told.append(reason)
    for path, told in reasons.items():
        in_stub = len(path) > 1 and path[0] == "stubs"
        line = source.problem(path, "").line
        stub = _id(content, path[1], source.name) if in_stub else ""
        yield Problem(stub, path[2:] if in_stub else path, ", or ".join(told), source.name, line)


def _id(content: JSON, index: Step, name: str) -> str:
    """The id of a stub that may be none."""
    stubs = content.get("stubs") if isinstance(content, dict) else None
    stub = stubs[index] if isinstance(stubs, list) and isinstance(index, int) else None
    said = stub.get("id") if isinstance(stub, dict) else None
    return said if isinstance(said, str) else f"{name}#{int(index) + 1}"
