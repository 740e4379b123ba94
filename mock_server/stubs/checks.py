"""Hold what stubs answer against the contract of an edition, before any request meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from jsonschema_rs import Validator

from mock_server import wire
from mock_server.contract import document as documents
from mock_server.contract.bodies import given
from mock_server.contract.operation import JSON_TYPE, Operation, Response
from mock_server.facts import Facts, merge_patch
from mock_server.jsontypes import JSON, JSONObject
from mock_server.stubs import answering
from mock_server.stubs.model import Answer, Stub
from mock_server.stubs.problems import Problem, StubError

Found = tuple[tuple[str | int, ...], str]
"""A place in an answer, and what is wrong there."""

_OK = 200
_OTHERS = 500
_LONGEST_REASON = 300


class Face(Protocol):
    """An edition, as far as stubs are held against it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Its operations by id."""

    @property
    def facts(self) -> Facts:
        """Its tables."""


def problems(stub: Stub, face: Face, *, name: str) -> list[Problem]:
    """Find where a stub breaks the contract.

    Args:
        stub: The stub; with `check: false` nothing is wrong with it.
        face: The edition. What it does not offer, or refuses whatever is asked, is not looked at: no request gets
            that far.
        name: The stub's id, for the words.

    Returns:
        What is wrong; an answer for several operations has to be right for all that the stub names, or for any one
        where it names none.
    """
    if not stub.check:
        return []
    named = given(stub.when.operation)
    asked = named or (answering.SPEAKING if answering.speaks(stub.reply) else ())
    operations = _operations(face, asked)
    return [
        Problem(name, ("reply", *place, *path), f"{reason} (edition {face.name})")
        for place, answer in answering.answers(stub.reply)
        for path, reason in _wrong(answer, operations, face, any_will_do=named is None)
    ]


def _wrong(answer: Answer, operations: Iterable[Operation], face: Face, *, any_will_do: bool) -> list[Found]:
    """Find what is wrong with an answer for all of some operations, or for each of them where any will do."""
    each = [
        [*_broken(answer, operation, face)] for operation in operations if not any_will_do or _tells(answer, operation)
    ]
    wrong = [those for those in each if those]
    if not any_will_do or len(each) == 1:
        return wrong[0] if wrong else []
    if not wrong or len(wrong) < len(each):
        return []
    return [((answer.kind,), "no operation answers that; name one in `when.operation` to be told what differs")]


def _tells(answer: Answer, operation: Operation) -> bool:
    """Whether the contract says enough of an operation to tell whether an answer is right for it."""
    response = operation.responses.get(answer.status if isinstance(answer.status, int) else _OK)
    if answer.kind in {"body", "patch"}:
        return response is not None and response.body is not None
    return answer.kind != "stream" or (response is not None and response.frame is not None)


def refuse(found: Iterable[Problem]) -> None:
    """Raise `StubError` if anything is wrong."""
    listed = tuple(found)
    if listed:
        raise StubError(listed)


def example(operation: Operation) -> JSONObject | None:
    """Take the contract's own example of an operation's answer, if there is one."""
    paths = documents.mapping(operation.document["paths"])
    node = documents.mapping(documents.mapping(paths[operation.path])[operation.method.lower()])
    response = documents.resolve(operation.document, documents.mapping(node["responses"]).get(str(_OK), {}))
    content = documents.mapping(documents.mapping(response.get("content", {})).get(JSON_TYPE, {}))
    for named in documents.mapping(content.get("examples", {})).values():
        value = documents.resolve(operation.document, named).get("value")
        if isinstance(value, dict):
            return value
    return None


def _operations(face: Face, names: Iterable[str]) -> list[Operation]:
    """The operations that requests reach, of some names or all."""
    wanted = frozenset(names)
    return [
        operation
        for operation in face.operations.values()
        if operation.refusal is None and (not wanted or wanted & {operation.id, operation.handler})
    ]


def _broken(answer: Answer, operation: Operation, face: Face) -> Iterator[Found]:
    """Find where an answer of an operation breaks the contract."""
    if answering.needs_speech(answer):
        if operation.handler not in answering.SPEAKING:
            yield (answer.kind,), f"{operation.handler} has no model that could say this; give a body or a patch"
        return
    check = _CHECKS.get(answer.kind)
    if check is not None:
        yield from check(answer, operation, face)


def _body(answer: Answer, operation: Operation, _: Face) -> Iterator[Found]:
    status = answer.status if isinstance(answer.status, int) else _OK
    response = operation.responses.get(status)
    if response is None:
        yield ("status",), _undeclared(operation, status)
    elif response.body is not None:
        yield from _differences(response.body, {**(given(answer.body) or {})}, ("body",))
    elif response.event_schema is None:
        yield ("body",), f"{operation.endpoint} declares no body for {status}"


def _patch(answer: Answer, operation: Operation, _: Face) -> Iterator[Found]:
    """Lay a patch over the contract's own example; what is wrong only counts where the patch reaches."""
    response, base = operation.responses.get(_OK), example(operation)
    patch: JSONObject = {**(given(answer.patch) or {})}
    if response is None or response.body is None or base is None:
        return
    for path, reason in _differences(response.body, merge_patch(base, patch), ("patch",)):
        if _reaches(patch, path[1:]):
            yield path, reason


def _reaches(patch: JSON, path: tuple[str | int, ...]) -> bool:
    """Whether a patch says something of a place, or of what is right below it."""
    node = patch
    for step in path:
        if not isinstance(node, dict):
            return True
        if step not in node:
            return False
        node = node[str(step)]
    return True


def _frames(answer: Answer, operation: Operation, _: Face) -> Iterator[Found]:
    stream, response = given(answer.stream), operation.responses.get(_OK)
    frames = given(stream.frames) if stream is not None else None
    if response is None or response.frame is None:
        yield ("stream",), f"{operation.endpoint} declares no stream"
        return
    for number, frame in enumerate(frames or ()):
        place = ("stream", "frames", number)
        if isinstance(frame, str):
            yield from _text_frame(response, frame, place)
        else:
            yield from _differences(response.frame, {**frame}, place)


def _text_frame(response: Response, frame: str, place: tuple[str | int, ...]) -> Iterator[Found]:
    try:
        content = wire.loads(frame.encode())
    except ValueError:
        yield place, "no JSON; say `check: false` if that is wanted, or `done: true` for a closing [DONE]"
        return
    if response.frame is not None:
        yield from _differences(response.frame, content, place)


def _status(answer: Answer, operation: Operation, face: Face) -> Iterator[Found]:
    """Hold an error against the contract; from 500 on, it need not be the API that answers."""
    said = answer.status
    if isinstance(said, str) and said not in face.facts.errors:
        yield ("status",), f"there is no error {said!r}"
        return
    status = face.facts.errors[said].status if isinstance(said, str) else said
    if isinstance(status, int) and status < _OTHERS and status not in operation.responses:
        yield ("status",), _undeclared(operation, status)


def _undeclared(operation: Operation, status: int) -> str:
    declared = ", ".join(str(one) for one in sorted(operation.responses))
    return (
        f"{operation.endpoint} declares no status {status}; declared: {declared}. `check: false` sends it all the same"
    )


def _differences(check: Validator, content: JSON, place: tuple[str | int, ...]) -> Iterator[Found]:
    """Say where something departs from a schema."""
    for error in check.iter_errors(content):
        yield (*place, *error.instance_path), error.message[:_LONGEST_REASON]


_CHECKS: dict[str, Callable[[Answer, Operation, Face], Iterator[Found]]] = {
    "body": _body,
    "patch": _patch,
    "stream": _frames,
    "status": _status,
}
