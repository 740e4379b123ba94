"""Whether the parts of a fault mean something, alone and together; each refusal says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from mock_server import facts, naming
from mock_server.contract import document, editions
from mock_server.faults import tables

_FRAMING = frozenset({"content-type", "content-length", "transfer-encoding", "connection"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_COMPANY = {
    "message": ("status", "error"),
    "error_shape": ("status", "error"),
    "after": ("connection",),
    "down": ("connection",),
    "piece": ("dribble",),
}
"""What some parts are nothing without."""
_ANSWERS = ("status", "error", "html")
_CHANGES = (
    "empty_results", "finish_reason", "cut_text", "near_empty", "wrap", "run", "extra_key", "missing_key", "patch",
    "stream",
)  # fmt: skip
_BYTES = ("truncate", "malform", "content_length")


def error(name: str) -> str:
    """Check the name of an error; raises `ValueError`."""
    return _known("error", name, facts.load(facts.COMPLETE).errors)


def wording(name: str) -> None:
    """Check that an error says all by itself; raises `ValueError`."""
    text = facts.load(facts.COMPLETE).errors[name].message
    missing = set(_PLACEHOLDER.findall(text)) - tables.values(name).keys()
    if missing:
        raise ValueError(f"{name} says {text!r}: give a message, as nobody knows its {min(missing)} here")


def page(name: str) -> str:
    """Check the name of a page; raises `ValueError`."""
    return _known("page", name, tables.load().pages)


def operation(name: str) -> str:
    """Check the id of an operation; raises `ValueError`."""
    return _known("operation", name, _operations())


def is_header(name: str) -> bool:
    """Whether a header can have a name."""
    return _TOKEN.fullmatch(name) is not None


def header_value(value: str) -> str:
    """Check what a header is to say; raises `ValueError`."""
    if not _VALUE.fullmatch(value):
        raise ValueError(f"{value!r} is no value that a header can have")
    return value


def headers(said: dict[str, str], *, instead: str) -> dict[str, str]:
    """Check headers that are to be sent.

    Args:
        said: The headers.
        instead: What to say of one that is the connection's business.

    Returns:
        The same, with names in lower case.

    Raises:
        ValueError: One cannot be sent.
    """
    for name, value in said.items():
        if not is_header(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"{name!r} is no header that can be sent")
        if name.lower() in _FRAMING:
            raise ValueError(f"{name} {instead}")
    return {name.lower(): value for name, value in said.items()}


def status(number: int) -> None:
    """Check that there is a body for a status; raises `ValueError`."""
    known = tables.load().statuses
    if number not in known:
        listed = ", ".join(map(str, sorted(known)))
        raise ValueError(f"status {number} has no body of its own: give a message too, or one of {listed}")


def together(chosen: frozenset[str], connection: str | None) -> None:
    """Check that effects go together; raises `ValueError`."""
    if not chosen - _COMPANY.keys():
        raise ValueError("say what goes wrong: status, html, connection, delay, truncate, stream, …")
    for name, needed in _COMPANY.items():
        if name in chosen and chosen.isdisjoint(needed):
            raise ValueError(f"{name} goes with {' or '.join(needed)}")
    if "html" in chosen and not chosen.isdisjoint({"status", "error"}):
        raise ValueError("html has its own status: give either html, or status")
    if {"status", "error"} <= chosen and "message" not in chosen:
        raise ValueError("an error has its own status: give either error, or status")
    _check_answer(chosen)
    _check_connection(chosen, connection)


def _check_answer(chosen: frozenset[str]) -> None:
    """A fault that answers by itself leaves nothing for one that changes an answer."""
    answers = [name for name in _ANSWERS if name in chosen]
    changes = [name for name in _CHANGES if name in chosen]
    if answers and changes:
        raise ValueError(f"{changes[0]} changes an answer, and {answers[0]} takes its place: make two faults of it")


def _check_connection(chosen: frozenset[str], connection: str | None) -> None:
    if "down" in chosen and connection != "refused":
        raise ValueError("down goes with connection: refused")
    if "after" in chosen and connection == "refused":
        raise ValueError("a refused connection gets nothing: after goes with reset or closed")
    if connection is None:
        return
    if "content_length" in chosen:
        raise ValueError("content_length ends the connection itself: leave connection out")
    others = chosen - {"connection", "down", "delay"}
    if "after" not in chosen and others:
        raise ValueError(f"nothing is answered on a connection that is {connection}: give after, or no {min(others)}")


def _known(kind: str, name: str, known: Iterable[str]) -> str:
    if name not in known:
        raise ValueError(naming.unknown(kind, name, known))
    return name


@cache
def _operations() -> tuple[str, ...]:
    contract = editions.document_for(editions.COMPLETE)
    return tuple(str(node["operationId"]) for _, _, node in document.operations(contract))
