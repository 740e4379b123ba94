"""The kit's client: budget, back-off, patience, and what it says of an answer that does not come."""

from __future__ import annotations

import socket
from decimal import Decimal

import pytest

from contract_tests import costs
from contract_tests.budget import Budget
from contract_tests.client import Client
from contract_tests.exchange import Ask
from contract_tests.findings import BudgetSpentError, GivenUpError, NoAnswerError
from mock_server import edition
from mock_server.jsontypes import JSON
from tests.kit import Stopwatch, answering, in_turn, listening, request_of, target

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def ask(name: str = "search", body: JSON = None) -> Ask:
    operation = edition.load("complete").operations[name]
    return Ask(operation, operation.path, {"query": "bees"} if body is None else body)


def refusing(times: int, head: bytes = b"") -> list[bytes]:
    """Answers: 429 so many times, then 200."""
    return [b"HTTP/1.1 429 Too Many\r\n" + head + b"content-length: 0\r\n\r\n"] * times + [_OK] * 9


@pytest.mark.parametrize(
    ("head", "waits"),
    [(b"", [1.0, 2.0, 4.0]), (b"retry-after: 7\r\n", [7.0, 7.0, 7.0]), (b"retry-after: 9999\r\n", [65.0] * 3)],
    ids=["nothing said", "seconds said", "too many seconds said"],
)
def test_a_live_run_backs_off_on_429_and_asks_again(head: bytes, waits: list[float]) -> None:
    watch = Stopwatch()
    with listening(in_turn(refusing(3, head))) as url, Client(target(url, "live"), stopwatch=watch) as client:
        answer = client.send(ask())

    assert answer.status == 200
    assert watch.waits == waits
    assert client.budget.requests == 4


def test_a_429_that_stays_is_told_after_four_waits() -> None:
    watch = Stopwatch()
    with listening(in_turn(refusing(9))) as url, Client(target(url, "live"), stopwatch=watch) as client:
        assert client.send(ask()).status == 429

    assert watch.waits == [1.0, 2.0, 4.0, 8.0]


def test_elsewhere_a_429_is_an_answer_like_others() -> None:
    watch = Stopwatch()
    with listening(in_turn(refusing(1))) as url, Client(target(url, "url"), stopwatch=watch) as client:
        assert client.send(ask()).status == 429

    assert watch.waits == []


def test_requests_are_counted_and_bounded() -> None:
    with listening(in_turn([_OK] * 9)) as url, Client(target(url), Budget(max_requests=2)) as client:
        client.send(ask())
        client.send(ask())
        with pytest.raises(BudgetSpentError, match="2 requests were sent, as many as were allowed"):
            client.send(ask())


def test_dollars_are_taken_before_a_request_and_settled_after_it() -> None:
    price = costs.most(ask(), edition.load("complete"))
    with listening(in_turn([_OK] * 9)) as url, Client(target(url, "live"), Budget(max_cost=2 * price)) as client:
        client.send(ask())
        client.send(ask())
        with pytest.raises(BudgetSpentError, match="are allowed"):
            client.send(ask())
        assert client.budget.cost == 2 * price


def test_an_answer_that_says_its_cost_gives_back_what_was_feared() -> None:
    said = b'{"usage": {"cost": {"total_cost": 0.001}}}'
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(said), said)
    chat = ask("create_chat_completion", {"model": "sonar", "messages": [{"role": "user", "content": "hi"}]})
    with listening(in_turn([answer])) as url, Client(target(url, "live"), Budget(max_cost=Decimal(1))) as client:
        client.send(chat)

        assert client.budget.cost == Decimal("0.001")
        assert costs.most(chat, edition.load("complete")) > Decimal("0.001")


def test_three_requests_without_an_answer_are_enough() -> None:
    with listening(answering(b"")) as url, Client(target(url)) as client:
        for _ in range(3):
            with pytest.raises(NoAnswerError, match="a whole HTTP answer comes"):
                client.send(ask())
        with pytest.raises(GivenUpError, match="3 requests in a row got no whole answer"):
            client.send(ask())

    assert client.budget.requests == 3


def test_an_answer_in_between_is_a_new_start() -> None:
    with listening(in_turn([b"", _OK, b"", b"", _OK])) as url, Client(target(url), timeout=0.2) as client:
        for expected in (NoAnswerError, None, NoAnswerError, NoAnswerError, None):
            if expected is None:
                assert client.send(ask()).status == 200
            else:
                with pytest.raises(expected):
                    client.send(ask())


def test_a_head_that_comes_byte_by_byte_ends_with_the_patience() -> None:
    """httpx bounds each read alone, and none of these takes long."""

    class Tired(Stopwatch):
        def now(self) -> float:
            self.seconds += 0.5
            return self.seconds

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x-slow: 1\r\n" * 500:
            connection.sendall(bytes([byte]))

    with (
        listening(talk) as url,
        Client(target(url), timeout=1, stopwatch=Tired()) as client,
        pytest.raises(NoAnswerError, match="in time"),
    ):
        client.send(ask())
