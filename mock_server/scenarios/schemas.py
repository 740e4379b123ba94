"""The JSON Schemas of what users write, for editors."""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import BaseModel

from mock_server.faults.model import FaultFile
from mock_server.scenarios.model import Scenario
from mock_server.stubs import schema
from mock_server.stubs.schema import DIALECT


def _text(model: type[BaseModel], title: str) -> str:
    whole = {"$schema": DIALECT, **model.model_json_schema(), "title": title}
    return json.dumps(whole, indent=2) + "\n"


TEXTS: dict[str, Callable[[], str]] = {
    "faults": lambda: _text(FaultFile, "Faults of pplx-mock"),
    "scenario": lambda: _text(Scenario, "A scenario of pplx-mock"),
    "stubs": schema.text,
}
"""Each schema by its name, as `fixtures/schemas/<name>.schema.json` has it."""
