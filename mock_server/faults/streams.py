"""The faults of streams as they are asked for: names, amounts, places and chances."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mock_server import naming
from mock_server.settings import LONGEST

MOST = 16
"""Faults that one stream may be given."""
LAST = -1
_EARLIEST = -1000
_FIRST, _SECOND = 0, 1
_PLACES = {"first": _FIRST, "last": LAST, "all": None}
_ITEM = re.compile(
    r"(?P<name>[^=@~]*?)\s*(=\s*(?P<amount>[^@~]*?)\s*)?(@\s*(?P<place>[^~]*?)\s*)?(~\s*(?P<chance>.*?)\s*)?", re.ASCII
)
_NUMBER = re.compile(r"[0-9]{0,9}\.?[0-9]{1,9}", re.ASCII)
_PLACE = re.compile(r"-?[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault that was asked for.

    Args:
        name: Its name in `FORMS`.
        amount: What stands behind `=`, or the fault's own default.
        place: The frame, from 0, or from -1 backwards; nothing means all frames or the stream itself.
        chance: The share of streams that it meets.
    """

    name: str
    amount: float = 0.0
    place: int | None = None
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Amount:
    """What stands behind `=`."""

    unit: str
    default: float
    least: float
    most: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How a fault is asked for.

    Args:
        name: What it is asked for by.
        sentence: What it does.
        placed: Whether it acts at a place.
        place: Where, if no place is given; nothing means everywhere.
        amount: What it takes behind `=`.
    """

    name: str
    sentence: str
    placed: bool = False
    place: int | None = None
    amount: Amount | None = None

    @property
    def text(self) -> str:
        """How it is written when nothing is left out, as in ``stall=5@1``."""
        amount = f"={self.amount.default:g}" if self.amount else ""
        place = "" if self.place is None else f"@{'last' if self.place == LAST else self.place}"
        return self.name + amount + place


_SECONDS = Amount("seconds", default=5, least=0, most=LONGEST)
_FRAMES = Amount("frames", default=3, least=2, most=1000, whole=True)


def _at(name: str, sentence: str, place: int | None = None, amount: Amount | None = None) -> Form:
    return Form(name, sentence, placed=True, place=place, amount=amount)


FORMS = {
    form.name: form
    for form in (
        _at("stall", "Silence of some seconds before a frame; all that follows is that much later.", _SECOND, _SECONDS),
        _at("doubled", "A frame comes twice.", _SECOND),
        _at("missing-finish", "A frame has no `finish_reason`.", LAST),
        _at("null-finish", "The `finish_reason` of a frame is null.", LAST),
        _at("done", "An unexpected `[DONE]` comes after a frame.", LAST),
        Form("no-done", "The `[DONE]` at the end of deep research is missing."),
        _at("error", "An error object comes instead of a frame, and the stream ends.", _SECOND),
        _at("error-event", "The same in an event named `error`.", _SECOND),
        _at("html", "A gateway's HTML page comes instead of a frame, and the stream ends.", _SECOND),
        _at("stop", "The stream ends before a frame, in good order.", LAST),
        _at("reset", "The connection is reset before a frame.", _SECOND),
        _at("ping", "A keep-alive comment comes before a frame, or before each."),
        _at("cut", "The JSON of a frame breaks off in the middle.", _SECOND),
        _at("multiline", "A frame, or each, is spread over several `data:` lines."),
        _at("no-space", "No space stands after the colon of `data:` in a frame, or in each."),
        _at("named", "A frame, or each, is an event that is named by its `object`."),
        Form("bom", "A byte order mark stands before all else."),
        Form("lf", "Lines end with LF."),
        Form("crlf", "Lines end with CRLF, as on the wire."),
        Form("unfinished", "The last event has no blank line after it."),
        Form("joined", "Several events come in one write.", amount=_FRAMES),
        Form("rechunked", "Writes end at random places, wherever those are."),
        Form("split-characters", "A write ends inside each character of several bytes."),
        Form("split-line-ends", "A write ends between each CR and its LF."),
        Form("bytewise", "Each byte is a write of its own."),
        Form("wrong-type", "The content type is `application/json`."),
    )
}
"""All faults by name; a stream that is given several has them in this order."""


def parse(text: str) -> tuple[Injection, ...]:
    """Read a list of faults such as ``stall=5@3, doubled@2~0.1``.

    Args:
        text: Names, each with `=amount`, `@frame` and `~chance` where wanted; `none` for no faults.

    Raises:
        ValueError: A name is unknown, or something does not fit it; the text says what.
    """
    if text.strip() in {"", "none"}:
        return ()
    items = text.split(",")
    if len(items) > MOST:
        raise ValueError(f"a stream takes {MOST} faults at most, got {len(items)}")
    return tuple(_injection(item.strip()) for item in items)


def table() -> str:
    """All faults as a table in Markdown, for `docs/streams.md`."""
    rows = [f"| `{form.text}` | {form.sentence} |" for form in FORMS.values()]
    return "\n".join(["| fault | what happens |", "|---|---|", *rows])


def _injection(item: str) -> Injection:
    parts = _ITEM.fullmatch(item)
    name = parts["name"] if parts else item
    form = FORMS.get(name)
    if parts is None or form is None:
        raise ValueError(naming.unknown("fault", name, FORMS))
    return Injection(
        name,
        amount=_amount(form, parts["amount"]),
        place=_place(form, parts["place"]),
        chance=1.0 if parts["chance"] is None else _number(name, "chance", parts["chance"], 0, 1),
    )


def _amount(form: Form, text: str | None) -> float:
    taken = form.amount
    if taken is None:
        if text is not None:
            raise ValueError(f"{form.name} takes no amount, got {text!r}")
        return 0.0
    value = taken.default if text is None else _number(form.name, taken.unit, text, taken.least, taken.most)
    if taken.whole and value % 1:
        raise ValueError(f"{form.name} takes a whole number of {taken.unit}, got {text!r}")
    return value


def _place(form: Form, text: str | None) -> int | None:
    if text is None:
        return form.place
    if not form.placed:
        raise ValueError(f"{form.name} has no place, as it concerns the whole stream, got @{text}")
    if text in _PLACES:
        return _PLACES[text]
    if not _PLACE.fullmatch(text) or int(text) < _EARLIEST:
        raise ValueError(f"{form.name}: a place is first, last, all or a number from {_EARLIEST}, got {text!r}")
    return int(text)


def _number(name: str, unit: str, text: str, least: float, most: float) -> float:
    if not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
        raise ValueError(f"{name}: {unit} is {least:g} to {most:g}, got {text!r}")
    return float(text)
