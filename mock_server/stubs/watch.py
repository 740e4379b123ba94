"""Read files of stubs again when they change; a wrong file leaves the stubs as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from mock_server.stubs import files
from mock_server.stubs.checks import Face
from mock_server.stubs.files import StubSet
from mock_server.stubs.problems import StubError

EVERY = 0.5
"""Seconds between two looks."""
_SETTLED = 0.05

_Stamp = tuple[tuple[str, int, int, int], ...]


class Watch:
    """The stubs of a place as they are now.

    Args:
        place: A file or a folder.
        face: The edition whose contract they have to keep.
        take: Takes the stubs over when they have changed; may raise `StubError`.

    Raises:
        StubError: They are wrong already.
    """

    def __init__(self, place: Path, face: Face, take: Callable[[StubSet], None]) -> None:
        self._place = place
        self._face = face
        self._take = take
        self._stamp = _stamp(place)
        self.stubs = files.load(place, face)

    async def run(self, say: Callable[[str], None]) -> None:
        """Look for changes for ever.

        Args:
            say: Tells the user that stubs were read again, or what is wrong with them.
        """
        while True:
            await asyncio.sleep(EVERY)
            told = await self.look()
            if told:
                say(told)

    async def look(self) -> str:
        """Look once; returns what to tell the user, empty where nothing has changed."""
        stamp = await asyncio.to_thread(_stamp, self._place)
        if stamp == self._stamp:
            return ""
        # Whoever writes a file now may not have written all of it yet.
        while stamp != self._stamp:
            self._stamp = stamp
            await asyncio.sleep(_SETTLED)
            stamp = await asyncio.to_thread(_stamp, self._place)
        return await self._read()

    async def _read(self) -> str:
        try:
            stubs = await asyncio.to_thread(files.load, self._place, self._face)
            self._take(stubs)
        except StubError as error:
            return f"stubs are not read again, those from before stay:\n{error}"
        except Exception as error:  # noqa: BLE001  # the border: looking goes on, whatever a file holds
            return f"stubs are not read again, those from before stay: {type(error).__name__}: {error}"
        self.stubs = stubs
        return f"stubs are read again: {len(stubs.stubs)} from {self._place}"


def _stamp(place: Path) -> _Stamp:
    """What tells that files have changed: name, time, size and identity of each."""
    try:
        found = [(path, path.stat()) for path in files.listed(place)]
    except (StubError, OSError):
        return ()
    return tuple((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found)
