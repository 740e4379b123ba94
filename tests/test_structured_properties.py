"""Structured output: any schema that some value meets gets an instance that meets it.

Schemas are made from a witness, keyword by keyword, so that each of them can be met, if only by the witness.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.world.structured import Unsatisfiable, instance_of

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON, JSONObject

NAMES = st.sampled_from(["title", "name", "url", "year", "price", "tags", "city", "summary", "isActive", "x-note"])
PATTERNS = {
    "": ["^$", "^[a-z]*$"],
    "solar": [
        "^[a-z]+$",
        "so",
        "r$",
        "^.{3,9}$",
        "^(solar|wind)$",
        "^\\w+$",
        "^(?!wind)",
        "[aeiou].*[aeiou]",
        "^\\S*$",
    ],
    "Grid 7": ["^[A-Z][a-z]+ \\d+$", "\\d$", "^[^!]+$", "^(?=.*\\d)[A-Z].*$", "\\p{Lu}", "^[\\w ]{6}$"],
    "2026-03-14": ["^\\d{4}-\\d{2}-\\d{2}$", "-", "^20", "^[\\d-]+$"],
    "ada@example.com": ["^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$", "@", "\\.com$"],
    "https://example.com/a": ["^https?://", "^\\S+$", "com"],
    "日本": ["^[\\u4e00-\\u9fff]+$", "^\\P{Ll}{2}$", "^.+$"],
}
FORMATS = {"2026-03-14": "date", "ada@example.com": "email", "https://example.com/a": "uri"}
KINDS: dict[type, list[str]] = {
    type(None): ["null"],
    bool: ["boolean"],
    int: ["integer", "number"],
    float: ["number"],
    str: ["string"],
    list: ["array"],
    dict: ["object"],
}
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1000, 1000),
    st.integers(-400, 400).map(lambda hundredths: hundredths / 100),
    st.sampled_from(sorted(PATTERNS)),
)
WITNESSES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def schemas(draw: st.DrawFn) -> JSONObject:
    """Schemas that can be met, some with definitions beside."""
    witness = draw(WITNESSES)
    schema = draw(met_by(witness))
    if draw(st.booleans()):
        return {"$ref": "#/$defs/Answer", "$defs": {"Answer": schema}}
    return schema if isinstance(schema, dict) else {}


def met_by(witness: JSON, *, depth: int = 2) -> st.SearchStrategy[JSON]:
    """Schemas that the witness meets."""
    plain = _plain(witness, depth)
    if depth == 0:
        return plain
    return st.one_of(plain, plain, _combined(witness, depth - 1))


@st.composite
def _plain(draw: st.DrawFn, witness: JSON, depth: int) -> JSON:
    """Keywords that the witness meets, for its own type."""
    kind = draw(st.sampled_from(KINDS[type(witness)]))
    others = [kind, "boolean"] if kind == "null" else [kind, "null"]
    types: list[JSON] = [kind, [*others], [*others[::-1]]]
    schema: JSONObject = {"type": draw(st.sampled_from(types))}
    if witness is not None and draw(st.integers(0, 9)) == 0:
        simple: list[JSON] = [{"const": witness}, {"enum": [witness, None, "other"]}, True, {}]
        return draw(st.sampled_from(simple))
    if isinstance(witness, str):
        schema |= draw(_of_text(witness))
    elif isinstance(witness, int | float) and not isinstance(witness, bool):
        schema |= draw(_of_number(witness))
    elif isinstance(witness, list):
        schema |= draw(_of_list(witness, depth))
    elif isinstance(witness, dict):
        schema |= draw(_of_object(witness, depth))
    return schema


@st.composite
def _some(draw: st.DrawFn, keywords: JSONObject) -> JSONObject:
    """Some of the keywords."""
    return {keyword: value for keyword, value in keywords.items() if draw(st.integers(0, 2)) == 0}


@st.composite
def _of_text(draw: st.DrawFn, witness: str) -> JSONObject:
    shorter, longer = draw(st.integers(0, 4)), draw(st.integers(0, 9))
    keywords: JSONObject = {
        "minLength": max(0, len(witness) - shorter),
        "maxLength": len(witness) + longer,
        "pattern": draw(st.sampled_from(PATTERNS.get(witness, ["."]))),
    }
    if witness in FORMATS:
        keywords["format"] = FORMATS[witness]
    return draw(_some(keywords))


@st.composite
def _of_number(draw: st.DrawFn, witness: float) -> JSONObject:
    below, above = draw(st.integers(0, 50)), draw(st.integers(0, 50))
    steps: list[JSON] = [0.01, 0.5, 1, 7, 10]
    exact = [step for step in steps if jsonschema_rs.is_valid({"multipleOf": step}, witness)]
    keywords: JSONObject = {
        "minimum": witness - below,
        "maximum": witness + above,
        "exclusiveMinimum": witness - below - 1,
        "exclusiveMaximum": witness + above + 0.25,
        "multipleOf": draw(st.sampled_from(exact or [abs(witness) or 1])),
    }
    return draw(_some(keywords))


@st.composite
def _of_list(draw: st.DrawFn, witness: list[JSON], depth: int) -> JSONObject:
    below, above = draw(st.integers(0, 2)), draw(st.integers(0, 3))
    tuple_size = draw(st.integers(0, len(witness)))
    inner: list[JSON] = [draw(met_by(item, depth=max(0, depth - 1))) for item in witness]
    keywords: JSONObject = {
        "minItems": max(0, len(witness) - below),
        "maxItems": len(witness) + above,
        "uniqueItems": jsonschema_rs.is_valid({"uniqueItems": True}, witness),
    }
    if inner:
        keywords["contains"] = draw(st.sampled_from(inner))
    schema = draw(_some(keywords))
    if tuple_size and draw(st.booleans()):
        schema["prefixItems"] = inner[:tuple_size]
    rest = inner[tuple_size:] if "prefixItems" in schema else inner
    if draw(st.booleans()):
        schema["items"] = {"anyOf": rest} if rest else draw(st.booleans())
    return schema


@st.composite
def _of_object(draw: st.DrawFn, witness: JSONObject, depth: int) -> JSONObject:
    below, above = draw(st.integers(0, 2)), draw(st.integers(0, 3))
    names = list(witness)
    inner: JSONObject = {name: draw(met_by(value, depth=max(0, depth - 1))) for name, value in witness.items()}
    declared = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    required: list[JSON] = [*draw(st.lists(st.sampled_from(names), unique=True))] if names else []
    naming: list[JSON] = [{"maxLength": 9}, {"pattern": "^[a-z]"}, {"type": "string"}]
    others = [schema for name, schema in inner.items() if name not in declared]
    keywords: JSONObject = {
        "minProperties": max(0, len(names) - below),
        "maxProperties": len(names) + above,
        "propertyNames": draw(st.sampled_from(naming)),
        "additionalProperties": {"anyOf": others or [True]},
        "patternProperties": {"^never-": False, "^x-": inner.get("x-note", {})},
        "dependentRequired": {name: [*required] for name in declared[:1]},
        "dependentSchemas": {name: {"required": required} for name in declared[:1]},
    }
    if set(declared) == set(names):
        keywords["unevaluatedProperties"] = False
    schema = draw(_some(keywords))
    schema["properties"] = {name: inner[name] for name in declared}
    return schema | draw(_some({"required": [*required], "title": "An object"}))


@st.composite
def _combined(draw: st.DrawFn, witness: JSON, depth: int) -> JSON:
    """Schemas joined by the words of logic, so that the witness meets the whole."""
    met = draw(met_by(witness, depth=depth))
    others: list[JSON] = [kind for kind in TYPES if not _is(kind, witness)]
    stranger: JSON = {"type": others[:4]}
    either: list[JSON] = [met, stranger]
    one: list[JSON] = [met, {"allOf": [stranger, {"not": met}]}]
    joined: list[JSON] = [
        {"allOf": [met, draw(met_by(witness, depth=0))]},
        {"anyOf": [*draw(st.permutations(either))]},
        {"oneOf": [*draw(st.permutations(one))]},
        {"not": {"not": met}},
        {"allOf": [met, {"not": stranger}]},
        {"not": {"anyOf": [stranger, {"not": met}]}},
        {"if": met, "then": met, "else": False},
        {"if": stranger, "then": False, "else": met},
        {"if": {"const": witness}, "else": stranger, "then": met},
    ]
    return draw(st.sampled_from(joined))


def _is(kind: str, witness: JSON) -> bool:
    return jsonschema_rs.is_valid({"type": kind}, witness)


def is_instance(value: JSON, schema: JSONObject) -> bool:
    return jsonschema_rs.is_valid(schema, value, draft=jsonschema_rs.Draft202012, validate_formats=True)


@given(schemas(), st.binary(max_size=8))
def test_a_schema_that_some_value_meets_gets_an_instance(schema: JSONObject, seed: bytes) -> None:
    assert is_instance(instance_of(schema, seed=seed), schema)


@given(schemas(), st.lists(st.text(max_size=12), max_size=4))
def test_any_words_will_do(schema: JSONObject, words: list[str]) -> None:
    assert is_instance(instance_of(schema, seed=b"seed", words=words), schema)


@given(schemas())
def test_the_same_question_gets_the_same_bytes(schema: JSONObject) -> None:
    first, second = (json.dumps(instance_of(schema, seed=b"seed")) for _ in range(2))

    assert first == second


@given(schemas())
def test_the_schema_is_left_as_it_was(schema: JSONObject) -> None:
    before = json.dumps(schema)
    instance_of(schema, seed=b"seed")

    assert json.dumps(schema) == before


@settings(max_examples=25)  # to give up takes its time
@given(schemas())
def test_what_is_ruled_out_gets_no_instance(schema: JSONObject) -> None:
    contradiction: JSON = {"allOf": [schema, {"not": schema}], "$defs": schema.get("$defs", {})}

    with pytest.raises(Unsatisfiable, match=r"as the schema asks at|larger instance"):
        instance_of(contradiction, seed=b"seed")
