"""The table of provenance tells for each part of the contract why it is believed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mock_server.contract import editions, provenance
from mock_server.contract.provenance import Fact
from mock_server.errors import ContractError

SEEN = {"basis": "wire", "date": "2026-11-21", "source": "here"}
FACTS = [Fact("GET /a", "wire", "2026-11-21", "here"), Fact("Thing.x", "directory", "2026-01-02", "a | b")]


def _document(operation: Any = None, **components: Any) -> Any:
    return {
        "paths": {"/a": {"get": {"operationId": "a", "x-provenance": SEEN, **(operation or {})}}},
        "components": components,
    }


def _where(document: Any) -> list[str]:
    return [fact.where for fact in provenance.rows(document)]


def test_an_operation_is_named_by_method_and_path() -> None:
    assert provenance.rows(_document()) == [Fact("GET /a", "wire", "2026-11-21", "here")]


def test_a_schema_a_field_and_a_form_are_named_by_where_they_stand() -> None:
    inner = {"x-provenance": SEEN, "items": {"properties": {"deep": {"x-provenance": SEEN}}}}
    thing = {"x-provenance": SEEN, "properties": {"field": {"anyOf": [{"type": "null"}, inner]}}}

    assert _where(_document(schemas={"Thing": thing}))[1:] == [
        "Thing",
        "Thing.field form 2",
        "Thing.field form 2[].deep",
    ]


def test_a_field_of_a_body_a_parameter_and_a_header_are_named_after_their_operation() -> None:
    said = {"x-provenance": SEEN}
    content = {"application/json": {"schema": {"properties": {"field": said}}}}
    operation = {
        "parameters": [{"name": "limit", **said}],
        "requestBody": {"content": content},
        "responses": {"200": {"headers": {"x-a": said}, "content": content}},
    }

    assert _where(_document(operation))[1:] == [
        "GET /a parameter limit",
        "GET /a body.field",
        "GET /a 200 header x-a",
        "GET /a 200.field",
    ]


def test_a_shared_response_and_a_shared_header_are_named_by_their_kind() -> None:
    document = _document(responses={"Gone": {"x-provenance": SEEN}}, headers={"Id": {"x-provenance": SEEN}})

    assert _where(document)[1:] == ["response Gone", "header Id"]


def test_an_example_that_looks_like_a_provenance_is_none() -> None:
    thing = {"examples": [{"x-provenance": SEEN}], "default": {"x-provenance": SEEN}}

    assert _where(_document(schemas={"Thing": thing})) == ["GET /a"]


def test_an_operation_without_provenance_is_refused() -> None:
    document = _document()
    del document["paths"]["/a"]["get"]["x-provenance"]

    with pytest.raises(ContractError, match=r"^GET /a has no x-provenance$"):
        provenance.rows(document)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"basis": "rumour"}, "a basis of wire, spec, docs, directory, design, got 'rumour'"),
        ({"date": "2026"}, "a date such as 2026-11-21 and a source, got '2026'"),
        ({"source": ""}, "a date such as 2026-11-21 and a source, got '2026-11-21' and ''"),
        ({"sauce": "x"}, "has basis, date, source, got basis, date, source, sauce"),
    ],
)
def test_a_provenance_of_another_form_is_refused(change: Any, text: str) -> None:
    document = _document(schemas={"Thing": {"x-provenance": {**SEEN, **change}}})

    with pytest.raises(ContractError, match=f"^Thing: x-provenance .*{text}"):
        provenance.rows(document)


def test_the_table_is_aligned() -> None:
    assert provenance.table(FACTS) == (
        "where    basis      date        source\n"
        "GET /a   wire       2026-11-21  here\n"
        "Thing.x  directory  2026-01-02  a | b\n"
    )


def test_a_table_of_nothing_has_its_headings() -> None:
    assert provenance.table([]) == "where  basis  date  source\n"


@pytest.mark.parametrize("edition", editions.names())
def test_every_fact_of_an_edition_has_a_real_day_and_a_place_of_its_own(edition: str) -> None:
    facts = provenance.rows(editions.document_for(edition))

    assert all(dt.date.fromisoformat(fact.date) for fact in facts)
    assert len({fact.where for fact in facts}) == len(facts)


@pytest.mark.parametrize(
    ("edition", "rule", "holds"),
    [
        ("complete", "PPLX-R-USAGE-DAY", True),
        ("2026-07", "PPLX-R-USAGE-DAY", False),
        ("2026-07", "PPLX-R-EMBED-TEXT", True),
        ("2026-07", "PPLX-R-MESSAGES-LAST", True),
        ("2026-10", "PPLX-R-MESSAGES-LAST", False),
        ("2026-10", "PPLX-R-DOMAIN-NAME", True),
    ],
)
def test_a_rule_is_listed_where_an_operation_still_keeps_it(edition: str, rule: str, holds: bool) -> None:  # noqa: FBT001
    assert (f"rule {rule}" in _where(editions.document_for(edition))) is holds
