"""Wrong servers: chats and their streams."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.mutants.mutant import Exchange, Mutant, answering, asking, frames, header, ignoring, on, streamed

if TYPE_CHECKING:
    from tests.mutants.mutant import Change

CHAT, PROGRESSIVE = "create_chat_completion", "stream_chat_completion"
_CONSTANT = "3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b"


def _choice(body: Any) -> Any:
    return body["choices"][0]


def _chat(edit: Any) -> Change:
    """Change plain answers; `edit` gets the body and changes it in place."""
    return on(CHAT, lambda body: (edit(body), None)[1])


def _set(target: Any, name: Any, value: Any) -> None:
    target[name] = value


def _said(body: Any, change: Any) -> None:
    message = _choice(body)["message"]
    message["content"] = change(message["content"])


def _sum_of_rounded(body: Any) -> None:
    cost = body["usage"]["cost"]
    parts = [Decimal(str(value)) for name, value in cost.items() if name != "total_cost"]
    cost["total_cost"] = float(sum(parts))


def _refused_as_stream(exchange: Exchange) -> None:
    if exchange.operation == CHAT and exchange.status == 400 and (exchange.body or {}).get("stream") is True:
        exchange.content = b"data: " + exchange.content + b"\r\n\r\n"
        exchange.told = [(b"content-type", b"text/event-stream")]


def _unknown(exchange: Exchange) -> bool:
    known = {"model", "messages", "max_tokens", "stream", "web_search_options", "response_format", "stream_mode",
             "disable_search", "return_images", "return_related_questions", "search_domain_filter", "collection_id",
             "temperature", "top_p", "search_mode", "search_recency_filter"}  # fmt: skip
    body = exchange.body
    return exchange.operation == CHAT and isinstance(body, dict) and not known.issuperset(body)


_REFUSED = b'{"error":{"message":"unknown field","type":"invalid_request","code":400}}'

CHATS = (
    Mutant("chat-total-off-by-one", ("PPLX-CHAT-004",), after=_chat(lambda b: _set(b["usage"], "total_tokens", b["usage"]["total_tokens"] + 1))),
    Mutant("chat-prompt-not-counted", ("PPLX-CHAT-004",), after=_chat(lambda b: _set(b["usage"], "prompt_tokens", 0))),
    Mutant("chat-completion-off-by-one", ("PPLX-CHAT-004", "PPLX-CHAT-005"), after=_chat(lambda b: _set(b["usage"], "completion_tokens", b["usage"]["completion_tokens"] + 1))),
    Mutant("chat-total-is-sum-of-rounded-parts", ("PPLX-CHAT-005",), after=_chat(_sum_of_rounded)),
    Mutant("chat-request-fee-forgotten", ("PPLX-CHAT-005", "PPLX-WIRE-003"), after=_chat(lambda b: b["usage"]["cost"].pop("request_cost", None))),
    Mutant("chat-cost-doubled", ("PPLX-CHAT-005",), after=_chat(lambda b: _set(b["usage"]["cost"], "total_cost", b["usage"]["cost"]["total_cost"] * 2))),
    Mutant("chat-cost-as-text", ("PPLX-WIRE-003",), after=_chat(lambda b: _set(b["usage"]["cost"], "total_cost", "0.005"))),
    Mutant("chat-cost-gone", ("PPLX-WIRE-003",), after=_chat(lambda b: b["usage"].pop("cost"))),
    Mutant("chat-usage-gone", ("PPLX-WIRE-003",), after=_chat(lambda b: b.pop("usage"))),
    Mutant("chat-citation-too-few", ("PPLX-CHAT-001", "PPLX-CHAT-003"), after=_chat(lambda b: b["citations"] and b["citations"].pop())),
    Mutant("chat-result-too-few", ("PPLX-CHAT-003",), after=_chat(lambda b: b["search_results"] and b["search_results"].pop())),
    Mutant("chat-citations-reversed", ("PPLX-CHAT-003",), after=_chat(lambda b: b["citations"].reverse())),
    Mutant("chat-result-twice", ("PPLX-CHAT-003",), after=_chat(lambda b: (b["search_results"].append(b["search_results"][0]), b["citations"].append(b["citations"][0])) if b["citations"] else None)),
    Mutant("chat-markers-shifted", ("PPLX-CHAT-001", "PPLX-CHAT-002", "PPLX-CITE"), after=_chat(lambda b: _said(b, lambda t: re.sub(r"\[(\d+)\]", lambda m: f"[{int(m[1]) + 1}]", t)))),
    Mutant("chat-markers-gone", ("PPLX-CHAT-002", "PPLX-CITE"), after=_chat(lambda b: _said(b, lambda t: re.sub(r"\[\d+\]", "", t)))),
    Mutant("chat-text-empty", ("PPLX-CHAT-002", "PPLX-CITE"), after=_chat(lambda b: _said(b, lambda _: ""))),
    Mutant("chat-other-model", ("PPLX-CHAT-006",), after=_chat(lambda b: _set(b, "model", "sonar-large"))),
    Mutant("chat-id-constant", ("PPLX-CHAT-007", "PPLX-CHAT-008"), after=_chat(lambda b: _set(b, "id", _CONSTANT))),
    Mutant("chat-id-no-uuid", ("PPLX-WIRE-003", "PPLX-CHAT-007"), after=_chat(lambda b: _set(b, "id", "chatcmpl-123"))),
    Mutant("chat-request-id-other", ("PPLX-CHAT-008",), after=header(CHAT, b"x-request-id", _CONSTANT.encode())),
    Mutant("chat-request-id-gone", ("PPLX-WIRE-004",), after=header(CHAT, b"x-request-id", None)),
    Mutant("chat-max-tokens-ignored", ("PPLX-CHAT-009",), before=ignoring(CHAT, "max_tokens")),
    Mutant("chat-cut-says-length", ("PPLX-CHAT-009", "PPLX-WIRE-003"), after=_chat(lambda b: _set(_choice(b), "finish_reason", "length"))),
    Mutant("chat-finish-null", ("PPLX-CHAT-009", "PPLX-WIRE-003"), after=_chat(lambda b: _set(_choice(b), "finish_reason", None))),
    Mutant("chat-search-not-disabled", ("PPLX-CHAT-010",), before=ignoring(CHAT, "disable_search")),
    Mutant("chat-schema-ignored", ("PPLX-CHAT-011",), before=asking(CHAT, lambda b: {k: v for k, v in b.items() if k != "response_format" or v.get("type") != "json_schema"})),
    Mutant("chat-schema-in-fences", ("PPLX-CHAT-011",), after=_chat(lambda b: _said(b, lambda t: f"```json\n{t}\n```"))),
    Mutant("chat-regex-ignored", ("PPLX-CHAT-017",), before=asking(CHAT, lambda b: {k: v for k, v in b.items() if k != "response_format" or v.get("type") != "regex"})),
    Mutant("chat-questions-always", ("PPLX-CHAT-012",), before=asking(CHAT, lambda b: {**b, "return_related_questions": True})),
    Mutant("chat-questions-never", ("PPLX-CHAT-012",), before=ignoring(CHAT, "return_related_questions")),
    Mutant("chat-images-always", ("PPLX-CHAT-012",), before=asking(CHAT, lambda b: {**b, "return_images": True})),
    Mutant("chat-images-without-size", ("PPLX-CHAT-012", "PPLX-WIRE-003"), after=_chat(lambda b: [image.pop("width") for image in b.get("images", [])])),
    Mutant("chat-domain-filter-ignored", ("PPLX-CHAT-013",), before=ignoring(CHAT, "search_domain_filter")),
    Mutant("chat-deny-is-allow", ("PPLX-CHAT-013",), before=asking(CHAT, lambda b: {**b, "search_domain_filter": [d.lstrip("-") for d in b["search_domain_filter"]]} if "search_domain_filter" in b else b)),
    Mutant("chat-unknown-fields-refused", ("PPLX-CHAT-014",), before=answering(_unknown, 400, _REFUSED)),
    Mutant("chat-context-size-ignored", ("PPLX-CHAT-015", "PPLX-CHAT-005"), before=ignoring(CHAT, "web_search_options")),
    Mutant("chat-delta-gone", ("PPLX-WIRE-003", "PPLX-CHAT-016"), after=_chat(lambda b: _choice(b).pop("delta"))),
    Mutant("chat-role-renamed", ("PPLX-WIRE-003", "PPLX-CHAT-016"), after=_chat(lambda b: _set(_choice(b)["message"], "role", "bot"))),
    Mutant("chat-index-one", ("PPLX-WIRE-003", "PPLX-CHAT-016"), after=_chat(lambda b: _set(_choice(b), "index", 1))),
    Mutant("chat-object-chunk", ("PPLX-WIRE-003",), after=_chat(lambda b: _set(b, "object", "chat.completion.chunk"))),
    Mutant("chat-created-as-text", ("PPLX-WIRE-003",), after=_chat(lambda b: _set(b, "created", str(b["created"])))),
    Mutant("chat-research-citations-free", ("PPLX-CHAT-018",), after=_chat(lambda b: "citation_tokens_cost" in b["usage"]["cost"] and _set(b["usage"]["cost"], "total_cost", b["usage"]["cost"]["total_cost"] - b["usage"]["cost"]["citation_tokens_cost"]))),
    Mutant("chat-results-url-gone", ("PPLX-WIRE-003", "PPLX-CHAT-003"), after=_chat(lambda b: [row.pop("url") for row in b["search_results"]])),
    Mutant("chat-results-snake-to-camel", ("PPLX-WIRE-003", "PPLX-CHAT-003"), after=_chat(lambda b: _set(b, "searchResults", b.pop("search_results")))),
)  # fmt: skip


def _last(change: Any) -> Change:
    return frames(CHAT, lambda told: (change(told[-1]), None)[1])


def _each(change: Any) -> Change:
    return frames(CHAT, lambda told: ([change(number, frame) for number, frame in enumerate(told)], None)[1])


def _delta(frame: Any) -> Any:
    return frame["choices"][0]["delta"]


def _only_concise(change: Any) -> Change:
    return frames(CHAT, lambda told: change(told) if any(f["object"] == "chat.reasoning.done" for f in told) else told)


STREAMS = (
    Mutant("stream-without-last-frame", ("PPLX-STREAM-005", "PPLX-STREAM-001", "PPLX-STREAM-002"), after=frames(CHAT, lambda told: told[:-1])),
    Mutant("stream-cut-in-the-last-event", ("PPLX-WIRE-006", "PPLX-WIRE-005"), after=streamed(CHAT, lambda content: content[:-20])),
    Mutant("stream-of-nothing", ("PPLX-WIRE-006",), after=streamed(CHAT, lambda _: b"")),
    Mutant("stream-delta-lost", ("PPLX-STREAM-001",), after=frames(CHAT, lambda told: [*told[:1], *told[2:]])),
    Mutant("stream-delta-doubled", ("PPLX-STREAM-001", "PPLX-STREAM-003"), after=frames(CHAT, lambda told: [*told[:2], *told[1:]])),
    Mutant("stream-frames-swapped", ("PPLX-STREAM-001", "PPLX-STREAM-003", "PPLX-STREAM-004"), after=frames(CHAT, lambda told: [told[1], told[0], *told[2:]])),
    Mutant("stream-message-not-cumulative", ("PPLX-STREAM-003",), after=_each(lambda _, f: f["object"].endswith("chunk") and _set(f["choices"][0]["message"], "content", _delta(f).get("content", "")))),
    Mutant("stream-totals-fall", ("PPLX-STREAM-004",), after=_each(lambda n, f: "usage" in f and f["object"].endswith("chunk") and _set(f["usage"], "completion_tokens", max(1, 500 - n)))),
    Mutant("stream-totals-do-not-add", ("PPLX-STREAM-004",), after=_each(lambda _, f: "usage" in f and f["object"].endswith("chunk") and _set(f["usage"], "total_tokens", 1))),
    Mutant("stream-every-frame-is-finished", ("PPLX-STREAM-005", "PPLX-WIRE-005"), after=_each(lambda _, f: _set(f["choices"][0], "finish_reason", "stop"))),
    Mutant("stream-last-finish-missing", ("PPLX-STREAM-005", "PPLX-WIRE-005"), after=_last(lambda f: f["choices"][0].pop("finish_reason", None))),
    Mutant("stream-last-is-a-chunk", ("PPLX-STREAM-005", "PPLX-WIRE-005"), after=_last(lambda f: _set(f, "object", "chat.completion.chunk"))),
    Mutant("stream-id-moves", ("PPLX-STREAM-006",), after=_each(lambda n, f: _set(f, "id", f"{n:08x}{f['id'][8:]}"))),
    Mutant("stream-results-only-last", ("PPLX-STREAM-007",), after=frames(CHAT, lambda told: [{**f, "search_results": [], "citations": []} if f["object"] == "chat.completion.chunk" and "citations" in f else f for f in told])),
    Mutant("stream-cost-in-each-frame", ("PPLX-STREAM-008", "PPLX-WIRE-005"), after=_each(lambda _, f: "cost" in f.get("usage", {}) and _set(f["usage"]["cost"], "total_cost", 0.005))),
    Mutant("stream-cost-never", ("PPLX-STREAM-008", "PPLX-STREAM-002"), after=_last(lambda f: _set(f["usage"]["cost"], "total_cost", 0))),
    Mutant("stream-done-marker-from-sonar", ("PPLX-STREAM-009",), after=streamed(CHAT, lambda content: content if content.endswith(b"[DONE]\r\n\r\n") else content + b"data: [DONE]\r\n\r\n")),
    Mutant("stream-no-marker-from-research", ("PPLX-STREAM-009",), after=streamed(CHAT, lambda content: content.replace(b"data: [DONE]\r\n\r\n", b""))),
    Mutant("stream-concise-out-of-order", ("PPLX-STREAM-010",), after=_only_concise(lambda told: [*told[1:-1], told[0], told[-1]])),
    Mutant("stream-concise-ignored", ("PPLX-STREAM-010", "PPLX-STREAM-011"), before=ignoring(CHAT, "stream_mode")),
    Mutant("stream-concise-early-cost", ("PPLX-STREAM-011", "PPLX-WIRE-005"), after=_only_concise(lambda told: ([_set(f["usage"], "cost", told[-1]["usage"]["cost"]) for f in told if f["object"] == "chat.reasoning.done"], told)[1])),
    Mutant("stream-events-named", ("PPLX-STREAM-012", "PPLX-WIRE-005"), after=streamed(CHAT, lambda content: content.replace(b"data: {", b"event: chunk\r\ndata: {"))),
    Mutant("stream-line-feeds", ("PPLX-STREAM-012",), after=streamed(CHAT, lambda content: content.replace(b"\r\n", b"\n"))),
    Mutant("stream-without-charset", ("PPLX-STREAM-013",), after=lambda e: e.streams and _set(e.told, slice(None), [(n, b"text/event-stream" if n == b"content-type" else v) for n, v in e.told])),
    Mutant("stream-refusal-streamed", ("PPLX-STREAM-014", "PPLX-WIRE-002"), after=_refused_as_stream),
    Mutant("stream-not-json", ("PPLX-WIRE-005",), after=streamed(CHAT, lambda content: content.replace(b"data: {", b"data: {'", 1))),
    Mutant("stream-ignored", ("PPLX-STREAM",), before=ignoring(CHAT, "stream")),
    Mutant("stream-first-role-gone", ("PPLX-STREAM-016", "PPLX-WIRE-005"), after=frames(CHAT, lambda told: (_delta(told[0]).pop("role", None), None)[1])),
    Mutant("stream-other-text-than-plain", ("PPLX-STREAM-002",), before=asking(CHAT, lambda b: {**b, "messages": [*b["messages"][:-1], {"role": "user", "content": "What do tides depend on?"}]} if b.get("stream") and isinstance(b.get("messages"), list) and b["messages"] else b)),
    Mutant("stream-progressive-shrinks", ("PPLX-STREAM-015",), after=frames(PROGRESSIVE, lambda told: (_set(told[-1], "citations", told[-1]["citations"][:-1]), None)[1])),
    Mutant("stream-progressive-late", ("PPLX-STREAM-015",), after=frames(PROGRESSIVE, lambda told: [{**f, "citations": []} for f in told[:-1]] + told[-1:])),
    Mutant("stream-json-media-type", ("PPLX-WIRE-002", "PPLX-WIRE-003", "PPLX-STREAM"), after=lambda e: e.streams and _set(e.told, slice(None), [(b"content-type", b"application/json")])),
)  # fmt: skip
