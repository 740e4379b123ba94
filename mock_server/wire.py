"""Write JSON as the wire does."""

from __future__ import annotations

from decimal import Decimal

import orjson

from mock_server.jsontypes import JSON


def dumps(value: object) -> bytes:
    """Serialise an answer, compact, keys in their order; decimals become numbers without exponent."""
    return orjson.dumps(value, default=_decimal)


def loads(text: bytes) -> JSON:
    """Parse JSON that is known to be sound."""
    content: JSON = orjson.loads(text)
    return content


def canonical(value: JSON) -> bytes:
    """Serialise a request so that equal ones give equal bytes, whatever their order of keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value.normalize(), "f"))
    raise TypeError(f"an answer holds a {type(value).__name__}, which JSON has not")
