"""Wrong servers: accounts, what is kept, refusals, determinism."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.mutants.mutant import Exchange, Mutant, answering, asking, error, header, ignoring, on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutants.mutant import Change

CHAT, SEARCH, USAGE, LIMITS = "create_chat_completion", "search", "get_usage", "get_account_limits"
FORGET, OPEN, HISTORY, DOMAINS = (
    "delete_cache",
    "create_collection",
    "get_collection_history",
    "configure_search_domains",
)
_NUMBERS = count(1)


def _edited(operation: str, edit: Callable[[Any], object], *, status: int = 200) -> Change:
    return on(operation, lambda body: (edit(body), None)[1], status=status)


def _set(target: Any, name: Any, value: Any) -> None:
    target[name] = value


def _replace(exchange: Exchange, status: int, content: bytes) -> None:
    exchange.status, exchange.content = status, content


def _one_key(exchange: Exchange) -> None:
    """All keys are one account."""
    if not exchange.key.startswith(b"pplx-mock") and exchange.key:
        exchange.headers[b"authorization"] = b"Bearer the-only-account"


def _any_key(exchange: Exchange) -> None:
    """Nobody needs a key."""
    exchange.headers.setdefault(b"authorization", b"Bearer nobody")


def _worded(old: bytes, new: bytes) -> Change:
    """Word refusals otherwise."""

    def after(exchange: Exchange) -> None:
        if exchange.status >= 400:
            exchange.content = exchange.content.replace(old, new)

    return after


def _turned(status: int, into: int) -> Change:
    """Another status for a refusal, in its envelope too."""

    def after(exchange: Exchange) -> None:
        if exchange.status == status and exchange.content:
            _replace(exchange, into, exchange.content.replace(b'"code":%d' % status, b'"code":%d' % into))

    return after


def _accepting_chat(*words: bytes) -> Change:
    """Answer chats that the fake refuses with a message that has some words."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == CHAT and exchange.status == 400 and any(word in exchange.content for word in words):
            _replace(exchange, 200, b"{}")

    return after


def _remembered(exchange: Exchange, kept: dict[bytes, bytes]) -> None:
    """A cache that is never emptied: the second answer to a request says HIT for good."""
    if exchange.operation in {CHAT, SEARCH} and exchange.status == 200:
        name = dict(exchange.told).get(b"x-cache-id", b"") + exchange.key
        if name in kept:
            exchange.told = [(n, b"HIT" if n == b"x-cache" else v) for n, v in exchange.told]
        kept[name] = b""


_KEPT: dict[bytes, bytes] = {}


def _random_ids(exchange: Exchange) -> None:
    if exchange.operation == CHAT and exchange.status == 200 and not exchange.streams:
        digest = hashlib.sha256(b"%d" % next(_NUMBERS)).digest()
        fresh = str(UUID(bytes=digest[:16], version=4))
        exchange.json = {**exchange.json, "id": fresh}
        exchange.told = [(n, fresh.encode() if n == b"x-request-id" else v) for n, v in exchange.told]


def _moving(exchange: Exchange) -> None:
    if exchange.operation == CHAT and exchange.status == 200 and not exchange.streams:
        exchange.json = {**exchange.json, "created": exchange.json["created"] + next(_NUMBERS)}


def _by_order(body: Any) -> Any:
    """An answer that depends on which key of the request comes first."""
    first = next(iter(body))
    return {**body, "max_tokens": 20} if first != "model" and body.get("max_tokens") else body


def _echoing(exchange: Exchange) -> None:
    if exchange.status == 400 and exchange.content.startswith(b'{"error"'):
        exchange.content = exchange.content.replace(b'"message":"', b'"message":"' + exchange.key + b": ", 1)


