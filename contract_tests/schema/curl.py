"""A request of Schemathesis's as a line for a shell; its own says only what its sanitiser left of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from contract_tests.exchange import KEY_VARIABLE

if TYPE_CHECKING:
    from schemathesis.engine.recorder import Request

_OF_THE_CLIENT = frozenset({"accept", "accept-encoding", "connection", "content-length", "user-agent", "host"})


def line(request: Request) -> str:
    """Write a request; no key stands in it."""
    words = ["curl", "-sS", "-X", request.method, shlex.quote(request.uri), *_headers(request.headers)]
    if request.body:
        words += ["-d", shlex.quote(request.body.decode("utf-8", errors="backslashreplace"))]
    return " ".join(words)


def _headers(headers: Mapping[str, list[str]]) -> Iterator[str]:
    for name, values in headers.items():
        if name.lower() == "authorization":
            yield from ("-H", f'"Authorization: Bearer {KEY_VARIABLE}"')
        elif name.lower() not in _OF_THE_CLIENT and not name.lower().startswith("x-schemathesis"):
            yield from ("-H", shlex.quote(f"{name}: {', '.join(values)}"))
