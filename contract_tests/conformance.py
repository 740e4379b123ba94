"""What holds for every answer, whatever was asked: the contract's statuses, media types, schemas and headers.

Each rule is a check with an id of its own, so that any request of any check may fail it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import jsonschema_rs

from contract_tests.exchange import Answer, Event, shortened
from contract_tests.findings import UnmetError
from contract_tests.target import Target
from mock_server.contract import document as documents
from mock_server.contract.operation import JSON_TYPE, STREAM_TYPE, Response, compiled
from mock_server.jsontypes import JSON, JSONObject

STATUS = "PPLX-WIRE-001"
MEDIA_TYPE = "PPLX-WIRE-002"
BODY = "PPLX-WIRE-003"
HEADERS = "PPLX-WIRE-004"
FRAMES = "PPLX-WIRE-005"
STREAM_END = "PPLX-WIRE-006"
ENVELOPE = "PPLX-WIRE-007"
SECRET = "PPLX-WIRE-008"  # noqa: S105  # the id of a check
SENTENCES = {
    STATUS: "Every status is one that the contract declares for its operation.",
    MEDIA_TYPE: "Every answer has a media type that the contract declares for its status.",
    BODY: "Every JSON body is valid against the schema of its status.",
    HEADERS: "Every answer carries the headers that the contract requires, each of its form.",
    FRAMES: "Every event of a stream is valid against the schema of its events.",
    STREAM_END: "Every stream ends with a whole event.",
    ENVELOPE: "The code inside an error is the status of its answer.",
    SECRET: "No answer says the key that it was asked with.",
}
SUBJECTS = {
    STATUS: "came",
    MEDIA_TYPE: "had a status whose media type the contract declares",
    BODY: "had a JSON body that the contract has a schema for",
    HEADERS: "had a status whose headers the contract declares",
    FRAMES: "was a stream",
    STREAM_END: "was a stream",
    ENVELOPE: "had an error with a code",
    SECRET: "came",
}
"""What an answer has to have, so that the rule says something of it."""
_OURS = frozenset({"design", "directory"})
_SHORTEST_SECRET = 8


class Held(NamedTuple):
    """A header that an answer must carry, and the check of its value."""

    name: str
    pointer: str
    schema: jsonschema_rs.Validator


def verify(answer: Answer, target: Target) -> None:
    """Hold an answer against the contract; raises `UnmetError` for the first difference."""
    verify_shape(answer)
    for difference in asides(answer, target):
        raise difference


def verify_shape(answer: Answer) -> None:
    """Hold an answer's status, media type and body against the contract: what nothing can be read without.

    Raises:
        UnmetError: For the first difference.
    """
    response = _verify_status(answer)
    _verify_media_type(answer, response)
    if answer.is_stream:
        _verify_stream(answer, response)
    elif response.body is not None:
        _verify_schema(response.body, _body(answer), _schema_line(answer), BODY)


def asides(answer: Answer, target: Target) -> Iterator[UnmetError]:
    """The differences that leave an answer readable: what its meaning is can still be asked."""
    try:
        _verify_secret(answer, target)
        _verify_status(answer)
        _verify_headers(answer, target)
        _verify_envelope(answer)
    except UnmetError as error:
        yield error


def judges(identity: str, answer: Answer) -> bool:
    """Whether a rule says anything of an answer: of one without a stream, that of the events says nothing."""
    if identity in {STATUS, SECRET}:
        return True
    if identity == ENVELOPE:
        return "code" in error_of(answer)
    declared = answer.ask.operation.responses.get(answer.status)
    if declared is None or identity == HEADERS:
        return declared is not None
    if identity == MEDIA_TYPE:
        return declared.json_schema is not None or declared.event_schema is not None
    return answer.media_type == JSON_TYPE and declared.body is not None if identity == BODY else answer.is_stream


def pointer(answer: Answer, *steps: str) -> str:
    """A JSON pointer into the contract, from the answer's operation on."""
    operation = answer.ask.operation
    named = (operation.path, operation.method.lower(), *steps)
    return "#/paths/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in named)


def _verify_status(answer: Answer) -> Response:
    operation = answer.ask.operation
    response = operation.responses.get(answer.status)
    if response is None:
        declared = ", ".join(str(status) for status in operation.responses)
        raise UnmetError(
            f"a status that is declared: {declared}",
            answer.brief,
            line=pointer(answer, "responses"),
            check=STATUS,
        )
    return response


def _verify_secret(answer: Answer, target: Target) -> None:
    key = target.key if answer.ask.key is None else answer.ask.key
    if len(key) < _SHORTEST_SECRET or key.encode() in answer.ask.content:
        return
    if key.encode() in answer.content or any(key in value for _, value in answer.headers):
        raise UnmetError("an answer that does not say the key", "the key stands in it", check=SECRET)


