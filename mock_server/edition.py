"""One edition: its contract, its operations and its tables of facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from mock_server import facts as tables
from mock_server import switches
from mock_server.contract import document as documents
from mock_server.contract import editions, operation
from mock_server.contract.bodies import Names
from mock_server.contract.operation import Operation
from mock_server.errors import ApiError
from mock_server.facts import Facts
from mock_server.jsontypes import JSONObject

HEADER = b"x-mock-edition"


@dataclass(frozen=True)
class Edition:
    """A dated face of the API; `names` are the model names that its bodies may hold.

    `key` is its name together with the sides taken where documents and wire disagree.
    """

    key: str
    name: str
    document: JSONObject
    operations: dict[str, Operation]
    facts: Facts
    names: Names

    @cached_property
    def header(self) -> bytes:
        """The name as a header's value."""
        return self.name.encode("ascii")


@cache
def load(key: str) -> Edition:
    """Load an edition by its name or by a key of `switches.key`; raises `ContractError` for an unknown one."""
    name, choices = switches.split(key)
    document = editions.document_for(name, switches.overlays(choices))
    return Edition(
        key=key,
        name=name,
        document=document,
        operations=operation.read(document),
        facts=tables.patched(name, switches.patches(choices)) if choices else tables.load(name),
        names=Names(
            chat_models=_enum(document, "ChatModel"),
            embedding_models=_enum(document, "EmbeddingModel"),
            contextual_models=_enum(document, "ContextualizedEmbeddingModel"),
            agent_models=_enum(document, "AgentModel"),
            agent_presets=_enum(document, "AgentPreset"),
        ),
    )


def requested(headers: dict[bytes, bytes], default: str) -> Edition:
    """Load the edition that a request's headers name, or else the default.

    Args:
        headers: The request's.
        default: The key of an edition; its choices hold for the one that is named as well.

    Raises:
        ApiError: There is no such edition.
    """
    header = headers.get(HEADER)
    if header is None:
        return load(default)
    name = header.decode("latin-1").strip()
    if name not in _names():
        raise ApiError("unknown_edition", facts={"edition": name, "known": ", ".join(_names())})
    return load(switches.key(name, switches.split(default)[1]))


@cache
def _names() -> tuple[str, ...]:
    return tuple(editions.names())


def _enum(document: JSONObject, component: str) -> frozenset[str]:
    schemas = documents.mapping(documents.mapping(document["components"])["schemas"])
    members = documents.mapping(schemas.get(component, {})).get("enum", [])
    return frozenset(str(member) for member in members) if isinstance(members, list) else frozenset()
