"""How the kit behaves towards a server that charges: what it leaves alone, and how little it asks for."""

from __future__ import annotations

from decimal import Decimal

from mock_server.contract.operation import Operation
from mock_server.jsontypes import JSON

READING = frozenset(
    {
        "create_chat_completion",
        "stream_chat_completion",
        "search",
        "focused_search",
        "create_embeddings",
        "create_contextualized_embeddings",
        "verify_citations",
        "create_agent",
    }
)
"""Operations that are POSTs and keep nothing; whatever else is no GET is taken to write or delete."""
UNTOUCHED = frozenset({"generate_auth_token", "revoke_auth_token"})
"""Operations that are never asked, whatever is allowed: a key that is revoked stops its owner's programs."""
DEAREST = Decimal("0.10")
"""US dollars a request: what may cost more is asked in the profile `full` alone."""
_MOST_TOKENS = 400
_CHATS = frozenset({"create_chat_completion", "stream_chat_completion"})


def writes(operation: Operation) -> bool:
    """Whether an operation may create, change or delete something."""
    return operation.method != "GET" and operation.handler not in READING


def thrifty(handler: str, body: JSON) -> JSON:
    """A chat's body with a bound on the answer's length, where it has none."""
    if handler not in _CHATS or not isinstance(body, dict) or "max_tokens" in body:
        return body
    return {**body, "max_tokens": _MOST_TOKENS}
