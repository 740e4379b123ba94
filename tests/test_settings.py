"""Settings: each comes from the command line, the environment or pyproject.toml, and a wrong one is explained."""

from __future__ import annotations

import re
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import settings
from mock_server.errors import ContractError, SettingsError
from mock_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Api

EXAMPLES: dict[str, tuple[Any, str]] = {
    "host": ("::1", "::1"),
    "port": (0, "0"),
    "seed": (4294967295, "4294967295"),
    "edition": ("2026-07", "2026-07"),
    "validation": ("lenient", "lenient"),
    "rules_off": (("PPLX-R-DATE-REAL", "PPLX-R-USAGE-DAY"), "PPLX-R-DATE-REAL, PPLX-R-USAGE-DAY"),
    "log_level": ("debug", "debug"),
    "stream_grammar": ("2025-11", "2025-11"),
    "stream_fault": ("stall=5@3, doubled", "stall=5@3, doubled"),
    "ttft": (0.5, "0.5"),
    "tokens_per_second": (20.0, "20"),
    "jitter": (0.25, "0.25"),
    "control_token": ("s3cret", "s3cret"),
    "faults": ("faults.yaml", "faults.yaml"),
    "scenario": (("finish-reason-null-at-the-end", "old-key"), "finish-reason-null-at-the-end, old-key"),
    "tier": (3, "3"),
    "limit": (("sonar=5/minute,burst=2", "search=1/second"), "sonar=5/minute,burst=2; search=1/second"),
    "retry_after": (True, "true"),
    "stubs": ("tests/stubs", "tests/stubs"),
    "strict": (True, "true"),
    "credit": (Decimal("0.25"), "0.25"),
    "quota": (1000, "1000"),
    "journal_entries": (50, "50"),
    "conflicts": (("citations=removed", "finish_reason=length"), "citations=removed, finish_reason=length"),
}
"""Another value of each setting than the default, and how it is written in a variable or an option."""


