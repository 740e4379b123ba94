"""What holds for every answer, held against the answers to the contract's own examples.

The same rules hold for each answer of every other check; whoever breaks one is blamed by its id there, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from contract_tests import conformance, costs, manners
from contract_tests.checks import check
from contract_tests.exchange import Answer, Ask
from contract_tests.findings import UnmetError
from contract_tests.probe import Probe
from mock_server.contract import document as documents
from mock_server.contract.operation import JSON_TYPE, Operation
from mock_server.jsontypes import JSON

_SOURCES = {
    conformance.ENVELOPE: ("wire", "evidence 4"),
    conformance.SECRET: ("design", "design 8"),
}
_STREAMS = frozenset({conformance.FRAMES, conformance.STREAM_END})


def asks(probe: Probe, *, streams: bool) -> Iterator[Ask]:
    """The examples of requests that write nothing, each with the key and one of each operation without it.

    Args:
        probe: Whose target is asked.
        streams: Whether only those are wanted that ask for a stream.
    """
    for operation in probe.target.edition.operations.values():
        if operation.handler != operation.id or "{" in operation.path or manners.writes(operation):
            continue
        bodies = list(_bodies(operation))
        for body in bodies if probe.thorough else bodies[:2]:
            ask = Ask(operation, operation.path, _streamed(operation, body) if streams else body, key=probe.key)
            if (operation.streams or not streams) and _is_cheap(probe, ask):
                yield ask
        if not streams:
            yield Ask(operation, operation.path, bodies[0], key="")


def _bodies(operation: Operation) -> Iterator[JSON]:
    """The examples of an operation's request body; one that is none, where it takes none."""
    node = documents.at(operation.document, f"/paths/{_escaped(operation.path)}/{operation.method.lower()}")
    content = documents.mapping(documents.mapping(node).get("requestBody", {})).get("content", {})
    examples = documents.mapping(documents.mapping(documents.mapping(content).get(JSON_TYPE, {})).get("examples", {}))
    yield from [documents.mapping(example).get("value") for example in examples.values()] or [None]


def _streamed(operation: Operation, body: JSON) -> JSON:
    return {**body, "stream": True} if operation.streams and isinstance(body, dict) else body


def _is_cheap(probe: Probe, ask: Ask) -> bool:
    return not probe.target.charges or costs.most(ask, probe.target.edition) <= manners.load().polite.dearest_usd


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")


def _holding(identity: str) -> Callable[[Probe], None]:
    def held(probe: Probe) -> None:
        judged: list[Answer] = []
        for ask in asks(probe, streams=identity in _STREAMS):
            try:
                probe.send(ask)
            except UnmetError as error:
                if error.check in {"", identity}:
                    raise
            finally:
                probe.asides = [finding for finding in probe.asides if finding.check == identity]
            judged += [probe.last] if probe.last is not None and conformance.judges(identity, probe.last) else []
        probe.need(judged, f"no answer {conformance.SUBJECTS[identity]}")

    return held


for _identity, _sentence in conformance.SENTENCES.items():
    _basis, _source = _SOURCES.get(_identity, ("spec", "the contract"))
    check(_identity, _sentence, basis=_basis, source=_source, operations=(), quick=60, full=90, cost="0.02")(
        _holding(_identity)
    )