ACCOUNTS = (
    Mutant("usage-stands-still", ("PPLX-USAGE-001", "PPLX-USAGE-002"), after=_edited(USAGE, lambda b: [_set(b["total"], name, 0) for name in b["total"]])),
    Mutant("usage-counts-twice", ("PPLX-USAGE-001", "PPLX-USAGE-002"), after=_edited(USAGE, lambda b: _set(b["total"], "requests", 2 * b["total"]["requests"]))),
    Mutant("usage-cost-rounded", ("PPLX-USAGE-001", "PPLX-USAGE-002"), after=_edited(USAGE, lambda b: _set(b["total"], "cost", round(b["total"]["cost"], 2)))),
    Mutant("usage-groups-lose-one", ("PPLX-USAGE-002",), after=_edited(USAGE, lambda b: len(b["data"]) > 1 and b["data"].pop())),
    Mutant("usage-group-ignored", ("PPLX-USAGE-002", "PPLX-USAGE"), after=_edited(USAGE, lambda b: b["group_by"] == "model" and _set(b, "data", []))),
    Mutant("usage-days-ignored", ("PPLX-USAGE-003",), before=lambda e: e.operation == USAGE and _set(e.__dict__, "query", {k: v for k, v in e.query.items() if "date" not in k})),
    Mutant("usage-shared-by-all-keys", ("PPLX-USAGE-004",), before=_one_key),
    Mutant("usage-total-as-text", ("PPLX-WIRE-003",), after=_edited(USAGE, lambda b: _set(b["total"], "cost", str(b["total"]["cost"])))),
    Mutant("limits-tier-off-by-one", ("PPLX-LIMITS-001",), after=_edited(LIMITS, lambda b: _set(b, "tier", min(5, b["tier"] + 1)))),
    Mutant("limits-number-wrong", ("PPLX-LIMITS-001",), after=_edited(LIMITS, lambda b: _set(b["limits"][0], "limit", b["limits"][0]["limit"] + 10))),
    Mutant("limits-one-missing", ("PPLX-LIMITS-001",), after=_edited(LIMITS, lambda b: b["limits"].pop())),
    Mutant("limits-never-enforced", ("PPLX-LIMITS-002",), before=lambda e: e.operation == CHAT and e.key.startswith(b"pplx-mock-tier") and _set(e.headers, b"authorization", b"Bearer unlimited-%d" % next(_NUMBERS))),
    Mutant("limits-refused-early", ("PPLX-LIMITS-002",), before=answering(lambda e: e.operation == CHAT and e.key.startswith(b"pplx-mock-tier") and next(_NUMBERS) % 3 == 0, 429, error(429, "request_rate_limit_exceeded", "Request rate limit exceeded, please try again later."))),
    Mutant("limits-refused-with-503", ("PPLX-LIMITS-002", "PPLX-WIRE-001"), after=_turned(429, 503)),
)  # fmt: skip

KEEPING = (
    Mutant("cache-never-hits", ("PPLX-CACHE-001",), after=lambda e: [header(name, b"x-cache", b"MISS")(e) for name in (CHAT, SEARCH)] and None),
    Mutant("cache-always-hits", ("PPLX-CACHE-001",), after=lambda e: [header(name, b"x-cache", b"HIT")(e) for name in (CHAT, SEARCH)] and None),
    Mutant("cache-deleted-still-hits", ("PPLX-CACHE-001",), after=lambda e: _remembered(e, _KEPT)),
    Mutant("cache-id-gone", ("PPLX-WIRE-004", "PPLX-CACHE-001"), after=header(CHAT, b"x-cache-id", None)),
    Mutant("cache-deletes-twice", ("PPLX-CACHE-001",), after=lambda e: e.operation == FORGET and e.status == 404 and _replace(e, 200, b'{"id":"%b","object":"cache.entry","deleted":true}' % e.path.rpartition("/")[2].encode())),
    Mutant("cache-not-deleted", ("PPLX-CACHE-001", "PPLX-WIRE-003"), after=_edited(FORGET, lambda b: _set(b, "deleted", False))),
    Mutant("collection-forgets", ("PPLX-COLL-001", "PPLX-COLL-002"), after=_edited(HISTORY, lambda b: b["data"] and b["data"].pop())),
    Mutant("collection-reversed", ("PPLX-COLL-001", "PPLX-COLL-002"), after=_edited(HISTORY, lambda b: b["data"].reverse())),
    Mutant("collection-never-kept", ("PPLX-COLL",), before=lambda e: [ignoring(name, "collection_id")(e) for name in (CHAT, SEARCH)] and None),
    Mutant("collection-page-size-ignored", ("PPLX-COLL-002",), before=lambda e: e.operation == HISTORY and e.query.pop("limit", None) and None),
    Mutant("collection-cursor-ignored", ("PPLX-COLL-002",), before=lambda e: e.operation == HISTORY and e.query.pop("cursor", None) and None),
    Mutant("collection-open-to-all-keys", ("PPLX-COLL-003",), before=_one_key),
    Mutant("collection-unknown-is-empty", ("PPLX-COLL-003",), after=lambda e: e.operation == HISTORY and e.status == 404 and _replace(e, 200, b'{"object":"list","data":[],"has_more":false,"next_cursor":null}')),
    Mutant("collection-created-with-200", ("PPLX-WIRE-001",), after=lambda e: e.operation == OPEN and e.status == 201 and _set(e.__dict__, "status", 200)),
    Mutant("domains-not-obeyed", ("PPLX-DOMAINS-001",), before=asking(DOMAINS, lambda b: {"allow": [], "deny": []}), after=lambda e: e.operation == DOMAINS and _replace(e, 200, e.content)),
    Mutant("domains-not-obeyed-by-chats", ("PPLX-DOMAINS-001",), before=lambda e: e.operation == CHAT and _set(e.headers, b"authorization", b"Bearer free-of-rules")),
    Mutant("domains-never-taken-back", ("PPLX-DOMAINS-001",), before=answering(lambda e: e.operation == DOMAINS and e.body == {"allow": [], "deny": []}, 200, b'{"object":"search.domains","allow":[],"deny":[],"updated_at":1793534400}')),
    Mutant("domains-allow-and-deny-swapped", ("PPLX-DOMAINS-001",), before=asking(DOMAINS, lambda b: {"allow": b.get("deny", []), "deny": b.get("allow", [])})),
)  # fmt: skip

