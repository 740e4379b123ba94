"""Which calls of the journal are meant."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from mock_server import redaction
from mock_server.journal.entry import Entry, Outcome
from mock_server.jsontypes import JSON

_STATUS = re.compile(r"[1-5]xx|[0-9]{1,3}")
_NAMED = re.compile(r"sha256:[0-9a-f]{8}")


class Filter(BaseModel):
    """What a call has to be like; what is left out is not asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    operation: str | None = Field(
        default=None, description="Id of the operation; that of an alias, or of what it stands for."
    )
    method: str | None = Field(default=None, description="Method, such as POST.")
    path: str | None = Field(default=None, description="Path without the lane, with * and ? as in names of files.")
    status: int | str | None = Field(default=None, description="Status, such as 429, or a class of them, such as 4xx.")
    key: str | None = Field(default=None, description="The account's key, or its name, `sha256:` and eight digits.")
    model: str | None = Field(default=None, description="The model that was asked.")
    stub: str | None = Field(default=None, description="Id of the stub that answered.")
    fault: str | None = Field(default=None, description="Id of a fault that met it.")
    outcome: Outcome | None = Field(default=None, description="How it ended: complete, gone, reset or broken.")
    contains: str | None = Field(default=None, description="A text that its body has.")
    body: dict[str, JsonValue] | None = Field(
        default=None, description="Fields that its JSON body has, with these values."
    )

    @field_validator("status")
    @classmethod
    def _is_a_status(cls, value: int | str | None) -> int | str | None:
        if value is not None and _STATUS.fullmatch(str(value).lower()) is None:
            raise ValueError("a status is a number such as 429, or a class such as 4xx")
        return value

    def matches(self, entry: Entry) -> bool:
        """Whether a call is like this."""
        return self._is_asked(entry) and self._is_told(entry) and self._has_body(entry)

    def _is_asked(self, entry: Entry) -> bool:
        asked, operation = entry.asked, entry.operation
        names = () if operation is None else (operation.id, operation.handler)
        return (
            (self.operation is None or self.operation in names)
            and (self.method is None or self.method.upper() == asked.method)
            and (self.path is None or fnmatchcase(asked.path.decode("utf-8", "replace"), self.path))
            and (self.key is None or _name(self.key) == asked.account)
        )

    def _is_told(self, entry: Entry) -> bool:
        return (
            (self.status is None or _is_of(entry.status, str(self.status).lower()))
            and (self.stub is None or self.stub == entry.stub)
            and (self.fault is None or self.fault in entry.faults)
            and (self.outcome is None or self.outcome == entry.told.outcome)
        )

    def _has_body(self, entry: Entry) -> bool:
        return (
            (self.model is None or self.model == entry.model)
            and (self.contains is None or self.contains.encode() in entry.asked.body or self._says(entry))
            and (self.body is None or _has(entry.content, dict(self.body)))
        )

    def _says(self, entry: Entry) -> bool:
        """Whether some text of the JSON has it, however its characters are escaped there."""
        return any((self.contains or "") in text for text in _texts(entry.content))

    def __str__(self) -> str:
        """What is asked for, for people; a key shows as its name."""
        said = self.model_dump(exclude_none=True)
        if self.key is not None:
            said["key"] = _name(self.key)
        return ", ".join(f"{name} {value}" for name, value in said.items()) or "any call"


EVERY = Filter()


def _name(key: str) -> str:
    return key if _NAMED.fullmatch(key) else redaction.name_of(key)


def _is_of(status: int, asked: str) -> bool:
    return asked == (f"{status // 100}xx" if asked.endswith("xx") else str(status))


def _has(body: JSON, part: JSON) -> bool:
    """Whether a body has a part: objects may have more fields, all else is equal."""
    if isinstance(part, dict):
        return isinstance(body, dict) and all(name in body and _has(body[name], value) for name, value in part.items())
    return body == part and isinstance(body, bool) == isinstance(part, bool)


def _texts(content: JSON) -> list[str]:
    if isinstance(content, str):
        return [content]
    below = list(content.values()) if isinstance(content, dict) else content if isinstance(content, list) else []
    return [text for value in below for text in _texts(value)]
