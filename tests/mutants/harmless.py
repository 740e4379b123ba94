"""Servers that differ from the fake in nothing that matters; no check may blame them."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from tests.mutants.mutant import Exchange, Mutant, frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutants.mutant import Change

_UUID = re.compile(rb"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])")
CHAT = "create_chat_completion"


def _every(change: Callable[[Any], Any]) -> Change:
    """Change every JSON body."""

    def after(exchange: Exchange) -> None:
        if not exchange.streams and exchange.content[:1] in b"{[" and exchange.content:
            exchange.json = change(exchange.json)

    return after


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _indented(exchange: Exchange) -> None:
    if not exchange.streams and exchange.content[:1] in b"{[" and exchange.content:
        exchange.content = b" " + orjson.dumps(exchange.json, option=orjson.OPT_INDENT_2) + b"\n"


def _escaped(exchange: Exchange) -> None:
    if not exchange.streams and exchange.content[:1] in b"{[" and exchange.content:
        exchange.content = "".join(
            letter if ord(letter) < 128 else "".join(f"\\u{unit:04x}" for unit in _units(letter))
            for letter in exchange.content.decode()
        ).encode()


def _units(letter: str) -> list[int]:
    raw = letter.encode("utf-16-be")
    return [int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)]


def _capital(exchange: Exchange) -> None:
    exchange.told = [(name.title(), value) for name, value in exchange.told]


def _chunked(exchange: Exchange) -> None:
    exchange.pieces = 7


def _compressed(exchange: Exchange) -> None:
    if exchange.content and b"gzip" in exchange.headers.get(b"accept-encoding", b""):
        exchange.content = gzip.compress(exchange.content)
        exchange.told.append((b"content-encoding", b"gzip"))


def _more_headers(exchange: Exchange) -> None:
    exchange.told += [(b"server", b"cloudflare"), (b"cf-ray", b"8f0-FRA"), (b"x-ppl-region", b"us-east-1")]


def _charset(exchange: Exchange) -> None:
    exchange.told = [
        (name, value + b"; charset=utf-8" if value == b"application/json" else value) for name, value in exchange.told
    ]


def _other_ids(exchange: Exchange) -> None:
    """Other ids, the same one for the same answer wherever it is told again."""
    exchange.content = _UUID.sub(_fresh, exchange.content)
    exchange.told = [(name, _UUID.sub(_fresh, value)) for name, value in exchange.told]


def _fresh(match: re.Match[bytes]) -> bytes:
    fresh = str(UUID(bytes=hashlib.sha256(match[0]).digest()[:16], version=4)).encode()
    _OLD[fresh] = match[0]
    return fresh


_OLD: dict[bytes, bytes] = {}
"""The fake's own ids, by those that were told in their place."""


def _known_ids(exchange: Exchange) -> None:
    """Ask the fake for what it knows under its own ids."""

    def old(match: re.Match[bytes]) -> bytes:
        return _OLD.get(match[0], match[0])

    exchange.path = _UUID.sub(old, exchange.path.encode()).decode()
    exchange.raw = _UUID.sub(old, exchange.raw)
    exchange.query = {name: _UUID.sub(old, value.encode()).decode() for name, value in exchange.query.items()}


def _other_words(exchange: Exchange) -> None:
    """Other texts of results; none of them is a text that an answer quotes."""
    if exchange.status == 200:
        exchange.content = exchange.content.replace(b'"title":"', b'"title":"On ')


def _added(body: Any) -> Any:
    return {**body, "x_added": {"any": [1, None]}} if isinstance(body, dict) and "error" not in body else body


def _commented(exchange: Exchange) -> None:
    if exchange.streams:
        exchange.content = b": ping\r\n\r\n" + exchange.content.replace(b"\r\n\r\n", b"\r\n\r\n: ping\r\n\r\n", 3)


def _shuffled_keys(exchange: Exchange) -> None:
    def change(value: Any) -> Any:
        if isinstance(value, dict):
            names = sorted(value, key=lambda name: hashlib.sha256(name.encode()).digest())
            return {name: change(value[name]) for name in names}
        return [change(item) for item in value] if isinstance(value, list) else value

    _every(change)(exchange)


def _nulls(exchange: Exchange) -> None:
    """`server_time` may be there with null, or be left out."""
    if exchange.operation == "search" and exchange.status == 200:
        exchange.json = {**exchange.json, "server_time": None}


def _null_dates(exchange: Exchange) -> None:
    """Some results have no day of their last update (evidence 3.6), the same ones wherever they are told."""
    if exchange.operation in {"search", "get_collection_history"} and exchange.status == 200:
        exchange.json = _undated(exchange.json)


def _undated(value: Any) -> Any:
    if isinstance(value, list):
        return [_undated(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "last_updated" in value and len(value.get("url", "")) % 3 == 0:
        return {**value, "last_updated": None}
    return {name: _undated(item) for name, item in value.items()}


HARMLESS = (
    Mutant("nothing-changed"),
    Mutant("keys-reversed", after=_every(_reversed)),
    Mutant("keys-sorted", after=_every(_sorted)),
    Mutant("keys-shuffled", after=_shuffled_keys),
    Mutant("bodies-indented", after=_indented),
    Mutant("letters-escaped", after=_escaped),
    Mutant("headers-in-capitals", after=_capital),
    Mutant("bodies-in-chunks", after=_chunked),
    Mutant("bodies-compressed", after=_compressed),
    Mutant("more-headers", after=_more_headers),
    Mutant("charset-told", after=_charset),
    Mutant("other-ids", before=_known_ids, after=_other_ids),
    Mutant("other-titles", after=_other_words),
    Mutant("a-field-added", after=_every(_added)),
    Mutant("a-field-added-to-frames", after=frames(CHAT, lambda told: [{**frame, "x_added": 1} for frame in told])),
    Mutant("frame-keys-reversed", after=frames(CHAT, lambda told: [_reversed(frame) for frame in told])),
    Mutant("comments-in-streams", after=_commented),
    Mutant("server-time-null", after=_nulls),
    Mutant("update-days-null", after=_null_dates),
    Mutant("longer-refusals", after=lambda e: _longer(e)),
    Mutant("cookies", after=lambda e: e.told.append((b"set-cookie", b"__cf_bm=abc; path=/; HttpOnly"))),
    Mutant("latency", after=lambda e: sum(range(200_000)) and None),
)


def _longer(exchange: Exchange) -> None:
    """A refusal may say more than the contract's words."""
    if exchange.status == 400 and exchange.content.startswith(b'{"error"'):
        exchange.content = exchange.content.replace(b'","type"', b' See the documentation.","type"', 1)


def _all(exchange: Exchange) -> None:
    """Every harmless change, those of bytes and headers last."""
    last = ("bodies-indented", "letters-escaped", "headers-in-capitals", "bodies-in-chunks", "bodies-compressed")
    for mutant in sorted(HARMLESS, key=lambda one: last.index(one.id) if one.id in last else -1):
        if mutant.after is not None and mutant.id != "latency":
            mutant.after(exchange)


ALL_AT_ONCE = Mutant("all-at-once", after=_all)
