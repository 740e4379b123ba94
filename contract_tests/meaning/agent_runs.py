"""Agent: answers that are read again, runs in the background, their end, their files, their bill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning import waiting
from contract_tests.meaning.account import USAGE, totals
from contract_tests.meaning.agent import AGENT, ask, bare, said, task
from contract_tests.meaning.agent_refusals import in_words
from contract_tests.meaning.waiting import MOST_READS
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS
from mock_server.jsontypes import JSON, JSONObject

READ, CANCEL, FILES, DOWNLOAD = "retrieve_agent", "cancel_agent", "list_agent_files", "download_agent_file"
_NOBODYS = "resp_00000000-0000-4000-8000-000000000000"
_QUICK, _ENDLESS = "ttft=0.1,tps=1000", "ttft=600"
"""Paces that the fake is asked for; other servers have their own."""


def kept(probe: Probe, question: str, **fields: JSON) -> JSONObject:
    """Give a task whose answer is stored; returns the answer's body."""
    return ask(probe, question, store=True, **fields)


def begin(probe: Probe, question: str, *, pace: str = _QUICK, preset: str = "fast", key: str | None = None) -> str:
    """Give a task to be done in the background; returns the answer's id."""
    body = task(question, preset=preset, background=True, store=True)
    answer = probe.call(AGENT, body, headers={"x-mock-stream-pace": pace} if probe.target.is_fake else {}, key=key)
    status = answer.object.get("status")
    probe.require(status == "queued", "the status queued at first", status)
    probe.require(answer.object.get("output") == [], "no output at first", answer.object.get("output"))
    probe.require(answer.object.get("usage") is None, "no usage at first", answer.object.get("usage"))
    probe.require(answer.object.get("background") is True, "background true", answer.object.get("background"))
    return reading.text(answer.object, "id")


def reads(probe: Probe, name: str) -> Iterator[JSONObject]:
    """Read a run until it has ended; gives what each read says."""
    return waiting.reads(probe, READ, {"id": name}, ("queued", "in_progress"))


@check("PPLX-AGENT-201", "A stored answer is read again as it was given.", basis="wire", source="evidence 1.4, 3.5",
       operations=(AGENT, READ), quick=2, full=2, cost="0.005", writes=True)  # fmt: skip
def answers_are_kept(probe: Probe) -> None:
    first = kept(probe, QUESTIONS[0])
    again = probe.call(READ, path={"id": reading.text(first, "id")}).object
    names = [name for name in first if name != "created_at" and first[name] != again.get(name)]
    probe.require(not names, "the same body but for its date", {name: again.get(name) for name in names})


@check("PPLX-AGENT-202", "An answer that was not stored is not found.", basis="wire", source="evidence 3.5",
       operations=(AGENT, READ), quick=2, full=2, cost="0.005")  # fmt: skip
def unstored_is_not_found(probe: Probe) -> None:
    name = reading.text(ask(probe, QUESTIONS[0]), "id")
    probe.call(READ, path={"id": name}, status=404)


@check("PPLX-AGENT-203", "An id that nobody has is not found, and one of another form is refused.", basis="wire",
       source="evidence 1.4, 4.3", operations=(AGENT, READ, FILES, DOWNLOAD), quick=4, full=4, cost="0")  # fmt: skip
def unknown_ids(probe: Probe) -> None:
    probe.call(READ, path={"id": _NOBODYS}, status=404)
    in_words(probe, probe.call(READ, path={"id": "not-an-id"}, status=400), "invalid_response_id")
    probe.call(FILES, path={"id": _NOBODYS}, status=404)
    probe.call(DOWNLOAD, path={"id": _NOBODYS, "file_id": "file_of_nobody"}, status=404)


@check("PPLX-AGENT-204", "A background run is queued, then in progress, then completed, and never goes back.",
       basis="wire", source="evidence 3.5, 12.1", operations=(AGENT, READ), quick=1 + MOST_READS,
       full=2 + 2 * MOST_READS, cost="0.002", writes=True)  # fmt: skip
