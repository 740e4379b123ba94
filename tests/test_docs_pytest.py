"""docs/pytest.md and the example project, tried as they are written."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mock_server import resources

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (resources.ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)


def test_every_example_of_the_page_passes(tmp_path: Path) -> None:
    for number, block in enumerate(BLOCKS):
        (tmp_path / f"test_{number}.py").write_text(block, encoding="utf-8")

    done = run(tmp_path)

    assert done.returncode == 0, done.stdout
    assert len(BLOCKS) >= 5
    assert " passed" in done.stdout


def test_the_example_project_passes(tmp_path: Path) -> None:
    folder = resources.ROOT / "examples" / "pytest-project"

    done = run(folder, "--basetemp", str(tmp_path / "base"))

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["--perplexity-edition", "perplexity_stubs", "clock.until_waited_for"])
def test_the_page_names_what_there_is(name: str) -> None:
    assert name in PAGE
