"""Models: the list, and each of its members."""

from __future__ import annotations

from decimal import Decimal

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.probe import Probe
from contract_tests.questions import chat

LIST, ONE = "list_models", "retrieve_model"


@check("PPLX-MODELS-001", "The list names each model once, and the models that the contract knows.", basis="wire",
       source="evidence 1.6, 7.3, 13.3", operations=(LIST,), quick=1, full=1, cost="0")  # fmt: skip
def the_list(probe: Probe) -> None:
    body = probe.call(LIST).object
    found = [reading.text(row, "id") for row in reading.rows(body, "data")]
    probe.require(len(set(found)) == len(found), "each model once", found)
    known = set(probe.facts.listed)
    probe.require(known <= set(found), "the models of the edition", sorted(known - set(found)))
    if probe.target.is_fake:
        probe.require(set(found) == known, "no other models", sorted(set(found) - known))


@check("PPLX-MODELS-002", "Prices are those of the table.", basis="wire", source="evidence 6.3, 7.3",
       operations=(LIST,), quick=1, full=1, cost="0")  # fmt: skip
def prices(probe: Probe) -> None:
    table = probe.facts.models
    listed = [row for row in reading.rows(probe.call(LIST).object, "data") if reading.text(row, "id") in table]
    probe.need(listed, "no model was listed that the price table has")
    for row in listed:
        facts = table[reading.text(row, "id")]
        for name in ("input", "output", "cache_write", "cache_read"):
            wanted, told = getattr(facts.prices, name), reading.member(row, "pricing").get(name)
            found = None if told is None else Decimal(str(told))
            probe.require(found == wanted, f"the table's {name} price of each model", f"{row['id']}: {found}, {wanted}")


@check("PPLX-MODELS-003", "A model by itself is what the list says of it.", basis="directory",
       source="evidence 1.6 row 8", operations=(LIST, ONE), quick=6, full=150, cost="0")  # fmt: skip
def each_agrees(probe: Probe) -> None:
    found = reading.rows(probe.call(LIST).object, "data")
    probe.need(found, "no model was listed")
    for row in found if probe.thorough else found[:5]:
        alone = probe.call(ONE, path={"model_id": reading.text(row, "id")}).object
        probe.require(reading.agree(alone, row), "the list's own row", alone)


@check("PPLX-MODELS-004", "A model that nobody knows is 404.", basis="design", source="design 7", operations=(ONE,),
       quick=1, full=1, cost="0", targets=("fake", "url"))  # fmt: skip
def unknown_model(probe: Probe) -> None:
    probe.call(ONE, path={"model_id": "no-such-model"}, status=404)


@check("PPLX-MODELS-005", "Every model that is listed for chats answers one.", basis="design", source="design 2",
       operations=(LIST, "create_chat_completion"), quick=4, full=80, targets=("fake",),
       editions=("complete",))  # fmt: skip
def each_answers(probe: Probe) -> None:
    names = [
        reading.text(row, "id")
        for row in reading.rows(probe.call(LIST).object, "data")
        if "chat" in reading.texts(row, "capabilities") and "/" not in reading.text(row, "id")
    ]
    probe.require(bool(names), "models for chats", names)
    for name in names if probe.thorough else names[:3]:
        answer = probe.call("create_chat_completion", chat("How are tides made?", name)).object
        probe.require(answer.get("model") == name, "an answer of that model", answer.get("model"))
