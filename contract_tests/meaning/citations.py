"""Verification of citations: it agrees with what was cited."""

from __future__ import annotations

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning.chat import CHAT, said
from contract_tests.probe import Probe
from contract_tests.questions import chat, questions

VERIFY = "verify_citations"


@check("PPLX-CITE-001", "What a chat cited is found supported, and nothing is left unverified.", basis="directory",
       source="evidence 1.6 row 7; design 6", operations=(CHAT, VERIFY), quick=4, full=20)  # fmt: skip
def what_was_cited_is_supported(probe: Probe) -> None:
    def held(question: str) -> None:
        answer = probe.call(CHAT, chat(question))
        cited = reading.texts(answer.object, "citations")
        probe.require(bool(cited), "some citations", cited)
        body = probe.call(VERIFY, {"text": said(answer), "citations": [*cited]}).object
        rows = reading.rows(body, "citations")
        verdicts = [reading.text(row, "verdict") for row in rows]
        probe.require(verdicts == ["supported"] * len(cited), "supported for each citation", verdicts)
        probe.require([row.get("url") for row in rows] == cited, "the citations in their order", rows)
        probe.require(body.get("unknown_markers") == [], "no unknown marker", body.get("unknown_markers"))
        accuracy = reading.at(body, "accuracy")
        probe.require(isinstance(accuracy, int | float) and accuracy >= 0.8, "an accuracy of at least 0.8", accuracy)

    probe.given(questions, held, quick=2, full=10)


@check("PPLX-CITE-002", "Citations that were swapped are not supported.", basis="directory",
       source="evidence 1.6 row 7", operations=(CHAT, VERIFY), quick=3, full=3)  # fmt: skip
def swapped_citations(probe: Probe) -> None:
    bees = probe.call(CHAT, chat("How do bees find their way home?"))
    rome = reading.texts(probe.call(CHAT, chat("Why did Rome's aqueducts last so long?")).object, "citations")
    count = len(reading.texts(bees.object, "citations"))
    body = probe.call(VERIFY, {"text": said(bees), "citations": [*rome[:count]]}).object
    verdicts = [reading.text(row, "verdict") for row in reading.rows(body, "citations")]
    probe.require("supported" not in verdicts, "no support from pages on something else", verdicts)


@check("PPLX-CITE-003", "A page that is nowhere is unreachable; a marker without a citation is reported.",
       basis="directory", source="evidence 1.6 row 7", operations=(VERIFY,), quick=1, full=1)  # fmt: skip
def unknown_pages(probe: Probe) -> None:
    body = probe.call(
        VERIFY, {"text": "Bees dance.[1] They sing.[3]", "citations": ["https://nowhere.invalid/x"]}
    ).object
    verdict = reading.text(body, "citations", 0, "verdict")
    probe.require(verdict == "unreachable", "unreachable", verdict)
    probe.require(body.get("unknown_markers") == [3], "marker 3 reported", body.get("unknown_markers"))
