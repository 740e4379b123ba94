"""The bodies of the searches."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import (
    JSON_INTEGER,
    Body,
    CollectionId,
    ContextSize,
    Country,
    DateFilter,
    Domain,
    DomainFilter,
    LanguageFilter,
    NonEmptyText,
    RecencyFilter,
)
from mock_server.contract.bodies.sonar import SearchMode

FocusKind = Literal["web", "academic", "news", "reddit", "youtube"]
DomainList = Annotated[list[Domain], Field(max_length=20)]
ResultCount = Annotated[int, Field(ge=1, le=20), JSON_INTEGER]
TokenBudget = Annotated[int, Field(ge=1, le=1_000_000), JSON_INTEGER]


class SearchRequest(Body):
    """A search of the web, for one question or several."""

    query: NonEmptyText | Annotated[list[NonEmptyText], Field(min_length=1, max_length=5)]
    country: Country | MISSING = MISSING
    max_results: ResultCount = 10
    snippet_mode: ContextSize = "high"
    search_context_size: ContextSize | MISSING = MISSING
    max_tokens: TokenBudget | MISSING = MISSING
    max_tokens_per_page: TokenBudget | MISSING = MISSING
    search_language_filter: LanguageFilter | MISSING = MISSING
    search_domain_filter: DomainFilter | MISSING = MISSING
    last_updated_after_filter: DateFilter | MISSING = MISSING
    last_updated_before_filter: DateFilter | MISSING = MISSING
    search_after_date_filter: DateFilter | MISSING = MISSING
    search_before_date_filter: DateFilter | MISSING = MISSING
    search_recency_filter: RecencyFilter | MISSING = MISSING
    search_mode: SearchMode | MISSING = MISSING
    display_server_time: bool = False
    collection_id: CollectionId | MISSING = MISSING


class FocusedSearchRequest(Body):
    """A search of one kind of source."""

    query: NonEmptyText
    focus: FocusKind
    country: Country | MISSING = MISSING
    max_results: ResultCount = 10
    snippet_mode: ContextSize = "high"
    max_tokens: TokenBudget | MISSING = MISSING
    max_tokens_per_page: TokenBudget | MISSING = MISSING
    search_language_filter: LanguageFilter | MISSING = MISSING
    search_domain_filter: DomainFilter | MISSING = MISSING
    last_updated_after_filter: DateFilter | MISSING = MISSING
    last_updated_before_filter: DateFilter | MISSING = MISSING
    search_after_date_filter: DateFilter | MISSING = MISSING
    search_before_date_filter: DateFilter | MISSING = MISSING
    search_recency_filter: RecencyFilter | MISSING = MISSING
    collection_id: CollectionId | MISSING = MISSING


class SearchDomainsRequest(Body):
    """The domains that the account's searches keep to, and those that they keep out of."""

    allow: DomainList = Field(default=[])
    deny: DomainList = Field(default=[])
