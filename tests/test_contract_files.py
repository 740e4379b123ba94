"""The contract's files hold nothing idle, and its rules are about what exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mock_server import facts, resources
from mock_server.contract import document as documents
from mock_server.contract import editions

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTSIDE_OPERATIONS = {"responses.yaml#/MethodNotAllowed", "headers.yaml#/Allow"}
"""A 405 belongs to a path, not to one of its operations, so nothing in the bundled document refers to it."""


def _read(*parts: str) -> Any:
    return resources.read_yaml("openapi", *parts)


def _operations() -> dict[str, Any]:
    return {str(operation["operationId"]): operation for _, _, operation in documents.operations(documents.load())}


def _entries() -> Iterator[str]:
    for file in ["responses.yaml", "headers.yaml"]:
        yield from (f"{file}#/{name}" for name in _read(file))
    for folder in ["schemas", "paths"]:
        for file in resources.names("openapi", folder, suffix=".yaml"):
            yield from (f"{folder}/{file}.yaml#/{name}" for name in _read(folder, f"{file}.yaml"))


@pytest.mark.parametrize("entry", sorted(set(_entries()) - OUTSIDE_OPERATIONS))
def test_every_entry_of_a_file_is_in_the_bundled_contract(entry: str) -> None:
    file, _, name = entry.partition("#/")
    if file.startswith("paths/"):
        assert {"$ref": entry} in _read("perplexity.yaml")["paths"].values()
    else:
        components: Any = documents.load()["components"]
        assert name in components[re.split(r"[/.]", file)[0]]


RULES = _read("rules.yaml")["rules"]


def test_rules_have_ids_of_their_own() -> None:
    identities = [rule["id"] for rule in RULES]

    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_a_rule_is_a_sentence_about_operations_and_an_error_that_exist(rule: Any) -> None:
    assert re.fullmatch(r"PPLX-R-[A-Z0-9-]+", rule["id"])
    assert rule["sentence"].endswith(".")
    assert rule["operations"]
    assert set(rule["operations"]) <= _operations().keys()
    assert set(rule.get("editions", [])) <= set(editions.names())
    assert rule["error"] in facts.load("complete").errors


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_an_operation_that_has_a_rule_declares_the_status_of_its_error(rule: Any) -> None:
    status = str(facts.load("complete").errors[rule["error"]].status)

    assert all(status in _operations()[operation]["responses"] for operation in rule["operations"])
