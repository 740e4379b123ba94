"""Tell a violation as the `detail` of the vendor's specification does (evidence 4.2, HTTPValidationError)."""

from __future__ import annotations

from mock_server.contract.violations import Violation
from mock_server.jsontypes import JSONObject

STATUS = 422

_KINDS = {
    "required": "missing",
    "enum": "enum",
    "const": "literal_error",
    "pattern": "string_pattern_mismatch",
    "minLength": "string_too_short",
    "maxLength": "string_too_long",
    "minItems": "too_short",
    "maxItems": "too_long",
    "minimum": "greater_than_equal",
    "maximum": "less_than_equal",
    "additionalProperties": "extra_forbidden",
}
_TYPES = {
    "string": "string_type",
    "integer": "int_type",
    "number": "float_type",
    "boolean": "bool_type",
    "array": "list_type",
    "object": "model_attributes_type",
}
_OTHER = "value_error"


def detail(violation: Violation, *, place: str) -> JSONObject:
    """Write one line of the detail.

    Args:
        violation: What was broken.
        place: What was read: `body` or `query`.
    """
    kind = _TYPES.get(str(violation.limit), _OTHER) if violation.keyword == "type" else _KINDS.get(violation.keyword)
    return {"loc": [place, *violation.path], "msg": violation.reason, "type": kind or _OTHER}
