"""The body that opens a collection."""

from typing import Annotated

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import Body


class CreateCollectionRequest(Body):
    """A collection's name, and what else to remember of it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] | MISSING = MISSING
    metadata: Annotated[dict[str, Annotated[str, Field(max_length=512)]], Field(max_length=16)] | MISSING = MISSING
