"""What the plugin can be told: options of the command line, lines of the ini file, and the marker."""

from __future__ import annotations

from argparse import ArgumentTypeError
from decimal import Decimal, InvalidOperation

import pytest

MARKER = "perplexity_mock"
SIGNATURE = (
    "perplexity_mock(edition=None, tier=None, seed=None, stubs=None, strict=False, scenario=None, limits=None, "
    "openai=False, clock='real', guard=True)"
)
_MARKER_HELP = (
    f"{SIGNATURE}: how the fixture of this test is made: the edition that answers, the usage tier "
    "whose rate limits hold, the seed of its world, files of scripted answers (names in the folder, or paths), "
    "whether a request that no stub answers is refused, a ready-made scenario by name, rate limits such as "
    "'search=5/minute', whether OPENAI_* variables are set too, what becomes of waits (real, skipped, held), and "
    "whether the live API is out of reach."
)
LIVE = "live"
FAKE = "fake"
_WHOLE = 100

_INI = (
    ("perplexity_edition", "string", "complete", "the edition that fakes answer as (complete)"),
    ("perplexity_seed", "string", "0", "the seed of the worlds of fakes (0)"),
    ("perplexity_stubs", "string", "stubs", "the folder of stub files, beside each test file (stubs)"),
    ("perplexity_strict", "bool", False, "refuse requests that no stub answers (false)"),
    ("perplexity_openai", "bool", False, "set OPENAI_API_KEY and OPENAI_BASE_URL too (false)"),
    ("perplexity_guard", "bool", False, "let no test reach the live API, whether it uses the fixture or not (false)"),
)


def add(parser: pytest.Parser) -> None:
    """Declare options and ini lines."""
    group = parser.getgroup("perplexity", "pplx-mock, the offline fake of the Perplexity API")
    group.addoption("--perplexity-seed", metavar="N", help="seed of the worlds of fakes (ini: perplexity_seed)")
    group.addoption("--perplexity-edition", metavar="NAME", help="edition of fakes (ini: perplexity_edition)")
    group.addoption(
        "--perplexity-target",
        metavar="fake|live|URL",
        default=FAKE,
        help="what tests talk to: the fake, the live API (needs PERPLEXITY_API_KEY; tests that script answers are "
        "skipped), or a server at a URL (fake)",
    )
    group.addoption(
        "--perplexity-max-requests", metavar="N", type=_count, default=100, help="most requests of a live run (100)"
    )
    group.addoption(
        "--perplexity-max-cost", metavar="USD", type=_dollars, default="1", help="most US dollars of a live run (1)"
    )
    group.addoption(
        "--perplexity-coverage",
        metavar="PERCENT",
        nargs="?",
        type=_percent,
        const=0.0,
        default=None,
        help="print at the end what of the contract the tests met; with PERCENT, fail below it",
    )
    group.addoption(
        "--perplexity-guard", action="store_true", help="let no test reach the live API (ini: perplexity_guard)"
    )
    for name, kind, default, sentence in _INI:
        parser.addini(name, sentence, type=kind, default=default)  # type: ignore[arg-type]  # literals, in a table


def add_marker(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER_HELP)


def _percent(said: str) -> float:
    number = _number(said)
    if number is None or not 0 <= number <= _WHOLE:
        # The next word is taken for its value, be it a path.
        raise ArgumentTypeError(f"a percentage is 0 to {_WHOLE}, got {said!r}; write it as --perplexity-coverage=40")
    return float(number)


def _dollars(said: str) -> Decimal:
    number = _number(said)
    if number is None or number < 0:
        raise ArgumentTypeError(f"US dollars are a number, 0 or more, got {said!r}")
    return number


def _count(said: str) -> int:
    if not said.isdecimal():
        raise ArgumentTypeError(f"requests are a whole number, got {said!r}")
    return int(said)


def _number(said: str) -> Decimal | None:
    try:
        number = Decimal(said)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
