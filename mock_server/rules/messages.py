"""Rules about who speaks when."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.contract.bodies import ChatCompletionRequest
from mock_server.rules.rule import Broken, rule

_ASKING = ("user", "tool")


def alternate(_: Call, body: ChatCompletionRequest) -> Broken | None:
    """System messages first, then user or tool and assistant in turn."""
    asking = True
    opening = True
    for message in body.messages:
        role = message.role
        if role == "system" and opening:
            continue
        opening = False
        if role == "system" or (role in _ASKING) is not asking:
            return {}
        asking = not asking
    return None


def last(_: Call, body: ChatCompletionRequest) -> Broken | None:
    """The last message asks."""
    return None if body.messages[-1].role in _ASKING else {}


def speak(_: Call, body: ChatCompletionRequest) -> Broken | None:
    """The last message says something, or shows something."""
    content = body.messages[-1].content
    if isinstance(content, str):
        return {} if not content or content.isspace() else None
    silent = all(part.type == "text" and not part.text.strip() for part in content)
    return {} if silent else None


RULES = (
    rule("PPLX-R-MESSAGES-ALTERNATE", (ChatCompletionRequest,), alternate),
    rule("PPLX-R-MESSAGES-LAST", (ChatCompletionRequest,), last),
    rule("PPLX-R-MESSAGES-SPEAK", (ChatCompletionRequest,), speak),
)
