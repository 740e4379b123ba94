"""The declarations of the rules: `openapi/rules.yaml`, typed."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from mock_server import resources
from mock_server.errors import ContractError
from mock_server.facts import Provenance


class Declaration(BaseModel):
    """One rule as declared; `limit` is the number that it holds a request to, if it counts something."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sentence: str
    operations: tuple[str, ...]
    editions: tuple[str, ...] = ()
    error: str
    limit: int | None = None
    provenance: Provenance = Field(alias="x-provenance")

    def holds_in(self, edition: str) -> bool:
        """Whether the rule holds in an edition; without a list it holds in all."""
        return not self.editions or edition in self.editions


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rules: tuple[Declaration, ...]


@cache
def load() -> tuple[Declaration, ...]:
    """Load the declarations, in the order in which they are held; raises `ResourceError`."""
    return resources.read_model(_File, "openapi", "rules.yaml").rules


@cache
def limit(name: str) -> int:
    """The number that a rule holds a request to; raises `ContractError` where none is declared."""
    found = next((declared.limit for declared in load() if declared.id == name), None)
    if found is None:
        raise ContractError(f"openapi/rules.yaml: {name} declares no limit")
    return found
