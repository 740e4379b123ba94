"""The typed bodies and the contract say the same: same verdicts, same defaults, on both sides' boundary bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING

import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contract_tests.boundary import enumerate_bodies
from mock_server.contract import bodies, document
from mock_server.contract.bodies import Body, Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mock_server.jsontypes import JSON, JSONObject

CONTRACT = document.load()
MOST_BODIES = 12_000
LONGEST_SAMPLE = 4000
RICHEST = 20
JSON_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


def names_of(contract: JSONObject) -> Names:
    def members(name: str) -> frozenset[str]:
        return frozenset(document.at(contract, f"/components/schemas/{name}/enum"))

    return Names(
        members("ChatModel"),
        members("EmbeddingModel"),
        members("ContextualizedEmbeddingModel"),
        agent_models=members("AgentModel"),
        agent_presets=members("AgentPreset"),
    )


@dataclass(frozen=True)
class Pair:
    """A schema of the contract, and the class that should equal it."""

    schema: JSONObject
    model: type[Body]
    contract: JSONObject
    names: Names

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        schemas = self.contract["components"]["schemas"]
        return jsonschema_rs.Draft202012Validator({**self.schema, "components": {"schemas": schemas}})

    @cached_property
    def meaning(self) -> Meaning:
        return Meaning(self.contract)

    def bodies(self) -> Iterator[JSON]:
        """Both sides' boundary bodies: each side alone is blind to the limits that only the other has."""
        yield from chain(model_bodies(self.model, self.names), enumerate_bodies(self.schema, self.contract))

    def read(self, body: JSON) -> JSON:
        """What the contract's schema is to be held against."""
        return body

    def disagreement(self, body: JSON) -> str | None:
        said, meant = self._contract_on(self.read(body)), self._model_on(body)
        if same(said, meant):
            return None
        text = orjson.dumps(body).decode()
        return f"body      {text[:2000]}\ncontract  {self._why(said, body)}\nmodel     {meant}"

    def disagreements(self) -> Iterator[str]:
        return filter(None, map(self.disagreement, self.bodies()))

    def _contract_on(self, body: JSON) -> JSON | Refusal:
        if self.validator.is_valid(body):
            return self.meaning.of(self.schema, body)
        return Refusal("")

    def _model_on(self, body: JSON) -> JSON | Refusal:
        try:
            typed = self.model.__pydantic_validator__.validate_python(body, context=self.names)
        except ValidationError as error:
            return Refusal(str(error))
        return typed.model_dump(by_alias=True)

    def _why(self, said: JSON | Refusal, body: JSON) -> JSON | Refusal:
        if isinstance(said, Refusal):
            return Refusal("; ".join(error.message for error in self.validator.iter_errors(self.read(body))))
        return said


@dataclass(frozen=True)
class QueryPair(Pair):
    """The same for query parameters, which arrive as text."""

    def bodies(self) -> Iterator[JSON]:
        for body in super().bodies():
            if isinstance(body, dict):
                yield {
                    name: value if isinstance(value, str) else orjson.dumps(value).decode()
                    for name, value in body.items()
                }

    def read(self, body: JSON) -> JSON:
        return {name: self._read(name, text) for name, text in body.items()}

    def _read(self, name: str, text: str) -> JSON:
        schema = document.resolve(self.contract, self.schema["properties"].get(name, {}))
        if schema.get("type") == "boolean" and text in {"true", "false"}:
            return text == "true"
        is_number = schema.get("type") == "integer" and re.fullmatch(r"-?(0|[1-9][0-9]*)", text, re.ASCII)
        return int(text) if is_number else text


@dataclass(frozen=True)
class Refusal:
    why: str

    def __str__(self) -> str:
        return f"refuses: {self.why}"


def same(said: JSON | Refusal, meant: JSON | Refusal) -> bool:
    if isinstance(said, Refusal) or isinstance(meant, Refusal):
        return isinstance(said, Refusal) and isinstance(meant, Refusal)
    return said == meant


@cache
def model_bodies(model: type[Body], names: Names) -> list[JSON]:
    schema = model_schema(model, names)
    return list(enumerate_bodies(schema, schema))


def model_schema(model: type[Body], names: Names) -> JSONObject:
    schema = model.model_json_schema()
    known = {
        "ChatCompletionRequest": names.chat_models,
        "EmbeddingsRequest": names.embedding_models,
        "ContextualizedEmbeddingsRequest": names.contextual_models,
    }
    for name, found in {**schema.get("$defs", {}), model.__name__: schema}.items():
        if name in known:
            found["properties"]["model"]["enum"] = sorted(known[name])
    if model.__name__ == "AgentRequest":
        fields = schema["properties"]
        for field, members in [
            (fields["model"], names.agent_models),
            (fields["models"]["items"], names.agent_models),
            (fields["preset"], names.agent_presets),
            (fields["effort"], names.agent_presets),
        ]:
            field["enum"] = sorted(members)
    return schema


