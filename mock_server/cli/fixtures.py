"""`pplx-mock fixtures`: the scenarios and schemas that come with the fake."""

from __future__ import annotations

import json
import shlex
import sys
import textwrap
from argparse import Namespace

from mock_server.scenarios import schemas, shelf
from mock_server.scenarios.model import Ask, Scenario

_WIDTH = 100
_URL = "http://127.0.0.1:4010"


def run(options: Namespace) -> int:
    """Print what was asked for; raises `PplxMockError` where there is no such scenario."""
    if options.action == "schema":
        text = schemas.TEXTS[options.name]()
    elif options.action == "show":
        text = _as_json(options.name) if options.format == "json" else _shown(options.name)
    else:
        text = _listed(options.format)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


def _listed(form: str) -> str:
    found = {name: shelf.load(name) for name in shelf.names()}
    if form == "json":
        rows = [{"name": name, "title": one.title, "source": one.source} for name, one in found.items()]
        return json.dumps(rows, indent=2, ensure_ascii=False)
    width = max(map(len, found))
    lines = [f"{name:<{width}}  {scenario.title}" for name, scenario in found.items()]
    return "\n".join(
        [*lines, "", "pplx-mock fixtures show NAME tells more, pplx-mock serve --scenario NAME plays one."]
    )


def _as_json(name: str) -> str:
    content = shelf.load(name).model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return json.dumps({"name": name, **content}, indent=2, ensure_ascii=False)


def _shown(name: str) -> str:
    """Tell a scenario: for people first, then as it is."""
    scenario = shelf.load(name)
    told = "\n".join([scenario.title, "=" * len(scenario.title), "", *_paragraphs(scenario)])
    return f"{told}\nPlay it:\n  pplx-mock serve --scenario {name}\n  {_curl(scenario.ask)}\n\n{_file(name)}"


def _paragraphs(scenario: Scenario) -> list[str]:
    parts = {
        "complaint": scenario.complaint,
        "source": scenario.source,
        "a client sees": scenario.seen,
        "a robust client": scenario.robust,
    }
    return [
        textwrap.fill(text, _WIDTH, initial_indent=f"{name + ':':<17}", subsequent_indent=" " * 17) + "\n"
        for name, text in parts.items()
    ]


def _curl(ask: Ask) -> str:
    words = ["curl", "-sN", "-X", ask.method, _URL + ask.path, "-H", f"Authorization: Bearer {ask.key}"]
    if ask.body is not None:
        words += ["-H", "Content-Type: application/json", "-d", json.dumps(ask.body, ensure_ascii=False)]
    return shlex.join(words)


def _file(name: str) -> str:
    return f"fixtures/scenarios/{name}.yaml:\n\n" + textwrap.indent(shelf.text(name), "  ")
