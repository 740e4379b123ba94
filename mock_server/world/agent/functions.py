"""Calls of the caller's own functions: which, and with what arguments."""

from __future__ import annotations

import re
from functools import lru_cache

from mock_server import wire
from mock_server.contract import document as documents
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import language
from mock_server.world.agent.task import Function, Task, World

_OBJECT = "object"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def wanted(task: Task) -> list[Function]:
    """Choose the functions to call: one that has to be, else those that share a word with the question."""
    if isinstance(task.choice, Function):
        return [task.choice]
    if task.given:
        return []
    asked = language.content_words(task.question)
    chosen = [function for function in task.tools.functions if asked & _words(function)]
    if not chosen and task.choice == "required":
        chosen = list(task.tools.functions)
    return chosen if task.parallel else chosen[:1]


def call(function: Function, task: Task, world: World) -> JSONObject:
    """Make the item that asks for a call."""
    return {
        "arguments": wire.dumps(_arguments(function, task, world)).decode("utf-8"),
        "call_id": world.name("call"),
        "id": world.name("fc"),
        "name": function.name,
        "status": "completed",
        "type": "function_call",
    }


def _arguments(function: Function, task: Task, world: World) -> JSON:
    about = tuple(language.without_fillers(language.words(task.question)))
    try:
        return arguments(function.parameters, world.seed, about)
    except ValueError:
        # Only where the rule against such schemas is switched off; a model would write something all the same.
        return {}


@lru_cache(256)
def arguments(parameters: bytes, seed: int, words: tuple[str, ...]) -> JSON:
    """Make arguments that a schema allows, of the question's words where it leaves room for some.

    Raises:
        ValueError: The schema is none, or no object meets it.
    """
    if not parameters:
        return {}
    from mock_server.world import structured  # noqa: PLC0415  # 40 ms of the start, for what few tasks need

    schema = _of_objects(documents.mapping(wire.loads(parameters)))
    return structured.instance_of(schema, seed=seed.to_bytes(8, "big"), words=words)


def _of_objects(schema: JSONObject) -> JSONObject:
    """Narrow a schema to objects, as a caller need not say that arguments are one; raises `ValueError`."""
    said = schema.get("type", _OBJECT)
    if _OBJECT not in (said if isinstance(said, list) else [said]):
        raise ValueError("the parameters of a function are the schema of an object")
    return {**schema, "type": _OBJECT}


@lru_cache(1024)
def _words(function: Function) -> frozenset[str]:
    return language.content_words(f"{_CAMEL.sub(' ', function.name)} {function.description}")
