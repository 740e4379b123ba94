"""Wrong servers: searches, embeddings, models, citations."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from tests.mutants.mutant import Exchange, Mutant, answering, asking, error, ignoring, on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutants.mutant import Change

SEARCH, EMBED, VERIFY, FOCUS = "search", "create_embeddings", "verify_citations", "focused_search"
LIST, ONE = "list_models", "retrieve_model"
_FOUND = b'{"results":[],"id":"3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b","server_time":null}'


def _edited(operation: str, edit: Callable[[Any], object]) -> Change:
    return on(operation, lambda body: (edit(body), None)[1])


def _set(target: Any, name: Any, value: Any) -> None:
    target[name] = value


def _more(body: Any) -> Any:
    return (
        {**body, "max_results": min(20, body["max_results"] + 1)} if isinstance(body.get("max_results"), int) else body
    )


def _accepting(operation: str, *words: bytes) -> Change:
    """Answer 200 where the fake refuses with a message that has some words."""

    def after(exchange: Exchange) -> None:
        if (
            exchange.operation == operation
            and exchange.status == 400
            and any(word in exchange.content for word in words)
        ):
            exchange.status, exchange.content = 200, _FOUND

    return after


def _lists(body: Any) -> bool:
    return bool(body["results"]) and isinstance(body["results"][0], list)


def _scaled(row: Any, factor: float) -> None:
    raw = base64.b64decode(row["embedding"])
    parts = [max(-128, min(127, round(part * factor))) for part in struct.unpack(f"{len(raw)}b", raw)]
    row["embedding"] = base64.b64encode(struct.pack(f"{len(parts)}b", *parts)).decode()


def _inverted(exchange: Exchange) -> None:
    body = exchange.body
    if exchange.operation == EMBED and exchange.status == 200 and body.get("encoding_format") == "base64_binary":
        said = exchange.json
        for row in said["data"]:
            row["embedding"] = base64.b64encode(
                bytes(255 - byte for byte in base64.b64decode(row["embedding"]))
            ).decode()
        exchange.json = said


def _noise(body: Any) -> None:
    """Vectors that have nothing to do with the texts: each the first one, turned by its place."""
    first = base64.b64decode(body["data"][0]["embedding"])
    for place, row in enumerate(body["data"]):
        row["embedding"] = base64.b64encode(first[place:] + first[:place]).decode()


SEARCHES = (
    Mutant("search-allow-ignored", ("PPLX-SEARCH-003",), before=asking(SEARCH, lambda b: {k: v for k, v in b.items() if k != "search_domain_filter" or str(v).startswith("['-")})),
    Mutant("search-deny-ignored", ("PPLX-SEARCH-004",), before=asking(SEARCH, lambda b: {k: v for k, v in b.items() if k != "search_domain_filter" or not str(v).startswith("['-")})),
    Mutant("search-one-domain-only", ("PPLX-SEARCH-003", "PPLX-SEARCH-004"), before=asking(SEARCH, lambda b: {**b, "search_domain_filter": b["search_domain_filter"][:1]} if str(b.get("search_domain_filter", "")).startswith("['-") else b)),
    Mutant("search-recency-ignored", ("PPLX-SEARCH-005",), before=ignoring(SEARCH, "search_recency_filter")),
    Mutant("search-month-is-year", ("PPLX-SEARCH-005",), before=asking(SEARCH, lambda b: {**b, "search_recency_filter": "year"} if b.get("search_recency_filter") == "month" else b)),
    Mutant("search-after-ignored", ("PPLX-SEARCH-006",), before=ignoring(SEARCH, "search_after_date_filter")),
    Mutant("search-before-ignored", ("PPLX-SEARCH-006", "PPLX-SEARCH-014"), before=ignoring(SEARCH, "search_before_date_filter")),
    Mutant("search-updated-after-ignored", ("PPLX-SEARCH-007",), before=ignoring(SEARCH, "last_updated_after_filter")),
    Mutant("search-updated-before-ignored", ("PPLX-SEARCH-007",), before=ignoring(SEARCH, "last_updated_before_filter")),
    Mutant("search-updated-is-published", ("PPLX-SEARCH-007",), before=asking(SEARCH, lambda b: {{"last_updated_after_filter": "search_after_date_filter", "last_updated_before_filter": "search_before_date_filter"}.get(k, k): v for k, v in b.items()})),
    Mutant("search-language-ignored", ("PPLX-SEARCH-008",), before=ignoring(SEARCH, "search_language_filter")),
    Mutant("search-country-ignored", ("PPLX-SEARCH-009",), before=ignoring(SEARCH, "country")),
    Mutant("search-one-result-too-many", ("PPLX-SEARCH-002",), before=asking(SEARCH, _more)),
    Mutant("search-one-result-too-few", ("PPLX-SEARCH-002",), after=_edited(SEARCH, lambda b: not _lists(b) and b["results"] and b["results"].pop())),
    Mutant("search-max-results-ignored", ("PPLX-SEARCH-002",), before=ignoring(SEARCH, "max_results")),
    Mutant("search-default-of-five", ("PPLX-SEARCH-001", "PPLX-SEARCH-002"), before=asking(SEARCH, lambda b: {"max_results": 5, **b}), after=None),
    Mutant("search-max-tokens-ignored", ("PPLX-SEARCH-010",), before=ignoring(SEARCH, "max_tokens")),
    Mutant("search-max-tokens-a-page", ("PPLX-SEARCH-010",), before=asking(SEARCH, lambda b: {("max_tokens_per_page" if k == "max_tokens" else k): v for k, v in b.items()})),
    Mutant("search-page-tokens-ignored", ("PPLX-SEARCH-011",), before=ignoring(SEARCH, "max_tokens_per_page")),
    Mutant("search-snippet-mode-ignored", ("PPLX-SEARCH-012",), before=ignoring(SEARCH, "snippet_mode")),
    Mutant("search-first-query-only", ("PPLX-SEARCH-013",), after=_edited(SEARCH, lambda b: _lists(b) and _set(b, "results", b["results"][:1]))),
    Mutant("search-queries-flat", ("PPLX-SEARCH-013",), after=_edited(SEARCH, lambda b: _lists(b) and _set(b, "results", [row for rows in b["results"] for row in rows]))),
    Mutant("search-nothing-is-404", ("PPLX-SEARCH-014",), after=lambda e: e.operation == SEARCH and e.status == 200 and e.json["results"] == [] and (_set(e.__dict__, "status", 404), _set(e.__dict__, "content", error(404, "not_found", "resource not found")))),
    Mutant("search-query-not-required", ("PPLX-SEARCH-015", "PPLX-SEARCH-021", "PPLX-ERRORS-008"), after=_accepting(SEARCH, b"query is required")),
    Mutant("search-query-required-other-type", ("PPLX-SEARCH-015",), after=lambda e: e.operation == SEARCH and b"query is required" in e.content and _set(e.__dict__, "content", error(400, "missing_field", "query validation: query is required"))),
    Mutant("search-21-domains", ("PPLX-SEARCH-016",), after=_accepting(SEARCH, b"max length of 20")),
    Mutant("search-10-domains", ("PPLX-SEARCH-016",), before=answering(lambda e: e.operation == SEARCH and isinstance(e.body, dict) and isinstance(e.body.get("search_domain_filter"), list) and len(e.body["search_domain_filter"]) > 10, 400, error(400, "invalid_search_domain_filter", "Validation error: search_domain_filters has a max length of 10"))),
    Mutant("search-any-domain", ("PPLX-SEARCH-017",), after=_accepting(SEARCH, b"valid domain name")),
    Mutant("search-mixed-domains", ("PPLX-SEARCH-018",), before=asking(SEARCH, lambda b: {**b, "search_domain_filter": [d for d in b["search_domain_filter"] if not str(d).startswith("-")] or b["search_domain_filter"]} if isinstance(b.get("search_domain_filter"), list) else b)),
    Mutant("search-any-day", ("PPLX-SEARCH-019",), before=asking(SEARCH, lambda b: {k: "1/1/2020" if k == "search_after_date_filter" and v in {"13/45/2025", "2/30/2025"} else v for k, v in b.items()})),
    Mutant("search-page-twice", ("PPLX-SEARCH-020", "PPLX-SEARCH-002"), after=_edited(SEARCH, lambda b: not _lists(b) and len(b["results"]) > 1 and _set(b["results"], 1, b["results"][0]))),
    Mutant("search-fifty-results", ("PPLX-SEARCH-021",), before=asking(SEARCH, lambda b: {**b, "max_results": max(1, min(20, b["max_results"]))} if isinstance(b.get("max_results"), int) else b)),
    Mutant("search-alias-gone", ("PPLX-SEARCH-022", "PPLX-WIRE-001"), before=answering(lambda e: e.path == "/v1/search", 404, b"")),
    Mutant("search-alias-differs", ("PPLX-SEARCH-022",), after=lambda e: e.path == "/v1/search" and e.status == 200 and _set(e.__dict__, "content", _FOUND)),
    Mutant("search-title-gone", ("PPLX-WIRE-003",), after=_edited(SEARCH, lambda b: not _lists(b) and [row.pop("title") for row in b["results"]])),
    Mutant("search-date-as-number", ("PPLX-WIRE-003",), after=_edited(SEARCH, lambda b: not _lists(b) and [_set(row, "date", 20250101) for row in b["results"]])),
    Mutant("search-id-gone", ("PPLX-WIRE-003",), after=_edited(SEARCH, lambda b: b.pop("id"))),
    Mutant("search-results-null", ("PPLX-WIRE-003",), after=_edited(SEARCH, lambda b: _set(b, "results", None))),
    Mutant("search-results-renamed", ("PPLX-WIRE-003",), after=_edited(SEARCH, lambda b: _set(b, "data", b.pop("results")))),
    Mutant("search-url-relative", ("PPLX-WIRE-003", "PPLX-SEARCH", "PPLX-DOMAINS"), after=_edited(SEARCH, lambda b: not _lists(b) and [_set(row, "url", "/page") for row in b["results"]])),
    Mutant("search-filters-swapped", ("PPLX-SEARCH-006",), before=asking(SEARCH, lambda b: {{"search_after_date_filter": "search_before_date_filter", "search_before_date_filter": "search_after_date_filter"}.get(k, k): v for k, v in b.items()})),
    Mutant("focus-ignored", ("PPLX-FOCUS-001",), before=asking(FOCUS, lambda b: {**b, "focus": "web"} if "focus" in b else b)),
    Mutant("focus-pages-of-another-site", ("PPLX-FOCUS-001",), before=asking(FOCUS, lambda b: {**b, "focus": {"reddit": "youtube"}.get(b.get("focus"), b.get("focus"))}), after=on(FOCUS, lambda b: {**b, "focus": "reddit"} if b["focus"] == "youtube" and "reddit" not in str(b) else b)),
    Mutant("focus-summary-without-markers", ("PPLX-FOCUS-001",), after=_edited(FOCUS, lambda b: _set(b, "summary", "A summary."))),
    Mutant("focus-citation-too-few", ("PPLX-FOCUS-001",), after=_edited(FOCUS, lambda b: b["citations"].pop())),
)  # fmt: skip

EMBEDDINGS = (
    Mutant("embed-order-reversed", ("PPLX-EMBED-001",), after=_edited(EMBED, lambda b: b["data"].reverse())),
    Mutant("embed-index-from-one", ("PPLX-EMBED-001",), after=_edited(EMBED, lambda b: [_set(row, "index", row["index"] + 1) for row in b["data"]])),
    Mutant("embed-one-too-few", ("PPLX-EMBED-001",), after=_edited(EMBED, lambda b: len(b["data"]) > 1 and b["data"].pop())),
    Mutant("embed-dimensions-ignored", ("PPLX-EMBED-002",), before=ignoring(EMBED, "dimensions")),
    Mutant("embed-default-of-256", ("PPLX-EMBED-002",), before=asking(EMBED, lambda b: {"dimensions": 256, **b})),
    Mutant("embed-not-of-length-one", ("PPLX-EMBED-003",), after=_edited(EMBED, lambda b: [_scaled(row, 0.5) for row in b["data"]])),
    Mutant("embed-noise", ("PPLX-EMBED-004", "PPLX-EMBED-001"), after=_edited(EMBED, _noise)),
    Mutant("embed-bits-inverted", ("PPLX-EMBED-005",), after=_inverted),
    Mutant("embed-encoding-ignored", ("PPLX-EMBED-002", "PPLX-EMBED-005"), before=ignoring(EMBED, "encoding_format")),
    Mutant("embed-cost-rounded", ("PPLX-EMBED-006",), after=_edited(EMBED, lambda b: _set(b["usage"]["cost"], "total_cost", round(b["usage"]["cost"]["total_cost"], 5)))),
    Mutant("embed-total-off-by-one", ("PPLX-EMBED-006",), after=_edited(EMBED, lambda b: _set(b["usage"], "total_tokens", b["usage"]["total_tokens"] + 1))),
    Mutant("embed-as-floats", ("PPLX-WIRE-003",), after=_edited(EMBED, lambda b: [_set(row, "embedding", [0.1, 0.2]) for row in b["data"]])),
    Mutant("embed-empty-accepted", ("PPLX-EMBED-008",), before=asking(EMBED, lambda b: {**b, "input": b["input"] or "a"})),
    Mutant("embed-unknown-model-404", ("PPLX-EMBED-008", "PPLX-WIRE-001"), after=lambda e: e.operation == EMBED and b"model must be one of" in e.content and (_set(e.__dict__, "status", 404), _set(e.__dict__, "content", error(404)))),
    Mutant("embed-currency-gone", ("PPLX-WIRE-003",), after=_edited(EMBED, lambda b: b["usage"]["cost"].pop("currency"))),
    Mutant("embed-text-is-refused-alone", ("PPLX-EMBED-007", "PPLX-EMBED", "PPLX-DET"), before=answering(lambda e: e.operation == EMBED and isinstance(e.body, dict) and isinstance(e.body.get("input"), str) and e.body["input"] != "", 400, error(400))),
)  # fmt: skip

MODELS = (
    Mutant("models-one-gone", ("PPLX-MODELS-001",), after=_edited(LIST, lambda b: b["data"].pop())),
    Mutant("models-one-twice", ("PPLX-MODELS-001",), after=_edited(LIST, lambda b: b["data"].append(b["data"][0]))),
    Mutant("models-one-more", ("PPLX-MODELS-001", "PPLX-MODELS-003"), after=_edited(LIST, lambda b: b["data"].append({**b["data"][0], "id": "sonar-ultra"}))),
    Mutant("models-price-changed", ("PPLX-MODELS-002",), after=_edited(LIST, lambda b: _set(b["data"][1]["pricing"], "output", 99))),
    Mutant("models-price-gone", ("PPLX-WIRE-003",), after=_edited(LIST, lambda b: [row.pop("pricing") for row in b["data"]])),
    Mutant("models-one-differs-alone", ("PPLX-MODELS-003",), after=_edited(ONE, lambda b: _set(b, "context_length", 1))),
    Mutant("models-unknown-is-200", ("PPLX-MODELS-004",), before=lambda e: e.operation == ONE and "no-such" in e.path and _set(e.__dict__, "path", "/models/sonar")),
    Mutant("models-list-object", ("PPLX-WIRE-003",), after=_edited(LIST, lambda b: _set(b, "object", "models"))),
    Mutant("models-one-answers-400", ("PPLX-MODELS-005",), before=answering(lambda e: e.operation == "create_chat_completion" and isinstance(e.body, dict) and e.body.get("model") == "sonar-reasoning", 400, error(400, "invalid_model", "Invalid model 'sonar-reasoning'."))),
)  # fmt: skip

CITATIONS = (
    Mutant("cite-always-supported", ("PPLX-CITE-002", "PPLX-CITE-003"), after=_edited(VERIFY, lambda b: [_set(row, "verdict", "supported") for row in b["citations"]])),
    Mutant("cite-never-supported", ("PPLX-CITE-001",), after=_edited(VERIFY, lambda b: [_set(row, "verdict", "unsupported") for row in b["citations"]])),
    Mutant("cite-order-reversed", ("PPLX-CITE-001",), after=_edited(VERIFY, lambda b: b["citations"].reverse())),
    Mutant("cite-accuracy-zero", ("PPLX-CITE-001",), after=_edited(VERIFY, lambda b: _set(b, "accuracy", 0))),
    Mutant("cite-unknown-markers-hidden", ("PPLX-CITE-003",), after=_edited(VERIFY, lambda b: _set(b, "unknown_markers", []))),
    Mutant("cite-odd-verdict", ("PPLX-WIRE-003",), after=_edited(VERIFY, lambda b: [_set(row, "verdict", "maybe") for row in b["citations"]])),
    Mutant("cite-score-percent", ("PPLX-WIRE-003",), after=_edited(VERIFY, lambda b: [_set(row, "score", 95) for row in b["citations"]])),
)  # fmt: skip