@dataclass(frozen=True)
class Meaning:
    """What a contract means by a body that it takes: the listed properties alone, with their defaults."""

    contract: JSONObject
    absent: dict[int, JSONObject] = field(default_factory=dict)

    def of(self, schema: JSON, body: JSON) -> JSON:
        found = document.resolve(self.contract, schema)
        branch = next((branch for branch in branches(found) if fits(self.contract, branch, body)), None)
        if branch is not None:
            return self.of(branch, body)
        if isinstance(body, list) and "items" in found:
            return [self.of(found["items"], item) for item in body]
        if isinstance(body, dict) and "properties" in found:
            listed = found["properties"]
            return {
                **self._of_absent(listed),
                **{name: self.of(listed[name], value) for name, value in body.items() if name in listed},
            }
        return body

    def _of_absent(self, properties: JSONObject) -> JSONObject:
        """What the properties mean where they are absent; nothing for those that are neither defaulted nor nullable."""
        if id(properties) not in self.absent:
            found = {name: document.resolve(self.contract, schema) for name, schema in properties.items()}
            self.absent[id(properties)] = {
                name: schema.get("default")
                for name, schema in found.items()
                if "default" in schema or fits(self.contract, schema, None)
            }
        return self.absent[id(properties)]


def branches(found: JSONObject) -> list[JSON]:
    return [*found.get("anyOf", []), *found.get("oneOf", [])]


def fits(contract: JSONObject, branch: JSON, body: JSON) -> bool:
    """Whether a union means this branch: its type is the body's, and so are the constants that mark it."""
    found = document.resolve(contract, branch)
    if branches(found):
        return any(fits(contract, inner, body) for inner in branches(found))
    types = found["type"] if isinstance(found.get("type"), list) else [found.get("type")]
    if JSON_TYPES.get(type(body), "number") not in types:
        return False
    if not isinstance(body, dict):
        return True
    constants = {name: document.resolve(contract, schema) for name, schema in found.get("properties", {}).items()}
    return all(body.get(name) == schema["const"] for name, schema in constants.items() if "const" in schema)


