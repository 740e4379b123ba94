"""Run the tests that the vendor's Python SDK ships and skips: `python -m contract_tests.sdk_suite`.

Its authors skip the tests of its resources, as their mock server is switched off. Here they meet the fake: the source
distribution is downloaded, un-skipped in a temporary folder, and run with the SDK of that version and with the newest.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OK, FAILURES, COULD_NOT_TEST = 0, 1, 2
PACKAGE = "perplexityai"
VERSION = "0.42.0"
"""The newest whose source distribution has tests."""
NEWEST = ""
SKIPPED = 118
"""How many functions it skips: fewer mean that the suite is another one."""

_TESTS = "tests/api_resources"
_SKIP = re.compile(r'^ *@pytest\.mark\.skip\(reason="Mock server tests are disabled"\)\n', re.MULTILINE)
_HELPERS = "tests/utils.py"
_OLD_BASE, _ANY_BASE = "from perplexity._models import BaseModel\n", "from pydantic import BaseModel\n"
"""What the suite takes for a model of the SDK; newer SDKs are of another generator, and their models are pydantic's."""
_TOOLS = ("pytest>=8,<9", "pytest-asyncio>=1.2,<2", "respx", "httpx-aiohttp")
_READY = re.compile(r"pplx-mock is ready: (http://\S+)")
_PASSED = re.compile(r"\b(\d+) passed\b")
_HELP = """
run the tests of resources that the vendor's Python SDK ships and skips

exit codes: 0 all pass, 1 failures, 2 could not test
"""


class CouldNotTestError(Exception):
    """The suite, an SDK or the server is not to be had."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the suite ended with one SDK: pytest's exit code, how many passed, and what it printed."""

    sdk: str
    code: int
    passed: int
    output: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite with both SDKs and print what came of it; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        outcomes = run(selected=options.select or "")
    except CouldNotTestError as error:
        _say(f"could not test: {error}")
        return COULD_NOT_TEST
    for outcome in outcomes:
        _say(f"{outcome.output.rstrip()}\n{outcome.sdk}: {outcome.passed} passed, exit code {outcome.code}")
    return FAILURES if any(outcome.code for outcome in outcomes) else OK


def run(*, selected: str = "", versions: Sequence[str] = (VERSION, NEWEST)) -> list[Outcome]:
    """Run the suite against a fake with each SDK.

    Args:
        selected: Which tests, as pytest's `-k` takes it; all where empty.
        versions: Those of the SDK; an empty one is the newest.

    Raises:
        CouldNotTestError: Something is not to be had, or the suite is another one than expected.
    """
    with tempfile.TemporaryDirectory(prefix="pplx-mock-sdk-") as name:
        folder = Path(name)
        suite = unskipped(folder)
        with _serving(folder) as url:
            return [_suite(suite, folder, version, url, selected) for version in versions]


def unskipped(folder: Path) -> Path:
    """Download the suite and take the marks off that skip it.

    Args:
        folder: Where to.

    Returns:
        The folder of the tests.

    Raises:
        CouldNotTestError: It cannot be had, or does not skip what it did.
    """
    _done(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            PACKAGE,
            f"{PACKAGE}=={VERSION}",
        ],
        folder,
    )
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    suite = folder / f"{PACKAGE}-{VERSION}"
    found = sum(_unskip(file) for file in sorted((suite / _TESTS).rglob("test_*.py")))
    if found != SKIPPED:
        raise CouldNotTestError(f"{PACKAGE} {VERSION} skips {found} functions, {SKIPPED} were expected")
    _replace(suite / _HELPERS, _OLD_BASE, _ANY_BASE)
    # The SDK comes from its wheel, and the tests must not find the sources instead.
    (suite / "src").rename(suite / "sources")
    return suite


def _unskip(file: Path) -> int:
    text, count = _SKIP.subn("", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    return count


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise CouldNotTestError(f"{file.name} of {PACKAGE} {VERSION} has no line {old.strip()!r}")
    file.write_text(text.replace(old, new), encoding="utf-8")


def _suite(suite: Path, folder: Path, version: str, url: str, selected: str) -> Outcome:
    python = _sdk(folder, version)
    # Without xdist; no test may be skipped without being told.
    words = [
        "-m",
        "pytest",
        _TESTS,
        "-o",
        "addopts=",
        "--tb=short",
        "-q",
        "-rs",
        *(["-k", selected] if selected else []),
    ]
    done = subprocess.run(  # noqa: S603  # our own words
        [str(python), *words],
        cwd=suite,
        env={**_environment(), "TEST_API_BASE_URL": url, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    passed = _PASSED.search(done.stdout)
    return Outcome(
        version or "newest", done.returncode, int(passed.group(1)) if passed else 0, done.stdout + done.stderr
    )


def _sdk(folder: Path, version: str) -> Path:
    """Install an SDK and what its tests need; returns the Python that has them."""
    place = folder / f"sdk-{version or 'newest'}"
    venv.create(place, with_pip=True)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = f"{PACKAGE}{'==' + version if version else ''}"
    _done([str(python), "-m", "pip", "install", "--quiet", wanted, *_TOOLS], folder)
    return python


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """Serve a lenient fake; yields its address."""
    words = [sys.executable, "-m", "mock_server", "serve", "--validation", "lenient", "--port", "0"]
    with (
        (folder / "stderr").open("w+", encoding="utf-8") as errors,
        subprocess.Popen(  # noqa: S603  # our own words
            words, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=errors, text=True
        ) as server,
    ):
        try:
            yield _address(server, errors)
        finally:
            server.terminate()


def _address(server: subprocess.Popen[str], errors: TextIO) -> str:
    first = server.stdout.readline() if server.stdout is not None else ""
    ready = _READY.match(first)
    if ready is None:
        errors.seek(0)
        raise CouldNotTestError(f"the server did not start: {first}{errors.read()}")
    return ready.group(1)


def _done(words: list[str], folder: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own words
        words, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CouldNotTestError(f"{' '.join(words)}: {done.stdout}{done.stderr}".strip())


def _environment() -> dict[str, str]:
    """The variables without settings of a fake or a client."""
    ours = ("PPLX_", "PERPLEXITY_", "PYTEST_", "TEST_API_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    # The tests run in a folder of their own, and the packages of a checkout may not be installed.
    return {**kept, "PYTHONPATH": str(Path(__file__).parent.parent)}


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "python -m contract_tests.sdk_suite", description=_HELP, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("-k", dest="select", metavar="EXPRESSION", help="which tests, as pytest takes it (all)")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
