"""Typed query parameters; they arrive as text."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import QUERY_INTEGER, Body, Day

UsageGroup = Literal["day", "model", "endpoint"]


class UsageQuery(Body):
    """Which days a usage report covers, and what it adds up by."""

    start_date: Day | MISSING = MISSING
    end_date: Day | MISSING = MISSING
    group_by: UsageGroup = "day"


class AsyncChatCompletionsQuery(Body):
    """Which page of the asynchronous chats."""

    limit: Annotated[int, Field(ge=1, le=100), QUERY_INTEGER] = 20
    next_token: Annotated[str, Field(min_length=1, max_length=200)] | MISSING = MISSING


class CollectionHistoryQuery(Body):
    """Which page of a collection's history."""

    limit: Annotated[int, Field(ge=1, le=100), QUERY_INTEGER] = 20
    cursor: Annotated[str, Field(min_length=1, max_length=200)] | MISSING = MISSING
