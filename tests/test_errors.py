"""Errors: each entry of the table can be met, in its literal text; nothing a client sends ends in a traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import facts
from mock_server.contract import editions
from tests.conftest import chat_body, refusal_of
from tests.test_rules import BREACHES, DECLARED, breaking

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.conftest import Api

FACTS = facts.load("complete")
MODEL = "pplx-embed-v1-0.6b"
WHERE_THE_MODELS_ARE = "https://docs.perplexity.ai/docs/getting-started/models."

STREAMED = chat_body("hi", stream=True)

ONLY_FAULTS = "only a fault gives it; see tests/test_faults.py"
NOT_REACHED = {
    **dict.fromkeys(("no_stub_matched", "stub_sequence_is_over", "stub_breaks_contract"), "see tests/test_stubs.py"),
    "internal_error": "the fake never sends it unasked",
    "agent_api_migration_required": "only where it is chosen; see tests/test_conflicts.py",
    "idempotency_key_reused": "takes two requests; see tests/test_async.py",
    "control_token_needed": "a server that others can reach gives it; see tests/test_control_guard.py",
    "bad_request": ONLY_FAULTS,
    "payment_required": ONLY_FAULTS,
    "request_timeout": ONLY_FAULTS,
    "conflict": ONLY_FAULTS,
    "unprocessable_entity": ONLY_FAULTS,
    "external_connector_error": ONLY_FAULTS,
    "bad_gateway": ONLY_FAULTS,
    "upstream_structured_output_failed": ONLY_FAULTS,
    "service_unavailable": ONLY_FAULTS,
    "gateway_timeout": ONLY_FAULTS,
    "budget_spent": "a live run gives it; see tests/test_target.py",
    "target_unreachable": "a live run gives it; see tests/test_target.py",
    "test_is_over": "the entrance of embedded servers gives it; see tests/test_embedded.py",
    "invalid_http": "the socket gives it before there is a request; see tests/e2e",
}


def _drained(api: Api, path: str, body: Any) -> httpx.Response:
    """What the second request of an account gets that has one a day."""
    key = f"drained-{path}"
    api.limiter.set_limits(key.encode(), "*=1/day")
    api.under(key).post(path, body)
    return api.under(key).post(path, body)


def _crowded(api: Api) -> httpx.Response:
    """What one lane more gets than there may be."""
    lanes = api.lanes
    names = [f"crowd-{number}" for number in range(lanes.most + 1 - len([*lanes]))]
    for name in names:
        lanes.of(name)
    answer = api.get("/n/one-more/models")
    for name in names:
        lanes.drop(name)
    return answer


Send = "Callable[[Api], httpx.Response]"
TABLE: dict[str, tuple[Send, int, str, str]] = {
    "invalid_api_key": (
        lambda api: api.under("pplx-mock-invalid").get("/models"),
        401,
        "invalid_api_key",
        "Invalid API key provided. Ensure your API key is correct and active.",
    ),
    "insufficient_quota": (
        lambda api: api.under("pplx-mock-no-credit").post("/search", {"query": "a"}),
        401,
        "insufficient_quota",
        (
            "You exceeded your current quota, please check your plan and billing details. "
            "For more information, visit https://www.perplexity.ai/settings/api."
        ),
    ),
    "api_key_created_before_search_api_cutoff": (
        lambda api: api.under("pplx-mock-presearch").post("/search", {"query": "a"}),
        451,
        "api_key_created_before_search_api_cutoff",
        "This endpoint requires a new API key. Create one at: https://www.perplexity.ai/account/api/keys",
    ),
    "chat_completions_not_available": (
        lambda api: api.edition("2026-10").post("/chat/completions", chat_body("hi")),
        403,
        "chat_completions_not_available",
        (
            "Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar. "
            "Migrate here: https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview"
        ),
    ),
    "request_rate_limit_exceeded": (
        lambda api: _drained(api, "/search", {"query": "a"}),
        429,
        "request_rate_limit_exceeded",
        "Request rate limit exceeded, please try again later.",
    ),
    "rate_limit_exceeded": (
        lambda api: _drained(api, "/embeddings", {"input": "a", "model": MODEL}),
        429,
        "request_rate_limit_exceeded",
        "Rate limit exceeded, please try again later.",
    ),
    "not_found": (lambda api: api.delete("/cache/x"), 404, "not_found", "resource not found"),
    "method_not_allowed": (
        lambda api: api.send("PUT", "/search"), 405, "method_not_allowed", "Method Not Allowed",
    ),
    "payload_too_large": (
        lambda api: api.send("POST", "/search", b" " * 33_554_433, content_type="application/json"),
        413,
        "payload_too_large",
        "request body exceeds the maximum allowed size of 33554432 bytes",
    ),
    "unsupported_media_type": (
        lambda api: api.send("POST", "/search", b"{}", content_type="text/plain"),
        415,
        "unsupported_media_type",
        "Unsupported media type 'text/plain'. Send application/json.",
    ),
    "invalid_json": (
        lambda api: api.send("POST", "/search", b'{"query": ', content_type="application/json"),
        400,
        "invalid_request",
        "Invalid JSON body: ",
    ),
    "lane_name_too_long": (
        lambda api: api.get(f"/n/{'a' * 129}/models"),
        400,
        "invalid_lane",
        "The name of a lane has at most 128 characters.",
    ),
    "too_many_lanes": (
        _crowded,
        429,
        "too_many_lanes",
        (
            "There are 1024 lanes already, and no more fit. Drop one with POST /n/<lane>/__admin/reset, or use the "
            "same lane again."
        ),
    ),
    "control_foreign_origin": (
        lambda api: api.send("GET", "/__admin/health", origin="https://example.org"),
        403,
        "foreign_origin",
        "The control API takes no request of another origin's pages, and this one comes from 'https://example.org'.",
    ),
    "control_foreign_host": (
        lambda api: api.send("GET", "/__admin/health", host="example.org"),
        403,
        "foreign_host",
        (
            "The control API is asked for by this machine's own names, and not as 'example.org'. Use 127.0.0.1, "
            "localhost, or the address that the server listens on."
        ),
    ),
    "control_invalid": (
        lambda api: api.post("/__admin/reset", {"kye": "a"}),
        400,
        "invalid_request",
        "body.kye: Extra inputs are not permitted",
    ),
    "control_impossible": (
        lambda api: [api.post("/__admin/faults", {"id": "twice", "status": 500, "key": "a"}) for _ in range(2)][1],
        400,
        "invalid_request",
        "there is a fault 'twice' already: remove it first, or give another id",
    ),
    "control_not_found": (
        lambda api: api.delete("/__admin/lanes/nowhere"),
        404,
        "not_found",
        "There is no lane 'nowhere'. GET /__admin/lanes lists those that were used.",
    ),
    "unknown_edition": (
        lambda api: api.edition("2020-01").get("/models"),
        400,
        "invalid_request",
        "Unknown edition '2020-01'. Known editions: complete, 2026-07, 2026-10.",
    ),
    "unknown_stream_grammar": (
        lambda api: replace(api, headers={"x-mock-stream-grammar": "2020-01"}).post("/chat/completions", STREAMED),
        400,
        "invalid_request",
        f"Unknown stream grammar '2020-01'. Known grammars: {', '.join(sorted(FACTS.grammars))}.",
    ),
    "unusable_stream_wish": (
        lambda api: replace(api, headers={"x-mock-stream-pace": "tps=fast"}).post("/chat/completions", STREAMED),
        400,
        "invalid_request",
        "x-mock-stream-pace: ",
    ),
    "invalid_model": (
        lambda api: api.post("/chat/completions", chat_body("hi", model="gpt-4")),
        400,
        "invalid_model",
        f"Invalid model 'gpt-4'. Permitted models can be found in the documentation at {WHERE_THE_MODELS_ARE}",
    ),
    "domain_filter_too_long": (
        lambda api: api.post("/search", {"query": "a", "search_domain_filter": ["example.org"] * 21}),
        400,
        "invalid_search_domain_filter",
        "Validation error: search_domain_filters has a max length of 20",
    ),
    "invalid_date_format": (
        lambda api: api.post("/search", {"query": "a", "search_after_date_filter": "2025-03-01"}),
        400,
        "invalid_date_format",
        "Invalid date '2025-03-01' for search_after_date_filter. Use MM/DD/YYYY.",
    ),
    "query_required": (
        lambda api: api.post("/search", {}), 400, "invalid_request", "query validation: query is required",
    ),
    "unknown_field": (
        lambda api: api.post("/v1/agent", {"preset": "fast", "input": "a", "top_k": 5}),
        400,
        "invalid_request",
        'invalid request body: json: unknown field "top_k"',
    ),
    "unsupported_model": (
        lambda api: api.post("/v1/agent", {"model": "sonar-pro", "input": "a"}),
        400,
        "invalid_request",
        'validation failed: model "sonar-pro" is not supported',
    ),
    "unsupported_preset": (
        lambda api: api.post("/v1/agent", {"preset": "faster", "input": "a"}),
        400,
        "invalid_request",
        'validation failed: preset "faster" is not supported',
    ),
    "input_empty": (
        lambda api: api.post("/v1/agent", {"preset": "fast", "input": ""}),
        400,
        "invalid_request",
        "validation failed: input cannot be empty",
    ),
    "input_array_empty": (
        lambda api: api.post("/v1/agent", {"preset": "fast", "input": []}),
        400,
        "invalid_request",
        "validation failed: input array cannot be empty",
    ),
    "too_few_steps": (
        lambda api: api.post("/v1/agent", {"preset": "fast", "input": "a", "max_steps": 0}),
        400,
        "invalid_request",
        "validation failed: max steps must be at least 1",
    ),
    "too_many_steps": (
        lambda api: api.post("/v1/agent", {"preset": "fast", "input": "a", "max_steps": 1_000_001}),
        400,
        "invalid_request",
        "validation failed: max steps must be at most 1000000",
    ),
    "bad_recency": (
        lambda api: api.post(
            "/v1/agent",
            {
                "preset": "fast",
                "input": "a",
                "tools": [{"type": "web_search", "filters": {"search_recency_filter": "decade"}}],
            },
        ),
        400,
        "invalid_request",
        "validation failed: tools[0]: search recency filter must be one of: hour day week month year",
    ),
    "json_schema_required": (
        lambda api: api.post("/v1/agent", {"preset": "fast", "input": "a", "response_format": {"type": "json_schema"}}),
        400,
        "invalid_request",
        'validation failed: response_format.json_schema is required when type is "json_schema"',
    ),
    "invalid_response_id": (
        lambda api: api.get("/v1/agent/one"), 400, "invalid_request", "invalid response id",
    ),
    "run_is_terminal": (
        lambda api: api.send("POST", "/v1/agent/resp_00000000-0000-4000-8000-000000000000/cancel"),
        400,
        "invalid_request",
        "the run is already terminal and cannot be cancelled",
    ),
    "expired_cursor": (
        lambda api: api.get(
            f"/v1/agent/{api.ask('/v1/agent', {'preset': 'fast', 'input': 'a'})['id']}",
            stream="true",
            starting_after=9999,
        ),
        400,
        "invalid_request",
        "validation failed: there is no event after sequence number 9999",
    ),
    "invalid_embedding_model": (
        lambda api: api.post("/embeddings", {"input": "a", "model": "ada"}),
        400,
        "invalid_request",
        "model must be one of: pplx-embed-v1-0.6b pplx-embed-v1-4b",
    ),
}  # fmt: skip
"""How to meet each error that no rule gives; a text that ends with a colon goes on with the reason."""

BY_RULE = {declared.error: (name, declared.operations[0]) for name, declared in DECLARED.items()}

DIALECTS: dict[str, tuple[str, Any, str]] = {
    "sonar": ("/chat/completions", {"model": "sonar", "messages": [{"role": "user", "content": 5}]},
              '["At body -> messages -> 0 -> content: Input should be a valid string"]'),
    "search": ("/search", {"query": "a", "max_results": 99},
               "max_results validation: Input should be less than or equal to 20"),
    "embeddings": ("/embeddings", {"input": 5, "model": MODEL}, "input: Input should be a valid string"),
    "agent": ("/v1/agent", {"preset": "fast", "input": "a", "top_p": 2},
              "validation failed: top_p: Input should be less than or equal to 1"),
    "design": ("/collections", {}, "name: Field required"),
}  # fmt: skip
"""How each family words what is not of the form."""

POSTS = [
    "/chat/completions", "/v1/sonar", "/chat/completions/stream", "/search", "/v1/search", "/search/focus",
    "/search/domains", "/citations/verify", "/embeddings", "/v1/embeddings", "/collections",
]  # fmt: skip


def test_every_error_is_met_by_a_request_or_has_a_reason_not_to_be() -> None:
    assert TABLE.keys() | BY_RULE.keys() | NOT_REACHED.keys() == FACTS.errors.keys()
    assert not NOT_REACHED.keys() & (TABLE.keys() | BY_RULE.keys())


def test_every_dialect_is_met_by_a_request() -> None:
    assert DIALECTS.keys() == FACTS.dialects.keys()


@pytest.mark.parametrize("name", TABLE)
def test_an_error_has_its_status_type_and_literal_text(api: Api, name: str) -> None:
    send, status, kind, text = TABLE[name]

    found = refusal_of(send(api))

    assert found[:2] == (status, kind) == (FACTS.errors[name].status, FACTS.errors[name].type)
    assert found[2] == text or (text.endswith(": ") and found[2].startswith(text) and found[2] != text)


@pytest.mark.parametrize("name", sorted(BY_RULE))
def test_an_error_that_a_rule_gives_has_the_type_of_the_table(api: Api, name: str) -> None:
    rule, operation = BY_RULE[name]

    status, kind, _ = refusal_of(breaking(api, rule, operation))

    assert (status, kind) == (FACTS.errors[name].status, FACTS.errors[name].type) == (400, BREACHES[rule].kind)


@pytest.mark.parametrize("name", DIALECTS)
def test_each_family_words_what_is_not_of_the_form_in_its_own_way(api: Api, name: str) -> None:
    path, body, text = DIALECTS[name]

    assert api.refusal(path, body) == (400, "invalid_request", text)


@pytest.mark.parametrize("name", [*TABLE, *BY_RULE])
def test_the_envelope_has_a_message_a_type_and_the_status_as_code(api: Api, name: str) -> None:
    answer = TABLE[name][0](api) if name in TABLE else breaking(api, *BY_RULE[name])

    assert answer.content == orjson.dumps(json.loads(answer.content))
    assert [*answer.json()] == ["error"]
    param = [] if name != "unknown_field" else ["param"]
    assert [*answer.json()["error"]] == ["message", "type", "code", *param]
    assert answer.json()["error"]["code"] == answer.status_code
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["x-mock-edition"] in editions.names()


@pytest.mark.parametrize("edition", editions.names())
def test_placeholders_of_a_text_are_filled_in_every_edition(api: Api, edition: str) -> None:
    text = api.edition(edition).refusal("/search", {"query": "a", "search_domain_filter": ["{limit}"]})[2]

    assert text == "Validation error: search_domain_filters must be a valid domain name, but got {limit}"


@pytest.mark.parametrize("path", ["/", "/chat", "/chat/completions/", "/v1/chat/completions", "/search/", "//search",
                                  "/docs", "/favicon.ico", "/collections/x", "/Search", "/v2/search"])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404_without_a_body(api: Api, method: str, path: str) -> None:
    answer = api.send(method, path)

    assert (answer.status_code, answer.content) == (404, b"")
    assert answer.headers["content-length"] == "0"


@pytest.mark.parametrize("edition", ["2026-07", "2026-10"])
@pytest.mark.parametrize(
    "path", ["/chat/completions/stream", "/search/focus", "/usage", "/models/sonar", "/collections"]
)
def test_what_only_directories_list_is_404_without_a_body_in_dated_editions(api: Api, edition: str, path: str) -> None:
    answer = api.edition(edition).send("POST", path, b"{}")

    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("GET", "/search", "POST"), ("POST", "/usage", "GET"), ("PATCH", "/models/sonar", "GET"),
    ("GET", "/cache/x", "DELETE"), ("DELETE", "/collections/x/history", "GET"),
    ("OPTIONS", "/chat/completions", "POST"),
    ("HEAD", "/search", "POST"),
])  # fmt: skip
def test_a_method_that_a_path_does_not_take_is_refused_with_those_that_it_does(
    api: Api, method: str, path: str, allowed: str
) -> None:
    answer = api.send(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar"])
@pytest.mark.parametrize("body", [chat_body("hi"), {}, {"model": 5}])
def test_after_sonar_every_chat_is_refused_whatever_it_says(api: Api, path: str, body: Any) -> None:
    assert api.edition("2026-10").refusal(path, body)[:2] == (403, "chat_completions_not_available")


def test_a_refusal_of_an_edition_comes_after_that_of_the_key(api: Api) -> None:
    refused = api.under("pplx-mock-invalid").edition("2026-10")

    assert refused.refusal("/chat/completions", chat_body("hi"))[1] == "invalid_api_key"


@pytest.mark.parametrize("model", ["sonar-small-chat", "mixtral-8x7b-instruct", "sonar-reasoning"])
def test_in_july_2026_retired_models_are_invalid(api: Api, model: str) -> None:
    dated = api.edition("2026-07")

    assert dated.refusal("/chat/completions", chat_body("hi", model=model))[1] == "invalid_model"
    assert api.post("/chat/completions", chat_body("hi", model=model)).status_code == 200


def test_the_edition_that_a_server_was_started_with_answers_unasked(fake: Callable[..., Api]) -> None:
    dated = fake(edition="2026-10")

    assert dated.post("/chat/completions", chat_body("hi")).status_code == 403
    assert dated.edition("complete").post("/chat/completions", chat_body("hi")).status_code == 200


# Whatever a client sends

json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip

VALID: dict[str, Any] = {
    "/chat/completions": chat_body(
        "hi", max_tokens=20, stop=["a"], stream=False, web_search_options={"user_location": {"country": "US"}},
        response_format={"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}, return_images=True,
        search_domain_filter=["example.org"], search_language_filter=["en"], last_updated_after_filter="1/1/2024",
        language_preference="de", reasoning_effort="low", image_format_filter=["png"],
    ),
    "/search": {"query": ["hi"], "max_results": 3, "max_tokens": 50, "search_recency_filter": "month", "country": "US"},
    "/search/focus": {"query": "hi", "focus": "web", "snippet_mode": "low", "search_before_date_filter": "1/1/2025"},
    "/search/domains": {"allow": ["example.org"], "deny": []},
    "/citations/verify": {"text": "a[1]", "citations": ["https://example.org", {"url": "x"}]},
    "/embeddings": {"input": ["a"], "model": MODEL, "dimensions": 128, "encoding_format": "base64_binary"},
    "/collections": {"name": "a", "description": "b", "metadata": {"c": "d"}},
}  # fmt: skip
"""A rich body for each operation, for one thing in it to go wrong."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, member in members for place in places(member, (*path, key)))]


