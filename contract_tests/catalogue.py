"""All checks, from the modules that hold them."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from contract_tests import meaning
from contract_tests.checks import CATALOGUE, Check
from contract_tests.schema import rules


@cache
def load() -> tuple[Check, ...]:
    """Import every module of `contract_tests.meaning`; returns their checks and the schema suite's, sorted by id."""
    for module in pkgutil.iter_modules(meaning.__path__):
        import_module(f"{meaning.__name__}.{module.name}")
    return (*(CATALOGUE[identity] for identity in sorted(CATALOGUE)), *rules.checks())
