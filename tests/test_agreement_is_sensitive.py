"""A contract that changes in one keyword is noticed: the agreement test would fail until the typed body follows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from mock_server.contract import document
from mock_server.contract.bodies import AgentRequest, AsyncChatCompletionRequest
from tests.test_agreement import BODY_PAIRS, QUERY_PAIRS, Pair, fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.jsontypes import JSON, JSONObject

FEWEST_MUTANTS = 150
LEAST_NOTICED = 0.98
EVERY = 5
LARGEST = (AgentRequest, AsyncChatCompletionRequest)
"""Of the many mutants of these bodies one in `EVERY` is tried: each takes thousands of bodies."""

COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
BOUNDS = (*COUNTS, "minimum", "maximum")
OTHER_TYPE = {
    "string": "integer",
    "integer": "number",
    "number": "integer",
    "boolean": "string",
    "array": "object",
    "object": "array",
    "null": "boolean",
}
# The classes do not name these: whoever validates passes the contract's own list.
PASSED_IN = ("ChatModel", "EmbeddingModel", "ContextualizedEmbeddingModel", "AgentModel", "AgentPreset")
SUBJECT = ("subject",)


@dataclass(frozen=True)
class Spot:
    """A schema inside a pair's: how to reach it, and what it is used for."""

    path: tuple[str | int, ...]
    schema: JSONObject
    null_is_taken: bool


def spots(
    contract: JSONObject, schema: JSON, path: tuple[str | int, ...], seen: set[str], *, null_is_taken: bool
) -> Iterator[Spot]:
    """Every schema that a pair's leads to, once."""
    yield Spot(path, schema, null_is_taken)
    ref = schema.get("$ref")
    if ref is not None and ref not in seen:
        seen.add(ref)
        place = tuple(ref.split("/")[1:])
        yield from spots(contract, document.at(contract, ref[1:]), place, seen, null_is_taken=null_is_taken)
    inner = [(("properties", name), found, False) for name, found in schema.get("properties", {}).items()]
    for keyword in ("anyOf", "oneOf"):
        branching = schema.get(keyword, [])
        takes_null = null_is_taken or any(fits(contract, branch, None) for branch in branching)
        inner += [((keyword, index), branch, takes_null) for index, branch in enumerate(branching)]
    for keyword in ("items", "additionalProperties"):
        inner += [((keyword,), schema[keyword], False)] if isinstance(schema.get(keyword), dict) else []
    for steps, found, takes_null in inner:
        yield from spots(contract, found, (*path, *steps), seen, null_is_taken=takes_null)


