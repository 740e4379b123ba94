"""What chats and searches share: filters of a body and its account, collections, cache and ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from mock_server.call import Call, Reply
from mock_server.contract.bodies import ChatCompletionRequest, FocusedSearchRequest, SearchRequest, given
from mock_server.errors import ApiError
from mock_server.jsontypes import JSONObject
from mock_server.state.collections import Collection, Entry
from mock_server.world import filters, ids
from mock_server.world.filters import Days, Filters

SearchBody = ChatCompletionRequest | SearchRequest | FocusedSearchRequest
SEARCH_BODIES: tuple[type[SearchBody], ...] = (ChatCompletionRequest, SearchRequest, FocusedSearchRequest)
Kind = Literal["chat", "search", "focused_search"]

_ACADEMIC = ("academic",)
_CACHE = "cache_"
_FILTER_FIELDS = frozenset(
    {
        "search_domain_filter",
        "search_language_filter",
        "search_recency_filter",
        "search_after_date_filter",
        "search_before_date_filter",
        "last_updated_after_filter",
        "last_updated_before_filter",
        "search_mode",
        "country",
        "web_search_options",
    }
)


def filters_of(call: Call, body: SearchBody) -> Filters:
    """Combine the filters of a body with the domain rules of its account."""
    plain = _FILTER_FIELDS.isdisjoint(body.model_fields_set)
    return ruled(call, filters.NONE if plain else _filters(call, body))


def ruled(call: Call, chosen: Filters) -> Filters:
    """Add the domain rules of the account to filters."""
    rules = call.owner.domains
    if rules.empty:
        return chosen
    allow = (*chosen.allow, rules.allow) if rules.allow else chosen.allow
    return replace(chosen, allow=allow, deny=chosen.deny + rules.deny)


def focused(chosen: Filters, focus: str) -> Filters:
    """Narrow filters to one kind of source."""
    return replace(chosen, focuses=(focus,))


def charge(call: Call, model: str, *, prompt_tokens: int, completion_tokens: int, cost: Decimal) -> None:
    """Write an answered request into the account's ledger."""
    call.owner.ledger.record(
        (call.today.isoformat(), model, call.endpoint),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=cost,
    )


def cached(call: Call, reply: Reply) -> Reply:
    """Give a reply its cache id, and say whether the account had this answer before."""
    mark = call.mark
    reply.headers.append((b"x-cache", b"HIT" if call.owner.cache(mark) else b"MISS"))
    reply.headers.append((b"x-cache-id", _cache_id(mark).encode("ascii")))
    return reply


def uncached(call: Call, name: str) -> bool:
    """Forget the answer of a cache id; returns whether the account had it."""
    try:
        mark = bytes.fromhex(name.removeprefix(_CACHE))
    except ValueError:
        return False
    return name == _cache_id(mark) and call.owner.uncache(mark)


def _cache_id(mark: bytes) -> str:
    return _CACHE + mark.hex()


def collection_of(call: Call, body: SearchBody) -> Collection | None:
    """Find the collection that a body names, if it names one; raises `ApiError` for an unknown one."""
    name = given(body.collection_id)
    if name is None:
        return None
    found = call.owner.collections.get(name)
    if found is None and not call.lenient:
        raise ApiError("not_found")
    return found


def remembered(call: Call, reply: Reply, collection: Collection | None, kind: Kind) -> Reply:
    """Have a reply added to a collection's history once it is as it will be sent."""
    if collection is not None:
        reply.sent = lambda said: collection.add(entry(call, kind, said, number=collection.added))
    return reply


def entry(call: Call, kind: Kind, response: JSONObject, *, number: int) -> Entry:
    """Make the entry of a collection's history; `number` tells the entries of the same request apart."""
    name = "entry_" + ids.digest(number.to_bytes(8, "big"), key=call.digest, size=16).hex()
    return Entry(name, kind, call.now, call.content, response)


def _filters(call: Call, body: SearchBody) -> Filters:
    domains = given(body.search_domain_filter)
    mode = None if isinstance(body, FocusedSearchRequest) else given(body.search_mode)
    return Filters(
        allow=_allow(domains),
        deny=tuple(domain[1:].lower() for domain in domains or () if domain.startswith("-")),
        published=_published(call, body),
        updated=filters.between(
            _day(given(body.last_updated_after_filter)), _day(given(body.last_updated_before_filter))
        ),
        languages=tuple(code.lower() for code in given(body.search_language_filter) or ()),
        country=_country(body),
        focuses=_ACADEMIC if mode == "academic" else (),
    )


def _allow(domains: Sequence[str] | None) -> tuple[tuple[str, ...], ...]:
    allowed = tuple(domain.lower() for domain in domains or () if not domain.startswith("-"))
    return (allowed,) if allowed else ()


def _published(call: Call, body: SearchBody) -> Days:
    """The days of publication: within the recency and between the dates, where given."""
    dates = filters.between(_day(given(body.search_after_date_filter)), _day(given(body.search_before_date_filter)))
    recency = given(body.search_recency_filter)
    return dates if recency is None else dates.within(filters.recent(recency, call.today))


def _country(body: SearchBody) -> str:
    if isinstance(body, ChatCompletionRequest):
        options = body.web_search_options
        location = options.user_location if options else None
        return (location.country or "").upper() if location else ""
    return (given(body.country) or "").upper()


def _day(text: str | None) -> date | None:
    return None if text is None else filters.parse_day(text)
