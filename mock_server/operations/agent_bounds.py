"""What documents forbid on the Agent API and the wire takes: refused only where documents are followed."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.call import Call
from mock_server.contract.bodies import AgentRequest, AgentWebSearchFilters, AgentWebSearchTool, given
from mock_server.errors import ApiError

_ACCEPTED = "accepted"
_MOST_STEPS = 100
_DATES = (
    "search_after_date_filter",
    "search_before_date_filter",
    "last_updated_after_filter",
    "last_updated_before_filter",
)


def check(call: Call, body: AgentRequest) -> None:
    """Refuse mixed domain filters, ISO dates and more than 100 steps (evidence 12.2, point 8); raises `ApiError`."""
    if call.facts.wire.agent_bounds == _ACCEPTED or call.lenient:
        return
    reason = _beyond(body)
    if reason is not None:
        raise ApiError("beyond_documented_bounds", facts={"reason": reason})


def searches(body: AgentRequest) -> Iterator[AgentWebSearchFilters]:
    """The filters of the searches that a task may do."""
    for tool in given(body.tools) or ():
        if isinstance(tool, AgentWebSearchTool) and (chosen := given(tool.filters)) is not None:
            yield chosen


def dates(chosen: AgentWebSearchFilters) -> Iterator[tuple[str, str]]:
    """The dates of a filter, each with the name of its field."""
    values = (
        chosen.search_after_date_filter,
        chosen.search_before_date_filter,
        chosen.last_updated_after_filter,
        chosen.last_updated_before_filter,
    )
    for field, value in zip(_DATES, map(given, values), strict=True):
        if value is not None:
            yield field, value


def _beyond(body: AgentRequest) -> str | None:
    if (given(body.max_steps) or 0) > _MOST_STEPS:
        return f"max steps must be at most {_MOST_STEPS}"
    for chosen in searches(body):
        denied = [domain.startswith("-") for domain in given(chosen.search_domain_filter) or ()]
        if any(denied) and not all(denied):
            return "search domain filter must either allow or deny domains"
        for field, value in dates(chosen):
            if "/" not in value:
                return f"{field} must be in MM/DD/YYYY format"
    return None
