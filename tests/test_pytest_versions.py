"""The plugin with the older pytest that it supports, in an environment of its own."""

from __future__ import annotations

import subprocess
import venv
from typing import TYPE_CHECKING

import pytest

from mock_server import resources

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import httpx, os, pytest

def ask(mock):
    return httpx.post(mock.url + "/search", json={"query": "bees"}, headers={"authorization": "Bearer k"}).status_code

def test_it(perplexity_mock):
    assert ask(perplexity_mock) == 200
    perplexity_mock.calls.assert_called(operation="search", times=1)

@pytest.mark.perplexity_mock(limits="search=1/minute")
def test_marked(perplexity_mock):
    assert [ask(perplexity_mock), ask(perplexity_mock)] == [200, 429]

@pytest.mark.xfail(strict=True)
def test_guarded(perplexity_mock):
    httpx.get("https://api.perplexity.ai")

def test_fails(perplexity_mock):
    ask(perplexity_mock)
    assert perplexity_mock.verdict.findings
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["pytest<9", "pytest>=9"])
def test_the_plugin_works_with_this_pytest(tmp_path: Path, version: str) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--editable",
        resources.ROOT,
        version,
        "httpx",
        "pytest-xdist",
    ]
    subprocess.run(install, check=True, capture_output=True, timeout=500)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "test_it.py").write_text(CODE, encoding="utf-8")

    for options in ((), ("-n", "2")):
        command = [python, "-m", "pytest", "-q", "--perplexity-coverage", *options]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)

        assert "1 failed, 2 passed, 1 xfailed" in done.stdout, done.stdout + done.stderr
        assert "- Perplexity calls -" in done.stdout
        assert "% of edition complete (4 calls)" in done.stdout
