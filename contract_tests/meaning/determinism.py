"""The fake answers the same way every time, and another way under another seed."""

from __future__ import annotations

import orjson

from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.meaning.chat import CHAT
from contract_tests.meaning.embeddings import EMBED
from contract_tests.meaning.search import SEARCH
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat
from mock_server.jsontypes import JSON

_ASKED: tuple[tuple[str, JSON], ...] = (
    (CHAT, chat(QUESTIONS[0])),
    (CHAT, chat(QUESTIONS[1], "sonar-pro", stream=True)),
    (SEARCH, {"query": QUESTIONS[3]}),
    (EMBED, {"input": "bees", "model": "pplx-embed-v1-0.6b"}),
)


@check("PPLX-DET-001", "Two accounts that ask the same get the same bytes.", basis="design", source="design 5",
       operations=(CHAT, SEARCH, EMBED), quick=8, full=8, targets=("fake",))  # fmt: skip
def same_bytes(probe: Probe) -> None:
    for operation, body in _ASKED:
        one, other = (probe.call(operation, body, key=f"{probe.key}-{name}") for name in ("one", "other"))
        probe.require(one.content == other.content, "the same bytes for both", _difference(one, other))


@check("PPLX-DET-002", "A repeated request differs in its id alone.", basis="design", source="design 5",
       operations=(CHAT, SEARCH), quick=4, full=4, targets=("fake",))  # fmt: skip
def repeats(probe: Probe) -> None:
    asked: list[tuple[str, JSON]] = [(CHAT, chat(QUESTIONS[2])), (SEARCH, {"query": QUESTIONS[4]})]
    for operation, body in asked:
        one, other = probe.call(operation, body), probe.call(operation, body)
        probe.require(one.object["id"] != other.object["id"], "another id", one.object["id"])
        same = {**one.object, "id": ""} == {**other.object, "id": ""}
        probe.require(same, "the same answer but for its id", _difference(one, other))


@check("PPLX-DET-003", "Dates come from the content clock.", basis="design", source="design 5", operations=(CHAT,),
       quick=1, full=1, targets=("fake",))  # fmt: skip
def dates_stand(probe: Probe) -> None:
    created = probe.call(CHAT, chat(QUESTIONS[0])).object.get("created")
    probe.require(created == probe.facts.wire.now, "the content clock's time", created)


@check("PPLX-DET-004", "The order of a request's keys changes nothing.", basis="design", source="design 5",
       operations=(CHAT,), quick=2, full=2, targets=("fake",))  # fmt: skip
def key_order(probe: Probe) -> None:
    body = chat(QUESTIONS[5], max_tokens=80)
    turned: JSON = dict(reversed(body.items()))
    one = probe.call(CHAT, body, key=f"{probe.key}-one")
    other = probe.call(CHAT, turned, key=f"{probe.key}-other")
    probe.require(one.content == other.content, "the same bytes for both", _difference(one, other))


def _difference(one: Answer, other: Answer) -> str:
    """The first fields that differ."""
    if one.is_stream:
        return "streams that differ"
    left, right = one.object, other.object
    names = [name for name in {**left, **right} if left.get(name) != right.get(name)]
    return f"differs in {', '.join(names)}: " + " / ".join(
        orjson.dumps({name: body.get(name) for name in names}).decode()[:120] for body in (left, right)
    )
