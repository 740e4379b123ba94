"""Rules about shapes that an answer shall have."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.contract.bodies import ChatCompletionRequest, JsonSchemaFormat, RegexFormat
from mock_server.operations import shapes
from mock_server.rules.rule import Broken, rule


def schema(call: Call, body: ChatCompletionRequest) -> Broken | None:
    """A schema is one, and something meets it."""
    return _unusable(call, body) if isinstance(body.response_format, JsonSchemaFormat) else None


def regex(call: Call, body: ChatCompletionRequest) -> Broken | None:
    """A regular expression is one, and something matches it."""
    return _unusable(call, body) if isinstance(body.response_format, RegexFormat) else None


def _unusable(call: Call, body: ChatCompletionRequest) -> Broken | None:
    try:
        shapes.text(body, seed=call.lane.seed)
    except ValueError as error:
        return {"reason": str(error)}
    return None


RULES = (
    rule("PPLX-R-FORMAT-SCHEMA", (ChatCompletionRequest,), schema, about=("response_format",)),
    rule("PPLX-R-FORMAT-REGEX", (ChatCompletionRequest,), regex, about=("response_format",)),
)