def with_another(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_another(value[path[0]], path[1:], other)
    return copy


def check_sound(answer: httpx.Response) -> None:
    assert answer.status_code in {200, 201, 400, 404}
    if answer.status_code >= 400:
        assert refusal_of(answer)[2]


@pytest.mark.parametrize("path", VALID)
def test_the_rich_bodies_are_answered(api: Api, path: str) -> None:
    assert api.stranger().post(path, VALID[path]).is_success


@given(
    st.sampled_from(sorted(VALID)).flatmap(
        lambda path: st.tuples(st.just(path), st.sampled_from(places(VALID[path])), json_values)
    )
)
@settings(max_examples=300)
def test_one_wrong_value_in_a_request_is_refused_or_answered(api: Api, change: Any) -> None:
    path, place, other = change

    check_sound(api.stranger().post(path, with_another(VALID[path], place, other)))


@pytest.mark.parametrize("path", POSTS)
@given(body=json_values)
@settings(max_examples=40)
def test_any_json_is_refused_or_answered(api: Api, path: str, body: Any) -> None:
    check_sound(api.stranger().post(path, body))


@given(st.sampled_from(POSTS), st.binary(max_size=40))
def test_any_bytes_are_refused_or_answered(api: Api, path: str, content: bytes) -> None:
    check_sound(api.stranger().send("POST", path, content, content_type="application/json"))


@given(
    st.sampled_from(["/usage", "/models", "/collections/x/history", "/account/limits"]),
    st.dictionaries(
        st.sampled_from(["start_date", "end_date", "group_by", "limit", "cursor", "x"]), st.text(max_size=12)
    ),
)
def test_any_query_is_refused_or_answered(api: Api, path: str, query: dict[str, str]) -> None:
    check_sound(api.get(path, **query))


@given(st.sampled_from(["/models/{}", "/collections/{}/history"]), st.text(min_size=1, max_size=20))
def test_any_name_in_a_path_is_found_or_not(api: Api, path: str, name: str) -> None:
    assert api.get(path.format(quote(name, safe=""))).status_code in {200, 404}


@pytest.mark.parametrize("content", [
    b"", b"{", b"\xff\xfe", b"{'query': 'a'}", b'{"query": NaN}', b'{"query": "\\ud800"}', b"\xef\xbb\xbf{}",
    b"[" * 2000,
    b"[" * 200_000, b'{"query": "a"} x', b'{"a":' * 1500 + b"1" + b"}" * 1500, b'"\\u12"', b"-", b"01",
    b'{"query":"a",}',
], ids=lambda content: repr(content[:20]))  # fmt: skip
def test_what_is_no_json_is_refused_with_the_reason(api: Api, content: bytes) -> None:
    answer = api.send("POST", "/search", content, content_type="application/json")

    status, kind, text = refusal_of(answer)
    assert (status, kind) == (400, "invalid_request")
    assert text.startswith("Invalid JSON body: ")
