"""What the evidence quotes of the Agent API is taken by the contract, and its costs come out of its token counts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mock_server import edition, wire
from mock_server.facts import load
from mock_server.world import pricing
from mock_server.world.agent import billing
from mock_server.world.agent.task import Bill, Helper, Tokens

if TYPE_CHECKING:
    from jsonschema_rs import Validator

    from tests.conftest import Api

CFD = "github.com/cfdude/mcp-perplexity-pro tests/fixtures, captured 2026-10-09"
VERCEL = "github.com/vercel/ai packages/perplexity/src/__fixtures__, captured 2026-09-25"
OCTOBER = ["complete", "2026-10"]
CONSTANT: dict[str, Any] = {
    "background": False, "completed_at": None, "created_at": 1791573045, "error": None, "frequency_penalty": 0,
    "id": "resp_b61c1484-d5f9-4811-91f9-1147259bc9ee", "incomplete_details": None, "instructions": None,
    "max_output_tokens": None, "max_tool_calls": None, "metadata": {}, "model": "openai/gpt-6-luna",
    "object": "response", "output": [], "parallel_tool_calls": True, "presence_penalty": 0,
    "previous_response_id": None, "prompt_cache_key": None, "reasoning": None, "safety_identifier": None,
    "service_tier": "default", "status": "completed", "store": True, "temperature": 1,
    "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1,
    "truncation": "", "usage": None, "user": None,
}  # fmt: skip
"""The 32 keys with their constants (CFD, every body)."""

SEARCHED = {
    "queries": ["What is new?"],
    "results": [
        {"date": "2016-03-13", "id": 1, "last_updated": "2026-10-02", "snippet": "", "source": "web", "title": "A",
         "url": "https://www.python.org/doc/versions/"},
        {"id": 11, "last_updated": "2026-02-23T18:38:26", "snippet": "a\n...\nb", "source": "web", "title": "B",
         "url": "https://devguide.python.org/versions/"},
    ],
    "type": "search_results",
}  # fmt: skip
SAID = {
    "content": [{"annotations": [], "text": "It is.[1][3]", "type": "output_text"}],
    "id": "msg_96a74f22-f7c0-434d-afde-3d1dbac71ef6",
    "role": "assistant",
    "status": "completed",
    "type": "message",
}
FETCHED = {
    "contents": [{"snippet": "## A", "title": "PEP 8", "url": "https://www.python.org/dev/peps/pep-0008/"}],
    "type": "fetch_url_results",
}
FAST_USAGE = {
    "cost": {
        "cache_creation_cost": 0.00021, "cache_read_cost": 2e-05, "currency": "USD", "input_cost": 0,
        "output_cost": 2e-05, "tool_calls_cost": 0.001, "tool_calls_cost_details": {"search_web": 0.001},
        "total_cost": 0.00125,
    },
    "input_tokens": 3426,
    "input_tokens_details": {
        "cache_creation_input_tokens": 1643, "cache_read_input_tokens": 1780, "cached_tokens": 1780,
    },
    "output_tokens": 30,
    "output_tokens_details": {"reasoning_tokens": 0},
    "tool_calls_details": {"search_web": {"cost_usd": 0.001, "invocation": 1}},
    "total_tokens": 3456,
}  # fmt: skip
FETCH_USAGE = {
    "cost": {
        "cache_creation_cost": 0.00022, "cache_read_cost": 1e-05, "currency": "USD", "input_cost": 0,
        "output_cost": 4e-05, "tool_calls_cost": 0.00359, "tool_calls_cost_details": {"fetch_url": 0.00359},
        "total_cost": 0.00386,
    },
    "input_tokens": 3271,
    "input_tokens_details": {
        "cache_creation_input_tokens": 1799, "cache_read_input_tokens": 1466, "cached_tokens": 1466,
    },
    "output_tokens": 80,
    "output_tokens_details": {"reasoning_tokens": 0},
    "tool_calls_details": {
        "fetch_url": {
            "cost_usd": 0.00359,
            "invocation": 1,
            "token_usage": [
                {
                    "input_tokens": 11424,
                    "input_tokens_details": {"cache_creation_input_tokens": 11421, "cached_tokens": 0},
                    "model": "openai/gpt-5.6-luna",
                    "output_tokens": 197,
                    "output_tokens_details": {"reasoning_tokens": 0},
                },
            ],
        },
    },
    "total_tokens": 3351,
}  # fmt: skip
MODEL_USAGE = {
    "cost": {"currency": "USD", "input_cost": 0, "output_cost": 0.00021, "total_cost": 0.00021},
    "input_tokens": 37,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 429,
    "output_tokens_details": {"reasoning_tokens": 394},
    "total_tokens": 466,
}
CANCELLED = {"code": "cancelled", "message": "cancelled", "type": "cancelled"}

BODIES: dict[str, Any] = {
    "agent_fast.json": {
        **CONSTANT, "completed_at": 1791562351, "service_tier": "fast", "output": [SEARCHED, SAID],
        "tools": [{"type": "web_search"}], "usage": FAST_USAGE,
    },
    "agent_fast_filters.json": {
        **CONSTANT, "reasoning": {"effort": "low", "summary": None},
        "tools": [{"type": "web_search", "filters": {"search_domain_filter": ["python.org"]}}], "usage": FAST_USAGE,
    },
    "agent_low_fetch_url.json": {
        **CONSTANT, "output": [FETCHED, SAID], "tools": [{"type": "fetch_url", "max_urls": 2}, {"type": "web_search"}],
        "usage": FETCH_USAGE,
    },
    "agent_chat_turn_b.json": {**CONSTANT, "output": [{**SEARCHED, "queries": None}, SEARCHED, SAID]},
    "agent_model_without_tools.json": {**CONSTANT, "output": [SAID], "usage": MODEL_USAGE},
    "agent_incomplete_truncated.json": {
        **CONSTANT, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"},
        "max_output_tokens": 16,
    },
    "agent_background_submit_medium.json": {**CONSTANT, "background": True, "model": "medium", "status": "queued"},
    "agent_background_in_progress.json": {
        **CONSTANT, "background": True, "model": "medium", "status": "in_progress", "output": [SEARCHED],
    },
    "agent_background_cancelled.json": {
        **CONSTANT, "background": True, "model": "medium", "status": "cancelled", "output": [SEARCHED],
        "error": CANCELLED, "incomplete_details": {"reason": "cancelled"},
    },
}  # fmt: skip
"""Bodies of CFD with their keys, constants and numbers; texts are ours."""

CALL = "call_20a572ff-9a87-4df3-9fb1-ea54e5688352"
MESSAGE = "msg_046998a4-8eaa-4fff-b7a7-6833abc6555a"
BEGUN = {**CONSTANT, "model": "fast", "status": "in_progress", "store": False, "max_output_tokens": 1024}
FRAMES: list[dict[str, Any]] = [
    {"response": BEGUN, "sequence_number": 0, "type": "response.created"},
    {"response": BEGUN, "sequence_number": 1, "type": "response.in_progress"},
    {
        "item": {
            "arguments": '{"queries":["a"]}', "call_id": CALL, "id": "fc_b46aa003-fad7-423b-a58a-8a566ea40e82",
            "name": "search_web", "status": "completed", "type": "function_call",
        },
        "output_index": 0, "sequence_number": 3, "type": "response.output_item.added",
    },
    {
        "call_id": CALL, "queries": ["a"], "sequence_number": 4, "thought": "Searching the web...",
        "type": "response.reasoning.search_queries",
    },
    {
        "call_id": CALL, "results": SEARCHED["results"], "sequence_number": 5, "thought": "Found 10 results",
        "type": "response.reasoning.search_results",
    },
    {"item": SEARCHED, "output_index": 0, "sequence_number": 6, "type": "response.output_item.done"},
    {
        "item": {**SAID, "content": None, "id": MESSAGE}, "output_index": 1, "sequence_number": 7,
        "type": "response.output_item.added",
    },
    {
        "content_index": 0, "delta": "The", "item_id": MESSAGE, "output_index": 1, "sequence_number": 8,
        "type": "response.output_text.delta",
    },
    {
        "content_index": 0, "item_id": MESSAGE, "output_index": 1, "sequence_number": 42, "text": "The",
        "type": "response.output_text.done",
    },
    {"item": SAID, "output_index": 1, "sequence_number": 43, "type": "response.output_item.done"},
    {"response": BODIES["agent_fast.json"], "sequence_number": 44, "type": "response.completed"},
]  # fmt: skip
"""The frames of VERCEL's agent-web-search.chunks.txt: keys, order, numbers; texts are ours."""

