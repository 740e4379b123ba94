"""Read a request: bytes to JSON, JSON to a typed body, and refuse what is not of the form."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import orjson
from jsonschema_rs import Validator
from pydantic import ValidationError

from mock_server.call import Call
from mock_server.contract import details
from mock_server.contract import document as documents
from mock_server.contract.bodies import Body, Names
from mock_server.contract.narrowing import violations as violations_of_schema
from mock_server.contract.operation import JSON_TYPE, Operation, compiled
from mock_server.contract.violations import UNKNOWN_FIELD, Violation, violations
from mock_server.errors import ApiError, DetailError, FormError
from mock_server.jsontypes import JSON, JSONObject

BodyT = TypeVar("BodyT", bound=Body)
_ROOT = "body"
_MASK = "Input"
"""What a sentence calls what was sent, which may have secrets; pydantic's sentences call it the same."""
_MOST_NESTED = 200
"""Levels of a body. JSON is read to 1,024 but written to 254 only, and a history puts some more around a body."""


class _AnyName(frozenset[str]):
    """A set of names that has every name."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return True


ANY_NAMES = Names(
    chat_models=_AnyName(),
    embedding_models=_AnyName(),
    contextual_models=_AnyName(),
    agent_models=_AnyName(),
    agent_presets=_AnyName(),
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How an edition's body differs from the typed one: fields that it does not know, and its own check."""

    unknown: frozenset[str]
    check: Validator


def parse(raw: bytes, headers: dict[bytes, bytes]) -> JSON:
    """Parse a body strictly: UTF-8, no NaN, no lone surrogates, bounded depth; of doubled keys the last one counts.

    Raises:
        ApiError: The media type is not JSON, or the body is not.
    """
    media_type = headers.get(b"content-type")
    if media_type is not None and media_type != b"application/json":
        _check_media_type(media_type)
    try:
        content: JSON = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError("invalid_json", facts={"reason": str(error)}) from None
    if raw.count(b"[") + raw.count(b"{") > _MOST_NESTED and _is_deeper(content, _MOST_NESTED):
        raise ApiError("invalid_json", facts={"reason": f"nested deeper than {_MOST_NESTED} levels"})
    return content


def typed(
    model: type[BodyT], content: JSON, call: Call, *, narrowing: Narrowing | None = None, lenient: bool = False
) -> BodyT:
    """Make a typed body of JSON.

    Args:
        model: The body's class.
        content: The parsed body.
        call: Its call, for names and dialect.
        narrowing: What the edition narrows, if anything.
        lenient: Take well-typed values that the contract forbids, by leaving them out.

    Raises:
        ApiError: The body is not of the form.
    """
    if narrowing is not None and isinstance(content, dict):
        content = {key: value for key, value in content.items() if key not in narrowing.unknown}
    try:
        names = ANY_NAMES if lenient else call.edition.names
        body: BodyT = model.__pydantic_validator__.validate_python(content, context=names)
    except ValidationError as error:
        found = violations(model, error)
        if lenient and (mended := _mended(content, found, call.operation)) is not None:
            return typed(model, mended, call, narrowing=narrowing, lenient=True)
        raise refusal(call.operation, call, found[0]) from None
    if narrowing is not None and not narrowing.check.is_valid(content):
        broken = _broken(call.operation, narrowing, content)
        if not lenient:
            raise refusal(call.operation, call, broken)
        mended = _mended(content, [broken], call.operation)
        if mended is not None:
            with suppress(ApiError):  # what cannot be left out is taken
                return typed(model, mended, call, narrowing=narrowing, lenient=True)
    return body


def narrowing(operation: Operation, original: Operation) -> Narrowing:
    """Find how an edition's body differs from the one that the typed body equals.

    Fields that the edition does not know are dropped, unless it refuses whatever it does not know.
    """
    root = operation.schema_at(())
    fields = documents.mapping(root.get("properties", {})).keys()
    known = documents.mapping(original.schema_at(()).get("properties", {})).keys()
    dropped = frozenset() if root.get(UNKNOWN_FIELD) is False else frozenset(known - fields)
    schema: JSONObject = {"$ref": f"#/components/schemas/{operation.body}"}
    return Narrowing(dropped, compiled(schema, operation.document, mask=_MASK))


