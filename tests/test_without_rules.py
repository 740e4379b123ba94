"""Without its rules the fake answers whatever is of the form, also what no service could do."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from mock_server import edition
from tests.conftest import chat_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

DAYS = ["02/30/2025", "1/1/0000", "01/01/0001", "12/31/9999", "3/1/2025"]
ISO_DAYS = ["2025-99-99", "0000-00-00", "9999-12-31", "2025-02-30"]
NO_DOMAINS = [
    "-", "[", "-[", "]", "[::1]", "::1", "a b", "\0", "\n", "http://x/y", "*", "//", "%zz", "?", "#", "..", "." * 253,
    "/" * 253, "\N{COLLISION SYMBOL}" * 253, "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 253,
]  # fmt: skip
TEXTS = [
    "", "\0", " ", "\n", "-", "%", "#?", "0", "the", "[1][2][9999]", "a" * 100_000, "\N{COLLISION SYMBOL}" * 1000,
    "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "a\N{COMBINING ACUTE ACCENT}" * 100,
]  # fmt: skip
SCHEMAS: list[Any] = [
    {"type": "wat"}, {"type": []}, {"minLength": -1}, {"multipleOf": 0}, {"pattern": "("}, {"enum": []}, {"not": {}},
    {"$ref": "#"}, {"$ref": "#/nope"}, {"$ref": "http://x/y"}, {"$schema": 5}, {"$id": "\0"}, {"$dynamicRef": "#x"},
    {"allOf": [{"type": "string"}, {"type": "number"}]}, {"if": {}, "then": False},
    {"type": "object", "required": ["a"], "properties": {"a": False}},
    {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
    {"type": "array", "minItems": 10**9}, {"type": "string", "minLength": 10**9},
    {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3},
    {"type": "number", "multipleOf": 1e-300},
]  # fmt: skip
PATTERNS = [
    "(", "[z-a]", r"\1", "a{2,1}", "a{1000000}", "^b^", r"[^\s\S]", "(a+)+$", ".*" * 300, r"\ud800", "(?<=a)b", "\0",
]  # fmt: skip
CHAT_MODELS = sorted(edition.load("complete").names.chat_models)
EMBEDDING_MODELS = sorted(edition.load("complete").names.embedding_models)


@pytest.fixture(scope="module")
def free(fake: Callable[..., Api]) -> Api:
    return fake(rules_off=("all",))


def chats(free: Api, question: str = "How do bees find their way home?", **fields: Any) -> None:
    """Ask at once and as a stream, in both modes."""
    body = {**chat_body(question), **fields}
    for path, asked in [
        ("/chat/completions", body),
        ("/chat/completions", {**body, "stream": True, "stream_mode": "concise"}),
        ("/chat/completions/stream", body),
    ]:
        answer = free.post(path, asked)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("after", "before"), [*product(DAYS, DAYS)])
def test_days_that_no_calendar_has(free: Api, after: str, before: str) -> None:
    dates = {"search_after_date_filter": after, "search_before_date_filter": before}
    turned = {"last_updated_after_filter": before, "last_updated_before_filter": after}

    chats(free, **dates)
    free.search(**dates, **turned, search_recency_filter="hour")
    free.ask("/search/focus", {"query": "bees", "focus": "news", **dates, **turned})


@pytest.mark.parametrize(("first", "last"), [*product(ISO_DAYS, ISO_DAYS)])
def test_usage_between_such_days(free: Api, first: str, last: str) -> None:
    assert free.get("/usage", start_date=first, end_date=last).status_code == 200


@pytest.mark.parametrize("name", NO_DOMAINS, ids=range(len(NO_DOMAINS)))
def test_domains_that_are_none(free: Api, name: str) -> None:
    filtered: dict[str, Any] = {"search_domain_filter": [name, "example.org"]}

    chats(free, **filtered, return_images=True, image_domain_filter=[name], image_format_filter=["\0"])
    chats(free, **filtered, return_images=True)
    free.search(**filtered)
    for focus in ["web", "academic", "news", "reddit", "youtube"]:
        free.ask("/search/focus", {"query": "bees", "focus": focus, **filtered})


@pytest.mark.parametrize("name", NO_DOMAINS, ids=range(len(NO_DOMAINS)))
def test_an_account_that_keeps_to_domains_that_are_none(free: Api, name: str) -> None:
    account = free.stranger()

    for allow, deny in [([name], []), ([], [name]), (["z"], [name])]:
        account.ask("/search/domains", {"allow": [*allow], "deny": [*deny]})
        account.search()
        chats(account, return_images=True)


@pytest.mark.parametrize("model", CHAT_MODELS)
def test_more_tokens_than_a_model_has(free: Api, model: str) -> None:
    for most in [1, 128_000]:
        chats(free, model=model, max_tokens=most)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_schemas_that_nothing_meets(free: Api, schema: Any) -> None:
    chats(free, response_format={"type": "json_schema", "json_schema": {"schema": schema}})


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_patterns_that_nothing_matches(free: Api, pattern: str) -> None:
    chats(free, response_format={"type": "regex", "regex": {"regex": pattern}})


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts_of_any_kind_from_anyone(free: Api, text: str) -> None:
    chats(free, text)
    for role in ["system", "assistant", "tool"]:
        chats(free, messages=[{"role": role, "content": [{"type": "text", "text": text}]}])
        chats(free, messages=[{"role": role, "content": text}, {"role": "system", "content": text}])


@pytest.mark.parametrize("text", TEXTS[1:], ids=range(1, len(TEXTS)))
def test_texts_of_any_kind_in_any_field(free: Api, text: str) -> None:
    chats(free, stop=[text, "e"], language_preference=text[:64])
    free.ask("/search", {"query": [text] * 5, "max_tokens": 1, "max_tokens_per_page": 1})
    free.ask("/search/focus", {"query": text, "focus": "web"})
    free.ask("/citations/verify", {"text": f"{text}[1] and [2]", "citations": [text, {"url": text}]})
    free.ask("/collections", {"name": text[:200], "metadata": {text: text[:512]}})
    for model in EMBEDDING_MODELS:
        free.ask("/embeddings", {"model": model, "input": [text], "dimensions": 2560})
