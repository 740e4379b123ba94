"""Wrong servers: asynchronous chats, contextual embeddings, keys, sessions."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

import orjson

from tests.mutants.mutant import Exchange, Mutant, answering, asking, error, ignoring, on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutants.mutant import Change

MAKE, LIST, GET = "create_async_chat_completion", "list_async_chat_completions", "get_async_chat_completion"
CONTEXT, SEARCH, USAGE = "create_contextualized_embeddings", "search", "get_usage"
GENERATE, REVOKE = "generate_auth_token", "revoke_auth_token"
START, STOP = "create_browser_session", "delete_browser_session"
_UUID = "3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b"
_TOKEN = "pplx-" + "a" * 48


def _set(target: Any, name: Any, value: Any) -> None:
    target[name] = value


def _edited(operation: str, edit: Callable[[Any], object]) -> Change:
    return on(operation, lambda body: (edit(body), None)[1])


def _become(exchange: Exchange, status: int, content: bytes) -> None:
    exchange.status, exchange.content = status, content


def _one_key(exchange: Exchange) -> None:
    """All keys are one account."""
    if exchange.key:
        exchange.headers[b"authorization"] = b"Bearer the-only-account"


def _found(operation: str, content: bytes) -> Change:
    """Answer 200 where the fake finds nothing."""

    def after(exchange: Exchange) -> None:
        if exchange.operation == operation and exchange.status == 404:
            _become(exchange, 200, content)

    return after


def _without(exchange: Exchange, operation: str, name: str) -> None:
    """Leave out a parameter of the query."""
    if exchange.operation == operation:
        exchange.query.pop(name, None)


def _served(exchange: Exchange) -> bool:
    """Whether a key is to be revoked."""
    return exchange.operation == REVOKE


JOBS = (
    Mutant("job-done-at-once", ("PPLX-JOBS-001",), after=_edited(MAKE, lambda b: _set(b, "status", "COMPLETED"))),
    Mutant("job-never-ends", ("PPLX-JOBS-001",), after=_edited(GET, lambda b: b.update(status="CREATED", started_at=None, completed_at=None, response=None))),
    Mutant("job-ends-without-answer", ("PPLX-JOBS-001",), after=_edited(GET, lambda b: _set(b, "response", None))),
    Mutant("job-starts-when-made", ("PPLX-JOBS-001",), after=_edited(GET, lambda b: _set(b, "started_at", b["created_at"]))),
    Mutant("job-of-another-name", ("PPLX-JOBS-001",), after=_edited(GET, lambda b: _set(b, "id", _UUID))),
    Mutant("job-ends-before-it-began", ("PPLX-JOBS-001",), after=_edited(GET, lambda b: b["completed_at"] and _set(b, "completed_at", b["created_at"] - 1))),
    Mutant("job-status-in-small-letters", ("PPLX-WIRE-003", "PPLX-JOBS"), after=_edited(MAKE, lambda b: _set(b, "status", b["status"].lower()))),
    Mutant("job-id-gone", ("PPLX-WIRE-003", "PPLX-JOBS"), after=_edited(MAKE, lambda b: b.pop("id"))),
    Mutant("job-answers-otherwise", ("PPLX-JOBS-002",), after=_edited(GET, lambda b: b["response"] and b["response"]["usage"].update(total_tokens=1))),
    Mutant("job-keys-ignored", ("PPLX-JOBS-003", "PPLX-JOBS-004"), before=ignoring(MAKE, "idempotency_key")),
    Mutant("job-one-key-for-all", ("PPLX-JOBS-003",), before=asking(MAKE, lambda b: {**b, "idempotency_key": "all"})),
    Mutant("job-list-oldest-first", ("PPLX-JOBS-005",), after=_edited(LIST, lambda b: b["requests"].reverse())),
    Mutant("job-list-size-ignored", ("PPLX-JOBS-005",), before=lambda e: _without(e, LIST, "limit")),
    Mutant("job-list-place-ignored", ("PPLX-JOBS-005",), before=lambda e: _without(e, LIST, "next_token")),
    Mutant("job-list-empty", ("PPLX-JOBS-006",), after=_edited(LIST, lambda b: _set(b, "requests", []))),
    Mutant("job-list-renamed", ("PPLX-WIRE-003", "PPLX-JOBS"), after=_edited(LIST, lambda b: _set(b, "data", b.pop("requests")))),
    Mutant("job-unknown-is-new", ("PPLX-JOBS-007",), after=_found(GET, b'{"id":"%b","model":"sonar","created_at":1,"status":"CREATED"}' % _UUID.encode())),
    Mutant("job-open-to-all-keys", ("PPLX-JOBS-007",), before=_one_key),
    Mutant("job-any-model", ("PPLX-JOBS-008",), before=asking(MAKE, lambda b: {**b, "request": {**b["request"], "model": "sonar"}} if isinstance(b.get("request"), dict) else b)),
    Mutant("job-bare-chat-accepted", ("PPLX-JOBS-008",), before=asking(MAKE, lambda b: b if "request" in b else {"request": b})),
    Mutant("job-never-fails", ("PPLX-JOBS-009",), before=lambda e: e.key == b"pplx-mock-failing-job" and _set(e.headers, b"authorization", b"Bearer lucky")),
    Mutant("job-fails-silently", ("PPLX-JOBS-009",), after=_edited(GET, lambda b: _set(b, "error_message", None))),
    Mutant("job-not-on-the-report", ("PPLX-JOBS-010",), before=lambda e: e.operation == USAGE and _set(e.headers, b"authorization", b"Bearer nobody")),
    Mutant("job-unknown-by-its-other-path", ("PPLX-JOBS-011",), before=answering(lambda e: e.operation == GET and e.path.startswith("/v1/async"), 404, error(404, "not_found"))),
)  # fmt: skip


def _pieces(body: Any) -> list[Any]:
    return [row for document in body["data"] for row in document["data"]]


def _scaled(row: Any) -> None:
    raw = base64.b64decode(row["embedding"])
    parts = [round(part / 2) for part in struct.unpack(f"{len(raw)}b", raw)]
    row["embedding"] = base64.b64encode(struct.pack(f"{len(parts)}b", *parts)).decode()


def _split(exchange: Exchange) -> None:
    """Ask for each piece as a document of its own, so that none has a context."""
    body = exchange.body
    if exchange.operation == CONTEXT and isinstance(body, dict) and all(isinstance(d, list) for d in body["input"]):
        exchange.__dict__["sizes"] = [len(document) for document in body["input"]]
        exchange.body = {**body, "input": [[piece] for document in body["input"] for piece in document]}


def _joined(exchange: Exchange) -> None:
    """Put the pieces back into their documents."""
    if exchange.operation == CONTEXT and exchange.status == 200:
        rows = iter(_pieces(exchange.json))
        sizes = exchange.__dict__["sizes"]
        documents = [[{**next(rows), "index": place} for place in range(size)] for size in sizes]
        data = [{"data": rows, "index": place, "object": "list"} for place, rows in enumerate(documents)]
        exchange.json = {**exchange.json, "data": data}


def _inverted(exchange: Exchange) -> None:
    if exchange.operation == CONTEXT and exchange.status == 200 and "binary" in str(exchange.body):
        said = exchange.json
        for row in _pieces(said):
            row["embedding"] = base64.b64encode(bytes(255 - b for b in base64.b64decode(row["embedding"]))).decode()
        exchange.json = said


CONTEXTUAL = (
    Mutant("context-documents-reversed", ("PPLX-CONTEXT-001",), after=_edited(CONTEXT, lambda b: b["data"].reverse())),
    Mutant("context-pieces-reversed", ("PPLX-CONTEXT-001",), after=_edited(CONTEXT, lambda b: [d["data"].reverse() for d in b["data"]])),
    Mutant("context-pieces-from-one", ("PPLX-CONTEXT-001",), after=_edited(CONTEXT, lambda b: [_set(row, "index", row["index"] + 1) for row in _pieces(b)])),
    Mutant("context-last-piece-lost", ("PPLX-CONTEXT-001",), after=_edited(CONTEXT, lambda b: [len(d["data"]) > 1 and d["data"].pop() for d in b["data"]])),
    Mutant("context-flat", ("PPLX-WIRE-003", "PPLX-CONTEXT"), after=_edited(CONTEXT, lambda b: _set(b, "data", _pieces(b)))),
    Mutant("context-dimensions-ignored", ("PPLX-CONTEXT-002",), before=ignoring(CONTEXT, "dimensions")),
    Mutant("context-encoding-ignored", ("PPLX-CONTEXT-002",), before=ignoring(CONTEXT, "encoding_format")),
    Mutant("context-not-of-length-one", ("PPLX-CONTEXT-003",), after=_edited(CONTEXT, lambda b: [_scaled(row) for row in _pieces(b)])),
    Mutant("context-ignored", ("PPLX-CONTEXT-004",), before=_split, after=_joined),
    Mutant("context-total-off-by-one", ("PPLX-CONTEXT-005",), after=_edited(CONTEXT, lambda b: _set(b["usage"], "total_tokens", b["usage"]["total_tokens"] + 1))),
    Mutant("context-cost-rounded", ("PPLX-CONTEXT-005",), after=_edited(CONTEXT, lambda b: _set(b["usage"]["cost"], "total_cost", round(b["usage"]["cost"]["total_cost"], 5)))),
    Mutant("context-bits-inverted", ("PPLX-CONTEXT-006",), after=_inverted),
    Mutant("context-texts-accepted", ("PPLX-CONTEXT-007",), before=asking(CONTEXT, lambda b: {**b, "input": [[d] if isinstance(d, str) else d for d in b["input"]]} if isinstance(b.get("input"), list) else b)),
    Mutant("context-empty-pieces-accepted", ("PPLX-CONTEXT-007",), before=asking(CONTEXT, lambda b: {**b, "input": [["a"]]} if b.get("input") == [["a", ""]] else b)),
    Mutant("context-plain-model-accepted", ("PPLX-CONTEXT-007",), before=asking(CONTEXT, lambda b: {**b, "model": str(b.get("model")).replace("embed-v1", "embed-context-v1")})),
)  # fmt: skip

TOKENS = (
    Mutant("token-revoked-still-works", ("PPLX-TOKENS-001",), before=answering(_served, 200, b"")),
    Mutant("token-revoked-with-a-body", ("PPLX-TOKENS-001",), after=lambda e: _served(e) and e.status == 200 and _become(e, 200, b'{"revoked":true}')),
    Mutant("token-works-for-nothing", ("PPLX-TOKENS-001",), before=answering(lambda e: e.operation == SEARCH and e.key.startswith(b"pplx-"), 401, error(401, "invalid_api_key"))),
    Mutant("token-revokes-all", ("PPLX-TOKENS-001",), before=lambda e: _served(e) and _set(e.__dict__, "raw", orjson.dumps({"auth_token": e.key.decode()}))),
    Mutant("token-of-another-form", ("PPLX-WIRE-003", "PPLX-TOKENS"), after=_edited(GENERATE, lambda b: _set(b, "auth_token", "sk-" + b["auth_token"]))),
    Mutant("token-always-the-same", ("PPLX-TOKENS-002",), after=_edited(GENERATE, lambda b: _set(b, "auth_token", _TOKEN))),
    Mutant("token-without-name", ("PPLX-TOKENS-002",), before=ignoring(GENERATE, "token_name")),
    Mutant("token-of-others-revoked", ("PPLX-TOKENS-003",), before=lambda e: _served(e) and e.key.endswith(b"-other") and _set(e.headers, b"authorization", b"Bearer " + e.key.removesuffix(b"-other"))),
    Mutant("token-of-nobody-revoked", ("PPLX-TOKENS-003",), after=lambda e: _served(e) and e.status == 404 and _become(e, 200, b"")),
    Mutant("token-with-an-account-of-its-own", ("PPLX-TOKENS-004",), before=lambda e: e.operation == SEARCH and e.key.startswith(b"pplx-") and _set(e.headers, b"authorization", b"Bearer own")),
    Mutant("token-nothing-is-revoked", ("PPLX-TOKENS-005",), after=lambda e: _served(e) and e.status == 400 and _become(e, 200, b"")),
)  # fmt: skip

SESSIONS = (
    Mutant("session-one-for-all", ("PPLX-SESSIONS-001", "PPLX-SESSIONS-002"), after=_edited(START, lambda b: _set(b, "session_id", _UUID))),
    Mutant("session-stopped-with-a-body", ("PPLX-SESSIONS-001",), after=lambda e: e.operation == STOP and e.status == 200 and _become(e, 200, b"{}")),
    Mutant("session-starts-stopped", ("PPLX-SESSIONS-001",), after=_edited(START, lambda b: _set(b, "status", "stopped"))),
    Mutant("session-odd-status", ("PPLX-WIRE-003", "PPLX-SESSIONS"), after=_edited(START, lambda b: _set(b, "status", "started"))),
    Mutant("session-stops-twice", ("PPLX-SESSIONS-002",), after=_found(STOP, b"")),
    Mutant("session-open-to-all-keys", ("PPLX-SESSIONS-002",), before=_one_key),
)  # fmt: skip
