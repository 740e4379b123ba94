"""What the plugin can be told: options of the command line, lines of the ini file, and the marker."""

from __future__ import annotations

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
        "--perplexity-max-requests", metavar="N", type=int, default=100, help="most requests of a live run (100)"
    )
    group.addoption("--perplexity-max-cost", metavar="USD", default="1", help="most US dollars of a live run (1)")
    group.addoption(
        "--perplexity-coverage",
        metavar="PERCENT",
        nargs="?",
        type=float,
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
