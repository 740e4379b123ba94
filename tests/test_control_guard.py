"""Who may use the control API: names, origins, content types, tokens and sizes, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.addresses import host_of, is_loopback
from mock_server.control.guard import Guard
from mock_server.control.route import MOST_BYTES, MOST_BYTES_OF_STUBS
from mock_server.errors import ApiError, SettingsError
from mock_server.settings import Settings
from tests.conftest import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

HEALTH = "/__admin/health"
CLOCK = "/__admin/clock"


def met(settings: Settings | None = None, *, method: str = "GET", path: str = HEALTH, **headers: str) -> str:
    """What a request meets: the name of its refusal, or nothing. It has a host of its own unless it gives one."""
    told = {"host": "127.0.0.1:4010", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: Any = {"method": method, "path": path, "scheme": "http", "server": ("127.0.0.1", 4010)}
    given_ = {name.encode(): value.encode("latin-1") for name, value in told.items()}
    try:
        Guard(settings or Settings()).check(scope, given_)
    except ApiError as error:
        return error.name
    return ""


# Names


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:4010", "localhost", "LocalHost:80", "[::1]:4010", "[::1]", "127.9.9.9:1", "127.0.0.1:",
     " localhost ", "[::ffff:127.0.0.1]"],
)  # fmt: skip
def test_this_machines_own_names_pass(host: str) -> None:
    assert met(host=host) == ""


@pytest.mark.parametrize(
    "host",
    ["example.org", "evil.localhost.example.org", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1",
     "0.0.0.0", "[::2]", "", "localhost@example.org", "localhost/..", "localhost:80:80", "[localhost]", "2130706433",
     "0x7f.1", "127.1", "local\thost", "localhost, example.org", "\xe9", "localhost.", "[::1", "::1"],
)  # fmt: skip
def test_other_names_are_refused(host: str) -> None:
    assert met(host=host) == "control_foreign_host"


@given(st.text(st.characters(codec="latin-1"), max_size=30))
def test_whatever_a_host_says_it_is_one_or_refused(text: str) -> None:
    host = host_of(text)

    assert met(host=text) in {"", "control_foreign_host"}
    assert (met(host=text) == "") == (host is not None and is_loopback(host))


def test_the_address_that_is_listened_on_passes() -> None:
    assert met(Settings(host="localhost"), host="127.0.0.1:4010") == ""


# Origins


@pytest.mark.parametrize("origin", ["http://127.0.0.1:4010", "HTTP://127.0.0.1:4010"])
def test_pages_of_the_server_itself_pass(origin: str) -> None:
    assert met(origin=origin) == met(origin=origin, sec_fetch_site="same-origin") == ""


@pytest.mark.parametrize(
    "origin",
    ["https://example.org", "null", "", "http://127.0.0.1:4011", "https://127.0.0.1:4010", "http://localhost:4010",
     "http://127.0.0.1", "file://", "http://127.0.0.1:4010.example.org", "http://127.0.0.1:99999", "http://[", "\xe9"],
)  # fmt: skip
def test_pages_of_other_origins_are_refused(origin: str) -> None:
    assert met(origin=origin) == "control_foreign_origin"


@pytest.mark.parametrize("asked", ["PUT", "POST", "DELETE"])
def test_a_browser_that_asks_beforehand_hears_no_permission(api: Api, asked: str) -> None:
    """A page of another origin has to be allowed what no form can send; nothing here allows it."""
    headers = {"access_control_request_method": asked, "access_control_request_headers": "content-type"}

    answer = api.send("OPTIONS", "/__admin/stubs", origin="https://example.org", **headers)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("port", ["", ":80"])
def test_the_usual_port_may_be_left_out(port: str) -> None:
    assert met(host="localhost", origin=f"http://localhost{port}") == ""


@pytest.mark.parametrize(
    ("site", "refused"),
    [("none", ""), ("same-origin", ""), ("cross-site", "control_foreign_origin"),
     ("same-site", "control_foreign_origin"), ("", "control_foreign_origin")],
)  # fmt: skip
def test_what_a_browser_says_of_the_site_counts(site: str, refused: str) -> None:
    assert met(sec_fetch_site=site) == refused


# Content types


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("content_type", "refused"),
    [("application/json", ""), ("Application/JSON; charset=utf-8", ""), (None, "unsupported_media_type"),
     ("", "unsupported_media_type"), ("text/plain", "unsupported_media_type"),
     ("application/x-www-form-urlencoded", "unsupported_media_type"), ("multipart/form-data", "unsupported_media_type"),
     ("text/plain; a=application/json", "unsupported_media_type"), ("application/jsonp", "unsupported_media_type")],
)  # fmt: skip
def test_a_write_says_that_it_is_json(method: str, content_type: str | None, refused: str) -> None:
    headers = {} if content_type is None else {"content_type": content_type}

    assert met(method=method, path=CLOCK, content_length="0", **headers) == refused


def test_to_delete_wants_no_content_type_where_there_is_no_content() -> None:
    assert met(method="DELETE", path="/__admin/faults") == ""
    assert met(method="DELETE", path="/__admin/faults", content_length="0") == ""
    assert met(method="DELETE", path="/__admin/faults", content_length="2") == "unsupported_media_type"
    assert met(method="DELETE", path="/__admin/faults", transfer_encoding="chunked") == "unsupported_media_type"


# Tokens

OPEN = Settings(host="0.0.0.0", control_token="s3cret")
BEARER = "Bearer s3cret"


@pytest.mark.parametrize(
    ("authorization", "refused"),
    [(BEARER, ""), ("bearer  s3cret ", ""), ("Bearer s3cre", "control_token_needed"),
     ("Bearer s3cret2", "control_token_needed"), ("Basic s3cret", "control_token_needed"),
     ("s3cret", "control_token_needed"), ("Bearer", "control_token_needed"), ("Bearer \xe9", "control_token_needed")],
)  # fmt: skip
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "my-box", "127.0.0.1"])
def test_a_token_that_is_set_has_to_be_shown(host: str, authorization: str, refused: str) -> None:
    chosen = Settings(host=host, control_token="s3cret")

    assert met(chosen, path=CLOCK, authorization=authorization) == refused


def test_without_a_token_a_server_that_others_reach_refuses_all() -> None:
    for shown in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer x"}):
        assert met(Settings(host="0.0.0.0"), path=CLOCK, **shown) == "control_token_needed"


def test_health_can_be_asked_without_a_token_and_only_read() -> None:
    assert met(OPEN) == met(OPEN, method="HEAD") == ""
    assert met(OPEN, method="POST") == "control_token_needed"


def test_where_others_reach_the_server_names_are_unknown_but_origins_still_count() -> None:
    assert met(OPEN, path=CLOCK, host="pplx-mock:4010", authorization=BEARER) == ""
    assert (
        met(OPEN, path=CLOCK, host="pplx-mock:4010", authorization=BEARER, origin="https://example.org")
        == "control_foreign_origin"
    )


def test_a_token_shows_nowhere(fake: Callable[..., Api]) -> None:
    exposed = fake(host="0.0.0.0", control_token="s3cret")

    refused = exposed.get(CLOCK)

    assert refusal_of(refused)[:2] == (401, "control_token_needed")
    assert "s3cret" not in refused.text + repr(OPEN)
    assert exposed.send("GET", CLOCK, authorization=BEARER).is_success


@pytest.mark.parametrize("token", ["with space", "tab\t", "umläut", "line\n"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(SettingsError, match="control-token is of printable ASCII") as refused:
        Settings(control_token=token)

    assert token not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.1.2.3", True), ("0.0.0.0", False), ("::", False),
     ("localhost.example.org", False), ("127.example.org", False), ("::12", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_a_server_knows_whether_others_can_reach_it(host: str, *, own: bool) -> None:
    assert Settings(host=host).exposed is not own


# Sizes


@pytest.mark.parametrize(
    ("path", "most"),
    [("/__admin/reset", MOST_BYTES), ("/__admin/faults", MOST_BYTES), ("/__admin/stubs", MOST_BYTES_OF_STUBS)],
)
def test_a_body_has_an_end(api: Api, path: str, most: int) -> None:
    fits = api.send("POST", path, b" " * (most - 3) + b"{x}", content_type="application/json")
    too_long = api.send("POST", path, b" " * (most + 1), content_type="application/json")

    assert refusal_of(fits)[:2] == (400, "invalid_request")
    assert refusal_of(too_long) == (
        413,
        "payload_too_large",
        f"request body exceeds the maximum allowed size of {most} bytes",
    )
