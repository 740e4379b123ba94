"""Typed request bodies: one class for each request component of the contract, of its name."""

from pydantic import MISSING

from mock_server.contract.bodies.absence import given
from mock_server.contract.bodies.citations import CitedPage, VerifyCitationsRequest
from mock_server.contract.bodies.collections import CreateCollectionRequest
from mock_server.contract.bodies.embeddings import EmbeddingsRequest
from mock_server.contract.bodies.queries import CollectionHistoryQuery, UsageQuery
from mock_server.contract.bodies.scalars import Body, Names
from mock_server.contract.bodies.search import FocusedSearchRequest, SearchDomainsRequest, SearchRequest
from mock_server.contract.bodies.sonar import (
    ChatCompletionRequest,
    FilePart,
    ImagePart,
    JsonSchemaFormat,
    MediaObject,
    Message,
    NamedSchema,
    PdfPart,
    RegexFormat,
    RegexSource,
    TextFormat,
    TextPart,
    UserLocation,
    VideoPart,
    WebSearchOptions,
)

__all__ = [
    "MISSING",
    "QUERIES",
    "REQUESTS",
    "Body",
    "ChatCompletionRequest",
    "CitedPage",
    "CollectionHistoryQuery",
    "CreateCollectionRequest",
    "EmbeddingsRequest",
    "FilePart",
    "FocusedSearchRequest",
    "ImagePart",
    "JsonSchemaFormat",
    "MediaObject",
    "Message",
    "NamedSchema",
    "Names",
    "PdfPart",
    "RegexFormat",
    "RegexSource",
    "SearchDomainsRequest",
    "SearchRequest",
    "TextFormat",
    "TextPart",
    "UsageQuery",
    "UserLocation",
    "VerifyCitationsRequest",
    "VideoPart",
    "WebSearchOptions",
    "given",
]

REQUESTS: dict[str, type[Body]] = {
    model.__name__: model
    for model in (
        ChatCompletionRequest,
        SearchRequest,
        FocusedSearchRequest,
        SearchDomainsRequest,
        EmbeddingsRequest,
        VerifyCitationsRequest,
        CreateCollectionRequest,
    )
}
"""The whole bodies, by the name of their component."""

QUERIES: dict[str, type[Body]] = {"get_usage": UsageQuery, "get_collection_history": CollectionHistoryQuery}
"""The query parameters, by `operationId`."""
