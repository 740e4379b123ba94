"""The switches: points on which documents and wire disagree, and which side is taken."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from mock_server import resources
from mock_server.errors import SettingsError
from mock_server.facts import Provenance
from mock_server.jsontypes import JSONObject

_FOLDER = ("openapi", "switches")
_SUFFIX = ".yaml"
_MARK = ";"


class Side(BaseModel):
    """One side of a disagreement; `patch` is laid over the tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    sentence: str
    patch: dict[str, object] = Field(default_factory=dict)
    provenance: Provenance = Field(alias="x-provenance")


class Switch(BaseModel):
    """One disagreement; `point` is its number in the documentation, for those that have one."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    point: int | None = None
    sentence: str
    default: str
    sides: dict[str, Side]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)
    switches: dict[str, Switch]


@cache
def load() -> dict[str, Switch]:
    """Load the switches by name, in the order of the file; raises `ResourceError`."""
    return resources.read_model(_File, "fixtures", "switches.yaml").switches


def chosen(given: Iterable[str]) -> str:
    """Read what a user chose.

    Args:
        given: Each as `name=side`; of one name, the last counts.

    Returns:
        The choices in one text, sorted, as `key` takes it.

    Raises:
        SettingsError: A name or a side does not exist.
    """
    sides: dict[str, str] = {}
    for text in given:
        name, equals, side = (part.strip() for part in text.partition("="))
        if not equals:
            raise SettingsError(f"conflicts are given as NAME=SIDE, got {text!r}")
        sides[name] = _checked(name, side)
    return ",".join(f"{name}={side}" for name, side in sorted(sides.items()))


def key(edition: str, choices: str) -> str:
    """Name an edition together with choices, as `chosen` gives them."""
    return f"{edition}{_MARK}{choices}" if choices else edition


def split(name: str) -> tuple[str, str]:
    """Take apart what `key` put together."""
    edition, _, choices = name.partition(_MARK)
    return edition, choices


def overlays(choices: str) -> list[JSONObject]:
    """Read the overlays of choices; a side that the contract says already has none."""
    known = resources.names(*_FOLDER, suffix=_SUFFIX)
    files = (f"{name}.{side}" for name, side in _pairs(choices))
    return [_overlay(file) for file in files if file in known]


def patches(choices: str) -> list[JSONObject]:
    """Make the patches of choices for the tables of facts."""
    made: list[JSONObject] = []
    for name, side in _pairs(choices):
        made += [{"wire": {name: side}}, _patch(name, side)]
    return made


def _pairs(choices: str) -> Iterator[tuple[str, str]]:
    for choice in filter(None, choices.split(",")):
        name, _, side = choice.partition("=")
        yield name, side


def _overlay(file: str) -> JSONObject:
    return _object(resources.read_yaml(*_FOLDER, f"{file}{_SUFFIX}"))


def _patch(name: str, side: str) -> JSONObject:
    return _object(load()[name].sides[side].patch)


def _object(content: object) -> JSONObject:
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}


def _checked(name: str, side: str) -> str:
    switch = load().get(name)
    if switch is None:
        raise SettingsError(
            f"there is no conflict {name!r}.{_hint(name, load())} `pplx-mock spec --conflicts` lists them"
        )
    if side not in switch.sides:
        raise SettingsError(f"conflict {name}: the sides are {' and '.join(switch.sides)}, got {side!r}")
    return side


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
