"""The body of a request to verify citations."""

from typing import Annotated

from pydantic import Field

from mock_server.contract.bodies.scalars import Body, NonEmptyText


class CitedPage(Body):
    """The long form of a citation."""

    url: NonEmptyText


class VerifyCitationsRequest(Body):
    """A text with markers, and what they mean."""

    text: Annotated[str, Field(min_length=1, max_length=200_000)]
    citations: Annotated[list[NonEmptyText | CitedPage], Field(min_length=1, max_length=100)]
