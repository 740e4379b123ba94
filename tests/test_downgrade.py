"""The 3.1 copy says what the 3.2 document says, as far as 3.1 has words for it, and loses nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mock_server.contract import downgrade, editions
from mock_server.errors import ContractError


def _said(**parts: Any) -> dict[str, Any]:
    """What becomes of a 3.2 document with these parts."""
    return downgrade.to_3_1({"openapi": "3.2.0", **parts})


def _media_type(media_type: Any) -> Any:
    response = {"description": "", "content": {"text/event-stream": media_type}}
    said = _said(paths={"/a": {"get": {"responses": {"200": response}}}})
    return said["paths"]["/a"]["get"]["responses"]["200"]["content"]["text/event-stream"]


def test_the_version_is_3_1() -> None:
    assert _said()["openapi"] == "3.1.1"


def test_a_3_1_document_is_left_alone() -> None:
    document: dict[str, Any] = {"openapi": "3.1.0", "tags": [{"name": "a", "summary": "kept"}]}

    assert downgrade.to_3_1(document) == document


def test_what_was_said_in_3_1_once_is_not_said_again() -> None:
    once = downgrade.to_3_1(editions.document_for("complete"))

    assert downgrade.to_3_1(once) == once


@pytest.mark.parametrize("version", ["3.0.3", "4.0.0", "2.0", None])
def test_another_version_is_refused(version: str | None) -> None:
    with pytest.raises(ContractError, match=f"only OpenAPI 3.2 can be said in 3.1, got {version}"):
        downgrade.to_3_1({"openapi": version})


def test_a_stream_becomes_a_text_that_points_to_the_schema_of_its_items() -> None:
    said = _media_type({"itemSchema": {"$ref": "#/components/schemas/Event"}})

    assert said["x-itemSchema"] == {"$ref": "#/components/schemas/Event"}
    assert said["schema"]["type"] == "string"
    assert "x-itemSchema" in said["schema"]["description"]


def test_a_media_type_with_a_schema_of_its_own_keeps_it() -> None:
    assert _media_type({"itemSchema": True, "schema": {"type": "array"}})["schema"] == {"type": "array"}


def test_a_media_type_of_whole_bodies_stays() -> None:
    assert _media_type({"schema": {"type": "object"}}) == {"schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ({"dataValue": 1}, {"value": 1, "x-dataValue": 1}),
        ({"serializedValue": "1"}, {"value": "1", "x-serializedValue": "1"}),
        ({"dataValue": 1, "serializedValue": "1"}, {"value": 1, "x-dataValue": 1, "x-serializedValue": "1"}),
        ({"value": {"itemSchema": 1, "name": 2}}, {"value": {"itemSchema": 1, "name": 2}}),
    ],
)
def test_an_example_says_its_value(example: Any, said: Any) -> None:
    assert _media_type({"examples": {"one": example}})["examples"]["one"] == said


def test_a_tag_keeps_its_words_and_gets_a_description() -> None:
    tags = [
        {"name": "a", "summary": "A", "parent": "b", "kind": "nav"},
        {"name": "b", "summary": "B", "description": "Bs"},
    ]

    assert _said(tags=tags)["tags"] == [
        {"name": "a", "description": "A", "x-summary": "A", "x-parent": "b", "x-kind": "nav"},
        {"name": "b", "description": "Bs", "x-summary": "B"},
    ]


def test_servers_keep_their_names_wherever_they_stand() -> None:
    named, said = {"url": "u", "name": "live"}, {"url": "u", "x-name": "live"}
    link = {"operationId": "a", "server": named}
    operation = {"servers": [named], "responses": {"200": {"description": "", "links": {"a": link}}}}

    document = _said(servers=[named], paths={"/a": {"servers": [named], "get": operation}})

    item = document["paths"]["/a"]
    assert document["servers"] == item["servers"] == item["get"]["servers"] == [said]
    assert item["get"]["responses"]["200"]["links"]["a"]["server"] == said


def test_a_response_without_a_description_gets_its_summary() -> None:
    said = _said(
        components={"responses": {"A": {"summary": "Gone."}, "B": {}, "C": {"$ref": "#/components/responses/A"}}}
    )

    assert said["components"]["responses"] == {
        "A": {"description": "Gone.", "x-summary": "Gone."},
        "B": {"description": ""},
        "C": {"$ref": "#/components/responses/A"},
    }


def test_what_3_1_has_no_place_for_is_kept_aside() -> None:
    said = _said(
        **{"$self": "https://a.example/"},
        paths={"/a": {"query": {"responses": {}}, "additionalOperations": {"LINK": {}}}},
        components={
            "mediaTypes": {"A": {}},
            "securitySchemes": {"a": {"type": "oauth2", "deprecated": True, "flows": {"deviceAuthorization": {}}}},
        },
    )

    assert said == {
        "openapi": "3.1.1",
        "x-self": "https://a.example/",
        "paths": {"/a": {"x-query": {"responses": {}}, "x-additionalOperations": {"LINK": {}}}},
        "components": {
            "x-mediaTypes": {"A": {}},
            "securitySchemes": {"a": {"type": "oauth2", "x-deprecated": True, "flows": {"x-deviceAuthorization": {}}}},
        },
    }


@pytest.mark.parametrize(
    "parameter", [{"name": "q", "in": "querystring"}, {"name": "q", "in": "cookie", "style": "cookie"}]
)
def test_a_parameter_that_3_1_cannot_say_is_refused(parameter: Any) -> None:
    with pytest.raises(ContractError, match="cannot say the parameter 'q'"):
        _said(paths={"/a": {"get": {"parameters": [parameter], "responses": {}}}})


def test_a_schema_whose_field_is_called_like_a_word_of_3_2_stays() -> None:
    schemas = {"A": {"type": "object", "properties": {"itemSchema": {}, "summary": {}, "name": {}}}}

    assert _said(components={"schemas": schemas})["components"]["schemas"] == schemas


@pytest.mark.parametrize("edition", editions.names())
def test_the_contract_itself_stays_as_it_is(edition: str) -> None:
    document = editions.document_for(edition)
    before = copy.deepcopy(document)

    downgrade.to_3_1(document)

    assert document == before


@pytest.mark.parametrize("edition", editions.names())
def test_the_copy_of_an_edition_has_the_same_operations_and_schemas(edition: str) -> None:
    document: Any = editions.document_for(edition)
    said: Any = downgrade.to_3_1(document)

    assert said["components"]["schemas"] == document["components"]["schemas"]
    assert {path: set(item) for path, item in said["paths"].items()} == {
        path: set(item) for path, item in document["paths"].items()
    }


def test_the_streams_of_the_contract_keep_the_schema_of_their_events() -> None:
    text = str(downgrade.to_3_1(editions.document_for("complete")))

    assert text.count("'x-itemSchema': {'$ref': '#/components/schemas/ChatEvent'}") == 3
    assert "'itemSchema'" not in text
