"""The tools and skills that an agent may be given."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import (
    JSON_INTEGER,
    ContextSize,
    Country,
    Domain,
    DomainFilter,
    NonEmptyText,
    PlainObject,
    RecencyFilter,
    StrictBody,
)

# The examples are the boundary test's way to a text that matches.
AgentDate = Annotated[
    str,
    Field(
        pattern=r"^((0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/[0-9]{4}|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))$",
        examples=["3/1/2025", "2025-03-01"],
    ),
]
SearchResults = Annotated[int, Field(ge=1, le=50), JSON_INTEGER]
TokenBudget = Annotated[int, Field(ge=1, le=1_000_000), JSON_INTEGER]


class AgentWebSearchFilters(StrictBody):
    """What a search may find."""

    search_domain_filter: DomainFilter | MISSING = MISSING
    search_recency_filter: RecencyFilter | MISSING = MISSING
    search_after_date_filter: AgentDate | MISSING = MISSING
    search_before_date_filter: AgentDate | MISSING = MISSING
    last_updated_after_filter: AgentDate | MISSING = MISSING
    last_updated_before_filter: AgentDate | MISSING = MISSING


class AgentUserLocation(StrictBody):
    """Where the asker is."""

    country: Country | MISSING = MISSING
    region: Annotated[str, Field(max_length=128)] | MISSING = MISSING
    city: Annotated[str, Field(max_length=128)] | MISSING = MISSING
    latitude: Annotated[float, Field(ge=-90, le=90)] | MISSING = MISSING
    longitude: Annotated[float, Field(ge=-180, le=180)] | MISSING = MISSING


class AgentWebSearchTool(StrictBody):
    """Searches the web."""

    type: Literal["web_search"]
    filters: AgentWebSearchFilters | MISSING = MISSING
    user_location: AgentUserLocation | MISSING = MISSING
    search_context_size: ContextSize | MISSING = MISSING
    search_type: Literal["web", "fast"] = "web"
    max_results: SearchResults | MISSING = MISSING
    max_tokens: TokenBudget | MISSING = MISSING
    max_tokens_per_page: TokenBudget | MISSING = MISSING


class AgentFetchUrlTool(StrictBody):
    """Reads pages."""

    type: Literal["fetch_url"]
    max_urls: Annotated[int, Field(ge=1, le=10), JSON_INTEGER] | MISSING = MISSING
    total_budget_tokens: Annotated[int, Field(ge=1, le=120_000), JSON_INTEGER] | MISSING = MISSING


class AgentFunctionTool(StrictBody):
    """A function of the caller's."""

    type: Literal["function"]
    name: Annotated[str, Field(min_length=1, max_length=128)]
    description: str | MISSING = MISSING
    parameters: PlainObject | MISSING = MISSING
    strict: bool | MISSING = MISSING


class AgentPeopleSearchTool(StrictBody):
    """Searches for people."""

    type: Literal["people_search"]


class AgentFinanceSearchTool(StrictBody):
    """Looks up figures of companies."""

    type: Literal["finance_search"]


class AgentImageSearchFilters(StrictBody):
    """What a search of images may find."""

    domains: Annotated[list[Domain], Field(max_length=20)] | MISSING = MISSING
    formats: Annotated[list[Annotated[str, Field(min_length=1, max_length=10)]], Field(max_length=10)] | MISSING = (
        MISSING
    )


class AgentImageSearchTool(StrictBody):
    """Searches for images."""

    type: Literal["image_search"]
    max_results: SearchResults | MISSING = MISSING
    filters: AgentImageSearchFilters | MISSING = MISSING


class AgentSandboxTool(StrictBody):
    """Runs code."""

    type: Literal["sandbox"]


class AgentMcpTool(StrictBody):
    """Calls a remote MCP server."""

    type: Literal["mcp"]
    server_label: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$", examples=["tools"])]
    server_url: Annotated[str, Field(pattern=r"^https://[^/]", examples=["https://tools.example/mcp"])]
    allowed_tools: Annotated[list[NonEmptyText], Field(max_length=128)] | MISSING = MISSING
    authorization: str | MISSING = MISSING
    headers: dict[str, str] | MISSING = MISSING
    require_approval: str | MISSING = MISSING
    defer_loading: bool | MISSING = MISSING


AgentTool = Annotated[
    AgentWebSearchTool
    | AgentFetchUrlTool
    | AgentFunctionTool
    | AgentPeopleSearchTool
    | AgentFinanceSearchTool
    | AgentImageSearchTool
    | AgentSandboxTool
    | AgentMcpTool,
    Field(discriminator="type"),
]


class AgentForcedTool(StrictBody):
    """A tool that has to be used."""

    type: NonEmptyText | MISSING = MISSING
    name: NonEmptyText | MISSING = MISSING


class AgentBuiltinSkill(StrictBody):
    """A skill of the vendor's."""

    type: Literal["builtin"]
    name: Literal["office", "office/docx", "office/pdf", "office/pptx", "office/xlsx"]


class AgentInlineSkill(StrictBody):
    """A skill that the request brings along."""

    type: Literal["inline"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", examples=["house-style"])]
    description: Annotated[str, Field(max_length=1024)]
    instructions: Annotated[str, Field(max_length=65_536)]


class AgentCustomSkill(StrictBody):
    """A saved skill."""

    type: Literal["custom"]
    id: Annotated[str, Field(min_length=1, max_length=128)]
    version: Annotated[str, Field(max_length=128)] | MISSING = MISSING


AgentSkill = Annotated[AgentBuiltinSkill | AgentInlineSkill | AgentCustomSkill, Field(discriminator="type")]
