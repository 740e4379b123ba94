"""The commands that end by themselves."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml_rs

from mock_server import __version__, resources
from mock_server.settings import Settings

if TYPE_CHECKING:
    import httpx

    from tests.e2e.conftest import Bash, Run

PROGRAM = shlex.join([sys.executable, "-m", "mock_server"])


@pytest.mark.parametrize("command", [[], ["serve"], ["spec"]], ids=["no command", "serve", "spec"])
def test_help_explains_every_option(run: Run, command: list[str]) -> None:
    ended = run(*command, "--help")

    assert (ended.returncode, ended.stderr) == (0, "")
    usage, _, rest = ended.stdout.partition("\n\n")
    for option in re.findall(r"--[a-z-]+", usage):
        assert re.search(rf"^  (-h, )?{option}( [A-Z\[{{].*)?(  .+|\n +\S.+)", rest, re.MULTILINE), option


def test_help_leads_to_the_commands_and_exit_codes(run: Run) -> None:
    said = run("--help").stdout

    assert "serve the fake" in said
    assert "print the contract" in said
    assert "exit codes: 0 done, 1 findings, 2 could not run" in said


@pytest.mark.parametrize("command", ["serve", "spec"])
def test_help_of_a_command_shows_examples_with_options_that_exist(run: Run, command: str) -> None:
    said = run(command, "--help").stdout

    examples = re.findall(rf"^  pplx-mock {command}\b.*\S  +\S.*", said, re.MULTILINE)
    assert len(examples) >= 3
    assert set(re.findall(r" (--[a-z-]+)", " ".join(examples))) <= set(
        re.findall(r"^  (--[a-z-]+)", said, re.MULTILINE)
    )


def test_help_of_serve_has_every_setting(run: Run) -> None:
    said = run("serve", "--help").stdout

    assert all(f"--{field.name.replace('_', '-')} " in said for field in fields(Settings))


@pytest.mark.parametrize("command", ["serve --help", "spec --format yaml"])
def test_a_terminal_that_knows_ascii_alone_is_no_mistake(run: Run, command: str) -> None:
    ended = run(*command.split(), LC_ALL="POSIX", PYTHONUTF8="0", PYTHONIOENCODING="")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout) > 1000


@pytest.mark.parametrize("words", [[], ["brew"], ["serve", "--prot", "0"], ["spec", "--openapi", "2.0"]], ids=" ".join)
def test_words_that_mean_nothing_are_refused_with_the_usage(run: Run, words: list[str]) -> None:
    ended = run(*words)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("usage: pplx-mock")
    assert "Traceback" not in ended.stderr


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").stdout == f"pplx-mock {__version__}\n"


@pytest.mark.skipif(shutil.which("pplx-mock", path=str(Path(sys.executable).parent)) is None, reason="is not installed")
def test_the_installed_command_is_the_module() -> None:
    installed = Path(sys.executable).parent / "pplx-mock"

    said = subprocess.run([installed, "--version"], capture_output=True, text=True, timeout=20, check=True)
    assert said.stdout == f"pplx-mock {__version__}\n"


@pytest.fixture(scope="module")
def printed(run: Run) -> Any:
    """The contract as `spec` prints it."""
    ended = run("spec")
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


def test_the_contract_is_printed_as_it_is_served(printed: Any, client: httpx.Client) -> None:
    assert printed["openapi"] == "3.2.0"
    assert printed == client.get("/openapi.json").json()


def test_the_contract_in_yaml_says_the_same(run: Run, printed: Any) -> None:
    in_yaml: Any = yaml_rs.loads(run("spec", "--format", "yaml").stdout, parse_datetime=False)

    assert in_yaml == printed


def test_the_contract_in_3_1_has_no_word_of_3_2(run: Run, printed: Any) -> None:
    said = run("spec", "--openapi", "3.1").stdout

    document = json.loads(said)
    assert document["openapi"].startswith("3.1.")
    assert not re.search(r'"(itemSchema|querystring)"', said)
    assert document["paths"].keys() == printed["paths"].keys()


@pytest.mark.parametrize("edition", ["2026-07", "2026-10"])
def test_the_contract_of_an_edition_is_printed_as_it_is_served(run: Run, client: httpx.Client, edition: str) -> None:
    document = json.loads(run("spec", "--edition", edition).stdout)

    assert "/usage" not in document["paths"]
    assert document == client.get("/openapi.json", headers={"x-mock-edition": edition}).json()


def test_provenance_is_a_table_with_a_line_for_each_operation(run: Run, printed: Any) -> None:
    header, *rows = run("spec", "--provenance").stdout.splitlines()

    assert header.split() == ["where", "basis", "date", "source"]
    endpoints = {f"{method.upper()} {path}" for path, item in printed["paths"].items() for method in item}
    assert endpoints <= {re.split(r"  +", row)[0] for row in rows}
    assert {re.split(r"  +", row)[1] for row in rows} <= {"wire", "spec", "docs", "directory", "design"}


def test_rules_are_a_table_with_a_line_for_each_rule(run: Run) -> None:
    rows = run("spec", "--rules").stdout.splitlines()

    declared: Any = resources.read_yaml("openapi", "rules.yaml")
    assert [row.split()[0] for row in rows] == [rule["id"] for rule in declared["rules"]]


def test_an_unknown_edition_is_said_in_one_line(run: Run) -> None:
    ended = run("spec", "--edition", "2026-08")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"pplx-mock: [^\n]*2026-08[^\n]*2026-07[^\n]*\n", ended.stderr)


@pytest.mark.parametrize("reader", ["head -1", "true"])
@pytest.mark.parametrize("command", ["spec", "spec --rules", "serve --help"])
def test_a_pipe_that_closes_early_is_no_mistake(bash: Bash, command: str, reader: str) -> None:
    ended = bash(f"{PROGRAM} {command} | {reader} >/dev/null")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_disk_that_is_full_is_said_in_one_line(bash: Bash) -> None:
    ended = bash(f"{PROGRAM} spec --rules >/dev/full")

    assert (ended.returncode, ended.stderr) == (2, "pplx-mock: [Errno 28] No space left on device\n")


def test_output_that_nobody_wants_is_no_mistake(bash: Bash) -> None:
    ended = bash(f"{PROGRAM} spec --rules >&-")

    assert (ended.returncode, ended.stderr) == (0, "")
