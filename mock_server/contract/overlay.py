"""Lay an OpenAPI Overlay (1.0 or 1.1) over a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mock_server.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jsonpath_rfc9535 import JSONPathNodeList

    from mock_server.jsontypes import JSON, JSONObject

_Location: TypeAlias = tuple[int | str, ...]

_MODIFIERS = {"1.0": ("update", "remove"), "1.1": ("update", "copy", "remove")}
_OVERLAY_KEYS = ("overlay", "info", "extends", "actions")
_INFO_KEYS = ("title", "version", "description")


def apply(document: JSONObject, overlay: JSONObject) -> JSONObject:
    """Lay an overlay over a document.

    Args:
        document: Any OpenAPI document; it stays as it is.
        overlay: The overlay. An action may say `x-mock-optional: true` when its target need not be there.

    Returns:
        The changed copy.

    Raises:
        ContractError: The overlay has an unknown key or an invalid JSONPath, an action finds nothing (one that does
            nothing is a mistake), or an action gives a value that does not fit what it finds.
    """
    title, actions, modifiers = _read(overlay)
    for number, action in enumerate(actions, start=1):
        try:
            document = _Action.read(action, modifiers).applied(document)
        except ContractError as error:
            raise ContractError(f"overlay {title!r}, action {number}: {error}") from None
    return document


def _read(overlay: JSONObject) -> tuple[str, list[JSON], tuple[str, ...]]:
    """Read an overlay's title, actions, and what its version lets an action do."""
    info = overlay.get("info")
    if not isinstance(info, dict) or not isinstance(info.get("title"), str) or "version" not in info:
        raise ContractError(f"an overlay has an info with title and version, got {info!r}")
    what = f"overlay {info['title']!r}"
    _refuse_unknown(overlay, _OVERLAY_KEYS, what)
    _refuse_unknown(info, _INFO_KEYS, f"{what}, info")
    modifiers = _MODIFIERS.get(".".join(str(overlay.get("overlay")).split(".")[:2]))
    if modifiers is None:
        raise ContractError(f"{what}: the versions {', '.join(_MODIFIERS)} are known, got {overlay.get('overlay')!r}")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        raise ContractError(f"{what}: actions is a list with an action or more, got {actions!r}")
    return str(info["title"]), actions, modifiers


def _refuse_unknown(given: JSONObject, known: Iterable[str], what: str) -> None:
    unknown = sorted(key for key in given if key not in known and not key.startswith("x-"))
    if unknown:
        raise ContractError(f"{what} has no key {unknown[0]!r}, only {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class _Action:
    target: str
    modifier: str
    value: JSON
    optional: bool

    @classmethod
    def read(cls, action: JSON, modifiers: tuple[str, ...]) -> _Action:
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            raise ContractError(f"an action is an object with a target, got {action!r}")
        _refuse_unknown(action, ("target", "description", *modifiers), "an action")
        given = [key for key in modifiers if key in action and (key, action[key]) != ("remove", False)]
        if len(given) != 1:
            raise ContractError(f"an action has one of {', '.join(modifiers)}, got {' and '.join(given) or 'none'}")
        return cls(str(action["target"]), given[0], action[given[0]], action.get("x-mock-optional") is True)

    def applied(self, document: JSONObject) -> JSONObject:
        found = _find(document, self.target)
        if not found and not self.optional:
            raise ContractError(f"{self.target} finds nothing")
        if self.modifier == "remove":
            return _without(document, found)
        return _merged_at(document, found, self._addition(document))

    def _addition(self, document: JSONObject) -> JSON:
        if self.modifier == "update":
            return self.value
        found = list(_find(document, str(self.value)).values())
        if len(found) != 1:
            raise ContractError(f"copy takes one value, {self.value} finds {len(found)}")
        return found[0]


def _find(document: JSONObject, query: str) -> dict[_Location, JSON]:
    """Find what a JSONPath leads to, by its location; one place counts once."""
    return {node.location: _at(document, node.location) for node in _nodes(document, query)}


def _nodes(document: JSONObject, query: str) -> JSONPathNodeList:
    import jsonpath_rfc9535  # noqa: PLC0415 - the edition `complete` has no overlay and does not pay for it

    try:
        return jsonpath_rfc9535.find(query, document)
    except jsonpath_rfc9535.JSONPathError as error:
        raise ContractError(f"{query} is no JSONPath: {error}") from None


def _at(node: JSON, location: _Location) -> JSON:
    for key in location:
        node = dict(_items(node))[key]
    return node


def _items(node: JSON) -> Iterable[tuple[int | str, JSON]]:
    if isinstance(node, dict):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()


def _without(document: JSONObject, found: Iterable[_Location]) -> JSONObject:
    # Backwards: then a list's later items do not move, and a parent goes after its child.
    for location in sorted(found, reverse=True):
        document = _edited(document, location, lambda _: [])
    return document


def _merged_at(document: JSONObject, found: dict[_Location, JSON], addition: JSON) -> JSONObject:
    kinds = {_kind(value) for value in found.values()}
    if len(kinds) > 1:
        raise ContractError(f"the target finds values of several kinds: {', '.join(sorted(kinds))}")
    for location in found:
        document = _edited(document, location, lambda value: [_added(value, addition)])
    return document


def _added(target: JSON, addition: JSON) -> JSON:
    if isinstance(target, list):
        return [*target, *(addition if isinstance(addition, list) else [addition])]
    return _merged(target, addition, "the value")


def _edited(document: JSONObject, location: _Location, edit: Callable[[JSON], list[JSON]]) -> JSONObject:
    """Copy a document with one place edited; an edit gives the one value that stands there next, or none."""
    edited = _spread(document, location, edit)
    if len(edited) != 1 or not isinstance(edited[0], dict):
        raise ContractError("an action cannot remove the whole document")
    return edited[0]


def _spread(node: JSON, location: _Location, edit: Callable[[JSON], list[JSON]]) -> list[JSON]:
    if not location:
        return edit(node)
    pairs = [
        (key, value)
        for key, item in _items(node)
        for value in (_spread(item, location[1:], edit) if key == location[0] else [item])
    ]
    return [[value for _, value in pairs] if isinstance(node, list) else {str(key): value for key, value in pairs}]


def _merged(target: JSON, addition: JSON, where: str) -> JSON:
    """Merge as the specification says: objects recursively, lists joined, primitives replaced."""
    if _kind(target) != _kind(addition):
        raise ContractError(f"{where} is of kind {_kind(target)}, the action gives {_kind(addition)}")
    if isinstance(target, list) and isinstance(addition, list):
        return [*target, *addition]
    if not isinstance(target, dict) or not isinstance(addition, dict):
        return addition
    both = {key: _merged(target[key], value, f"{where}.{key}") for key, value in addition.items() if key in target}
    return {**target, **addition, **both}


def _kind(value: JSON) -> str:
    if isinstance(value, dict):
        return "object"
    return "list" if isinstance(value, list) else "primitive"
