"""Texts of the formats of JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_server.world.instances.dice import Dice
    from mock_server.world.instances.wording import Wording

_LABEL = 60  # a label of a host name has at most 63 characters
_HOST = 250  # and the whole name 253
_LOCAL = 60  # the part of an address before the @ has at most 64


def samples(name: str, dice: Dice, wording: Wording) -> list[str]:
    """Write a few texts of a format, the most natural first.

    Args:
        name: A format's name, such as `date-time`.
        dice: Chooses among the plausible.
        wording: The words that names and paths are made of.

    Returns:
        Texts of different lengths, or none where the format is unknown, which makes it a mere note.
    """
    maker = _MAKERS.get(name)
    return maker(dice, wording) if maker else []


def stretched(name: str, length: int, dice: Dice, wording: Wording) -> str | None:
    """Write a text of a format with exactly so many characters.

    Returns:
        The text, or nothing where the format's length cannot be chosen or not so.
    """
    start = _STRETCHED.get(name)
    if start is None or length < len(start):
        return None
    if name in {"email", "idn-email"}:
        return _long_address(length)
    if name in {"hostname", "idn-hostname"}:
        return _long_host(length)
    path = "-".join([wording.slug(dice), *["page"] * (length // 5)])
    return start + path[: length - len(start)].rstrip("-").ljust(length - len(start), "x")


def _long_address(length: int) -> str | None:
    local = min(_LOCAL, length - len("@a.co"))
    host = _long_host(length - local - 1)
    return f"{'a' * local}@{host}" if host and local > 0 else None


def _long_host(length: int) -> str | None:
    """Write labels of at most 60 letters before a last one of two."""
    if not len("a.co") <= length <= _HOST:
        return None
    rest, labels = length - len(".co"), list[str]()
    while rest > _LABEL:
        cut = _LABEL if rest - _LABEL - 1 > 0 else _LABEL - 2
        labels.append("a" * cut)
        rest -= cut + 1
    return ".".join([*labels, "a" * rest, "co"])


def _date(dice: Dice) -> str:
    return f"2026-{dice.between(1, 9):02}-{dice.between(1, 28):02}"


def _clock(dice: Dice) -> str:
    return f"{dice.between(7, 20):02}:{dice.between(0, 59):02}:{dice.between(0, 59):02}"


def _moment(dice: Dice, _: Wording) -> list[str]:
    return [f"{_date(dice)}T{_clock(dice)}Z", f"{_date(dice)}T{_clock(dice)}.250+02:00"]


def _address(dice: Dice, wording: Wording) -> list[str]:
    person = dice.pick(["ada", "grace", "alan", "katherine", "emmy"])
    return [f"{person}@example.com", f"{wording.slug(dice, words=1)}@example.org", "a@b.co"]


def _location(dice: Dice, wording: Wording) -> list[str]:
    page = f"example.com/{wording.slug(dice)}"
    return [f"https://{page}", f"http://{page}", f"https://www.{page}", "https://example.com/", "http://a.co", "a:b"]


def _reference(dice: Dice, wording: Wording) -> list[str]:
    return [*_location(dice, wording), f"/{wording.slug(dice)}", "a", ""]


def _host(dice: Dice, wording: Wording) -> list[str]:
    return [f"{wording.slug(dice, words=1)[:_LABEL]}.example.com", "example.org", "a.co", "a"]


def _uuid(dice: Dice, _: Wording) -> list[str]:
    digits = f"{dice.below(1 << 64):016x}{dice.below(1 << 64):016x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return [f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"]


def _ipv4(dice: Dice, _: Wording) -> list[str]:
    return [f"192.0.2.{dice.between(1, 254)}", f"203.0.113.{dice.between(1, 254)}", "10.0.0.1", "1.1.1.1"]


def _ipv6(dice: Dice, _: Wording) -> list[str]:
    return [f"2001:db8::{dice.between(1, 0xFFFF):x}", "2001:0db8:0000:0000:0000:0000:0000:0001", "::1", "::"]


def _duration(dice: Dice, _: Wording) -> list[str]:
    return [f"PT{dice.between(1, 59)}M", f"P{dice.between(1, 30)}D", "P1Y2M10DT2H30M", "P1W", "PT1H"]


def _pointer(dice: Dice, wording: Wording) -> list[str]:
    return [f"/{wording.slug(dice, words=1)}/0", f"/{wording.slug(dice)}", ""]


def _template(dice: Dice, wording: Wording) -> list[str]:
    return [f"https://example.com/{wording.slug(dice)}/{{id}}", "/{id}", "a", ""]


_MAKERS: dict[str, Callable[[Dice, Wording], list[str]]] = {
    "date": lambda dice, _: [_date(dice)],
    "time": lambda dice, _: [f"{_clock(dice)}Z", f"{_clock(dice)}.5+02:00"],
    "date-time": _moment,
    "duration": _duration,
    "email": _address,
    "idn-email": _address,
    "hostname": _host,
    "idn-hostname": _host,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "uri": _location,
    "iri": _location,
    "uri-reference": _reference,
    "iri-reference": _reference,
    "uri-template": _template,
    "uuid": _uuid,
    "json-pointer": _pointer,
    "relative-json-pointer": lambda dice, _: [f"{dice.between(0, 2)}/items", "0", "1#"],
    "regex": lambda dice, _: [dice.pick(["^[a-z]+$", "^\\d{4}$", "^[A-Z][a-z]*$"]), "a", ""],
}
KNOWN = frozenset(_MAKERS)
"""The formats that are followed."""
_STRETCHED = {
    **dict.fromkeys(("uri", "iri", "uri-template"), "https://a.co/"),
    **dict.fromkeys(("uri-reference", "iri-reference", "json-pointer"), "/"),
    **dict.fromkeys(("email", "idn-email"), "a@a.co"),
    **dict.fromkeys(("hostname", "idn-hostname"), "a.co"),
    "regex": "a",
}
