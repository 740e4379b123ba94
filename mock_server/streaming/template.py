"""Frames that differ in few places, serialised once and filled in for each frame."""

from __future__ import annotations

from collections.abc import Iterable


class Template:
    """The bytes of a frame around its places.

    Args:
        frame: A frame, serialised, with a mark in each place.
        marks: The marks, in their order; none occurs anywhere else.
    """

    __slots__ = ("_parts",)

    def __init__(self, frame: bytes, marks: Iterable[bytes]) -> None:
        self._parts: list[bytes] = []
        rest = frame
        for mark in marks:
            before, _, rest = rest.partition(mark)
            self._parts += (before, b"")
        self._parts.append(rest)

    def filled(self, *values: bytes) -> bytes:
        """Put a value in each place."""
        parts = self._parts
        parts[1::2] = values
        return b"".join(parts)
