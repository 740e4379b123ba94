"""What the bodies are made of: their base class, and the contract's named strings, numbers and lists."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from mock_server.jsontypes import JSONObject


class Body(BaseModel):
    """A JSON object of a request: strict about types, blind to fields that it does not list."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True)


class StrictBody(Body):
    """A JSON object of a request that takes no field that it does not list."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Names:
    """The names that an edition takes; passed to each validation as its context."""

    chat_models: frozenset[str]
    embedding_models: frozenset[str]
    contextual_models: frozenset[str] = frozenset()
    agent_models: frozenset[str] = frozenset()
    agent_presets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)  # by identity, as unions hash their members and a schema has no hash
class Reader:
    """Reads a value before its type is held to its bounds; it stands last in its `Annotated`.

    Built from pydantic's own parts, as a function in Python would cost ten times as much.
    """

    schema: CoreSchema

    def __get_pydantic_core_schema__(self, source: type[int | bool], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read first, then go on as without this reader."""
        return core_schema.chain_schema([self.schema, handler(source)])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the type with its bounds; how it is read is in the word `integer`."""
        return handler(schema["steps"][-1]) if schema["type"] == "chain" else handler(schema)


_WHOLE_FLOAT = core_schema.chain_schema([core_schema.float_schema(strict=True), core_schema.int_schema(strict=False)])
_DIGITS = core_schema.chain_schema(
    [core_schema.str_schema(pattern=r"^-?(0|[1-9][0-9]*)$"), core_schema.int_schema(strict=False)],
)

JSON_INTEGER = Reader(
    core_schema.union_schema(
        [core_schema.int_schema(strict=True), _WHOLE_FLOAT],
        mode="left_to_right",
        custom_error_type="int_type",
    ),
)
"""An integer as JSON Schema has it: `1.0` is one, `True` is none."""

QUERY_BOOLEAN = Reader(
    core_schema.custom_error_schema(
        core_schema.chain_schema(
            [core_schema.str_schema(pattern="^(true|false)$"), core_schema.bool_schema(strict=False)]
        ),
        custom_error_type="bool_parsing",
    ),
)
"""A boolean as text: `true` or `false`."""

QUERY_INTEGER = Reader(core_schema.custom_error_schema(_DIGITS, custom_error_type="int_parsing"))
"""An integer as text: `5`, but neither `+5`, `05` nor `5.0`."""


def _one_of(value: str, names: frozenset[str]) -> str:
    if value in names:
        return value
    members = sorted(names)
    expected = " or ".join([*([", ".join(map(repr, members[:-1]))] if members[1:] else []), *map(repr, members[-1:])])
    raise PydanticCustomError("enum", "Input should be {expected}", {"expected": expected, "members": members})


def _chat_model(value: str, info: ValidationInfo[Names]) -> str:
    return _one_of(value, info.context.chat_models)


def _embedding_model(value: str, info: ValidationInfo[Names]) -> str:
    return _one_of(value, info.context.embedding_models)


def _agent_model(value: str, info: ValidationInfo[Names]) -> str:
    return _one_of(value, info.context.agent_models)


def _agent_preset(value: str, info: ValidationInfo[Names]) -> str:
    return _one_of(value, info.context.agent_presets)


def _contextual_model(value: str, info: ValidationInfo[Names]) -> str:
    return _one_of(value, info.context.contextual_models)


AgentModel = Annotated[str, AfterValidator(_agent_model)]
AgentPreset = Annotated[str, AfterValidator(_agent_preset)]
ChatModel = Annotated[str, AfterValidator(_chat_model)]
EmbeddingModel = Annotated[str, AfterValidator(_embedding_model)]
ContextualizedEmbeddingModel = Annotated[str, AfterValidator(_contextual_model)]

NonEmptyText = Annotated[str, Field(min_length=1)]
Country = Annotated[str, Field(min_length=2, max_length=2)]

if TYPE_CHECKING:
    PlainObject = JSONObject
else:
    # Pydantic can neither resolve the recursive type from another module, nor need it look inside.
    PlainObject = dict

# The examples are the boundary test's way to a text that matches.
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-01-01"])]
DateFilter = Annotated[
    str,
    Field(pattern=r"^(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/[0-9]{4}$", examples=["3/1/2025", "12/31/2025"]),
]
RecencyFilter = Literal["hour", "day", "week", "month", "year"]
Domain = Annotated[str, Field(min_length=1, max_length=253)]
DomainFilter = Annotated[list[Domain], Field(max_length=20)]
LanguageFilter = Annotated[list[Annotated[str, Field(min_length=2, max_length=2)]], Field(max_length=20)]
ContextSize = Literal["low", "medium", "high"]
CollectionId = Annotated[str, Field(min_length=1, max_length=64)]
