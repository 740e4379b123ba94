"""Take secrets out of whatever is kept or shown: an account is told by the hash of its key, never by the key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

Pairs = Iterable[tuple[bytes, bytes]]

REDACTED = b"[redacted]"
SHORTEST = 8
"""Characters from which on a key is looked for in texts; shorter ones are words, such as `test`, and no secrets."""

_SECRET_HEADER = re.compile(rb"authorization|cookie|api-?key|token|secret|password")
_SECRET_HEADERS: dict[bytes, bool] = {}
_MOST_NAMES = 1024
_SCHEMES = frozenset({b"authorization", b"proxy-authorization"})
_COOKIES = frozenset({b"cookie", b"set-cookie"})
# What the vendor's keys look like (evidence 1.5); model names such as pplx-embed-v1-4b do not.
_MATERIAL = re.compile(rb"pplx-[A-Za-z0-9]{12,}")
_PREFIX = b"pplx-"
_HINTS = re.compile(rb"pplx-|key|Key|KEY|uthorization|\\[u/]|%[2-7]|\0")
"""What stands wherever there is something to look for, but for a key that looks unlike the vendor's."""
_ESCAPES = re.compile(rb"\\u00([0-7][0-9A-Fa-f])|%([2-7][0-9A-Fa-f])|\\(/)")
"""Letters of ASCII as JSON and URLs may write them; no other may stand in a header's key and be escaped at will."""
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_SECRET_NAMES = frozenset(
    {"key", "apikey", "token", "accesstoken", "authtoken", "auth", "authorization", "secret", "password", "bearer"}
    | {"perplexityapikey", "pplxapikey", "xapikey"}
)
_MEMBER = re.compile(
    rb'("(?:[a-z]+[_-])*(?:api[_-]?key|authorization)"\s*:\s*)"(?:[^"\\]|\\.)+"', re.IGNORECASE | re.DOTALL
)


def name_of(key: bytes | str) -> str:
    """Name an account without saying its key.

    Args:
        key: The key.

    Returns:
        `sha256:` and the first eight hexadecimal digits of the key's SHA-256.
    """
    return _name(key.encode("utf-8", "surrogateescape") if isinstance(key, str) else key)


class Head(NamedTuple):
    """The headers of a request, redacted.

    Args:
        text: The headers as lines `name: value`.
        keys: The secrets that were in them.
        account: The name of the first of them; empty where there was none.
    """

    text: bytes
    keys: tuple[bytes, ...]
    account: str


def head_of(pairs: Pairs) -> Head:
    """Redact the headers of a request as `head` does, and take the secrets out of its other headers as well.

    Those of the last requests are remembered, as a client sends nearly the same ones each time.
    """
    given = tuple(pairs)
    try:
        return _head(given)
    except TypeError:
        # Some servers give lists in place of pairs.
        return _head(tuple((name, value) for name, value in given))


@lru_cache(128)
def _head(pairs: tuple[tuple[bytes, bytes], ...]) -> Head:
    text, keys = head(pairs)
    return Head(scrub(text, keys), keys, name_of(keys[0]) if keys else "")


def head(pairs: Pairs) -> tuple[bytes, tuple[bytes, ...]]:
    """Redact the headers of a request.

    Args:
        pairs: Names in lower case, and values.

    Returns:
        The headers as lines `name: value`, where credentials are named by their hash after their scheme and cookies are
        gone; and the secrets that were in them, to look for them elsewhere, in the other headers too.
    """
    keys: list[bytes] = []
    known = _SECRET_HEADERS
    shown = [name + b": " + (_taken(name, value, keys) if known.get(name, True) else value) for name, value in pairs]
    return b"\n".join(shown), tuple(keys)


def lines(pairs: Pairs, _: tuple[bytes, ...] = ()) -> bytes:
    """Write headers in which there is no secret as lines `name: value`."""
    return b"\n".join([name + b": " + value for name, value in pairs])


def headers(pairs: Pairs, keys: tuple[bytes, ...] = ()) -> bytes:
    """Redact the headers of an answer to a request with these keys, as lines `name: value`."""
    known = _SECRET_HEADERS
    shown = [name + b": " + (_taken(name, value, []) if known.get(name, True) else value) for name, value in pairs]
    return scrub(b"\n".join(shown), keys)


def is_secret(name: bytes) -> bool:
    """Whether a header of this name carries a secret."""
    found = _SECRET_HEADERS.get(name)
    if found is None:
        found = _SECRET_HEADER.search(name.lower()) is not None
        if len(_SECRET_HEADERS) < _MOST_NAMES:
            _SECRET_HEADERS[name] = found
    return found


class Parts(NamedTuple):
    """The parts of a request in which a key may stand."""

    path: bytes
    query: bytes
    head: bytes
    body: bytes


def request(parts: Parts, keys: tuple[bytes, ...]) -> Parts:
    """Take keys out of a request.

    Args:
        parts: Path, query and body as they were sent, and the head as `head` wrote it.
        keys: The secrets of its headers.

    Returns:
        The very same object where nothing was found; else other parts, of which those are the very same in which
        nothing was found.
    """
    path, asked, shown, content = parts
    # One look at all of them together, by which most requests get.
    joined = b"\n".join((path, shown, content))
    if not asked and scrub(joined, keys) is joined and not _is_hinted(content):
        return parts
    return Parts(scrub(path, keys), query(asked, keys), scrub(shown, keys), body(content, keys))


def is_clean(path: bytes, content: bytes, keys: tuple[bytes, ...]) -> bool:
    """Whether `request` would find nothing in a path and a body."""
    joined = path + b"\n" + content
    if _HINTS.search(joined) is None and not any(len(key) >= SHORTEST and not key.startswith(_PREFIX) for key in keys):
        return True  # as most: one look takes half as long as one for each hint
    if _is_hinted(content) and _without_members(content) is not content:
        return False
    return scrub(joined, keys) is joined


