"""Faults that a test asks for, in few words."""

from __future__ import annotations

from contextlib import suppress
from typing import TypedDict, get_args

from pydantic import JsonValue, ValidationError

from mock_server import facts, naming
from mock_server.embedded import wording
from mock_server.embedded.engine import Engine
from mock_server.errors import PplxMockError
from mock_server.faults.book import FaultBook, FaultError
from mock_server.faults.model import Connection, Fault, Length, Malform, Run, Shape, Wrap

_CONNECTIONS = frozenset(get_args(Connection))


class Wish(TypedDict, total=False):
    """What goes wrong and where, as the fields of `Fault` say it."""

    id: str
    operation: str | list[str]
    method: str
    path: str
    key: str
    model: str
    nth: int | list[int] | str
    share: float
    times: int
    status: int
    error: str
    message: str
    error_shape: Shape
    html: str
    connection: Connection
    after: str | int
    down: float
    delay: float
    dribble: float
    piece: int
    truncate: int | float
    malform: Malform
    content_length: Length
    content_type: str
    headers: dict[str, str]
    empty_results: bool
    finish_reason: str
    cut_text: int | float
    near_empty: bool
    wrap: Wrap
    run: Run
    extra_key: str
    missing_key: str
    patch: dict[str, JsonValue]
    stream: str


class WishError(PplxMockError):
    """A fault was asked for that there is not."""


class Failing:
    """A fault that holds.

    Args:
        engine: Where.
        book: The faults of the lane.
        name: Its id.
    """

    def __init__(self, engine: Engine, book: FaultBook, name: str) -> None:
        self._engine = engine
        self._book = book
        self.id = name
        self._last = 0

    @property
    def struck(self) -> int:
        """How many requests it met."""
        with suppress(FaultError):  # it was stopped, and what was counted stays
            self._last = self._engine.do(lambda: self._book.count(self.id).struck)
        return self._last

    def stop(self) -> None:
        """Let requests through again."""
        if self.id in self._engine.do(self._book.list):
            self._last = self.struck
            self._engine.do(lambda: self._book.remove(self.id))

    def __repr__(self) -> str:
        """Its id and its count."""
        return f"<fault {self.id}, struck {self.struck} times>"


def _field_of(name: str) -> str:
    """What a name is a name of; raises `WishError` where it is none."""
    if name in _CONNECTIONS:
        return "connection"
    known = facts.load(facts.COMPLETE).errors
    if name not in known:
        names = [*sorted(_CONNECTIONS), *known]
        raise WishError(f"fail: {naming.unknown('fault or error', name, names, listed_by='fixtures/errors.yaml')}")
    return "error"


def fault(what: int | str | Fault | None, wish: Wish) -> Fault:
    """Make a fault.

    Args:
        what: A status, `reset`, `closed` or `refused`, an error by name, or a whole fault.
        wish: The rest.

    Raises:
        WishError: There is no such fault; the text says which part of it.
    """
    given: dict[str, object] = {**wish}
    if isinstance(what, Fault):
        given = {**what.model_dump(exclude_unset=True), **given}
    elif isinstance(what, int):
        given["status"] = what
    elif what is not None:
        given[_field_of(what)] = what
    try:
        return Fault.model_validate(given)
    except ValidationError as error:
        raise WishError(f"fail: {wording.of(error, 'field of faults', Fault.model_fields)}") from None
