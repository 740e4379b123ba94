"""What a test asks of a call, and how a call differs from it, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypedDict

from pydantic import ValidationError

from mock_server import naming
from mock_server.embedded import wording
from mock_server.embedded.recorded import RecordedCall
from mock_server.errors import PplxMockError
from mock_server.jsontypes import JSON, JSONObject
from mock_server.stubs import conditions, texts
from mock_server.stubs.conditions import Condition, same
from mock_server.stubs.model import When
from mock_server.stubs.nearest import Difference

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = "nothing"
_STUB_PREFIX = "when."


class Match(TypedDict, total=False):
    """What is asked of a call; what is left out is not asked for.

    Args:
        operation: The operation's id, or several.
        path: The path; `*` and `?` stand for others.
        model: The model, likewise.
        last_user: What the user said last: the whole text, or `{"contains": …}`, `{"regex": …}`.
        messages: Texts each of which some message has, or conditions as of `last_user`.
        body: Values in the body by JSONPath.
        headers: Headers by name.
        key: The API key.
        json: The whole body; fields more or fewer are a difference.
        including: Fields that the body has, with their values; other fields do not matter.
        status: The answer's status.
        streamed: Whether the answer was a stream.
        stub: The id of the stub that answered.
        fault: The id of a fault that met the call.
    """

    operation: str | Sequence[str]
    path: str
    model: str
    last_user: str | Mapping[str, object]
    messages: Sequence[str | Mapping[str, object]]
    body: Mapping[str, object]
    headers: Mapping[str, object]
    key: str
    json: Mapping[str, object]
    including: Mapping[str, object]
    status: int
    streamed: bool
    stub: str
    fault: str


class MatchError(PplxMockError):
    """What is asked of a call cannot be asked."""


_OF_STUBS = frozenset(When.model_fields) - {"nth"}
_Reader = Callable[[RecordedCall], str | int | bool]
_OF_ANSWERS: dict[str, _Reader] = {
    "status": lambda call: call.status,
    "streamed": lambda call: call.streamed,
    "stub": lambda call: call.stub,
}


@dataclass(frozen=True)
class Nearest:
    """The call that came nearest to what was asked, and how it differs."""

    call: RecordedCall
    differences: tuple[Difference, ...]


class Matcher:
    """Holds calls against a match.

    Args:
        match: What is asked of them.

    Raises:
        MatchError: It asks for something that no call has, or in another form.
    """

    def __init__(self, match: Match) -> None:
        self._match = match
        unknown = sorted(match.keys() - Match.__annotations__.keys())
        if unknown:
            raise MatchError(naming.unknown("condition on calls", unknown[0], Match.__annotations__))
        self._conditions = _conditions({name: value for name, value in match.items() if name in _OF_STUBS})
        self._bodies = [(_plain(match[name]), name == "json") for name in ("json", "including") if name in match]

    @property
    def text(self) -> str:
        """What is asked for, in words."""
        said = [f"{_field(one.field)} {one.wanted}" for one in self._conditions]
        said += [f"{name} {texts.shown(_plain(value))}" for name, value in self._match.items() if name not in _OF_STUBS]
        return ", ".join(said) or "anything"

    def differences(self, call: RecordedCall) -> tuple[Difference, ...]:
        """How a call differs from what is asked; nothing where it does not."""
        return (
            *(
                Difference(_field(one.field), one.wanted, one.got(call.asked))
                for one in self._conditions
                if not one.holds(call.asked)
            ),
            *self._of_bodies(call),
            *self._of_answers(call),
        )

    def holds(self, call: RecordedCall) -> bool:
        """Whether a call is what is asked for."""
        return not self.differences(call)

    def nearest(self, calls: Sequence[RecordedCall]) -> Nearest | None:
        """Find the call that differs least: in the fewest fields, and of those the one that reads most alike."""
        rated = [Nearest(call, self.differences(call)) for call in calls]
        return min(rated, key=_distance, default=None)

    def _of_bodies(self, call: RecordedCall) -> Iterator[Difference]:
        for wanted, exactly in self._bodies:
            yield from differing("json", wanted, call.json, exactly=exactly)

    def _of_answers(self, call: RecordedCall) -> Iterator[Difference]:
        for name, value in self._match.items():
            read = _OF_ANSWERS.get(name)
            if read is not None and read(call) != value:
                yield Difference(name, f"is {value}", str(read(call)) or _NOTHING)
        fault = self._match.get("fault")
        if fault is not None and fault not in call.faults:
            yield Difference("fault", f"is {fault}", ", ".join(call.faults) or _NOTHING)


def differing(place: str, wanted: JSON, got: JSON, *, exactly: bool) -> Iterator[Difference]:
    """Compare two values of JSON.

    Args:
        place: The path of both.
        wanted: What is asked for.
        got: What there is.
        exactly: Whether fields that are not asked for are differences.

    Yields:
        Each field or item that differs.
    """
    if isinstance(wanted, dict) and isinstance(got, dict):
        yield from _differing_fields(place, wanted, got, exactly=exactly)
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from differing(f"{place}[{number}]", one, other, exactly=exactly)
    elif not same(wanted, got):
        yield Difference(place, f"is {texts.shown(wanted)}", texts.shown(got))


def _differing_fields(place: str, wanted: JSONObject, got: JSONObject, *, exactly: bool) -> Iterator[Difference]:
    for name, value in wanted.items():
        if name in got:
            yield from differing(f"{place}.{name}", value, got[name], exactly=exactly)
        else:
            yield Difference(f"{place}.{name}", f"is {texts.shown(value)}", _NOTHING)
    for name in got.keys() - wanted.keys() if exactly else ():
        yield Difference(f"{place}.{name}", "is absent", texts.shown(got[name]))


def _conditions(given: dict[str, object]) -> tuple[Condition, ...]:
    try:
        return conditions.of(When.model_validate(_plain(given)))
    except ValidationError as error:
        raise MatchError(wording.of(error, "condition", When.model_fields)) from None


def _plain(value: object) -> JSON:
    """Make JSON of what a test wrote: tuples become lists, mappings objects."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if hasattr(value, "items"):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    raise MatchError(f"{value!r} is nothing that a request can have")


def _field(name: str) -> str:
    return name.removeprefix(_STUB_PREFIX)


def _distance(rated: Nearest) -> tuple[bool, int, float]:
    unlike = [1 - SequenceMatcher(None, one.wanted, one.got).ratio() for one in rated.differences]
    return any(one.field == "operation" for one in rated.differences), len(unlike), sum(unlike)