def refusal(operation: Operation, call: Call, violation: Violation) -> ApiError:
    """Word a violation: by the error that its field names in the contract, or in the operation's dialect."""
    if call.facts.wire.validation_error == "detail" and details.STATUS in operation.responses:
        return DetailError(details.detail(violation, place="query" if operation.body is None else "body"))
    named = _named_error(operation, violation)
    if named is not None:
        facts: dict[str, object] = {
            "value": violation.value,
            "limit": violation.limit,
            "field": _joined(violation.path, "."),
            "name": violation.path[-1] if violation.path else _ROOT,
            "item": "".join(f"[{step}]" if isinstance(step, int) else str(step) for step in violation.path[:2]),
            "allowed": _allowed(operation, violation),
        }
        return ApiError(named, facts=facts)
    separator = call.facts.dialects[operation.dialect].separator
    reason = violation.reason if violation.path else "Input should be a valid object"
    return FormError(operation.dialect, path=_joined(violation.path, separator), reason=reason)


def _is_deeper(content: JSON, most: int) -> bool:
    """Whether lists and objects nest in more levels; walked level by level, as recursion has its own bound."""
    level = [content]
    for _ in range(most + 1):
        level = [
            below
            for node in level
            if isinstance(node, dict | list)
            for below in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _check_media_type(declared: bytes) -> None:
    essence, _, parameters = declared.decode("latin-1").lower().partition(";")
    essence = essence.strip()
    is_json = essence == JSON_TYPE or (essence.startswith("application/") and essence.endswith("+json"))
    charset = parameters.partition("charset=")[2].strip(' "')
    if not is_json or charset not in {"", "utf-8", "utf8"}:
        raise ApiError("unsupported_media_type", facts={"media_type": declared.decode("latin-1")})


def _named_error(operation: Operation, violation: Violation) -> str | None:
    """Find the error that the contract names for this keyword, at the place or at the ones above it."""
    for length in range(len(violation.path), -1, -1):
        named = documents.mapping(operation.schema_at(violation.path[:length]).get("x-mock-errors", {}))
        if violation.keyword in named:
            return str(named[violation.keyword])
    return None


def _allowed(operation: Operation, violation: Violation) -> str:
    """List an enum's members as the wire does, in the contract's order; a required name's violation carries none."""
    declared = operation.schema_at(violation.path).get("enum")
    members = declared if isinstance(declared, list) else violation.limit
    return " ".join(map(str, members)) if isinstance(members, list) else ""


def _joined(path: tuple[str | int, ...], separator: str) -> str:
    return separator.join(str(step) for step in path) or _ROOT


def _broken(operation: Operation, narrowing: Narrowing, content: JSON) -> Violation:
    """Say what was broken of a narrowed schema: where the contract names an error for it, or else the inmost place."""
    found = list(violations_of_schema(narrowing.check.iter_errors(content)))
    return next((violation for violation in found if _named_error(operation, violation) is not None), found[-1])


def _mended(content: JSON, found: list[Violation], operation: Operation) -> JSON | None:
    """Leave out what is well typed and forbidden; nothing where something is of a wrong type or missing."""
    if not isinstance(content, dict) or any(violation.keyword in {"type", "required"} for violation in found):
        return None
    mended: JSONObject = {**content}
    for violation in found:
        if violation.path:
            spared = violation.path if violation.keyword == UNKNOWN_FIELD else _spared(violation.path, operation)
            mended = documents.mapping(_without(mended, spared))
    return None if mended == content else mended


def _spared(path: tuple[str | int, ...], operation: Operation) -> tuple[str | int, ...]:
    """The shortest beginning of a path that leads to a member which may be left out."""
    for length, step in enumerate(path):
        required = operation.schema_at(path[:length]).get("required", [])
        if isinstance(step, str) and isinstance(required, list) and step not in required:
            return path[: length + 1]
    return path


def _without(content: JSON, path: tuple[str | int, ...]) -> JSON:
    """Copy a content without the member that a path leads to."""
    step, *rest = path
    if isinstance(content, list) and isinstance(step, int):
        return [_without(item, tuple(rest)) if index == step else item for index, item in enumerate(content)]
    if not isinstance(content, dict):
        return content
    if not rest:
        return {key: value for key, value in content.items() if key != step}
    return {key: _without(value, tuple(rest)) if key == step else value for key, value in content.items()}
