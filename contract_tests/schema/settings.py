"""How Schemathesis is told to run."""

from __future__ import annotations

from schemathesis.config import SchemathesisConfig

from contract_tests.target import Target
from mock_server.contract import document as documents
from mock_server.jsontypes import JSON, JSONObject

_MOST_EVENTS = 5000
_TIMEOUT = 60
_QUICK, _FULL = 3, 40
_STEPS = 6


def configuration(target: Target, *, key: str, seed: int, thorough: bool) -> SchemathesisConfig:
    """Make a configuration; nothing of a user's own file is looked for.

    Against a target that charges, only the contract's own examples are sent, and requests that the schema allows.

    Args:
        target: The server.
        key: The key to send.
        seed: Where examples come from.
        thorough: Whether the profile is `full`.
    """
    charges = target.charges
    return SchemathesisConfig.from_dict(
        {
            "base-url": target.url,
            "seed": seed,
            "workers": 1,
            "request-timeout": _TIMEOUT,
            "max-stream-events": _MOST_EVENTS,
            "headers": {"Authorization": f"Bearer {key}"},
            "cache": {"enabled": False},
            "generation": {
                "max-examples": _FULL if thorough else _QUICK,
                "database": "none",
                "mode": "positive" if charges else "all",
                "no-shrink": charges,
            },
            "phases": {
                "examples": {"enabled": True},
                "coverage": {"enabled": not charges},
                "fuzzing": {"enabled": not charges, "extra-data-sources": {"responses": False}},
                "stateful": {"enabled": thorough and not charges, "max-steps": _STEPS},
            },
            # The default markers hide `max_tokens` as well, so that no printed command could be run again.
            "output": {
                "sanitization": {"keys-to-sanitize": ["authorization", "cookie"], "sensitive-markers": []},
                "truncation": {"max-recorded-payload-size": 65_536},
            },
        }
    )


def document_for(target: Target) -> JSONObject:
    """The contract as another server is held against it: headers that only the fake sends are asked of the fake."""
    document = target.edition.document
    return document if target.is_fake else documents.mapping(_without_ours(document))


def _without_ours(node: JSON) -> JSON:
    if isinstance(node, list):
        return [_without_ours(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _without_ours(value) for name, value in node.items()}
    headers = kept.get("headers")
    if isinstance(headers, dict) and "description" in kept:
        kept["headers"] = {name: value for name, value in headers.items() if not name.startswith(("x-mock", "x-cache"))}
    return kept