def runs_go_on(probe: Probe) -> None:
    for question in QUESTIONS[: 2 if probe.thorough else 1]:
        last: JSONObject = {}
        for last in reads(probe, begin(probe, question)):
            _agrees(probe, last)
        probe.require(last.get("status") == "completed", "the status completed at the end", last.get("status"))
        probe.require(bool(said(last)), "a message at the end", last.get("output"))


def _agrees(probe: Probe, body: JSONObject) -> None:
    """Demand of a background run what fits its status."""
    status, done = body.get("status"), body.get("status") == "completed"
    if status == "queued":
        probe.require(body.get("output") == [], "no output while queued", body.get("output"))
    for name in ("usage", "completed_at"):
        told = body.get(name) is not None
        probe.require(told is done, f"{name} once it is completed, and not before", f"{body.get(name)} while {status}")


@check("PPLX-AGENT-205", "A background run gives what the answer at once gives.", basis="design", source="design 5",
       operations=(AGENT, READ), quick=2 + MOST_READS, full=2 + MOST_READS, targets=("fake",))  # fmt: skip
def runs_say_the_same(probe: Probe) -> None:
    plain = kept(probe, QUESTIONS[4], preset="medium")
    last = list(reads(probe, begin(probe, QUESTIONS[4], preset="medium")))[-1]
    probe.require(said(last) == said(plain), "the words of the answer at once", said(last))
    for name in ("usage", "model", "tools", "service_tier"):
        probe.require(last.get(name) == plain.get(name), f"the {name} of the answer at once", last.get(name))


@check("PPLX-AGENT-206", "A run that is cancelled ends as cancelled, without usage, and its answer says so.",
       basis="wire", source="evidence 3.5", operations=(AGENT, READ, CANCEL), quick=2 + MOST_READS, full=2 + MOST_READS,
       cost="0.002", writes=True)  # fmt: skip
def runs_can_be_cancelled(probe: Probe) -> None:
    name = begin(probe, QUESTIONS[0], pace=_ENDLESS, preset="fast" if probe.target.is_fake else "low")
    told = probe.call(CANCEL, path={"id": name}).object
    wanted = {"response_id": name, "status": "cancelling"}
    probe.require({key: told.get(key) for key in wanted} == wanted, "the run's id, and cancelling", told)
    last = list(reads(probe, name))[-1]
    probe.require(last.get("status") == "cancelled", "the status cancelled at the end", last.get("status"))
    probe.require(last.get("usage") is None, "no usage of what was cancelled", last.get("usage"))
    for steps in (("error", "type"), ("error", "code"), ("incomplete_details", "reason")):
        probe.require(reading.at(last, *steps) == "cancelled", f"cancelled at {'.'.join(steps)}", last)


@check("PPLX-AGENT-207", "What has ended, and what never was, cannot be cancelled.", basis="wire",
       source="evidence 4.3", operations=(AGENT, CANCEL), quick=3, full=3, cost="0.005", writes=True)  # fmt: skip
def ended_runs_stay(probe: Probe) -> None:
    for name in (reading.text(kept(probe, QUESTIONS[0]), "id"), _NOBODYS):
        in_words(probe, probe.call(CANCEL, path={"id": name}, status=400), "run_is_terminal")


@check("PPLX-AGENT-208", "A run that still works cannot be gone on from, and another account's is not found.",
       basis="design", source="design 7", operations=(AGENT, READ, CANCEL, FILES), quick=6, full=6,
       targets=("fake",))  # fmt: skip
