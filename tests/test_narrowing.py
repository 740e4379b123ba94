"""What an overlay has narrowed is refused with the keyword and the place that explain it, and without what was sent."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from mock_server.contract.narrowing import violations

CAT: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "lives"],
    "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer", "maximum": 9}},
    "additionalProperties": False,
}
DOG: dict[str, Any] = {"type": "object", "properties": {"kind": {"const": "dog"}}, "additionalProperties": False}
PETS: dict[str, Any] = {
    "properties": {"pet": {"oneOf": [CAT, DOG]}, "name": {"anyOf": [{"type": "string", "pattern": "^[A-Z]"}, CAT]}}
}


def broken(body: Any) -> list[tuple[tuple[str | int, ...], str, Any]]:
    """Place, keyword and limit, from the outermost violation to the inmost."""
    check = jsonschema_rs.Draft202012Validator(PETS, mask="Input")
    return [(found.path, found.keyword, found.limit) for found in violations(check.iter_errors(body))]


@pytest.mark.parametrize(
    ("body", "inmost"),
    [
        ({"pet": {"kind": "cat", "lives": 10}}, (("pet", "lives"), "maximum", 9)),
        ({"pet": {"kind": "cat", "lives": "9"}}, (("pet", "lives"), "type", "integer")),
        ({"pet": {"kind": "cat"}}, (("pet", "lives"), "required", None)),
        ({"pet": {"kind": "dog", "lives": 1}}, (("pet", "lives"), "additionalProperties", None)),
        ({"pet": {"kind": "cow", "lives": 1}}, (("pet", "kind"), "enum", ["cat", "dog"])),
        ({"pet": 5}, (("pet",), "oneOf", None)),
        ({"name": "tom"}, (("name",), "pattern", "^[A-Z]")),
        ({"name": {"kind": "cat", "lives": 10}}, (("name", "lives"), "maximum", 9)),
    ],
)
def test_the_branch_that_was_meant_explains_what_is_broken(body: Any, inmost: Any) -> None:
    assert broken(body)[-1] == inmost


def test_the_union_stands_before_what_is_broken_in_it() -> None:
    assert broken({"pet": {"kind": "cat", "lives": 10}})[0] == (("pet",), "oneOf", None)


def test_a_field_that_is_not_known_is_told_first() -> None:
    assert broken({"pet": {"kind": "cat", "lives": 10, "fur": 1}})[-1] == (("pet", "fur"), "additionalProperties", None)


@pytest.mark.parametrize("body", [{"pet": {"kind": "cat", "lives": "secret"}}, {"pet": "secret"}, {"name": "secret"}])
def test_no_sentence_tells_what_was_sent(body: Any) -> None:
    check = jsonschema_rs.Draft202012Validator(PETS, mask="Input")

    assert "secret" not in "".join(found.reason for found in violations(check.iter_errors(body)))
