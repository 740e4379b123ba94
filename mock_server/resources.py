"""Find and read the files of `openapi/` and `fixtures/`, in a checkout or in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar, cast

import orjson
import yaml_rs
from pydantic import BaseModel, ValidationError

from mock_server.errors import ResourceError
from mock_server.jsontypes import JSON

ModelT = TypeVar("ModelT", bound=BaseModel)

_PACKAGED = Path(__file__).parent / "_data"
ROOT = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parent.parent


def read_yaml(*parts: str) -> JSON:
    """Read a YAML file.

    Args:
        parts: The path below the project's root, as in ``read_yaml("fixtures", "errors.yaml")``.

    Returns:
        Its content as JSON types.

    Raises:
        ResourceError: The file is missing or no YAML.
    """
    path = ROOT.joinpath(*parts)
    try:
        return cast("JSON", yaml_rs.loads(_text(path), parse_datetime=False))
    except yaml_rs.YAMLDecodeError as error:
        raise ResourceError(path, str(error)) from error


def read_json(*parts: str) -> JSON:
    """Read a JSON file; arguments, result and errors as `read_yaml`."""
    path = ROOT.joinpath(*parts)
    try:
        content: JSON = orjson.loads(_text(path))
    except orjson.JSONDecodeError as error:
        raise ResourceError(path, str(error)) from error
    return content


def read_model(model: type[ModelT], *parts: str) -> ModelT:
    """Read a YAML or JSON file of a given form.

    Args:
        model: The form.
        parts: As `read_yaml`.

    Raises:
        ResourceError: As `read_yaml`, or the file is of another form.
    """
    content = read_json(*parts) if parts[-1].endswith(".json") else read_yaml(*parts)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ResourceError(ROOT.joinpath(*parts), f"{where}: {first['msg']}") from None


def names(*parts: str, suffix: str) -> list[str]:
    """List the files of a folder by name, sorted, without their suffix."""
    return sorted(path.name.removesuffix(suffix) for path in ROOT.joinpath(*parts).glob(f"*{suffix}"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResourceError(path, error.strerror or str(error)) from error