ERRORS = [
    ("agent_anthropic_no_max_output_tokens_400",
     "validation failed: max_output_tokens is required when using Anthropic models", "invalid_request",
     {"model": "anthropic/claude-opus-5", "input": "hi"}),
    ("agent_bad_recency_400",
     "validation failed: tools[0]: search recency filter must be one of: hour day week month year", "invalid_request",
     {"preset": "fast", "input": "hi",
      "tools": [{"type": "web_search", "filters": {"search_recency_filter": "decade"}}]}),
    ("agent_empty_input_400", "validation failed: input cannot be empty", "invalid_request",
     {"preset": "fast", "input": ""}),
    ("other empties", "validation failed: input array cannot be empty", "invalid_request",
     {"preset": "fast", "input": []}),
    ("agent_max_steps_zero_400", "validation failed: max steps must be at least 1", "invalid_request",
     {"preset": "fast", "input": "hi", "max_steps": 0}),
    ("agent_structured_missing_schema_400",
     'validation failed: response_format.json_schema is required when type is "json_schema"', "invalid_request",
     {"preset": "fast", "input": "hi", "response_format": {"type": "json_schema"}}),
    ("agent_structured_bad_root_400",
     ("json_schema.schema must have a root type of 'object' (got type=\"bogus\"). Wrap your data in an object property "
     "(e.g. {'type': 'object', 'properties': {'items': {'type': 'array', 'items': ...}}})."), "invalid_parameter",
     {"preset": "fast", "input": "hi",
      "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "bogus"}}}}),
    ("agent_structured_bad_inner_400", "invalid request", "invalid_request",
     {"preset": "fast", "input": "hi",
      "response_format": {"type": "json_schema", "json_schema": {
          "name": "x", "schema": {"type": "object", "properties": {"a": {"type": "bogus"}}}}}}),
    ("agent_chat_bad_previous_response_400", "invalid request", "invalid_request",
     {"preset": "fast", "previous_response_id": "resp_00000000-0000-0000-0000-000000000000", "input": "hi"}),
    ("a public Go test", 'validation failed: model "sonar-pro" is not supported', "invalid_request",
     {"model": "sonar-pro", "input": "hi"}),
]  # fmt: skip
"""Evidence 4.3: the capture, the text, the type, and a request that meets it."""

ACCEPTED = [
    {"type": "web_search", "filters": {"search_domain_filter": ["python.org", "-wikipedia.org"]}},
    {"type": "web_search", "filters": {"search_after_date_filter": "2026-09-15"}},
    {"type": "web_search", "max_results": 5, "filters": {"search_after_date_filter": "09/15/2026"}},
]


def validator(name: str, *, frames: bool = False) -> Validator:
    response = edition.load(name).operations["create_agent"].responses[200]
    found = response.frame if frames else response.body
    assert found is not None
    return found


def faults(check: Validator, value: Any) -> list[str]:
    return [f"{error.instance_path}: {error.message}" for error in check.iter_errors(value)]


@pytest.mark.parametrize("name", OCTOBER)
@pytest.mark.parametrize("capture", BODIES)
def test_a_captured_body_is_of_the_contract(name: str, capture: str) -> None:
    assert faults(validator(name), BODIES[capture]) == [], CFD


@pytest.mark.parametrize("name", OCTOBER)
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: str(frame["sequence_number"]))
def test_a_captured_frame_is_of_the_contract(name: str, frame: Any) -> None:
    assert faults(validator(name, frames=True), frame) == [], VERCEL


@pytest.mark.parametrize("name", OCTOBER)
def test_the_captured_cancellation_is_of_the_contract(name: str) -> None:
    check = edition.load(name).operations["cancel_agent"].responses[200].body
    said = {"response_id": "resp_5e673b76-3ae9-4a96-abd8-46a85b8108df", "status": "cancelling"}

    assert check is not None
    assert faults(check, said) == [], f"{CFD}, agent_cancel_accepted.json"


@pytest.mark.parametrize("name", OCTOBER)
@pytest.mark.parametrize(("capture", "text", "kind", "body"), ERRORS, ids=[row[0] for row in ERRORS])
def test_a_captured_refusal_is_given_in_its_literal_words(
    api: Api, name: str, capture: str, text: str, kind: str, body: Any
) -> None:
    answer = api.edition(name).post("/v1/agent", body)

    assert answer.content == orjson.dumps({"error": {"message": text, "type": kind, "code": 400}}), capture


def test_an_unknown_field_is_named(api: Api) -> None:
    answer = api.edition("2026-10").post("/v1/agent", {"preset": "fast", "input": "hi", "X": 1})

    said = {"message": 'invalid request body: json: unknown field "X"', "type": "invalid_request", "code": 400}
    assert answer.json() == {"error": {**said, "param": "X"}}


@pytest.mark.parametrize("tool", ACCEPTED, ids=str)
@pytest.mark.parametrize("name", OCTOBER)
def test_what_documents_forbid_and_the_wire_took_is_taken(api: Api, name: str, tool: Any) -> None:
    body = {"preset": "fast", "input": "Python news", "tools": [tool], "max_steps": 101}

    assert api.edition(name).post("/v1/agent", body).status_code == 200


LUNA, HELPER = "openai/gpt-6-luna", "openai/gpt-5.6-luna"
FETCH = [Helper(HELPER, 11421, 3, 197)]
FETCHES = [Helper(HELPER, 2794, 3, 2567), Helper(HELPER, 2611, 3, 2180), Helper(HELPER, 1465, 3, 1336)]
COSTS: list[tuple[str, Tokens, int, list[Helper], dict[str, float]]] = [
    ("agent_model_without_tools", Tokens(37, 0, 0, 429, 394, cached=False), 0, [],
     {"input_cost": 0, "output_cost": 0.00021, "total_cost": 0.00021}),
    ("agent_fast", Tokens(3426, 1643, 1780, 30, 0, cached=True), 1, [],
     {"cache_creation_cost": 0.00021, "cache_read_cost": 0.00002, "input_cost": 0, "output_cost": 0.00002,
      "tool_calls_cost": 0.001, "total_cost": 0.00125}),
    ("agent_fast_filters", Tokens(4627, 4624, 0, 93, 0, cached=True), 1, [],
     {"cache_creation_cost": 0.00058, "input_cost": 0, "output_cost": 0.00005, "tool_calls_cost": 0.001,
      "total_cost": 0.00163}),
    ("agent-web-search (VERCEL)", Tokens(3007, 0, 3004, 37, 0, cached=True), 1, [],
     {"cache_read_cost": 0.00003, "input_cost": 0, "output_cost": 0.00002, "tool_calls_cost": 0.001,
      "total_cost": 0.00105}),
    ("agent_chat_turn_b", Tokens(9344, 5750, 3516, 67, 0, cached=True), 1, [],
     {"cache_creation_cost": 0.00072, "cache_read_cost": 0.00004, "input_cost": 0.00001, "output_cost": 0.00003,
      "tool_calls_cost": 0.001, "total_cost": 0.0018}),
    ("agent_low_fetch_url", Tokens(3271, 1799, 1466, 80, 0, cached=True), 0, FETCH,
     {"cache_creation_cost": 0.00022, "cache_read_cost": 0.00001, "input_cost": 0, "output_cost": 0.00004,
      "tool_calls_cost": 0.00359, "total_cost": 0.00386}),
    ("agent_background_completed", Tokens(24463, 14656, 9798, 1085, 487, cached=True), 3, FETCHES,
     {"cache_creation_cost": 0.00183, "cache_read_cost": 0.0001, "input_cost": 0, "output_cost": 0.00054,
      "tool_calls_cost": 0.01352, "total_cost": 0.01599}),
    ("agent_fast_deny_after", Tokens(3940, 2157, 1780, 55, 0, cached=True), 1, [],
     {"cache_creation_cost": 0.00027, "cache_read_cost": 0.00002, "input_cost": 0, "output_cost": 0.00003,
      "tool_calls_cost": 0.001, "total_cost": 0.00132}),
    ("agent_continue_store_false", Tokens(7430, 3846, 3506, 60, 0, cached=True), 1, [],
     {"cache_creation_cost": 0.00048, "cache_read_cost": 0.00004, "input_cost": 0.00001, "output_cost": 0.00003,
      "tool_calls_cost": 0.001, "total_cost": 0.00156}),
    ("agent_incomplete_truncated", Tokens(39, 0, 0, 16, 16, cached=False), 0, [],
     {"input_cost": 0, "output_cost": 0.00001, "total_cost": 0.00001}),
]  # fmt: skip
"""Evidence 6.4 and more of the same captures: tokens, fast searches, pages read, and the cost that was told."""


@pytest.mark.parametrize(("capture", "tokens", "searches", "helpers", "told"), COSTS, ids=[row[0] for row in COSTS])
def test_a_captured_cost_comes_out_of_its_token_counts(
    capture: str, tokens: Tokens, searches: int, helpers: list[Helper], told: dict[str, float]
) -> None:
    facts = load("2026-10")
    fast = facts.tools["web_search"].fast_price or Decimal(0)
    bills = {"search_web": Bill(searches, searches * fast)} if searches else {}
    if helpers:
        read = sum(billing.helper_cost(facts.models[helper.model].prices, helper) for helper in helpers)
        bills["fetch_url"] = Bill(len(helpers), len(helpers) * facts.tools["fetch_url"].price + read, helpers)

    usage, total = billing.usage(facts.models[LUNA].prices, tokens, bills, pricing.quantum(5))

    cost: Any = usage["cost"]
    parts = {name: Decimal(str(amount)) for name, amount in cost.items() if name.endswith("_cost")}
    assert parts == {name: Decimal(str(amount)) for name, amount in told.items()}, capture
    assert total == parts["total_cost"]


def test_small_amounts_are_written_without_an_exponent() -> None:
    tokens = Tokens(3007, 0, 3004, 37, 0, cached=True)

    usage, _ = billing.usage(load("2026-10").models[LUNA].prices, tokens, {}, pricing.quantum(5))

    written = b'"cost":{"cache_read_cost":0.00003,"currency":"USD","input_cost":0,"output_cost":0.00002'
    assert written in wire.dumps(usage), VERCEL
