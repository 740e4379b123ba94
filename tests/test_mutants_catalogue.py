"""The catalogue of wrong servers itself: names, the checks that it counts on, and what it covers."""

from __future__ import annotations

import re
from collections import Counter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests import catalogue, conformance
from contract_tests.checks import CATALOGUE
from mock_server import edition
from tests.mutants.score import HARMLESS, WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mutants.mutant import Mutant

OPERATIONS = sorted({operation.handler for operation in edition.load("complete").operations.values()})
WANTED_WRONG, WANTED_HARMLESS = 80, 20
UNTESTED = {"PPLX-ERRORS-011"}
"""Checks of what the edition `complete` has not, in which wrong servers are served."""


def named_in(change: object, seen: set[int] | None = None) -> Iterator[str]:
    """All texts that a change can reach: in its closure, among the globals that it names, in what those call."""
    seen = set() if seen is None else seen
    if id(change) in seen:
        return
    seen.add(id(change))
    if isinstance(change, str):
        yield change
    elif isinstance(change, tuple | list | set | frozenset):
        for item in change:
            yield from named_in(item, seen)
    elif isinstance(change, FunctionType) and change.__module__.startswith("tests.mutants"):
        for cell in change.__closure__ or ():
            yield from named_in(cell.cell_contents, seen)
        for name in names_of(change.__code__):
            yield from named_in(change.__globals__.get(name), seen)


def names_of(code: CodeType) -> set[str]:
    """The names that a function uses, and the functions within it."""
    inner = [names_of(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*inner)


def operations_of(mutant: Mutant) -> set[str]:
    """The operations that a wrong server is wrong on."""
    return {name for change in (mutant.before, mutant.after) for name in named_in(change)} & {*OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_a_wrong_server(operation: str) -> None:
    assert any(operation in operations_of(mutant) for mutant in WRONG), f"no wrong server is wrong on {operation}"


def test_every_server_has_a_name_of_its_own_that_a_url_can_hold() -> None:
    names = Counter(mutant.id for mutant in (*WRONG, *HARMLESS))

    assert [name for name, times in names.items() if times > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_there_are_as_many_as_were_promised() -> None:
    assert len(WRONG) >= WANTED_WRONG
    assert len(HARMLESS) >= WANTED_HARMLESS


@pytest.mark.parametrize("mutant", WRONG, ids=lambda mutant: mutant.id)
def test_a_wrong_server_names_checks_that_there_are(mutant: Any) -> None:
    known = [check.id for check in catalogue.load()] + [*conformance.SENTENCES]

    assert mutant.caught_by, "a wrong server that no check needs to catch"
    assert [name for name in mutant.caught_by if not any(one.startswith(name) for one in known)] == []


def test_a_harmless_server_is_to_be_blamed_by_no_check() -> None:
    assert [mutant.id for mutant in HARMLESS if mutant.caught_by] == []


def test_every_check_that_runs_by_itself_has_a_wrong_server_to_catch() -> None:
    """A check that cannot fail is none."""
    catalogue.load()
    counted_on = {name for mutant in WRONG for name in mutant.caught_by}

    assert sorted(CATALOGUE.keys() - counted_on - UNTESTED) == []