def load(folder: Path, *, given: Any = None, **environment: str) -> Settings:
    return settings.load(given or {}, environment=environment, folder=folder)


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def in_toml(value: Any) -> str:
    if isinstance(value, bool | Decimal):
        return str(value).lower()
    return repr(list(value) if isinstance(value, tuple) else value)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder whose project says nothing, so that none above it does."""
    return project(tmp_path, "")


def test_every_setting_has_an_example_here() -> None:
    assert EXAMPLES.keys() == {field.name for field in fields(Settings)}


def test_without_any_source_the_defaults_hold(empty: Path) -> None:
    assert load(empty) == Settings()


def test_the_defaults_are_those_that_users_know() -> None:
    assert Settings() == Settings("127.0.0.1", 4010, 0, "complete", "strict", (), "warning", "", "", 0, 0, 0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_setting_is_taken_from_the_command_line(empty: Path, name: str) -> None:
    value, written = EXAMPLES[name]

    assert getattr(load(empty, given={name: written}), name) == value


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_setting_is_taken_from_its_variable(empty: Path, name: str) -> None:
    value, written = EXAMPLES[name]

    assert getattr(load(empty, **{f"PPLX_MOCK_{name.upper()}": written}), name) == value


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_setting_is_taken_from_the_project_file(tmp_path: Path, name: str) -> None:
    value, _ = EXAMPLES[name]
    line = f"{name.replace('_', '-')} = {in_toml(value)}"

    assert getattr(load(project(tmp_path, f"[tool.pplx-mock]\n{line}\n")), name) == value


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    folder = project(tmp_path, "[tool.pplx-mock]\nport = 1\nseed = 1\nhost = 'file'\n")

    found = load(folder, given={"port": 3}, PPLX_MOCK_PORT="2", PPLX_MOCK_SEED="2")

    assert (found.port, found.seed, found.host) == (3, 2, "file")


def test_a_silent_command_line_leaves_the_others(empty: Path) -> None:
    assert load(empty, given={"port": None, "seed": None}, PPLX_MOCK_PORT="2").port == 2


def test_the_nearest_project_file_counts(tmp_path: Path) -> None:
    project(tmp_path, "[tool.pplx-mock]\nport = 1\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert load(below).port == 1

    project(below, "[project]\nname = 'x'\n")

    assert load(below).port == 4010


def test_other_variables_and_tables_are_nobodys_business(tmp_path: Path) -> None:
    folder = project(tmp_path, "[tool.other]\nport = 'x'\n[project]\nname = 'x'\n")

    assert load(folder, PORT="x", PPLX_API_KEY="x", MOCK_PORT="x") == Settings()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"port": -1}, r"^port is 0 to 65535, got -1$"),
        ({"port": 65536}, r"^port is 0 to 65535, got 65536$"),
        ({"seed": -1}, r"^seed is 0 to 4294967295, got -1$"),
        ({"seed": 2**32}, r"^seed is 0 to 4294967295, got 4294967296$"),
        ({"port": "many"}, r"^port is a whole number, got 'many'$"),
        ({"seed": "1.5"}, r"^seed is a whole number, got '1\.5'$"),
        ({"validation": "loose"}, r"^validation is one of strict, lenient, got 'loose'$"),
        ({"log_level": "loud"}, r"^log-level is one of critical, error, warning, info, debug, got 'loud'$"),
        ({"host": 5}, r"^host is a text, got 5$"),
        ({"tier": "gold"}, r"^tier is a whole number, got 'gold'$"),
        ({"credit": "much"}, r"^credit is a number of US dollars, got 'much'$"),
        ({"retry_after": "soon"}, r"^retry-after is true or false, got 'soon'$"),
    ],
    ids=str,
)
def test_a_value_that_is_none_is_explained(empty: Path, given: Any, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        load(empty, given=given)


@pytest.mark.parametrize(("name", "text"), [
    ("PPLX_MOCK_PROT", r"the environment \(PPLX_MOCK_PROT\): there is no setting 'prot'\. Did you mean 'port'\?"),
    ("PPLX_MOCK_ZZZ", r"no setting 'zzz'\. Known: host, port, seed, edition, validation, rules_off, log_level, "),
])  # fmt: skip
def test_an_unknown_variable_is_refused_with_the_closest_or_all(empty: Path, name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        load(empty, **{name: "1"})


@pytest.mark.parametrize(("value", "text"), [("x", "ttft is a number, got 'x'"), ("-1", "ttft is 0 to 3600, got -1")])
def test_a_variable_that_does_not_fit_is_named(empty: Path, value: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{re.escape(f'the environment (PPLX_MOCK_TTFT): {text}')}$"):
        load(empty, PPLX_MOCK_TTFT=value)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            "[tool.pplx-mock]\neditoin = 'x'\n",
            r"pyproject\.toml, \[tool\.pplx-mock\]: there is no setting 'editoin'\. Did you mean",
        ),
        ("[tool]\npplx-mock = 5\n", r"pyproject\.toml: \[tool\.pplx-mock\] is a table"),
        ("[tool.pplx-mock\n", r"pyproject\.toml: "),
        (
            "[tool.pplx-mock]\nport = true\n",
            r"/pyproject\.toml, \[tool\.pplx-mock\]: port is a whole number,",
        ),
        ("[tool.pplx-mock]\nseed = -1\n", r"/pyproject\.toml, \[tool\.pplx-mock\]: seed is 0 to 4294967295, got -1$"),
        ("[tool.pplx-mock]\nedition = 2026\n", r"edition is a text, got 2026"),
        ("[tool.pplx-mock]\ncontrol-token = 20261121\n", r"control-token is a text, got something else$"),
    ],
)
def test_a_wrong_project_file_is_explained(tmp_path: Path, content: str, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        load(project(tmp_path, content))


@given(st.integers(0, 2**32 - 1), st.integers(0, 65535))
def test_any_number_in_range_is_taken(seed: int, port: int) -> None:
    assert (Settings(seed=seed, port=port).seed, Settings(seed=seed, port=port).port) == (seed, port)


@pytest.mark.parametrize("written", ["", " ", ",", " , "])
def test_an_empty_list_of_rules_is_none(empty: Path, written: str) -> None:
    assert load(empty, PPLX_MOCK_RULES_OFF=written).rules_off == ()


def test_an_unknown_edition_stops_the_start_up_with_the_known_ones(fake: Callable[..., Api]) -> None:
    with pytest.raises(ContractError, match="there is no edition '2026-7'; known: complete, 2026-07, 2026-10"):
        fake(edition="2026-7")


def test_the_edition_is_told_in_a_header(fake: Callable[..., Api]) -> None:
    assert fake(edition="2026-07").get("/v1/models").headers["x-mock-edition"] == "2026-07"
