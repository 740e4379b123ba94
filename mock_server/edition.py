"""One edition: its contract, its operations and its tables of facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from mock_server import facts as tables
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
    """A dated face of the API; `names` are the model names that its bodies may hold."""

    name: str
    document: JSONObject
    operations: dict[str, Operation]
    facts: Facts
    names: Names

    @property
    def header(self) -> bytes:
        """The name as a header's value."""
        return self.name.encode("ascii")


@cache
def load(name: str) -> Edition:
    """Load an edition; raises `ContractError` for an unknown one."""
    document = editions.document_for(name)
    return Edition(
        name=name,
        document=document,
        operations=operation.read(document),
        facts=tables.load(name),
        names=Names(
            chat_models=_enum(document, "ChatModel"),
            embedding_models=_enum(document, "EmbeddingModel"),
        ),
    )


def requested(headers: dict[bytes, bytes], default: str) -> Edition:
    """Load the edition that a request's headers name, or else the default; raises `ApiError` for an unknown one."""
    header = headers.get(HEADER)
    name = default if header is None else header.decode("latin-1").strip()
    if header is not None and name not in _names():
        raise ApiError("unknown_edition", facts={"edition": name, "known": ", ".join(_names())})
    return load(name)


@cache
def _names() -> tuple[str, ...]:
    return tuple(editions.names())


def _enum(document: JSONObject, component: str) -> frozenset[str]:
    schemas = documents.mapping(documents.mapping(document["components"])["schemas"])
    members = documents.mapping(schemas.get(component, {})).get("enum", [])
    return frozenset(str(member) for member in members) if isinstance(members, list) else frozenset()
