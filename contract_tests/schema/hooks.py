"""Our own checks, registered with Schemathesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import schemathesis

from contract_tests import conformance, costs, manners
from contract_tests.exchange import Answer, Ask
from contract_tests.findings import UnmetError

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext, HookContext, Response

    from contract_tests.target import Target
    from mock_server.edition import Edition

_MARK = "\x1f"
"""Begins what `kit_conformance` says: a check of Schemathesis can say one text only, so it is JSON, where no text of a
server's can have the mark in it."""
_HELD: list[Target] = []


@contextmanager
def holding(target: Target) -> Iterator[None]:
    """Say which target the answers that follow come from; Schemathesis has no place to say it in a check."""
    _HELD.append(target)
    try:
        yield
    finally:
        _HELD.pop()


def without_dear(edition: Edition) -> Callable[[HookContext, list[Case[Any]]], None]:
    """Make a hook that leaves out examples which may cost more than is polite."""

    def before_add_examples(context: HookContext, examples: list[Case[Any]]) -> None:
        handler = _handler(edition, context.operation.label if context.operation else "")
        dearest = manners.load().polite.dearest_usd
        examples[:] = [case for case in examples if _bound(case, handler, edition) <= dearest]

    return before_add_examples


@schemathesis.check
def kit_conformance(_: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Hold an answer against what holds for every answer; skipped where no target is held."""
    if not _HELD:
        return True
    target = _HELD[-1]
    operation = next((one for one in target.edition.operations.values() if one.endpoint == case.operation.label), None)
    if operation is None or response.request.method != operation.method:
        return True
    headers = tuple((name.lower(), value) for name, values in response.headers.items() for value in values)
    key = str(response.request.headers.get("Authorization") or "").removeprefix("Bearer ")
    ask = Ask(operation, case.formatted_path, key=key)
    try:
        conformance.verify(Answer(ask, response.status_code, headers, response.content or b""), target)
    except UnmetError as error:
        raise AssertionError(_packed(error)) from None
    return None


def unpacked(message: str) -> UnmetError | None:
    """The difference that `kit_conformance` said; None where another check says something."""
    _, mark, said = message.rpartition(_MARK)
    if not mark:
        return None
    check, expected, came, line = orjson.loads(said)
    return UnmetError(expected, came, line=line, check=check)


def _packed(error: UnmetError) -> str:
    parts = (error.check, error.expected, error.came, error.line)
    return _MARK + orjson.dumps([part.encode(errors="backslashreplace").decode() for part in parts]).decode()


def _handler(edition: Edition, label: str) -> str:
    return next((one.handler for one in edition.operations.values() if one.endpoint == label), "")


def _bound(case: Case[Any], handler: str, edition: Edition) -> Decimal:
    """What an example may cost at the most."""
    body = case.body if isinstance(case.body, dict) else None
    return costs.bound(handler, body, 0 if body is None else len(orjson.dumps(body)), edition)
