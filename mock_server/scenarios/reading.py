"""Read what users write in YAML or JSON, and tell what is wrong with it by file, line and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

import orjson
import yaml_rs
from pydantic import BaseModel, ValidationError

from mock_server.errors import PplxMockError
from mock_server.jsontypes import JSON
from mock_server.stubs import positions, wording

ModelT = TypeVar("ModelT", bound=BaseModel)

MOST_BYTES = 1_048_576
"""Bytes that a file of faults, or a scenario, may have."""


class UnreadableError(PplxMockError):
    """A file cannot be read, or does not say what it is to say."""


def read(model: type[ModelT], file: Path) -> ModelT:
    """Read a file of a given form.

    Args:
        model: The form.
        file: YAML, or JSON where the name ends in `.json`.

    Raises:
        UnreadableError: It cannot be read, or is of another form; each thing that is wrong has its line.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UnreadableError(f"{file.name}: a file of this kind has at most {MOST_BYTES} bytes")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UnreadableError(f"{file.name}: the text is not UTF-8") from None
    return parse(model, text, file.name)


def parse(model: type[ModelT], text: str, name: str) -> ModelT:
    """Read a text of a given form; arguments and errors as `read`, `name` is that of the file."""
    content = _content(text, name)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UnreadableError("\n".join(_problems(error, content, text, name))) from None


def _content(text: str, name: str) -> JSON:
    try:
        if name.endswith(".json"):
            return cast("JSON", orjson.loads(text))
        return cast("JSON", yaml_rs.loads(text, parse_datetime=False))
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"{name}, line {error.lineno}: {error.msg}") from None
    except yaml_rs.YAMLDecodeError as error:
        line, reason = wording.of_yaml(str(error), text)
        raise UnreadableError(f"{name}, line {line}: {reason}" if line else f"{name}: {reason}") from None


def _problems(error: ValidationError, content: JSON, text: str, name: str) -> Iterator[str]:
    """Word what pydantic found, each place once."""
    find = positions.in_json if name.endswith(".json") else positions.in_yaml
    reasons: dict[tuple[str | int, ...], list[str]] = {}
    for found in error.errors(include_url=False, include_input=False):
        told = reasons.setdefault(_place(found["loc"], content), [])
        reason = wording.of_pydantic(found)
        if reason not in told:
            told.append(reason)
    for place, told in reasons.items():
        shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
        where = f"{name}, line {find(text, place)}"
        yield f"{where}: {shown}: {', or '.join(told)}" if shown else f"{where}: {', or '.join(told)}"


def _place(location: Sequence[str | int], content: JSON) -> tuple[str | int, ...]:
    """The steps of an error that lead through what was written, and the name that is missing at its end, if any."""
    place: list[str | int] = []
    node = content
    for step in location:
        below = _below(node, step)
        if below is None and (not isinstance(node, dict) or step != location[-1]):
            continue
        node = below
        place.append(step)
    return tuple(place)


def _below(node: JSON, step: str | int) -> JSON:
    if isinstance(node, dict) and isinstance(step, str):
        return node.get(step)
    return node[step] if isinstance(node, list) and isinstance(step, int) and step < len(node) else None
