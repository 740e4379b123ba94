"""Hooks for Schemathesis: some refusals of well-formed requests are explained by declared rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

from mock_server import facts
from mock_server.contract import editions
from mock_server.rules import catalogue

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext, HookContext, Response
    from schemathesis.core.failures import Failure


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Keep every failure but this one: a well-formed request is refused, and a rule of its operation says why."""
    return not (isinstance(failure, RejectedPositiveData) and is_explained(case, response))


@schemathesis.check
def stream_is_whole(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Find streams that Schemathesis stopped to read, as it passes them unseen; `max-stream-events` is too low then."""
    assert not response.stream_cut_short, f"{case.operation.label}: the stream was not read to its end"  # noqa: S101  # how a check fails


def is_explained(case: Case[Any], response: Response) -> bool:
    """Whether a refusal names a rule that its edition holds the operation to, with the rule's own status and type."""
    identity, edition = _header(response, "x-mock-rule"), _header(response, "x-mock-edition")
    if edition not in editions.names():
        return False
    for rule in catalogue.load():
        if rule.id == identity and rule.holds_in(edition) and _handler(case) in rule.operations:
            error = facts.load(edition).errors[rule.error]
            return (response.status_code, _type(response)) == (error.status, error.type)
    return False


def _handler(case: Case[Any]) -> str:
    """The operation that rules name: the one that is tested, or the one that it is an alias of."""
    operation: dict[str, Any] = case.operation.definition.raw
    return str(operation.get("x-mock", {}).get("alias_of", operation["operationId"]))


def _header(response: Response, name: str) -> str:
    return ", ".join(response.headers.get(name, []))


def _type(response: Response) -> str | None:
    """The error's type; nothing where the body is no envelope."""
    try:
        kind: object = response.json()["error"]["type"]
    except (ValueError, LookupError, TypeError):
        return None
    return kind if isinstance(kind, str) else None
