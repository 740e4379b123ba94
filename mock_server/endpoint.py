"""One operation of one edition, bound to its handler and its rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_server import reading, scripting
from mock_server.call import Call, Reply
from mock_server.contract.bodies import Body
from mock_server.contract.operation import Operation
from mock_server.edition import Edition
from mock_server.errors import ApiError, ContractError
from mock_server.jsontypes import JSON
from mock_server.operations import HANDLERS, Handler
from mock_server.reading import Narrowing
from mock_server.rules import RULES, Rule, catalogue
from mock_server.streaming import wishes

ALL = "all"
_MOST_PLANS = 1024


@dataclass(frozen=True, slots=True)
class HeldRule:
    """A rule with the error that its breach gives."""

    rule: Rule
    error: str

    def concerns(self, given: frozenset[str]) -> bool:
        """Whether a body that gives some fields may break the rule."""
        return not self.rule.fields or not self.rule.fields.isdisjoint(given)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers an operation."""

    operation: Operation
    handler: Handler
    rules: tuple[HeldRule, ...]
    narrowing: Narrowing | None
    lenient: bool
    plans: dict[frozenset[str], tuple[HeldRule, ...]] = field(default_factory=dict)

    def answer(self, call: Call, raw: bytes) -> Reply:
        """Answer a call whose body is given; raises `ApiError`."""
        if self.operation.refusal is not None:
            raise ApiError(self.operation.refusal)
        body = self._read(call, raw)
        subject = self.handler.subject(body)
        for held in self._concerned(subject):
            broken = held.rule.broken(call, subject)
            if broken is not None:
                raise ApiError(held.error, rule=held.rule.id, facts=broken)
        if self.operation.streams:
            call.habits = wishes.read(call)
        call.identify()
        world = self.handler.answer
        reply = scripting.answer(call, body, world) if call.lane.stubs.active else world(call, body)
        _amend(call, reply)
        if reply.sent is not None:
            reply.sent(reply.body)
        return reply

    def _concerned(self, body: Body) -> tuple[HeldRule, ...]:
        """The rules that a body may break; remembered, as most bodies of a client give the same fields."""
        given = frozenset(body.model_fields_set)
        plan = self.plans.get(given)
        if plan is None:
            plan = tuple(held for held in self.rules if held.concerns(given))
            if len(self.plans) < _MOST_PLANS:
                self.plans[given] = plan
        return plan

    def _read(self, call: Call, raw: bytes) -> Body:
        if self.operation.body is None:
            known = {name: call.query[name] for name in self.operation.parameters if name in call.query}
            return reading.typed(self.handler.model, {**known}, call)
        if not raw and not self.operation.body_required:
            return reading.typed(self.handler.model, {}, call)
        content: JSON = call.content or reading.parse(raw, call.headers)  # a gate may have parsed it
        if isinstance(content, dict):
            call.content = content
        return reading.typed(self.handler.model, content, call, narrowing=self.narrowing, lenient=self.lenient)


def bind(edition: Edition, base: Edition, *, rules_off: tuple[str, ...], lenient: bool) -> dict[str, Endpoint]:
    """Bind an edition's operations.

    Args:
        edition: The edition.
        base: The edition that the typed bodies are proved equal to.
        rules_off: Ids of rules that are not held, or `all`.
        lenient: Take well-typed values that the contract forbids; no rule is held then.

    Raises:
        ContractError: An operation has no handler, a handler no operation, or the same with rules.
    """
    _check_handlers(base)
    _check_rules(base, rules_off)
    return {
        operation.id: Endpoint(
            operation=operation,
            handler=HANDLERS[operation.handler],
            rules=() if lenient or ALL in rules_off else _held(operation, edition, rules_off),
            narrowing=_narrowing(operation, base),
            lenient=lenient,
        )
        for operation in edition.operations.values()
    }


def _amend(call: Call, reply: Reply) -> None:
    """Let stubs and faults change the body; what they do to the shape of a stream is done to each of its frames."""
    for amend in call.amendments:
        reply.body = amend(reply.body)
    if reply.streamed is None:
        for reshape in call.reshapings:
            reply.body = reshape(reply.body)


def _held(operation: Operation, edition: Edition, rules_off: tuple[str, ...]) -> tuple[HeldRule, ...]:
    return tuple(
        HeldRule(RULES[declared.id], declared.error)
        for declared in catalogue.load()
        if operation.handler in declared.operations and declared.holds_in(edition.name) and declared.id not in rules_off
    )


def _narrowing(operation: Operation, base: Edition) -> Narrowing | None:
    """What an overlay changed in the body that the typed one cannot know."""
    original = base.operations.get(operation.id) or base.operations.get(operation.handler)
    if operation.body is None or original is None or operation.body_schemas == original.body_schemas:
        return None
    return reading.narrowing(operation, original)


def _check_handlers(base: Edition) -> None:
    needed = {operation.handler for operation in base.operations.values()}
    missing, surplus = sorted(needed - HANDLERS.keys()), sorted(HANDLERS.keys() - needed)
    if missing:
        raise ContractError(f"the contract has operations without a handler in operations/: {', '.join(missing)}")
    if surplus:
        raise ContractError(f"operations/ has handlers without an operation in the contract: {', '.join(surplus)}")


def _check_rules(base: Edition, rules_off: tuple[str, ...]) -> None:
    declared = {declaration.id for declaration in catalogue.load()}
    if declared != RULES.keys():
        odd = ", ".join(sorted(declared ^ RULES.keys()))
        raise ContractError(f"declared in openapi/rules.yaml or made in rules/, but not both: {odd}")
    unknown = sorted(set(rules_off) - declared - {ALL})
    if unknown:
        raise ContractError(f"there is no rule {unknown[0]!r} to switch off; `pplx-mock spec --rules` lists them")
    for declaration in catalogue.load():
        if declaration.error not in base.facts.errors:
            raise ContractError(f"{declaration.id} names {declaration.error}, which fixtures/errors.yaml has not")