def _verify_media_type(answer: Answer, response: Response) -> None:
    declared = [
        name
        for name, schema in ((JSON_TYPE, response.json_schema), (STREAM_TYPE, response.event_schema))
        if schema is not None
    ]
    if declared and answer.media_type not in declared:
        raise UnmetError(
            f"the media type {' or '.join(declared)}",
            f"{answer.media_type or 'none'} on {answer.brief}",
            line=pointer(answer, "responses", str(answer.status), "content"),
            check=MEDIA_TYPE,
        )


def _schema_line(answer: Answer) -> str:
    return pointer(answer, "responses", str(answer.status), "content", JSON_TYPE, "schema")


def _verify_envelope(answer: Answer) -> None:
    if answer.media_type != JSON_TYPE:
        return
    error = error_of(answer)
    if isinstance(error.get("code"), int) and error["code"] != answer.status:
        raise UnmetError(
            "an error whose code is the status",
            f"{error['code']} on {answer.status}",
            line=_schema_line(answer),
            check=ENVELOPE,
        )


def error_of(answer: Answer) -> JSONObject:
    """The error that an answer's envelope holds; empty where it has none, or is no JSON."""
    try:
        said = answer.json
    except UnmetError:
        return {}  # that is the body's own difference
    error = said.get("error") if isinstance(said, dict) else None
    return error if isinstance(error, dict) else {}


def _body(answer: Answer) -> JSON:
    try:
        return answer.json
    except UnmetError as error:
        raise UnmetError(error.expected, error.came, line=_schema_line(answer), check=BODY) from None


def _verify_schema(validator: jsonschema_rs.Validator, value: JSON, line: str, check: str) -> None:
    error = next(iter(validator.iter_errors(value)), None)
    if error is not None:
        where = "/".join(str(step) for step in error.instance_path)
        steps = "/".join(str(step) for step in error.schema_path if str(step) not in {"allOf", "0"})
        raise UnmetError(
            f"a body that the schema allows ({steps})",
            shortened(f"at /{where}: {error.message}"),
            line=line,
            check=check,
        )


def _verify_stream(answer: Answer, response: Response) -> None:
    line = pointer(answer, "responses", str(answer.status), "content", STREAM_TYPE, "itemSchema")
    if not answer.content.endswith((b"\n\n", b"\r\n\r\n")) or not answer.events:
        raise UnmetError(
            "a stream whose last event is ended by a blank line",
            shortened(answer.content[-80:]),
            line=line,
            check=STREAM_END,
        )
    if response.event is None:
        return
    for event in answer.events:
        _verify_schema(response.event, _as_json(event), line, FRAMES)
    for frame in _frames(answer, line):
        if response.frame is not None:
            _verify_schema(response.frame, frame, line, FRAMES)


def _frames(answer: Answer, line: str) -> list[JSONObject]:
    try:
        return answer.frames
    except UnmetError as error:
        raise UnmetError(error.expected, error.came, line=line, check=FRAMES) from None


def _as_json(event: Event) -> JSONObject:
    named: JSONObject = {"event": event.name} if event.name and event.name != "message" else {}
    return {**named, "data": event.data}


def _verify_headers(answer: Answer, target: Target) -> None:
    operation = answer.ask.operation
    for held in _held(target.edition.name, operation.id, answer.status, ours=target.is_fake):
        value = answer.header(held.name)
        line = pointer(answer, "responses", str(answer.status), "headers", held.name)
        if value is None:
            raise UnmetError(f"the header {held.name}", "no such header", line=line, check=HEADERS)
        if not held.schema.is_valid(value) and not (value.isdigit() and held.schema.is_valid(int(value))):
            raise UnmetError(f"a header {held.name} of its form", shortened(value), line=line, check=HEADERS)


@cache
def _held(edition: str, operation: str, status: int, *, ours: bool) -> tuple[Held, ...]:
    """The headers that are required; those that only we send are asked of nobody else."""
    from mock_server import edition as editions  # noqa: PLC0415  # the cache wants a name, not an edition

    face = editions.load(edition)
    found = face.operations[operation]
    node = documents.at(face.document, f"/paths/{_escaped(found.path)}/{found.method.lower()}/responses/{status}")
    return tuple(_required(face.document, documents.resolve(face.document, node), ours=ours))


def _required(document: JSONObject, response: JSONObject, *, ours: bool) -> Iterator[Held]:
    for name, node in documents.mapping(response.get("headers", {})).items():
        header = documents.resolve(document, node)
        basis = documents.mapping(header.get("x-provenance", {})).get("basis")
        if header.get("required") is True and (ours or basis not in _OURS):
            yield Held(name, name, compiled(header.get("schema", True), document))


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")
