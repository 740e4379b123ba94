"""The bodies that make and revoke keys."""

from typing import Annotated

from pydantic import Field

from mock_server.contract.bodies.scalars import Body, NonEmptyText


class GenerateAuthTokenRequest(Body):
    """A key to make."""

    token_name: Annotated[str, Field(min_length=1, max_length=255)] | None = None


class RevokeAuthTokenRequest(Body):
    """A key to revoke."""

    auth_token: NonEmptyText
