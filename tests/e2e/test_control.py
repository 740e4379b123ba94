"""The control API over real sockets: what a hostile page or a stranger gets, and what a test does with it."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Server, Serving

CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}
RESET = b"POST /__admin/reset HTTP/1.1\r\n"
SAFE = b"content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n"


@pytest.fixture(scope="module")
def controlled(serving: Serving) -> Iterator[Server]:
    """A server of this file's own, as it is changed here."""
    with serving() as server:
        yield server
        assert server.mishaps == []


@pytest.fixture
def client(controlled: Server) -> Iterator[httpx.Client]:
    with controlled.client() as client:
        yield client
        assert client.post("/__admin/reset", json={}).is_success


def told(said: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the error of an answer as it came."""
    head, _, content = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)["error"]


def reset_of(server: Server, *headers: bytes, host: bytes = b"localhost") -> tuple[int, str]:
    """What a request to reset gets: its status, and the type of the error."""
    lines = b"".join(header + b"\r\n" for header in (b"host: " + host, *headers))
    said = server.send(RESET + lines + SAFE + b"\r\n{}")
    if said.startswith(b"HTTP/1.1 200"):
        return 200, ""
    status, error = told(said)
    return status, error["type"]


# Hostile requests


def test_a_request_of_ones_own_passes(controlled: Server) -> None:
    assert reset_of(controlled) == (200, "")
    assert reset_of(controlled, host=b"127.0.0.1:%d" % controlled.port) == (200, "")


@pytest.mark.parametrize(
    "origin", [b"https://example.org", b"null", b"http://localhost:1", b"http://127.0.0.1.example.org"]
)
def test_a_page_of_another_origin_changes_nothing(controlled: Server, client: httpx.Client, origin: bytes) -> None:
    client.put("/__admin/seed", json={"seed": 5})

    assert reset_of(controlled, b"origin: " + origin) == (403, "foreign_origin")
    assert client.get("/__admin/seed").json() == {"seed": 5}


def test_a_page_of_another_site_is_known_by_what_its_browser_says(controlled: Server) -> None:
    assert reset_of(controlled, b"sec-fetch-site: cross-site") == (403, "foreign_origin")


@pytest.mark.parametrize("host", [b"example.org", b"example.org:4010", b"localhost.example.org", b"10.0.0.1", b""])
def test_a_name_that_was_made_to_lead_here_is_refused(controlled: Server, host: bytes) -> None:
    assert reset_of(controlled, host=host) == (403, "foreign_host")


@pytest.mark.parametrize("prefix", ["", "/n/any"])
def test_reading_is_guarded_as_writing_is(controlled: Server, prefix: str) -> None:
    for path in ("health", "journal", "accounts", "openapi.json", "nowhere"):
        with controlled.client(host="example.org") as foreign:
            assert foreign.get(f"{prefix}/__admin/{path}").status_code == 403, path


@pytest.mark.parametrize("media_type", [b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data"])
def test_what_a_form_can_send_is_refused(controlled: Server, media_type: bytes) -> None:
    said = controlled.send(
        RESET
        + b"host: localhost\r\ncontent-length: 2\r\nconnection: close\r\ncontent-type: "
        + media_type
        + b"\r\n\r\n{}"
    )

    assert told(said)[0] == 415


@pytest.mark.parametrize("declared", [True, False])
def test_too_long_a_body_is_refused_and_the_server_lives(client: httpx.Client, *, declared: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b" " * 65_536] * 24

    content = b" " * 1_572_864 if declared else pieces()

    answer = client.post("/__admin/reset", content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == "request body exceeds the maximum allowed size of 1048576 bytes"
    assert client.get("/__admin/health").is_success


@pytest.mark.parametrize(
    "path",
    [b"/__admin/scenarios/../errors", b"/__admin/scenarios/..%2ferrors", b"/__admin/scenarios/%2e%2e/%2e%2e/etc/passwd",
     b"/__admin/scenarios//etc/passwd", b"/__admin/scenarios/..\\errors", b"/__admin/../fixtures/errors.yaml",
     b"/__admin/scenarios/504-on-deep-research%00.yaml"],
)  # fmt: skip
def test_a_path_does_not_climb_out_of_the_folder(controlled: Server, path: bytes) -> None:
    said = controlled.send(b"GET " + path + b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")

    status, error = told(said)
    assert (status, error["type"]) == (404, "not_found")


# Beyond this machine


def test_a_server_that_others_can_reach_makes_a_token_and_wants_it(serving: Serving) -> None:
    with serving("--host", "0.0.0.0") as exposed:
        shown = re.search(r"^  Authorization: Bearer (\S{32})$", exposed.hello, re.MULTILINE)
        assert shown, exposed.hello
        url = f"http://127.0.0.1:{exposed.port}/__admin"
        bearer = {"authorization": f"Bearer {shown[1]}"}

        assert httpx.get(f"{url}/journal").json()["error"]["type"] == "control_token_needed"
        assert httpx.get(f"{url}/journal", headers={"authorization": "Bearer any"}).status_code == 401
        assert httpx.get(f"{url}/journal", headers=bearer).status_code == 200
        assert httpx.get(f"{url}/journal", headers={**bearer, "host": "pplx-mock:4010"}).status_code == 200
        assert httpx.get(f"{url}/journal", headers={**bearer, "origin": "http://example.org"}).status_code == 403
        assert httpx.get(f"{url}/health").status_code == 200
        assert shown[1] not in exposed.errors


def test_a_token_of_ones_own_is_not_printed(serving: Serving) -> None:
    with serving("--host", "0.0.0.0", PPLX_MOCK_CONTROL_TOKEN="my-own-token") as exposed:
        url = f"http://127.0.0.1:{exposed.port}/__admin/journal"

        assert "my-own-token" not in exposed.hello + exposed.errors
        assert httpx.get(url, headers={"authorization": "Bearer my-own-token"}).status_code == 200
        assert httpx.get(url).status_code == 401


def test_a_token_may_guard_a_server_of_this_machine_too(serving: Serving) -> None:
    with serving("--control-token", "my-own-token") as guarded, guarded.client() as client:
        assert client.get("/__admin/seed").status_code == 401
        assert client.get("/__admin/seed", headers={"authorization": "Bearer my-own-token"}).status_code == 200
        assert client.post("/search", json={"query": "bees"}).status_code == 200


def test_without_need_no_token_is_made(controlled: Server) -> None:
    assert "Bearer any-key" in controlled.hello
    assert "control API" not in controlled.hello


# What a test does


def test_a_stream_is_held_and_let_go(client: httpx.Client) -> None:
    """An hour of a stream takes no time once somebody says that it has passed."""
    client.post("/__admin/clock", json={"mode": "virtual"})
    paced = {"x-mock-stream-pace": "ttft=1800,tps=1"}
    with client.stream("POST", "/chat/completions", json={**CHAT, "stream": True}, headers=paced) as answer:
        with httpx.Client(base_url=client.base_url) as other:
            while not other.get("/__admin/clock").json()["waiting"]:
                continue
            other.post("/__admin/clock", json={"advance": 3600})
        said = answer.read()

    assert said.count(b"data: ") > 50


def test_lanes_are_apart_and_reset_alone(client: httpx.Client) -> None:
    for lane in ("one", "other"):
        client.post(f"/n/{lane}/__admin/faults", json={"status": 503})
    client.post("/n/one/__admin/reset", json={})

    statuses = {lane: client.post(f"/n/{lane}/search", json={"query": "bees"}).status_code for lane in ("one", "other")}

    assert statuses == {"one": 200, "other": 503}
    assert client.post("/search", json={"query": "bees"}).status_code == 200
    client.delete("/__admin/lanes/other")


def test_an_edition_is_switched_in_mid_run(client: httpx.Client) -> None:
    assert client.post("/chat/completions", json=CHAT).status_code == 200

    client.put("/__admin/edition", json={"edition": "2026-10"})

    assert client.post("/chat/completions", json=CHAT).status_code == 403


def test_a_long_wait_is_answered_as_soon_as_the_call_came(controlled: Server, client: httpx.Client) -> None:
    asked = {"filter": {"operation": "search"}, "wait": 30}
    start = time.perf_counter()
    with ThreadPoolExecutor() as others:
        waiting = others.submit(httpx.post, f"{controlled.url}/__admin/journal/find", json=asked, timeout=40)
        client.get("/models")
        client.post("/search", json={"query": "bees"})
        found = waiting.result().json()

    assert [call["operation"] for call in found["calls"]] == ["search"]
    assert time.perf_counter() - start < 15


@pytest.mark.parametrize("leaving", ["the server", "the client"])
def test_a_long_wait_ends_quietly(serving: Serving, leaving: str) -> None:
    with serving() as server:
        waiting = server.connect()
        waiting.sendall(b"GET /__admin/journal?wait=60 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        with server.client() as client:
            assert client.get("/__admin/health").is_success
            if leaving == "the client":
                waiting.close()
                assert client.get("/__admin/health").is_success
        start = time.perf_counter()
        server.stop()
        waiting.close()

        assert time.perf_counter() - start < 2
        assert server.errors == ""


def test_the_first_control_request_holds_nobody_up_for_long(serving: Serving) -> None:
    """The routes are made then, so that the start need not wait for them."""
    with serving() as server, server.client() as client:
        start = time.perf_counter()
        assert client.get("/__admin/health").is_success
        assert time.perf_counter() - start < 2
