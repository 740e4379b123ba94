"""One difference between two editions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mock_server.jsontypes import JSON

Kind = Literal[
    "endpoint_removed",
    "endpoint_refused",
    "endpoint_renamed",
    "endpoint_added",
    "model_removed",
    "model_added",
    "enum_value_removed",
    "enum_value_added",
    "field_removed",
    "field_added",
    "field_required",
    "field_optional",
    "type_changed",
    "bound_changed",
    "status_removed",
    "status_added",
    "header_removed",
    "header_added",
    "parameter_removed",
    "parameter_added",
    "security_changed",
    "default_changed",
    "error_removed",
    "error_added",
    "error_type_changed",
    "message_changed",
    "number_format_changed",
    "price_changed",
    "limit_changed",
    "stream_grammar_changed",
    "behaviour_changed",
    "doc_only",
]

HARMLESS: frozenset[Kind] = frozenset(
    {
        "endpoint_added",
        "model_added",
        "field_added",
        "field_optional",
        "header_added",
        "parameter_added",
        "status_added",
        "error_added",
        "doc_only",
    }
)
"""The kinds that a client which ignores what it does not know survives; a new enum value is none of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Args:
        kind: Its class.
        where: An operation (`POST /search`), a field (`ChatCompletion.citations`), or a line of the tables
            (`models.sonar.prices.input`).
        before: What stood there; nothing where nothing did.
        after: What stands there now.
    """

    kind: Kind
    where: str
    before: JSON = None
    after: JSON = None

    @property
    def breaking(self) -> bool:
        """Whether a client may have to change for it."""
        return self.kind not in HARMLESS
