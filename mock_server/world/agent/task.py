"""What an agent is asked, and what it gave, as plain values; the shape of the body does not matter here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Literal

from mock_server.facts import Facts, ModelFacts, PresetFacts
from mock_server.jsontypes import JSONObject
from mock_server.money import ZERO
from mock_server.world import ids
from mock_server.world.filters import Filters
from mock_server.world.scripts import Script
from mock_server.world.snippets import Budget


@dataclass(frozen=True, slots=True)
class WebSearch:
    """How the agent searches: what it may find, how many pages and how much of each, and whether the fast way."""

    filters: Filters
    count: int
    budget: Budget
    fast: bool


@dataclass(frozen=True, slots=True)
class FetchUrl:
    """How the agent reads pages: the most at once, and the most tokens of all together."""

    most: int
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ImageSearch:
    """Which images the agent looks for, and the most of them."""

    domains: tuple[str, ...]
    formats: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the caller's; `parameters` is the canonical JSON of a schema."""

    name: str
    description: str
    parameters: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """A remote MCP server that the fake plays, and the tools that it has."""

    label: str
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools that the agent may use."""

    search: WebSearch | None = None
    fetch: FetchUrl | None = None
    images: ImageSearch | None = None
    people: bool = False
    finance: bool = False
    sandbox: bool = False
    servers: tuple[Server, ...] = ()
    functions: tuple[Function, ...] = ()


NO_TOOLS = Tools()


@dataclass(frozen=True, slots=True)
class Given:
    """What a function of the caller's gave."""

    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task.

    Args:
        question: The last thing that the caller said.
        preset: How the agent works.
        model: Who it is.
        tools: What it may use.
        steps: The most searches and fetches.
        calls: The most calls of built-in tools; nothing means no bound.
        choice: Whether a function is to be called: as the question has it, in any case, or that of a name.
        parallel: Whether several functions may be called at once.
        given: What functions gave since the last answer.
        prompt: Tokens of the caller's own words; `history` are those of earlier answers.
        prefixed: Whether the preset's own instructions stand, which come out of the cache.
        limit: The most tokens of the answer, thoughts included.
        effort: How much it thinks.
        structured: The text to say, where a shape is asked for.
        language: The language to answer in; empty for the question's own.
        skills: Names of skills to load.
        price_factor: What token prices are multiplied by.
        script: What a test gives the agent to say.
    """

    question: str
    preset: PresetFacts
    model: ModelFacts
    tools: Tools
    steps: int
    calls: int | None
    choice: Literal["auto", "required"] | Function
    parallel: bool
    given: tuple[Given, ...]
    prompt: int
    history: int
    prefixed: bool
    limit: int | None
    effort: str
    structured: str | None
    language: str
    skills: tuple[str, ...]
    price_factor: int = 1
    script: Script | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Where a task is worked on: tables of the edition, day of the content clock, seed, and the root of all ids."""

    facts: Facts
    today: date
    seed: int
    key: bytes
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def name(self, prefix: str) -> str:
        """Make the next id, such as ``call_8eead91b-…``."""
        number = next(self.numbers)
        return f"{prefix}_{ids.uuid(ids.digest(number.to_bytes(4, 'big'), key=self.key, size=16))}"


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that the sandbox shared."""

    id: str
    filename: str
    content: bytes


@dataclass(slots=True)
class Helper:
    """Tokens of the model that read a page for a tool."""

    model: str
    created: int
    uncached: int
    output: int


@dataclass(slots=True)
class Bill:
    """What one tool cost: how often it was called, exact US dollars, and who read for it."""

    invocations: int = 0
    cost: Decimal = ZERO
    helpers: list[Helper] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a task; `created` and `read` are those of the input that the cache was written with and read from."""

    input: int
    created: int
    read: int
    output: int
    reasoning: int
    cached: bool


@dataclass(slots=True)
class Work:
    """What the agent did.

    Args:
        items: Its output, in order.
        usage: Tokens and cost, as told.
        tokens: Tokens, and `cost` the US dollars, for the ledger.
        pending: Names of the functions that the caller is to call, by `call_id`.
        files: What the sandbox shared.
        cut: Whether the answer met its limit.
        text: What the message says.
    """

    items: list[JSONObject]
    usage: JSONObject
    tokens: Tokens
    cost: Decimal
    pending: dict[str, str]
    files: tuple[SharedFile, ...]
    cut: bool
    text: str
