"""The suite of Schemathesis: counted while it runs, bounded, and as green as the fake is."""

from __future__ import annotations

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
from contract_tests.schema import suite
from contract_tests.target import Target
from contract_tests.targets import Wanted, opened
from tests.kit import in_turn, listening, target

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
