"""What the messages of a chat say, and how long they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mock_server.contract.bodies import Message, TextPart
from mock_server.world import tokens


def texts(message: Message) -> Iterator[str]:
    """The texts of a message."""
    if isinstance(message.content, str):
        yield message.content
    else:
        for part in message.content:
            if isinstance(part, TextPart):
                yield part.text


def question(messages: Sequence[Message]) -> str:
    """The text of the last message that has one."""
    for message in reversed(messages):
        text = " ".join(texts(message))
        if text:
            return text
    return ""


def count(messages: Sequence[Message]) -> int:
    """Count the tokens of all messages; an image or file counts as a fixed number, as it is never fetched."""
    total = 0
    for message in messages:
        if isinstance(message.content, str):
            total += tokens.count(message.content)
        else:
            total += sum(
                tokens.count(part.text) if isinstance(part, TextPart) else tokens.OF_A_PART for part in message.content
            )
    return total


def fits(messages: Sequence[Message], limit: int) -> bool:
    """Whether the messages have at most `limit` tokens; short ones are not counted, as no token is empty."""
    length = sum(len(message.content) if isinstance(message.content, str) else limit + 1 for message in messages)
    return length <= limit or count(messages) <= limit
