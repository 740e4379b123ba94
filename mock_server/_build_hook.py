"""Carries `openapi/` and `fixtures/` inside the wheel; an editable install reads the checkout's own."""

from __future__ import annotations

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_DATA = {"openapi": "mock_server/_data/openapi", "fixtures": "mock_server/_data/fixtures"}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own parameter is of no use here
    """Adds the two folders to the wheel."""

    def initialize(self, version: str, build_data: dict[str, dict[str, str]]) -> None:
        """Map the folders, unless the build is an editable one."""
        if version != "editable":
            build_data["force_include"] |= _DATA
