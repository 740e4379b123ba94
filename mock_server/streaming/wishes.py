"""How a request wants its stream: by its headers, else as its key has it, else as the lane does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mock_server import naming
from mock_server.call import Call
from mock_server.errors import ApiError, SettingsError
from mock_server.facts import Facts, Grammar
from mock_server.settings import Settings
from mock_server.state.habits import Habits, Pace
from mock_server.streaming import faults, pacing

T = TypeVar("T")

GRAMMAR = b"x-mock-stream-grammar"
PACE = b"x-mock-stream-pace"
FAULT = b"x-mock-stream-fault"


def read(call: Call) -> Habits:
    """Read a request's wishes.

    Raises:
        ApiError: A header has a name or a value that there is not.
    """
    headers = call.headers
    own = _own(call)
    if GRAMMAR not in headers and PACE not in headers and FAULT not in headers:
        return own
    return Habits(
        grammar=_grammar(call) or own.grammar,
        pace=_parsed(call, PACE, lambda text: pacing.parse(text, own.pace), own.pace),
        faults=_parsed(call, FAULT, faults.parse, own.faults),
    )


def of_settings(settings: Settings, facts: Facts) -> Habits:
    """Read how a server sends its streams.

    Raises:
        SettingsError: A grammar or a fault that is set does not exist, or a number is out of range.
    """
    if settings.stream_grammar and settings.stream_grammar not in facts.grammars:
        raise SettingsError(naming.unknown("stream grammar", settings.stream_grammar, facts.grammars))
    try:
        pace = Pace(settings.ttft, settings.tokens_per_second, settings.jitter)
        return Habits(settings.stream_grammar, pace, faults.parse(settings.stream_fault))
    except ValueError as error:
        raise SettingsError(f"streams: {error}") from None


def grammar_of(call: Call) -> Grammar:
    """The grammar that a stream is written in, once the wishes are read."""
    known = call.facts.grammars
    return known.get(call.habits.grammar) or known[call.facts.wire.stream_grammar]


def _own(call: Call) -> Habits:
    common = call.lane.habits
    pace: Pace | None = call.owner.pace
    return common if pace is None else Habits(common.grammar, pace, common.faults)


def _parsed(call: Call, header: bytes, parse: Callable[[str], T], default: T) -> T:
    text = call.headers.get(header)
    if text is None:
        return default
    try:
        return parse(text.decode("latin-1"))
    except ValueError as error:
        raise ApiError("unusable_stream_wish", facts={"header": header.decode("ascii"), "reason": error}) from None


def _grammar(call: Call) -> str:
    header = call.headers.get(GRAMMAR)
    if header is None:
        return ""
    name, known = header.decode("latin-1").strip(), call.facts.grammars
    if name not in known:
        raise ApiError("unknown_stream_grammar", facts={"grammar": name, "known": ", ".join(sorted(known))})
    return name
