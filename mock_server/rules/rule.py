"""A rule: its id, and the function that finds it broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from mock_server.call import Call
from mock_server.contract.bodies import Body

Broken: TypeAlias = dict[str, object]
"""What the text of the refusal needs, by the names of its placeholders."""

BodyT = TypeVar("BodyT", bound=Body)
BodyT_contra = TypeVar("BodyT_contra", bound=Body, contravariant=True)


class Check(Protocol[BodyT_contra]):
    """A function that holds a body to a rule."""

    def __call__(self, call: Call, body: BodyT_contra, /) -> Broken | None:
        """Say what the refusal needs, or nothing where the rule is kept."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by the id that it has in `openapi/rules.yaml`.

    Args:
        id: Its id.
        models: The classes of body that `broken` knows.
        fields: The fields that it is about; a body that gives none of them keeps it. Empty: always held.
        broken: The check.
    """

    id: str
    models: tuple[type[Body], ...]
    fields: frozenset[str]
    broken: Callable[[Call, Body], Broken | None]


def rule(name: str, models: tuple[type[BodyT], ...], check: Check[BodyT], *, about: tuple[str, ...] = ()) -> Rule:
    """Bind a check to the classes of body that it knows, and to the fields that it is about."""

    def broken(call: Call, body: Body) -> Broken | None:
        if not isinstance(body, models):
            raise TypeError(f"{name} knows no {type(body).__name__}")
        return check(call, body)

    return Rule(name, models, frozenset(about), broken)
