"""The catalogue as text: for a terminal, for programs, and for `docs/checks.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

import orjson

from contract_tests.checks import Check

_HEAD = """\
# Checks

What `pplx-mock check` holds a server against, and why we believe it. This page is made by
`pplx-mock check --list --format markdown`; a test keeps it up to date.

`basis` says where a check rests: `wire` on captured traffic, `spec` on the vendor's specification, `docs` on its prose,
`directory` on directories of the API, `design` on a decision of this project's. *fake* means that pplx-mock is asked,
*live* the vendor, *url* any other server. The numbers are the most requests in the profiles `quick` and `full`, and the
most US dollars that one of them costs live.
"""
_SUBJECTS = {
    "ACCOUNT": "Account",
    "AGENT": "Agent",
    "ASYNC": "Asynchronous chats",
    "CACHE": "Cache",
    "CHAT": "Chats",
    "CITE": "Verification of citations",
    "COLL": "Collections",
    "DET": "Determinism",
    "DOMAINS": "Domain rules",
    "EMBED": "Embeddings",
    "ERRORS": "Refusals",
    "FOCUS": "Focused search",
    "LIMITS": "Limits",
    "MODELS": "Models",
    "SCHEMA": "Made-up requests (Schemathesis)",
    "SEARCH": "Search",
    "STREAM": "Streams",
    "USAGE": "Usage",
    "WIRE": "Every answer",
}


def text(checks: Iterable[Check]) -> str:
    """Two lines a check."""
    lines = []
    for check in checks:
        lines.append(f"{check.id}  {check.sentence}")
        lines.append(f"    {check.basis} ({check.source}); {_where(check)}; {_most(check)}")
    return "\n".join(lines) + "\n"


def json(checks: Iterable[Check]) -> str:
    """A list of objects."""
    rows = [
        {
            "id": check.id,
            "sentence": check.sentence,
            "basis": check.basis,
            "source": check.source,
            "operations": list(check.operations),
            "targets": list(check.targets),
            "editions": list(check.editions),
            "writes": check.writes,
            "requests": {"quick": check.estimate.quick, "full": check.estimate.full},
            "usd_per_request": str(check.estimate.cost),
        }
        for check in checks
    ]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n"


def markdown(checks: Iterable[Check]) -> str:
    """A page with a table for each subject."""
    return "\n".join([_HEAD, *_tables(checks)]).rstrip("\n") + "\n"


FORMATS: dict[str, Callable[[Iterable[Check]], str]] = {"text": text, "json": json, "markdown": markdown}


def _tables(checks: Iterable[Check]) -> Iterator[str]:
    for subject, members in groupby(sorted(checks, key=attrgetter("id")), key=attrgetter("subject")):
        yield f"## {_SUBJECTS.get(subject, subject.capitalize())}\n"
        yield "| id | what a server keeps | basis | asked of | most |"
        yield "|---|---|---|---|---|"
        for check in members:
            writes = "; writes" if check.writes else ""
            yield (
                f"| {check.id} | {_cell(check.sentence)} | {check.basis}: {_cell(check.source)} "
                f"| {_where(check)}{writes} | {_numbers(check)} |"
            )
        yield ""


def _where(check: Check) -> str:
    return f"{', '.join(check.targets)}; editions: {', '.join(check.editions) or 'all that have it'}"


def _most(check: Check) -> str:
    return f"{check.estimate.quick} or {check.estimate.full} requests, {check.estimate.cost} USD each at the most"


def _numbers(check: Check) -> str:
    return f"{check.estimate.quick} / {check.estimate.full} / {check.estimate.cost} USD"


def _cell(said: str) -> str:
    return said.replace("|", "\\|")
