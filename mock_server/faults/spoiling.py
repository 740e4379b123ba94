"""What faults do to an answer once it is bytes."""

from __future__ import annotations

import json
from collections.abc import Callable

from mock_server.faults.model import Effects, Malform

_PREFIX = b")]}',\n"
_NO_CHARACTER = b"\xff"
_BOM = b"\xef\xbb\xbf"


def spoiled(effects: Effects, content: bytes) -> bytes:
    """Spoil the body of a plain answer: first malformed, then cut."""
    if effects.malform is not None:
        content = FORMS[effects.malform](content)
    cut = effects.truncate
    if cut is None:
        return content
    return content[: cut if isinstance(cut, int) else int(len(content) * cut)]


def _trailing_comma(content: bytes) -> bytes:
    return content[:-1] + b"," + content[-1:]


def _python(content: bytes) -> bytes:
    """As Python prints it: single quotation marks, and `None` for null."""
    try:
        return repr(json.loads(content)).encode("utf-8")
    except ValueError:
        return content.replace(b'"', b"'")


def _nan(content: bytes) -> bytes:
    """A number that JSON has not, as a first member."""
    return b'{"score":NaN,' + content[1:] if content[:1] == b"{" else b"NaN"


def _in_the_middle(content: bytes) -> bytes:
    half = len(content) // 2
    return content[:half] + _NO_CHARACTER + content[half:]


FORMS: dict[Malform, Callable[[bytes], bytes]] = {
    "trailing-comma": _trailing_comma,
    "python": _python,
    "nan": _nan,
    "prefix": lambda content: _PREFIX + content,
    "two-documents": lambda content: content + b"\n" + content,
    "bad-utf8": _in_the_middle,
    "bom": lambda content: _BOM + content,
    "unterminated": lambda content: content[:-1],
    "empty": lambda _: b"",
}
"""Each way of making JSON none, by its name."""
