"""A run as others read it: one module a format, each a pure function of a report."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from contract_tests.findings import CouldNotTestError
from contract_tests.reports import page, plain, sarif, text, xml
from contract_tests.runner import Report

FORMATS: dict[str, Callable[[Report], str]] = {
    "html": page.write,
    "json": plain.write,
    "junit": xml.write,
    "markdown": text.write,
    "sarif": sarif.write,
}


class Wish(NamedTuple):
    """A report that was asked for."""

    format: str
    path: Path


def wishes(said: str) -> list[Wish]:
    """Read ``FORMAT=PATH,…``; raises `CouldNotTestError` for a format that there is not."""
    found = []
    for part in filter(None, (part.strip() for part in said.split(","))):
        name, sign, path = part.partition("=")
        if name not in FORMATS or not sign or not path:
            close = difflib.get_close_matches(name, FORMATS, n=1)
            hint = f"did you mean {close[0]}=PATH?" if close else f"formats: {', '.join(FORMATS)}"
            raise CouldNotTestError(f"--report takes FORMAT=PATH, got {part!r}; {hint}")
        found.append(Wish(name, Path(path)))
    return found


def write(report: Report, wish: Wish) -> None:
    """Write a report; raises `CouldNotTestError` where its file cannot be written."""
    try:
        wish.path.parent.mkdir(parents=True, exist_ok=True)
        wish.path.write_text(FORMATS[wish.format](report), encoding="utf-8")
    except OSError as error:
        raise CouldNotTestError(f"cannot write {wish.path}: {error.strerror}") from None
