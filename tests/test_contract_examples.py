"""Every example and link of the contract is true, and each of these checks notices a slip that was planted for it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
import pytest

from mock_server.contract import document as documents
from mock_server.contract import editions
from mock_server.contract.operation import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Check: TypeAlias = "Callable[[Any], Iterator[str]]"
    Plant: TypeAlias = "Callable[[Any], object]"

STREAM = "text/event-stream"
CHECKS: dict[Check, list[Plant]] = {}
"""Each check of a document, and slips in the edition `complete` that it has to notice."""


def check(*plants: Plant) -> Callable[[Check], Check]:
    """Register a check together with the slips that it has to notice."""

    def register(function: Check) -> Check:
        CHECKS[function] = list(plants)
        return function

    return register


def _chat(document: Any) -> Any:
    return document["paths"]["/chat/completions"]["post"]


def _answer(document: Any, media_type: str = "application/json") -> Any:
    return _chat(document)["responses"]["200"]["content"][media_type]


def _history(document: Any) -> Any:
    return document["paths"]["/collections/{collection_id}/history"]["get"]


def _operations(document: Any) -> list[tuple[str, Any]]:
    return [(f"{method.upper()} {path}", operation) for path, method, operation in documents.operations(document)]


def _responses(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """All responses, as place, operation and response."""
    for where, operation in _operations(document):
        for status, response in operation["responses"].items():
            yield f"{where} {status}", operation, documents.resolve(document, response)


def _contents(document: Any) -> Iterator[tuple[str, str, Any]]:
    """All media types, as place, name and object."""
    for where, operation in _operations(document):
        for name, media_type in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{where} request", name, media_type
    for where, _, response in _responses(document):
        for name, media_type in response.get("content", {}).items():
            yield where, name, media_type


def _parameters(document: Any) -> Iterator[tuple[str, Any]]:
    for where, operation in _operations(document):
        for parameter in operation.get("parameters", []):
            yield f"{where} {parameter['name']}", parameter


def _faults(document: Any, schema: Any, value: Any) -> Iterator[str]:
    for error in compiled(schema, document).iter_errors(value):
        yield f"{error.instance_path} {error.message}"


@check(
    lambda document: _answer(document).update(examples={}),
    lambda document: _answer(document, STREAM).pop("examples"),
    lambda document: _chat(document)["requestBody"]["content"]["application/json"].pop("examples"),
    lambda document: document["components"]["responses"]["Unauthorized"]["content"]["application/json"].pop("examples"),
)
def every_request_and_every_response_has_an_example(document: Any) -> Iterator[str]:
    for where, name, media_type in _contents(document):
        if not media_type.get("examples"):
            yield f"{where} {name}"


@check(lambda document: _history(document)["parameters"][1].pop("examples"))
def every_parameter_has_an_example(document: Any) -> Iterator[str]:
    yield from (where for where, parameter in _parameters(document) if not parameter.get("examples"))


@check(
    lambda document: _answer(document)["examples"]["cited"]["value"]["usage"].pop("cost"),
    lambda document: _chat(document)["requestBody"]["content"]["application/json"]["examples"]["seed"]["value"].update(
        model=1
    ),
)
def every_example_of_a_body_is_of_its_schema(document: Any) -> Iterator[str]:
    for where, name, media_type in _contents(document):
        if name != STREAM:
            for label, example in media_type.get("examples", {}).items():
                yield from (
                    f"{where} {label}: {fault}" for fault in _faults(document, media_type["schema"], example["value"])
                )


@check(lambda document: _history(document)["parameters"][1]["examples"]["two"].update(value=0))
def every_example_of_a_parameter_is_of_its_schema(document: Any) -> Iterator[str]:
    for where, parameter in _parameters(document):
        for example in parameter.get("examples", {}).values():
            yield from (f"{where}: {fault}" for fault in _faults(document, parameter["schema"], example["value"]))


def _schemas(node: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        yield where, node
        for key in node.keys() - {"examples", "default", "const", "enum"}:
            yield from _schemas(node[key], f"{where}/{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _schemas(item, f"{where}/{index}")


@check(
    lambda document: document["components"]["schemas"]["DateFilter"].update(examples=["tomorrow"]),
    lambda document: document["components"]["schemas"]["SearchRequest"]["properties"]["max_results"].update(default=0),
    lambda document: document["components"]["schemas"]["SearchRequest"]["properties"]["snippet_mode"].update(
        default="all"
    ),
    lambda document: _history(document)["parameters"][1]["schema"].update(default=0),
)
def every_example_and_default_of_a_schema_is_of_it(document: Any) -> Iterator[str]:
    roots = {**document["components"]["schemas"], **{where: node["schema"] for where, node in _parameters(document)}}
    for where, schema in _schemas(roots, ""):
        given = schema["examples"] if isinstance(schema.get("examples"), list) else []
        default = [schema["default"]] if "default" in schema and schema.keys() & {"type", "$ref", "anyOf"} else []
        for value in [*given, *default]:
            yield from (f"{where}: {fault}" for fault in _faults(document, schema, value))


def _events(text: str) -> Iterator[dict[str, str]]:
    """The events of a stream, its lines of data joined; one that no empty line ends is none."""
    *blocks, rest = text.split("\n\n")
    if rest:
        yield {}
    for block in blocks:
        event: dict[str, list[str]] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            event.setdefault(name, []).append(value)
        yield {name: "\n".join(values) for name, values in event.items()}


def _frame_faults(document: Any, schema: Any, event: dict[str, str]) -> Iterator[str]:
    """What is wrong with an event's data where the branch that takes the event says what they contain."""
    resolved = documents.resolve(document, schema)
    for branch in resolved.get("oneOf", [resolved]):
        data = documents.resolve(document, branch)["properties"]["data"]
        if "contentSchema" in data and compiled(branch, document).is_valid(event):
            try:
                yield from _faults(document, data["contentSchema"], orjson.loads(event["data"]))
            except orjson.JSONDecodeError as error:
                yield str(error)


