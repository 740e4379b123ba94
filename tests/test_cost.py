"""Cost: what calls would have cost live, exact to the last digit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import edition
from mock_server.insight import cost
from mock_server.insight.cost import Cost
from mock_server.journal import answers
from mock_server.journal.journal import Journal
from tests.journals import site

if TYPE_CHECKING:
    import asyncio

    from tests.journals import Site

FACTS = edition.load("complete").facts


@pytest.fixture
def fake(loop: asyncio.AbstractEventLoop) -> Site:
    return site(loop)


def reckoned(of: Site) -> Cost:
    return cost.reckon(of.journal.tally, of.journal, FACTS)


def said(content: bytes) -> Decimal:
    """What an answer says that it cost, read the slow way."""
    body = orjson.loads(content)
    return Decimal(str(body["usage"]["cost"]["total_cost"]))


def test_an_answer_costs_what_it_says(fake: Site) -> None:
    expected = said(fake.chat().content) + said(fake.chat(model="sonar-pro").content)

    found = reckoned(fake)
    assert (found.total, found.calls, found.billed) == (expected, 2, 2)
    assert [(line.model, line.cost) for line in found.lines] == [
        (call.model, call.cost) for call in sorted(found.each, key=lambda call: -call.cost)
    ]


@pytest.mark.parametrize("fields", [{}, {"stream_mode": "concise"}, {"model": "sonar-deep-research"}])
def test_a_stream_costs_what_the_plain_answer_costs(fake: Site, fields: dict[str, str]) -> None:
    plain = said(fake.chat(**fields).content)
    fake.chat(stream=True, **fields)

    assert [call.cost for call in reckoned(fake).each] == [plain, plain]


def test_a_search_costs_by_the_price_sheet_whatever_its_number_of_questions(fake: Site) -> None:
    fake.search()
    fake.api.post("/search", {"query": ["bees", "ants", "wasps"]})

    assert reckoned(fake).total == 2 * FACTS.search_request_price / 1000


def test_embeddings_cost_what_they_say(fake: Site) -> None:
    answer = fake.api.post("/v1/embeddings", {"input": "bees", "model": "pplx-embed-v1-0.6b"})

    # Read as text: a float would lose digits.
    text = answer.text.partition('"total_cost":')[2].partition("}")[0]
    assert reckoned(fake).total == Decimal(text) > 0


def test_what_is_refused_broken_or_free_costs_nothing(fake: Site) -> None:
    fake.chat(model="no-such-model")
    fake.api.get("/models")
    fake.api.post("/search/domains", {"allow": [], "deny": []})
    body = {"model": "sonar", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    fake.api.send("POST", "/chat/completions", orjson.dumps(body), x_mock_stream_fault="stop@3")

    assert (reckoned(fake).total, reckoned(fake).billed, reckoned(fake).calls) == (0, 0, 4)


def test_the_run_costs_what_the_account_has_used(fake: Site) -> None:
    for number in range(5):
        fake.chat(f"question {number}")
        fake.search(f"bees {number}")
    fake.chat(stream=True)
    used = orjson.loads(fake.api.get("/usage").content)

    assert reckoned(fake).total == Decimal(str(used["total"]["cost"] if "total" in used else used["total_cost"]))


def test_the_answer_of_a_job_costs_once_however_often_it_is_fetched(fake: Site) -> None:
    request = {"model": "sonar", "messages": [{"role": "user", "content": "hi"}]}
    job = fake.api.ask("/async/chat/completions", {"request": request})
    fake.clock.advance(600)
    for _ in range(3):
        done = orjson.loads(fake.api.get(f"/async/chat/completions/{job['id']}").content)

    assert done["status"] == "COMPLETED"
    assert reckoned(fake).total == Decimal(str(done["response"]["usage"]["cost"]["total_cost"]))
    assert reckoned(fake).billed == 1


def test_what_the_journal_has_forgotten_still_costs(fake: Site) -> None:
    fake.lane.journal = Journal(2)
    expected = sum(said(fake.chat(f"question {number}").content) for number in range(6))

    found = reckoned(fake)
    assert (found.total, found.calls, len(found.each)) == (expected, 6, 2)


def test_sums_are_exact_where_floats_are_not(fake: Site) -> None:
    fake.spoil(path="/chat/completions", patch={"usage": {"cost": {"total_cost": 0.1}}})
    for _ in range(10):
        fake.chat()

    assert reckoned(fake).total == 1
    assert cost.table(reckoned(fake)).endswith("1 USD for 10 billed of 10 calls; prices of 2026-10-09")


def test_the_table_writes_small_amounts_without_exponents(fake: Site) -> None:
    fake.api.post("/v1/embeddings", {"input": "bees", "model": "pplx-embed-v1-0.6b"})
    written = cost.table(reckoned(fake), each=True)

    assert "0.00000000" in written
    assert "E-" not in written
    assert "call      1 " in written


@given(amount=st.decimals(0, 1000, places=12), text=st.text(), spaced=st.booleans())
def test_a_cost_is_read_by_its_digits_whatever_the_texts_say(amount: Decimal, text: str, *, spaced: bool) -> None:
    colon = ": " if spaced else ":"
    content = b'{"text"%b%b,"usage":{"cost":{"total_cost"%b%b}},"more":%b}' % (
        colon.encode(),
        orjson.dumps(f'"total_cost":7{text}'),
        colon.encode(),
        format(amount, "f").encode(),
        orjson.dumps(f'{text} "total_cost": 9'),
    )

    assert answers.cost(content, last=True) == answers.cost(content, last=False) == amount
