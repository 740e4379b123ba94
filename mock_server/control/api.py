"""The resources of the control API: each is loaded when it is first asked for, so that none waits for the others."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from fastapi import APIRouter, FastAPI

from mock_server.control import application

DOCUMENT = "openapi.json"
MODULES = {
    "health": "health",
    "reset": "reset",
    "lanes": "lanes",
    "clock": "clock",
    "edition": "edition",
    "seed": "seed",
    "accounts": "accounts",
    "limits": "limits",
    "faults": "faults",
    "scenarios": "scenarios",
    "stubs": "stubs",
    "journal": "journal",
    "verdict": "insight",
    "coverage": "insight",
    "cost": "insight",
}
"""The first part of a path, and the module that has its routes, in the order of the documentation."""


def find(resource: str) -> FastAPI:
    """Find what answers for a resource; what there is not is refused there in the same envelope."""
    return whole() if resource == DOCUMENT else _part(MODULES.get(resource))


@cache
def whole() -> FastAPI:
    """All routes, with their document."""
    return application.build([(name, router(name)) for name in dict.fromkeys(MODULES.values())])


@cache
def _part(module: str | None) -> FastAPI:
    return application.build([] if module is None else [(module, router(module))])


def router(module: str) -> APIRouter:
    """Load the routes of a module."""
    found: APIRouter = import_module(f"mock_server.control.{module}").router
    return found
