"""Typed request bodies: one class for each request component of the contract, of its name."""

from pydantic import MISSING

from mock_server.contract.bodies.absence import given
from mock_server.contract.bodies.agent import (
    AgentProfile,
    AgentReasoning,
    AgentRequest,
    AgentStreamOptions,
    RetrieveAgentQuery,
)
from mock_server.contract.bodies.agent_input import (
    AgentFilePart,
    AgentFunctionCall,
    AgentFunctionCallOutput,
    AgentImagePart,
    AgentInputMessage,
    AgentJsonSchemaFormat,
    AgentNamedSchema,
    AgentTextFormat,
    AgentTextPart,
)
from mock_server.contract.bodies.agent_tools import (
    AgentBuiltinSkill,
    AgentCustomSkill,
    AgentFetchUrlTool,
    AgentFinanceSearchTool,
    AgentForcedTool,
    AgentFunctionTool,
    AgentImageSearchFilters,
    AgentImageSearchTool,
    AgentInlineSkill,
    AgentMcpTool,
    AgentPeopleSearchTool,
    AgentSandboxTool,
    AgentUserLocation,
    AgentWebSearchFilters,
    AgentWebSearchTool,
)
from mock_server.contract.bodies.async_jobs import AsyncChatCompletionRequest
from mock_server.contract.bodies.citations import CitedPage, VerifyCitationsRequest
from mock_server.contract.bodies.collections import CreateCollectionRequest
from mock_server.contract.bodies.embeddings import ContextualizedEmbeddingsRequest, EmbeddingsRequest
from mock_server.contract.bodies.queries import AsyncChatCompletionsQuery, CollectionHistoryQuery, UsageQuery
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
from mock_server.contract.bodies.tokens import GenerateAuthTokenRequest, RevokeAuthTokenRequest

__all__ = [
    "MISSING",
    "QUERIES",
    "REQUESTS",
    "AgentBuiltinSkill",
    "AgentCustomSkill",
    "AgentFetchUrlTool",
    "AgentFilePart",
    "AgentFinanceSearchTool",
    "AgentForcedTool",
    "AgentFunctionCall",
    "AgentFunctionCallOutput",
    "AgentFunctionTool",
    "AgentImagePart",
    "AgentImageSearchFilters",
    "AgentImageSearchTool",
    "AgentInlineSkill",
    "AgentInputMessage",
    "AgentJsonSchemaFormat",
    "AgentMcpTool",
    "AgentNamedSchema",
    "AgentPeopleSearchTool",
    "AgentProfile",
    "AgentReasoning",
    "AgentRequest",
    "AgentSandboxTool",
    "AgentStreamOptions",
    "AgentTextFormat",
    "AgentTextPart",
    "AgentUserLocation",
    "AgentWebSearchFilters",
    "AgentWebSearchTool",
    "AsyncChatCompletionRequest",
    "AsyncChatCompletionsQuery",
    "Body",
    "ChatCompletionRequest",
    "CitedPage",
    "CollectionHistoryQuery",
    "ContextualizedEmbeddingsRequest",
    "CreateCollectionRequest",
    "EmbeddingsRequest",
    "FilePart",
    "FocusedSearchRequest",
    "GenerateAuthTokenRequest",
    "ImagePart",
    "JsonSchemaFormat",
    "MediaObject",
    "Message",
    "NamedSchema",
    "Names",
    "PdfPart",
    "RegexFormat",
    "RegexSource",
    "RetrieveAgentQuery",
    "RevokeAuthTokenRequest",
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
        AgentRequest,
        AsyncChatCompletionRequest,
        ContextualizedEmbeddingsRequest,
        GenerateAuthTokenRequest,
        RevokeAuthTokenRequest,
    )
}
"""The whole bodies, by the name of their component."""

QUERIES: dict[str, type[Body]] = {
    "get_usage": UsageQuery,
    "get_collection_history": CollectionHistoryQuery,
    "list_async_chat_completions": AsyncChatCompletionsQuery,
    "retrieve_agent": RetrieveAgentQuery,
}
"""The query parameters, by `operationId`."""
