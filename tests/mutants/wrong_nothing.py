"""Wrong servers that give nothing where there is something to give: a check that loops over it must not pass them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tests.mutants.mutant import Exchange, Mutant, frames, on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutants.mutant import Change

CHAT, PROGRESSIVE, SEARCH, EMBED = "create_chat_completion", "stream_chat_completion", "search", "create_embeddings"
AGENT, FILES = "create_agent", "list_agent_files"
LIMITS, USAGE, MODELS = "get_account_limits", "get_usage", "list_models"


def _emptied(operation: str, name: str, empty: object, *, asked: str = "") -> Change:
    """Empty a member of answers, to the requests that say a word."""

    def after(exchange: Exchange) -> None:
        if asked.encode() in exchange.raw:
            on(operation, lambda body: {**body, name: empty} if name in body else body)(exchange)

    return after


def _without_sources(exchange: Exchange) -> None:
    on(CHAT, lambda body: {**body, "citations": [], "search_results": []})(exchange)
    _unmarked(exchange)


def _unmarked(exchange: Exchange) -> None:
    if exchange.operation == CHAT and exchange.status == 200 and not exchange.streams:
        body = exchange.json
        message = body["choices"][0]["message"]
        message["content"] = message["content"].replace("[", "(").replace("]", ")")
        exchange.json = body


def _filtered(word: bytes, change: Callable[[Any], Any]) -> Change:
    """Change the answers of agents whose search has a filter."""

    def after(exchange: Exchange) -> None:
        if word in exchange.raw:
            on(AGENT, change)(exchange)

    return after


def _found_nothing(body: Any) -> Any:
    output = [{**item, "results": []} if item["type"] == "search_results" else item for item in body["output"]]
    return {**body, "output": output}


def _shared_nothing(exchange: Exchange) -> None:
    on(AGENT, lambda body: {**body, "output": [one for one in body["output"] if one["type"] != "share_file"]})(exchange)
    on(FILES, lambda body: {**body, "data": []})(exchange)


def _blank(vector: str) -> str:
    return base64.b64encode(bytes(len(base64.b64decode(vector)))).decode()


def _exhausted(body: Any) -> Any:
    return {**body, "limits": [{**row, "remaining": 0} for row in body["limits"]]}


def _silent_stream(told: list[Any]) -> list[Any]:
    return [
        {
            **frame,
            "citations": [],
            "choices": [{**frame["choices"][0], "message": {"role": "assistant", "content": ""}}],
        }
        for frame in told
    ]


NOTHING = (
    Mutant("nothing-within-allowed-domains", ("PPLX-SEARCH-003",), after=lambda e: b'"-' not in e.raw and _emptied(SEARCH, "results", [], asked="search_domain_filter")(e)),
    Mutant("nothing-beside-denied-domains", ("PPLX-SEARCH-004",), after=_emptied(SEARCH, "results", [], asked='"-')),
    Mutant("nothing-for-few-tokens", ("PPLX-SEARCH-010",), after=_emptied(SEARCH, "results", [], asked='"max_tokens"')),
    Mutant("nothing-for-few-tokens-a-page", ("PPLX-SEARCH-011",), after=_emptied(SEARCH, "results", [], asked="max_tokens_per_page")),
    Mutant("nothing-twenty-times", ("PPLX-SEARCH-020",), after=_emptied(SEARCH, "results", [], asked='"max_results":20')),
    Mutant("nothing-cited", ("PPLX-CHAT-002",), after=_without_sources),
    Mutant("nothing-cited-to-verify", ("PPLX-CITE-001",), after=_without_sources),
    Mutant("nothing-shown", ("PPLX-CHAT-012",), after=_emptied(CHAT, "images", [])),
    Mutant("nothing-from-other-domains", ("PPLX-CHAT-013",), after=_emptied(CHAT, "citations", [], asked='"-')),
    Mutant("nothing-in-a-vector", ("PPLX-EMBED-005",), after=on(EMBED, lambda b: {**b, "data": [{**row, "embedding": _blank(row["embedding"])} for row in b["data"]]})),
    Mutant("nothing-used", ("PPLX-USAGE-002",), after=on(USAGE, lambda b: {**b, "data": [], "total": dict.fromkeys(b["total"], 0)})),
    Mutant("nothing-left", ("PPLX-LIMITS-002",), after=on(LIMITS, _exhausted)),
    Mutant("nothing-for-chats", ("PPLX-MODELS-005",), after=on(MODELS, lambda b: {**b, "data": [{**row, "capabilities": []} for row in b["data"]]})),
    Mutant("nothing-in-a-stream", ("PPLX-STREAM-015",), after=frames(PROGRESSIVE, _silent_stream)),
    Mutant("nothing-for-an-agent-between-days", ("PPLX-AGENT-107",), after=_filtered(b"date_filter", _found_nothing)),
    Mutant("nothing-for-an-agent-beside-denied-hosts", ("PPLX-AGENT-105",), after=_filtered(b'"-', _found_nothing)),
    Mutant("nothing-from-an-agent", ("PPLX-AGENT-110", "PPLX-AGENT-001"), after=_emptied(AGENT, "output", [])),
    Mutant("nothing-shared", ("PPLX-AGENT-209",), after=_shared_nothing),
)  # fmt: skip
