"""What a scenario says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue, field_validator

from mock_server import naming
from mock_server.facts import COMPLETE, load
from mock_server.faults import streams
from mock_server.faults.model import Fault, Form
from mock_server.stubs.model import Stub


class Ask(Form):
    """A request that meets it."""

    method: Literal["GET", "POST", "DELETE"] = Field(default="POST", description="The method.")
    path: str = Field(default="/chat/completions", pattern=r"^/\S*$", description="The path.")
    key: str = Field(default="any-key", min_length=1, description="The API key.")
    body: dict[str, JsonValue] | None = Field(default=None, description="The JSON body.")


class Scenario(Form):
    """What somebody complained about, and what makes it happen. What is left out stays as the lane has it."""

    title: str = Field(min_length=1, description="The complaint in a few words.")
    complaint: str = Field(min_length=1, description="What people said.")
    source: str = Field(min_length=1, description="Where they said it.")
    seen: str = Field(min_length=1, description="What a client sees.")
    robust: str = Field(min_length=1, description="What a robust client does.")
    ask: Ask = Field(description="A request to try.")
    edition: str | None = Field(default=None, description="The edition that answers.")
    grammar: str | None = Field(default=None, description="The date whose grammar streams have.")
    stream_fault: str | None = Field(default=None, description="Faults of all streams.")
    tier: int | None = Field(default=None, ge=0, le=5, description="The tier whose rate limits hold.")
    limits: list[str] | None = Field(default=None, description="Rate limits, such as `*=1/second,burst=1`.")
    retry_after: bool | None = Field(default=None, description="Whether a 429 says when to come again.")
    faults: list[Fault] = Field(default=[], description="What goes wrong.")
    stubs: list[Stub] = Field(default=[], description="Scripted answers.")

    @field_validator("grammar")
    @classmethod
    def _is_a_grammar(cls, name: str | None) -> str | None:
        known = load(COMPLETE).grammars
        if name is not None and name not in known:
            raise ValueError(naming.unknown("stream grammar", name, known))
        return name

    @field_validator("stream_fault")
    @classmethod
    def _is_known(cls, text: str | None) -> str | None:
        if text is not None:
            streams.parse(text)
        return text
