"""What each operation does: one module a tag, one function an operation, named by its `operationId`."""

from __future__ import annotations

from mock_server.contract.bodies import (
    AgentRequest,
    AsyncChatCompletionRequest,
    AsyncChatCompletionsQuery,
    Body,
    ChatCompletionRequest,
    CollectionHistoryQuery,
    ContextualizedEmbeddingsRequest,
    CreateCollectionRequest,
    EmbeddingsRequest,
    FocusedSearchRequest,
    GenerateAuthTokenRequest,
    RetrieveAgentQuery,
    RevokeAuthTokenRequest,
    SearchDomainsRequest,
    SearchRequest,
    UsageQuery,
    VerifyCitationsRequest,
)
from mock_server.operations import (
    account,
    agent,
    async_jobs,
    cache,
    citations,
    collections,
    embeddings,
    models,
    search,
    sessions,
    sonar,
    tokens,
)
from mock_server.operations.handler import Handler, NoBody, handler


def _asked(body: Body) -> Body:
    """The chat inside an asynchronous one: what the rules are about."""
    return body.request if isinstance(body, AsyncChatCompletionRequest) else body


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
        handler(AsyncChatCompletionRequest, async_jobs.create_async_chat_completion, subject=_asked),
        handler(AsyncChatCompletionsQuery, async_jobs.list_async_chat_completions),
        handler(NoBody, async_jobs.get_async_chat_completion),
        handler(ContextualizedEmbeddingsRequest, embeddings.create_contextualized_embeddings),
        handler(GenerateAuthTokenRequest, tokens.generate_auth_token),
        handler(RevokeAuthTokenRequest, tokens.revoke_auth_token),
        handler(NoBody, sessions.create_browser_session),
        handler(NoBody, sessions.delete_browser_session),
        handler(AgentRequest, agent.create_agent),
        handler(RetrieveAgentQuery, agent.retrieve_agent),
        handler(NoBody, agent.cancel_agent),
        handler(NoBody, agent.list_agent_files),
        handler(NoBody, agent.download_agent_file),
    )
}
"""Every operation that the fake has, by id."""

__all__ = ["HANDLERS", "Handler"]
