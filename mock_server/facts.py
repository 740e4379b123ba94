"""Typed tables out of `fixtures/`: models, prices, errors, limits, accounts and habits of the wire, by edition."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
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
    """One model: context in tokens, prices, and when it was retired.

    `needs_output_cap` says that an agent request for it has to give `max_output_tokens` (evidence 4.3).
    """

    source: str
    owned_by: str
    style: Style
    context_length: int
    capabilities: tuple[str, ...]
    prices: Prices
    max_tokens_floor: int = 1
    needs_output_cap: bool = False
    dimensions: int = 0
    retired_on: str | None = None

    def __hash__(self) -> int:
        """Hash the object and not what it says, which is faster; a table is loaded once."""
        return id(self)

    @property
    def searches(self) -> bool:
        """Whether the model looks things up before it answers."""
        return "search" in self.capabilities


class ErrorFacts(_Table):
    """An error as sent: `message` and `param` are templates over the facts of the request."""

    status: int
    type: str
    message: str
    param: str | None = None
    provenance: Provenance = Field(alias="x-provenance")


class Dialect(_Table):
    """How a family of operations words a request that is not of the form, and the error for one too many."""

    status: int
    type: str
    message: str
    separator: str
    rate_limited: str = "request_rate_limit_exceeded"
    provenance: Provenance = Field(alias="x-provenance")


class LimitFacts(_Table):
    """One rate limit; `tiers` are the requests in a period for tiers 0 to 5.

    `counts` names a field of the body that may be a list: each of its items counts then, not the request.
    """

    name: str
    period: Literal["second", "minute"]
    tiers: tuple[int, int, int, int, int, int]
    models: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    counts: str = ""


class PaceFacts(_Table):
    """How fast streams come: seconds to the first frame, frames a second, jitter as a share of the gap."""

    ttft: float = 0.0
    tps: float = 0.0
    jitter: float = 0.0


class AccountFacts(_Table):
    """A well-known key: its tier, its pace, or the error that it always meets (on `operations` only, where given).

    `credit` are US dollars that it may spend in all, `quota` requests that it has in a month; `job_failure` is the
    error that its asynchronous chats end with.
    """

    tier: int | None = Field(default=None, ge=0, le=5)
    credit: Usd | None = None
    quota: int | None = None
    pace: PaceFacts | None = None
    refusal: str | None = None
    operations: tuple[str, ...] = ()
    job_failure: str | None = None


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


class PresetFacts(_Table):
    """One preset of the Agent API; each line is explained in `fixtures/presets.yaml`."""

    model: str
    tools: tuple[str, ...]
    steps: int
    searches: int
    fetches: int
    cited: int
    marks: Literal["plain", "web"]
    service_tier: str
    prompt_tokens: int
    effort: str | None


class BackgroundFacts(_Table):
    """Seconds of the pacing clock that a background run spends in each state."""

    queued: float
    running: float
    cancelling: float


class AgentFacts(_Table):
    """Habits of the Agent API; each line is explained in `fixtures/presets.yaml`."""

    bare: str
    profile: str
    effort: str
    reasoning_tokens: dict[str, int]
    results: int
    urls: int
    images: int
    output_floor: int
    price_factors: dict[str, int]
    uncached_tokens: int
    caches_prompts: bool
    helper: str
    pending_status: str
    truncated_status: str
    reserved_names: tuple[str, ...]
    background: BackgroundFacts
    provenance: Provenance = Field(alias="x-provenance")


class ToolFacts(_Table):
    """One built-in tool: the name it is billed under, and US dollars an invocation."""

    billed_as: str
    price: Usd
    fast_price: Usd | None = None


class JobTimes(_Table):
    """Seconds of the pacing clock that an asynchronous chat waits, and then takes."""

    queued: float
    running: float


class JobFacts(_Table):
    """Asynchronous chats: seconds of the content clock that they are kept, and their times, by model."""

    kept: int
    otherwise: JobTimes
    models: dict[str, JobTimes]
    provenance: Provenance = Field(alias="x-provenance")


class Farewell(_Table):
    """The headers of an operation that goes away."""

    deprecation: str
    sunset: str
    link: str
    provenance: Provenance = Field(alias="x-provenance")

    @cached_property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """As they are sent."""
        named = (("deprecation", self.deprecation), ("sunset", self.sunset), ("link", self.link))
        return tuple((name.encode("ascii"), value.encode("ascii")) for name, value in named)


class Wire(_Table):
    """Habits of the wire; `now` is where the content clock stands, in seconds since 1970 UTC."""

    now: int
    think_block: bool
    place_metadata: bool
    models_auth: Literal["required", "keyless"]
    openai_path: Literal["absent", "served"]
    citations: Literal["present", "removed"]
    finish_reason: Literal["stop", "length"]
    agent_events: Literal["named", "unnamed"]
    stream_results: Literal["every", "last"]
    auth_error: Literal["invalid_api_key", "forbidden"]
    agent_bounds: Literal["accepted", "refused"]
    mixed_domains: Literal["refused", "accepted"]
    validation_error: Literal["envelope", "detail"]
    multi_query_results: Literal["nested", "flat"]
    sonar_refusal: Literal["not_available", "migration_required"]
    cost_decimals: int
    results: ResultCounts
    stand_in: str
    embedding_stand_in: str
    contextual_stand_in: str
    model_details: bool
    farewell: Farewell
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
    without_credit: tuple[str, ...]
    accounts: dict[str, AccountFacts]
    grammars: dict[str, Grammar]
    presets: dict[str, PresetFacts]
    preset_aliases: dict[str, str]
    agent: AgentFacts
    tools: dict[str, ToolFacts]
    jobs: JobFacts
    wire: Wire


@cache
def load(edition: str) -> Facts:
    """Load the tables of an edition.

    Args:
        edition: `complete`, or the name of a file under `fixtures/editions/` that is laid over it (RFC 7396).

    Raises:
        ContractError: A table has a line of another form.
    """
    return patched(edition, ())


def patched(edition: str, patches: Iterable[JSONObject]) -> Facts:
    """Load the tables of an edition with patches laid over them; arguments and errors as `load`."""
    tables = _tables()
    if edition != COMPLETE and edition in resources.names("fixtures", "editions", suffix=".yaml"):
        tables = merge_patch(tables, resources.read_yaml("fixtures", "editions", f"{edition}.yaml"))
    for patch in patches:
        tables = merge_patch(tables, patch)
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
    presets = _read("presets.yaml", "presets", "aliases", "agent")
    limits = _read("limits.yaml", "limits", "without_credit")
    search_prices = models["search_prices"]
    return {
        "sources": models["sources"],
        "models": models["models"],
        "listed": list(models["models"]) if isinstance(models["models"], dict) else [],
        "search_request_price": search_prices.get("request") if isinstance(search_prices, dict) else None,
        "errors": errors["errors"],
        "dialects": errors["dialects"],
        "limits": limits["limits"],
        "without_credit": limits["without_credit"],
        "accounts": _read("accounts.yaml", "accounts")["accounts"],
        "grammars": _read("grammars.yaml", "grammars")["grammars"],
        "presets": presets["presets"],
        "preset_aliases": presets["aliases"],
        "agent": presets["agent"],
        "tools": _read("tools.yaml", "tools")["tools"],
        "jobs": _read("jobs.yaml", "kept", "otherwise", "models"),
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
