"""`pplx-mock spec diff`: what changes between two editions, by class, for people and for machines."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import TYPE_CHECKING, Any, get_args

import pytest

from mock_server import cli, edition, switches
from mock_server.contract import editions, keywords, operation
from mock_server.drift import compare, report, schemas
from mock_server.drift.change import HARMLESS, Change, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_server.edition import Edition

COMPLETE, JULY, OCTOBER = (edition.load(name) for name in editions.names())
CURRENT = "/search"


def found(before: Edition, after: Edition) -> set[tuple[str, str]]:
    return {(change.kind, change.where) for change in compare.between(before, after)}


def altered(change: Callable[[Any], object], base: Edition = COMPLETE) -> Edition:
    """An edition whose contract is changed."""
    document = copy.deepcopy(base.document)
    change(document)
    return dataclasses.replace(base, document=document, operations=operation.read(document))


def retold(base: Edition = COMPLETE, **patch: Any) -> Edition:
    """An edition whose tables are changed."""
    return dataclasses.replace(base, facts=base.facts.model_copy(update=patch))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(["spec", "diff", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize("name", editions.names())
def test_an_edition_does_not_differ_from_itself(name: str) -> None:
    assert compare.between(edition.load(name), edition.load(name)) == []


def test_autumn_2026_took_sonar_away() -> None:
    changes = compare.between(JULY, OCTOBER)
    refused = {change.where: change.after for change in changes if change.kind == "endpoint_refused"}

    assert refused["POST /chat/completions"] == "chat_completions_not_available"
    assert len(refused) == 8
    assert {"sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"} <= {
        change.where for change in changes if change.kind == "model_removed"
    }


def test_a_dated_edition_has_renamed_what_the_directories_call_otherwise() -> None:
    renamed = {
        change.where: change.after for change in compare.between(COMPLETE, JULY) if change.kind == "endpoint_renamed"
    }

    assert renamed == {"GET /models": "GET /v1/models", "POST /embeddings": "POST /v1/embeddings"}


def test_what_one_way_takes_the_other_way_brings() -> None:
    mirrored = {"removed": "added", "added": "removed"}
    there, back = found(COMPLETE, JULY), found(JULY, COMPLETE)

    for kind, where in there:
        stem, _, ending = kind.rpartition("_")
        if ending in mirrored and stem in {"model", "status", "header", "parameter", "enum_value"}:
            assert (f"{stem}_{mirrored[ending]}", where) in back


def _schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def _reference(name: str) -> Any:
    return {"$ref": f"#/components/schemas/{name}"}


def _search(document: Any) -> Any:
    return document["paths"]["/search"]["post"]


SLIPS: list[tuple[Callable[[Any], object], str, str]] = [
    (lambda document: document["paths"].pop("/usage"), "endpoint_removed", "GET /usage"),
    (lambda document: document["paths"].pop("/chat/completions"), "endpoint_renamed", "POST /chat/completions"),
    (
        lambda document: document["paths"].update(
            {"/x": {"get": {**document["paths"]["/usage"]["get"], "operationId": "x"}}}
        ),
        "endpoint_added",
        "GET /x",
    ),
    (lambda document: _search(document)["x-mock"].update(refusal="not_found"), "endpoint_refused", "POST /search"),
    (lambda document: _schema(document, "ChatModel")["enum"].remove("sonar"), "model_removed", "sonar"),
    (lambda document: _schema(document, "ChatModel")["enum"].append("sonar-2"), "model_added", "sonar-2"),
    (lambda document: _schema(document, "RecencyFilter")["enum"].remove("hour"), "enum_value_removed", "RecencyFilter"),
    (lambda document: _schema(document, "RecencyFilter")["enum"].append("decade"), "enum_value_added", "RecencyFilter"),
    (
        lambda document: _schema(document, "Usage")["properties"].pop("num_search_queries"),
        "field_removed",
        "Usage.num_search_queries",
    ),
    (lambda document: _schema(document, "Usage")["properties"].update(x={"type": "string"}), "field_added", "Usage.x"),
    (
        lambda document: _schema(document, "SearchRequest")["required"].append("country"),
        "field_required",
        "SearchRequest.country",
    ),
    (
        lambda document: _schema(document, "SearchRequest")["required"].remove("query"),
        "field_optional",
        "SearchRequest.query",
    ),
    (lambda document: _schema(document, "Usd").update(type="string"), "type_changed", "Usd"),
    (lambda document: _schema(document, "DomainFilter").update(maxItems=10), "bound_changed", "DomainFilter maxItems"),
    (
        lambda document: _schema(document, "DomainFilter")["items"].update(maxLength=9),
        "bound_changed",
        "DomainFilter[] maxLength",
    ),
    (
        lambda document: _schema(document, "EmbeddingsRequest")["properties"]["encoding_format"].update(
            default="base64_binary"
        ),
        "default_changed",
        "EmbeddingsRequest.encoding_format",
    ),
    (lambda document: _search(document)["responses"].pop("404"), "status_removed", "POST /search"),
    (
        lambda document: _search(document)["responses"].update({"409": {"description": "x"}}),
        "status_added",
        "POST /search",
    ),
    (
        lambda document: _search(document)["responses"]["200"]["headers"].pop("x-cache"),
        "header_removed",
        "POST /search 200 x-cache",
    ),
    (
        lambda document: _search(document)["responses"]["200"]["headers"].update({"x-new": {}}),
        "header_added",
        "POST /search 200 x-new",
    ),
    (
        lambda document: document["paths"]["/usage"]["get"]["parameters"].pop(),
        "parameter_removed",
        "GET /usage group_by",
    ),
    (
        lambda document: _search(document)["requestBody"]["content"]["application/json"].update(
            schema=_reference("Usd")
        ),
        "type_changed",
        "POST /search body",
    ),
    (
        lambda document: _search(document)["responses"]["200"]["content"]["application/json"].update(
            schema=_reference("Usd")
        ),
        "type_changed",
        "POST /search 200",
    ),
    (
        lambda document: document["paths"]["/usage"]["get"]["parameters"][0]["schema"].update(maxLength=3),
        "bound_changed",
        "GET /usage start_date maxLength",
    ),
    (lambda document: _search(document).update(security=[]), "security_changed", "POST /search"),
    (lambda document: _search(document).update(description="Other words."), "doc_only", "POST /search"),
]


@pytest.mark.parametrize(("slip", "kind", "where"), SLIPS, ids=[f"{kind} {where}" for _, kind, where in SLIPS])
def test_each_class_of_change_in_the_contract_is_found_where_it_is(
    slip: Callable[[Any], object], kind: str, where: str
) -> None:
    assert (kind, where) in found(COMPLETE, altered(slip))


def test_a_parameter_that_comes_is_found() -> None:
    fewer = altered(lambda document: document["paths"]["/usage"]["get"]["parameters"].pop())

    assert ("parameter_added", "GET /usage group_by") in found(fewer, COMPLETE)


def _wire(**changes: Any) -> Edition:
    return retold(wire=COMPLETE.facts.wire.model_copy(update=changes))


def _error(**changes: Any) -> Edition:
    errors = COMPLETE.facts.errors
    return retold(errors={**errors, "not_found": errors["not_found"].model_copy(update=changes)})


def _sonar_price() -> Edition:
    models = COMPLETE.facts.models
    prices = models["sonar"].prices.model_copy(update={"input": models["sonar"].prices.input * 2})
    return retold(models={**models, "sonar": models["sonar"].model_copy(update={"prices": prices})})


TABLES: list[tuple[Edition, str, str]] = [
    (_sonar_price(), "price_changed", "models.sonar.prices.input"),
    (retold(search_request_price=COMPLETE.facts.search_request_price / 5), "price_changed", "search_request_price"),
    (_error(type="gone"), "error_type_changed", "errors.not_found.type"),
    (_error(status=410), "error_type_changed", "errors.not_found.status"),
    (_error(message="no"), "message_changed", "errors.not_found.message"),
    (
        retold(errors={k: v for k, v in COMPLETE.facts.errors.items() if k != "conflict"}),
        "error_removed",
        "errors.conflict",
    ),
    (_wire(cost_decimals=3), "number_format_changed", "wire.cost_decimals"),
    (_wire(stream_grammar="2026-01"), "number_format_changed", "stream_grammar.decimals"),
    (_wire(stream_grammar="2025-09"), "stream_grammar_changed", "stream_grammar.object"),
    (_wire(think_block=False), "behaviour_changed", "wire.think_block"),
    (_wire(stand_in="sonar-pro"), "default_changed", "wire.stand_in"),
    (retold(limits=COMPLETE.facts.limits[1:]), "limit_changed", f"limits.{COMPLETE.facts.limits[0].name}"),
]


@pytest.mark.parametrize(("after", "kind", "where"), TABLES, ids=[f"{kind} {where}" for _, kind, where in TABLES])
def test_each_class_of_change_in_the_tables_is_found_where_it_is(after: Edition, kind: str, where: str) -> None:
    changes = found(COMPLETE, after)

    assert (kind, where) in changes
    assert ("error_added", where) in found(after, COMPLETE) if kind == "error_removed" else True


def test_every_class_is_found_somewhere_here() -> None:
    tried = {kind for _, kind, _ in SLIPS} | {kind for _, kind, _ in TABLES}

    assert set(get_args(Kind)) == tried | {"parameter_added", "error_added"}


@pytest.mark.parametrize("now", [0, 5])
def test_where_a_clock_stands_is_no_difference(now: int) -> None:
    assert found(COMPLETE, _wire(now=now)) == set()


def test_the_price_of_a_model_that_only_one_side_has_is_no_difference() -> None:
    assert not [
        change for change in compare.between(COMPLETE, OCTOBER) if change.where.startswith("models.sonar-small-chat")
    ]


@pytest.mark.parametrize("name", switches.load())
def test_each_conflict_is_a_difference(name: str) -> None:
    switch = switches.load()[name]
    other = next(side for side in switch.sides if side != switch.default)

    assert compare.between(COMPLETE, edition.load(switches.key("complete", f"{name}={other}")))


def test_a_schema_that_forbids_all_is_another_type() -> None:
    anything, nothing = True, False

    assert [change.kind for change in schemas.changes(anything, nothing, "x")] == ["type_changed"]
    assert list(schemas.changes(nothing, nothing, "x")) == []


def test_of_forms_those_are_told_that_come_and_go() -> None:
    def between(before: list[Any], after: list[Any]) -> list[tuple[Any, Any]]:
        return [(change.before, change.after) for change in schemas.changes({"anyOf": before}, {"anyOf": after}, "x")]

    one, other, third = _reference("One"), _reference("Other"), _reference("Third")
    assert between([one, other, third], [other]) == [(["One", "Third"], None)]
    assert between([one], [one, other]) == [(None, ["Other"])]
    assert between([one, other], [third]) == [(["One", "Other"], ["Third"])]
    assert between([{"type": "object"}], [{"type": "object"}] * 2) == [(["object"], ["object", "object"])]


def test_a_field_of_several_forms_is_told_by_their_names() -> None:
    anything: Any = {"description": "Any.", "anyOf": [_reference("One"), {"type": "null"}]}
    added = list(schemas.changes({}, {"properties": {"field": anything}}, "x"))

    assert [change.after for change in added] == [["One", "null"]]


@pytest.mark.parametrize("keyword", sorted(keywords.SCHEMA - {
    "description", "examples", "deprecated", "x-provenance", "x-mock-errors",  # what a client is told, or the fake
    "discriminator", "contentMediaType",  # what other keywords say as well
}))  # fmt: skip
def test_no_keyword_of_the_contract_changes_unseen(keyword: str) -> None:
    sides: dict[str, tuple[Any, Any]] = {
        "properties": ({}, {"a": {}}), "required": (["a"], []), "enum": (["a"], ["b"]),
        "anyOf": ([{}], [{}, {}]), "oneOf": ([{}], [{}, {}]),
        "items": ({"type": "object"}, {"type": "null"}), "contentSchema": ({"type": "object"}, {"type": "null"}),
    }  # fmt: skip
    before, after = sides.get(keyword, (1, 2))
    rest: Any = {"properties": {"a": {}}} if keyword == "required" else {}

    assert list(schemas.changes({**rest, keyword: before}, {**rest, keyword: after}, "x"))


@pytest.mark.parametrize("pair", [(a, b) for a in editions.names() for b in editions.names() if a != b], ids="-".join)
def test_no_two_sides_look_alike_in_the_table(pair: tuple[str, str]) -> None:
    for change in compare.between(*map(edition.load, pair)):
        row = report._row(change)
        assert row[-2] != row[-1] or change.before is change.after is None, row
        assert ".." not in change.where


# Written


def test_only_what_a_client_survives_is_harmless() -> None:
    assert {"endpoint_added", "field_added", "doc_only"} <= HARMLESS
    assert Change("enum_value_added", "x", None, "y").breaking


def test_the_table_names_class_place_and_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run(capsys, "2026-07", "2026-10")
    lines = said.splitlines()

    assert status == 1
    assert lines[0].split() == ["class", "where", "before", "after"]
    assert any(
        line.split() == ["!", "endpoint_refused", "POST", "/v1/sonar", "served", "chat_completions_not_available"]
        for line in lines
    )
    assert lines[-1].startswith("2026-07 -> 2026-10: ")
    assert max(map(len, lines)) < 250


def test_the_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run(capsys, "2026-07", "2026-10", "--format", "json")
    told = json.loads(said)

    assert (status, told["from"], told["to"]) == (1, "2026-07", "2026-10")
    assert [(row["class"], row["where"]) for row in told["changes"]] == [
        (change.kind, change.where) for change in compare.between(JULY, OCTOBER)
    ]
    assert {tuple(row) for row in told["changes"]} == {("class", "where", "before", "after", "breaking")}


def test_the_same_edition_twice_is_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "2026-07", "2026-07") == (0, "2026-07 and 2026-07 are the same.\n", "")
    assert json.loads(run(capsys, "complete", "complete", "--format", "json")[1])["changes"] == []


def test_a_side_can_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run(capsys, "2026-07", "2026-07+citations=removed,finish_reason=length")

    assert status == 1
    assert "ChatCompletion.citations" in said
    assert "wire.finish_reason" in said


@pytest.mark.parametrize(("name", "text"), [
    ("2026-7", "there is no edition '2026-7'; known: complete, 2026-07, 2026-10. Did you mean '2026-07'?"),
    ("complete+x=y", "there is no conflict 'x'."),
    ("complete+citations=x", "the sides are present and removed, got 'x'"),
])  # fmt: skip
def test_what_cannot_be_compared_is_2(capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    status, said, error = run(capsys, "complete", name)

    assert (status, said) == (2, "")
    assert error.startswith("pplx-mock: ")
    assert text in error


def test_a_long_value_is_cut_in_the_table_only() -> None:
    change = Change("message_changed", "errors.x.message", "a " * 200, "b\n  c")

    assert "a a…" in report.as_table("1", "2", [change]).replace("a …", "a…")
    assert "b c" in report.as_table("1", "2", [change])
    assert "a " * 200 in report.as_json("1", "2", [change])


# The rest of `spec`


def test_spec_lists_the_conflicts_with_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["spec", "--conflicts"]) == 0
    said = capsys.readouterr().out

    for name, switch in switches.load().items():
        assert f"{name}" in said
        assert f"  * {switch.default} " in said
        assert all(side.provenance.source in said for side in switch.sides.values())


def test_spec_prints_the_contract_with_a_side_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["spec", "--edition", "2026-07", "--conflicts", "openai_path=served"]) == 0
    assert "/v1/chat/completions" in json.loads(capsys.readouterr().out)["paths"]


def test_spec_without_anything_is_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["spec"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(COMPLETE.document))
