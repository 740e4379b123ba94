"""Typed tables out of `fixtures/`: models, prices, errors, limits, accounts and habits of the wire, by edition."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mock_server import resources
from mock_server.errors import ContractError
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import Usd

COMPLETE = "complete"

Style = Literal["plain", "reasoning", "research", "offline_reasoning", "embedding", "agent"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Provenance(_Table):
    """Why a line is believed."""

    basis: Literal["wire", "spec", "docs", "directory", "design"]
    date: str
    source: str


class RequestFee(_Table):
    """US dollars for a thousand requests, by search context size."""

    low: Usd
    medium: Usd
    high: Usd


class Prices(_Table):
    """US dollars: tokens by the million, requests and search queries by the thousand."""

    input: Usd
    output: Usd
    cache_write: Usd | None = None
    cache_read: Usd | None = None
    request: RequestFee | None = None
    pro_request: RequestFee | None = None
    citation: Usd | None = None
    reasoning: Usd | None = None
    search_queries: Usd | None = None


class ModelFacts(_Table):
    """One model: context in tokens, prices, and when it was retired."""

    source: str
    owned_by: str
    style: Style
    context_length: int
    capabilities: tuple[str, ...]
    prices: Prices
    max_tokens_floor: int = 1
    dimensions: int = 0
    retired_on: str | None = None

    @property
    def searches(self) -> bool:
        """Whether the model looks things up before it answers."""
        return "search" in self.capabilities


class ErrorFacts(_Table):
    """An error as sent: `message` is a template over the facts of the request."""

    status: int
    type: str
    message: str
    provenance: Provenance = Field(alias="x-provenance")


class Dialect(_Table):
    """How a family of operations words a request that is not of the form."""

    status: int
    type: str
    message: str
    separator: str
    provenance: Provenance = Field(alias="x-provenance")


class LimitFacts(_Table):
    """One rate limit; `tiers` are the requests in a period for tiers 0 to 5."""

    name: str
    period: Literal["second", "minute"]
    tiers: tuple[int, int, int, int, int, int]
    models: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()


class PaceFacts(_Table):
    """How fast streams come: seconds to the first frame, frames a second, jitter as a share of the gap."""

    ttft: float = 0.0
    tps: float = 0.0
    jitter: float = 0.0


class AccountFacts(_Table):
    """A well-known key: its tier, its pace, or the error that it always meets (on `operations` only, where given)."""

    tier: int = 0
    pace: PaceFacts | None = None
    refusal: str | None = None
    operations: tuple[str, ...] = ()


class ResultCounts(_Table):
    """Pages behind an answer, by search context size."""

    low: int
    medium: int
    high: int


class ResearchFacts(_Table):
    """How far deep research goes."""

    queries: int
    pages: int


class Grammar(_Table):
    """How streams were written at one date; each line is explained in `fixtures/grammars.yaml`."""

    object: str
    done_object: str
    role: Literal["every", "ends"]
    null_finish: bool
    finish_place: Literal["second", "last"]
    cost: Literal["none", "skeleton"]
    last_cost: bool
    decimals: int
    spaced: bool
    result_keys: tuple[str, ...]
    concise: bool
    sentinel: tuple[Style, ...]
    ping: tuple[Style, ...]


class Wire(_Table):
    """Habits of the wire; `now` is where the content clock stands, in seconds since 1970 UTC."""

    now: int
    think_block: bool
    place_metadata: bool
    multi_query_results: Literal["nested", "flat"]
    cost_decimals: int
    results: ResultCounts
    stand_in: str
    embedding_stand_in: str
    related_questions: int
    research: ResearchFacts
    stream_grammar: str
    stream_media_type: str
    provenance: Provenance = Field(alias="x-provenance")


class Facts(_Table):
    """All tables of one edition."""

    sources: dict[str, Provenance]
    models: dict[str, ModelFacts]
    listed: tuple[str, ...]
    search_request_price: Usd
    errors: dict[str, ErrorFacts]
    dialects: dict[str, Dialect]
    limits: tuple[LimitFacts, ...]
    accounts: dict[str, AccountFacts]
    grammars: dict[str, Grammar]
    wire: Wire


@cache
def load(edition: str) -> Facts:
    """Load the tables of an edition.

    Args:
        edition: `complete`, or the name of a file under `fixtures/editions/` that is laid over it (RFC 7396).

    Raises:
        ContractError: A table has a line of another form.
    """
    tables = _tables()
    if edition != COMPLETE and edition in resources.names("fixtures", "editions", suffix=".yaml"):
        tables = merge_patch(tables, resources.read_yaml("fixtures", "editions", f"{edition}.yaml"))
    try:
        return Facts.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContractError(f"fixtures, edition {edition}: {where}: {first['msg']}") from None


def merge_patch(target: JSON, patch: JSON) -> JSON:
    """Lay one JSON value over another as RFC 7396 says; neither is changed."""
    if not isinstance(patch, dict):
        return patch
    merged: JSONObject = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


@cache
def _tables() -> JSON:
    models = _read("models.yaml", "sources", "models", "search_prices")
    errors = _read("errors.yaml", "errors", "dialects")
    search_prices = models["search_prices"]
    return {
        "sources": models["sources"],
        "models": models["models"],
        "listed": list(models["models"]) if isinstance(models["models"], dict) else [],
        "search_request_price": search_prices.get("request") if isinstance(search_prices, dict) else None,
        "errors": errors["errors"],
        "dialects": errors["dialects"],
        "limits": _read("limits.yaml", "limits")["limits"],
        "accounts": _read("accounts.yaml", "accounts")["accounts"],
        "grammars": _read("grammars.yaml", "grammars")["grammars"],
        "wire": _read("wire.yaml"),
    }


def _read(name: str, *parts: str) -> JSONObject:
    """Read a file that has to have some parts; raises `ContractError`."""
    table = resources.read_yaml("fixtures", name)
    if not isinstance(table, dict):
        raise ContractError(f"fixtures/{name}: a table is an object, got {type(table).__name__}")
    missing = [part for part in parts if part not in table]
    if missing:
        raise ContractError(f"fixtures/{name}: {missing[0]} is missing")
    return table
