"""Who tests the tests: wrong servers are caught by a check that fits, harmless ones are left in peace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mutants import score

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).parent.parent / "README.md"
SEEDS = (0, 1, 2)
SOME_WRONG = [mutant for mutant in score.WRONG if not any("WIRE" in name for name in mutant.caught_by)][::8]
SOME_HARMLESS = [score.ALL[name] for name in ("nothing-changed", "keys-reversed", "bodies-compressed")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with score.serving() as found:
        yield found


@pytest.mark.parametrize("name", [mutant.id for mutant in SOME_WRONG])
def test_a_wrong_server_is_caught_by_a_check_that_fits(url: str, name: str) -> None:
    assert score.caught(score.ALL[name], url, seed=0)


@pytest.mark.parametrize("name", [mutant.id for mutant in SOME_HARMLESS])
def test_a_harmless_server_is_left_in_peace(url: str, name: str) -> None:
    assert score.blamed(score.ALL[name], url, seed=0) == []


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_readme_says_the_score_of_the_checks() -> None:
    found = score.take(SEEDS)

    assert found.good, score.written(found)
    said = README.read_text(encoding="utf-8").replace("\n", " ")
    numbers = re.search(r"against (\d+) servers that are wrong .*? and (\d+) that .*? catch ([\d.]+) %", said)
    assert numbers is not None
    assert numbers.groups() == (str(len(score.WRONG)), str(len(score.HARMLESS)), f"{found.share:.1%}".rstrip("%"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", SEEDS)
def test_schemathesis_blames_no_harmless_change(seed: int) -> None:
    assert score.blamed_by_schemas(seed) == []
