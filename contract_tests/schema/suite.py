"""Run Schemathesis in this process, and make findings of what it met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished

from contract_tests import schemathesis_hooks  # noqa: F401  # registers its check and its filter
from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.exchange import shortened
from contract_tests.findings import BudgetSpentError, CouldNotTestError, Finding
from contract_tests.runner import Result, Verdict
from contract_tests.schema import hooks, settings
from contract_tests.schema.rules import RULES, Rule
from contract_tests.target import Target

if TYPE_CHECKING:
    from schemathesis.engine.recorder import CheckNode, ScenarioRecorder


def run(
    client: Client,
    chosen: tuple[Check, ...],
    *,
    seed: int,
    thorough: bool,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Result]:
    """Run the suite; gives a result for each of its checks.

    Args:
        client: Whose target and budget it is.
        chosen: The checks that are wanted.
        seed: Where examples come from.
        thorough: Whether the profile is `full`.
        on_progress: Told how many requests were sent so far.

    Raises:
        CouldNotTestError: Schemathesis could not go on.
    """
    started, before = client.stopwatch.now(), client.budget.requests
    wanted = {rule.name: rule for rule in RULES if any(check.id == rule.id for check in chosen)}
    found: dict[str, dict[str, Finding]] = {rule.id: {} for rule in wanted.values()}
    reason = ""
    try:
        for recorder in _scenarios(client, seed, thorough=thorough):
            _count(client, recorder)
            for rule, finding in _findings(recorder, wanted, client.target, seed):
                found[rule.id].setdefault(finding.fingerprint, finding)
            if on_progress is not None:
                on_progress(client.budget.requests - before)
    except BudgetSpentError as error:
        reason = str(error)
    taken, seconds = client.budget.requests - before, client.stopwatch.now() - started
    for check in chosen:
        findings = tuple(found[check.id].values())
        verdict: Verdict = "failed" if findings else "not run" if reason else "passed"
        yield Result(check, verdict, findings, taken // len(chosen), seconds / len(chosen), reason)


def _scenarios(client: Client, seed: int, *, thorough: bool) -> Iterator[ScenarioRecorder]:
    target = client.target
    key = target.key if target.charges else f"check-schema-{seed}"
    config = settings.configuration(target, key=key, seed=seed, thorough=thorough)
    hooks.hold(target)
    schema = schemathesis.openapi.from_dict(settings.document_for(target), config=config)
    stream = from_schema(schema).execute()
    try:
        for event in stream:
            if isinstance(event, NonFatalError):
                raise CouldNotTestError(f"Schemathesis could not go on at {event.label}: {event.value}")
            if isinstance(event, ScenarioFinished):
                yield event.recorder
    finally:
        stream.stop()


def _count(client: Client, recorder: ScenarioRecorder) -> None:
    """Count what was sent; the budget is looked at after each scenario."""
    for _ in recorder.interactions:
        client.budget.take(client.budget.cost * 0)


def _findings(
    recorder: ScenarioRecorder, wanted: dict[str, Rule], target: Target, seed: int
) -> Iterator[tuple[Rule, Finding]]:
    for case_id, nodes in recorder.checks.items():
        for node in nodes:
            rule = wanted.get(node.name)
            if rule is not None and node.failure_info is not None and (target.is_fake or not rule.fake_only):
                yield rule, _finding(recorder, case_id, node, rule, seed)


def _finding(recorder: ScenarioRecorder, case_id: str, node: CheckNode, rule: Rule, seed: int) -> Finding:
    info = node.failure_info
    if info is None:
        raise ValueError(f"{node.name} did not fail")
    response = recorder.find_response(case_id=info.failure.case_id or case_id)
    case = recorder.cases[case_id].value
    return Finding(
        check=rule.id,
        operation=case.operation.label,
        expected=f"{rule.sentence} ({info.failure.title})",
        line=f"#/paths, {case.operation.label}; Schemathesis {info.failure.code}",
        came=shortened(f"{response.status_code if response else 'no answer'}: {info.failure.message}"),
        request=info.code_sample.replace("[Filtered]", "$PERPLEXITY_API_KEY"),
        seed=seed,
        status=response.status_code if response else 0,
    )