def runs_are_guarded(probe: Probe) -> None:
    name = begin(probe, QUESTIONS[0], pace=_ENDLESS)
    body = task(QUESTIONS[1], previous_response_id=name)
    in_words(probe, probe.call(AGENT, body, status=400), "invalid_agent_request")
    other = f"{probe.key}-other"
    probe.call(READ, path={"id": name}, key=other, status=404)
    probe.call(FILES, path={"id": name}, key=other, status=404)
    probe.call(CANCEL, path={"id": name}, key=other, status=400)
    probe.call(READ, path={"id": name})


@check("PPLX-AGENT-209", "Files that a sandbox shared are listed and read; other answers have none.", basis="spec",
       source="evidence 1.4", operations=(AGENT, FILES, DOWNLOAD), quick=7, full=7, targets=("fake", "url"),
       writes=True)  # fmt: skip
def files_are_kept(probe: Probe) -> None:
    bare_answer = kept(probe, QUESTIONS[0])
    listed = reading.rows(probe.call(FILES, path={"id": reading.text(bare_answer, "id")}).object, "data")
    probe.require(listed == [], "no files of an answer without a sandbox", listed)
    body = kept(probe, QUESTIONS[0], model=bare(probe), tools=[{"type": "sandbox"}])
    name = reading.text(body, "id")
    shared = [item for item in reading.rows(body, "output") if item.get("type") == "share_file"]
    probe.require(bool(shared) or not probe.target.is_fake, "a file that the sandbox shared", body.get("output"))
    files = reading.rows(probe.call(FILES, path={"id": name}).object, "data")
    wanted = [(item.get("file_id"), item.get("filename"), item.get("size_bytes")) for item in shared]
    found = [(file["id"], file["filename"], file["bytes"]) for file in files]
    probe.require(found == wanted, "the files of the output, with their names and sizes", f"{found} / {wanted}")
    for file in files:
        content = probe.call(DOWNLOAD, path={"id": name, "file_id": reading.text(file, "id")}).content
        probe.require(len(content) == file["bytes"], "as many bytes as the list says", len(content))
    probe.call(DOWNLOAD, path={"id": name, "file_id": "file_of_nobody"}, status=404)
    probe.need(files, "no sandbox shared a file")


@check("PPLX-AGENT-210", "The usage report grows by just what answers cost; a cancelled run costs nothing.",
       basis="design", source="design 6; evidence 3.5", operations=(AGENT, READ, CANCEL, USAGE),
       quick=6 + 2 * MOST_READS, full=6 + 2 * MOST_READS, targets=("fake", "url"), writes=True)  # fmt: skip
def usage_moves(probe: Probe) -> None:
    before = totals(probe)
    cancelled = begin(probe, QUESTIONS[1], pace=_ENDLESS)
    probe.call(CANCEL, path={"id": cancelled})
    bodies = [kept(probe, QUESTIONS[0]), list(reads(probe, begin(probe, QUESTIONS[0])))[-1]]
    list(reads(probe, cancelled))
    after = totals(probe)
    for name, key in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")):
        wanted = reading.integer(before, name) + sum(reading.integer(body, "usage", key) for body in bodies)
        probe.require(after[name] == wanted, f"{name} of the answers added", f"{after[name]}, wanted {wanted}")
    costs = [Decimal(str(reading.at(body, "usage", "cost", "total_cost"))) for body in bodies]
    paid = Decimal(str(before["cost"])) + sum(costs)
    probe.require(Decimal(str(after["cost"])) == paid, "the costs of the answers added", f"{after['cost']}, {paid}")


@check("PPLX-AGENT-211", "The same names lead to an answer under both paths.", basis="docs", source="evidence 1.4",
       operations=(AGENT, READ), quick=3, full=3, cost="0.005", writes=True)  # fmt: skip
def both_paths_lead_there(probe: Probe) -> None:
    name = reading.text(kept(probe, QUESTIONS[0]), "id")
    for operation in (one for one in probe.target.edition.operations.values() if one.handler == READ):
        found = probe.call(operation.id, path={"id": name}).object.get("id")
        probe.require(re.fullmatch(name, str(found)) is not None, "the answer of the id", found)