def _replace(document: Any, old: str, new: str) -> None:
    example = _answer(document, STREAM)["examples"]["last_frames"]
    assert old in example["value"]
    example["value"] = example["value"].replace(old, new)


@check(
    lambda document: _replace(document, "data: {", "dat: {"),
    lambda document: _replace(document, '"chat.completion.done"', '"chat.completion.end"'),
    lambda document: _replace(document, '"finish_reason":"stop"', '"finish_reason":"stopped"'),
    lambda document: _replace(document, "}\n\ndata", "}\ndata"),
    lambda document: _replace(document, "}]}\n\n", "}]}\n"),
    lambda document: _answer(document, STREAM)["examples"]["last_frames"].update(value=""),
)
def every_example_of_a_stream_is_a_row_of_valid_events(document: Any) -> Iterator[str]:
    for where, name, media_type in _contents(document):
        for example in media_type.get("examples", {}).values() if name == STREAM else ():
            events = list(_events(example["value"])) or [{}]
            for event in events:
                faults = list(_faults(document, media_type["itemSchema"], event))
                faults = faults or list(_frame_faults(document, media_type["itemSchema"], event))
                yield from (f"{where}: {fault}" for fault in faults)


def _links(document: Any) -> Iterator[tuple[str, Any, Any, Any]]:
    """All links, as place, the operation and response they start from, and the link."""
    for where, operation, response in _responses(document):
        for name, link in response.get("links", {}).items():
            yield f"{where} {name}", operation, response, link


def _target(document: Any, link: Any) -> Any:
    return {operation["operationId"]: operation for _, operation in _operations(document)}.get(link["operationId"])


def _link(document: Any, name: str = "deleteCache") -> Any:
    return _chat(document)["responses"]["200"]["links"][name]


@check(lambda document: _link(document).update(operationId="forget"))
def every_link_leads_to_an_operation(document: Any) -> Iterator[str]:
    for where, _, _, link in _links(document):
        if _target(document, link) is None or not link["description"].endswith("."):
            yield f"{where}: {link['operationId']}"


@check(
    lambda document: _link(document).update(parameters={"id": "$response.header.x-cache-id"}),
    lambda document: _link(document).pop("parameters"),
)
def a_link_gives_parameters_that_its_operation_has_and_all_that_it_needs(document: Any) -> Iterator[str]:
    for where, _, _, link in _links(document):
        parameters = _target(document, link).get("parameters", [])
        needed = {parameter["name"] for parameter in parameters if parameter.get("required")}
        given = set(link.get("parameters", {}))
        if not needed <= given <= {parameter["name"] for parameter in parameters}:
            yield f"{where} gives {sorted(given)}"


@check(
    lambda document: _link(document, "verifyCitations")["requestBody"].pop("text"),
    lambda document: _link(document, "verifyCitations")["requestBody"].update(words="a"),
    lambda document: _link(document, "verifyCitations").pop("requestBody"),
)
def a_link_gives_a_body_that_its_operation_takes(document: Any) -> Iterator[str]:
    for where, _, _, link in _links(document):
        target = _target(document, link)
        if "requestBody" in target:
            schema = documents.resolve(document, target["requestBody"]["content"]["application/json"]["schema"])
            given = set(link.get("requestBody", {}))
            if not set(schema["required"]) <= given <= schema["properties"].keys():
                yield f"{where} gives {sorted(given)}"


def _is_found(expression: str, operation: Any, response: Any) -> bool:
    """Whether a runtime expression leads to a declared header or parameter, or to a place in the first example."""
    source, _, rest = expression.removeprefix("$").partition("#")
    kind, _, name = source.partition(".")[2].partition(".")
    if kind == "header":
        return name in response["headers"]
    if kind == "path":
        return any((parameter["in"], parameter["name"]) == ("path", name) for parameter in operation["parameters"])
    node = next(iter(response["content"]["application/json"]["examples"].values()))["value"]
    for key in rest.split("/")[1:]:
        if isinstance(node, list) and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, dict) and key in node:
            node = node[key]
        else:
            return False
    return kind == "body"


@check(
    lambda document: _link(document).update(parameters={"cache_id": "$response.header.x-cash"}),
    lambda document: _chat(document)["responses"]["200"]["headers"].pop("x-cache-id"),
    lambda document: _link(document, "verifyCitations")["requestBody"].update(text="$response.body#/choices/1/message"),
    lambda document: _link(document, "verifyCitations")["requestBody"].update(text="$response.body#/text"),
)
def every_expression_in_a_link_leads_to_something(document: Any) -> Iterator[str]:
    for where, operation, response, link in _links(document):
        for name, value in {**link.get("parameters", {}), **link.get("requestBody", {})}.items():
            if re.match(r"\$", str(value)) and not _is_found(value, operation, response):
                yield f"{where} {name}: {value}"


@cache
def _loaded(edition: str) -> Any:
    return editions.document_for(edition)


@pytest.mark.parametrize("edition", editions.names())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_in_the_contract(check: Check, edition: str) -> None:
    assert list(check(_loaded(edition))) == []


@pytest.mark.parametrize(
    ("check", "plant"),
    [pytest.param(check, plant, id=check.__name__) for check, plants in CHECKS.items() for plant in plants],
)
def test_a_planted_slip_is_noticed(check: Check, plant: Plant) -> None:
    document = orjson.loads(orjson.dumps(_loaded("complete")))

    plant(document)

    assert list(check(document)) != []