REFUSALS = (
    Mutant("auth-not-checked", ("PPLX-ERRORS-001",), before=_any_key),
    Mutant("auth-not-checked-on-models", ("PPLX-ERRORS-001",), before=lambda e: e.operation == "list_models" and _any_key(e)),
    Mutant("auth-answers-403", ("PPLX-WIRE-001", "PPLX-ERRORS-001"), after=_turned(401, 403)),
    Mutant("auth-type-forbidden", ("PPLX-ERRORS-001", "PPLX-ERRORS-010"), after=_worded(b'"invalid_api_key"', b'"forbidden"')),
    Mutant("auth-page-of-html", ("PPLX-WIRE-002", "PPLX-ERRORS-001"), after=lambda e: e.status == 401 and (_replace(e, 401, b"<html><head><title>401 Authorization Required</title></head></html>"), _set(e.__dict__, "told", [(b"content-type", b"text/html")]))),
    Mutant("auth-no-credit-is-402", ("PPLX-ERRORS-010", "PPLX-WIRE-001"), after=lambda e: b"insufficient_quota" in e.content and _turned(401, 402)(e)),
    Mutant("auth-no-credit-is-served", ("PPLX-ERRORS-010",), before=lambda e: e.key == b"pplx-mock-no-credit" and _set(e.headers, b"authorization", b"Bearer rich")),
    Mutant("unknown-path-has-a-body", ("PPLX-ERRORS-002",), after=lambda e: e.status == 404 and not e.content and _replace(e, 404, b'{"detail":"Not Found"}')),
    Mutant("unknown-path-is-200", ("PPLX-ERRORS-002",), after=lambda e: e.status == 404 and not e.content and _replace(e, 200, b"")),
    Mutant("v1-chat-completions-live", ("PPLX-ERRORS-002",), before=lambda e: e.path == "/v1/chat/completions" and _set(e.__dict__, "path", "/chat/completions")),
    Mutant("method-is-404", ("PPLX-ERRORS-003",), after=_turned(405, 404)),
    Mutant("method-without-allow", ("PPLX-ERRORS-003",), after=lambda e: e.status == 405 and _set(e.__dict__, "told", [(n, v) for n, v in e.told if n != b"allow"])),
    Mutant("method-allows-too-much", ("PPLX-ERRORS-003",), after=lambda e: e.status == 405 and _set(e.__dict__, "told", [(n, v + b", TRACE" if n == b"allow" else v) for n, v in e.told])),
    Mutant("model-not-quoted", ("PPLX-ERRORS-004",), after=_worded(b"Invalid model '", b"Invalid model: '" + b"x")),
    Mutant("model-trimmed", ("PPLX-ERRORS-004",), before=asking(CHAT, lambda b: {**b, "model": str(b.get("model", "")).strip()})),
    Mutant("model-unknown-is-served", ("PPLX-ERRORS-004", "PPLX-STREAM-014"), before=asking(CHAT, lambda b: {**b, "model": "sonar"} if b.get("model") == "no-such-model" else b)),
    Mutant("roles-in-any-order", ("PPLX-ERRORS-005", "PPLX-WIRE-003"), after=_accepting_chat(b"alternat")),
    Mutant("last-role-not-checked", ("PPLX-ERRORS-005", "PPLX-WIRE-003"), after=_accepting_chat(b"Last message")),
    Mutant("tokens-without-floor", ("PPLX-ERRORS-006",), before=asking(CHAT, lambda b: {**b, "max_tokens": 16} if b.get("max_tokens") == 15 else b)),
    Mutant("tokens-floor-one-higher", ("PPLX-ERRORS-006", "PPLX-CHAT-009"), before=asking(CHAT, lambda b: {**b, "max_tokens": 15} if b.get("max_tokens") == 16 else b)),
    Mutant("context-without-bound", ("PPLX-ERRORS-007",), before=asking(CHAT, lambda b: {**b, "messages": [{"role": "user", "content": "word"}], "max_tokens": 20} if len(str(b.get("messages"))) > 50_000 else b)),
    Mutant("broken-json-is-500", ("PPLX-ERRORS-008",), after=lambda e: e.status == 400 and e.body is None and e.raw and _turned(400, 500)(e)),
    Mutant("broken-json-is-422", ("PPLX-ERRORS-008", "PPLX-WIRE-001"), after=lambda e: e.status == 400 and e.body is None and e.raw and _replace(e, 422, b'{"detail":[{"loc":["body"],"msg":"no","type":"json_invalid"}]}')),
    Mutant("temperature-unbounded", ("PPLX-ERRORS-009",), before=asking(CHAT, lambda b: {**b, "temperature": 1} if b.get("temperature") == 2.5 else b)),
    Mutant("stream-as-text-accepted", ("PPLX-ERRORS-009",), before=asking(CHAT, lambda b: {**b, "stream": False} if isinstance(b.get("stream"), str) else b)),
    Mutant("no-messages-accepted", ("PPLX-ERRORS-009",), before=asking(CHAT, lambda b: {**b, "messages": [{"role": "user", "content": "hi"}]} if b.get("messages") == [] else b)),
    Mutant("error-code-as-text", ("PPLX-WIRE-003",), after=lambda e: e.status == 400 and _set(e.__dict__, "content", e.content.replace(b'"code":400', b'"code":"400"'))),
    Mutant("error-code-other-than-status", ("PPLX-WIRE-007",), after=lambda e: e.status == 400 and _set(e.__dict__, "content", e.content.replace(b'"code":400', b'"code":422'))),
    Mutant("error-without-type", ("PPLX-WIRE-003",), after=lambda e: e.status == 400 and e.content.startswith(b'{"error"') and setattr(e, "json", {"error": {k: v for k, v in e.json["error"].items() if k != "type"}})),
    Mutant("error-as-text", ("PPLX-WIRE-003",), after=lambda e: e.status == 400 and _set(e.__dict__, "content", b'{"error":"bad request"}')),
    Mutant("error-says-the-key", ("PPLX-WIRE-008",), after=_echoing),
    Mutant("error-is-a-traceback", ("PPLX-WIRE-002", "PPLX-WIRE-001", "PPLX-ERRORS", "PPLX-SEARCH"), after=lambda e: e.status == 400 and (_replace(e, 500, b"Traceback (most recent call last):"), _set(e.__dict__, "told", [(b"content-type", b"text/plain")]))),
    Mutant("presearch-key-is-served", ("PPLX-ERRORS-010",), before=lambda e: e.key == b"pplx-mock-presearch" and _set(e.headers, b"authorization", b"Bearer new")),
    Mutant("everything-is-a-page", ("PPLX-WIRE-002",), after=lambda e: e.status == 200 and (_replace(e, 200, b"<html><body>Welcome</body></html>"), _set(e.__dict__, "told", [(b"content-type", b"text/html")]))),
)  # fmt: skip

DETERMINISM = (
    Mutant("ids-at-random", ("PPLX-DET-001",), after=_random_ids),
    Mutant("dates-from-the-clock", ("PPLX-DET-003", "PPLX-DET-001"), after=_moving),
    Mutant("key-order-counts", ("PPLX-DET-004",), before=asking(CHAT, _by_order)),
    Mutant("repeats-have-one-id", ("PPLX-DET-002", "PPLX-CHAT-007"), before=lambda e: e.operation in {CHAT, SEARCH} and e.key.startswith(b"check-") and _set(e.headers, b"authorization", b"Bearer once-%d" % next(_NUMBERS))),
)  # fmt: skip
