"""The contract is sound in every edition, and each of its checks notices a slip that was planted for it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonschema_rs
import orjson
import pytest

from mock_server import facts, resources
from mock_server.contract import document as documents
from mock_server.contract import editions, provenance
from mock_server.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Check: TypeAlias = "Callable[[Any, str], Iterator[str]]"
    Plant: TypeAlias = "Callable[[Any], object]"

CHECKS: dict[Check, Plant] = {}
"""Each check of a document and its edition, and a slip in the edition `complete` that it has to notice."""


def check(plant: Plant) -> Callable[[Check], Check]:
    """Register a check together with a slip that it has to notice."""

    def register(function: Check) -> Check:
        CHECKS[function] = plant
        return function

    return register


def _chat(document: Any) -> Any:
    return document["paths"]["/chat/completions"]["post"]


def _operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, method, operation in documents.operations(document):
        yield f"{method.upper()} {path}", operation


def _responses(document: Any) -> Iterator[tuple[str, str, Any]]:
    for where, operation in _operations(document):
        for status, response in operation["responses"].items():
            yield where, status, documents.resolve(document, response)


def _nodes(node: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Walk all objects below a node by their JSON pointers."""
    if isinstance(node, dict):
        yield where, node
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        yield from _nodes(value, f"{where}/{key}")


def _schemas(document: Any) -> Iterator[tuple[str, Any]]:
    for name, schema in document["components"]["schemas"].items():
        yield from _nodes({key: value for key, value in schema.items() if key not in {"examples", "default"}}, name)


@check(lambda document: _chat(document).pop("description"))
def every_operation_has_an_id_a_summary_and_a_description(document: Any, _: str) -> Iterator[str]:
    for where, operation in _operations(document):
        for key in ("operationId", "summary", "description"):
            if not str(operation.get(key, "")).strip():
                yield f"{where} has no {key}"


@check(lambda document: _chat(document).update(summary="Answers."))
def a_summary_is_one_phrase_and_a_description_ends_as_a_sentence(document: Any, _: str) -> Iterator[str]:
    for where, operation in _operations(document):
        if operation["summary"].endswith(".") or not operation["description"].strip().endswith("."):
            yield f"{where}: {operation['summary']!r}, {operation['description']!r}"


@check(lambda document: _chat(document).pop("x-provenance"))
def every_operation_has_a_provenance(document: Any, _: str) -> Iterator[str]:
    try:
        provenance.rows(document)
    except ContractError as error:
        yield str(error)


@check(lambda document: _chat(document).update(operationId="search"))
def operation_ids_are_unique_and_in_snake_case(document: Any, _: str) -> Iterator[str]:
    seen: set[str] = set()
    for where, operation in _operations(document):
        identity = operation["operationId"]
        if identity in seen or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", identity):
            yield f"{where}: {identity}"
        seen.add(identity)


@check(lambda document: _chat(document).update(tags=["chat"]))
def every_operation_has_one_of_the_tags_and_every_tag_an_operation(document: Any, _: str) -> Iterator[str]:
    declared = {tag["name"] for tag in document["tags"] if tag["summary"] and tag["description"]}
    used = {tag for where, operation in _operations(document) for tag in operation["tags"] or [f"none of {where}"]}
    yield from declared ^ used


@check(lambda document: _chat(document)["responses"].pop("401"))
def every_operation_declares_the_refusals_of_the_gates(document: Any, _: str) -> Iterator[str]:
    for where, operation in _operations(document):
        of_bodies = {"413"} if "refusal" in operation["x-mock"] else {"400", "413", "415"}
        expected = {"401", "429", "500"} | (of_bodies if "requestBody" in operation else set())
        for status in expected - operation["responses"].keys():
            yield f"{where} declares no {status}"


@check(lambda document: _chat(document)["responses"].pop("200"))
def every_operation_declares_a_success_or_its_refusal(document: Any, edition: str) -> Iterator[str]:
    for where, operation in _operations(document):
        refusal = operation["x-mock"].get("refusal")
        wanted = "20[01]" if refusal is None else str(facts.load(edition).errors[refusal].status)
        if not any(re.fullmatch(wanted, status) for status in operation["responses"]):
            yield f"{where} declares no {wanted}"


@check(lambda document: _chat(document)["responses"]["200"]["headers"].pop("x-mock-edition"))
def every_response_names_its_edition_and_every_success_its_id(document: Any, _: str) -> Iterator[str]:
    for where, status, response in _responses(document):
        expected = {"x-mock-edition"} | ({"x-request-id"} if status < "300" else set())
        for name in expected - response["headers"].keys():
            yield f"{where} {status} has no {name}"


@check(lambda document: _chat(document)["requestBody"]["content"]["application/json"].update(schema={"$ref": "#/no"}))
def every_reference_leads_somewhere(document: Any, _: str) -> Iterator[str]:
    for where, node in _nodes(document):
        try:
            documents.resolve(document, node)
        except ContractError as error:
            yield f"{where}: {error}"


@check(lambda document: document["components"]["schemas"].update(Idle={"$ref": "#/components/schemas/Idle"}))
def every_component_is_reached_from_the_paths(document: Any, _: str) -> Iterator[str]:
    reached: set[str] = set()
    waiting = [document["paths"]]
    while waiting:
        found = {node["$ref"].removeprefix("#") for _, node in _nodes(waiting.pop()) if "$ref" in node} - reached
        reached |= found
        waiting.extend(documents.at(document, pointer) for pointer in found)
    for kind, members in document["components"].items():
        for name in members if kind != "securitySchemes" else ():
            if f"/components/{kind}/{name}" not in reached:
                yield f"{kind}/{name}"


