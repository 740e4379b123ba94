"""Read stubs from files, and hold them against the contract."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from mock_server.contract.bodies import given
from mock_server.jsontypes import JSON
from mock_server.stubs import checks
from mock_server.stubs import source as sources
from mock_server.stubs.book import StubBook
from mock_server.stubs.checks import Face
from mock_server.stubs.model import Stub, StubFile
from mock_server.stubs.problems import Problem, StubError
from mock_server.stubs.source import Source

SOURCE = "files"
SUFFIXES = frozenset({".yaml", ".yml", ".json"})
MOST_BYTES = 8_388_608
"""Bytes that a file of stubs may have."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a stub stands."""

    source: Source
    index: int

    def problem(self, found: Problem) -> Problem:
        """Add file and line to what is wrong with the stub."""
        placed = self.source.problem(("stubs", self.index, *found.path), found.reason)
        return replace(found, file=placed.file, line=placed.line)


@dataclass(frozen=True, slots=True)
class StubSet:
    """The stubs of some files by id, in their order, and where each stands."""

    stubs: dict[str, Stub] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def problems(self, face: Face) -> list[Problem]:
        """Hold them against the contract of an edition; returns what is wrong, by file and line."""
        found = [(name, one) for name, stub in self.stubs.items() for one in checks.problems(stub, face, name=name)]
        return sources.told(found, lambda pair: self.origins[pair[0]].problem(pair[1]))

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
    try:
        if place.is_file():
            return [place]
        if not place.is_dir():
            raise StubError([Problem("", (), "there is no such file or folder", str(place))])
        found = [path for path in place.rglob("*") if path.suffix in SUFFIXES and not path.name.startswith(".")]
        return sorted(path for path in found if path.is_file())
    except OSError as error:  # it may not be looked into, or goes meanwhile
        raise StubError([Problem("", (), error.strerror or str(error), str(place))]) from None


def parse(text: str, name: str) -> list[Stub]:
    """Read the stubs of a text.

    Args:
        text: YAML, or JSON where the name ends in `.json`.
        name: The name of the file, for the words.

    Raises:
        StubError: It says something that is no stub.
    """
    source = Source(name, text)
    content = sources.content_of(source)
    try:
        return sources.read(StubFile, content, source).stubs
    except StubError as error:
        raise StubError(_of_stub(found, content, name) for found in error.problems) from None


def _collected(place: Path) -> StubSet:
    read, wrong = StubSet(), list[Problem]()
    for path in listed(place):
        name = path.name if path == place else path.relative_to(place).as_posix()
        try:
            wrong += _put(read, sources.of_file(path, name, most=MOST_BYTES))
        except StubError as error:
            wrong += error.problems
    checks.refuse(wrong)
    return read


def _put(read: StubSet, source: Source) -> list[Problem]:
    """Add the stubs of a file; returns what is wrong with those whose id is taken."""
    taken: list[tuple[int, str]] = []
    for index, stub in enumerate(parse(source.text, source.name)):
        name = given(stub.id) or f"{source.name}#{index + 1}"
        if name in read.stubs:
            taken.append((index, name))
        else:
            read.stubs[name] = stub
            read.origins[name] = Origin(source, index)
    return sources.told(taken, lambda one: _taken(read.origins[one[1]].source.name, *one, source))


def _taken(other: str, index: int, name: str, source: Source) -> Problem:
    return source.problem(("stubs", index, "id"), f"{other} has a stub of this id already", stub=name)


def _of_stub(found: Problem, content: JSON, name: str) -> Problem:
    """Tell a problem of a stub by the stub and the place in it, in place of the place in the file."""
    match found.path:
        case ("stubs", index, *path):
            return replace(found, stub=_id(content, index, name), path=tuple(path))
        case _:
            return found


def _id(content: JSON, index: str | int, name: str) -> str:
    """The id of a stub that may be none."""
    stubs = content.get("stubs") if isinstance(content, dict) else None
    stub = stubs[index] if isinstance(stubs, list) and isinstance(index, int) else None
    said = stub.get("id") if isinstance(stub, dict) else None
    return said if isinstance(said, str) else f"{name}#{int(index) + 1}"
