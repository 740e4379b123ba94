"""Rules: each has a request that breaks it, says so by its id, and lets the request pass once it is switched off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract import editions
from mock_server.errors import ContractError
from mock_server.rules import RULES, catalogue
from tests.conftest import chat_body, refusal_of
from tests.strategies import domains

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.conftest import Api

DECLARED = {declaration.id: declaration for declaration in catalogue.load()}

KEPT: dict[str, tuple[str, Any]] = {
    "create_chat_completion": ("/chat/completions", chat_body("hi")),
    "stream_chat_completion": ("/chat/completions/stream", chat_body("hi")),
    "search": ("/search", {"query": "hi"}),
    "focused_search": ("/search/focus", {"query": "hi", "focus": "web"}),
    "configure_search_domains": ("/search/domains", {}),
    "create_embeddings": ("/embeddings", {"input": "hi", "model": "pplx-embed-v1-0.6b"}),
    "create_async_chat_completion": ("/async/chat/completions", {"request": chat_body("hi")}),
    "create_contextualized_embeddings": (
        "/v1/contextualizedembeddings",
        {"input": [["hi"]], "model": "pplx-embed-context-v1-0.6b"},
    ),
    "get_usage": ("/usage", {}),
    "create_agent": ("/v1/agent", {"model": "openai/gpt-5.6-luna", "input": "hi"}),
    "cancel_agent": ("/v1/agent/resp_00000000-0000-4000-8000-000000000000/cancel", {}),
}
"""A request for each operation that has rules, keeping all of them."""


@dataclass(frozen=True)
class Breach:
    """What breaks a rule, and the refusal's text.

    `others` are fields for operations that name the field otherwise, `texts` what such an operation says.
    """

    fields: dict[str, Any]
    kind: str
    text: str
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def messages(*said: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in said]}


ALTERNATE = (
    "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s)."
)
NOT_A_DOMAIN = "Validation error: search_domain_filters must be a valid domain name, but got "
CONTEXTUAL = "create_contextualized_embeddings"
WORDS = ["a " * 32_700] * 4

ABSENT = object()
"""Leaves out a field that a request had."""

BREACHES = {
    "PPLX-R-MESSAGES-ALTERNATE": Breach(messages(("user", "a"), ("user", "b")), "invalid_message", ALTERNATE),
    "PPLX-R-MESSAGES-LAST": Breach(
        messages(("user", "a"), ("assistant", "b")), "invalid_message", "Last message must have role `user`."
    ),
    "PPLX-R-MESSAGES-SPEAK": Breach(messages(("user", " \n")), "invalid_message", "Message content must not be empty."),
    "PPLX-R-PROMPT-LENGTH": Breach(
        messages(("user", "a " * 128_001)),
        "too_many_prompt_tokens",
        "The total length of all messages is too long.",
    ),
    "PPLX-R-MAX-TOKENS-FLOOR": Breach(
        {"max_tokens": 15}, "invalid_parameter", "max_tokens must be at least 16 for sonar."
    ),
    "PPLX-R-CONTEXT-LENGTH": Breach(
        {"max_tokens": 128_000},
        "requested_too_many_tokens",
        "Requested 128000 to generate tokens, following a prompt of length 1, which exceeds the max limit of 128000 "
        "tokens.",
    ),
    "PPLX-R-FORMAT-SCHEMA": Breach(
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"enum": []}}}},
        "invalid_parameter",
        "response_format.json_schema.schema cannot be met: ",
    ),
    "PPLX-R-FORMAT-REGEX": Breach(
        {"response_format": {"type": "regex", "regex": {"regex": "[a"}}},
        "invalid_parameter",
        "response_format.regex.regex cannot be met: ",
    ),
    "PPLX-R-DOMAIN-NAME": Breach(
        {"search_domain_filter": ["example.org", "cz"]},
        "invalid_search_domain_filter",
        NOT_A_DOMAIN + "cz",
        others={"configure_search_domains": {"deny": ["cz"]}},
    ),
    "PPLX-R-DOMAIN-MIX": Breach(
        {"search_domain_filter": ["example.org", "-nasa.gov"]},
        "invalid_search_domain_filter",
        "Validation error: search_domain_filters must either allow or deny domains, not both",
    ),
    "PPLX-R-DATE-REAL": Breach(
        {"last_updated_before_filter": "2/30/2025"},
        "invalid_date_format",
        "Invalid date '2/30/2025' for last_updated_before_filter. Use MM/DD/YYYY.",
    ),
    "PPLX-R-RECENCY-OR-DATES": Breach(
        {"search_recency_filter": "week", "search_after_date_filter": "1/1/2025"},
        "invalid_request",
        "search_recency_filter cannot be combined with search_after_date_filter or search_before_date_filter",
    ),
    "PPLX-R-EMBED-DIMENSIONS": Breach(
        {"dimensions": 1025},
        "invalid_request",
        "dimensions must be between 128 and 1024 for pplx-embed-v1-0.6b",
        texts={CONTEXTUAL: "dimensions must be between 128 and 1024 for pplx-embed-context-v1-0.6b"},
    ),
    "PPLX-R-EMBED-PIECES": Breach(
        {"input": [["a"] * 8_000] * 2 + [["a"]]},
        "invalid_request",
        "input has 16001 chunks together, the most is 16000",
    ),
    "PPLX-R-EMBED-DOCUMENT": Breach(
        {"input": [["a"], ["a " * 16_384, "a " * 16_384, "a"]]},
        "invalid_request",
        "input[1] has 32771 tokens, the most is 32768",
    ),
    "PPLX-R-EMBED-TEXT": Breach(
        {"input": ["a", "a " * 32_768 + "a"]}, "invalid_request", "input[1] has 32769 tokens, the most is 32768"
    ),
    "PPLX-R-EMBED-TOTAL": Breach(
        {"input": WORDS},
        "invalid_request",
        "input has 130804 tokens together, the most is 120000",
        others={CONTEXTUAL: {"input": [["a " * 16_350, "a" * 6 * 16_350]] * 4}},
    ),
    "PPLX-R-AGENT-TERMINAL": Breach({}, "invalid_request", "the run is already terminal and cannot be cancelled"),
    "PPLX-R-AGENT-WHO": Breach(
        {"model": ABSENT},
        "invalid_request",
        "validation failed: model is required when neither models nor preset is provided",
    ),
    "PPLX-R-AGENT-PROFILE": Breach(
        {"preset": "fast", "profile": {"type": "custom", "id": "a"}},
        "invalid_request",
        "validation failed: profile cannot be combined with preset",
    ),
    "PPLX-R-AGENT-OUTPUT-CAP": Breach(
        {"model": "anthropic/claude-sonnet-4-6"},
        "invalid_request",
        "validation failed: max_output_tokens is required when using Anthropic models",
    ),
    "PPLX-R-AGENT-SCHEMA-ROOT": Breach(
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"properties": {}}}}},
        "invalid_parameter",
        "json_schema.schema must have a root type of 'object' (got type=\"\"). Wrap your data in an object property "
        "(e.g. {'type': 'object', 'properties': {'items': {'type': 'array', 'items': ...}}}).",
    ),
    "PPLX-R-AGENT-SCHEMA": Breach(
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"schema": {"type": "object", "properties": {"a": {"type": "bogus"}}}},
            }
        },
        "invalid_request",
        "invalid request",
    ),
    "PPLX-R-AGENT-PREVIOUS": Breach(
        {"previous_response_id": "resp_00000000-0000-0000-0000-000000000000"}, "invalid_request", "invalid request"
    ),
    "PPLX-R-AGENT-CALL": Breach(
        {"input": [{"type": "function_call_output", "call_id": "call_1", "output": "{}"}]},
        "invalid_request",
        'validation failed: no function call has the call_id "call_1"',
    ),
    "PPLX-R-AGENT-FUNCTION-NAME": Breach(
        {"tools": [{"type": "function", "name": "web_search"}]},
        "invalid_request",
        'validation failed: tools[0]: the function name "web_search" is reserved or used twice',
    ),
    "PPLX-R-AGENT-FUNCTION-SCHEMA": Breach(
        {"tools": [{"type": "function", "name": "a", "parameters": {"type": "bogus"}}]},
        "invalid_request",
        "invalid request",
    ),
    "PPLX-R-AGENT-TOOL-CHOICE": Breach(
        {"tool_choice": {"name": "a"}},
        "invalid_request",
        'validation failed: tool_choice: {"name":"a"} names no tool that is offered',
    ),
    "PPLX-R-AGENT-MCP": Breach(
        {
            "tools": [
                {"type": "mcp", "server_label": f"a{number}", "server_url": "https://a.example/mcp"}
                for number in range(17)
            ]
        },
        "invalid_request",
        "validation failed: there are 17 MCP servers, the most is 16",
    ),
    "PPLX-R-AGENT-MCP-LABEL": Breach(
        {"tools": [{"type": "mcp", "server_label": "a", "server_url": "https://a.example/mcp"}] * 2},
        "invalid_request",
        'validation failed: the server_label "a" is used twice',
    ),
    "PPLX-R-AGENT-DOMAIN-NAME": Breach(
        {"tools": [{"type": "web_search", "filters": {"search_domain_filter": ["-cz"]}}]},
        "invalid_search_domain_filter",
        NOT_A_DOMAIN + "cz",
    ),
    "PPLX-R-AGENT-DATE-REAL": Breach(
        {"tools": [{"type": "web_search", "filters": {"search_after_date_filter": "2026-02-30"}}]},
        "invalid_date_format",
        "Invalid date '2026-02-30' for search_after_date_filter. Use MM/DD/YYYY.",
    ),
    "PPLX-R-USAGE-DAY": Breach(
        {"end_date": "2026-02-30"}, "invalid_request", "end_date: '2026-02-30' is no day. Use YYYY-MM-DD."
    ),
}
"""For each rule a request that breaks it and no other."""

CASES = [(name, operation) for name, declared in DECLARED.items() for operation in declared.operations]
each_rule_and_operation = pytest.mark.parametrize(("name", "operation"), CASES)


def breaking(api: Api, name: str, operation: str) -> httpx.Response:
    path, kept = KEPT[operation]
    fields = BREACHES[name].others.get(operation, BREACHES[name].fields)
    body = {"request": {**kept["request"], **fields}} if "request" in kept else {**kept, **fields}
    body = {name: value for name, value in body.items() if value is not ABSENT}
    return api.get(path, **fields) if operation == "get_usage" else api.post(path, body)


def test_every_rule_has_a_request_that_breaks_it() -> None:
    assert BREACHES.keys() == DECLARED.keys() == RULES.keys()


@pytest.mark.parametrize("operation", sorted(KEPT.keys() - {"cancel_agent"}))  # what it cancels has to be begun first
def test_a_request_that_keeps_all_rules_is_answered(api: Api, operation: str) -> None:
    path, body = KEPT[operation]

    answer = api.get(path) if operation == "get_usage" else api.post(path, body)

    assert answer.status_code == 200
    assert "x-mock-rule" not in answer.headers


@each_rule_and_operation
def test_a_broken_rule_refuses_with_its_error_and_names_itself(api: Api, name: str, operation: str) -> None:
    breach = BREACHES[name]

    refused = breaking(api, name, operation)

    status, kind, text = refusal_of(refused)
    assert (status, kind) == (400, breach.kind)
    expected = breach.texts.get(operation, breach.text)
    assert text == expected or (breach.text.endswith(": ") and text.startswith(breach.text) and text != breach.text)
    assert refused.headers["x-mock-rule"] == name


@each_rule_and_operation
def test_a_rule_that_is_switched_off_lets_the_request_pass(fake: Callable[..., Api], name: str, operation: str) -> None:
    answer = breaking(fake(rules_off=(name,)), name, operation)

    assert answer.status_code == 200
    assert answer.content


@pytest.mark.parametrize("settings", [{"rules_off": ("all",)}, {"validation": "lenient"}], ids=str)
def test_all_rules_can_be_switched_off_at_once(fake: Callable[..., Api], settings: Any) -> None:
    free = fake(**settings)

    assert {(name, breaking(free, name, operation).status_code) for name, operation in CASES} == {
        (name, 200) for name in DECLARED
    }


def test_a_rule_that_is_switched_off_leaves_the_others(fake: Callable[..., Api]) -> None:
    api = fake(rules_off=("PPLX-R-MESSAGES-LAST",))

    assert breaking(api, "PPLX-R-MESSAGES-ALTERNATE", "create_chat_completion").status_code == 400


def test_an_unknown_rule_cannot_be_switched_off(fake: Callable[..., Api]) -> None:
    with pytest.raises(ContractError, match="there is no rule 'PPLX-R-TYPO' to switch off"):
        fake(rules_off=("PPLX-R-DATE-REAL", "PPLX-R-TYPO"))


def test_of_several_broken_rules_the_first_declared_answers(api: Api) -> None:
    order = [name for name in DECLARED if "create_chat_completion" in DECLARED[name].operations]
    together: Any = chat_body("hi")
    for name in reversed(order):
        together |= BREACHES[name].fields
        assert api.post("/chat/completions", together).headers["x-mock-rule"] == name


@pytest.mark.parametrize("edition", [name for name in editions.names() if name != "2026-10"])
@pytest.mark.parametrize("name", DECLARED)
def test_a_rule_holds_in_every_edition_that_has_the_operation(api: Api, edition: str, name: str) -> None:
    operation = DECLARED[name].operations[0]

    answer = breaking(api.edition(edition), name, operation)

    served = edition == "complete" or operation in {
        "create_chat_completion",
        "search",
        "create_agent",
        "cancel_agent",
        "create_contextualized_embeddings",
    }
    if not DECLARED[name].holds_in(edition):
        assert "x-mock-rule" not in answer.headers
        return
    assert answer.headers.get("x-mock-rule") == (name if served else None)
    assert answer.status_code == (400 if served else 404)


# Each rule's edges


@pytest.mark.parametrize(
    "roles",
    [
        ["user"],
        ["tool"],
        ["system", "user"],
        ["system", "system", "user"],
        ["user", "assistant", "user"],
        ["system", "user", "assistant", "tool", "assistant", "user"],
    ],
    ids=" ".join,
)
def test_a_conversation_in_turns_is_heard(api: Api, roles: list[str]) -> None:
    body = {"model": "sonar", **messages(*((role, "hi") for role in roles))}

    assert api.post("/chat/completions", body).status_code == 200


@given(st.lists(st.sampled_from(["system", "user", "assistant", "tool"]), min_size=1, max_size=6))
def test_turns_are_judged_as_the_sentence_of_the_rule_says(api: Api, roles: list[str]) -> None:
    opening = next((place for place, role in enumerate(roles) if role != "system"), len(roles))
    turns = ["asking" if role in {"user", "tool"} else role for role in roles[opening:]]
    expected = ["asking", "assistant"] * len(turns)

    answer = api.post("/chat/completions", {"model": "sonar", **messages(*((role, "hi") for role in roles))})

    if turns != expected[: len(turns)]:
        assert answer.headers["x-mock-rule"] == "PPLX-R-MESSAGES-ALTERNATE"
    elif roles[-1] not in {"user", "tool"}:
        assert answer.headers["x-mock-rule"] == "PPLX-R-MESSAGES-LAST"
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize(("content", "speaks"), [
    ("", False), ("\u2003\t\n", False), (".", True), ("\u200b", True),
    ([{"type": "text", "text": " "}], False), ([{"type": "text", "text": " "}, {"type": "text", "text": "x"}], True),
    ([{"type": "image_url", "image_url": "https://example.org/a.png"}], True),
    ([{"type": "text", "text": ""}, {"type": "pdf_url", "pdf_url": {"url": "https://example.org/a.pdf"}}], True),
], ids=str)  # fmt: skip
def test_a_last_message_speaks_or_shows_something(api: Api, content: Any, speaks: bool) -> None:  # noqa: FBT001
    answer = api.post("/chat/completions", {"model": "sonar", **messages(("user", content))})

    assert (answer.status_code == 200) is speaks


@pytest.mark.parametrize(
    ("model", "limit"), [("sonar", 128_000), ("pplx-7b-online", 4096), ("sonar-small-chat", 16_384)]
)
def test_a_prompt_may_fill_the_models_context_to_the_last_token(api: Api, model: str, limit: int) -> None:
    full, over = "a " * (limit - 1) + "a", "a " * limit + "a"

    assert api.post("/chat/completions", chat_body(full, model=model)).status_code == 200
    assert api.refusal("/chat/completions", chat_body(over, model=model))[1] == "too_many_prompt_tokens"


@pytest.mark.parametrize("parts", [["a " * 128_001], ["a " * 64_001] * 2], ids=len)
def test_a_prompt_in_parts_is_counted_too(api: Api, parts: list[str]) -> None:
    content = [{"type": "text", "text": part} for part in parts]

    answer = api.post("/chat/completions", {"model": "sonar", **messages(("user", content))})

    assert refusal_of(answer)[1] == "too_many_prompt_tokens"


def test_pictures_count_towards_the_prompt(api: Api) -> None:
    content = [{"type": "image_url", "image_url": "https://example.org/a.png"}] * 600

    answer = api.post("/chat/completions", {"model": "sonar", **messages(("user", content))})

    assert refusal_of(answer)[1] == "too_many_prompt_tokens"


def test_prompt_and_answer_may_fill_the_context_to_the_last_token(api: Api) -> None:
    body: Any = chat_body("a a a", model="pplx-7b-online")

    assert api.post("/chat/completions", {**body, "max_tokens": 4093}).status_code == 200
    assert api.refusal("/chat/completions", {**body, "max_tokens": 4094})[1] == "requested_too_many_tokens"


@pytest.mark.parametrize(("model", "least"), [("sonar", 16), ("sonar-pro", 1)])
def test_max_tokens_may_be_the_models_floor(api: Api, model: str, least: int) -> None:
    assert api.post("/chat/completions", chat_body("hi", model=model, max_tokens=least)).status_code == 200


@given(domains)
def test_a_domain_is_taken_plain_and_denied(api: Api, domain: str) -> None:
    for filtered in ([domain], [f"-{domain}"]):
        assert api.post("/search", {"query": "hi", "search_domain_filter": filtered}).status_code == 200


@pytest.mark.parametrize("domain", [
    "cz", "edu", "https://example.org", "example.org/path", "example.org:80", "exa mple.org", ".org", "example.", "-",
    "--example.org", "example..org", "-example-.org", "exämple.org", "example.org\n", "1.2.3.4", "*.example.org",
    "a" * 64 + ".org",
])  # fmt: skip
def test_what_is_no_domain_is_quoted_in_the_refusal(api: Api, domain: str) -> None:
    for operation, fields in [
        ("/search", {"query": "hi", "search_domain_filter": [domain]}),
        ("/search/domains", {"allow": [domain]}),
    ]:
        assert api.refusal(operation, fields) == (400, "invalid_search_domain_filter", NOT_A_DOMAIN + domain)


def test_a_domain_rule_of_an_account_has_no_sign(api: Api) -> None:
    assert api.refusal("/search/domains", {"deny": ["-example.org"]})[2] == NOT_A_DOMAIN + "-example.org"


@pytest.mark.parametrize("field", [
    "search_after_date_filter", "search_before_date_filter", "last_updated_after_filter", "last_updated_before_filter",
])  # fmt: skip
def test_each_date_filter_names_a_day_that_exists(api: Api, field: str) -> None:
    assert api.post("/search", {"query": "hi", field: "2/29/2024"}).status_code == 200
    assert api.refusal("/search", {"query": "hi", field: "2/29/2025"}) == (
        400, "invalid_date_format", f"Invalid date '2/29/2025' for {field}. Use MM/DD/YYYY.",
    )  # fmt: skip


@pytest.mark.parametrize("field", ["start_date", "end_date"])
def test_each_end_of_a_report_is_a_day_that_exists(api: Api, field: str) -> None:
    assert api.get("/usage", **{field: "2024-02-29"}).status_code == 200
    assert refusal_of(api.get("/usage", **{field: "2025-02-29"}))[2].startswith(f"{field}: '2025-02-29' is no day.")


@pytest.mark.parametrize("field", ["last_updated_after_filter", "last_updated_before_filter"])
def test_recency_goes_with_days_of_update(api: Api, field: str) -> None:
    body = {"query": "hi", "search_recency_filter": "week", field: "1/1/2025"}

    assert api.post("/search", body).status_code == 200


@pytest.mark.parametrize(("model", "most"), [("pplx-embed-v1-0.6b", 1024), ("pplx-embed-v1-4b", 2560)])
def test_dimensions_may_be_all_that_the_model_has(api: Api, model: str, most: int) -> None:
    body: Any = {"input": "hi", "model": model, "dimensions": most}

    assert api.post("/embeddings", body).status_code == 200
    assert api.post("/embeddings", {**body, "dimensions": most + 1}).status_code == 400


def test_a_text_may_fill_the_models_context_to_the_last_token(api: Api) -> None:
    body: Any = {"input": "a " * 32_767 + "a", "model": "pplx-embed-v1-0.6b", "dimensions": 128}

    assert api.post("/embeddings", body).status_code == 200


def test_texts_may_have_120_000_tokens_together(api: Api) -> None:
    body: Any = {"input": ["a " * 29_999 + "a"] * 4, "model": "pplx-embed-v1-0.6b", "dimensions": 128}

    assert api.post("/embeddings", body).status_code == 200
    assert api.post("/embeddings", {**body, "input": [*body["input"], "a"]}).status_code == 400


@pytest.mark.parametrize(
    ("path", "name", "operation"),
    [
        ("/v1/sonar", "PPLX-R-MESSAGES-LAST", "create_chat_completion"),
        ("/v1/search", "PPLX-R-DOMAIN-NAME", "search"),
        ("/v1/embeddings", "PPLX-R-EMBED-DIMENSIONS", "create_embeddings"),
    ],
)
def test_the_newer_paths_hold_the_rules_of_the_older_ones(api: Api, path: str, name: str, operation: str) -> None:
    answer = api.post(path, {**KEPT[operation][1], **BREACHES[name].fields})

    assert answer.headers["x-mock-rule"] == name


@pytest.mark.parametrize("choice", [{}, {"type": "sandbox"}, {"type": "function", "name": "a"}])
def test_a_tool_that_is_to_be_used_and_not_offered_is_named_as_it_was_sent(api: Api, choice: Any) -> None:
    body = {"model": "openai/gpt-5.6-luna", "input": "hi", "tools": [{"type": "web_search"}], "tool_choice": choice}

    assert api.refusal("/v1/agent", body)[2] == (
        f"validation failed: tool_choice: {orjson.dumps(choice).decode()} names no tool that is offered"
    )


def test_the_number_that_a_rule_holds_to_is_the_one_that_its_sentence_names() -> None:
    counting = [declared for declared in DECLARED.values() if declared.limit is not None]

    assert counting
    assert all(f" {declared.limit:,} " in declared.sentence for declared in counting)


def test_a_rule_that_counts_nothing_has_no_limit() -> None:
    with pytest.raises(ContractError, match="PPLX-R-AGENT-WHO declares no limit"):
        catalogue.limit("PPLX-R-AGENT-WHO")
