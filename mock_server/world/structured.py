"""Instances that validate against a caller's JSON Schema, for `response_format: json_schema`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import jsonschema_rs

from mock_server.world.instances.clauses import escaped
from mock_server.world.instances.document import Document
from mock_server.world.instances.failures import InvalidSchema, OutOfSteps, Unmet, Unsatisfiable
from mock_server.world.instances.search import Search
from mock_server.world.instances.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mock_server.jsontypes import JSON

__all__ = ["InvalidSchema", "Unsatisfiable", "instance_of"]

_ROUNDS = 8
_BRANCHED = (jsonschema_rs.ValidationErrorKind.AnyOf, jsonschema_rs.ValidationErrorKind.OneOfNotValid)
_FAULTS = 100  # looked at in one round


def instance_of(schema: JSON, *, seed: bytes, words: Sequence[str] = ()) -> JSON:
    """Make an instance of a schema, as a model would that was asked for structured output.

    An instance is built, then checked as a whole. Where the check finds faults, those places are built again, with
    more tries and a check of each.

    Args:
        schema: A schema of JSON Schema 2020-12; formats are asserted.
        seed: What all choices follow from: the same schema, seed and words give the same instance in any process.
        words: The words of the answer's subject, which texts are made of.

    Returns:
        A valid instance. Optional properties are present, save where they would recurse further.

    Raises:
        InvalidSchema: The schema is no valid schema, nests too deeply, or refers to something outside of it.
        Unsatisfiable: No valid instance was found within the bound of tries.
    """
    search = Search(Document(schema), seed, Wording(words))
    reason = ""
    try:
        for _ in range(_ROUNDS):
            value, complaint = _attempt(search)
            if not complaint:
                return value
            reason = reason or complaint
    except (OutOfSteps, RecursionError):
        reason = reason or "The schema asks for a larger instance than is made."
    raise Unsatisfiable(reason)


def _attempt(search: Search) -> tuple[JSON, str]:
    """Build an instance and check it; a complaint, if there is one, comes with more doubt for the next attempt."""
    try:
        value = search.instance()
    except Unmet as unmet:
        search.doubt(None)
        return None, unmet.sentence()
    except OutOfSteps:
        search.shrink()
        return None, "The schema asks for a larger instance than is made."
    faults = list(islice(search.document.validator.iter_errors(value), _FAULTS))
    if not faults:
        return value, ""
    search.doubt({_pointer(fault.instance_path) for fault in _all(faults)})
    pointer = _pointer(faults[0].schema_path)
    return None, Unmet(f"No value was found that is right everywhere ({faults[0].message:.200})", pointer).sentence()


def _all(faults: Iterable[jsonschema_rs.ValidationError]) -> Iterator[jsonschema_rs.ValidationError]:
    """Walk faults and, where no branch was met, the faults of the branches."""
    for fault in faults:
        yield fault
        if isinstance(fault.kind, _BRANCHED):
            for branch in fault.kind.context:
                yield from _all(branch)


def _pointer(path: Iterable[str | int]) -> str:
    return "".join([f"/{escaped(step)}" for step in path])
