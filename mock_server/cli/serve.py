"""`pplx-mock serve`."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import fields

from mock_server import server, settings
from mock_server.app import create_app
from mock_server.settings import Settings

_LOOPBACK = ("127.", "localhost", "::1")
_HELLO = """\
pplx-mock is ready: {url}

Paste one of these:
  curl {url}/search -H 'Authorization: Bearer any-key' -H 'Content-Type: application/json' -d '{{"query": "bees"}}'
  export PERPLEXITY_BASE_URL={url} PERPLEXITY_API_KEY=any-key     # perplexityai, and whatever reads these
  export OPENAI_BASE_URL={url} OPENAI_API_KEY=any-key             # openai
Edition {edition}, seed {seed}. Stop with Ctrl-C."""


def run(options: Namespace) -> int:
    """Serve until stopped; raises `PplxMockError` where the settings do not fit."""
    chosen = settings.load({field.name: getattr(options, field.name) for field in fields(Settings)})
    app = create_app(chosen)
    listener = server.listen(chosen)
    if not chosen.host.startswith(_LOOPBACK):
        _say(f"pplx-mock: warning: {chosen.host} can be reached from other machines; the fake is made for this one")
    server.run(app, listener, chosen, on_ready=lambda: print(_hello(server.url_of(listener), chosen), flush=True))  # noqa: T201
    return 0


def _hello(url: str, chosen: Settings) -> str:
    return _HELLO.format(url=url, edition=chosen.edition, seed=chosen.seed)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
