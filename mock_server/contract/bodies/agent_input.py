"""What a task for an agent is told in: a conversation's items, and the shape that the answer shall have."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import NonEmptyText, PlainObject, StrictBody


class AgentTextPart(StrictBody):
    """A piece of text."""

    type: Literal["input_text"]
    text: str


class AgentImagePart(StrictBody):
    """An image beside the text."""

    type: Literal["input_image"]
    image_url: NonEmptyText


class AgentFilePart(StrictBody):
    """A file beside the text."""

    type: Literal["input_file"]
    file_url: NonEmptyText | MISSING = MISSING
    file_data: NonEmptyText | MISSING = MISSING
    filename: str | MISSING = MISSING


AgentInputPart = Annotated[AgentTextPart | AgentImagePart | AgentFilePart, Field(discriminator="type")]


class AgentInputMessage(StrictBody):
    """One turn of the conversation."""

    type: Literal["message"] | MISSING = MISSING
    role: Literal["user", "assistant", "system", "developer"]
    content: str | Annotated[list[AgentInputPart], Field(min_length=1)]


class AgentFunctionCall(StrictBody):
    """A call of a function, said again."""

    type: Literal["function_call"]
    call_id: NonEmptyText
    name: NonEmptyText
    arguments: str
    thought_signature: str | MISSING = MISSING


class AgentFunctionCallOutput(StrictBody):
    """What a function gave."""

    type: Literal["function_call_output"]
    call_id: NonEmptyText
    output: str
    name: str | MISSING = MISSING
    thought_signature: str | MISSING = MISSING


AgentInputItem = AgentInputMessage | AgentFunctionCall | AgentFunctionCallOutput


class AgentTextFormat(StrictBody):
    """An answer of any shape."""

    type: Literal["text"]


class AgentNamedSchema(StrictBody):
    """What an `AgentJsonSchemaFormat` holds; `schema` is `schema_` here, as pydantic has one of its own."""

    name: Annotated[str, Field(min_length=1, max_length=64)] | MISSING = MISSING
    schema_: PlainObject = Field(alias="schema")
    description: str | MISSING = MISSING
    strict: bool | MISSING = MISSING


class AgentJsonSchemaFormat(StrictBody):
    """An answer that is an instance of a JSON Schema."""

    type: Literal["json_schema"]
    json_schema: AgentNamedSchema


AgentResponseFormat = Annotated[AgentTextFormat | AgentJsonSchemaFormat, Field(discriminator="type")]
