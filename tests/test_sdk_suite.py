"""The skipped tests of the vendor's SDK: all pass with the SDK they came with and with the newest one."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from contract_tests import sdk_suite
from contract_tests.sdk_suite import CouldNotTestError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SKIPPED = '    @pytest.mark.skip(reason="Mock server tests are disabled")\n    def test_it(self) -> None: ...\n'


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_tests_that_the_sdk_skips_pass_with_both_sdks() -> None:
    outcomes = sdk_suite.run()

    assert [(outcome.code, outcome.passed >= 300) for outcome in outcomes] == [(0, True)] * 2, outcomes[-1].output


def archive(folder: Path, files: dict[str, str]) -> None:
    """What a download would leave in a folder."""
    with tarfile.open(folder / "x.tar.gz", "w:gz") as made:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{sdk_suite.PACKAGE}-{sdk_suite.VERSION}/{name}")
            entry.size = len(text.encode())
            made.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Leave files where a download would, and have none made."""
    monkeypatch.setattr(sdk_suite, "_done", lambda *_: None)

    def leave(count: int, helpers: str = "from perplexity._models import BaseModel\n") -> Path:
        tests = {f"tests/api_resources/test_{number}.py": SKIPPED for number in range(count)}
        archive(tmp_path, {"tests/utils.py": helpers, "src/perplexity/x.py": "", **tests})
        return tmp_path

    return leave


def test_the_marks_are_taken_off_and_the_sources_out_of_the_way(downloaded: Callable[..., Path]) -> None:
    suite = sdk_suite.unskipped(downloaded(sdk_suite.SKIPPED))

    assert "skip" not in (suite / "tests/api_resources/test_0.py").read_text()
    assert (suite / "tests/utils.py").read_text() == "from pydantic import BaseModel\n"
    assert not (suite / "src").exists()


def test_a_suite_that_skips_fewer_is_another_one(downloaded: Callable[..., Path]) -> None:
    with pytest.raises(CouldNotTestError, match="skips 117 functions, 118 were expected"):
        sdk_suite.unskipped(downloaded(117))


def test_a_suite_with_other_helpers_is_another_one(downloaded: Callable[..., Path]) -> None:
    with pytest.raises(CouldNotTestError, match=r"utils\.py of perplexityai 0\.42\.0 has no line"):
        sdk_suite.unskipped(downloaded(sdk_suite.SKIPPED, helpers=""))


@pytest.mark.parametrize(("codes", "code"), [((0, 0), 0), ((0, 1), 1), ((5, 0), 1)])
def test_the_exit_code_says_whether_all_passed(
    codes: tuple[int, int], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sdk_suite, "run", lambda **_: [Outcome("sdk", found, 7, "output") for found in codes])

    assert sdk_suite.main([]) == code
    assert f"sdk: 7 passed, exit code {codes[0]}" in capsys.readouterr().out


def test_what_could_not_be_tested_is_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(**_: object) -> None:
        raise CouldNotTestError("no network")

    monkeypatch.setattr(sdk_suite, "run", fail)

    assert sdk_suite.main([]) == 2
    assert "could not test: no network" in capsys.readouterr().out


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    import sys  # noqa: PLC0415

    with pytest.raises(CouldNotTestError, match="gone wrong"):
        sdk_suite._done([sys.executable, "-c", "raise SystemExit('gone wrong')"], tmp_path)
