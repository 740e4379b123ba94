"""Rules about days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mock_server.call import Call
from mock_server.contract.bodies import AgentWebSearchFilters, UsageQuery, given
from mock_server.operations.searching import SEARCH_BODIES, SearchBody
from mock_server.rules.rule import Broken, rule
from mock_server.world import filters

_DATES = (
    "search_after_date_filter",
    "search_before_date_filter",
    "last_updated_after_filter",
    "last_updated_before_filter",
)


def filtered(body: SearchBody | AgentWebSearchFilters) -> Iterator[tuple[str, str]]:
    """The dates of the filters that are given, each with the name of its field."""
    values = (
        body.search_after_date_filter,
        body.search_before_date_filter,
        body.last_updated_after_filter,
        body.last_updated_before_filter,
    )
    for field, value in zip(_DATES, map(given, values), strict=True):
        if value is not None:
            yield field, value


def real(_: Call, body: SearchBody) -> Broken | None:
    """Each date filter names a day that exists."""
    for field, value in filtered(body):
        if filters.parse_day(value) is None:
            return {"field": field, "value": value}
    return None


def recency_or_dates(_: Call, body: SearchBody) -> Broken | None:
    """Recency does not go with dates of publication."""
    if given(body.search_recency_filter) is None:
        return None
    dated = given(body.search_after_date_filter) or given(body.search_before_date_filter)
    return {} if dated else None


def usage(_: Call, query: UsageQuery) -> Broken | None:
    """The days of a usage report exist."""
    for field, value in (("start_date", given(query.start_date)), ("end_date", given(query.end_date))):
        if value is not None and not _exists(value):
            return {"field": field, "value": value}
    return None


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


RULES = (
    rule("PPLX-R-DATE-REAL", SEARCH_BODIES, real, about=_DATES),
    rule("PPLX-R-RECENCY-OR-DATES", SEARCH_BODIES, recency_or_dates, about=("search_recency_filter",)),
    rule("PPLX-R-USAGE-DAY", (UsageQuery,), usage, about=("start_date", "end_date")),
)
