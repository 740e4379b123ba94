"""What a task costs: each part rounded by itself, the total their sum (evidence 6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from mock_server.facts import Prices
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import MILLION, ZERO, number, rounded
from mock_server.world.agent.task import Bill, Helper, Tokens


def usage(
    prices: Prices, tokens: Tokens, bills: Mapping[str, Bill], quantum: Decimal, *, factor: int = 1
) -> tuple[JSONObject, Decimal]:
    """Tell tokens and cost.

    Args:
        prices: The model's.
        tokens: What was read and written.
        bills: What tools cost, by the name that the bill gives them.
        quantum: The digit to round to, such as 0.00001.
        factor: What token prices are multiplied by.

    Returns:
        The usage as an answer tells it, and the total in US dollars.
    """
    parts = _parts(prices, tokens, quantum, factor)
    tools = {name: rounded(bills[name].cost, quantum) for name in sorted(bills)}
    if tools:
        parts["tool_calls_cost"] = sum(tools.values(), ZERO)
    total = sum(parts.values(), ZERO)
    cost: JSONObject = {name: number(parts[name]) for name in _BEFORE_CURRENCY if parts.get(name)}
    cost |= {"currency": "USD", **{name: number(parts[name]) for name in ("input_cost", "output_cost")}}
    if tools:
        cost["tool_calls_cost"] = number(parts["tool_calls_cost"])
        cost["tool_calls_cost_details"] = {name: number(amount) for name, amount in tools.items()}
    cost["total_cost"] = number(total)
    return _told(tokens, cost, bills, tools), total


def helper_cost(prices: Prices, helper: Helper) -> Decimal:
    """What it cost to have a page read; not rounded."""
    created = helper.created * (prices.cache_write or prices.input)
    return (created + helper.uncached * prices.input + helper.output * prices.output) / MILLION


_BEFORE_CURRENCY = ("cache_creation_cost", "cache_read_cost")


def _parts(prices: Prices, tokens: Tokens, quantum: Decimal, factor: int) -> dict[str, Decimal]:
    """The parts of a cost; only input that the cache neither took nor gave is billed as input."""
    fresh = tokens.input - tokens.created - tokens.read
    exact = {
        "cache_creation_cost": tokens.created * (prices.cache_write or ZERO),
        "cache_read_cost": tokens.read * (prices.cache_read or ZERO),
        "input_cost": fresh * prices.input,
        "output_cost": tokens.output * prices.output,
    }
    return {name: rounded(factor * amount / MILLION, quantum) for name, amount in exact.items()}


def _told(tokens: Tokens, cost: JSONObject, bills: Mapping[str, Bill], tools: Mapping[str, Decimal]) -> JSONObject:
    details: JSONObject = {"cached_tokens": tokens.read}
    if tokens.cached:
        details = {
            "cache_creation_input_tokens": tokens.created,
            "cache_read_input_tokens": tokens.read,
            "cached_tokens": tokens.read,
        }
    told: JSONObject = {
        "cost": cost,
        "input_tokens": tokens.input,
        "input_tokens_details": details,
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }
    if tools:
        told["tool_calls_details"] = {name: _bill(bills[name], amount) for name, amount in tools.items()}
    told["total_tokens"] = tokens.input + tokens.output
    return told


def _bill(bill: Bill, amount: Decimal) -> JSONObject:
    told: JSONObject = {"cost_usd": number(amount), "invocation": bill.invocations}
    if bill.helpers:
        told["token_usage"] = [_helper(helper) for helper in bill.helpers]
    return told


def _helper(helper: Helper) -> JSON:
    return {
        "input_tokens": helper.created + helper.uncached,
        "input_tokens_details": {"cache_creation_input_tokens": helper.created, "cached_tokens": 0},
        "model": helper.model,
        "output_tokens": helper.output,
        "output_tokens_details": {"reasoning_tokens": 0},
    }
