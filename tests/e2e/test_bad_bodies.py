"""Bodies that are refused: quickly, in the documented envelope, and without a trace."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.e2e.conftest import RefusalOf, Server

pytestmark = pytest.mark.usefixtures("unharmed")

QUICKLY = timedelta(seconds=1)
MIB = 2**20
CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}
JSON_TYPE = {"content-type": "application/json"}


def chat(**fields: Any) -> dict[str, Any]:
    return {**CHAT, **fields}


def search(**fields: Any) -> dict[str, Any]:
    return {"query": "bees", **fields}


def turns(*roles: str) -> list[dict[str, str]]:
    return [{"role": role, "content": "How do bees find their way home?"} for role in roles]


NO_JSON = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "an open brace": b"{",
    "a missing value": b'{"query":}',
    "a comma too many": b'{"query":"bees",}',
    "single quotes": b"{'query':'bees'}",
    "a comment": b'{"query":"bees"} // please',
    "two values": b'{"query":"bees"}{"query":"wasps"}',
    "a form": b"query=bees",
    "NaN": b'{"query":"bees","max_results":NaN}',
    "Infinity": b'{"query":"bees","max_tokens":Infinity}',
    "NaN in an ignored field": b'{"query":"bees","mood":NaN}',
    "a number beyond all numbers": b'{"query":"bees","mood":1e999}',
    "500 digits": b'{"query":"bees","max_tokens":' + b"9" * 500 + b"}",
    "500 digits in an ignored field": b'{"query":"bees","mood":' + b"9" * 500 + b"}",
    "a zero too many": b'{"query":"bees","max_results":01}',
    "a lone high surrogate": rb'{"query":"\ud83d"}',
    "a lone low surrogate": rb'{"query":"\ude00"}',
    "a lone surrogate as a name": rb'{"query":"bees","\ud83d":1}',
    "a NUL": b'{"query":"\x00"}',
    "a NUL between": b'{"query":\x00"bees"}',
    "a line end in a text": b'{"query":"a\nb"}',
    "bytes that are no UTF-8": b'{"query":"\xff\xfe"}',
    "UTF-8 of a surrogate": b'{"query":"\xed\xa0\x80"}',
    "Latin-1": '{"query":"Füße"}'.encode("latin-1"),
    "UTF-16": '{"query":"bees"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"query":"bees"}',
    "100,000 lists": b"[" * 100_000,
    "100,000 lists, closed": b'{"query":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 objects": b'{"mood":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
@pytest.mark.parametrize("path", ["/search", "/chat/completions"])
def test_what_is_no_json_is_refused(client: httpx.Client, refusal_of: RefusalOf, path: str, content: bytes) -> None:
    answer = client.post(path, content=content, headers=JSON_TYPE)

    assert refusal_of(answer).status == 400
    assert answer.json()["error"]["message"].startswith("Invalid JSON body: ")
    assert answer.elapsed < QUICKLY


@pytest.mark.parametrize("content", [b"null", b"[]", b"5", b'"bees"', b"true", b'[{"query":"bees"}]'])
@pytest.mark.parametrize(
    "path", ["/search", "/chat/completions", "/embeddings", "/collections", "/citations/verify", "/search/domains"]
)
def test_what_is_no_object_is_refused(client: httpx.Client, refusal_of: RefusalOf, path: str, content: bytes) -> None:
    refused = refusal_of(client.post(path, content=content, headers=JSON_TYPE))

    assert (refused.status, refused.type) == (400, "invalid_request")
    assert "valid object" in refused.message


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/jsonp",
        "json",
        "*/*",
        "",
    ],
)
def test_another_media_type_is_refused(client: httpx.Client, refusal_of: RefusalOf, media_type: str) -> None:
    answer = client.post("/search", content=json.dumps(search()), headers={"content-type": media_type})

    refused = refusal_of(answer)
    assert (refused.status, refused.type) == (415, "unsupported_media_type")
    assert repr(media_type) in refused.message


FORBIDDEN: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "no model": ("/chat/completions", {"messages": turns("user")}, "invalid_request", "model"),
    "no messages": ("/chat/completions", {"model": "sonar"}, "invalid_request", "messages"),
    "empty messages": ("/chat/completions", chat(messages=[]), "invalid_request", "messages"),
    "an unknown model": ("/chat/completions", chat(model="gpt-9"), "invalid_model", "'gpt-9'"),
    "a model that only lists": (
        "/chat/completions",
        chat(model="perplexity/sonar"),
        "invalid_model",
        "perplexity/sonar",
    ),
    "an unknown role": ("/chat/completions", chat(messages=turns("robot")), "invalid_request", "role"),
    "two user turns": ("/chat/completions", chat(messages=turns("user", "user")), "invalid_message", "alternate"),
    "an assistant first": (
        "/chat/completions",
        chat(messages=turns("assistant", "user")),
        "invalid_message",
        "alternate",
    ),
    "a late system turn": (
        "/chat/completions",
        chat(messages=turns("user", "system", "user")),
        "invalid_message",
        "alternate",
    ),
    "an assistant last": ("/chat/completions", chat(messages=turns("user", "assistant")), "invalid_message", "Last"),
    "a silent message": (
        "/chat/completions",
        chat(messages=[{"role": "user", "content": " \n"}]),
        "invalid_message",
        "empty",
    ),
    "a text for a number": ("/chat/completions", chat(max_tokens="500"), "invalid_request", "max_tokens"),
    "a number for a truth": ("/chat/completions", chat(stream=1), "invalid_request", "stream"),
    "a truth for a number": ("/chat/completions", chat(temperature=True), "invalid_request", "temperature"),
    "a number for a text": ("/chat/completions", chat(model=5), "invalid_request", "model"),
    "an object for a list": ("/chat/completions", chat(messages={"role": "user"}), "invalid_request", "messages"),
    "a list for a message": ("/chat/completions", chat(messages=[[]]), "invalid_request", "messages"),
    "a hot temperature": ("/chat/completions", chat(temperature=2.1), "invalid_request", "temperature"),
    "a cold temperature": ("/chat/completions", chat(temperature=-0.1), "invalid_request", "temperature"),
    "a large top_p": ("/chat/completions", chat(top_p=1.01), "invalid_request", "top_p"),
    "no tokens": ("/chat/completions", chat(max_tokens=0), "invalid_request", "max_tokens"),
    "too few tokens": ("/chat/completions", chat(max_tokens=15), "invalid_parameter", "at least 16"),
    "too many tokens": ("/chat/completions", chat(max_tokens=128_001), "invalid_request", "max_tokens"),
    "more tokens than an integer has": ("/chat/completions", chat(max_tokens=2**64), "invalid_request", "max_tokens"),
    "fewer tokens than an integer has": (
        "/chat/completions",
        chat(max_tokens=-(2**64)),
        "invalid_request",
        "max_tokens",
    ),
    "half a token": ("/chat/completions", chat(max_tokens=20.5), "invalid_request", "max_tokens"),
    "a long prompt": (
        "/chat/completions",
        chat(model="pplx-7b-online", messages=[{"role": "user", "content": "bees " * 5000}]),
        "too_many_prompt_tokens",
        "too long",
    ),
    "more than the context": (
        "/chat/completions",
        chat(model="pplx-7b-online", max_tokens=4096),
        "requested_too_many_tokens",
        "4096",
    ),
    "a schema that is none": (
        "/chat/completions",
        chat(response_format={"type": "json_schema", "json_schema": {"schema": {"type": "elephant"}}}),
        "invalid_parameter",
        "cannot be met",
    ),
    "a schema that nothing meets": (
        "/chat/completions",
        chat(response_format={"type": "json_schema", "json_schema": {"schema": {"type": "integer", "enum": ["a"]}}}),
        "invalid_parameter",
        "cannot be met",
    ),
    "a regex that is none": (
        "/chat/completions",
        chat(response_format={"type": "regex", "regex": {"regex": "["}}),
        "invalid_parameter",
        "cannot be met",
    ),
    "an unknown format": (
        "/chat/completions",
        chat(response_format={"type": "json_object"}),
        "invalid_request",
        "response_format",
    ),
    "no query": ("/search", {}, "invalid_request", "query is required"),
    "an empty query": ("/search", search(query=""), "invalid_request", "query is required"),
    "no queries": ("/search", search(query=[]), "invalid_request", "query"),
    "six queries": ("/search", search(query=["bees"] * 6), "invalid_request", "query"),
    "a query that is null": ("/search", search(query=None), "invalid_request", "query"),
    "no results": ("/search", search(max_results=0), "invalid_request", "max_results"),
    "21 results": ("/search", search(max_results=21), "invalid_request", "max_results"),
    "a long country": ("/search", search(country="country"), "invalid_request", "country"),
    "an unknown size": ("/search", search(snippet_mode="huge"), "invalid_request", "snippet_mode"),
    "21 domains": (
        "/search",
        search(search_domain_filter=[f"{number}.org" for number in range(21)]),
        "invalid_search_domain_filter",
        "max length of 20",
    ),
    "21 domains in a chat": (
        "/chat/completions",
        chat(search_domain_filter=[f"{number}.org" for number in range(21)]),
        "invalid_search_domain_filter",
        "max length of 20",
    ),
    "an address for a domain": (
        "/search",
        search(search_domain_filter=["https://example.org/bees"]),
        "invalid_search_domain_filter",
        "https://example.org/bees",
    ),
    "half a domain": ("/search", search(search_domain_filter=["edu"]), "invalid_search_domain_filter", "edu"),
    "a domain that is none": (
        "/search/domains",
        {"allow": ["not a domain"]},
        "invalid_search_domain_filter",
        "not a domain",
    ),
    "domains to allow and to deny": (
        "/search",
        search(search_domain_filter=["a.org", "-b.org"]),
        "invalid_search_domain_filter",
        "not both",
    ),
    "a date in another order": (
        "/search",
        search(search_after_date_filter="2026-01-31"),
        "invalid_date_format",
        "2026-01-31",
    ),
    "a day that is none": (
        "/search",
        search(search_before_date_filter="2/30/2026"),
        "invalid_date_format",
        "2/30/2026",
    ),
    "the year 0": ("/search", search(last_updated_after_filter="1/1/0000"), "invalid_date_format", "1/1/0000"),
    "a date that is none, in a chat": (
        "/chat/completions",
        chat(last_updated_before_filter="yesterday"),
        "invalid_date_format",
        "yesterday",
    ),
    "a recency with dates": (
        "/search",
        search(search_recency_filter="week", search_after_date_filter="1/1/2026"),
        "invalid_request",
        "search_recency_filter",
    ),
    "no focus": ("/search/focus", search(), "invalid_request", "focus"),
    "an unknown focus": ("/search/focus", search(focus="gossip"), "invalid_request", "focus"),
    "513 texts": (
        "/embeddings",
        {"input": ["bees"] * 513, "model": "pplx-embed-v1-0.6b"},
        "invalid_request",
        "input",
    ),
    "no texts": ("/embeddings", {"input": [], "model": "pplx-embed-v1-0.6b"}, "invalid_request", "input"),
    "an empty text": (
        "/embeddings",
        {"input": ["bees", ""], "model": "pplx-embed-v1-0.6b"},
        "invalid_request",
        "input",
    ),
    "a long text": (
        "/embeddings",
        {"input": ["bees " * 33_000], "model": "pplx-embed-v1-0.6b"},
        "invalid_request",
        "input[0] has",
    ),
    "long texts": (
        "/embeddings",
        {"input": ["bees " * 30_000] * 5, "model": "pplx-embed-v1-0.6b"},
        "invalid_request",
        "together",
    ),
    "an unknown embedding model": (
        "/embeddings",
        {"input": "bees", "model": "sonar"},
        "invalid_request",
        "must be one of",
    ),
    "too many dimensions": (
        "/embeddings",
        {"input": "bees", "model": "pplx-embed-v1-0.6b", "dimensions": 2560},
        "invalid_request",
        "between 128 and 1024",
    ),
    "no citations": ("/citations/verify", {"text": "Bees.[1]", "citations": []}, "invalid_request", "citations"),
    "no text to verify": ("/citations/verify", {"citations": ["https://a.org"]}, "invalid_request", "text"),
    "a collection without a name": ("/collections", {}, "invalid_request", "name"),
    "metadata that is no text": ("/collections", {"name": "Bees", "metadata": {"a": 1}}, "invalid_request", "metadata"),
}


@pytest.mark.parametrize(("path", "body", "kind", "said"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_the_contract_forbids_is_refused(
    client: httpx.Client, refusal_of: RefusalOf, path: str, body: dict[str, Any], kind: str, said: str
) -> None:
    answer = client.post(path, json=body)

    refused = refusal_of(answer)
    assert (refused.status, refused.type) == (400, kind)
    assert said in refused.message
    assert answer.elapsed < QUICKLY


@pytest.mark.parametrize(
    "query", ["start_date=2026-02-30", "end_date=yesterday", "group_by=%00", "start_date=%ED%A0%80", "end_date="]
)
def test_a_query_that_the_contract_forbids_is_refused(client: httpx.Client, refusal_of: RefusalOf, query: str) -> None:
    assert refusal_of(client.get(f"/usage?{query}")).status == 400


@pytest.mark.parametrize("limit", ["0", "101", "x", "1.5", "9" * 30, ""])
def test_a_page_of_another_size_is_refused(client: httpx.Client, refusal_of: RefusalOf, limit: str) -> None:
    refused = refusal_of(client.get("/collections/col_1/history", params={"limit": limit}))

    assert (refused.status, refused.type) == (400, "invalid_request")
    assert "limit" in refused.message


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_client_that_sends_33_mib_reads_why_they_are_refused(
    client: httpx.Client, refusal_of: RefusalOf, *, chunked: bool
) -> None:
    piece = b" " * MIB
    answer = client.post("/search", content=(piece for _ in range(33)) if chunked else piece * 33, headers=JSON_TYPE)

    refused = refusal_of(answer)
    assert (refused.status, refused.type) == (413, "payload_too_large")
    assert str(32 * MIB) in refused.message


@pytest.mark.parametrize(
    ("method", "path", "account", "status"),
    [
        ("POST", "/search", "pplx-mock-invalid", 401),
        ("PUT", "/search", "somebody", 405),
        ("POST", "/nowhere", "somebody", 404),
        ("POST", "/models", "somebody", 405),
    ],
)
def test_a_client_that_sends_33_mib_for_nothing_reads_why(
    server: Server, method: str, path: str, account: str, status: int
) -> None:
    with server.client(account) as client:
        assert client.request(method, path, content=b" " * 33 * MIB, headers=JSON_TYPE).status_code == status
