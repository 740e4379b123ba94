"""What each operation does: one module a tag, one function an operation, named by its `operationId`."""

from __future__ import annotations

from mock_server.contract.bodies import (
    ChatCompletionRequest,
    CollectionHistoryQuery,
    CreateCollectionRequest,
    EmbeddingsRequest,
    FocusedSearchRequest,
    SearchDomainsRequest,
    SearchRequest,
    UsageQuery,
    VerifyCitationsRequest,
)
from mock_server.operations import account, cache, citations, collections, embeddings, models, search, sonar
from mock_server.operations.handler import Handler, NoBody, handler

HANDLERS: dict[str, Handler] = {
    made.name: made
    for made in (
        handler(ChatCompletionRequest, sonar.create_chat_completion),
        handler(ChatCompletionRequest, sonar.stream_chat_completion),
        handler(NoBody, models.list_models),
        handler(NoBody, models.retrieve_model),
        handler(SearchRequest, search.search),
        handler(FocusedSearchRequest, search.focused_search),
        handler(SearchDomainsRequest, search.configure_search_domains),
        handler(VerifyCitationsRequest, citations.verify_citations),
        handler(UsageQuery, account.get_usage),
        handler(NoBody, account.get_account_limits),
        handler(EmbeddingsRequest, embeddings.create_embeddings),
        handler(NoBody, cache.delete_cache),
        handler(CreateCollectionRequest, collections.create_collection),
        handler(CollectionHistoryQuery, collections.get_collection_history),
    )
}
"""Every operation that the fake has, by id."""

__all__ = ["HANDLERS", "Handler"]
