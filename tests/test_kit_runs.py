"""Runs of checks: made-up values, what a live run does not do, and how a run ends."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import strategies as st

from contract_tests import runner
from contract_tests.budget import Budget
from contract_tests.client import Client
from contract_tests.exchange import Ask
from contract_tests.findings import UnmetError
from contract_tests.probe import Probe
from contract_tests.runner import Result
from contract_tests.target import Kind
from tests.kit import Stopwatch, check, finding, in_turn, listening, request_of, target

_ANSWER = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    def talk(connection: socket.socket) -> None:
        while request_of(connection):
            connection.sendall(_ANSWER)

    with listening(talk) as address:
        yield address


def run(url: str, body: Callable[[Probe], None], kind: Kind = "fake", **budget: int) -> Result:
    client = Client(target(url, kind), Budget(**budget), stopwatch=Stopwatch())
    with client:
        return runner.run_one(client, check(body), seed=1, thorough=False)


def test_a_failure_is_made_small_where_requests_are_free(url: str) -> None:
    def body(probe: Probe) -> None:
        probe.given(
            st.integers(0, 1000), lambda value: probe.require(value < 10, "less than ten", value), quick=50, full=50
        )

    assert run(url, body).findings[0].came == "10"


def test_a_failure_ends_the_asking_where_requests_cost_money(url: str) -> None:
    values: list[int] = []

    def body(probe: Probe) -> None:
        def held(value: int) -> None:
            values.append(value)
            probe.require(value < 10, "less than ten", value)

        probe.given(st.integers(0, 1000), held, quick=50, full=50)

    found = run(url, body, "live")

    assert found.verdict == "failed"
    assert sum(value >= 10 for value in values) == 1
    assert values[-1] >= 10


def test_a_server_that_fails_once_is_blamed_for_what_it_did(url: str) -> None:
    answers = iter([True, False])

    def body(probe: Probe) -> None:
        probe.given(
            st.integers(0, 9), lambda _: probe.require(next(answers, True), "always so", "not so once"), quick=9, full=9
        )

    found = run(url, body)

    assert [(one.expected, one.came) for one in found.findings] == [("always so", "not so once")]


def test_a_finding_outlives_the_budget(url: str) -> None:
    def body(probe: Probe) -> None:
        probe.given(st.integers(0, 1000), lambda value: _ask_and_fail(probe, value), quick=50, full=50)

    found = run(url, body, max_requests=3)

    assert found.verdict == "failed"
    assert found.requests == 3


def _ask_and_fail(probe: Probe, value: int) -> None:
    probe.client.send(_search(probe))
    probe.require(value < 0, "less than nothing", value)


def _search(probe: Probe) -> Ask:
    operation = probe.target.edition.operations["search"]
    return Ask(operation, operation.path, {"query": "bees"})


def test_an_answer_that_a_check_breaks_on_is_a_finding(url: str) -> None:
    def body(probe: Probe) -> None:
        probe.client.send(_search(probe))
        raise KeyError("results")

    found = run(url, body)

    assert found.findings[0].expected == "an answer that the check can read"
    assert found.findings[0].came == "KeyError: 'results'"


def test_when_the_budget_is_spent_the_rest_is_not_run_and_says_why(url: str) -> None:
    checks = [check(_fine, f"PPLX-TEST-00{number}") for number in range(1, 5)]
    with Client(target(url), Budget(max_requests=2)) as client:
        results = [*runner.run(client, checks, seed=0, thorough=False)]

    assert [result.verdict for result in results] == ["passed", "passed", "not run", "not run"]
    assert {result.reason for result in results[2:]} == {"2 requests were sent, as many as were allowed"}


def _fine(probe: Probe) -> None:
    probe.client.send(_search(probe))


def test_an_interrupt_leaves_the_rest_not_run(url: str) -> None:
    def interrupted(_: Probe) -> None:
        raise KeyboardInterrupt

    checks = [check(_fine, "PPLX-TEST-001"), check(interrupted, "PPLX-TEST-002"), check(_fine, "PPLX-TEST-003")]
    with Client(target(url)) as client:
        results = [*runner.run(client, checks, seed=0, thorough=False)]

    assert [(result.verdict, result.reason) for result in results[1:]] == [("not run", "interrupted")] * 2


def test_keys_of_their_own_are_for_servers_that_take_any(url: str) -> None:
    keys: list[str | None] = []

    def body(probe: Probe) -> None:
        keys.append(probe.key)

    for made in (target(url), target(url, "url"), target(url, "url", key="mine"), target(url, "live", key="mine")):
        with Client(made) as client:
            runner.run_one(client, check(body), seed=3, thorough=False)

    assert keys == ["check-pplx-test-001-3", "check-pplx-test-001-3", "mine", "mine"]


def test_a_live_chat_has_a_bound_on_its_length(url: str) -> None:
    sent: list[object] = []

    def body(probe: Probe) -> None:
        try:
            probe.call("create_chat_completion", {"model": "sonar", "messages": []})
        except UnmetError:
            assert probe.asked is not None
            sent.append(probe.asked.body)

    run(url, body)
    run(url, body, "live")

    assert sent == [{"model": "sonar", "messages": []}, {"model": "sonar", "messages": [], "max_tokens": 400}]


_EMPTY = b'{"id": "3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b", "results": []}'
_UNTOLD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(_EMPTY), _EMPTY)


def test_a_header_that_is_missing_does_not_hide_what_the_answer_means() -> None:
    def body(probe: Probe) -> None:
        found = probe.call("search", {"query": "bees"}).object
        probe.require(bool(found["results"]), "some results", found["results"])

    with listening(in_turn([_UNTOLD] * 9)) as address, Client(target(address, "url", "2026-07")) as client:
        found = runner.run_one(client, check(body), seed=0, thorough=False)

    assert [finding.check for finding in found.findings] == ["PPLX-WIRE-004", "PPLX-TEST-001"]


def test_findings_go_to_the_checks_whose_ids_they_have() -> None:
    ours, theirs = finding(check="PPLX-TEST-001"), finding(check="PPLX-WIRE-004")
    results = [
        Result(check(_fine, "PPLX-TEST-001"), "failed", (ours, theirs)),
        Result(check(_fine, "PPLX-TEST-002"), "failed", (theirs,)),
        Result(check(_fine, "PPLX-WIRE-004"), "passed"),
    ]

    told = [*runner.attributed(results, {"PPLX-TEST-001", "PPLX-TEST-002", "PPLX-WIRE-004"})]

    assert [(one.verdict, one.findings) for one in told] == [
        ("failed", (ours,)),
        ("passed", ()),
        ("failed", (theirs,)),
    ]


def test_findings_of_a_check_that_does_not_run_stay_where_they_were_met() -> None:
    theirs = finding(check="PPLX-WIRE-004")
    results = [Result(check(_fine, "PPLX-TEST-001"), "failed", (theirs,))]

    assert [*runner.attributed(results, {"PPLX-TEST-001"})] == results
