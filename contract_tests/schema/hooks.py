"""Our own checks, registered with Schemathesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis

from contract_tests import conformance
from contract_tests.exchange import Answer, Ask
from contract_tests.findings import UnmetError

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext, Response

    from contract_tests.target import Target

_HELD: list[Target] = []


def hold(target: Target) -> None:
    """Say which target the answers that follow come from; Schemathesis has no place to say it in a check."""
    _HELD[:] = [target]


@schemathesis.check
def kit_conformance(_: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Hold an answer against what holds for every answer; skipped where no target is held."""
    if not _HELD:
        return True
    target = _HELD[0]
    operation = next((one for one in target.edition.operations.values() if one.endpoint == case.operation.label), None)
    if operation is None or response.request.method != operation.method:
        return True
    headers = tuple((name.lower(), value) for name, values in response.headers.items() for value in values)
    key = str(response.request.headers.get("Authorization") or "").removeprefix("Bearer ")
    ask = Ask(operation, case.formatted_path, key=key)
    try:
        conformance.verify(Answer(ask, response.status_code, headers, response.content or b""), target)
    except UnmetError as error:
        raise AssertionError(f"{error.check}: {error}") from None
    return None
