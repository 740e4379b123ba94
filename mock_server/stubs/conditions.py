"""Conditions of a stub, each on one thing about a request: whether it holds, and in words what it wants and gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from mock_server import redaction
from mock_server.contract.bodies import MISSING, given
from mock_server.faults.model import HASHED
from mock_server.jsontypes import JSON
from mock_server.stubs import queries, texts
from mock_server.stubs.asked import Asked
from mock_server.stubs.model import HeaderMatch, MessageMatch, TextMatch, ValueMatch, When

Scalar: TypeAlias = str | int | float | bool | None
Reader: TypeAlias = Callable[[Asked], Sequence[JSON]]
OPERATION, LAST_USER = "when.operation", "when.last_user"


@dataclass(frozen=True, slots=True)
class Exact:
    """What an index can go by: a reader of values that two conditions share where `name` is the same, and the values.

    A request that meets the condition has one of the values among those it reads, by Python's own equality.
    """

    name: str
    read: Reader
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One condition; each is equal to itself alone.

    Args:
        field: Where the stub says it, such as `when.last_user`.
        wanted: What it wants, in words.
        holds: Whether a request meets it.
        got: What a request has there, in words.
        exact: What the index can go by, where it wants exact values.
        parts: Texts that what the user said last has to contain, where some are known.
    """

    field: str
    wanted: str
    holds: Callable[[Asked], bool]
    got: Callable[[Asked], str]
    exact: Exact | None = None
    parts: tuple[str, ...] = ()


def of(when: When) -> tuple[Condition, ...]:
    """Make the conditions of a stub; `nth` is none of them, as it counts the requests that meet them all."""
    return tuple(_of(when))


def _of(when: When) -> Iterator[Condition]:
    """Make the conditions, those first that tell most."""
    if (operations := given(when.operation)) is not None:
        yield operation(tuple(operations))
    if (last_user := given(when.last_user)) is not None:
        yield _text(LAST_USER, last_user, lambda asked: asked.last_user)
    if (key := given(when.key)) is not None:
        yield _key(key)
    yield from _named(when)
    if (model := given(when.model)) is not None:
        yield _text("when.model", model, lambda asked: asked.model)
    if (pattern := given(when.path)) is not None:
        yield _text("when.path", pattern, lambda asked: asked.path)
    for number, message in enumerate(given(when.messages) or []):
        yield _message(f"when.messages[{number}]", message)


def _named(when: When) -> Iterator[Condition]:
    """Make the conditions on headers and on places in the body."""
    for name, match in (given(when.headers) or {}).items():
        yield _hidden(_values(f"when.headers.{name}", match, _header(name)), name)
    for path, values in (given(when.body) or {}).items():
        yield _values(f"when.body[{path}]", values, _body(path))


def operation(names: tuple[str, ...]) -> Condition:
    """Make the condition that a request is for one of some operations."""
    return Condition(
        OPERATION,
        f"is {' or '.join(names)}",
        lambda asked: asked.operation in names or asked.alias in names,
        lambda asked: asked.operation,
        Exact(OPERATION, lambda asked: (asked.operation, asked.alias), names),
    )


def _text(field: str, match: TextMatch, read: Callable[[Asked], str]) -> Condition:
    test, exact = texts.test(match), texts.whole(match)
    return Condition(
        field,
        texts.words(match),
        lambda asked: test(read(asked)),
        lambda asked: texts.shown(read(asked)),
        None if exact is None else Exact(field, lambda asked: (read(asked),), (exact,)),
        texts.parts(match) if field == LAST_USER else (),
    )


def _key(key: str) -> Condition:
    name = key if key.startswith(HASHED) else redaction.name_of(key)
    return Condition(
        "when.key",
        f"is {key}",
        lambda asked: asked.key == name,
        lambda asked: asked.key or "no key",
        Exact("when.key", lambda asked: (asked.key,), (name,)),
    )


def _header(name: str) -> Reader:
    def read(asked: Asked) -> Sequence[JSON]:
        value = asked.header(name)
        return () if value is None else (value,)

    return read


def _body(path: str) -> Reader:
    find = queries.compiled(path)
    return lambda asked: find(asked.content)


def _values(field: str, match: HeaderMatch | ValueMatch, read: Reader) -> Condition:
    """Make a condition on the values that a reader finds: any of them meets all that the match says."""
    test, absent = _value_test(match), given(match.exists) is False

    def holds(asked: Asked) -> bool:
        values = read(asked)
        return not values if absent else any(map(test, values))

    return Condition(
        field,
        _value_words(match),
        holds,
        lambda asked: " and ".join(map(texts.shown, read(asked))) or "nothing",
        _value_exact(field, match, read),
    )


def _value_test(match: HeaderMatch | ValueMatch) -> Callable[[JSON], bool]:
    wanted, checks = match.equals, texts.tests(match)

    def test(value: JSON) -> bool:
        if wanted is not MISSING and not isinstance(wanted, str) and not same(value, wanted):
            return False
        return not checks or (isinstance(value, str) and all(check(value) for check in checks))

    return test


def _value_exact(field: str, match: HeaderMatch | ValueMatch, read: Reader) -> Exact | None:
    wanted = match.equals
    if wanted is MISSING or match.ignore_case or isinstance(wanted, dict | list) or given(match.exists) is False:
        return None
    return Exact(field, read, (wanted,))


def same(one: JSON, other: JSON) -> bool:
    """Whether two values of JSON are equal: 1 is 1.0, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def _hidden(condition: Condition, header: str) -> Condition:
    """Keep what a secret header holds out of messages."""
    if not redaction.is_secret(header.encode("latin-1")):
        return condition
    return replace(condition, got=lambda _: "not shown")


def _value_words(match: HeaderMatch | ValueMatch) -> str:
    exists = given(match.exists)
    if exists is False:
        return "is absent"
    if match.equals is None:
        return "equals null"
    return texts.words(match) or "is there"


def _message(field: str, match: MessageMatch) -> Condition:
    role, checks = given(match.role), texts.tests(match)
    return Condition(
        field,
        f"a message of {role or 'anybody'} {texts.words(match) or 'is there'}",
        lambda asked: any(role in {None, who} and all(check(text) for check in checks) for who, text in asked.messages),
        lambda asked: texts.shown([text for who, text in asked.messages if role in {None, who}]),
    )
