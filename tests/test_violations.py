"""What a refused body broke is said in JSON Schema's words, at the body's own places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import jsonschema_rs
import pytest
from pydantic import Field, ValidationError

from mock_server.contract.bodies import (
    QUERIES,
    Body,
    ChatCompletionRequest,
    CreateCollectionRequest,
    EmbeddingsRequest,
    FocusedSearchRequest,
    MediaObject,
    SearchDomainsRequest,
    SearchRequest,
    VerifyCitationsRequest,
)
from mock_server.contract.violations import UNKNOWN_FIELD, Violation, violations
from tests.test_agreement import NAMES, PAIRS

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON
    from tests.test_agreement import Pair


def broken(model: type[Body], body: JSON) -> list[Violation]:
    with pytest.raises(ValidationError) as caught:
        model.__pydantic_validator__.validate_python(body, context=NAMES)
    return violations(model, caught.value)


def places(model: type[Body], body: JSON) -> list[tuple[tuple[str | int, ...], str]]:
    return [(violation.path, violation.keyword) for violation in broken(model, body)]


def chat(content: JSON = "How do bees find their way home?", **fields: JSON) -> JSON:
    return {"model": "sonar", "messages": [{"role": "user", "content": content}], **fields}


def test_a_missing_query_is_a_required_violation_at_query() -> None:
    assert broken(SearchRequest, {}) == [Violation(("query",), "required", "Field required", None, None)]


def test_twenty_one_domains_are_one_too_many() -> None:
    domains = ["example.org"] * 21

    [violation] = broken(SearchRequest, {"query": "bees", "search_domain_filter": domains})

    assert violation == Violation(
        path=("search_domain_filter",),
        keyword="maxItems",
        reason="List should have at most 20 items after validation, not 21",
        value=domains,
        limit=20,
    )


def test_a_wrong_type_in_a_part_of_a_message_is_found_there() -> None:
    [violation] = broken(ChatCompletionRequest, chat([{"type": "text", "text": 5}]))

    assert violation == Violation(
        path=("messages", 0, "content", 0, "text"),
        keyword="type",
        reason="Input should be a valid string",
        value=5,
        limit="string",
    )


def test_an_unknown_model_is_no_member_of_the_names_that_the_edition_takes() -> None:
    [violation] = broken(EmbeddingsRequest, {"input": "bees", "model": "sonar"})

    assert violation == Violation(
        path=("model",),
        keyword="enum",
        reason="Input should be 'pplx-embed-v1-0.6b' or 'pplx-embed-v1-4b'",
        value="sonar",
        limit=["pplx-embed-v1-0.6b", "pplx-embed-v1-4b"],
    )


def test_a_model_that_is_no_text_is_of_the_wrong_type() -> None:
    assert places(ChatCompletionRequest, chat() | {"model": 5}) == [(("model",), "type")]


def test_a_member_that_is_no_text_is_of_the_wrong_type() -> None:
    assert places(ChatCompletionRequest, chat(stream_mode=5)) == [(("stream_mode",), "type")]


@pytest.mark.parametrize(
    ("field", "value", "keyword", "limit"),
    [
        ("temperature", 2.1, "maximum", 2),
        ("temperature", -1, "minimum", 0),
        ("temperature", True, "type", "number"),
        ("max_tokens", 0, "minimum", 1),
        ("max_tokens", 1.5, "type", "integer"),
        ("stream", "true", "type", "boolean"),
        ("stream_mode", "brief", "enum", ["full", "concise"]),
        ("stop", "", "minLength", 1),
        ("stop", ["."] * 17, "maxItems", 16),
        ("language_preference", "x" * 65, "maxLength", 64),
        ("search_language_filter", "en", "type", "array"),
        ("web_search_options", [], "type", "object"),
    ],
)
def test_a_field_says_which_keyword_it_broke_and_the_keywords_own_value(
    field: str, value: JSON, keyword: str, limit: JSON
) -> None:
    [violation] = broken(ChatCompletionRequest, chat(**{field: value}))

    assert (violation.path, violation.keyword, violation.value, violation.limit) == ((field,), keyword, value, limit)


def test_a_date_in_another_order_breaks_the_pattern() -> None:
    [violation] = broken(
        FocusedSearchRequest, {"query": "bees", "focus": "web", "search_after_date_filter": "2025-03-01"}
    )

    assert (violation.path, violation.keyword) == (("search_after_date_filter",), "pattern")


def test_seventeen_notes_on_a_collection_are_too_many_properties() -> None:
    body: JSON = {"name": "Bees", "metadata": {str(number): "note" for number in range(17)}}

    assert places(CreateCollectionRequest, body) == [(("metadata",), "maxProperties")]


def test_a_note_called_like_a_type_keeps_its_name_in_the_path() -> None:
    assert places(CreateCollectionRequest, {"name": "Bees", "metadata": {"str": 5}}) == [(("metadata", "str"), "type")]


def test_violations_of_several_fields_keep_the_order_of_the_fields() -> None:
    body: JSON = {"model": "sonar", "temperature": 3, "max_tokens": 0}

    assert places(ChatCompletionRequest, body) == [
        (("messages",), "required"),
        (("max_tokens",), "minimum"),
        (("temperature",), "maximum"),
    ]


def test_of_a_union_only_the_branch_of_the_bodys_own_type_is_heard() -> None:
    assert places(SearchRequest, {"query": ""}) == [(("query",), "minLength")]
    assert places(SearchRequest, {"query": []}) == [(("query",), "minItems")]
    assert places(SearchRequest, {"query": ["bees", ""]}) == [(("query", 1), "minLength")]
    assert places(VerifyCitationsRequest, {"text": "Bees.", "citations": [{}]}) == [
        (("citations", 0, "url"), "required")
    ]


def test_where_no_branch_takes_the_type_each_says_what_it_would_take() -> None:
    assert [(found.keyword, found.limit) for found in broken(SearchRequest, {"query": 5})] == [
        ("type", "string"),
        ("type", "array"),
    ]


def test_a_union_inside_a_union_is_heard_at_the_inner_one() -> None:
    assert places(ChatCompletionRequest, chat([{"type": "image_url", "image_url": {"url": ""}}])) == [
        (("messages", 0, "content", 0, "image_url", "url"), "minLength"),
    ]


def test_a_part_without_a_type_misses_it_and_one_of_an_unknown_type_has_no_such_member() -> None:
    unknown = broken(ChatCompletionRequest, chat([{"type": "audio"}]))

    assert places(ChatCompletionRequest, chat([{}])) == [(("messages", 0, "content", 0, "type"), "required")]
    assert [(found.path, found.keyword, found.value) for found in unknown] == [
        (("messages", 0, "content", 0, "type"), "enum", "audio"),
    ]


def test_the_type_that_marks_a_format_is_no_step_of_the_path() -> None:
    assert places(ChatCompletionRequest, chat(response_format={"type": "regex", "regex": {"regex": 5}})) == [
        (("response_format", "regex", "regex"), "type"),
    ]
    assert places(ChatCompletionRequest, chat(response_format={"type": "json_schema", "json_schema": {}})) == [
        (("response_format", "json_schema", "schema"), "required"),
    ]


def test_a_body_that_is_no_object_is_broken_at_its_root() -> None:
    assert places(SearchDomainsRequest, []) == [((), "type")]


def test_a_number_in_a_query_that_cannot_be_read_is_of_the_wrong_type() -> None:
    query = QUERIES["get_collection_history"]

    assert places(query, {"limit": "ten"}) == [(("limit",), "type")]
    assert places(query, {"limit": "9" * 5000}) == [(("limit",), "type")]
    assert places(query, {"limit": "101"}) == [(("limit",), "maximum")]


class Marked(Body):
    kind: Literal["bee"]
    flower: MediaObject
    hive: MediaObject


def test_a_constant_that_differs_breaks_const() -> None:
    [violation] = broken(Marked, {"kind": "wasp", "flower": {"url": "a"}, "hive": {"url": "b"}})

    assert (violation.path, violation.keyword, violation.limit) == (("kind",), "const", "bee")


def test_a_class_that_a_body_uses_twice_is_looked_into_both_times() -> None:
    assert places(Marked, {"kind": "bee", "flower": {}, "hive": {"url": ""}}) == [
        (("flower", "url"), "required"),
        (("hive", "url"), "minLength"),
    ]


class Shaped(Body):
    pair: Annotated[tuple[str, str], Field(strict=False)]


def test_a_shape_that_no_body_of_the_contract_has_is_refused_rather_than_guessed() -> None:
    with pytest.raises(LookupError, match="tuple"):
        broken(Shaped, {"pair": ["bee", 5]})


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_whatever_is_refused_the_value_at_the_path_does_break_the_keyword(pair: Pair) -> None:
    for body in pair.bodies():
        if not pair.validator.is_valid(pair.read(body)):
            for violation in broken(pair.model, body):
                assert_is_true(violation, pair.read(body))


def assert_is_true(violation: Violation, body: JSON) -> None:
    *parents, last = violation.path or (None,)
    holder = body
    for step in parents:
        holder = holder[step]
    if violation.keyword == "required":
        assert isinstance(holder, dict)
        assert last not in holder
        return
    if violation.keyword == UNKNOWN_FIELD:
        assert violation.value == holder[last]
        return
    assert violation.value == (body if last is None else holder[last])
    assert not jsonschema_rs.Draft202012Validator({violation.keyword: violation.limit}).is_valid(violation.value)
