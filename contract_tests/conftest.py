"""The checks as pytest's tests: `pytest --pyargs contract_tests --perplexity-target fake|live|URL`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation

import pytest

from contract_tests import plan, runner
from contract_tests.budget import Budget
from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.findings import CouldNotTestError
from contract_tests.plan import Plan
from contract_tests.runner import Result
from contract_tests.target import Target
from contract_tests.targets import Wanted, opened, planned

_PLAN = pytest.StashKey[Plan]()
_WANTED = pytest.StashKey[Wanted]()
_TESTED = pytest.StashKey[list[bool]]()
_COULD_NOT_RUN = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what the plugin of pplx-mock has no option for, as only the kit wants it."""
    group = parser.getgroup("perplexity")
    group.addoption(
        "--perplexity-profile", default="quick", choices=["quick", "full"], help="how much the checks ask (quick)"
    )
    group.addoption(
        "--perplexity-allow-writes", action="store_true", help="let checks create and delete things at a live target"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each check that applies."""
    if "check" in metafunc.fixturenames:
        checks = _plan(metafunc.config).checks
        metafunc.parametrize("check", checks, ids=[check.id for check in checks])


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say what is about to happen."""
    chosen = config.stash.get(_PLAN, None)
    if chosen is None:
        return []
    wanted = config.stash[_WANTED]
    paid = f", at most {chosen.cost} USD" if chosen.charges else ""
    return [
        f"perplexity: {wanted.target}, seed {wanted.seed}; all checks take at most {chosen.requests} requests{paid}"
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a run that tested nothing be no success."""
    tested = session.config.stash.get(_TESTED, [])
    if tested and not any(tested) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = _COULD_NOT_RUN


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> Iterator[Contract]:
    """The target of the session, opened once."""
    wanted, chosen = pytestconfig.stash[_WANTED], pytestconfig.stash[_PLAN]
    pytestconfig.stash[_TESTED] = []
    with ExitStack() as stack:
        try:
            target = stack.enter_context(opened(wanted))
        except CouldNotTestError as error:
            pytest.exit(f"could not run: {error}", returncode=_COULD_NOT_RUN)
        client = stack.enter_context(Client(target, _budget(pytestconfig, target)))
        yield Contract(client, chosen, wanted.seed, pytestconfig.stash[_TESTED])


class Contract:
    """Runs checks; those of the schemas run together when the first of them is asked for."""

    def __init__(self, client: Client, chosen: Plan, seed: int, tested: list[bool]) -> None:
        self._client = client
        self._plan = chosen
        self._seed = seed
        self._tested = tested
        self._together: dict[str, Result] = {}

    def result(self, check: Check) -> Result:
        """Run a check."""
        found = self._schema(check) if check in self._plan.schema else self._alone(check)
        if found.reason == runner.INTERRUPTED:
            raise KeyboardInterrupt
        self._tested.append(found.verdict != "not run")
        return found

    def _alone(self, check: Check) -> Result:
        return runner.run_one(self._client, check, seed=self._seed, thorough=self._plan.thorough)

    def _schema(self, check: Check) -> Result:
        if not self._together:
            from contract_tests.schema import suite  # noqa: PLC0415  # heavy

            ran = suite.run(self._client, self._plan, seed=self._seed)
            self._together = {result.check.id: result for result in ran}
        return self._together[check.id]


def _plan(config: pytest.Config) -> Plan:
    """Make the plan without asking the target."""
    try:
        wanted = config.stash[_WANTED] = Wanted(
            config.getoption("perplexity_target"),
            config.getoption("perplexity_edition") or "",
            int(config.getoption("perplexity_seed") or config.getini("perplexity_seed")),
        )
        target = Target(wanted.kind, "", "", planned(wanted, os.environ))
        thorough = config.getoption("perplexity_profile") == "full"
        writes = config.getoption("perplexity_allow_writes")
        chosen = config.stash[_PLAN] = plan.make(target, (), thorough=thorough, writes=writes)
    except (CouldNotTestError, ValueError) as error:
        raise pytest.UsageError(str(error)) from None
    return chosen


def _budget(config: pytest.Config, target: Target) -> Budget:
    """The budget of a live run; the plugin's bounds hold for nothing else."""
    if not target.charges:
        return Budget()
    try:
        return Budget(config.getoption("perplexity_max_requests"), Decimal(config.getoption("perplexity_max_cost")))
    except InvalidOperation:
        raise pytest.UsageError("--perplexity-max-cost is in US dollars") from None
