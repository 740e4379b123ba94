"""`pplx-mock serve`."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from dataclasses import fields, replace
from secrets import token_urlsafe  # noqa: TID251  # a token that could be derived would guard nothing

from fastapi import FastAPI

from mock_server import server, settings
from mock_server.app import create_app
from mock_server.settings import Settings
from mock_server.stubs.watch import Watch

_HELLO = """\
pplx-mock is ready: {url}

Paste one of these:
  curl {url}/search -H 'Authorization: Bearer any-key' -H 'Content-Type: application/json' -d '{{"query": "bees"}}'
  export PERPLEXITY_BASE_URL={url} PERPLEXITY_API_KEY=any-key     # perplexityai, and whatever reads these
  export OPENAI_BASE_URL={url} OPENAI_API_KEY=any-key             # openai
{control}Edition {edition}, seed {seed}. Stop with Ctrl-C."""
_CONTROL = """\
The control API, {url}/__admin/, wants this header:
  Authorization: Bearer {token}
"""
_TOKEN_BYTES = 24


def run(options: Namespace) -> int:
    """Serve until stopped; raises `PplxMockError` where the settings do not fit."""
    chosen = settings.load({field.name: getattr(options, field.name) for field in fields(Settings)})
    made = chosen.exposed and not chosen.control_token
    if made:
        chosen = replace(chosen, control_token=token_urlsafe(_TOKEN_BYTES))
    app = create_app(chosen)
    listener = server.listen(chosen)
    if chosen.exposed:
        _say(f"pplx-mock: warning: {chosen.host} can be reached from other machines; the fake is made for this one")
    hello = _hello(server.url_of(listener), chosen, token=chosen.control_token if made else "")
    server.run(app, listener, chosen, on_ready=lambda: _ready(app, hello))
    return 0


def _ready(app: FastAPI, hello: str) -> None:
    """Say that connections are taken, and look for changed stubs from now on."""
    print(hello, flush=True)  # noqa: T201
    watch: Watch | None = app.state.stubs
    if watch is not None:
        app.state.watching = asyncio.get_running_loop().create_task(watch.run(lambda text: _say(f"pplx-mock: {text}")))


def _hello(url: str, chosen: Settings, *, token: str) -> str:
    """Say where the server is; a token is shown where it was made just now, as nobody else knows it."""
    control = _CONTROL.format(url=url, token=token) if token else ""
    return _HELLO.format(url=url, edition=chosen.edition, seed=chosen.seed, control=control)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
