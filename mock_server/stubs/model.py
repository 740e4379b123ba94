"""What a stub says: which requests it answers, and how; the form of stub files, of the control API and of tests."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    MISSING,
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)

from mock_server import redaction
from mock_server.contract.bodies import given
from mock_server.faults import checks
from mock_server.faults.model import HASHED, WELL_KNOWN, Effects, Form, Operations
from mock_server.jsontypes import JSON, JSONObject
from mock_server.nth import Nth
from mock_server.stubs import queries

Kind: TypeAlias = Literal["body", "patch", "text", "stream", "fault", "sequence", "status"]
Fallback: TypeAlias = Literal["last", "world", "error"]

LONGEST_PATTERN = 2000
MOST_STUBS = 10_000
"""Stubs that a file, and that a lane, may have."""
_KINDS: tuple[Kind, ...] = ("body", "patch", "text", "stream", "fault", "sequence")


def _is_regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:  # where warnings are errors
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN), AfterValidator(_is_regular)]


class _Match(Form):
    contains: str | MISSING = Field(default=MISSING, description="A part of the text.", min_length=1)
    regex: Pattern | MISSING = Field(
        default=MISSING, description="A regular expression, as Python's `re` has them, that is found somewhere in it."
    )
    glob: str | MISSING = Field(
        default=MISSING, description="The whole text, where `*` stands for any characters and `?` for any one."
    )
    ignore_case: bool = Field(default=False, description="Whether capital and small letters are the same.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        known = type(self).model_fields.keys() - {"ignore_case"}
        if not self.model_fields_set & known:
            raise ValueError(f"give one of {', '.join(name for name in type(self).model_fields if name in known)}")
        return self


class TextMatch(_Match):
    """Conditions on a text; all that are given hold."""

    equals: str | MISSING = Field(default=MISSING, description="The whole text.")


class MessageMatch(TextMatch):
    """Conditions on one message; they are met if any message of the request meets them."""

    role: Literal["system", "user", "assistant", "tool"] | MISSING = Field(
        default=MISSING, description="Who says it; anybody where left out."
    )


class HeaderMatch(TextMatch):
    """Conditions on a header."""

    exists: bool | MISSING = Field(default=MISSING, description="Whether it is there at all.")


class ValueMatch(_Match):
    """Conditions on the values at a place of the body; met if any value found there meets all that are given."""

    equals: JsonValue | MISSING = Field(default=MISSING, description="The value; 1 and 1.0 are the same.")
    exists: bool | MISSING = Field(default=MISSING, description="Whether there is a value at all.")


def _as_equals(value: object) -> object:
    """Let a bare value stand for `{equals: …}`."""
    return value if isinstance(value, dict | BaseModel) else {"equals": value}


def _as_glob(value: object) -> object:
    """Let a bare text stand for `{glob: …}`."""
    return {"glob": value} if isinstance(value, str) else value


def _as_messages(value: object) -> object:
    return (
        [{"contains": item} if isinstance(item, str) else item for item in value] if isinstance(value, list) else value
    )


Text = Annotated[TextMatch, BeforeValidator(_as_equals, json_schema_input_type=str | TextMatch)]
Glob = Annotated[TextMatch, BeforeValidator(_as_glob, json_schema_input_type=str | TextMatch)]
Value = Annotated[
    ValueMatch, BeforeValidator(_as_equals, json_schema_input_type=str | int | float | bool | None | ValueMatch)
]
Header = Annotated[HeaderMatch, BeforeValidator(_as_equals, json_schema_input_type=str | HeaderMatch)]
Messages = Annotated[list[MessageMatch], BeforeValidator(_as_messages, json_schema_input_type=list[str | MessageMatch])]


class When(Form):
    """Which requests a stub answers: those that meet all that is given; every one where nothing is."""

    operation: Operations | MISSING = Field(
        default=MISSING, description="The `operationId` of the contract, such as `create_chat_completion`, or several."
    )
    path: Glob | MISSING = Field(default=MISSING, description="The path; a bare text is a glob, such as `/models/*`.")
    model: Glob | MISSING = Field(
        default=MISSING, description="The model; a bare text is a glob, in which `*` stands for any characters."
    )
    last_user: Text | MISSING = Field(
        default=MISSING,
        description="What the user said last: the last message of the user, the `input`, or the `query`; a bare text "
        "is the whole of it.",
    )
    messages: Messages | MISSING = Field(
        default=MISSING,
        description="Each is met by some message, in any order; a bare text is a part of a message.",
    )
    body: dict[str, Value] | MISSING = Field(
        default=MISSING,
        description="Values in the body by JSONPath (RFC 9535), such as `$.web_search_options.search_context_size`; "
        "met by any value found there. A bare value is the value itself.",
    )
    headers: dict[str, Header] | MISSING = Field(
        default=MISSING, description="Headers by name; a bare text is the whole value."
    )
    key: str | MISSING = Field(
        default=MISSING,
        description="The API key: a well-known one (`pplx-mock-tier-0`), or `sha256:` and the first eight digits of "
        "its SHA-256. Any other key is kept as its hash only.",
    )
    nth: Nth | MISSING = Field(
        default=MISSING,
        description="Which of the requests that meet all else: `1`, `[1, 3]`, `2-4`, `5-`, or `every 3`.",
    )

    @field_validator("body")
    @classmethod
    def _are_queries(cls, conditions: dict[str, ValueMatch]) -> dict[str, ValueMatch]:
        for path in conditions:
            queries.compiled(path)
        return conditions

    @field_validator("headers")
    @classmethod
    def _are_no_credentials(cls, conditions: dict[str, HeaderMatch]) -> dict[str, HeaderMatch]:
        for name, condition in conditions.items():
            if not checks.is_header(name):
                raise ValueError(f"{name!r} is no name of a header")
            if redaction.is_secret(name.encode()) and condition.model_fields_set != {"exists"}:
                raise ValueError(f"{name} carries a secret, which is not kept: match on `key`, or on `exists` alone")
        return {name.lower(): condition for name, condition in conditions.items()}

    @field_validator("key")
    @classmethod
    def _is_hidden(cls, key: str) -> str:
        if not key:
            raise ValueError("a key is not empty")
        return key if key.startswith((WELL_KNOWN, HASHED)) else redaction.name_of(key)


class Streamed(Form):
    """A stream of given pieces: either the text in pieces, or the frames themselves."""

    deltas: list[str] | MISSING = Field(
        default=MISSING,
        description="The text in pieces, a frame each; the world adds the rest. Joined, they are the plain answer.",
        min_length=1,
    )
    frames: list[dict[str, JsonValue] | str] | MISSING = Field(
        default=MISSING,
        description="The frames as they are: the JSON of each, or a text that need not be JSON (`check: false`). They "
        "are streamed whatever the request asked for.",
        min_length=1,
    )
    done: bool | MISSING = Field(default=MISSING, description="Whether `[DONE]` ends the frames; not so by default.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.deltas is MISSING) is (self.frames is MISSING):
            raise ValueError("give either deltas or frames")
        if self.deltas is not MISSING and self.done is not MISSING:
            raise ValueError("done goes with frames; deltas end as the model's streams do")
        return self


def _one_kind(schema: JSONObject) -> None:
    """Say in a JSON Schema, too, that an answer is of one kind."""
    known = schema["properties"]
    one_of: list[JSON] = [{"required": [kind]} for kind in _KINDS if isinstance(known, dict) and kind in known]
    one_of.append({"required": ["status"], "not": {"required": ["body"]}})
    schema["oneOf"] = one_of


class Answer(Form):
    """What is answered. Exactly one of `body`, `patch`, `text`, `stream`, `fault`, or else `status`."""

    model_config = ConfigDict(json_schema_extra=_one_kind)

    body: dict[str, JsonValue] | MISSING = Field(
        default=MISSING, description="The whole answer; a request for a stream gets a stream that says it."
    )
    patch: dict[str, JsonValue] | MISSING = Field(
        default=MISSING, description="Laid over the world's own answer (RFC 7396): null takes away, lists are replaced."
    )
    text: str | MISSING = Field(
        default=MISSING, description="What the model says; the world adds usage, cost, citations and the rest."
    )
    citations: list[Annotated[str, Field(pattern=r"^https?://\S+$")]] | MISSING = Field(
        default=MISSING,
        description="With `text` or `stream.deltas`: the pages that the markers `[1]`, `[2]` … cite. Without, the "
        "world finds as many as the markers need.",
    )
    stream: Streamed | MISSING = Field(default=MISSING, description="A stream of given pieces.")
    fault: Effects | MISSING = Field(
        default=MISSING, description="What goes wrong with the world's own answer, as in a file of faults."
    )
    status: str | Annotated[int, Field(ge=200, le=599)] | MISSING = Field(
        default=MISSING,
        description="An error: its name in `fixtures/errors.yaml`, such as `request_rate_limit_exceeded`, or a status "
        "from 400 with `message` and `type`. With `body`: the status of that.",
    )
    message: str | MISSING = Field(default=MISSING, description="With an error: its text, if not the usual one.")
    type: str | MISSING = Field(default=MISSING, description="With a status: the type of the error.")
    headers: dict[str, str] | MISSING = Field(
        default=MISSING, description="Headers of the answer, such as `retry-after`; sent whether declared or not."
    )

    @field_validator("status")
    @classmethod
    def _is_an_error(cls, status: str | int) -> str | int:
        return checks.error(status) if isinstance(status, str) else status

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str]) -> dict[str, str]:
        return checks.headers(headers, instead="belongs to the connection; a fault can change it")

    @property
    def kind(self) -> Kind:
        """Which kind of answer it is."""
        return next((kind for kind in _KINDS if kind in self.model_fields_set), "status")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        kinds = [kind for kind in _KINDS if kind in self.model_fields_set]
        if len(kinds) > 1:
            raise ValueError(f"give one of {' and '.join(kinds)}, not both")
        if not kinds and self.status is MISSING:
            raise ValueError(
                f"give one of {', '.join(name for name in _KINDS if name in type(self).model_fields)}, status"
            )
        _check_company(self)
        return self


_COMPANY: dict[str, tuple[Kind, ...]] = {
    "status": ("body", "status"),
    "citations": ("text", "stream"),
    "message": ("status",),
    "type": ("status",),
    "headers": ("body", "patch", "text", "stream", "status"),
    "fallback": ("sequence",),
}
"""What each of the other fields can go with."""


def _check_company(answer: Answer) -> None:
    kind = answer.kind
    for name, kinds in _COMPANY.items():
        if name in answer.model_fields_set and kind not in kinds:
            raise ValueError(f"{name} goes with {' or '.join(kinds)}, not with {kind}")
    stream = given(answer.stream)
    if stream is not None and stream.frames is not MISSING and answer.citations is not MISSING:
        raise ValueError("citations go with deltas; frames say everything themselves")
    if kind == "status":
        _check_error(answer)
    elif kind == "body" and isinstance(answer.status, str):
        raise ValueError("the status of a body is a number")


def _check_error(answer: Answer) -> None:
    if isinstance(answer.status, str):
        if answer.type is not MISSING:
            raise ValueError("an error by name has its own type; give the status as a number to choose one")
    elif isinstance(answer.status, int) and answer.status < _LEAST_ERROR:
        raise ValueError("a status alone is an error, 400 to 599; give a body with any other")
    elif isinstance(answer.status, int) and answer.message is MISSING:
        if answer.type is not MISSING:
            raise ValueError("type goes with message")
        checks.status(answer.status)


_LEAST_ERROR = 400


class Step(Answer):
    """One part of a sequence."""

    times: int = Field(default=1, ge=1, description="How many requests in a row it answers.")


class Reply(Answer):
    """How a stub answers. Exactly one of `body`, `patch`, `text`, `stream`, `fault`, `sequence`, or else `status`."""

    sequence: list[Step] | MISSING = Field(
        default=MISSING, description="One answer after the other, each as often as its `times`.", min_length=1
    )
    fallback: Fallback = Field(
        default="last",
        description="After the sequence: `last` repeats its last answer, `world` answers as without a stub, `error` "
        "refuses.",
    )


class Stub(Form):
    """A scripted answer."""

    id: str | MISSING = Field(
        default=MISSING,
        description="Its name in the journal and in messages; made from file and place where left out.",
        pattern=r"^[\w.:#/-]{1,128}$",
    )
    when: When = Field(default=When(), description="Which requests it answers; all where left out.")
    reply: Reply = Field(description="What it answers.")
    times: int | MISSING = Field(
        default=MISSING, ge=1, description="How many requests it answers; then it is as if it were not there."
    )
    priority: int = Field(
        default=5, description="Of several that fit, the one with the lowest number answers; then the one added first."
    )
    check: bool = Field(default=True, description="Whether the answer has to keep the contract.")


class StubFile(Form):
    """A file of stubs, in YAML or JSON."""

    schema_: str | MISSING = Field(
        default=MISSING, alias="$schema", description="The address of this schema, for editors."
    )
    stubs: list[Stub] = Field(description="The stubs, of which the first that fits answers.", max_length=MOST_STUBS)