def scrub(content: bytes, keys: tuple[bytes, ...] = ()) -> bytes:
    """Take keys out of a text.

    Args:
        content: Any bytes: an answer, a path, a header's value.
        keys: The request's own keys. Each is looked for as it is, and as URLs and JSON write it.

    Returns:
        The very same object where nothing was found, else a copy with `sha256:…` for each key and for whatever looks
        like one of the vendor's.
    """
    likely = _PREFIX in content
    for key in keys:
        if len(key) >= SHORTEST and (likely or key[: len(_PREFIX)] != _PREFIX):
            for form in _forms(key):
                if form in content:
                    content = content.replace(form, _name(key).encode("ascii"))
    if b"\\" in content or b"%" in content or b"\0" in content:
        content = _without_disguised(content, keys)
    return _replaced(content) if likely else content


def body(content: bytes, keys: tuple[bytes, ...] = ()) -> bytes:
    """Take keys out of a request's body: as `scrub`, and whatever a JSON member named like `api_key` holds."""
    content = scrub(content, keys)
    return _without_members(content) if _is_hinted(content) else content


def query(content: bytes, keys: tuple[bytes, ...] = ()) -> bytes:
    """Take keys out of the query of a URL: as `scrub`, and whatever a parameter such as `api_key` holds."""
    if not content:
        return content
    parts = [_parameter(part) for part in content.split(b"&")]
    joined = b"&".join(parts)
    return scrub(content if joined == content else joined, keys)


def text(content: str, keys: Iterable[bytes | str] = ()) -> str:
    """Take keys out of a text, as `scrub` does out of bytes."""
    known = tuple(key.encode("utf-8", "surrogateescape") if isinstance(key, str) else key for key in keys)
    return scrub(content.encode("utf-8", "surrogatepass"), known).decode("utf-8", "replace")


@lru_cache(1024)
def _name(key: bytes) -> str:
    return f"sha256:{hashlib.sha256(key).hexdigest()[:8]}"


@lru_cache(1024)
def _forms(key: bytes) -> tuple[bytes, ...]:
    """A key as it is, and as URLs and JSON write it, longest first."""
    said = key.decode("latin-1")
    forms = {key, quote(key, safe="").encode("ascii"), quote(key).encode("ascii")}
    forms |= {json.dumps(said)[1:-1].encode("ascii"), json.dumps(said, ensure_ascii=False)[1:-1].encode("utf-8")}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _secret(name: bytes, value: bytes) -> bytes:
    """The secret in a header's value: what follows the scheme, where there is one."""
    if name in _SCHEMES:
        _, space, rest = value.strip().partition(b" ")
        return rest.strip() if space else value.strip()
    return value.strip()


def _taken(name: bytes, value: bytes, keys: list[bytes]) -> bytes:
    """Hide a header's value if it is a secret, and add it to the keys."""
    if not is_secret(name):
        return value
    secret = _secret(name, value)
    if secret and secret not in keys:
        keys.append(secret)
    return _hidden(name, value, secret)


def _hidden(name: bytes, value: bytes, secret: bytes) -> bytes:
    if name in _COOKIES or not secret:
        return REDACTED
    scheme, space, _ = value.strip().partition(b" ") if name in _SCHEMES else (b"", b"", b"")
    return scheme + space + _name(secret).encode("ascii") if space else _name(secret).encode("ascii")


def _is_hinted(content: bytes) -> bool:
    """Whether a body may have a member named like `api_key`."""
    return b"key" in content or b"uthorization" in content or b"Key" in content or b"KEY" in content


def _without_disguised(content: bytes, keys: tuple[bytes, ...]) -> bytes:
    """Replace keys of which some letters are escaped without need, and those of wide encodings."""
    plain = _ESCAPES.sub(_letter, content)
    wide = _WIDE if b"\0" in content else ()
    for key in keys:
        if len(key) < SHORTEST:
            continue
        if key in plain and plain != content:
            content = _escaped(key).sub(_name(key).encode("ascii"), content)
        for encoding in wide:
            form = key.decode("latin-1").encode(encoding)
            if form in content:
                content = content.replace(form, _name(key).encode(encoding))
    return content


def _letter(found: re.Match[bytes]) -> bytes:
    """The letter that an escape stands for."""
    return found[3] or bytes([int(found[1] or found[2], 16)])


@lru_cache(128)
def _escaped(key: bytes) -> re.Pattern[bytes]:
    """What finds a key, whichever of its letters are escaped."""
    return re.compile(b"".join(rb"(?:%b|\\u00(?i:%02x)|%%(?i:%02x))" % (_plain(one), one, one) for one in key))


def _plain(letter: int) -> bytes:
    """What finds a letter that is not escaped by its number."""
    found = re.escape(bytes([letter]))
    return rb"\\?/" if found == b"/" else found


def _replaced(content: bytes) -> bytes:
    """Replace whatever looks like a key of the vendor's; the same object where nothing does."""
    if _MATERIAL.search(content) is None:
        return content
    return _MATERIAL.sub(lambda found: _name(found[0]).encode("ascii"), content)


def _without_members(content: bytes) -> bytes:
    if _MEMBER.search(content) is None:
        return content
    return _MEMBER.sub(rb'\1"' + REDACTED + b'"', content)


def _parameter(part: bytes) -> bytes:
    name, equals, value = part.partition(b"=")
    said = unquote_to_bytes(name.replace(b"+", b" ")).decode("latin-1").lower()
    plain = re.sub(r"[^a-z]", "", said)
    return name + equals + REDACTED if value and plain in _SECRET_NAMES else part
