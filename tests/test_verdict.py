"""The verdict: for each kind of finding a client that earns it, and one that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mock_server.insight import chains, verdict
from mock_server.insight.retries import Patience
from mock_server.journal import record
from mock_server.journal.entry import Times
from tests.conftest import chat_body
from tests.journals import site

if TYPE_CHECKING:
    import asyncio

    from mock_server.journal.entry import Entry
    from tests.journals import Site


@pytest.fixture
def fake(loop: asyncio.AbstractEventLoop) -> Site:
    return site(loop)


def kinds(of: Site) -> list[str]:
    return [finding.kind for finding in of.verdict.findings]


def test_a_client_that_does_nothing_wrong_is_told_so(fake: Site) -> None:
    fake.chat()
    fake.search()

    assert fake.verdict.ok
    assert verdict.table(fake.verdict) == "2 calls judged: nothing to say against the client"


# Retry-After


@pytest.mark.parametrize("header", [{"retry-after": "2"}, {"retry-after-ms": "2000"}])
@pytest.mark.parametrize(("waited", "said"), [(1.9, ["ignored-retry-after"]), (2, []), (30, [])])
def test_a_retry_waits_as_long_as_it_was_told(
    fake: Site, header: dict[str, str], waited: float, said: list[str]
) -> None:
    fake.spoil(path="/search", status=429, headers=header, times=1)
    fake.search()
    fake.clock.advance(waited)
    fake.search()

    assert kinds(fake) == said


def test_a_date_to_come_again_is_understood(fake: Site) -> None:
    fake.spoil(path="/search", status=503, headers={"retry-after": "Fri, 21 Nov 2036 12:00:00 GMT"}, times=1)
    fake.search()
    fake.clock.advance(60)
    fake.search()

    assert fake.finding.kind == "ignored-retry-after"


def at(call: Entry, begun: float, ended: float) -> Entry:
    """The same call at other times, in seconds."""
    times = Times(round(begun * 1e9), round(ended * 1e9), round(ended * 1e9), begun, ended, call.times.now)
    return replace(call, times=times, number=round(ended * 10))


def test_of_requests_side_by_side_each_may_wait_for_itself(fake: Site) -> None:
    fake.spoil(path="/search", status=429, headers={"retry-after": "1"}, times=1)
    fake.search()
    fake.search()
    refused, answered = fake.journal
    first, second = at(refused, 0, 0.1), at(refused, 0, 0.9)

    right = [first, second, at(answered, 1.1, 1.2), at(answered, 1.9, 2.0)]
    assert verdict.judge(right).ok

    wrong = [first, second, at(answered, 1.0, 1.05), at(answered, 1.1, 1.2)]
    assert [finding.kind for finding in verdict.judge(wrong).findings] == ["ignored-retry-after"] * 2


def test_whoever_asks_anew_in_spite_of_the_word_to_wait_is_suspected(fake: Site) -> None:
    fake.spoil(path="/search", status=429, headers={"retry-after": "2"})
    for _ in range(2):
        fake.api.send("POST", "/search", b'{"query": "bees"}', x_stainless_retry_count="0")

    assert (fake.finding.kind, fake.finding.certainty) == ("ignored-retry-after", "suspected")


def test_the_same_request_in_another_lane_is_no_retry(fake: Site) -> None:
    fake.spoil(path="/search", status=503, headers={"retry-after": "2"})
    fake.search()
    (call,) = fake.journal

    found = verdict.judge([call, replace(at(call, 5, 6), lane="another")]).findings
    assert [finding.kind for finding in found] == ["gave-up", "gave-up"]


def test_a_finding_says_which_calls_prove_it(fake: Site) -> None:
    fake.chat()
    fake.spoil(path="/search", status=429, headers={"retry-after": "2"}, times=1)
    fake.search()
    fake.clock.advance(0.5)
    fake.search()

    found = fake.finding
    assert (found.kind, found.severity, found.certainty) == ("ignored-retry-after", "error", "proven")
    assert found.calls == [2, 3]
    assert found.sentence == ("POST /search got 429 in call 2 with the word to wait 2 s, and came again after 0.500 s")
    assert found.key == fake.last.asked.account


# Too early without a word


def test_a_retry_without_a_pause_that_fails_again_came_too_early(fake: Site) -> None:
    fake.spoil(path="/search", status=503, times=2)
    for _ in range(3):
        fake.search()

    assert (fake.finding.kind, fake.finding.calls) == ("retried-too-early", [1, 2])
    assert fake.finding.severity == "warning"


@pytest.mark.parametrize("waited", [0.4, 8])
def test_a_retry_after_a_pause_is_fine(fake: Site, waited: float) -> None:
    fake.spoil(path="/search", status=503, times=2)
    for _ in range(3):
        fake.search()
        fake.clock.advance(waited)

    assert fake.verdict.ok


def test_a_retry_before_the_limit_is_reset_came_too_early_if_it_was_refused_again(
    loop: asyncio.AbstractEventLoop,
) -> None:
    fake = site(loop, limit=("search=1/minute,burst=1",))
    for waited in (0, 1, 58, 60):
        fake.clock.advance(waited)
        fake.search()

    found = fake.finding
    assert (found.kind, found.calls) == ("retried-too-early", [2, 3])
    assert "x-ratelimit-reset was" in found.sentence


# Storms


@pytest.mark.parametrize(("attempts", "said"), [(5, []), (6, ["retry-storm"])])
def test_one_request_is_not_tried_too_often(fake: Site, attempts: int, said: list[str]) -> None:
    fake.spoil(path="/search", status=500)
    for _ in range(attempts):
        fake.search()
        fake.clock.advance(60)

    assert kinds(fake) == said


@pytest.mark.parametrize(("requests", "said"), [(19, []), (20, ["retry-storm"])])
def test_many_requests_are_not_retried_all_at_once(fake: Site, requests: int, said: list[str]) -> None:
    fake.spoil(path="/search", status=500, nth="1-20")
    for number in range(requests):
        fake.search(f"bees {number}")
    fake.lane.faults.clear()
    fake.clock.advance(1)
    for number in range(requests):
        fake.search(f"bees {number}")

    assert [kind for kind in kinds(fake) if kind == "retry-storm"] == said


def test_tests_that_ask_the_same_again_and_again_are_only_suspected_of_a_storm(fake: Site) -> None:
    fake.spoil(path="/search", status=500)
    for _ in range(6):
        fake.api.send("POST", "/search", b'{"query": "bees"}', x_stainless_retry_count="0")
        fake.clock.advance(60)

    assert (fake.finding.kind, fake.finding.certainty) == ("retry-storm", "suspected")


def test_whoever_has_seen_enough_of_a_stream_may_ask_again(fake: Site) -> None:
    fake.chat(stream=True)
    (call,) = fake.journal
    left = [
        replace(at(call, number, number + 0.5), told=replace(call.told, outcome="gone", closing=b""))
        for number in range(20)
    ]

    assert verdict.judge(left).ok
    unanswered = [replace(one, told=replace(one.told, status=0)) for one in left[:6]]
    assert [finding.kind for finding in verdict.judge(unanswered).findings] == ["retry-storm"]


def test_no_call_is_looked_at_for_each_of_the_others(fake: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Entry] = []
    goes_on = chains._goes_on
    monkeypatch.setattr(chains, "_goes_on", lambda last, entry: looks.append(entry) or goes_on(last, entry))
    for _ in range(30):
        fake.search()

    assert fake.verdict.ok
    assert len(looks) <= 30


def test_patience_can_be_another(fake: Site) -> None:
    fake.spoil(path="/search", status=500, times=1)
    fake.search()
    fake.search()

    found = verdict.judge(fake.journal, patience=Patience(attempts=1))
    assert [finding.kind for finding in found.findings] == ["retry-storm"]


# Giving up


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_a_retry_might_mend_is_tried_again(fake: Site, status: int) -> None:
    fake.spoil(path="/search", status=status, times=1)
    fake.search()

    assert (fake.finding.kind, fake.finding.severity, fake.finding.certainty) == ("gave-up", "warning", "proven")
    fake.clock.advance(1)
    fake.search()
    assert fake.verdict.ok


def test_a_reset_connection_is_tried_again(fake: Site) -> None:
    fake.spoil(path="/search", connection="reset", times=1)
    with pytest.raises(ConnectionResetError):
        fake.search()
    assert fake.finding.kind == "gave-up"

    fake.clock.advance(1)
    fake.search()
    assert fake.verdict.ok


def test_whoever_tried_twice_may_give_up(fake: Site) -> None:
    fake.spoil(path="/search", status=503)
    fake.search()
    fake.clock.advance(1)
    fake.search()

    assert fake.verdict.ok


def test_a_server_that_forbids_retries_is_obeyed(fake: Site) -> None:
    fake.spoil(path="/search", status=503, headers={"x-should-retry": "false"})
    fake.search()

    assert fake.verdict.ok


def test_whoever_still_waits_as_told_is_only_suspected(fake: Site) -> None:
    fake.spoil(path="/search", status=429, headers={"retry-after": "30"})
    fake.search()

    def certainty(at: float) -> str:
        (found,) = verdict.judge(fake.journal, now=round(at * 1e9)).findings
        return found.certainty

    assert (certainty(29), certainty(31)) == ("suspected", "proven")


# In vain


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_no_retry_can_mend_is_not_tried_again(fake: Site, status: int) -> None:
    fake.spoil(path="/search", status=status, times=1)
    fake.search()
    assert fake.verdict.ok

    fake.clock.advance(1)
    fake.search()
    assert (fake.finding.kind, fake.finding.calls) == ("retried-in-vain", [1, 2])


def test_whoever_waits_until_the_cause_is_gone_does_not_ask_in_vain(fake: Site) -> None:
    fake.lane.edition = "2026-10"
    fake.chat()
    fake.lane.edition = "complete"
    fake.chat()

    assert [call.status for call in fake.journal] == [403, 200]
    assert fake.verdict.ok


def test_a_corrected_request_is_another_one(fake: Site) -> None:
    fake.chat(model="sonar-medium-online-typo")
    fake.chat(model="sonar")

    assert fake.verdict.ok


@pytest.mark.parametrize(("count", "certainty"), [("1", "proven"), ("0", "suspected"), ("", "proven")])
def test_the_vendors_client_says_whether_it_retried(fake: Site, count: str, certainty: str) -> None:
    headers = {"x_stainless_retry_count": count} if count else {}
    for _ in range(2):
        fake.api.send("POST", "/search", b"{}", **headers)

    assert (fake.finding.kind, fake.finding.certainty) == ("retried-in-vain", certainty)


def test_the_same_request_after_a_good_answer_or_of_another_key_is_no_retry(fake: Site) -> None:
    fake.search()
    fake.search()
    fake.api.send("POST", "/search", b"{}")
    fake.under("another-long-key").api.send("POST", "/search", b"{}")

    assert fake.verdict.ok


def test_the_same_request_in_another_order_of_keys_is_the_same(fake: Site) -> None:
    fake.api.send("POST", "/search", b'{"query": "", "max_results": 3}')
    fake.api.send("POST", "/search", b'{"max_results":3,"query":""}')

    assert kinds(fake) == ["retried-in-vain"]


# Cut streams


def cut(fake: Site, question: str = "hi") -> str:
    """Ask for a stream that is cut; returns its text so far."""
    body = orjson.dumps(chat_body(question, stream=True))
    fake.api.send("POST", "/chat/completions", body, x_mock_stream_fault="stop@3")
    return fake.last.text


def go_on(fake: Site, text: str) -> None:
    """Ask on from a text as the assistant's."""
    turns: list[Any] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": text},
        {"role": "user", "content": "go on"},
    ]
    fake.api.post("/chat/completions", {"model": "sonar", "messages": turns})


