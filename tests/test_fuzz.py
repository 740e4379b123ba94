"""The whole run of Schemathesis, and what the command makes of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests import fuzz
from contract_tests.fuzz import Asked, CouldNotTestError, Run

if TYPE_CHECKING:
    from pathlib import Path

BY_OPERATION = Run("rules", rules=True, configured=True, phases="examples,coverage,fuzzing")
AS_IT_COMES = Run("as it comes", rules=False, configured=False, phases="examples,coverage,fuzzing,stateful")
ALONG_LINKS = Run("links", rules=True, configured=True, phases="stateful")
ASKED = Asked(3, ("search",))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_schemathesis_finds_nothing_in_50_examples_an_operation() -> None:
    assert fuzz.main(["--examples", "50", "--seeds", "1"]) == fuzz.OK


def test_a_refusal_by_a_rule_is_a_failure_where_nothing_forgives_it() -> None:
    run = Run("planted", rules=True, configured=False, phases="coverage")

    outcome = fuzz.run_one(run, 1, Asked(1, ("create_embeddings",)))

    assert outcome.code == fuzz.FAILURES
    assert "Schema-valid request rejected" in outcome.output


def test_an_operation_that_is_not_there_is_not_tested() -> None:
    outcome = fuzz.run_one(ALONG_LINKS, 1, Asked(1, ("retrieve_weather",)))

    assert outcome.code == fuzz.COULD_NOT_TEST
    assert outcome.output


@pytest.mark.parametrize(
    "words",
    [["--operations", "serch"], ["--examples", "0"], ["--examples", "many"], ["--seeds", "1,"], ["--seed", ""]],
    ids=" ".join,
)
def test_a_word_that_is_none_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        fuzz.main(words)

    assert refused.value.code == fuzz.COULD_NOT_TEST
    assert "error: " in capsys.readouterr().err


def test_the_closest_operation_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        fuzz.main(["--operations", "search,create_embedings"])

    assert "Did you mean 'create_embeddings'?" in capsys.readouterr().err


def reported(folder: Path, *, examples: int, **changed: Any) -> Path:
    """A folder with the reports of a run over `search`."""
    report = {
        "operations": {"selected": 1, "tested": 1},
        "test_cases": {"generated": 9, "unique_failures": 0},
        "filtered": 2,
        "running_time": 1.5,
        "complete": True,
    }
    cases: dict[str, dict[str, str]] = {str(number): {} for number in range(examples)}
    scenarios = [
        {"phase": "coverage", "recorder": {"label": "POST /search", "cases": {"covers": {}}}},
        {"phase": "fuzzing", "recorder": {"label": "POST /search", "cases": {**cases, "probe": {"parent_id": "0"}}}},
        {"phase": "fuzzing", "recorder": {"label": "GET /models"}},
        {"phase": "stateful", "recorder": {"label": None}},
    ]
    events = [{"Initialize": {"seed": 1}}, *({"ScenarioFinished": scenario} for scenario in scenarios)]
    (folder / "report.json").write_text(json.dumps({**report, **changed}))
    (folder / "events.ndjson").write_text("\n".join(json.dumps(event, separators=(",", ":")) for event in events))
    (folder / "server.log").write_text("what the server said")
    return folder


def test_a_run_without_failures_is_one_line(tmp_path: Path) -> None:
    outcome = fuzz.judge(BY_OPERATION, 7, ASKED, reported(tmp_path, examples=3), 0, "no issues")

    assert (outcome.code, outcome.output) == (fuzz.OK, "")
    assert outcome.row.split() == ["rules", "7", "1/1", "9", "3", "0", "2", "1.5"]


def test_a_run_with_failures_shows_what_was_printed_on_both_sides(tmp_path: Path) -> None:
    failed = reported(tmp_path, examples=1, test_cases={"generated": 9, "unique_failures": 1})

    outcome = fuzz.judge(BY_OPERATION, 7, ASKED, failed, 1, "a failure\n")

    assert (outcome.code, outcome.output) == (fuzz.FAILURES, "a failure\nwhat the server said")


def test_fewer_examples_than_asked_for_are_no_pass(tmp_path: Path) -> None:
    outcome = fuzz.judge(BY_OPERATION, 7, ASKED, reported(tmp_path, examples=2), 0, "no issues")

    assert (outcome.code, outcome.output) == (fuzz.COULD_NOT_TEST, "fewer than 3 examples: POST /search had 2")


def test_fewer_examples_are_to_be_expected_without_configuration(tmp_path: Path) -> None:
    assert fuzz.judge(AS_IT_COMES, 7, ASKED, reported(tmp_path, examples=2), 0, "").code == fuzz.OK


@pytest.mark.parametrize("run", [AS_IT_COMES, BY_OPERATION, ALONG_LINKS], ids=lambda run: run.name)
def test_a_run_that_made_up_nothing_is_no_pass(run: Run, tmp_path: Path) -> None:
    empty = reported(tmp_path, examples=3, test_cases={"generated": 0, "unique_failures": 0})

    assert fuzz.judge(run, 7, ASKED, empty, 0, "").code == fuzz.COULD_NOT_TEST


def test_a_run_that_was_stopped_is_no_pass(tmp_path: Path) -> None:
    stopped = reported(tmp_path, examples=3, complete=False)

    assert fuzz.judge(BY_OPERATION, 7, ASKED, stopped, 0, "").code == fuzz.COULD_NOT_TEST


def test_a_run_without_reports_could_not_be_had(tmp_path: Path) -> None:
    with pytest.raises(CouldNotTestError, match="no such option"):
        fuzz.judge(BY_OPERATION, 7, ASKED, tmp_path, 2, "no such option")
