"""Bind the body's class of an operation to the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from mock_server.call import Call, Reply
from mock_server.contract.bodies import Body

BodyT = TypeVar("BodyT", bound=Body)
BodyT_contra = TypeVar("BodyT_contra", bound=Body, contravariant=True)


class NoBody(Body):
    """What an operation takes that takes nothing."""


class Answer(Protocol[BodyT_contra]):
    """A function that answers a call."""

    __name__: str

    def __call__(self, call: Call, body: BodyT_contra, /) -> Reply:
        """Answer."""


def _whole(body: Body) -> Body:
    return body


@dataclass(frozen=True, slots=True)
class Handler:
    """An operation's id, the class of its body (or query), and its function behind a check of that class.

    `subject` finds the body that rules are about, where that is a part of the whole one.
    """

    name: str
    model: type[Body]
    answer: Callable[[Call, Body], Reply]
    subject: Callable[[Body], Body] = _whole


def handler(model: type[BodyT], function: Answer[BodyT], *, subject: Callable[[Body], Body] = _whole) -> Handler:
    """Bind a function to the class of body that it takes."""

    def answer(call: Call, body: Body) -> Reply:
        if not isinstance(body, model):
            raise TypeError(f"{function.__name__} takes a {model.__name__}, got a {type(body).__name__}")
        return function(call, body)

    return Handler(function.__name__, model, answer, subject)
