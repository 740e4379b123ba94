"""Redaction: whatever a client does with its key, nothing that is kept or shown has it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import edition, redaction, wire
from mock_server.insight import cost, coverage, verdict
from mock_server.journal import har, record
from tests.journals import site

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from tests.journals import Site

VENDORS = "pplx-AbCdEf1234567890AbCdEf1234567890AbCdEf1234567890"


@pytest.fixture(scope="module")
def shared(loop: asyncio.AbstractEventLoop) -> Site:
    return site(loop, journal_entries=5)


def everything(of: Site) -> bytes:
    """All that anybody could read about the calls of a journal."""
    entries = list(of.journal)
    face = edition.load("complete")
    parts = [
        record.page(of.journal, entries).model_dump_json().encode(),
        wire.dumps(har.archive(entries)),
        verdict.judge(entries).model_dump_json().encode(),
        coverage.measure(of.journal.tally, face).model_dump_json().encode(),
        cost.reckon(of.journal.tally, entries, face.facts).model_dump_json().encode(),
        verdict.table(verdict.judge(entries)).encode(),
        repr([(entry.asked, entry.told) for entry in entries]).encode(),
    ]
    return b"\n".join(parts)


# The name of an account


def test_an_account_is_named_by_eight_digits_of_the_hash_of_its_key() -> None:
    digits = hashlib.sha256(b"any-key").hexdigest()[:8]

    assert redaction.name_of("any-key") == redaction.name_of(b"any-key") == f"sha256:{digits}"


# Headers


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (b"authorization", b"Bearer secret-of-mine", b"Bearer {name}"),
        (b"authorization", b"secret-of-mine", b"{name}"),
        (b"proxy-authorization", b"Basic secret-of-mine", b"Basic {name}"),
        (b"x-api-key", b"secret-of-mine", b"{name}"),
        (b"x-goog-api-key", b"secret-of-mine", b"{name}"),
        (b"x-session-token", b"secret-of-mine", b"{name}"),
        (b"cookie", b"session=secret-of-mine", b"[redacted]"),
        (b"authorization", b"", b"[redacted]"),
    ],
)
def test_credentials_in_headers_show_by_their_hash(name: bytes, value: bytes, shown: bytes) -> None:
    named = redaction.name_of("secret-of-mine").encode()

    assert redaction.head([(name, value)])[0] == name + b": " + shown.replace(b"{name}", named)


@pytest.mark.parametrize("name", [b"content-type", b"user-agent", b"idempotency-key", b"x-mock-edition", b"accept"])
def test_other_headers_stay_as_they_are(name: bytes) -> None:
    assert redaction.head([(name, b"a value")]) == (name + b": a value", ())


def test_the_secrets_of_the_headers_are_told_once_each() -> None:
    headers = [(b"authorization", b"Bearer first-key"), (b"x-api-key", b"first-key"), (b"x-token", b"second-key")]

    assert redaction.head(headers)[1] == (b"first-key", b"second-key")


def test_headers_that_come_as_lists_are_redacted_too() -> None:
    pairs: Any = [[b"authorization", b"Bearer first-key-of-mine"], [b"x-note", b"it is first-key-of-mine"]]

    shown = redaction.head_of(pairs)

    name = redaction.name_of("first-key-of-mine")
    assert shown == (f"authorization: Bearer {name}\nx-note: it is {name}".encode(), (b"first-key-of-mine",), name)


# Texts


@pytest.mark.parametrize(
    "name", ["pplx-embed-v1-0.6b", "pplx-embed-context-v1-4b", "pplx-7b-online", "pplx-mock-tier-0"]
)
def test_names_that_begin_like_a_key_are_none(name: str) -> None:
    text = f'{{"model": "{name}"}}'.encode()

    assert redaction.scrub(text) is text


def test_what_looks_like_a_key_of_the_vendor_goes_whosever_it_is() -> None:
    assert redaction.text(f"my key is {VENDORS}.") == f"my key is {redaction.name_of(VENDORS)}."


def test_short_keys_are_words_and_stay_in_texts() -> None:
    text = b"this is a test"

    assert redaction.scrub(text, (b"test",)) is text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"api_key": "abc"}', b'{"api_key": "[redacted]"}'),
        (b'{"apiKey":"a\\"bc"}', b'{"apiKey":"[redacted]"}'),
        (b'{"PERPLEXITY_API_KEY": "abc"}', b'{"PERPLEXITY_API_KEY": "[redacted]"}'),
        (b'{"Authorization": "Bearer abc"}', b'{"Authorization": "[redacted]"}'),
        (b'{"keyboard": "abc"}', b'{"keyboard": "abc"}'),
        (b'{"idempotency_key": "run-7"}', b'{"idempotency_key": "run-7"}'),
    ],
)
def test_members_named_like_a_key_lose_their_value(body: bytes, shown: bytes) -> None:
    assert redaction.body(body) == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (b"api_key=abc&q=1", b"api_key=[redacted]&q=1"),
        (b"q=1&token=abc", b"q=1&token=[redacted]"),
        (b"API-Key=abc", b"API-Key=[redacted]"),
        (b"next_token=abc&limit=3", b"next_token=abc&limit=3"),
        (b"api_key=", b"api_key="),
        (b"key", b"key"),
    ],
)
def test_parameters_named_like_a_key_lose_their_value(query: bytes, shown: bytes) -> None:
    assert redaction.query(query) == shown


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc", "Zs"]), min_size=8, max_size=40), st.text())
def test_a_key_is_found_as_it_is_and_as_urls_and_json_write_it(key: str, around: str) -> None:
    raw = key.encode("latin-1")
    for form in (raw, quote(raw, safe="").encode(), orjson.dumps(key)[1:-1]):
        text = around.encode() + b" " + form + b" " + around.encode()

        assert form not in redaction.scrub(text, (raw,)), f"{form!r} is still there"


# The journal

WORDS = st.sampled_from(
    [
        '"api_key"',
        '"x_API-KEY": "v"',
        '"Authorization": "b"',
        ": ",
        "pplx-0123456789abcdef",
        "longer-than-eight",
        "bees",
    ]
)


@given(st.lists(WORDS).map("".join), st.lists(WORDS).map("".join), st.sets(WORDS, max_size=2))
def test_what_is_called_clean_has_nothing_to_take_out(path: str, body: str, keys: set[str]) -> None:
    own = tuple(sorted(key.encode() for key in keys))
    parts = redaction.Parts(path.encode(), b"", b"", body.encode())

    assert redaction.is_clean(parts.path, parts.body, own) is (redaction.request(parts, own) == parts)


KEYS = st.text("ABCDEFabcdef0123456789-_.~+/=", min_size=12, max_size=60)
DISGUISES: dict[str, Callable[[str], bytes]] = {
    "plain": lambda letter: letter.encode(),
    "JSON": lambda letter: b"\\u%04x" % ord(letter),
    "JSON in capitals": lambda letter: b"\\u%04X" % ord(letter),
    "a URL": lambda letter: b"%%%02x" % ord(letter),
    "a URL in capitals": lambda letter: b"%%%02X" % ord(letter),
    "PHP": lambda letter: letter.replace("/", "\\/").encode(),
}


@given(KEYS, st.data())
def test_a_key_of_which_any_letters_are_escaped_is_found(key: str, data: st.DataObject) -> None:
    written = b"".join(data.draw(st.sampled_from(sorted(DISGUISES)).map(DISGUISES.get))(letter) for letter in key)
    content = b'{"a": "' + written + b'"}'

    assert redaction.scrub(content, (key.encode(),)) == b'{"a": "' + redaction.name_of(key).encode() + b'"}'
    assert not redaction.is_clean(b"/", content, (key.encode(),))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_key_in_wide_letters_is_found(encoding: str) -> None:
    key = "pplx-0123456789abcdef/+"
    content = f'{{"a": "{key}"}}'.encode(encoding)

    assert key not in redaction.scrub(content, (key.encode(),)).decode(encoding)
    assert not redaction.is_clean(b"/", content, (key.encode(),))


PLACES = st.sampled_from(["path", "query", "body", "header", "field", "history"])


@given(key=KEYS, places=st.sets(PLACES), stream=st.booleans())
def test_no_key_is_in_anything_that_can_be_read(shared: Site, key: str, places: set[str], *, stream: bool) -> None:
    of = shared.under(key)
    body: dict[str, Any] = {
        "model": "sonar",
        "messages": [{"role": "user", "content": f"hi {key}" if "body" in places else "hi"}],
        "stream": stream,
    }
    if "field" in places:
        body[key] = key
    if "history" in places:
        body["messages"] = [*body["messages"], {"role": "assistant", "content": key}, *body["messages"]]
    path = f"/models/{quote(key, safe='')}" if "path" in places else "/chat/completions"
    headers = {"content_type": "application/json"} | ({"x_note": f"mine is {key}"} if "header" in places else {})
    query = {"note": key} if "query" in places else None

    of.api.send("GET" if "path" in places else "POST", path, orjson.dumps(body), query=query, **headers)

    read = everything(of)
    for form in (key.encode(), quote(key, safe="").encode(), orjson.dumps(key)[1:-1]):
        assert form not in read, f"{form!r} is kept"
    assert of.last.asked.account == redaction.name_of(key)


@given(KEYS, st.integers(0, 200), st.integers(0, 100))
def test_a_key_that_the_cut_of_a_long_body_goes_through_is_found(
    shared: Site, key: str, before: int, after: int
) -> None:
    of = shared.under(key)
    body = b'{"query": "' + b"x" * (65_536 - 11 - before) + key.encode() + b"y" * after + b'"}'

    of.api.send("POST", "/search", body, content_type="application/json")

    assert key.encode() not in everything(of)
    assert key.encode()[:-1] not in of.last.asked.body, "all but its last letter is kept"
    assert len(of.last.asked.body) <= 65_536


def test_an_answer_that_says_the_key_is_kept_without_it(loop: asyncio.AbstractEventLoop) -> None:
    of = site(loop, VENDORS)
    of.spoil(patch={"results": [{"title": f"your key is {VENDORS}"}]}, headers={"x-echo": VENDORS}, path="/search")

    answer = of.search()

    assert VENDORS in answer.text
    assert VENDORS.encode() not in everything(of)
