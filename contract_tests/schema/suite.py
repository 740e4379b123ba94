"""Run Schemathesis in this process, and make findings of what it met."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.errors import ServerUnavailable, UnhealthyAPIError, UnresponsiveOperationError
from schemathesis.engine.events import EngineEvent, FatalError, Interrupted, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import Request

from contract_tests import schemathesis_hooks  # noqa: F401  # registers its check and its filter
from contract_tests.client import Client
from contract_tests.exchange import shortened
from contract_tests.findings import CouldNotTestError, Finding, GivenUpError, UnmetError
from contract_tests.plan import Plan
from contract_tests.runner import INTERRUPTED, Result, Verdict
from contract_tests.schema import curl, hooks, settings
from contract_tests.schema.meter import Meter, each
from contract_tests.schema.rules import RULES, WHOLE_ANSWER, Rule

if TYPE_CHECKING:
    from schemathesis.engine.recorder import CheckNode, Interaction, ScenarioRecorder

_IN_A_ROW = 3
_SILENT = (requests.RequestException, ServerUnavailable, UnhealthyAPIError, UnresponsiveOperationError)
"""What Schemathesis says of a server that does not answer."""


def run(client: Client, plan: Plan, *, seed: int, on_progress: Callable[[int], None] | None = None) -> Iterator[Result]:
    """Run the suite; gives a result for each of its checks.

    Args:
        client: Whose target and budget it is.
        plan: Which checks are wanted, and how much.
        seed: Where examples come from.
        on_progress: Told how many requests were sent so far.

    Raises:
        CouldNotTestError: Schemathesis could not go on.
    """
    started = client.stopwatch.now()
    suite = _Suite(client, plan, seed)
    suite.run(on_progress or (lambda _: None))
    seconds, share = client.stopwatch.now() - started, len(plan.schema)
    for place, check in enumerate(plan.schema):
        findings = tuple(suite.found.get(check.id, {}).values())
        verdict: Verdict = "failed" if findings else "not run" if suite.reason else "passed"
        taken = suite.meter.requests // share + (place < suite.meter.requests % share)
        yield Result(check, verdict, findings, taken, seconds / share, suite.reason, stops=bool(suite.reason))


@dataclass
class _Suite:
    """One run: what it may find, and what it found."""

    client: Client
    plan: Plan
    seed: int
    reason: str = ""
    found: dict[str, dict[str, Finding]] = field(default_factory=dict)
    unanswered: int = 0

    def __post_init__(self) -> None:
        wanted = {check.id for check in self.plan.schema}
        self.rules = {rule.name: rule for rule in RULES if rule.id in wanted}
        self.meter = Meter(self.client, self.plan.made_up)

    def run(self, on_progress: Callable[[int], None]) -> None:
        """Take the events one by one, until they end or there is a reason to stop."""
        try:
            self.client.tell_of_silence()
            with _crashes(self.crashed):
                self._take_all(on_progress)
        except GivenUpError as error:
            self.reason = str(error)
        except KeyboardInterrupt:
            self.reason = INTERRUPTED
        self.reason = self.meter.reason or self.reason

    def _take_all(self, on_progress: Callable[[int], None]) -> None:
        for event in _events(self.client, self.plan, self.seed, self.meter):
            self._take(event)
            on_progress(self.meter.requests)
            if self.reason:
                break

    def _take(self, event: EngineEvent) -> None:
        match event:
            case ScenarioFinished():
                if event.recorder.has_responses():
                    self.unanswered = 0
                for rule, finding in _findings(event.recorder, self.rules, self.seed):
                    self._keep(rule, finding)
            case NonFatalError() if isinstance(event.value, _SILENT):
                self._unanswered(event.label, event.value)
            case NonFatalError():
                raise CouldNotTestError(f"Schemathesis could not go on at {event.label}: {event.value}")
            case FatalError():
                raise CouldNotTestError(f"Schemathesis could not go on: {event.exception}")
            case Interrupted():
                self.reason = INTERRUPTED
            case _:
                pass

    def _keep(self, rule: Rule, finding: Finding) -> None:
        target = self.client.target
        hidden = finding.without(*([] if target.takes_any_key else [target.key]))
        self.found.setdefault(rule.id, {}).setdefault(hidden.fingerprint, hidden)

    def crashed(self, error: BaseException) -> None:
        """Blame the server for an answer that Schemathesis broke on, such as JSON that is too deep to read."""
        rule = self.rules.get(WHOLE_ANSWER)
        self.reason = f"Schemathesis broke on an answer: {type(error).__name__}"
        if rule is not None:
            self._keep(rule, _silence("", error, rule, self.seed))

    def _unanswered(self, label: str, error: Exception) -> None:
        rule = self.rules.get(WHOLE_ANSWER)
        if rule is not None:
            self._keep(rule, _silence(label, error, rule, self.seed))
        self.unanswered += 1
        if self.unanswered >= _IN_A_ROW:
            self.reason = f"{_IN_A_ROW} operations in a row got no whole answer from {self.client.target.url}"


@contextmanager
def _crashes(tell: Callable[[BaseException], None]) -> Iterator[None]:
    """Learn of what ended a thread of Schemathesis, which otherwise is a traceback and a run that looks whole."""
    before = threading.excepthook

    def hook(crash: threading.ExceptHookArgs) -> None:
        named = crash.thread.name if crash.thread else ""
        if named.startswith("schemathesis") and crash.exc_value is not None:
            tell(crash.exc_value)
        else:
            before(crash)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = before


def _events(client: Client, plan: Plan, seed: int, meter: Meter) -> Iterator[EngineEvent]:
    target = client.target
    key = f"check-schema-{seed}" if target.takes_any_key else target.key
    config = settings.configuration(target, key=key, seed=seed, thorough=plan.thorough, timeout=client.timeout)
    document = settings.document_for(target, thorough=plan.thorough, writes=plan.writes)
    schema = schemathesis.openapi.from_dict(document, config=config)
    if target.charges:
        schema.hooks.register_hook_with_name(hooks.without_dear(target.edition), "before_add_examples")
    stream = from_schema(schema).execute()
    with hooks.holding(target):
        yield from each(stream.generator, meter, stream.stop)


def _findings(recorder: ScenarioRecorder, wanted: dict[str, Rule], seed: int) -> Iterator[tuple[Rule, Finding]]:
    for case_id, nodes in recorder.checks.items():
        for node in nodes:
            rule = wanted.get(node.name)
            if rule is not None and node.failure_info is not None:
                yield rule, _finding(recorder, case_id, node, rule, seed)


def _finding(recorder: ScenarioRecorder, case_id: str, node: CheckNode, rule: Rule, seed: int) -> Finding:
    info = node.failure_info
    if info is None:
        raise ValueError(f"{node.name} did not fail")
    failed = info.failure.case_id or case_id
    interaction = recorder.interactions.get(failed) or recorder.interactions.get(case_id)
    response = interaction.response if interaction else None
    own = hooks.unpacked(info.failure.message) if rule.name == "kit_conformance" else None
    if own is not None:
        return _of_the_kit(recorder, case_id, own, interaction, seed)
    return Finding(
        check=rule.id,
        operation=recorder.cases[case_id].value.operation.label,
        expected=f"{rule.sentence} ({info.failure.title})",
        line=f"#/paths, {recorder.cases[case_id].value.operation.label}; Schemathesis {info.failure.code}",
        came=shortened(f"{response.status_code if response else 'no answer'}: {_on_one_line(info.failure.message)}"),
        request=curl.line(interaction.request) if interaction else info.code_sample,
        seed=seed,
        status=response.status_code if response else 0,
    )


def _of_the_kit(
    recorder: ScenarioRecorder, case_id: str, met: UnmetError, interaction: Interaction | None, seed: int
) -> Finding:
    """What the kit's own check said, under the id that it has wherever it comes up."""
    return Finding(
        check=met.check,
        operation=recorder.cases[case_id].value.operation.label,
        expected=met.expected,
        line=met.line or f"#/paths, {recorder.cases[case_id].value.operation.label}",
        came=met.came,
        request=curl.line(interaction.request) if interaction else "",
        seed=seed,
        status=interaction.response.status_code if interaction and interaction.response else 0,
    )


def _silence(label: str, error: BaseException, rule: Rule, seed: int) -> Finding:
    request = getattr(error, "request", None)
    known = Request.from_prepared_request(request) if isinstance(request, requests.PreparedRequest) else None
    return Finding(
        check=rule.id,
        operation=label,
        expected=rule.sentence,
        line=f"#/paths, {label}",
        came=shortened(f"{type(error).__name__}: {error}"),
        request=curl.line(known) if known else "",
        seed=seed,
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