@check(lambda document: document["paths"].update({"/usage/{day}": document["paths"]["/usage"]}))
def the_parameters_in_a_path_are_declared_and_required(document: Any, _: str) -> Iterator[str]:
    for where, operation in _operations(document):
        parameters = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "path"]
        declared = {parameter["name"] for parameter in parameters if parameter["required"]}
        if declared != set(re.findall(r"\{(\w+)\}", where)):
            yield f"{where} declares {sorted(declared)}"


@check(lambda document: _chat(document)["x-mock"].update(alias_of="nobody"))
def an_alias_is_one_of_an_operation_of_the_contract(document: Any, _: str) -> Iterator[str]:
    known = {operation["operationId"] for _, operation in _operations(_loaded("complete"))}
    for where, operation in _operations(document):
        original = operation["x-mock"].get("alias_of", operation["operationId"])
        if original not in known:
            yield f"{where} is an alias of {original}"


@check(lambda document: _chat(document)["x-mock"].update(dialect="klingon"))
def every_dialect_is_in_the_tables(document: Any, edition: str) -> Iterator[str]:
    for where, operation in _operations(document):
        if operation["x-mock"]["dialect"] not in facts.load(edition).dialects:
            yield f"{where}: {operation['x-mock']['dialect']}"


@check(lambda document: document["components"]["schemas"]["ChatModel"].update({"x-mock-errors": {"enum": "nothing"}}))
def every_error_that_a_schema_names_is_in_the_tables(document: Any, edition: str) -> Iterator[str]:
    for where, node in _schemas(document):
        for keyword, name in node.get("x-mock-errors", {}).items():
            if name not in facts.load(edition).errors:
                yield f"{where}, {keyword}: {name}"


@check(lambda document: document["components"]["schemas"]["Day"].update(minLength="ten"))
def every_schema_is_valid_json_schema(document: Any, _: str) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        except jsonschema_rs.ValidationError as error:
            yield f"{name}: {error.message}"


@check(lambda document: document["components"]["schemas"]["Usage"]["required"].append("tokens"))
def what_a_schema_requires_is_among_its_properties(document: Any, _: str) -> Iterator[str]:
    for where, node in _schemas(document):
        required = node.get("required", [])
        if isinstance(required, list) and not set(required) <= node.get("properties", {}).keys():
            yield f"{where}: {required}"


@check(lambda document: document["components"]["schemas"]["TextPart"]["properties"]["type"].update(const="pdf_url"))
def the_branches_of_a_discriminator_are_told_apart_by_constants(document: Any, _: str) -> Iterator[str]:
    for where, node in _schemas(document):
        if "discriminator" in node:
            branches = [documents.resolve(document, branch) for branch in node["oneOf"]]
            field = node["discriminator"]["propertyName"]
            constants = [branch["properties"][field]["const"] for branch in branches if field in branch["required"]]
            if len(set(constants)) != len(branches):
                yield f"{where}: {constants}"


def _message(edition: str, name: str) -> re.Pattern[str]:
    """An error's text as a pattern: its placeholders stand for anything."""
    parts = re.split(r"\{\w+\}", facts.load(edition).errors[name].message)
    return re.compile(".+".join(map(re.escape, parts)))


def _is_sent(edition: str, name: str, status: str, body: Any) -> bool:
    known = facts.load(edition).errors.get(name)
    error = body["error"]
    return (
        known is not None
        and (error["type"], error["code"], int(status)) == (known.type, known.status, known.status)
        and _message(edition, name).fullmatch(error["message"]) is not None
    )


def _forbidden_words(document: Any) -> None:
    examples = document["components"]["responses"]["Unauthorized"]["content"]["application/json"]["examples"]
    examples["invalid_api_key"]["value"]["error"]["message"] = "Who are you?"


@check(_forbidden_words)
def the_example_of_an_error_is_what_the_tables_say_under_its_name(document: Any, edition: str) -> Iterator[str]:
    for where, status, response in _responses(document):
        if status >= "400":
            for name, example in response["content"]["application/json"]["examples"].items():
                if not _is_sent(edition, name, status, example["value"]):
                    yield f"{where} {status} {name}: {example['value']}"


@cache
def _loaded(edition: str) -> Any:
    return editions.document_for(edition)


@pytest.mark.parametrize("edition", editions.names())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_in_the_contract(check: Check, edition: str) -> None:
    assert list(check(_loaded(edition), edition)) == []


@pytest.mark.parametrize(("check", "plant"), CHECKS.items(), ids=[check.__name__ for check in CHECKS])
def test_a_planted_slip_is_noticed(check: Check, plant: Plant) -> None:
    document = orjson.loads(orjson.dumps(_loaded("complete")))

    plant(document)

    assert list(check(document, "complete")) != []


def test_the_405_that_no_operation_declares_is_what_the_tables_say() -> None:
    response: Any = documents.mapping(resources.read_yaml("openapi", "responses.yaml"))["MethodNotAllowed"]
    example = response["content"]["application/json"]["examples"]["method_not_allowed"]["value"]

    assert _is_sent("complete", "method_not_allowed", "405", example)
