"""Coverage: what calls met of the contract, operation by operation, beyond the bound of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mock_server import edition
from mock_server.insight import coverage
from mock_server.insight.coverage import Coverage, OperationCoverage
from mock_server.journal.journal import Journal
from tests.journals import site

if TYPE_CHECKING:
    import asyncio

    from tests.journals import Site

FACE = edition.load("complete")


@pytest.fixture
def fake(loop: asyncio.AbstractEventLoop) -> Site:
    return site(loop)


def measured(of: Site) -> Coverage:
    return coverage.measure(of.journal.tally, FACE)


def row(of: Site, operation: str) -> OperationCoverage:
    return next(row for row in measured(of).operations if row.operation == operation)


def test_nothing_is_covered_by_nothing(fake: Site) -> None:
    found = measured(fake)

    assert (found.covered, found.percent, found.calls) == (0, 0.0, 0)
    assert found.total > 500
    assert {row.operation for row in found.operations} == {one.handler for one in FACE.operations.values()}


def test_fields_are_met_by_their_paths(fake: Site) -> None:
    fake.chat(temperature=0.5, web_search_options={"search_context_size": "low"}, unknown=1)

    found = row(fake, "create_chat_completion").fields
    assert sorted(found.met) == [
        "messages",
        "messages[].content",
        "messages[].role",
        "model",
        "temperature",
        "web_search_options",
        "web_search_options.search_context_size",
    ]
    assert "web_search_options.user_location.country" in found.missing
    assert "unknown" not in found.met + found.missing


def test_fields_of_a_refused_request_are_met_too(fake: Site) -> None:
    fake.search("", country="DE")

    found = row(fake, "search")
    assert sorted(found.fields.met) == ["country", "query"]
    assert found.statuses.met == ["400"]
    assert found.modes.met == []


def test_parameters_of_the_query_are_met(fake: Site) -> None:
    fake.api.get("/usage", start_date="2026-01-01", nonsense="1")

    found = row(fake, "get_usage").parameters
    assert found.met == ["start_date"]
    assert len(found.missing) == len(FACE.operations["get_usage"].parameters) - 1


@pytest.mark.parametrize(
    ("fields", "mode"),
    [({}, "plain"), ({"stream": True}, "full"), ({"stream": True, "stream_mode": "concise"}, "concise")],
)
def test_modes_of_streams_are_met(fake: Site, fields: dict[str, object], mode: str) -> None:
    fake.chat(**fields)

    found = row(fake, "create_chat_completion").modes
    assert found.met == [mode]
    assert sorted(found.met + found.missing) == ["concise", "full", "plain"]


def test_an_alias_covers_what_it_stands_for(fake: Site) -> None:
    fake.api.ask("/v1/search", {"query": "bees"})
    fake.api.ask("/search", {"query": "bees"})

    found = row(fake, "search")
    assert found.calls == 2
    assert found.endpoints == ["POST /search", "POST /v1/search"]


def test_kinds_of_errors_are_met(fake: Site) -> None:
    fake.spoil(path="/search", status=429, times=1)
    fake.search()
    fake.search("")

    assert measured(fake).errors.met == ["invalid_request", "request_rate_limit_exceeded"]


def test_what_the_journal_has_forgotten_still_counts(fake: Site) -> None:
    fake.lane.journal = Journal(1)
    fake.chat()
    fake.search()
    fake.journal.clear()
    fake.api.get("/models")

    found = measured(fake)
    assert found.calls == 3
    assert [row.operation for row in found.operations if row.calls] == [
        "create_chat_completion",
        "list_models",
        "search",
    ]


def test_the_sum_is_that_of_its_parts(fake: Site) -> None:
    fake.chat()
    fake.api.get("/nowhere")

    found = measured(fake)
    parts = [found.errors, *(part for row in found.operations for part in row.parts)]
    assert found.covered == sum(len(part.met) for part in parts) + 1
    assert found.total == sum(len(part.met + part.missing) for part in parts) + len(found.operations)
    assert found.percent == int(1000 * found.covered / found.total) / 10


def test_another_edition_has_another_contract(fake: Site) -> None:
    fake.chat()
    found = coverage.measure(fake.journal.tally, edition.load("2026-07"))

    assert found.edition == "2026-07"
    assert found.total < measured(fake).total


def test_the_table_has_a_line_for_each_operation(fake: Site) -> None:
    fake.search()
    said = coverage.table(measured(fake)).splitlines()

    assert said[0].split() == ["operation", "calls", "fields", "params", "statuses", "modes"]
    assert next(line.split() for line in said if line.startswith("search "))[1:3] == ["1", "1/17"]
    assert said[-1].endswith("% of edition complete (1 call)")


def test_the_table_lists_what_is_missing_where_asked(fake: Site) -> None:
    fake.search()
    said = coverage.table(measured(fake), missing=True)

    assert "    no fields: country, max_results, " in said
    assert "  not met: " in said
