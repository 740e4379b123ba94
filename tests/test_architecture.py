"""The house: rooms import downwards only, files and functions stay short, and facts stay in the tables."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mock_server import facts, resources
from mock_server.contract import editions

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = resources.ROOT
FILES = sorted((ROOT / "mock_server").rglob("*.py"))
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_file = pytest.mark.parametrize("path", FILES, ids=_name)


@pytest.mark.skipif(
    shutil.which("lint-imports", path=str(Path(sys.executable).parent)) is None, reason="no import-linter"
)
def test_rooms_import_downwards_only_and_no_tools_of_testing() -> None:
    linter = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@each_file
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@each_file
def test_a_function_is_short(path: Path) -> None:
    long = [
        function.name
        for function in _functions(_tree(path))
        if (function.end_lineno or 0) - function.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]

    assert long == []


@each_file
def test_a_file_says_in_its_first_line_what_it_is(path: Path) -> None:
    said = ast.get_docstring(_tree(path))

    assert said
    assert said.splitlines()[0].endswith(".")


# The models and editions, and words of the product that are no names of models
EDITIONS = [name for name in editions.names() if name != editions.COMPLETE]
NAMES = re.compile(
    r"\b(sonar|pplx-embed|pplx-7b|mixtral|mistral|codellama|llama|r1-1776|gpt|"
    + "|".join(map(re.escape, EDITIONS))
    + r")"
)
ROOMS_OF_THE_FAMILY = {"mock_server.operations.sonar", "mock_server.contract.bodies.sonar"}


def _constants(tree: ast.Module) -> Iterator[str]:
    """Texts of the code, without docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("path", [path for path in FILES if "cli" not in path.parts], ids=_name)
def test_no_code_knows_a_model_or_an_edition_by_name(path: Path) -> None:
    assert [text for text in _constants(_tree(path)) if NAMES.search(text)] == []


def test_the_names_that_no_code_knows_are_all_there_are() -> None:
    models = [name for name in facts.load(editions.COMPLETE).models if not NAMES.search(name)]

    assert [name for name in models if "/" not in name] == []


def test_no_code_compares_an_edition() -> None:
    asking = [
        _name(path) for path in FILES if re.search(r"if .*edition(\.name)? ?(==|in) ?[\"'(\[{]", path.read_text())
    ]

    assert asking == []


@each_file
def test_no_code_reads_the_clock_or_draws_lots(path: Path) -> None:
    banned = re.compile(
        r"\b(time\.time|time\.monotonic|datetime\.now|date\.today|uuid4|import random|import secrets)\b"
    )

    assert banned.findall(path.read_text(encoding="utf-8")) == []
