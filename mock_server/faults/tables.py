"""The table `fixtures/faults.yaml`: bodies of statuses, pages of proxies, and what is put around texts and runs."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mock_server import resources
from mock_server.facts import Provenance


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusText(_Table):
    """What stands behind a status: an error by name with what its placeholders stand for, or a page."""

    error: str | None = None
    values: dict[str, str | int] = {}
    page: str | None = None


class Page(_Table):
    """What a proxy sends: none of the API's own."""

    status: int
    media_type: str
    content: str
    provenance: Provenance = Field(alias="x-provenance")


class Wrapping(_Table):
    """What stands around a text."""

    before: str
    after: str
    provenance: Provenance = Field(alias="x-provenance")


class Ending(_Table):
    """What a run that did not complete says, field by field."""

    fields: dict[str, JsonValue]
    provenance: Provenance = Field(alias="x-provenance")


class Tables(_Table):
    """All of the file."""

    statuses: dict[int, StatusText]
    pages: dict[str, Page]
    wraps: dict[str, Wrapping]
    runs: dict[str, Ending]


@cache
def load() -> Tables:
    """Load the table; raises `ResourceError` where it is of another form."""
    return resources.read_model(Tables, "fixtures", "faults.yaml")


def values(error: str) -> dict[str, str | int]:
    """What the placeholders of an error stand for where a fault gives it."""
    return next((row.values for row in load().statuses.values() if row.error == error), {})
