"""The gates: who asks is found from the key, and a body is taken in whole, up to a limit."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Api

LIMIT = 32 * 1024 * 1024
QUERY = b'{"query": "hi"}'


def exchanged(api: Api, messages: list[dict[str, Any]], *, path: str = "/search", headers: Any = ()) -> list[Any]:
    """Speak ASGI by hand: what the client's side says, and what it is told."""
    said: Iterator[dict[str, Any]] = iter(messages)
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(said)

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"authorization", b"Bearer tester"), *headers],
    }  # fmt: skip
    transport: Any = api.client._transport
    api.loop.run_until_complete(transport.app(scope, receive, send))
    return told


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


# Authentication


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer \t ", "Basic dGVzdGVy", "tester", "Bearertester"])
@pytest.mark.parametrize("path", ["/models", "/usage", "/cache/x"])
def test_without_a_bearer_token_nobody_is_let_in(api: Api, path: str, header: str) -> None:
    answer = api.send("DELETE" if "cache" in path else "GET", path, authorization=header)

    assert refusal_of(answer)[:2] == (401, "invalid_api_key")


def test_a_request_without_the_header_is_refused(api: Api) -> None:
    answer = api.loop.run_until_complete(api.client.get("/models"))

    assert refusal_of(answer)[:2] == (401, "invalid_api_key")


@pytest.mark.parametrize("header", ["Bearer x", "bearer x", "BEARER   x ", "Bearer two words"])
def test_any_token_is_a_key(api: Api, header: str) -> None:
    assert api.send("GET", "/models", authorization=header).status_code == 200


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1).filter(lambda key: key.strip()))
def test_any_key_has_an_account_of_its_own(api: Api, key: str) -> None:
    before = api.under(key).get("/usage").json()["total"]["requests"]
    api.under(key).chat()

    assert api.under(key).get("/usage").json()["total"]["requests"] == before + 1


def test_spaces_around_a_key_do_not_make_another_account(api: Api) -> None:
    account = api.stranger()
    account.chat()
    answer = api.send("GET", "/usage", authorization=f"bearer   {account.key}  ")

    assert answer.json()["total"]["requests"] == 1


@pytest.mark.parametrize("path", ["/models", "/usage", "/account/limits", "/v1/models"])
@pytest.mark.parametrize(("key", "kind"), [
    ("pplx-mock-invalid", "invalid_api_key"), ("pplx-mock-no-credit", "insufficient_quota"),
])  # fmt: skip
def test_well_known_keys_are_refused_everywhere(api: Api, key: str, kind: str, path: str) -> None:
    assert refusal_of(api.under(key).get(path))[:2] == (401, kind)


def test_a_key_older_than_search_may_do_anything_else(api: Api) -> None:
    old = api.under("pplx-mock-presearch")

    assert old.refusal("/search", {"query": "hi"})[0] == old.refusal("/v1/search", {"query": "hi"})[0] == 451
    assert old.post("/chat/completions", chat_body("hi")).status_code == 200
    assert old.post("/search/focus", {"query": "hi", "focus": "web"}).status_code == 200
    assert old.get("/models").status_code == 200


def test_the_key_is_judged_before_the_body(api: Api) -> None:
    refused = api.under("pplx-mock-invalid")

    assert refused.send("POST", "/search", b"{", content_type="text/plain").status_code == 401


def test_a_path_that_is_not_there_needs_no_key(api: Api) -> None:
    assert api.under("pplx-mock-invalid").get("/nothing").status_code == 404


# The media type


@pytest.mark.parametrize("declared", [
    "application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8", "application/vnd.x+json",
    'application/json; charset="utf-8"', "application/json ; q=1",
])  # fmt: skip
def test_json_is_taken_under_all_its_names(api: Api, declared: str) -> None:
    assert api.send("POST", "/search", QUERY, content_type=declared).status_code == 200


def test_a_body_without_a_media_type_is_taken_for_json(api: Api) -> None:
    assert api.send("POST", "/search", QUERY).status_code == 200


@pytest.mark.parametrize("declared", [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "text/json",
    "application/json; charset=latin-1", "application/xml", "",
])  # fmt: skip
def test_anything_else_is_refused_by_its_name(api: Api, declared: str) -> None:
    answer = api.send("POST", "/search", QUERY, content_type=declared)

    assert refusal_of(answer) == (
        415, "unsupported_media_type", f"Unsupported media type '{declared}'. Send application/json.",
    )  # fmt: skip


# The body


@given(st.lists(st.integers(0, len(QUERY)), max_size=6))
def test_a_body_may_come_in_any_pieces(api: Api, cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(QUERY)]
    pieces = [part(QUERY[start:end]) for start, end in pairwise(ends)]

    told = exchanged(api, [*pieces, part(b"", more=False)])

    assert told[0]["status"] == 200
    assert orjson.loads(told[1]["body"])["results"]


def test_a_body_that_ends_without_a_word_more_is_whole(api: Api) -> None:
    assert exchanged(api, [{"type": "http.request", "body": QUERY}])[0]["status"] == 200


@pytest.mark.parametrize("before", [[], [part(b'{"query"')]])
def test_a_client_that_goes_away_is_not_answered(api: Api, before: list[dict[str, Any]]) -> None:
    account = api.stranger()
    key = (b"authorization", f"Bearer {account.key}".encode())

    assert exchanged(api, [*before, {"type": "http.disconnect"}], headers=[key]) == []


def test_a_body_of_the_greatest_size_is_taken(api: Api) -> None:
    padded = QUERY + b" " * (LIMIT - len(QUERY))

    assert api.send("POST", "/search", padded, content_type="application/json").status_code == 200


def test_a_body_over_the_limit_is_taken_in_before_it_is_refused(api: Api) -> None:
    said = [part(b" " * 1024 * 1024) for _ in range(33)]
    taken: list[int] = []

    class Counted(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            for message in super().__iter__():
                taken.append(1)
                yield message

    told = exchanged(api, Counted([*said, part(b"", more=False)]))

    assert told[0]["status"] == 413
    assert len(taken) == 34


def test_a_body_that_never_ends_is_given_up_on(api: Api) -> None:
    told = exchanged(api, [part(b" " * 16 * 1024 * 1024)] * 9)

    assert told[0]["status"] == 413


def test_a_body_that_says_that_it_is_too_large_is_refused_for_it(api: Api) -> None:
    told = exchanged(api, [part(QUERY), part(b"", more=False)], headers=[(b"content-length", b"%d" % (LIMIT + 1))])

    assert told[0]["status"] == 413


@pytest.mark.parametrize("length", [b"many", b"-1", b""])
def test_a_length_that_is_no_number_is_not_believed(api: Api, length: bytes) -> None:
    told = exchanged(api, [part(QUERY), part(b"", more=False)], headers=[(b"content-length", length)])

    assert told[0]["status"] == 200
