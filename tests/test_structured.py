"""Structured output: what instances look like, and what is said when there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from mock_server.world.instances.pattern_parser import parse
from mock_server.world.instances.patterns import PatternUnknown
from mock_server.world.structured import InvalidSchema, Unsatisfiable, instance_of

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON, JSONObject

SEED = b"seed"
WORDS = ["solar", "energy", "panel", "storage", "efficiency", "grid", "inverter"]
TEXT: JSON = {"type": "string"}
WHOLE: JSON = {"type": "integer"}
NUMBER: JSON = {"type": "number"}


def record(properties: JSONObject, **keywords: JSON) -> JSONObject:
    """An object of which all the properties are required."""
    return {"type": "object", "properties": properties, "required": [*properties], **keywords}


def both(schema: JSON) -> JSONObject:
    """Two properties of the same schema."""
    return {"a": schema, "b": schema}


def made(schema: JSON, *, seed: bytes = SEED) -> JSON:
    """An instance, which is valid."""
    value = instance_of(schema, seed=seed, words=WORDS)
    assert isinstance(schema, bool | dict)
    assert jsonschema_rs.is_valid(schema, value, draft=jsonschema_rs.Draft202012, validate_formats=True), value
    return value


def member(name: str, schema: JSON) -> JSON:
    """The value of a property of an object that is made."""
    value = made(record({name: schema}))
    assert isinstance(value, dict)
    return value[name]


def text(schema: JSONObject) -> str:
    """A text that is made."""
    value = made({"type": "string", **schema})
    assert isinstance(value, str)
    return value


def items(schema: JSONObject) -> list[JSON]:
    """The items of an array that is made."""
    value = made({"type": "array", **schema})
    assert isinstance(value, list)
    return value


ARTICLE = record(
    {
        "title": TEXT,
        "summary": TEXT,
        "url": {"type": "string", "format": "uri"},
        "published_at": {"type": "string", "format": "date-time"},
        "authors": {"type": "array", "items": record({"name": TEXT, "email": TEXT, "country": TEXT})},
        "year": WHOLE,
        "price": NUMBER,
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "category": {"enum": ["news", "research"]},
        "tags": {"type": "array", "items": TEXT, "minItems": 2, "uniqueItems": True},
        "isActive": {"type": "boolean"},
        "note": {"anyOf": [{"type": "null"}, TEXT]},
    },
    additionalProperties=False,
)

# Each schema is one that a user may send, with a name for the test's report.
REASONABLE: dict[str, JSON] = {
    "an article": ARTICLE,
    "anything": True,
    "an empty schema": {},
    "a description only": {"description": "Whatever you like", "title": "Answer"},
    "several types": {"type": ["null", "integer", "string"]},
    "null": {"type": "null"},
    "const": {"const": {"a": [1, None, "x"]}},
    "an enum of all types": {"enum": [None, 1, "a", [], {}]},
    "an enum narrowed by type": {"type": "string", "enum": [1, 2, "three", None]},
    "an enum narrowed by a pattern": {"enum": ["apple", "pear", "7up"], "pattern": "^\\d"},
    "keywords without a type": {"properties": {"a": WHOLE}, "required": ["a"]},
    "a required property without a schema": {"type": "object", "required": ["answer"]},
    "a map": {"type": "object", "additionalProperties": NUMBER},
    "a map with patterns": {
        "type": "object",
        "patternProperties": {"^x-[a-z]+$": WHOLE},
        "additionalProperties": False,
    },
    "a map of a least size": {"type": "object", "additionalProperties": TEXT, "minProperties": 12},
    "names with a pattern": {"type": "object", "propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 3},
    "names of an enum": {"type": "object", "propertyNames": {"enum": ["a", "b", "c"]}, "minProperties": 3},
    "few of many properties": {
        "type": "object",
        "properties": dict.fromkeys("abcdef", TEXT),
        "required": ["e"],
        "maxProperties": 2,
    },
    "a dependent property": {
        "type": "object",
        "properties": {"card": TEXT, "billing": TEXT},
        "dependentRequired": {"card": ["billing"]},
    },
    "a dependent schema": {
        "type": "object",
        "properties": {"card": TEXT},
        "dependentSchemas": {"card": record({"code": {"type": "string", "pattern": "^\\d{3}$"}})},
    },
    "a dependent schema that cannot be met": {
        "type": "object",
        "properties": {"card": TEXT},
        "dependentSchemas": {"card": False},
    },
    "an optional property that cannot be": {"type": "object", "properties": {"never": False, "a": TEXT}},
    "a tuple": {"type": "array", "prefixItems": [TEXT, WHOLE, {"type": "boolean"}], "items": False, "minItems": 3},
    "a tuple that goes on": {"type": "array", "prefixItems": [TEXT], "items": WHOLE, "minItems": 4},
    "contains": {"type": "array", "items": WHOLE, "contains": {"const": 7}, "minItems": 3},
    "contains in a tuple": {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False, "contains": {"const": 7}},
    "contains at most": {
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "contains": {"maximum": 5},
        "minContains": 2,
        "maxContains": 3,
        "minItems": 8,
    },
    "contains nothing of": {
        "type": "array",
        "items": WHOLE,
        "contains": {"minimum": 5},
        "minContains": 0,
        "maxContains": 0,
    },
    "all of an enum": {"type": "array", "items": {"enum": [*"abcdef"]}, "uniqueItems": True, "minItems": 6},
    "different objects": {
        "type": "array",
        "items": record({"a": {"type": "boolean"}, "b": {"type": "boolean"}}),
        "uniqueItems": True,
        "minItems": 4,
    },
    "different objects without properties": {
        "type": "array",
        "items": {"type": "object"},
        "uniqueItems": True,
        "minItems": 5,
    },
    "a hundred numbers": {"type": "array", "items": WHOLE, "minItems": 100, "uniqueItems": True},
    "an empty array": {"type": "array", "items": False},
    "cents": {"type": "number", "multipleOf": 0.01, "minimum": 19.985, "exclusiveMaximum": 20},
    "two steps": {"type": "number", "allOf": [{"multipleOf": 1.5}, {"multipleOf": 2}], "minimum": 1, "maximum": 11},
    "a narrow range": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-9},
    "a fraction": {"type": "number", "not": {"type": "integer"}},
    "a very large integer": {"type": "integer", "minimum": 10**30},
    "a range around zero": {"type": "integer", "exclusiveMinimum": -1, "exclusiveMaximum": 1},
    "negative numbers": {"type": "number", "maximum": -0.5},
    "nested alternatives": {"anyOf": [{"allOf": [WHOLE, TEXT]}, {"oneOf": [{"type": "boolean"}]}]},
    "merged bounds": {
        "allOf": [record({"a": {"minimum": 3}}), record({"a": {"type": "integer", "maximum": 3}, "b": TEXT})]
    },
    "tagged alternatives": {"oneOf": [record({"kind": {"const": kind}, kind: TEXT}) for kind in "abcd"]},
    "overlapping alternatives": {"oneOf": [WHOLE, NUMBER]},
    "alternatives overlapping in length": {"type": "string", "oneOf": [{"maxLength": 5}, {"minLength": 3}]},
    "either property": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "not both properties": {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "not": {"required": ["a", "b"]}},
    "not a pattern": {"type": "string", "not": {"pattern": "^[a-z]+$"}},
    "not several types": {
        "not": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "object"}, {"type": "null"}]}
    },
    "not not": {"not": {"not": {"type": "integer", "minimum": 3}}},
    "if, then and else": {
        "type": "object",
        "properties": {"kind": {"enum": ["person", "company"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "person"}}},
        "then": {"properties": {"age": WHOLE}, "required": ["age"]},
        "else": {"properties": {"employees": WHOLE}, "required": ["employees"]},
    },
    "a chain of ifs": {
        "type": "object",
        "properties": {"kind": {"enum": [*"abcdefghijkl"]}},
        "required": ["kind"],
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}}, "then": record({f"of_{kind}": WHOLE})}
            for kind in "abcdefghijk"
        ],
    },
    "an if whose then fails": {"type": "integer", "if": {"minimum": 0}, "then": False},
    "unevaluated properties": {"allOf": [record({"a": TEXT}), record({"b": WHOLE})], "unevaluatedProperties": False},
    "unevaluated items": {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False, "minItems": 1},
    "unevaluated items of a kind": {"type": "array", "unevaluatedItems": WHOLE, "minItems": 2},
    "unevaluated items beside others": {
        "type": "array",
        "allOf": [{"prefixItems": [TEXT, TEXT]}, {"unevaluatedItems": WHOLE}],
        "maxItems": 2,
    },
    "unevaluated properties of a kind": {"type": "object", "unevaluatedProperties": WHOLE, "minProperties": 2},
    "two things contained": {
        "type": "array",
        "prefixItems": [WHOLE],
        "contains": {"type": "integer"},
        "allOf": [{"contains": {"const": "x"}}],
        "items": TEXT,
        "maxItems": 2,
    },
    "an odd one out": {"type": "array", "items": WHOLE, "not": {"contains": {"minimum": 10}, "maxContains": 2}},
    "the same twice": {"type": "array", "items": WHOLE, "not": {"uniqueItems": True}},
    "not whichever branch": {
        "type": "integer",
        "not": {"if": {"minimum": 5}, "then": {"maximum": 9}, "else": {"const": 1}},
    },
    "not an if alone": {"type": "integer", "not": {"if": {"minimum": 5}, "else": {"minimum": 3}}},
    "eighty numbers below a bound": {
        "type": "array",
        "items": {"type": "integer", "maximum": -3},
        "uniqueItems": True,
        "minItems": 80,
    },
    "thirty numbers in a narrow range": {
        "type": "array",
        "items": {"type": "number", "minimum": 0, "maximum": 1},
        "uniqueItems": True,
        "minItems": 30,
    },
    "forty texts": {"type": "array", "items": {"type": "string", "maxLength": 4}, "uniqueItems": True, "minItems": 40},
    "different tagged objects": {
        "type": "array",
        "items": record({"kind": {"enum": ["a", "b", "c"]}, "level": {"enum": [1, 2, 3]}}),
        "uniqueItems": True,
        "minItems": 9,
    },
    "a pattern and a schema for names": {
        "type": "object",
        "patternProperties": {"^[a-z]+$": WHOLE},
        "propertyNames": {"maxLength": 3},
        "minProperties": 2,
    },
    "not an if and then": {"type": "integer", "not": {"if": {"minimum": 5}, "then": {"minimum": 9}}},
    "not a few of": {
        "type": "array",
        "items": WHOLE,
        "not": {"contains": {"minimum": 10}, "minContains": 0, "maxContains": 1},
    },
    "eighty fractions below a bound": {
        "type": "array",
        "items": {"type": "number", "maximum": -2.5},
        "uniqueItems": True,
        "minItems": 80,
    },
    "a fault within a branch": {
        "anyOf": [record({"a": {"type": "string", "not": {"pattern": "^[a-z]+$"}}}), record({"b": False})],
    },
    "an object that is not empty": {"type": "object", "not": {"const": {}}},
    "the same reference twice": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": WHOLE}},
    "a long host": {"type": "string", "format": "hostname", "minLength": 65, "maxLength": 66},
    "a longest host": {"type": "string", "format": "hostname", "minLength": 240, "maxLength": 240},
    "a reference into a list": record({"a": {"$ref": "#/allOf/0"}}) | {"allOf": [{"type": "object"}]},
    "a reference": record({"a": {"$ref": "#/$defs/a~1b%20c"}}) | {"$defs": {"a/b c": WHOLE}},
    "an anchor": {"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "integer"}}},
    "an identity": {"$id": "https://example.com/root.json", "$ref": "root.json#/$defs/a", "$defs": {"a": WHOLE}},
    "an embedded resource": {
        "$id": "https://example.com/root.json",
        "$ref": "inner.json#/$defs/b",
        "$defs": {"a": {"$id": "inner.json", "$defs": {"b": {"$ref": "#/$defs/c"}, "c": {"const": 3}}}},
    },
    "a property called like a keyword": record(
        {"$ref": TEXT, "enum": {"$ref": "#/$defs/a"}, "const": TEXT, "properties": {"type": "object", "properties": {}}}
    )
    | {"$defs": {"a": {"type": "array", "items": WHOLE}}},
    "a format with a pattern": {"type": "string", "format": "uri", "pattern": "^https://github\\.com/"},
    "an address at a company": {"type": "string", "format": "email", "pattern": "@acme\\.com$"},
    "a short link": {"type": "string", "format": "uri", "maxLength": 12},
    "a long link": {"type": "string", "format": "uri", "minLength": 90, "maxLength": 90},
    "a long address": {"type": "string", "format": "email", "minLength": 100},
    "an unknown format": {"type": "string", "format": "colour"},
    "base64": {"type": "string", "contentEncoding": "base64"},
    "a password": {"type": "string", "pattern": "^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)(?=.*[!@#$%]).{8,12}$"},
    "two patterns": {"type": "string", "allOf": [{"pattern": "^[a-z]"}, {"pattern": "\\d$"}, {"pattern": "^.{6}$"}]},
    "a regular expression to match whole": {"type": "string", "pattern": "^(?:(\\d{3})-\\1|[A-F]{2})$"},
}


@pytest.mark.parametrize("seed", [b"", b"seed", b"a longer seed" * 20])
@pytest.mark.parametrize("schema", REASONABLE.values(), ids=REASONABLE.keys())
def test_reasonable_schemas_get_valid_instances(schema: JSON, seed: bytes) -> None:
    made(schema, seed=seed)


@pytest.mark.parametrize(
    "pattern",
    [
        "^\\d{4}-\\d{2}$",
        "^[A-Z]{2,5}$",
        "^[a-z0-9]+(?:-[a-z0-9]+)*$",
        "^\\+?[1-9]\\d{1,14}$",
        "^(?!test)\\w+$",
        "(?<year>20\\d\\d)-(?<month>0[1-9]|1[0-2])",
        "\\bcat\\b",
        "^\\p{Lu}\\p{Ll}+$",
        "^\\p{Script=Greek}+$",
        "^[^a-zA-Z0-9]+$",
        "^#(?:[0-9a-fA-F]{3}){1,2}$",
        "^v?\\d+(\\.\\d+){1,2}(-[a-z]+)?$",
        "^(foo|ba[rz]){2,3}$",
        "^[\\u0400-\\u04ff]{3}$",
        "^\\x41\\t\\u0042\\u{1F600}$",
        "^[\\]\\-\\\\^]+$",
        "^a*?b+?c??$",
        "^(a)(b)\\2\\1$",
        "\\.(jpg|png)$",
        "^$|^\\S{70}$",
        "^\\s\\S\\D\\W$",
        "^[\\d.,]+$",
        "^\\cA$",
        "^(?i)abc(?-i)$",
        "^(?:\\$|€)\\d+$",
        "\\A\\w+\\z",
        "^a$|^b$|c",
        "^(?:ab|cde)*$",
        "^(x)(?:y|)$",
        "^[[a-]$",
    ],
)
@pytest.mark.parametrize("bounds", [{}, {"minLength": 0, "maxLength": 200}], ids=["free", "bounded"])
def test_texts_follow_patterns(pattern: str, bounds: JSONObject) -> None:
    text({"pattern": pattern, **bounds})


@pytest.mark.parametrize("length", [1, 2, 5, 17, 64, 300])
@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        "^\\w",
        "\\d$",
        "^(?:ab?)+$",
        "[aeiou]",
        "^[^ ]*$",
        "^.*$",
        "^(?!test)\\w+$",
        "^[\\d.,]+$",
        "(?<!b)a",
    ],
)
def test_texts_follow_patterns_at_any_length(pattern: str, length: int) -> None:
    assert len(text({"pattern": pattern, "minLength": length, "maxLength": length})) == length


@pytest.mark.parametrize("pattern", ["^a|b$", "(^a)b", "(?:^a|^b)c", "a|b", "^(?:a|[bc]{9})$", "x(?:y|z$)|^$"])
def test_letters_stand_around_what_a_pattern_leaves_open(pattern: str) -> None:
    assert len(text({"pattern": pattern, "minLength": 9})) >= 9


@pytest.mark.parametrize("length", [0, 1, 9, 80, 5000])
def test_texts_have_the_length_that_is_asked(length: int) -> None:
    assert len(text({"minLength": length, "maxLength": length})) == length


@pytest.mark.parametrize(
    "name",
    [
        "date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
        "uri", "uri-reference", "uri-template", "iri", "iri-reference", "uuid", "regex",
        "json-pointer", "relative-json-pointer",
    ],
)  # fmt: skip
def test_texts_follow_formats(name: str) -> None:
    for seed in range(20):
        made({"type": "string", "format": name}, seed=bytes([seed]))


def test_all_declared_properties_are_there_in_their_order() -> None:
    schema: JSON = {"type": "object", "properties": {"b": TEXT, "a": TEXT, "c": TEXT}, "required": ["c"]}
    value = made(schema)

    assert isinstance(value, dict)
    assert list(value) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("title", r"[A-Z]\w*( [A-Z]\w*)*"),
        ("articleSummary", r"[A-Z].* .* .*\."),
        ("source_url", r"https://example\.com/.+"),
        ("contactEmail", r".+@example\.(com|org)"),
        ("birth_date", r"2026-\d\d-\d\d"),
        ("updated_at", r"2026-\d\d-\d\dT.*Z"),
        ("year", r"20\d\d"),
        ("countries", r"[A-Z]\w+"),
        ("slug", r"[a-z-]+"),
    ],
)
def test_a_name_says_what_a_text_is(name: str, pattern: str) -> None:
    assert made(record({name: {"type": "string", "pattern": f"^{pattern}$"}})) == made(record({name: TEXT}))


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("year", 2026, 2026), ("percentChange", 1, 99), ("populations", 10**5, 10**7), ("lat", -90, 90), ("rating", 1, 5)],
)
def test_a_name_says_what_a_number_is(name: str, lowest: int, highest: int) -> None:
    value = member(name, NUMBER)

    assert isinstance(value, int | float)
    assert lowest <= value <= highest


def test_texts_are_made_of_the_subjects_words() -> None:
    subject = {word.lower() for word in WORDS}

    assert text({}) in subject
    assert subject & set(str(member("summary", TEXT)).lower().replace(",", "").strip(".").split())


def test_without_a_subject_there_are_words_all_the_same() -> None:
    assert str(instance_of(TEXT, seed=SEED)).isalpha()


@pytest.mark.parametrize("kind", ["anyOf", "oneOf"])
def test_what_may_be_null_is_not(kind: str) -> None:
    assert made({kind: [{"type": "null"}, WHOLE]}) is not None
    assert made({"type": ["null", "integer"]}) is not None


def test_the_schemas_own_examples_are_taken_up() -> None:
    assert made({"type": "string", "examples": ["BAS-1920"]}) == "BAS-1920"


def test_examples_that_do_not_fit_are_not() -> None:
    assert made({"type": "string", "maxLength": 3, "examples": ["BAS-1920", 7]}) != "BAS-1920"


def test_lists_have_a_few_items() -> None:
    assert 2 <= len(items({"items": TEXT})) <= 3


def test_large_integers_fit_the_usual_readers_of_json() -> None:
    assert isinstance(made({"type": "integer", "minimum": 2**63}), float)
    assert isinstance(made({"type": "integer", "minimum": 2**62, "maximum": 2**62}), int)


def test_trees_have_a_level_of_children() -> None:
    children: JSON = {"type": "array", "items": {"$ref": "#/$defs/Node"}}
    node = record({"name": {"$ref": "#/$defs/Name"}, "children": children})
    tree = made({"$ref": "#/$defs/Node", "$defs": {"Node": node, "Name": TEXT}})

    assert isinstance(tree, dict)
    assert isinstance(tree["children"], list)
    assert tree["children"]
    assert all(isinstance(child, dict) and child["children"] == [] for child in tree["children"])


def test_linked_lists_end_with_null() -> None:
    node = record({"value": WHOLE, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}})
    first = made(node)

    assert isinstance(first, dict)
    assert isinstance(first["next"], dict)
    assert first["next"]["next"] is None


def test_optional_recursion_is_left_out_where_it_would_go_on() -> None:
    names = ["Person", "Company", "Place", "Event"]
    links: JSONObject = {name.lower(): {"$ref": f"#/$defs/{name}"} for name in names}
    types: JSONObject = {name: {"type": "object", "properties": {"name": TEXT, **links}} for name in names}

    assert len(json.dumps(made({"$ref": "#/$defs/Person", "$defs": types}))) < 50_000


def test_mutual_recursion_ends_where_all_is_required() -> None:
    expression: JSON = {
        "oneOf": [
            record({"left": {"$ref": "#/$defs/e"}, "right": {"$ref": "#/$defs/e"}, "op": {"enum": ["+", "*"]}}),
            record({"negated": {"$ref": "#/$defs/e"}}),
            NUMBER,
        ],
    }
    made({"$ref": "#/$defs/e", "$defs": {"e": expression}})


def test_definitions_used_twice_over_do_not_explode() -> None:
    level: JSONObject = {
        f"d{depth}": {"type": "object", "properties": both({"$ref": f"#/$defs/d{depth + 1}"})} for depth in range(60)
    }
    made({"$ref": "#/$defs/d0", "$defs": {**level, "d60": TEXT}})


@pytest.mark.parametrize("depth", [50, 120])
def test_deep_schemas_are_followed(depth: int) -> None:
    schema: JSON = TEXT
    for _ in range(depth):
        schema = record({"a": schema})
    made(schema)


def test_hundreds_of_properties_are_filled() -> None:
    value = made(record({f"p{number}": record({"a": TEXT, "b": {"enum": ["x", "y"]}}) for number in range(800)}))

    assert isinstance(value, dict)
    assert len(value) == 800


def test_long_chains_of_references_are_followed() -> None:
    chain: JSONObject = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(2000)}

    made({"$ref": "#/$defs/d0", "$defs": {**chain, "d2000": TEXT}})


def test_other_seeds_give_other_instances() -> None:
    assert len({json.dumps(made(ARTICLE, seed=bytes([seed]))) for seed in range(20)}) == 20


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_makes_the_same_bytes(hash_seed: str) -> None:
    script = (
        "import json, sys\n"
        "from mock_server.world.structured import instance_of\n"
        f"schemas = json.load(sys.stdin)\n"
        f"print(json.dumps([instance_of(schema, seed={SEED!r}, words={WORDS!r}) for schema in schemas]))"
    )
    schemas = list(REASONABLE.values())
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(schemas),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == json.dumps([made(schema) for schema in schemas])


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (False, "Nothing is allowed, as the schema asks at its root."),
        (record({"a": False}), "at /properties/a."),
        (
            record({"age": {"type": "integer", "minimum": 10, "maximum": 5}}),
            "There is no whole number from 10 up to 5, as the schema asks at /properties/age.",
        ),
        (record({"a": {"multipleOf": 7, "type": "integer", "minimum": 8, "maximum": 13}}), "multiple of 7"),
        (record({"a": {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 1}}), "above 1 below 1"),
        (record({"a": {"type": "string", "minLength": 5, "maxLength": 3}}), "There is no text of 5 to 3 characters"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "There is no array of 3 to 2 items"),
        ({"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3}, "at /items."),
        ({"type": "array", "minItems": 10**7}, "are not made"),
        ({"type": "array", "contains": WHOLE, "minContains": 3, "maxItems": 2}, "at most 2 items"),
        (record({"a": TEXT, "b": TEXT}, maxProperties=1), "properties, as the schema asks at its root."),
        ({"allOf": [TEXT, WHOLE]}, "at /allOf/1."),
        ({"type": "string", "enum": [1, 2]}, "No value is left of those listed and of those types"),
        ({"type": "integer", "not": {}}, "at /not."),
        ({"type": "string", "pattern": "^a", "not": {"pattern": "^a"}}, "at /not."),
        ({"type": "string", "pattern": "^a{40,}$", "maxLength": 9}, "at its root."),
        (record({"next": {"$ref": "#"}}), "The recursion finds no end"),
        ({"type": "object", "propertyNames": False, "minProperties": 1}, "properties, as the schema asks at its root."),
        ({"oneOf": [TEXT, TEXT]}, "at /oneOf."),
        ({"type": "string", "pattern": "(" * 60 + "a" + ")" * 60, "minLength": 1}, "cannot be followed"),
        ({"type": "string", "minLength": 10**6}, "There is no text"),
        ({"type": "string", "pattern": "^(?:a{500}){201}$"}, "takes more than"),
        ({"type": "string", "format": "hostname", "minLength": 300}, "at /format."),
        ({"type": "string", "format": "uuid", "minLength": 40}, "at /format."),
        ({"type": "number", "not": {"type": "integer"}, "multipleOf": 3}, "no number that is a multiple of 3"),
        ({"type": "string", "pattern": "^\\p{Script=Cuneiform}$"}, "no known member"),
    ],
)
def test_what_cannot_be_met_is_named(schema: JSON, reason: str) -> None:
    with pytest.raises(Unsatisfiable) as refusal:
        instance_of(schema, seed=SEED)

    assert reason in refusal.value.reason


def test_what_would_grow_too_large_is_refused() -> None:
    level: JSONObject = {f"d{depth}": record(both({"$ref": f"#/$defs/d{depth + 1}"})) for depth in range(40)}
    with pytest.raises(Unsatisfiable, match="larger instance"):
        instance_of({"$ref": "#/$defs/d0", "$defs": {**level, "d40": TEXT}}, seed=SEED)


def test_what_would_nest_too_deeply_is_refused() -> None:
    chain: JSONObject = {f"d{depth}": record({"n": {"$ref": f"#/$defs/d{depth + 1}"}}) for depth in range(500)}

    with pytest.raises(Unsatisfiable, match="deeper than"):
        instance_of({"$ref": "#/$defs/d0", "$defs": {**chain, "d500": TEXT}}, seed=SEED)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (None, "A schema is an object or a boolean"),
        ([TEXT], "A schema is an object or a boolean"),
        ({"type": "strin"}, "not valid at /type"),
        ({"properties": {"a": {"minLength": -1}}}, "not valid at /properties/a/minLength"),
        ({"pattern": "("}, "not valid at /pattern"),
        ({"$ref": "#/$defs/none"}, "'/\\$defs/none' does not exist"),
        ({"$ref": "https://example.com/elsewhere.json"}, "elsewhere"),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "lies outside of it"),
        ({"$ref": "other.json"}, "other.json"),
    ],
)
def test_schemas_that_are_none_are_refused(schema: JSON, reason: str) -> None:
    with pytest.raises(InvalidSchema, match=reason):
        instance_of(schema, seed=SEED)


def test_schemas_that_nest_without_end_are_refused() -> None:
    schema: JSON = {}
    for _ in range(5000):
        schema = {"items": schema}

    with pytest.raises(InvalidSchema, match="cannot be read"):
        instance_of(schema, seed=SEED)


@pytest.mark.parametrize("pattern", [")", "(a", "a\\", "[a", "a)b"])
def test_patterns_that_are_none_are_not_understood(pattern: str) -> None:
    with pytest.raises(PatternUnknown):
        parse(pattern)


def test_both_refusals_are_value_errors() -> None:
    assert issubclass(InvalidSchema, ValueError)
    assert issubclass(Unsatisfiable, ValueError)
