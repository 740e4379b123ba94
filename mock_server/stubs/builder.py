"""Write stubs in Python: `when(last_user="Hello").reply("Hi").then(status=429)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, Unpack

from mock_server.jsontypes import JSON, JSONObject
from mock_server.stubs import wording
from mock_server.stubs.book import Entry
from mock_server.stubs.model import Fallback, Stub

Match: TypeAlias = "str | Mapping[str, JSON]"
"""A text, or conditions on one such as `{"contains": "bees"}`."""
Keep: TypeAlias = Callable[[Stub], Entry]


class Conditions(TypedDict, total=False):
    """Which requests: the fields of `When`."""

    operation: str | Sequence[str]
    path: Match
    model: Match
    last_user: Match
    messages: Sequence[Match]
    body: Mapping[str, JSON]
    headers: Mapping[str, Match]
    key: str
    nth: int | Sequence[int] | str


class Options(TypedDict, total=False):
    """How a stub stands among others: the fields of `Stub` beside its conditions and its answer."""

    id: str
    times: int
    priority: int
    check: bool


class Company(TypedDict, total=False):
    """What goes with an answer: fields of `Step` that are none by themselves."""

    citations: Sequence[str]
    message: str
    type: str
    headers: Mapping[str, str]
    times: int


class Answers(Company, total=False):
    """One answer: the fields of `Step`."""

    body: JSONObject
    patch: JSONObject
    text: str
    stream: Mapping[str, JSON]
    fault: Mapping[str, JSON]
    status: int | str


class Scripted:
    """A stub that says something; each further word changes it where it is kept.

    Args:
        start: The stub without its answer, as data.
        answers: What it answers, one after the other.
        keep: Where it is kept, such as `StubBook.add`; nowhere where not given.
    """

    def __init__(self, start: JSONObject, answers: Sequence[JSONObject], keep: Keep | None) -> None:
        self._start = start
        self._answers = [*answers]
        self._fallback: Fallback = "last"
        self._keep = keep
        self._entry: Entry | None = None
        self._write()

    @property
    def stub(self) -> Stub:
        """The stub as it is now."""
        return self._stub

    @property
    def answered(self) -> int:
        """How many requests it has answered."""
        return 0 if self._entry is None else self._entry.answered

    def then(self, **answer: Unpack[Answers]) -> Scripted:
        """Answer otherwise after that, as `then(status=429)` or `then(text="Hi", times=2)`; raises `StubError`."""
        self._answers.append(_plain(answer))
        return self._write()

    def repeat(self, times: int) -> Scripted:
        """Give the last answer so many times; raises `StubError`."""
        self._answers[-1] = {**self._answers[-1], "times": times}
        return self._write()

    def finally_(self, fallback: Literal["last", "world", "error"]) -> Scripted:
        """Say what comes after the last answer: it again, the world's own, or an error; raises `StubError`."""
        self._fallback = fallback
        return self._write()

    def _write(self) -> Scripted:
        single = len(self._answers) == 1 and "times" not in self._answers[0] and self._fallback == "last"
        reply: JSONObject = {**self._answers[0]} if single else self._sequence()
        self._stub = wording.stub_of({**self._start, "reply": reply})
        if self._keep is not None:
            self._entry = self._keep(self._stub)
            self._start = {**self._start, "id": self._entry.id}
        return self

    def _sequence(self) -> JSONObject:
        return {"sequence": [*self._answers], "fallback": self._fallback}


class Draft:
    """A stub that waits for what it is to answer.

    Args:
        start: Its conditions and options, as data.
        keep: Where it is kept once it answers; nowhere where not given.
    """

    def __init__(self, start: JSONObject, keep: Keep | None = None) -> None:
        self._start = start
        self._keep = keep

    def reply(self, text: str, **more: Unpack[Company]) -> Scripted:
        """Let the model say a text; `citations` are what its markers mean; raises `StubError`."""
        return self._scripted({"text": text, **_plain(more)})

    def body(self, body: JSONObject, *, status: int = 200, **more: Unpack[Company]) -> Scripted:
        """Answer with a whole body; raises `StubError`."""
        return self._scripted({"body": body, "status": status, **_plain(more)})

    def patch(self, patch: JSONObject, **more: Unpack[Company]) -> Scripted:
        """Lay a merge patch (RFC 7396) over the world's own answer; raises `StubError`."""
        return self._scripted({"patch": patch, **_plain(more)})

    def status(self, status: int | str, **more: Unpack[Company]) -> Scripted:
        """Refuse, by status or by the name of an error; raises `StubError`."""
        return self._scripted({"status": status, **_plain(more)})

    def stream(self, *deltas: str, frames: Sequence[JSON] = (), done: bool = False) -> Scripted:
        """Stream a text in given pieces, or given frames; raises `StubError`."""
        stream: JSONObject = {"deltas": [*deltas]} if deltas else {"frames": [*frames], "done": done}
        return self._scripted({"stream": stream})

    def fault(self, **effects: JSON) -> Scripted:
        """Let something go wrong with the world's own answer, as `fault(truncate=0.5)`; raises `StubError`."""
        return self._scripted({"fault": effects})

    def _scripted(self, answer: JSONObject) -> Scripted:
        return Scripted(self._start, [answer], self._keep)


class _Everything(Conditions, Options, total=False):
    """Conditions and options."""


def when(keep: Keep | None = None, /, **said: Unpack[_Everything]) -> Draft:
    """Begin a stub.

    Args:
        keep: Where it is kept, such as `StubBook.add`; nowhere where not given.
        said: Which requests it answers, and `id`, `times`, `priority` and `check`.

    Raises:
        StubError: Some of it is of no such form; told once the stub answers.
    """
    data = _plain(said)
    options = {name: data.pop(name) for name in Options.__annotations__ if name in data}
    return Draft({**options, "when": data}, keep)


def _plain(said: Mapping[str, Any]) -> JSONObject:
    """Make JSON of what may hold tuples and other kinds of mapping."""
    return {name: _json(value) for name, value in said.items()}


def _json(value: Any) -> JSON:  # noqa: ANN401  # the edge, where a user's data becomes JSON
    if isinstance(value, Mapping):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_json(item) for item in value]
    plain: JSON = value
    return plain
