"""Conditions on a text as functions: whether it holds, what it says in words, and what the index can go by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from mock_server import redaction, wire
from mock_server.contract.bodies import given
from mock_server.stubs.model import TextMatch, ValueMatch

Test: TypeAlias = Callable[[str], bool]
Match: TypeAlias = TextMatch | ValueMatch

_WILD = re.compile(r"[*?]")
_BRANCHING = re.compile(r"[\\|()\[\]{}]")
_RUN = re.compile(r"[\w ]+(?![*?\w ])|[\w ]+(?=[\w ][*?])")
_LONGEST_SHOWN = 160


def test(match: Match) -> Test:
    """Make the check of a text: all that a match says holds."""
    checks = tests(match)
    return checks[0] if len(checks) == 1 else lambda text: all(check(text) for check in checks)


def tests(match: Match) -> tuple[Test, ...]:
    """Make the check of each thing that a match says of a text; none where it says nothing of the kind."""
    return tuple(_tests(match))


def whole(match: Match) -> str | None:
    """The one text that meets a match, or nothing where several may."""
    if match.ignore_case:
        return None
    equals, glob = given(match.equals), given(match.glob)
    if isinstance(equals, str):
        return equals
    return glob if glob is not None and not _WILD.search(glob) else None


def parts(match: Match) -> tuple[str, ...]:
    """Texts that are in all texts which meet a match; none where none is known.

    A regular expression is read only where it neither branches nor groups: then each run of letters has to be there,
    but for its last letter where `*` or `?` follows.
    """
    if match.ignore_case:
        return ()
    regex = given(match.regex)
    runs: list[str] = _RUN.findall(regex) if regex is not None and not _BRANCHING.search(regex) else []
    contains = given(match.contains)
    return (*runs, contains) if contains is not None else tuple(runs)


def words(match: Match) -> str:
    """Say what a match wants."""
    found = (
        ("equals", given(match.equals)),
        ("contains", given(match.contains)),
        ("matches", given(match.regex)),
        ("is like", given(match.glob)),
    )
    said = " and ".join(f"{word} {shown(value)}" for word, value in found if value is not None)
    return f"{said}, whatever the case" if match.ignore_case else said


def shown(value: object) -> str:
    """Write a value as a message shows it: as JSON, without keys, and not too long."""
    text = redaction.text(wire.dumps(value).decode("utf-8"))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _tests(match: Match) -> Iterator[Test]:
    folded = match.ignore_case
    equals, contains, regex, glob = given(match.equals), given(match.contains), given(match.regex), given(match.glob)
    if isinstance(equals, str):
        yield _folding(equals.casefold().__eq__) if folded else equals.__eq__
    if contains is not None:
        needle = contains.casefold() if folded else contains
        yield _folding(lambda text: needle in text) if folded else lambda text: needle in text
    if regex is not None:
        searched = re.compile(regex, re.IGNORECASE if folded else 0).search
        yield lambda text: searched(text) is not None
    if glob is not None:
        full = re.compile(_translated(glob), re.DOTALL | (re.IGNORECASE if folded else 0)).fullmatch
        yield lambda text: full(text) is not None


def _folding(plain: Test) -> Test:
    return lambda text: plain(text.casefold())


def _translated(glob: str) -> str:
    """Write a glob as a regular expression that never tries a second place for what stands between two stars.

    The first place leaves most for the rest, so that no other can do better; trying them all takes for ever.
    """
    first, *parts = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", glob))
    if not parts:
        return first
    *middle, last = parts
    return first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}"
