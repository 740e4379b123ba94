"""Turn an answer into the payloads of its frames; joined, they say what the answer says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mock_server import wire
from mock_server.contract.document import mapping
from mock_server.facts import Grammar
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import number, rounded
from mock_server.streaming.template import Template
from mock_server.world import tokens

Mode = Literal["full", "concise"]
ZEROS: JSONObject = {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0}
_SECOND = 2
_MARKER = re.compile(r"\[([0-9]{1,4})\]")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a stream says.

    Args:
        body: The plain answer, a `ChatCompletion`.
        text: Its text.
        steps: The steps of a search that concise mode shows; none for deep research.
        progressive: Whether a frame carries only the citations whose markers the text has reached.
        early: Whether frames before the last carry citations and results.
        pieces: The text in the pieces that a script wants, a frame each; in tokens where there are none.
    """

    body: JSONObject
    text: str
    steps: list[JSONObject]
    progressive: bool = False
    pieces: tuple[str, ...] = ()
    early: bool = True


def payloads(spoken: Spoken, grammar: Grammar, mode: Mode) -> Iterator[bytes]:
    """Write the frames of an answer.

    Args:
        spoken: The answer.
        grammar: How frames were written at the date wanted.
        mode: `full` repeats results and text so far in every frame, `concise` (evidence 2.4) does not. Before there
            was a concise mode, all streams were full, whatever was asked for.
    """
    return _concise(spoken, grammar) if mode == "concise" and grammar.concise else _full(spoken, grammar)


def _full(spoken: Spoken, grammar: Grammar) -> Iterator[bytes]:
    """Every frame repeats results and text so far; the cost stays a skeleton until the last (evidence 13.2)."""
    known = _Known(spoken, grammar)
    slots = _Slots(spoken.body)
    prompt = mapping(spoken.body["usage"])["prompt_tokens"]
    before = prompt if isinstance(prompt, int) else 0
    said = b""
    template = None
    for count, piece in enumerate(spoken.pieces or tokens.split(spoken.text), 1):
        if known.reaches(piece) or template is None or count == _SECOND:
            template = _template(spoken, grammar, known, slots, first=count == 1)
        escaped = _escaped(piece, grammar)
        said += escaped
        yield template.filled(b"%d" % count, b"%d" % (before + count), said, escaped)
    yield _last(spoken, grammar, message=_message(spoken))


def _template(spoken: Spoken, grammar: Grammar, known: _Known, slots: _Slots, *, first: bool) -> Template:
    """Serialise what frames of one kind have in common."""
    delta: JSONObject = {"role": "assistant", "content": slots.piece}
    if grammar.role == "ends" and not first:
        del delta["role"]
    frame = {
        **_head(spoken.body),
        "usage": _running(spoken.body, slots, grammar),
        **known.parts,
        "object": grammar.object,
        "choices": [_choice({"role": "assistant", "content": slots.said}, delta, grammar)],
    }
    return Template(_dumps(frame, grammar), slots.marks)


def _concise(spoken: Spoken, grammar: Grammar) -> Iterator[bytes]:
    """Steps, then the text as bare deltas; results and usage stand on the two `done` frames alone (evidence 2.4)."""
    head = _head(spoken.body)
    silent: JSONObject = {"role": "assistant", "content": ""}
    steps: list[JSON] = [*spoken.steps]
    for step in steps:
        delta: JSONObject = {**silent, "reasoning_steps": [step]}
        choice: JSON = {"index": 0, "message": silent, "delta": delta}
        yield _dumps({**head, "object": "chat.reasoning", "type": "message", "choices": [choice]}, grammar)
    thoughtful: JSONObject = {**silent, "reasoning_steps": steps} if steps else silent
    done: JSON = {"index": 0, "message": thoughtful, "delta": silent}
    costless = {key: value for key, value in mapping(spoken.body["usage"]).items() if key != "cost"}
    results = {key: spoken.body[key] for key in _RESULTS if key in spoken.body}
    yield _dumps(
        {**head, "usage": {**costless, "completion_tokens": 0, "total_tokens": costless["prompt_tokens"]}, **results,
         "object": "chat.reasoning.done", "choices": [done]},
        grammar,
    )  # fmt: skip
    slots = _Slots(spoken.body)
    bare: JSON = {"index": 0, "message": silent, "delta": {"content": slots.piece}}
    chunk = _dumps({**head, "object": grammar.object, "choices": [bare]}, grammar)
    template = Template(chunk, [slots.piece.encode()])
    for piece in spoken.pieces or tokens.split(spoken.text):
        yield template.filled(_escaped(piece, grammar))
    yield _last(spoken, grammar, message={**_message(spoken), **({"reasoning_steps": steps} if steps else {})})