def changes(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    """Every way to change one keyword, with what the schema is then."""
    for change in (
        bounds, patterns, members, constants, requirements, properties, types, unions, defaults, references, additions,
    ):  # fmt: skip
        for what, changed in change(spot):
            yield f"#/{'/'.join(map(str, spot.path))}: {what}", changed


def without(schema: JSONObject, keyword: str) -> JSONObject:
    return {key: value for key, value in schema.items() if key != keyword}


def bounds(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    for keyword in BOUNDS:
        if keyword in spot.schema:
            bound = spot.schema[keyword]
            yield f"no {keyword}", without(spot.schema, keyword)
            for other in (bound - 1, bound + 1):
                if other >= 0 or keyword not in COUNTS:
                    yield f"{keyword} {other}", {**spot.schema, keyword: other}


def patterns(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    pattern = spot.schema.get("pattern")
    if pattern is None:
        return
    yield "no pattern", without(spot.schema, "pattern")
    edits = [pattern.removeprefix("^"), pattern.removesuffix("$")]
    edits += [pattern[: found.start()] + pattern[found.end() :] for found in re.finditer(r"\?", pattern)]
    edits += [re.sub(r"\{\d\}", count, pattern, count=1) for count in ("{1}", "{3}", "{5}")]
    for edit in edits:
        yield f"pattern {edit}", {**spot.schema, "pattern": edit}


def members(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    listed = spot.schema.get("enum")
    if listed is None:
        return
    yield "no enum", without(spot.schema, "enum")
    if spot.path[-1] not in PASSED_IN:
        yield "one more member", {**spot.schema, "enum": [*listed, "added"]}
        for member in listed:
            yield f"no member {member}", {**spot.schema, "enum": [other for other in listed if other != member]}


def constants(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    if "const" in spot.schema:
        yield "no const", without(spot.schema, "const")
        yield "another const", {**spot.schema, "const": "changed"}


def requirements(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    required = spot.schema.get("required", [])
    for name in required:
        yield f"{name} optional", {**spot.schema, "required": [other for other in required if other != name]}
    for name in sorted(spot.schema.get("properties", {}).keys() - set(required)):
        yield f"{name} required", {**spot.schema, "required": [*required, name]}


def properties(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    listed = spot.schema.get("properties")
    if listed is None:
        return
    yield "one more property", {**spot.schema, "properties": {**listed, "added": {"type": "string"}}}
    for name in listed:
        yield f"no property {name}", {**spot.schema, "properties": without(listed, name)}


def types(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    named = spot.schema.get("type")
    if named is None or spot.path == SUBJECT:  # that query parameters make an object is the test's own word
        return
    listed = named if isinstance(named, list) else [named]
    yield f"another type than {listed[0]}", {**spot.schema, "type": [OTHER_TYPE[listed[0]], *listed[1:]]}
    if "enum" not in spot.schema:  # else its members say it, too
        yield "no type", without(spot.schema, "type")
        if len(listed) > 1:
            yield "not null", {**spot.schema, "type": listed[0]}
        elif not spot.null_is_taken:
            yield "or null", {**spot.schema, "type": [*listed, "null"]}


def unions(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    for keyword in ("anyOf", "oneOf"):
        listed = spot.schema.get(keyword, [])
        for index, branch in enumerate(listed):
            if len(listed) > 1:
                yield f"{keyword} without {branch}", {**spot.schema, keyword: listed[:index] + listed[index + 1 :]}
        if listed:
            yield f"no {keyword}", without(spot.schema, keyword)
            yield f"{keyword} boolean, too", {**spot.schema, keyword: [*listed, {"type": "boolean"}]}
        if listed and not spot.null_is_taken and {"type": "null"} not in listed:
            yield f"{keyword} null, too", {**spot.schema, keyword: [*listed, {"type": "null"}]}


def defaults(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    if "default" in spot.schema:
        yield "no default", without(spot.schema, "default")
        yield "another default", {**spot.schema, "default": "changed"}
    listed = spot.schema.get("properties", {})
    for name in sorted(listed.keys() - set(spot.schema.get("required", []))):
        if "default" not in listed[name]:
            changed = {**listed, name: {**listed[name], "default": "added"}}
            yield f"{name} with a default", {**spot.schema, "properties": changed}


def references(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    if "$ref" in spot.schema:
        yield "anything instead of the reference", without(spot.schema, "$ref")
    for keyword in ("items", "additionalProperties"):
        if keyword in spot.schema:
            yield f"no {keyword}", without(spot.schema, keyword)


def additions(spot: Spot) -> Iterator[tuple[str, JSONObject]]:
    """Limits where there were none; not beside keywords that limit more."""
    if spot.schema.keys() & {"enum", "const", "pattern"}:
        return
    named = spot.schema.get("type", [])
    fewest = len(spot.schema.get("required", []))
    added: dict[str, JSONObject] = {
        "string": {"minLength": 1, "maxLength": spot.schema.get("minLength", 0) + 1},
        "integer": {"minimum": 2, "maximum": 2},
        "number": {"minimum": 0.5, "maximum": 0.5},
        "array": {"minItems": 1, "maxItems": 2, "uniqueItems": True},
        "object": {"minProperties": fewest + 1, "maxProperties": fewest, "additionalProperties": False},
    }
    for name in named if isinstance(named, list) else [named]:
        for keyword, value in added.get(name, {}).items():
            if keyword not in spot.schema:
                yield f"with {keyword} {value}", {**spot.schema, keyword: value}


def put(node: JSON, path: tuple[str | int, ...], value: JSON) -> JSON:
    """A copy with another value at a path; what is not on the path is shared."""
    if not path:
        return value
    step = int(path[0]) if isinstance(node, list) else path[0]
    copy = node.copy()
    copy[step] = put(node[step], path[1:], value)
    return copy


def mutants(pair: Pair) -> Iterator[tuple[str, Pair]]:
    whole = {**pair.contract, "subject": pair.schema}
    for spot in spots(whole, pair.schema, SUBJECT, set(), null_is_taken=False):
        for what, changed in changes(spot):
            mutant = put(whole, spot.path, changed)
            yield what, replace(pair, contract=mutant, schema=mutant["subject"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_change_of_one_keyword_of_the_contract_is_noticed() -> None:
    pairs = {pair.model: pair for pair in (*BODY_PAIRS.values(), *QUERY_PAIRS.values())}
    tried, survivors = 0, []

    # One at a time: thousands of compiled contracts would fill the memory.
    for pair in pairs.values():
        for what, mutant in islice(mutants(pair), 0, None, EVERY if pair.model in LARGEST else 1):
            tried += 1
            if next(mutant.disagreements(), None) is None:
                survivors.append(f"{pair.model.__name__} {what}")

    noticed = 1 - len(survivors) / tried
    assert tried > FEWEST_MUTANTS
    assert noticed >= LEAST_NOTICED, f"{noticed:.1%} of {tried} noticed; not these:\n" + "\n".join(survivors)
