"""What an answer costs, by the price table and its rounding."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from mock_server.facts import ModelFacts, Prices
from mock_server.money import MILLION, THOUSAND, ZERO, number, rounded


@dataclass(slots=True)
class Research:
    """What deep research counts beside its text."""

    citation_tokens: int
    reasoning_tokens: int
    queries: int


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars: each part rounded by itself, the total the exact sum rounded once (evidence 6.4).

    `members` are both as an answer says them.
    """

    parts: tuple[tuple[str, Decimal], ...]
    total: Decimal
    members: tuple[tuple[str, int | float], ...]


def fee(model: ModelFacts, context_size: str, *, pro: bool) -> Decimal | None:
    """The price of a thousand requests, or nothing where a model has no request fee."""
    table = model.prices.pro_request if pro and model.prices.pro_request else model.prices.request
    return None if table is None else Decimal(getattr(table, context_size))


def chat(prices: Prices, prompt: int, completion: int, request_fee: Decimal | None, quantum: Decimal) -> Cost:
    """Price a chat answer.

    Args:
        prices: The model's prices.
        prompt: Tokens of the prompt.
        completion: Tokens of the answer.
        request_fee: Dollars for a thousand requests; nothing leaves the part out.
        quantum: The digit to round to, such as 0.00001.
    """
    parts = [
        ("input_tokens_cost", prompt * prices.input / MILLION),
        ("output_tokens_cost", completion * prices.output / MILLION),
    ]
    if request_fee is not None:
        parts.append(("request_cost", request_fee / THOUSAND))
    return _cost(parts, quantum)


def research(prices: Prices, prompt: int, completion: int, counted: Research, quantum: Decimal) -> Cost:
    """Price an answer of deep research; arguments as `chat`, with what it counts instead of a fee."""
    parts = [
        ("input_tokens_cost", prompt * prices.input / MILLION),
        ("output_tokens_cost", completion * prices.output / MILLION),
        ("citation_tokens_cost", counted.citation_tokens * (prices.citation or ZERO) / MILLION),
        ("reasoning_tokens_cost", counted.reasoning_tokens * (prices.reasoning or ZERO) / MILLION),
        ("search_queries_cost", counted.queries * (prices.search_queries or ZERO) / THOUSAND),
    ]
    return _cost(parts, quantum)


def embeddings(prices: Prices, tokens: int) -> Decimal:
    """Price embeddings; not rounded (evidence 6.2)."""
    return tokens * prices.input / MILLION


@lru_cache(4)
def quantum(decimals: int) -> Decimal:
    """The last digit of a number of decimals."""
    return Decimal(1).scaleb(-decimals)


def _cost(parts: list[tuple[str, Decimal]], quantum: Decimal) -> Cost:
    exact = sum([amount for _, amount in parts], ZERO)
    shown = tuple([(name, rounded(amount, quantum)) for name, amount in parts])
    total = rounded(exact, quantum)
    members = tuple([(name, number(amount)) for name, amount in (*shown, ("total_cost", total))])
    return Cost(shown, total, members)
