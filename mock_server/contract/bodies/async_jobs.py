"""The body of a chat that is answered later."""

from typing import Annotated

from pydantic import Field

from mock_server.contract.bodies.scalars import Body
from mock_server.contract.bodies.sonar import ChatCompletionRequest


class AsyncChatCompletionRequest(Body):
    """A chat to answer later; the same key names the same job."""

    request: ChatCompletionRequest
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None