def _last(spoken: Spoken, grammar: Grammar, *, message: JSONObject) -> bytes:
    """The last frame is the plain answer under another `object`."""
    choice = _choice(message, {"role": "assistant", "content": ""}, grammar, finish=_finish(spoken.body))
    usage = {**mapping(spoken.body["usage"])}
    if grammar.last_cost:
        usage["cost"] = _rounded(mapping(usage["cost"]), grammar)
    else:
        del usage["cost"]
    results = {"search_results": _rows(spoken.body, grammar)} if grammar.result_keys else {}
    frame = {**spoken.body, "usage": usage, **results, "object": grammar.done_object, "choices": [choice]}
    if not grammar.result_keys:
        del frame["search_results"]
    return _dumps(frame, grammar)


def _rounded(cost: JSONObject, grammar: Grammar) -> JSONObject:
    last_digit = Decimal(1).scaleb(-grammar.decimals)
    return {name: number(rounded(Decimal(str(amount)), last_digit)) for name, amount in cost.items()}


_RESULTS = ("citations", "search_results", "images")


class _Slots:
    """Marks for what differs from frame to frame; the id is a hash of the request, so nothing else holds it."""

    def __init__(self, body: JSONObject) -> None:
        name = str(body["id"])
        self.count, self.total = f"count {name}", f"total {name}"
        self.said, self.piece = f"said {name}", f"piece {name}"
        # The numbers take the place of a text with its quotation marks.
        self.marks = [f'"{self.count}"'.encode(), f'"{self.total}"'.encode(), self.said.encode(), self.piece.encode()]


class _Known:
    """Citations and results as far as a frame tells them."""

    def __init__(self, spoken: Spoken, grammar: Grammar) -> None:
        self._early = spoken.early
        self._citations = spoken.body.get("citations")
        self._rows = _rows(spoken.body, grammar)
        self._with_rows = bool(grammar.result_keys)
        self._reached = 0
        self._progressive = spoken.progressive
        self.parts = self._cut(0 if spoken.progressive else None)

    def reaches(self, piece: str) -> bool:
        """Whether more is known once a piece of the text is said."""
        numbers = _MARKER.findall(piece) if self._progressive and self._early else ()
        if not numbers or max(map(int, numbers)) <= self._reached:
            return False
        self._reached = max(map(int, numbers))
        self.parts = self._cut(self._reached)
        return True

    def _cut(self, length: int | None) -> JSONObject:
        if not self._early:
            return {}
        cited: JSONObject = {"citations": self._citations[:length]} if isinstance(self._citations, list) else {}
        rows: JSONObject = {"search_results": self._rows[:length]} if self._with_rows else {}
        return {**cited, **rows}


def _head(body: JSONObject) -> JSONObject:
    return {"id": body["id"], "model": body["model"], "created": body["created"]}


def _finish(body: JSONObject) -> JSONObject:
    """Why the answer ended, if it says so; faults may have taken that away."""
    choices = body["choices"]
    choice = mapping(choices[0]) if isinstance(choices, list) else {}
    return {"finish_reason": choice["finish_reason"]} if "finish_reason" in choice else {}


def _message(spoken: Spoken) -> JSONObject:
    return {"role": "assistant", "content": spoken.text}


def _rows(body: JSONObject, grammar: Grammar) -> list[JSON]:
    """The search results with the keys of the grammar's date, and those that came later than all grammars."""
    rows = body["search_results"]
    dropped = _RESULT_KEYS - set(grammar.result_keys)
    return [
        {key: value for key, value in mapping(row).items() if key not in dropped}
        for row in (rows if isinstance(rows, list) else [])
    ]


_RESULT_KEYS = frozenset({"title", "url", "date", "last_updated", "snippet", "source"})


def _running(body: JSONObject, slots: _Slots, grammar: Grammar) -> JSONObject:
    whole = mapping(body["usage"])
    usage: JSONObject = {
        "prompt_tokens": whole["prompt_tokens"],
        "completion_tokens": slots.count,
        "total_tokens": slots.total,
    }
    if "search_context_size" in whole:
        usage["search_context_size"] = whole["search_context_size"]
    if grammar.cost == "skeleton":
        usage["cost"] = ZEROS
    return usage


def _choice(message: JSONObject, delta: JSONObject, grammar: Grammar, *, finish: JSONObject | None = None) -> JSON:
    unfinished: JSONObject = {"finish_reason": None} if grammar.null_finish else {}
    reason = unfinished if finish is None else finish
    if grammar.finish_place == "second":
        return {"index": 0, **reason, "message": message, "delta": delta}
    return {"index": 0, "message": message, "delta": delta, **reason}


def _escaped(piece: str, grammar: Grammar) -> bytes:
    """A piece of text as it stands between the quotation marks of JSON; those of pieces join to that of the text."""
    return (json.dumps(piece).encode("ascii") if grammar.spaced else wire.dumps(piece))[1:-1]


def _dumps(frame: Mapping[str, object], grammar: Grammar) -> bytes:
    """Serialise a frame; with spaces it is as Python's own module writes it, non-ASCII characters escaped."""
    if not grammar.spaced:
        return wire.dumps(frame)
    return json.dumps(frame, default=float).encode("ascii")