def test_a_cut_stream_that_nobody_asks_for_again_is_suspected(fake: Site) -> None:
    cut(fake)

    found = fake.finding
    assert (found.kind, found.certainty, found.severity) == ("took-truncated-for-whole", "suspected", "warning")


def test_a_cut_stream_whose_text_comes_back_was_taken_for_whole(fake: Site) -> None:
    text = cut(fake)
    go_on(fake, text)

    found = fake.finding
    assert text
    assert (found.kind, found.certainty, found.severity) == ("took-truncated-for-whole", "proven", "error")
    assert found.calls == [1, 2]


def test_a_cut_stream_that_is_asked_for_again_was_noticed(fake: Site) -> None:
    cut(fake)
    fake.chat(stream=True)

    assert fake.verdict.ok


def test_the_text_of_a_cut_stream_may_come_back_once_a_whole_one_said_it(fake: Site) -> None:
    body = orjson.dumps(chat_body("hi", stream=True))
    fake.api.send("POST", "/chat/completions", body, x_mock_stream_fault="stop@last")
    text = fake.last.text
    fake.chat(stream=True)
    go_on(fake, fake.last.text)

    assert text == fake.last.content["messages"][1]["content"]
    assert [call.end for call in fake.journal] == ["cut", "done", "plain"]
    assert fake.verdict.ok


