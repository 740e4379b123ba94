"""What a request may cost, and what it did: by the edition's price tables, and by guesses where those say nothing."""

from __future__ import annotations

from decimal import Decimal

from contract_tests import manners
from contract_tests.exchange import Answer, Ask
from mock_server.edition import Edition
from mock_server.facts import Facts, ModelFacts
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import MILLION, THOUSAND, ZERO

_SEARCHES = frozenset({"search", "focused_search"})
_FREE = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429, 451})
"""Statuses of answers that nobody is billed for."""


def most(ask: Ask, edition: Edition) -> Decimal:
    """US dollars that a request costs at the most; a bound, not a price."""
    return bound(ask.operation.handler, ask.body, len(ask.content), edition)


def bound(handler: str, said: JSON, size: int, edition: Edition) -> Decimal:
    """US dollars that a body sent to an operation costs at the most.

    A text of n bytes has at most n tokens. What an answer writes, and how often an agent uses its tools, is bounded by
    the request, or else guessed (`fixtures/checking.yaml`).

    Args:
        handler: Which operation; empty where nobody knows.
        said: The body as JSON.
        size: The number of its bytes.
        edition: Whose prices count.
    """
    facts = edition.facts
    if handler in _SEARCHES:
        return facts.search_request_price / THOUSAND
    body = _asked(said)
    calls = _calls(body, facts)
    read = size + _instructions(body, facts) + sum(calls.values()) * manners.load().guessed.result_tokens
    tools = sum((count * facts.tools[name].price for name, count in calls.items()), ZERO)
    return max((_tokens(model, read, _written(body)) for model in _models(body, facts)), default=ZERO) + tools


def paid(answer: Answer, edition: Edition) -> Decimal | None:
    """US dollars that an answer says it cost, or that the table says; None where neither does.

    Reading an answer again costs nothing, though it says again what it cost when it was made.
    """
    if answer.status in _FREE or answer.ask.verb == "GET":
        return ZERO
    if answer.ask.operation.handler in _SEARCHES:
        return edition.facts.search_request_price / THOUSAND
    return _said(answer)


def _asked(said: JSON) -> JSONObject:
    """What is asked of a model; an asynchronous chat has it inside of its body."""
    body = said if isinstance(said, dict) else {}
    inner = body.get("request")
    return inner if isinstance(inner, dict) else body


def _models(body: JSONObject, facts: Facts) -> list[ModelFacts]:
    """The models that may answer; all of the presets' where an agent's task names none that is known."""
    chain = body.get("models")
    names = [body.get("model"), _preset(body, facts), *(chain if isinstance(chain, list) else [])]
    known = [facts.models[name] for name in names if isinstance(name, str) and name in facts.models]
    if known or "input" not in body:
        return known
    return [facts.models[preset.model] for preset in facts.presets.values()]


def _preset(body: JSONObject, facts: Facts) -> str:
    """The model of the preset that is asked for."""
    name = _preset_name(body, facts)
    return facts.presets[name].model if name else ""


def _preset_name(body: JSONObject, facts: Facts) -> str:
    said = str(body.get("preset", ""))
    name = facts.preset_aliases.get(said, said)
    return name if name in facts.presets else ""


def _instructions(body: JSONObject, facts: Facts) -> int:
    """Tokens of a preset's own instructions."""
    name = _preset_name(body, facts)
    return facts.presets[name].prompt_tokens if name else 0


def _calls(body: JSONObject, facts: Facts) -> dict[str, int]:
    """How often each tool that is billed may be used, by its type."""
    guessed, bounded = manners.load().guessed, body.get("max_tool_calls")
    each = bounded if isinstance(bounded, int) else guessed.tool_calls
    tools = body.get("tools")
    listed = tools if isinstance(tools, list) else []
    offered = {str(tool.get("type")) for tool in listed if isinstance(tool, dict)}
    name = _preset_name(body, facts)
    offered |= set(facts.presets[name].tools) if name else set()
    return {tool: min(each, 1) if tool in guessed.sessions else each for tool in offered if tool in facts.tools}


def _tokens(model: ModelFacts, read: int, written: int) -> Decimal:
    prices = model.prices
    dearest = max(prices.input, prices.cache_write or ZERO)
    tokens = (read * dearest + written * prices.output) / MILLION
    fee = prices.pro_request or prices.request
    research = manners.load().guessed.research_usd if prices.search_queries is not None else ZERO
    return tokens + research + (ZERO if fee is None else fee.high / THOUSAND)


def _written(body: JSONObject) -> int:
    asked = body.get("max_tokens") or body.get("max_output_tokens")
    return asked if isinstance(asked, int) else manners.load().guessed.output_tokens


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
