"""The editions: the contract itself, and the contract under each of its overlays."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from mock_server import resources
from mock_server.contract import document, overlay
from mock_server.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mock_server.jsontypes import JSON, JSONObject

COMPLETE = "complete"
_OVERLAYS = (document.FOLDER, "overlays")
_SUFFIX = ".yaml"


def names() -> list[str]:
    """List the editions: `complete`, then those that are overlays, sorted."""
    return [COMPLETE, *resources.names(*_OVERLAYS, suffix=_SUFFIX)]


def document_for(edition: str, overlays: Iterable[JSONObject] = ()) -> JSONObject:
    """Load the contract of an edition.

    Args:
        edition: One of `names()`.
        overlays: What is laid over it.

    Returns:
        A bundled document. What an overlay left without a reader is not in its components.

    Raises:
        ContractError: There is no such edition, its overlay cannot be applied, or what the overlay leaves refers to
            something that it took away.
    """
    if edition not in names():
        raise ContractError(_unknown(edition))
    laid: list[JSON] = [*overlays]
    if edition != COMPLETE:
        laid.insert(0, resources.read_yaml(*_OVERLAYS, f"{edition}{_SUFFIX}"))
    return _laid(laid, edition) if laid else document.load()


def under(content: JSON, edition: str) -> JSONObject:
    """Lay an overlay over the contract; arguments, result and errors as `document_for`."""
    return _laid([content], edition)


def _laid(contents: Iterable[JSON], edition: str) -> JSONObject:
    changed = document.load()
    for content in contents:
        if not isinstance(content, dict):
            raise ContractError(f"edition {edition}: an overlay is an object, got {content!r}")
        changed = overlay.apply(changed, content)
    try:
        return _sound(changed)
    except ContractError as error:
        raise ContractError(f"edition {edition}: after its overlay {error}") from None


def _unknown(edition: str) -> str:
    close = difflib.get_close_matches(edition, names(), n=1, cutoff=0.4)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"there is no edition {edition!r}; known: {', '.join(names())}.{hint}"


def _sound(changed: JSONObject) -> JSONObject:
    document.check_keywords(changed)
    pruned = _pruned(changed)
    _check_links(pruned)
    return pruned


def _pruned(changed: JSONObject) -> JSONObject:
    """Leave out the components that nothing refers to."""
    rest: JSONObject = {key: value for key, value in changed.items() if key != "components"}
    wanted = {reference.removeprefix("#") for reference in document.references(changed, rest)}
    components: JSONObject = {
        kind: _kept(kind, document.mapping(members), wanted)
        for kind, members in document.mapping(changed["components"]).items()
    }
    return {**changed, "components": components}


def _kept(kind: str, members: JSONObject, wanted: set[str]) -> JSONObject:
    if kind == "securitySchemes":  # named by `security`, without a reference
        return members
    return {name: member for name, member in members.items() if f"/components/{kind}/{name}" in wanted}


def _check_links(changed: JSONObject) -> None:
    known = {operation["operationId"] for _, _, operation in document.operations(changed)}
    for path, method, operation in document.operations(changed):
        for name, link in _links(changed, operation):
            if link.get("operationId") not in known:
                where = f"{method.upper()} {path}"
                raise ContractError(f"the link {name!r} of {where} leads to {link.get('operationId')!r}, which is gone")


def _links(changed: JSONObject, operation: JSONObject) -> Iterator[tuple[str, JSONObject]]:
    for response in document.mapping(operation["responses"]).values():
        for name, link in document.mapping(document.resolve(changed, response).get("links", {})).items():
            yield name, document.resolve(changed, link)
