"""Tell why each part of the contract is believed."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from mock_server import resources
from mock_server.contract import document as documents
from mock_server.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mock_server.jsontypes import JSON, JSONObject

KEY = "x-provenance"
BASES = ("wire", "spec", "docs", "directory", "design")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BELOW = {"requestBody": " body", "schema": "", "itemSchema": "", "items": "[]"}
_EACH = {
    "anyOf": " form {}",
    "content": "",
    "headers": " header {}",
    "oneOf": " form {}",
    "parameters": " parameter {}",
    "properties": ".{}",
    "responses": " {}",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One part of the contract and why it is believed.

    Attributes:
        where: An operation (``POST /search``), a schema or its field (``ChatCompletion.citations``), a response, a
            header or a rule.
        basis: One of `BASES`.
        date: The day it was last seen so.
        source: Where it was seen.
    """

    where: str
    basis: str
    date: str
    source: str


def rows(document: JSONObject) -> list[Fact]:
    """List the facts of a document in its order, and after them the rules that hold for one of its operations.

    Raises:
        ContractError: An operation has no provenance, or a provenance is not of the form.
    """
    facts: list[Fact] = []
    for path, method, operation in documents.operations(document):
        where = f"{method.upper()} {path}"
        if KEY not in operation:
            raise ContractError(f"{where} has no {KEY}")
        facts.extend(_facts(operation, where))
    for kind, members in documents.mapping(document["components"]).items():
        prefix = "" if kind == "schemas" else f"{kind.removesuffix('s')} "
        for name, member in documents.mapping(members).items():
            facts.extend(_facts(member, f"{prefix}{name}"))
    return [*facts, *_rules(document)]


def table(facts: list[Fact]) -> str:
    """Write facts as columns of plain text, under a line of headings."""
    lines = _lines(facts)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "".join(f"{line}\n" for line in padded)


def _lines(facts: list[Fact]) -> list[tuple[str, ...]]:
    return [tuple(field.name for field in fields(Fact)), *map(astuple, facts)]


def _facts(node: JSON, where: str) -> Iterator[Fact]:
    if not isinstance(node, dict):
        return
    if KEY in node:
        yield _fact(documents.mapping(node[KEY]), where)
    for key, value in node.items():
        if key in _BELOW:
            yield from _facts(value, f"{where}{_BELOW[key]}")
        elif key in _EACH:
            for label, item in _labelled(value):
                yield from _facts(item, f"{where}{_EACH[key].format(label)}")


def _labelled(members: JSON) -> Iterable[tuple[JSON, JSON]]:
    if isinstance(members, list):
        numbered = enumerate(members, start=1)
        return [(item.get("name", number) if isinstance(item, dict) else number, item) for number, item in numbered]
    return documents.mapping(members).items()


def _fact(provenance: JSONObject, where: str) -> Fact:
    names = [field.name for field in fields(Fact)][1:]
    if sorted(provenance) != sorted(names):
        raise ContractError(f"{where}: {KEY} has {', '.join(names)}, got {', '.join(provenance) or 'nothing'}")
    basis, date, source = (str(provenance[name]) for name in names)
    if basis not in BASES:
        raise ContractError(f"{where}: {KEY} has a basis of {', '.join(BASES)}, got {basis!r}")
    if not _DAY.fullmatch(date) or not source:
        raise ContractError(f"{where}: {KEY} has a date such as 2026-11-21 and a source, got {date!r} and {source!r}")
    return Fact(where, basis, date, source)


def _rules(document: JSONObject) -> Iterator[Fact]:
    served = {
        habits.get("alias_of", operation["operationId"])
        for _, _, operation in documents.operations(document)
        for habits in [documents.mapping(operation.get("x-mock", {}))]
        if "refusal" not in habits
    }
    rules = documents.mapping(resources.read_yaml(documents.FOLDER, "rules.yaml"))["rules"]
    for _, rule in _labelled(rules):
        found = documents.mapping(rule)
        if served & {operation for _, operation in _labelled(found["operations"])}:
            yield from _facts(rule, f"rule {found['id']}")
