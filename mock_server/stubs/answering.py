"""Which operations a stub can answer, by what it says."""

from __future__ import annotations

from functools import lru_cache

from mock_server.contract.bodies import MISSING, given
from mock_server.stubs import conditions
from mock_server.stubs.conditions import Condition
from mock_server.stubs.model import MOST_STUBS, Answer, Reply, Stub

SPEAKING = ("create_chat_completion", "stream_chat_completion", "create_async_chat_completion", "create_agent")
"""The operations in which a model says something, so that a text can be given to it."""


class _Same:
    """A stub that is equal to itself alone, which is quick to tell."""

    __slots__ = ("stub",)

    def __init__(self, stub: Stub) -> None:
        self.stub = stub

    def __hash__(self) -> int:
        return id(self.stub)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.stub is other.stub


def conditions_of(stub: Stub) -> tuple[Condition, ...]:
    """The conditions of a stub, made once for all lanes that have it.

    One that gives a text and names no operation is for those that speak.
    """
    return _conditions(_Same(stub))


@lru_cache(MOST_STUBS)
def _conditions(same: _Same) -> tuple[Condition, ...]:
    stub = same.stub
    made = conditions.of(stub.when)
    if stub.when.operation is MISSING and speaks(stub.reply):
        return (conditions.operation(SPEAKING), *made)
    return made


def answers(reply: Reply) -> tuple[tuple[tuple[str | int, ...], Answer], ...]:
    """All answers that a reply has, each with its place."""
    steps = given(reply.sequence)
    if steps is None:
        return (((), reply),)
    return tuple((("sequence", number), step) for number, step in enumerate(steps))


def speaks(reply: Reply) -> bool:
    """Whether some answer needs a model that says it."""
    return any(needs_speech(answer) for _, answer in answers(reply))


def needs_speech(answer: Answer) -> bool:
    """Whether an answer is a text for a model to say."""
    stream = given(answer.stream)
    return answer.kind == "text" or (stream is not None and stream.deltas is not MISSING)
