"""The scenarios that come with the fake: `fixtures/scenarios/<name>.yaml`."""

from __future__ import annotations

import re
from functools import cache

from mock_server import naming, resources
from mock_server.scenarios import reading
from mock_server.scenarios.model import Scenario
from mock_server.scenarios.reading import UnreadableError

_FOLDER = ("fixtures", "scenarios")
_SUFFIX = ".yaml"
_LONGEST = 100
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@cache
def names() -> tuple[str, ...]:
    """All names, in order."""
    return tuple(resources.names(*_FOLDER, suffix=_SUFFIX))


@cache
def load(name: str) -> Scenario:
    """Load a scenario.

    Args:
        name: Its name. What is no name never touches the disk, so that no path climbs out of the folder.

    Raises:
        UnreadableError: There is no such scenario, or its file is of another form.
    """
    if not _NAME.fullmatch(name) or name not in names():
        raise UnreadableError(
            naming.unknown("scenario", name[:_LONGEST], names(), listed_by="`pplx-mock fixtures list`")
        )
    return reading.read(Scenario, resources.ROOT.joinpath(*_FOLDER, name + _SUFFIX))


def text(name: str) -> str:
    """The file of a scenario as it is; raises `UnreadableError` where there is none."""
    load(name)
    return resources.ROOT.joinpath(*_FOLDER, name + _SUFFIX).read_text(encoding="utf-8")
