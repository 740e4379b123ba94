"""What a request may cost, and what it did, by the edition's price table."""

from __future__ import annotations

from decimal import Decimal

from contract_tests.exchange import Answer, Ask
from mock_server.edition import Edition
from mock_server.facts import ModelFacts, Prices
from mock_server.jsontypes import JSON, JSONObject

_MILLION = Decimal(1_000_000)
_THOUSAND = Decimal(1_000)
_OUTPUT = 1_000
_FREE = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429, 451})
_RESEARCH = Decimal(2)
_TOOLS = Decimal("0.05")


def most(ask: Ask, edition: Edition) -> Decimal:
    """US dollars that a request costs at the most; a bound, not a price.

    A text of n bytes has at most n tokens; a model without `max_tokens` is taken to write a thousand.
    """
    return bound(ask.operation.handler, ask.body, len(ask.content), edition)


def bound(handler: str, said: JSON, size: int, edition: Edition) -> Decimal:
    """US dollars that a body sent to an operation costs at the most.

    Args:
        handler: Which operation; empty where nobody knows.
        said: The body as JSON.
        size: The number of its bytes.
        edition: Whose prices count.
    """
    body = said if isinstance(said, dict) else {}
    model = edition.facts.models.get(str(body.get("model", "")))
    if handler in {"search", "focused_search"}:
        return edition.facts.search_request_price / _THOUSAND
    if model is None:
        return _TOOLS if "input" in body else Decimal(0)
    return _most(model, size, _asked_output(body))


def paid(answer: Answer, edition: Edition) -> Decimal | None:
    """US dollars that an answer says it cost, or that the table says; None where neither does."""
    if answer.status in _FREE:
        return Decimal(0)
    if answer.ask.operation.handler in {"search", "focused_search"}:
        return edition.facts.search_request_price / _THOUSAND
    return _said(answer)


def _most(model: ModelFacts, sent: int, written: int) -> Decimal:
    prices = model.prices
    tokens = (sent * prices.input + written * prices.output) / _MILLION
    research = _RESEARCH if prices.search_queries is not None else Decimal(0)
    tools = _TOOLS if model.style == "agent" else Decimal(0)
    return tokens + _fee(prices) + research + tools


def _fee(prices: Prices) -> Decimal:
    fee = prices.pro_request or prices.request
    return Decimal(0) if fee is None else fee.high / _THOUSAND


def _asked_output(body: JSONObject) -> int:
    asked = body.get("max_tokens") or body.get("max_output_tokens")
    return asked if isinstance(asked, int) else _OUTPUT


def _said(answer: Answer) -> Decimal | None:
    try:
        last: JSON = answer.frames[-1] if answer.is_stream else answer.json
    except Exception:  # noqa: BLE001  # whatever is wrong with it is a finding elsewhere
        return None
    held = last.get("response", last) if isinstance(last, dict) else None
    usage = held.get("usage") if isinstance(held, dict) else None
    cost = usage.get("cost") if isinstance(usage, dict) else None
    total = cost.get("total_cost") if isinstance(cost, dict) else None
    return Decimal(str(total)) if isinstance(total, int | float) else None
