"""Say what a body broke of a schema that an overlay has narrowed, as `violations` says it of the typed bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from jsonschema_rs import ValidationError, ValidationErrorKind

from mock_server.contract.violations import UNKNOWN_FIELD, Path, Violation
from mock_server.jsontypes import JSON

_NO_BRANCH = "Input has none of the forms that it may have"


def violations(errors: Iterable[ValidationError]) -> Iterator[Violation]:
    """Translate the foremost of some errors, from the place where it was found to the inmost one that explains it.

    Of a union, the explanation is that of the branch which the body was meant for: the one whose constants and whose
    type of JSON it has.
    """
    error = min(errors, key=lambda found: found.kind.name != UNKNOWN_FIELD)
    branches = _branches(error)
    if not branches:
        yield _violation(error)
        return
    place = tuple(error.instance_path)
    meant = [branch for branch in branches if not any(_is_of_another(found, place) for found in branch)]
    if not meant:
        yield _of_no_branch(error, [found for branch in branches for found in branch])
        return
    yield _formless(error)
    yield from violations(max(meant, key=lambda branch: max(len(found.instance_path) for found in branch)))


def _branches(error: ValidationError) -> Sequence[Sequence[ValidationError]]:
    match error.kind:
        case ValidationErrorKind.AnyOf(context=branches) | ValidationErrorKind.OneOfNotValid(context=branches):
            return branches
        case _:
            return ()


def _is_of_another(error: ValidationError, place: Path) -> bool:
    """Whether an error of a branch says that the body was meant for another one."""
    match error.kind:
        case ValidationErrorKind.Constant():
            return tuple(error.instance_path[:-1]) == place
        case ValidationErrorKind.Type():
            return tuple(error.instance_path) == place
        case _:
            return False


def _of_no_branch(error: ValidationError, found: Sequence[ValidationError]) -> Violation:
    """Say that a body was meant for no branch: by the key that tells branches apart, where they have one."""
    place = tuple(error.instance_path)
    tags: dict[Path, list[JSON]] = {}
    for one in found:
        if isinstance(one.kind, ValidationErrorKind.Constant) and _is_of_another(one, place):
            tags.setdefault(tuple(one.instance_path), []).append(_limit(one.kind))
    if len(tags) != 1:
        return _formless(error)
    path, known = tags.popitem()
    return Violation(path, "enum", f"Input should be {' or '.join(map(repr, known))}", _found(found[0]), [*known])


def _formless(error: ValidationError) -> Violation:
    return Violation(tuple(error.instance_path), error.kind.name, _NO_BRANCH, _found(error), None)


def _violation(error: ValidationError) -> Violation:
    path = tuple(error.instance_path)
    match error.kind:
        case ValidationErrorKind.AdditionalProperties(unexpected=[name, *_]):
            return Violation((*path, name), UNKNOWN_FIELD, error.message, None, None)
        case ValidationErrorKind.Required(property=name):
            return Violation((*path, name), "required", error.message, None, None)
        case kind:
            return Violation(path, kind.name, error.message, _found(error), _limit(kind))


def _found(error: ValidationError) -> JSON:
    """What stood there; the library's name for JSON is not ours."""
    return cast(JSON, error.instance)


def _limit(kind: ValidationErrorKind) -> JSON:
    """The keyword's own value."""
    limit: JSON = kind.value
    return limit[0] if isinstance(kind, ValidationErrorKind.Type) and isinstance(limit, list) else limit
