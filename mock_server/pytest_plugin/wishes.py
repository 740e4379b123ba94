"""How the fake of one test is wished for: its markers over the command line over the ini file."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

import pytest
from _pytest.outcomes import Failed  # what pytest.fail raises

from mock_server.pytest_plugin.options import MARKER

if TYPE_CHECKING:
    from pathlib import Path

Waits = Literal["real", "skipped", "held"]


@dataclass(frozen=True)
class Wishes:
    """What a test's fake is to be.

    Args:
        edition: The edition that answers.
        seed: The seed of its world.
        tier: The usage tier whose rate limits hold; nothing for no limits.
        limits: Rate limits of its own.
        stubs: Files of scripted answers: names in the folder of stubs, or paths, seen from the test's file.
        strict: Whether a request that no stub answers is refused.
        scenario: A ready-made scenario.
        openai: Whether variables of the `openai` client are set.
        clock: What becomes of waits.
        guard: Whether the live host is out of reach.
        scripts: What of the markers cannot be had from a live server; empty where all can.
    """

    edition: str
    seed: int
    tier: int | None = None
    limits: tuple[str, ...] = ()
    stubs: tuple[str, ...] = ()
    strict: bool = False
    scenario: str = ""
    openai: bool = False
    clock: Waits = "real"
    guard: bool = True
    scripts: str = ""


NAMES = tuple(field.name for field in fields(Wishes) if field.name != "scripts")
"""What a marker may say."""
_SCRIPTING = frozenset({"edition", "tier", "limits", "stubs", "strict", "scenario"})
_FLAGS = frozenset({"strict", "openai", "guard"})


def of(node: pytest.Item | pytest.Collector, config: pytest.Config) -> Wishes:
    """Read what a test wishes.

    A marker, an option or a line of the ini file that says what cannot be fails the test.
    """
    marked: dict[str, Any] = {}
    for marker in reversed([*node.iter_markers(MARKER)]):
        marked.update(_of_marker(marker, node))
    told = {**_of_config(config), **marked}
    for name in ("limits", "stubs"):
        told[name] = _several(told.get(name, ()))
    for name in _FLAGS & marked.keys():
        if not isinstance(marked[name], bool):
            raise refusal(node, f"{name} of {MARKER} is True or False, got {marked[name]!r}")
    if told.get("clock", "real") not in get_args(Waits):
        raise refusal(node, f"the clock of {MARKER} is one of {', '.join(get_args(Waits))}, got {told['clock']!r}")
    told["seed"] = _seed(node, told["seed"])
    scripts = next((name for name in marked if name in _SCRIPTING and marked[name] is not False), "")
    return Wishes(**told, scripts=scripts)


def refusal(node: pytest.Item | pytest.Collector, reason: str) -> Failed:
    """Make what fails a test whose wishes cannot be met."""
    return Failed(f"{node.nodeid}: {reason}", pytrace=False)


def stubs_folder(path: Path, config: pytest.Config) -> Path:
    """The folder of stub files for the tests of a file."""
    return path.parent / str(config.getini("perplexity_stubs"))


def _of_config(config: pytest.Config) -> dict[str, Any]:
    return {
        "edition": config.getoption("perplexity_edition") or config.getini("perplexity_edition"),
        "seed": config.getoption("perplexity_seed") or config.getini("perplexity_seed"),
        "strict": config.getini("perplexity_strict"),
        "openai": config.getini("perplexity_openai"),
    }


def _of_marker(marker: pytest.Mark, node: pytest.Item | pytest.Collector) -> dict[str, Any]:
    if marker.args:
        raise refusal(node, f"the marker {MARKER} takes names only, as in edition={marker.args[0]!r}")
    for name in marker.kwargs:
        if name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(NAMES)}"
            raise refusal(node, f"the marker {MARKER} has no {name!r}; {hint}")
    return {name: value for name, value in marker.kwargs.items() if value is not None}


def _several(given: object) -> tuple[str, ...]:
    return tuple(str(one) for one in given) if isinstance(given, list | tuple) else (str(given),)


def _seed(node: pytest.Item | pytest.Collector, given: object) -> int:
    try:
        return int(str(given))
    except ValueError:
        raise refusal(node, f"the seed of {MARKER} is a whole number, got {given!r}") from None
