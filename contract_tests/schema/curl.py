"""A request of Schemathesis's as a line for a shell; its own says only what its sanitiser left of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from contract_tests.exchange import KEY_VARIABLE
from contract_tests.shell import quoted

if TYPE_CHECKING:
    from schemathesis.engine.recorder import Request

_OF_THE_CLIENT = frozenset({"accept", "accept-encoding", "connection", "content-length", "user-agent", "host"})


def line(request: Request) -> str:
    """Write a request; no key stands in it."""
    words = ["curl", "-sS", "-X", quoted(request.method), quoted(request.uri), *_headers(request.headers)]
    if request.body:
        words += ["-d", quoted(request.body)]
    return " ".join(words)


def _headers(headers: Mapping[str, list[str]]) -> Iterator[str]:
    for name, values in headers.items():
        if name.lower() == "authorization":
            yield from ("-H", f'"Authorization: Bearer {KEY_VARIABLE}"')
        elif name.lower() not in _OF_THE_CLIENT and not name.lower().startswith("x-schemathesis"):
            yield from ("-H", quoted(f"{name}: {', '.join(values)}"))
