"""What a fault says: where it strikes, and what goes wrong; in files, in the control API and in tests."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from mock_server import redaction
from mock_server.faults import checks, streams
from mock_server.nth import Nth
from mock_server.settings import LONGEST

Connection: TypeAlias = Literal["refused", "reset", "closed"]
Shape: TypeAlias = Literal["string", "detail", "details", "message", "string-code", "null-code", "text"]
Malform: TypeAlias = Literal[
    "trailing-comma", "python", "nan", "prefix", "two-documents", "bad-utf8", "bom", "unterminated", "empty"
]
Wrap: TypeAlias = Literal["code-fence", "think", "prose"]
Run: TypeAlias = Literal["failed", "incomplete", "cancelled"]
Length: TypeAlias = Literal["longer", "shorter"]

WELL_KNOWN = "pplx-mock-"
HASHED = "sha256:"
MOST_FAULTS = 1000
"""Faults that a file, and that a lane, may have."""
_LONGEST_DOWN = 60.0
_MOST_BYTES = 1_000_000


class Form(BaseModel):
    """What all data of users is: strict, and nothing unknown in it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Operations = Annotated[
    list[Annotated[str, AfterValidator(checks.operation)]],
    Field(min_length=1),
    BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
]
Seconds = Annotated[float, Field(ge=0, le=LONGEST, strict=True)]
Bytes = Annotated[int, Field(ge=0, le=_MOST_BYTES)]
Share = Annotated[float, Field(gt=0, lt=1)]
Path = Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")]


class Effects(Form):
    """What goes wrong: one effect, or several that go together."""

    status: int | None = Field(
        default=None, ge=400, le=599, description="Answer with this status and the wire's body for it."
    )
    error: str | None = Field(default=None, description="Answer with an error of `fixtures/errors.yaml`, by its name.")
    message: str | None = Field(default=None, description="The text of that error, if not its own.")
    error_shape: Shape | None = Field(
        default=None,
        description="The shape of that error's body: `error` or `detail` as a text, a list of `details`, a bare "
        "`message`, a `string-code`, a `null-code`, or plain `text` that is no JSON.",
    )
    html: str | None = Field(
        default=None, description="Answer with an HTML page of `fixtures/faults.yaml`, such as `cloudflare-502`."
    )
    connection: Connection | None = Field(
        default=None,
        description="`reset` (RST) or `closed` (FIN) before a byte of the answer, or `after` some; `refused` resets "
        "this one and takes no new ones, on the whole server, while it is `down`.",
    )
    after: Literal["headers"] | Bytes | None = Field(
        default=None, description="With `reset` or `closed`: after the `headers`, or after so many bytes of the body."
    )
    down: float | None = Field(
        default=None, gt=0, le=_LONGEST_DOWN, description="With `refused`: seconds until the server listens again (1)."
    )
    delay: Seconds | None = Field(default=None, description="Seconds of silence before the headers.")
    dribble: Seconds | None = Field(default=None, description="Send the body in pieces, so many seconds apart.")
    piece: Annotated[int, Field(ge=1, le=_MOST_BYTES)] | None = Field(
        default=None, description="With `dribble`: bytes of a piece (16)."
    )
    truncate: Bytes | Share | None = Field(
        default=None, description="Cut the JSON after so many bytes, or at a share of its length such as 0.5."
    )
    malform: Malform | None = Field(
        default=None,
        description="Make the JSON none: `trailing-comma`, `python`, `nan`, `prefix`, `two-documents`, `bad-utf8`, "
        "`bom`, `unterminated` or `empty`.",
    )
    content_length: Length | None = Field(
        default=None, description="Declare a `longer` or a `shorter` body than is sent."
    )
    content_type: str | None = Field(default=None, description="Send another content type.")
    headers: dict[str, str] | None = Field(
        default=None, description="Send these headers too, such as `retry-after` or `retry-after-ms`."
    )
    empty_results: Literal[True] | None = Field(default=None, description="Find nothing: no citations, no results.")
    finish_reason: str | None = Field(
        default=None, min_length=1, description="End for another reason: `length`, `null`, `missing`, or any text."
    )
    cut_text: Annotated[int, Field(ge=1)] | Share | None = Field(
        default=None, description="Cut the text after so many words, or at a share of it; it says that it finished."
    )
    near_empty: Literal[True] | None = Field(default=None, description="Say one word, for one token.")
    wrap: Wrap | None = Field(
        default=None, description="Put a `code-fence`, a `think` block or `prose` around the text, JSON or not."
    )
    run: Run | None = Field(
        default=None, description="Have a run of the Agent API end `failed`, `incomplete` or `cancelled`, with 200."
    )
    extra_key: Path | None = Field(
        default=None, description="Add a key that the contract does not know, such as `choices.0.surprise`."
    )
    missing_key: Path | None = Field(default=None, description="Leave a key out, such as `usage.cost`.")
    patch: dict[str, JsonValue] | None = Field(
        default=None, description="Lay this over the answer, or over each frame of a stream (RFC 7396)."
    )
    stream: str | None = Field(
        default=None, description="Faults of a stream as `X-Mock-Stream-Fault` takes them, such as `reset@5`."
    )

    @field_validator("stream")
    @classmethod
    def _is_known(cls, text: str | None) -> str | None:
        if text is not None and not streams.parse(text):
            raise ValueError("name at least one fault of streams")
        return text

    @field_validator("error")
    @classmethod
    def _is_an_error(cls, name: str | None) -> str | None:
        return None if name is None else checks.error(name)

    @field_validator("html")
    @classmethod
    def _is_a_page(cls, name: str | None) -> str | None:
        return None if name is None else checks.page(name)

    @field_validator("content_type")
    @classmethod
    def _is_a_value(cls, value: str | None) -> str | None:
        return None if value is None else checks.header_value(value)

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str] | None) -> dict[str, str] | None:
        own = "has an effect of its own: content_length, content_type or connection"
        return None if headers is None else checks.headers(headers, instead=own)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        given = self.model_fields_set & EFFECTS.keys()
        chosen = frozenset(name for name in given if getattr(self, name) is not None)
        checks.together(chosen, self.connection)
        if self.status is not None and self.message is None:
            checks.status(self.status)
        if self.error is not None and self.message is None:
            checks.wording(self.error)
        return self


