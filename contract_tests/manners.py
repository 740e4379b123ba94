"""How the kit behaves towards a server that charges: what it leaves alone, how little it asks for, what it fears."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from mock_server import resources
from mock_server.contract.operation import Operation
from mock_server.facts import Provenance
from mock_server.jsontypes import JSON
from mock_server.money import Usd

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
_CHATS = frozenset({"create_chat_completion", "stream_chat_completion"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Polite(_Part):
    """Bounds of a live run; each line is explained in `fixtures/checking.yaml`."""

    most_usd: Usd
    dearest_usd: Usd
    answer_tokens: int


class Guessed(_Part):
    """What requests are taken to cost where no table says it; each line is explained in `fixtures/checking.yaml`."""

    output_tokens: int
    research_usd: Usd
    tool_calls: int
    sessions: tuple[str, ...]
    result_tokens: int
    made_up_usd: Usd


class Manners(_Part):
    """The whole file."""

    polite: Polite
    guessed: Guessed
    provenance: Provenance = Field(alias="x-provenance")


@cache
def load() -> Manners:
    """Read `fixtures/checking.yaml`; raises `ResourceError` where it is of another form."""
    return resources.read_model(Manners, "fixtures", "checking.yaml")


def writes(operation: Operation) -> bool:
    """Whether an operation may create, change or delete something."""
    return operation.method != "GET" and operation.handler not in READING


def thrifty(handler: str, body: JSON) -> JSON:
    """A chat's body with a bound on the answer's length, where it has none."""
    if handler not in _CHATS or not isinstance(body, dict) or "max_tokens" in body:
        return body
    return {**body, "max_tokens": load().polite.answer_tokens}