def body_pairs(contract: JSONObject, names: Names) -> dict[str, Pair]:
    """By `operationId`."""
    return {
        operation["operationId"]: Pair(schema, bodies.REQUESTS[component(schema)], contract, names)
        for _, _, operation in document.operations(contract)
        for schema in [operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")]
        if schema is not None
    }


def query_pairs(contract: JSONObject, names: Names) -> dict[str, QueryPair]:
    """By the `operationId` of what the operation is, whatever its path."""
    return {
        identity: QueryPair(schema, bodies.QUERIES[identity], contract, names)
        for _, _, operation in document.operations(contract)
        for identity in [operation["x-mock"].get("alias_of", operation["operationId"])]
        for schema in [query_schema(operation)]
        if schema["properties"]
    }


def query_schema(operation: JSONObject) -> JSONObject:
    """The parameters as one object; a parameter's examples become its schema's."""
    parameters = [found for found in operation.get("parameters", []) if found["in"] == "query"]
    return {
        "type": "object",
        "required": [found["name"] for found in parameters if found.get("required")],
        "properties": {
            found["name"]: {**found["schema"], "examples": [example["value"] for example in found["examples"].values()]}
            for found in parameters
        },
    }


def component(schema: JSONObject) -> str:
    return schema["$ref"].rpartition("/")[2]


def reachable(contract: JSONObject, node: JSON, found: dict[str, JSONObject]) -> dict[str, JSONObject]:
    """The components that a schema leads to, by name."""
    match node:
        case {"$ref": str(ref)} if (name := ref.rpartition("/")[2]) not in found:
            found[name] = document.at(contract, ref.removeprefix("#"))
            reachable(contract, found[name], found)
        case dict():
            for value in node.values():
                reachable(contract, value, found)
        case list():
            for value in node:
                reachable(contract, value, found)
    return found


NAMES = names_of(CONTRACT)
BODY_PAIRS = body_pairs(CONTRACT, NAMES)
QUERY_PAIRS = query_pairs(CONTRACT, NAMES)
PAIRS = {**BODY_PAIRS, **QUERY_PAIRS}

every_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
every_body = pytest.mark.parametrize("pair", BODY_PAIRS.values(), ids=BODY_PAIRS.keys())


@every_pair
def test_the_typed_body_and_the_contract_agree_on_every_boundary_body(pair: Pair) -> None:
    found = list(pair.disagreements())

    assert not found, f"{len(found)} disagreements\n\n" + "\n\n".join(found[:5])


@every_pair
def test_the_boundary_bodies_are_some_of_each_kind_and_not_too_many(pair: Pair) -> None:
    verdicts = [pair.validator.is_valid(pair.read(body)) for body in pair.bodies()]

    assert min(verdicts.count(True), verdicts.count(False)) > 5
    assert len(verdicts) < MOST_BODIES


@every_body
def test_every_object_component_of_a_request_has_a_class_of_its_name(pair: Pair) -> None:
    objects = {
        name: set(schema["properties"])
        for name, schema in reachable(CONTRACT, pair.schema, {}).items()
        if schema.get("type") == "object"
    }

    assert objects == {
        name: {field.alias or key for key, field in getattr(bodies, name).model_fields.items()} for name in objects
    }


def test_there_is_no_class_for_a_request_or_a_query_that_the_contract_does_not_have() -> None:
    assert bodies.REQUESTS.keys() == {component(pair.schema) for pair in BODY_PAIRS.values()}
    assert bodies.QUERIES.keys() == QUERY_PAIRS.keys()


@pytest.mark.parametrize(
    "text",
    ["+5", "05", "5.0", "5e0", " 5", "5\n", "5 ", "1_0", "\N{ARABIC-INDIC DIGIT FIVE}", "-", "", "true", "0x5", "--5"],
)
def test_what_is_no_json_integer_is_no_integer_in_a_query(text: str) -> None:
    pair = QUERY_PAIRS["get_collection_history"]

    assert pair.disagreement({"limit": text}) is None
    assert not pair.validator.is_valid(pair.read({"limit": text}))


@pytest.mark.parametrize("text", ["1", "100", "-0", "0", "-1", "101", "9" * 4000])
def test_an_integer_in_a_query_is_held_to_its_bounds(text: str) -> None:
    assert QUERY_PAIRS["get_collection_history"].disagreement({"limit": text}) is None


numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def places(body: JSON) -> Iterator[tuple[list[JSON] | JSONObject, str | int]]:
    """Every place in a body: what holds it, and its key or index there."""
    keys = list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else []
    for key in keys:
        yield body, key
        yield from places(body[key])


@st.composite
def disturbed(draw: Callable[..., JSON], samples: st.SearchStrategy[bytes]) -> JSON:
    """A body, disturbed in up to three places by random values and by parts of other bodies."""
    body, other = (orjson.loads(draw(samples)) for _ in range(2))
    parts = [orjson.dumps(holder[key]) for holder, key in places(other)] or [b"null"]
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(body))
        if not found:
            return draw(values)
        holder, key = draw(st.sampled_from(found))
        if draw(st.booleans()):
            holder[key] = draw(values | st.sampled_from(parts).map(orjson.loads))
        else:
            del holder[key]
    return body


@every_body
def test_the_typed_body_and_the_contract_agree_on_random_bodies(pair: Pair) -> None:
    valid = (orjson.dumps(body) for body in pair.bodies() if pair.validator.is_valid(body))
    samples = sorted({text for text in valid if len(text) < LONGEST_SAMPLE}, key=lambda text: (len(text), text))

    @settings(max_examples=300, derandomize=True, deadline=None, database=None)
    @given(disturbed(st.sampled_from(samples[-RICHEST:]) | st.sampled_from(samples)))
    def holds(body: JSON) -> None:
        found = pair.disagreement(body)
        assert found is None, found

    holds()


def test_a_keyword_that_cannot_be_enumerated_is_refused() -> None:
    with pytest.raises(ValueError, match="'multipleOf'"):
        list(enumerate_bodies({"type": "integer", "multipleOf": 2}, {}))


def test_a_pattern_without_an_example_is_refused() -> None:
    with pytest.raises(ValueError, match="an example"):
        list(enumerate_bodies({"type": "string", "pattern": "^a$"}, {}))


def test_bodies_of_a_recursive_schema_come_to_an_end() -> None:
    tree: JSONObject = {"type": "object", "properties": {"inner": {"$ref": "#/$defs/Tree"}}}

    assert len(list(enumerate_bodies({"$ref": "#/$defs/Tree"}, {"$defs": {"Tree": tree}}))) < 100
