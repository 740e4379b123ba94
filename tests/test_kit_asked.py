"""A check says that it was not run where nothing came that it could be asked of; elsewhere it can fail."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from contract_tests import catalogue, runner, session
from contract_tests.client import Client
from contract_tests.findings import UnaskedError
from contract_tests.plan import Plan
from contract_tests.probe import Probe
from contract_tests.runner import Report, Result
from contract_tests.target import Kind
from tests.kit import answering, check, finding, in_turn, listening, target
from tests.mutants import score

_NOTHING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
_ID = "3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b"


@pytest.fixture(scope="module")
def mutants() -> Iterator[str]:
    with score.serving() as url:
        yield url


def asked(url: str, identity: str, kind: Kind = "url", edition: str = "complete") -> Result:
    [one] = [check for check in catalogue.load() if check.id == identity]
    with Client(target(url, kind, edition)) as client:
        return runner.run_one(client, one, seed=0, thorough=False)


def plain(content: object) -> bytes:
    body = orjson.dumps(content)
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: %s\r\ncontent-length: %d\r\n\r\n"
    return (head % (_ID, len(body))).encode() + body


def found(**row: object) -> bytes:
    page = {"title": "Bees", "url": "https://bees.example/", "snippet": "Bees.", "date": None, "last_updated": None}
    return plain({"id": _ID, "server_time": None, "results": [{**page, **row}]})


@pytest.mark.parametrize("identity", ["PPLX-SEARCH-005", "PPLX-AGENT-106"])
def test_old_results_are_told_where_nobody_knows_the_day(mutants: str, identity: str) -> None:
    kind = "search" if identity == "PPLX-SEARCH-005" else "agent"
    assert asked(f"{mutants}/m/nothing-changed", identity).verdict == "passed"
    assert asked(f"{mutants}/m/{kind}-recency-ignored", identity).verdict == "failed"


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ("PPLX-SEARCH-005", "no result had a date"),
        ("PPLX-SEARCH-006", "no result between two days had the field date"),
        ("PPLX-SEARCH-007", "no result between two days had the field last_updated"),
    ],
)
def test_results_without_dates_leave_nothing_to_ask(identity: str, reason: str) -> None:
    with listening(in_turn([found()] * 100)) as url:
        result = asked(url, identity, edition="2026-10")

    assert (result.verdict, result.reason, result.findings) == ("not run", reason, ())


@pytest.mark.parametrize("identity", ["PPLX-WIRE-002", "PPLX-WIRE-003", "PPLX-WIRE-004", "PPLX-WIRE-005"])
def test_a_rule_that_met_no_answer_of_its_kind_has_not_run(identity: str) -> None:
    with listening(in_turn([_NOTHING] * 500)) as url:
        result = asked(url, identity, edition="2026-10")

    assert result.verdict == "not run"
    assert result.reason.startswith("no answer had") or result.reason == "no answer was a stream"


def test_texts_without_markers_say_nothing_of_markers(mutants: str) -> None:
    result = asked(f"{mutants}/m/chat-markers-gone", "PPLX-CHAT-001")

    assert (result.verdict, result.reason) == ("not run", "no text had a marker")


def test_the_run_goes_on_after_a_check_that_had_nothing_to_ask() -> None:
    def unasked(_: Probe) -> None:
        raise UnaskedError("no bees")

    checks = [check(unasked, "PPLX-TEST-001"), check(lambda _: None, "PPLX-TEST-002")]
    with listening(answering(_NOTHING)) as url, Client(target(url)) as client:
        chosen = Plan(tuple(checks), (), thorough=False)
        results = [*session.results(client, chosen, seed=0)]

    assert [(one.verdict, one.reason) for one in results] == [("not run", "no bees"), ("passed", "")]
    assert session.verdict(Report(target(url), "quick", 0, results=results)) == 0


def test_a_check_that_asked_nothing_has_not_passed_though_its_findings_are_others() -> None:
    theirs = finding(check="PPLX-WIRE-004")
    results = [
        Result(check(lambda _: None, "PPLX-TEST-001"), "failed", (theirs,), reason="no bees"),
        Result(check(lambda _: None, "PPLX-WIRE-004"), "passed"),
    ]

    told = [*runner.attributed(results, {"PPLX-TEST-001", "PPLX-WIRE-004"})]

    assert [(one.verdict, one.findings) for one in told] == [("not run", ()), ("failed", (theirs,))]
