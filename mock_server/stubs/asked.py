"""What a request asks, as far as stubs look at it; each part is worked out when a condition first looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mock_server.jsontypes import JSON, JSONObject

Said = tuple[str, str]
"""Who says it, and the text."""

USER = "user"


@dataclass(slots=True)
class Asked:
    """A request.

    Args:
        operation: The id of the operation that answers, and `alias` the one that the contract has for this path.
        path: The path.
        content: The parsed body; the parameters of the query where there is none.
        headers: Names in lower case, and values.
        key: The name of its key, `sha256:…`.
    """

    operation: str
    alias: str = ""
    path: str = ""
    content: JSONObject = field(default_factory=dict)
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    key: str = ""
    # Without the lock that a `cached_property` has, which takes longer than most of what is worked out.
    _messages: tuple[Said, ...] | None = field(default=None, init=False)
    _last_user: str | None = field(default=None, init=False)

    @property
    def _chat(self) -> JSONObject:
        """What is asked, without the envelope that a chat has which is answered later."""
        inner = self.content.get("request")
        return inner if isinstance(inner, dict) else self.content

    @property
    def model(self) -> str:
        """The model; empty where none is named."""
        model = self._chat.get("model")
        return model if isinstance(model, str) else ""

    @property
    def messages(self) -> tuple[Said, ...]:
        """All that is said: messages, or instructions and input, or what is searched for, which the user says."""
        if self._messages is None:
            self._messages = self._all_messages()
        return self._messages

    def _all_messages(self) -> tuple[Said, ...]:
        content = self._chat
        if "messages" in content:
            return tuple(_said(content["messages"]))
        instructions = content.get("instructions")
        first = [("system", instructions)] if isinstance(instructions, str) else []
        return (*first, *_said(content.get("input", content.get("query"))))

    @property
    def last_user(self) -> str:
        """What the user said last; empty where nothing."""
        if self._last_user is None:
            self._last_user = next((text for role, text in reversed(self.messages) if role == USER), "")
        return self._last_user

    def header(self, name: str) -> str | None:
        """The value of a header, if it was sent."""
        value = self.headers.get(name.encode("latin-1"))
        return None if value is None else value.decode("latin-1")


def _said(node: JSON) -> Iterator[Said]:
    """Read who says what in a list of messages, or in plain texts, which the user says."""
    for item in node if isinstance(node, list) else [node]:
        if isinstance(item, str):
            yield USER, item
        elif isinstance(item, dict) and isinstance(item.get("role"), str):
            yield str(item["role"]), _text(item.get("content"))


def _text(content: JSON) -> str:
    """The text of a message: itself, or its parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return " ".join(text for text in texts if isinstance(text, str))
