"""Scenarios as data: found by name and by nothing else, and given to lanes one on top of the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import cli, resources
from mock_server.app import create_app
from mock_server.errors import PplxMockError, SettingsError
from mock_server.scenarios import applying, reading, schemas, shelf
from mock_server.scenarios.model import Scenario
from mock_server.settings import Settings
from mock_server.state.lane import Lane

ONE = "html-instead-of-json"


@pytest.fixture
def lane() -> Lane:
    return Lane(seed=0, edition="complete")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../errors", "/etc/passwd", "html-instead-of-json.yaml", "HTML-instead-of-json", "a\x00b",
     "..%2Ferrors", "scenarios/../../errors", "x" * 10_000, f"{ONE}/", f"{ONE}\n"],
)  # fmt: skip
def test_what_is_no_name_is_refused_without_a_look_at_the_disk(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.names()
    monkeypatch.setattr(reading, "read", lambda *_: pytest.fail("it was looked for"))

    with pytest.raises(PplxMockError, match="there is no scenario ") as caught:
        shelf.load(name)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=30))
def test_no_text_but_a_name_leads_to_a_scenario(name: str) -> None:
    if name not in shelf.names():
        with pytest.raises(PplxMockError):
            shelf.load(name)


def test_a_name_that_is_nearly_right_is_hinted_at() -> None:
    with pytest.raises(PplxMockError, match=f"Did you mean '{ONE}'"):
        shelf.load("html-instead-of-jsom")


@pytest.mark.parametrize("name", shelf.names())
def test_a_scenario_can_be_given_to_a_lane(lane: Lane, name: str) -> None:
    scenario = applying.apply(lane, name)

    assert lane.edition == (scenario.edition or "complete")
    assert list(lane.faults.list().values()) == scenario.faults
    assert all(fault.startswith(name) for fault in lane.faults.list())


def test_scenarios_go_on_top_of_each_other_and_twice(lane: Lane) -> None:
    for name in (ONE, "message-repeated-cumulatively", "frames-split-across-reads", ONE):
        applying.apply(lane, name)

    assert len(lane.faults.list()) == 6
    assert lane.habits.grammar == "2025-04"
    assert [one.name for one in lane.habits.faults] == ["rechunked", "split-characters", "split-line-ends"]


def test_rate_limits_of_a_scenario_hold(lane: Lane) -> None:
    assert not lane.limiter.on

    applying.apply(lane, "429-on-two-parallel-calls")

    assert lane.limiter.on


def test_every_field_of_a_scenario_reaches_the_lane(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    text = {
        "title": "t", "complaint": "c", "source": "s", "seen": "s", "robust": "r", "ask": {}, "edition": "2026-07",
        "grammar": "2025-09", "stream_fault": "lf", "tier": 1, "limits": ["sonar=1/minute"], "retry_after": True,
        "faults": [{"status": 500}], "stubs": [{"reply": {"status": 500, "type": "x", "message": "y"}}],
    }  # fmt: skip
    assert text.keys() == Scenario.model_fields.keys()
    monkeypatch.setattr(shelf, "load", lambda _: Scenario.model_validate(text))
    lane.limiter.targets = create_app(Settings()).house.lanes.default.limiter.targets  # type: ignore[attr-defined]

    applying.apply(lane, "mine")

    assert (lane.edition, lane.habits.grammar, lane.habits.faults[0].name) == ("2026-07", "2025-09", "lf")
    assert (lane.limiter.everyone.tier, lane.limiter.retry_after) == (1, True)
    assert [str(rule.target) for rule in lane.limiter.everyone.rules or ()] == ["sonar"]
    assert list(lane.faults.list()) == ["mine-1"]
    assert [entry.source for entry in lane.stubs] == ["mine"]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [("grammar", "2020-01", "there is no stream grammar '2020-01'"), ("stream_fault", "stal", "no fault 'stal'"),
     ("tier", 6, "less than or equal to 5"), ("title", "", "at least 1 character"), ("colour", "red", "Extra inputs")],
)  # fmt: skip
def test_a_scenario_that_means_nothing_is_explained(field: str, value: Any, text: str) -> None:
    sound = {"title": "t", "complaint": "c", "source": "s", "seen": "s", "robust": "r", "ask": {}}
    Scenario.model_validate(sound)

    with pytest.raises(ValueError, match=text):
        Scenario.model_validate({**sound, field: value})


def test_every_lane_of_a_server_begins_with_its_scenarios() -> None:
    lanes = create_app(Settings(scenario=(ONE, "models-re-point-silently"))).house.lanes  # type: ignore[attr-defined]

    for lane in (lanes.default, lanes.of("other")):
        assert [name.rstrip("0123456789") for name in lane.faults.list()] == [f"{ONE}-"] * 3 + [
            "models-re-point-silently-"
        ]


def test_a_server_does_not_start_with_a_scenario_or_a_file_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="scenario: there is no scenario 'html'"):
        create_app(Settings(scenario=("html",)))
    with pytest.raises(PplxMockError, match=r"gone\.yaml: No such file"):
        create_app(Settings(faults=str(tmp_path / "gone.yaml")))


# The command line


def test_all_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in lines[: len(shelf.names())]] == list(shelf.names())
    assert cli.main(["fixtures", "list", "--format", "json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(shelf.names())


@pytest.mark.parametrize("name", shelf.names())
def test_a_scenario_is_shown(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert cli.main(["fixtures", "show", name]) == 0
    said = capsys.readouterr().out

    scenario = shelf.load(name)
    flat = " ".join(said.split())
    for text in (scenario.title, scenario.complaint, scenario.source, scenario.seen, scenario.robust):
        assert " ".join(text.split()) in flat
    assert f"pplx-mock serve --scenario {name}" in said
    assert cli.main(["fixtures", "show", name, "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.pop("name") == name
    assert Scenario.model_validate(shown) == scenario


def test_a_scenario_that_there_is_not_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fixtures", "show", "../errors"]) == 2

    assert capsys.readouterr().err.startswith("pplx-mock: there is no scenario '../errors'. `pplx-mock fixtures list`")


@pytest.mark.parametrize("name", sorted(schemas.TEXTS))
def test_a_schema_is_printed(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert cli.main(["fixtures", "schema", name]) == 0

    printed = capsys.readouterr().out
    assert printed.rstrip("\n") == schemas.TEXTS[name]().rstrip("\n")
    assert json.loads(printed)["$schema"].endswith("2020-12/schema")


def test_the_names_of_the_files_are_the_names() -> None:
    folder = resources.ROOT / "fixtures" / "scenarios"

    assert sorted(path.name for path in folder.iterdir()) == [f"{name}.yaml" for name in shelf.names()]
