"""Look values up in a body by JSONPath (RFC 9535); what leads to one place only is looked up without the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

from mock_server.jsontypes import JSON

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

Query: TypeAlias = Callable[[JSON], Sequence[JSON]]
"""Finds the values at a path; none where there is nothing."""

_NOWHERE: tuple[JSON, ...] = ()


@lru_cache(4096)
def compiled(path: str) -> Query:
    """Compile a path.

    Args:
        path: Such as ``$.messages[0].content``.

    Raises:
        ValueError: It is no JSONPath.
    """
    import jsonpath_rfc9535  # noqa: PLC0415  # whoever matches on no path does not pay for it

    try:
        query = jsonpath_rfc9535.compile(path)
    except (jsonpath_rfc9535.JSONPathError, RecursionError) as error:
        raise ValueError(f"{path!r} is no JSONPath: {error}") from None
    steps = _steps(query)
    return _every(query) if steps is None else _one(steps)


def _steps(query: JSONPathQuery) -> tuple[str | int, ...] | None:
    """The names and indexes of a path that leads to one place; nothing where it may lead to several."""
    if not query.singular_query():
        return None
    from jsonpath_rfc9535.selectors import IndexSelector, NameSelector  # noqa: PLC0415  # see above

    selectors = [selector for segment in query.segments for selector in segment.selectors]
    return tuple(
        selector.name if isinstance(selector, NameSelector) else selector.index
        for selector in selectors
        if isinstance(selector, NameSelector | IndexSelector)
    )


def _one(steps: tuple[str | int, ...]) -> Query:
    def find(content: JSON) -> Sequence[JSON]:
        node = content
        for step in steps:
            if isinstance(node, dict):
                if not isinstance(step, str) or step not in node:
                    return _NOWHERE
                node = node[step]
            elif isinstance(node, list) and isinstance(step, int) and -len(node) <= step < len(node):
                node = node[step]
            else:
                return _NOWHERE
        return (node,)

    return find


def _every(query: JSONPathQuery) -> Query:
    from jsonpath_rfc9535 import JSONPathError  # noqa: PLC0415  # see above

    def find(content: JSON) -> Sequence[JSON]:
        if not isinstance(content, dict | list):
            return _NOWHERE
        try:
            return cast("list[JSON]", query.find(content).values())
        except JSONPathError:  # deeper than the library goes
            return _NOWHERE

    return find
