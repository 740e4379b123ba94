"""Plans: what is announced is not exceeded, and the list of checks is what the pages say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from contract_tests import catalogue, listing, manners, plan, runner, session
from contract_tests.budget import Budget
from contract_tests.client import Client
from contract_tests.findings import CouldNotTestError
from contract_tests.schema import rules, settings
from contract_tests.target import Target
from contract_tests.targets import Wanted, opened
from mock_server import edition
from mock_server.contract import editions
from tests.kit import target

EDITIONS = editions.names()


@pytest.fixture(scope="module", params=EDITIONS)
def fake(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A fake of each edition in a process of its own."""
    with opened(Wanted("fake", request.param)) as held:
        yield held


# Estimates


@pytest.mark.parametrize("seed", [1])
def test_no_check_takes_more_than_it_says_in_the_quick_profile(fake: Target, seed: int) -> None:
    _hold_estimates(fake, seed, thorough=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1))
def test_no_check_takes_more_than_it_says_in_the_full_profile(fake: Target, seed: int) -> None:
    _hold_estimates(fake, seed, thorough=True)


def _hold_estimates(held: Target, seed: int, *, thorough: bool) -> None:
    chosen = plan.make(held, [], thorough=thorough, writes=False)
    found, over = [], {}
    with Client(held) as client:
        for result in runner.run(client, chosen.meaning, seed=seed, thorough=thorough):
            most = result.check.estimate.full if thorough else result.check.estimate.quick
            found += [f"{one.check} {one.operation}: {one.expected}; came: {one.came}" for one in result.findings]
            if result.requests > most:
                over[result.check.id] = f"{result.requests} of {most}"

    assert not found
    assert not over, f"more requests than the estimates: {over}"


def test_a_plan_counts_schemathesis_once_whichever_of_its_checks_are_chosen() -> None:
    one = plan.make(target(""), ["PPLX-SCHEMA-001"], thorough=False, writes=False)
    all_of_them = plan.make(target(""), ["PPLX-SCHEMA"], thorough=False, writes=False)

    assert one.requests == all_of_them.requests == rules.most(thorough=False, charges=False)


# A live run


@pytest.mark.parametrize("most", ["0.001", "0.02", "0.3"])
def test_a_live_run_never_pays_more_than_it_may(fake: Target, most: str) -> None:
    played = replace(fake, kind="live", key=f"payer-{most}")
    chosen = plan.make(played, [], thorough=True, writes=False)
    with Client(played, Budget(max_cost=Decimal(most))) as client:
        results = [*session.results(client, chosen, seed=0)]

    assert client.budget.cost <= Decimal(most)
    assert any(result.verdict == "not run" for result in results)


def test_a_live_plan_leaves_out_what_writes_and_what_is_dear() -> None:
    played = target("", "live", key="somebody")
    timid = plan.make(played, [], thorough=False, writes=False)
    bold = plan.make(played, [], thorough=True, writes=True)
    dearest = manners.load().polite.dearest_usd

    assert not [check.id for check in timid.checks if check.writes or check.estimate.cost > dearest]
    assert {check.id for check in timid.checks} < {check.id for check in bold.checks}
    assert {reason.split(";")[1].strip() for _, reason in timid.left_out if ";" in reason} <= {
        "--allow-writes runs it",
        "--profile full runs it",
    }


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("writes", [False, True])
def test_a_live_document_has_no_operation_that_it_should_not_ask(name: str, *, writes: bool) -> None:
    played = target("", "live", name, key="somebody")
    document = settings.document_for(played, thorough=True, writes=writes)

    asked = {
        node["operationId"]  # type: ignore[call-overload, index]
        for item in document["paths"].values()  # type: ignore[union-attr]
        for node in item.values()  # type: ignore[union-attr]
        if isinstance(node, dict) and "operationId" in node
    }
    operations = played.edition.operations
    assert asked
    assert not [one for one in asked if operations[one].handler in manners.UNTOUCHED]
    if not writes:
        assert not [one for one in asked if operations[one].method == "DELETE"]
        assert not [one for one in asked if manners.writes(operations[one])]


def test_a_live_run_of_schemathesis_sends_examples_alone() -> None:
    told = settings.configuration(target("", "live", key="somebody"), key="somebody", seed=0, thorough=True)
    phases = told.projects.default.phases

    assert phases.examples.enabled
    assert not phases.coverage.enabled
    assert not phases.fuzzing.enabled
    assert not phases.stateful.enabled


# The catalogue


def test_every_check_has_an_operation_that_exists_and_a_basis() -> None:
    handlers = {one.handler for name in EDITIONS for one in edition.load(name).operations.values()}
    for check in catalogue.load():
        assert set(check.operations) <= handlers, check.id
        assert check.basis in {"wire", "spec", "docs", "directory", "design"}, check.id
        assert check.sentence.endswith("."), check.id
        assert set(check.editions) <= set(EDITIONS), check.id


def test_ids_are_unique() -> None:
    ids = [check.id for check in catalogue.load()]

    assert len(set(ids)) == len(ids)


def test_the_page_of_checks_is_what_the_command_prints() -> None:
    page = Path(__file__).parent.parent / "docs" / "checks.md"

    assert page.read_text(encoding="utf-8") == listing.markdown(catalogue.load()), (
        "run: pplx-mock check --list --format markdown > docs/checks.md"
    )


def test_names_of_checks_are_hinted_at() -> None:
    with pytest.raises(CouldNotTestError, match=r"Did you mean PPLX-CHAT"):
        plan.make(target(""), ["PPLX-CHATS"], thorough=False, writes=False)
