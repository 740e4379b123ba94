"""What the input of a task says: its question, its tokens, and what functions gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mock_server.contract.bodies import (
    AgentFunctionCall,
    AgentFunctionCallOutput,
    AgentInputMessage,
    AgentRequest,
    AgentTextPart,
)
from mock_server.world import tokens
from mock_server.world.agent.task import Given

Items = Sequence[AgentInputMessage | AgentFunctionCall | AgentFunctionCallOutput]


def items(body: AgentRequest) -> Items:
    """The items of an input; none where it is one text."""
    return () if isinstance(body.input, str) else body.input


def question(body: AgentRequest) -> str:
    """The text of the user's last message that has one; empty where there is none."""
    if isinstance(body.input, str):
        return body.input
    for item in reversed(body.input):
        if isinstance(item, AgentInputMessage) and item.role == "user" and (text := " ".join(_texts(item))):
            return text
    return ""


def count(body: AgentRequest) -> int:
    """Count the tokens of an input; an image or a file counts as a fixed number, as it is never fetched."""
    if isinstance(body.input, str):
        return tokens.count(body.input)
    return sum(map(_count, body.input))


def calls(body: AgentRequest) -> dict[str, str]:
    """The function calls that an input says again: names by `call_id`."""
    return {item.call_id: item.name for item in items(body) if isinstance(item, AgentFunctionCall)}


def outputs(body: AgentRequest) -> Iterator[AgentFunctionCallOutput]:
    """All that functions gave."""
    return (item for item in items(body) if isinstance(item, AgentFunctionCallOutput))


def given(body: AgentRequest, names: Mapping[str, str]) -> tuple[Given, ...]:
    """What functions gave since the user last said something; `names` are those of the calls."""
    found: list[Given] = []
    for item in items(body):
        if isinstance(item, AgentFunctionCallOutput):
            found.append(Given(names.get(item.call_id, item.call_id), item.output))
        elif isinstance(item, AgentInputMessage) and item.role == "user":
            found.clear()
    return tuple(found)


def _texts(message: AgentInputMessage) -> Iterator[str]:
    if isinstance(message.content, str):
        yield message.content
    else:
        yield from (part.text for part in message.content if isinstance(part, AgentTextPart))


def _count(item: AgentInputMessage | AgentFunctionCall | AgentFunctionCallOutput) -> int:
    if isinstance(item, AgentFunctionCall):
        return tokens.count(item.arguments)
    if isinstance(item, AgentFunctionCallOutput):
        return tokens.count(item.output)
    if isinstance(item.content, str):
        return tokens.count(item.content)
    return sum(
        tokens.count(part.text) if isinstance(part, AgentTextPart) else tokens.OF_A_PART for part in item.content
    )
