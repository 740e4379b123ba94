"""How Schemathesis is told to run."""

from __future__ import annotations

from schemathesis.config import SchemathesisConfig

from contract_tests import manners
from contract_tests.target import Target
from mock_server.contract import document as documents
from mock_server.contract.operation import Operation
from mock_server.jsontypes import JSON, JSONObject

_MOST_EVENTS = 5000
_TIMEOUT = 60
_QUICK, _FULL = 3, 40
_STEPS = 6


def configuration(
    target: Target, *, key: str, seed: int, thorough: bool, timeout: float = _TIMEOUT
) -> SchemathesisConfig:
    """Make a configuration; nothing of a user's own file is looked for.

    Against a target that charges, only the contract's own examples are sent, and requests that the schema allows.

    Args:
        target: The server.
        key: The key to send.
        seed: Where examples come from.
        thorough: Whether the profile is `full`.
        timeout: Seconds to wait for an answer.
    """
    charges = target.charges
    return SchemathesisConfig.from_dict(
        {
            "base-url": target.url,
            "seed": seed,
            "workers": 1,
            "request-timeout": timeout,
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
                # It takes an empty list for its own, so a marker stands there that no name holds.
                "sanitization": {
                    "keys-to-sanitize": ["authorization", "cookie"],
                    "sensitive-markers": ["no-such-name"],
                },
                "truncation": {"max-recorded-payload-size": 65_536},
            },
        }
    )


def document_for(target: Target, *, thorough: bool, writes: bool) -> JSONObject:
    """The contract as a server is held against it.

    Headers that only the fake sends are asked of the fake alone. The profile `quick` asks each operation under one of
    its paths; its other names are for `full`.

    Args:
        target: The server.
        thorough: Whether the profile is `full`.
        writes: Whether operations that write or delete are asked of a server that charges.
    """
    document = target.edition.document
    if not target.is_fake:
        document = documents.mapping(_without_ours(document))
    left_out = {
        (one.path, one.method.lower())
        for one in target.edition.operations.values()
        if (target.charges and _is_impolite(one, writes=writes)) or (one.handler != one.id and not thorough)
    }
    return _without(document, left_out) if left_out else document


def _is_impolite(operation: Operation, *, writes: bool) -> bool:
    """Whether nobody wants it asked for nothing."""
    return operation.handler in manners.UNTOUCHED or (manners.writes(operation) and not writes)


def _without(document: JSONObject, left_out: set[tuple[str, str]]) -> JSONObject:
    paths = {
        path: {name: node for name, node in documents.mapping(item).items() if (path, name) not in left_out}
        for path, item in documents.mapping(document["paths"]).items()
    }
    return {**document, "paths": {path: item for path, item in paths.items() if item}}


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