def test_a_whole_stream_may_come_back(fake: Site) -> None:
    fake.chat(stream=True)
    go_on(fake, fake.last.text)

    assert fake.verdict.ok


# Keys and fields


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/search?api_key=abc", {"query": "bees"}, "URL"),
        ("/search?x=a-long-test-key", {"query": "bees"}, "URL"),
        ("/search", {"query": "my key is a-long-test-key"}, "body"),
    ],
)
def test_a_key_belongs_into_the_header(fake: Site, path: str, body: dict[str, Any], where: str) -> None:
    fake.api.post(path, body)

    assert (fake.finding.kind, fake.finding.severity) == ("leaked-key", "error")
    assert f"had a key in its {where}" in fake.finding.sentence
    assert "a-long-test-key" not in fake.verdict.model_dump_json()


def test_a_token_that_is_to_be_revoked_belongs_into_the_body(fake: Site) -> None:
    fake.api.post("/revoke_auth_token", {"auth_token": "pplx-1234567890abcdef"})

    assert "leaked-key" not in kinds(fake)
    assert b"pplx-1234567890abcdef" not in fake.last.asked.body


def test_fields_that_the_contract_does_not_know_are_told_once_each(fake: Site) -> None:
    for number in range(3):
        fake.chat(f"question {number}", top_k=number)
    fake.chat(temperature=1)

    found = fake.finding
    assert (found.kind, found.calls) == ("unknown-fields", [1, 2, 3])
    assert "'top_k'" in found.sentence
    assert "3 times" in found.sentence


# The report


def test_the_table_names_calls_and_what_to_do(fake: Site) -> None:
    fake.spoil(path="/search", status=503, times=1)
    fake.search()
    said = verdict.table(fake.verdict)

    assert said.startswith("1 call judged: 1 finding\n\nWARNING: gave-up (sha256:")
    assert "call 1)" in said
    assert "\n  Do: retry 408, 429, 5xx" in said


def test_the_table_holds_nothing_that_moves_the_cursor(fake: Site) -> None:
    fake.spoil(status=400)
    for _ in range(2):
        fake.api.send("POST", "/search%1b%5b2J", b"{}")

    assert fake.finding.kind == "retried-in-vain"
    assert "\x1b" not in verdict.table(fake.verdict)


def test_findings_read_from_saved_calls_are_the_same(fake: Site) -> None:
    fake.spoil(path="/search", status=429, headers={"retry-after": "2"}, times=1)
    fake.search()
    fake.search()
    fake.chat("my key is a-long-test-key", top_k=1)
    cut(fake)

    entries = [record.entry_of(record.record_of(call), call.operation, call.facts) for call in fake.journal]
    assert verdict.judge(entries) == fake.verdict
    assert len(fake.verdict.findings) == 4