class Fault(Effects):
    """A fault: which requests it meets, and what goes wrong with them. All counts are per account."""

    id: str | None = Field(
        default=None,
        pattern=r"^[\w.:#/ -]{1,128}$",
        description="Its name in the journal and in messages; made from its place where left out.",
    )
    operation: Operations | None = Field(
        default=None, description="The `operationId` of the contract, such as `create_chat_completion`, or several."
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = Field(default=None, description="The method.")
    path: str | None = Field(default=None, min_length=1, description="The path, as a glob such as `/models/*`.")
    key: str | None = Field(
        default=None,
        min_length=1,
        description="The API key: a well-known one (`pplx-mock-tier-0`), or `sha256:` and the first eight digits of "
        "its SHA-256. Any other key is kept as its hash only.",
    )
    model: str | None = Field(default=None, min_length=1, description="The model, as a glob such as `*-pro`.")
    streaming: bool | None = Field(default=None, description='Whether the body says `"stream": true`.')
    nth: Nth | None = Field(
        default=None,
        description="Which of the requests that meet the above: `1`, `[1, 3]`, `2-4`, `5-`, or `every 3`.",
    )
    share: float | None = Field(
        default=None, gt=0, le=1, description="The share of requests that it meets; the same ones for the same seed."
    )
    times: int | None = Field(default=None, ge=1, description="How often it strikes; then it is over.")

    @field_validator("key")
    @classmethod
    def _is_hidden(cls, key: str | None) -> str | None:
        return key if key is None or key.startswith((WELL_KNOWN, HASHED)) else redaction.name_of(key)


class FaultFile(Form):
    """A file of faults, in YAML or JSON."""

    schema_: str | None = Field(default=None, alias="$schema", description="The address of this schema, for editors.")
    faults: list[Fault] = Field(max_length=MOST_FAULTS, description="The faults; all that meet a request strike.")


EFFECTS = Effects.model_fields
"""All effects by name, in the order of the documentation."""
WHERE = {name: field for name, field in Fault.model_fields.items() if name not in EFFECTS}
"""Where a fault strikes, by name."""


def table() -> str:
    """All effects, and where they strike, as two tables in Markdown for `docs/faults.md`."""
    return f"{_rows('effect', EFFECTS)}\n\n{_rows('where', WHERE)}"


def _rows(title: str, fields: dict[str, FieldInfo]) -> str:
    rows = [f"| `{name}` | {field.description} |" for name, field in fields.items()]
    return "\n".join([f"| {title} | what it means |", "|---|---|", *rows])
