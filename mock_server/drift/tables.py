"""What differs between the tables of facts of two editions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from mock_server.drift.change import Change, Kind
from mock_server.facts import Facts
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import number

_SKIPPED = re.compile(
    r"(sources|listed|accounts|grammars)\b|wire\.(now|stream_grammar)$|.*\b(provenance|source)\b",
)
"""What is compared elsewhere, or is no behaviour: where a clock stands, why a line is believed, well-known keys."""

_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"models\.\S+\.prices\b|tools\.\S+price$|search_request_price$", "price_changed"),
    (r"limits\b", "limit_changed"),
    (r"(errors|dialects)\.\S+\.(type|status)$", "error_type_changed"),
    (r"(errors|dialects)\.\S+\.(message|param)$", "message_changed"),
    (r"stream_grammar\.decimals$|wire\.cost_decimals$", "number_format_changed"),
    (r"stream_grammar\b", "stream_grammar_changed"),
    (r"presets\b|preset_aliases\b|wire\.\w*stand_in$|agent\.(bare|effort|helper)$", "default_changed"),
)
_ERRORS = "errors"


def changes(before: Facts, after: Facts, *, models: frozenset[str]) -> Iterator[Change]:
    """Compare two sets of tables.

    Args:
        before: Some tables.
        after: Those in their place.
        models: The models that count; others come and go without anybody's meeting them.
    """
    yield from _differences(_flat(before, models), _flat(after, models), "")


def _flat(facts: Facts, models: frozenset[str]) -> JSON:
    content = facts.model_dump(mode="python")
    content["models"] = {name: found for name, found in content["models"].items() if name in models}
    content["limits"] = {limit["name"]: limit for limit in content["limits"]}
    content["stream_grammar"] = content["grammars"][facts.wire.stream_grammar]
    return _json(content)


def _json(value: object) -> JSON:
    """Tables as JSON, money as it is written on the wire."""
    if isinstance(value, dict):
        return {str(key): _json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    if isinstance(value, Decimal):
        return number(value)
    return value if isinstance(value, str | int | float | bool) else None


def _differences(before: JSON, after: JSON, where: str) -> Iterator[Change]:
    if before == after or (where and _SKIPPED.match(where)):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _member(before, after, name, where)
    else:
        yield Change(_kind(where), where, before, after)


def _member(before: JSONObject, after: JSONObject, name: str, where: str) -> Iterator[Change]:
    step = name or '""'
    place = f"{where}.{step}" if where else step
    if where == _ERRORS and (name in before) is not (name in after):
        yield Change("error_removed" if name in before else "error_added", place)
        return
    yield from _differences(before.get(name), after.get(name), place)


def _kind(where: str) -> Kind:
    return next((kind for pattern, kind in _KINDS if re.match(pattern, where)), "behaviour_changed")
