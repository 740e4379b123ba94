"""Search: ranked pages, of one kind with a summary, and an account's domain rules."""

from __future__ import annotations

from datetime import UTC, datetime

from mock_server.call import Call, Reply
from mock_server.contract.bodies import FocusedSearchRequest, SearchDomainsRequest, SearchRequest, given
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import THOUSAND
from mock_server.operations import searching
from mock_server.state.account import DomainRules
from mock_server.world import answers, pages, retrieval, snippets
from mock_server.world.filters import Filters
from mock_server.world.page import Page
from mock_server.world.retrieval import Found
from mock_server.world.snippets import Budget

_LEDGER_NAME = "search"


def search(call: Call, body: SearchRequest) -> Reply:
    """Answer `POST /search` (the reference page; evidence 1.2, 3.6)."""
    collection = searching.collection_of(call, body)
    filters = searching.filters_of(call, body)
    budget = _budget(body)
    if isinstance(body.query, str):
        results = _results(_find(call, body.query, body, filters).pages, budget)
    else:
        lists = [_results(_find(call, query, body, filters).pages, budget) for query in body.query]
        nested: list[JSON] = [*lists]
        results = nested if call.facts.wire.multi_query_results == "nested" else [row for rows in lists for row in rows]
    said: JSONObject = {"results": results, "id": call.id, "server_time": _server_time(call, body)}
    _charge(call)
    return searching.remembered(call, searching.cached(call, Reply(said)), collection, "search")


def focused_search(call: Call, body: FocusedSearchRequest) -> Reply:
    """Answer `POST /search/focus`: pages of one kind, and a summary whose markers cite them."""
    collection = searching.collection_of(call, body)
    filters = searching.focused(searching.filters_of(call, body), body.focus)
    found = _find(call, body.query, body, filters)
    said: JSONObject = {
        "results": _results(found.pages, _budget(body)),
        "id": call.id,
        "server_time": None,
        "focus": body.focus,
        "summary": answers.compose(found, depth=1).content,
        "citations": [page.url for page in found.pages],
    }
    _charge(call)
    return searching.remembered(call, searching.cached(call, Reply(said)), collection, "focused_search")


def configure_search_domains(call: Call, body: SearchDomainsRequest) -> Reply:
    """Answer `POST /search/domains`."""
    rules = DomainRules(
        allow=tuple(domain.lower() for domain in body.allow), deny=tuple(domain.lower() for domain in body.deny)
    )
    call.owner.domains = rules
    return Reply(
        {"object": "search.domains", "allow": [*rules.allow], "deny": [*rules.deny], "updated_at": call.now},
    )


def _find(call: Call, query: str, body: SearchRequest | FocusedSearchRequest, filters: Filters) -> Found:
    return retrieval.find(
        query,
        count=body.max_results,
        depth=pages.SENTENCES,
        filters=filters,
        today=call.today,
        seed=call.lane.seed,
    )


def _budget(body: SearchRequest | FocusedSearchRequest) -> Budget:
    """The token budgets of a body; they win over the size of snippets, and its new name over the old one."""
    size: str = body.snippet_mode
    if isinstance(body, SearchRequest) and "snippet_mode" not in body.model_fields_set:
        size = given(body.search_context_size) or size
    total, page = given(body.max_tokens), given(body.max_tokens_per_page)
    if total is None and page is None:
        return Budget(sentences=snippets.SENTENCES[size])
    return Budget(sentences=pages.SENTENCES, total=total, page=page)


def _results(found: list[Page], budget: Budget) -> list[JSON]:
    return [
        {
            "title": page.title,
            "url": page.url,
            "snippet": snippet,
            "date": page.date,
            "last_updated": page.last_updated,
        }
        for page, snippet in zip(found, snippets.cut(found, budget), strict=True)
    ]


def _server_time(call: Call, body: SearchRequest) -> str | None:
    if not given(body.display_server_time):
        return None
    return datetime.fromtimestamp(call.now, UTC).isoformat().replace("+00:00", "Z")


def _charge(call: Call) -> None:
    """A list of queries bills as one request (evidence 5.1)."""
    cost = call.facts.search_request_price / THOUSAND
    searching.charge(call, _LEDGER_NAME, prompt_tokens=0, completion_tokens=0, cost=cost)
