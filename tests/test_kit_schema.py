"""The suite of Schemathesis: counted while it runs, bounded, and as green as the fake is."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from requests.adapters import HTTPAdapter

from contract_tests import plan
from contract_tests.budget import Budget
from contract_tests.client import Client
from contract_tests.runner import Result
from contract_tests.schema import rules, suite
from contract_tests.target import Target
from contract_tests.targets import Wanted, opened
from tests.kit import in_turn, listening, request_of, target
from tests.mutants import score
from tests.mutants.mutant import Exchange, Mutant

_PROJECT = Path(__file__).parent.parent
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def fake() -> Iterator[Target]:
    with opened(Wanted("fake")) as held:
        yield held


def run(held: Target, only: list[str], **budget: int) -> tuple[list[Result], Client]:
    chosen = plan.make(held, only, thorough=False, writes=False)
    with Client(held, Budget(**budget), timeout=5) as client:
        return [*suite.run(client, chosen, seed=0)], client


def asked(held: Target) -> int:
    """How many requests the fake's journal has of the suite's account."""
    told = httpx.get(f"{held.url}/__admin/journal", params={"limit": 1}, trust_env=False).json()
    return int(told["total"])


@pytest.mark.parametrize("most", [1, 30, 250])
def test_it_stops_at_the_very_request(fake: Target, most: int) -> None:
    before = asked(fake)
    results, client = run(fake, ["PPLX-SCHEMA"], max_requests=most)

    # Its probes of the server itself are requests as well, but not ones that the journal keeps.
    assert client.budget.requests == most
    assert asked(fake) - before <= most
    assert {result.verdict for result in results} == {"not run"}
    assert {result.reason for result in results} == {f"{most} requests were sent, as many as were allowed"}
    assert sum(result.requests for result in results) == most


def test_the_library_it_sends_with_is_left_as_it_was(fake: Target) -> None:
    before = HTTPAdapter.send
    run(fake, ["PPLX-SCHEMA-001"], max_requests=5)

    assert HTTPAdapter.send is before


def test_what_the_kit_knows_of_every_answer_is_said_under_its_own_id() -> None:
    with listening(in_turn([_ANSWER] * 10_000)) as url:
        results, _ = run(target(url, "url", "2026-10"), ["PPLX-SCHEMA-015"], max_requests=40)

    assert {finding.check.rpartition("-")[0] for result in results for finding in result.findings} == {"PPLX-WIRE"}


def test_a_curl_line_has_no_key_and_whole_bodies() -> None:
    with listening(in_turn([_ANSWER] * 10_000)) as url:
        held = replace(target(url, "url", "2026-10"), key="my-very-own-key")
        results, _ = run(held, ["PPLX-SCHEMA"], max_requests=60)

    lines = [finding.request for result in results for finding in result.findings]
    assert lines
    assert all(line.startswith("curl -sS -X ") for line in lines)
    assert not [line for line in lines if "my-very-own-key" in line or "[Filtered]" in line]
    assert any('"Authorization: Bearer $PERPLEXITY_API_KEY"' in line for line in lines)


# The whole command


@pytest.mark.timeout(400)
def test_the_quick_profile_on_the_fake_is_green(tmp_path: Path) -> None:
    """It takes half a minute on a quiet machine."""
    ended = _check(tmp_path, "--profile", "quick")

    assert ended.returncode == 0, ended.stdout


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_full_profile_on_the_fake_is_green(tmp_path: Path) -> None:
    ended = _check(tmp_path, "--profile", "full")

    assert ended.returncode == 0, ended.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["2026-07", "2026-10"])
def test_the_quick_profile_is_green_in_dated_editions(tmp_path: Path, name: str) -> None:
    ended = _check(tmp_path, "--edition", name)

    assert ended.returncode == 0, ended.stdout


def _check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "contract_tests", *arguments],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )


# What a server may put into its answers


def _said(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
    return head + body


@pytest.mark.parametrize(
    ("status", "body"),
    [(b"418 Teapot", b'{"error": "\x1f\x1f\x1f"}'), (b"200 OK", b'{"a": "\\ud800"}'), (b"200 OK", b"\xff\xfe\x00")],
)
def test_no_answer_breaks_the_kit(status: bytes, body: bytes) -> None:
    with listening(in_turn([_said(status, body)] * 10_000)) as url:
        results, _ = run(target(url, "url", "2026-10"), ["PPLX-SCHEMA"], max_requests=25)

    found = [finding for result in results for finding in result.findings]
    assert found
    assert all(finding.check.startswith("PPLX-") for finding in found)
    assert [finding.came.encode() for finding in found]


def test_a_body_that_is_no_json_is_blamed_on_the_check_of_bodies() -> None:
    with listening(in_turn([_said(b"200 OK", b"{")] * 10_000)) as url:
        results, _ = run(target(url, "url", "2026-10"), ["PPLX-SCHEMA-015"], max_requests=60)

    said = {(finding.check, finding.expected) for result in results for finding in result.findings}
    assert ("PPLX-WIRE-003", "the body is JSON") in said
    assert {check for check, expected in said if expected == "the body is JSON"} == {"PPLX-WIRE-003"}


# A check that cannot fail is none


_WRONG = (
    _said(b"500 Oh", b"{}"),
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}",
    _said(b"200 OK\r\nx-request-id: 5", b"[]"),
    _said(b"418 Teapot", b"{}"),
    *[_said(b"200 OK", b"{}")] * 3,
)


def _wrong_in_turn(connection: socket.socket, count: Iterator[int]) -> None:
    """Be wrong in another way each time; once in a while hang up."""
    while request_of(connection):
        number = next(count)
        if number % 101 == 100:
            return
        connection.sendall(_WRONG[number % len(_WRONG)])


def _wrong_beside_the_operations(exchange: Exchange) -> None:
    """Be right on every operation, but for streams that do not end; wrong on methods that a path does not have."""
    if exchange.streams:
        exchange.content += b"data: {}\r\n\r\n" * 6_000
    elif exchange.method == "OPTIONS":
        exchange.status, exchange.content = 200, b""
        exchange.told = [(b"allow", b"TRACE, PATCH")]
    elif exchange.status == 405 and exchange.path == "/search":  # no operation is asked on once it has failed
        exchange.status = 200


def test_every_check_of_the_suite_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count()
    with listening(lambda connection: _wrong_in_turn(connection, count)) as url:
        results, _ = run(target(url), ["PPLX-SCHEMA"], max_requests=2500)
    failing = {result.check.id for result in results if result.findings}
    monkeypatch.setitem(score.ALL, "beside", Mutant("beside", ("PPLX-SCHEMA",), after=_wrong_beside_the_operations))
    with score.serving() as url:
        results, _ = run(target(f"{url}/m/beside"), ["PPLX-SCHEMA"], max_requests=2500)
    failing |= {result.check.id for result in results if result.findings}

    assert {rule.id for rule in rules.RULES} - failing == set()


def test_what_is_not_sent_to_who_charges_is_not_promised_there() -> None:
    played = target("", "live", key="somebody")
    chosen = plan.make(played, ["PPLX-SCHEMA"], thorough=False, writes=False)

    names = {rule.name for rule in rules.RULES if rule.id in {check.id for check in chosen.checks}}
    assert not names & {"negative_data_rejection", "missing_required_header", "unsupported_method"}
    assert names >= {"response_schema_conformance", "ignored_auth"}
