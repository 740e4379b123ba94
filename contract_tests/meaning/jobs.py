"""Asynchronous chats: jobs that are made once, go on, and are found again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning import waiting
from contract_tests.meaning.account import USAGE, totals
from contract_tests.meaning.chat import CHAT
from contract_tests.meaning.errors import kind_of
from contract_tests.meaning.waiting import MOST_READS
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat
from mock_server.jsontypes import JSON, JSONObject

MAKE, LIST, GET = "create_async_chat_completion", "list_async_chat_completions", "get_async_chat_completion"
_NOBODYS = "00000000-0000-4000-8000-000000000000"


def make(probe: Probe, question: str, *, key: str | None = None, **fields: JSON) -> JSONObject:
    """Make a job; returns its body."""
    return probe.call(MAKE, {"request": chat(question, max_tokens=100), **fields}, key=key).object


def reads(probe: Probe, name: str, *, key: str | None = None) -> Iterator[JSONObject]:
    """Read a job until it has ended; gives what each read says."""
    return waiting.reads(probe, GET, {"api_request": name}, ("CREATED", "IN_PROGRESS"), key=key)


def finished(probe: Probe, job: JSONObject, *, key: str | None = None) -> JSONObject:
    """Read a job until it has ended; returns the last read."""
    return list(reads(probe, reading.text(job, "id"), key=key))[-1]


@check("PPLX-JOBS-001", "A job is created, then in progress, then completed, and never goes back; each read agrees.",
       basis="spec", source="evidence 1.1, 12.1", operations=(MAKE, GET), quick=1 + MOST_READS, full=1 + MOST_READS,
       cost="0.001", writes=True)  # fmt: skip
def jobs_go_on(probe: Probe) -> None:
    made = make(probe, QUESTIONS[0])
    probe.require(made.get("status") == "CREATED", "the status CREATED at first", made.get("status"))
    last: JSONObject = {}
    for last in reads(probe, reading.text(made, "id")):
        _agrees(probe, last, made)
    probe.require(last.get("status") == "COMPLETED", "the status COMPLETED at the end", last.get("status"))
    moments = [reading.integer(last, name) for name in ("created_at", "started_at", "completed_at")]
    probe.require(moments == sorted(moments), "created, then started, then completed", moments)


def _agrees(probe: Probe, body: JSONObject, made: JSONObject) -> None:
    """Demand of a job what fits its status."""
    for name in ("id", "model", "created_at"):
        probe.require(body.get(name) == made.get(name), f"the {name} that it was made with", body.get(name))
    status = body.get("status")
    for name, there in (
        ("started_at", status != "CREATED"),
        ("completed_at", status == "COMPLETED"),
        ("response", status == "COMPLETED"),
        ("failed_at", status == "FAILED"),
    ):
        told = body.get(name) is not None
        probe.require(told is there, f"{name} when its time has come, and not before", f"{body.get(name)}, {status}")


@check("PPLX-JOBS-002", "A job answers what the chat would have answered.", basis="design", source="design 5",
       operations=(MAKE, GET, CHAT), quick=2 + MOST_READS, full=2 + MOST_READS, targets=("fake",))  # fmt: skip
def jobs_say_the_same(probe: Probe) -> None:
    plain = probe.call(CHAT, chat(QUESTIONS[1], max_tokens=100), key=f"{probe.key}-other").object
    found = reading.member(finished(probe, make(probe, QUESTIONS[1])), "response")
    for name in ("model", "choices", "citations", "search_results", "usage"):
        probe.require(found.get(name) == plain.get(name), f"the {name} of the chat's answer", found.get(name))


@check("PPLX-JOBS-003", "An idempotency key names one job: again the same, with another key another one.",
       basis="spec", source="evidence 1.1, 12.1", operations=(MAKE,), quick=3, full=3, writes=True)  # fmt: skip
def keys_name_jobs(probe: Probe) -> None:
    name = f"check-{probe.seed}"
    first, again, other = (
        reading.text(make(probe, QUESTIONS[2], idempotency_key=key), "id") for key in (name, name, f"{name}-other")
    )
    probe.require(first == again, "the same job for the same key", f"{first}, {again}")
    probe.require(first != other, "another job for another key", other)


@check("PPLX-JOBS-004", "A key that was used for another request is refused.", basis="design", source="design 7",
       operations=(MAKE,), quick=2, full=2, targets=("fake",))  # fmt: skip
def used_keys(probe: Probe) -> None:
    make(probe, QUESTIONS[3], idempotency_key="used")
    body: JSONObject = {"request": chat(QUESTIONS[4], max_tokens=100), "idempotency_key": "used"}
    probe.call(MAKE, body, status=probe.facts.errors["idempotency_key_reused"].status)


@check("PPLX-JOBS-005", "The list has each job once, newest first, page by page, without answers.", basis="spec",
       source="evidence 1.1; design 7", operations=(MAKE, LIST), quick=8, full=8, targets=("fake",))  # fmt: skip
def the_list(probe: Probe) -> None:
    made = [reading.text(make(probe, QUESTIONS[number]), "id") for number in range(5)]
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(3):
        page = probe.call(LIST, query=query).object
        rows = reading.rows(page, "requests")
        probe.require(len(rows) <= 2, "at most as many jobs as asked for", len(rows))
        probe.require(not any(row.get("response") for row in rows), "jobs without their answers", rows)
        seen += [reading.text(row, "id") for row in rows]
        if page.get("next_token") is None:
            break
        query = {"limit": "2", "next_token": reading.text(page, "next_token")}
    probe.require(seen == made[::-1], "each job once, the newest first", f"{seen}, made {made}")


@check("PPLX-JOBS-006", "The jobs of an account are on its list.", basis="spec", source="evidence 1.1",
       operations=(MAKE, LIST), quick=2, full=2, writes=True)  # fmt: skip
def jobs_are_listed(probe: Probe) -> None:
    made = make(probe, QUESTIONS[5])
    rows = {reading.text(row, "id"): row for row in reading.rows(probe.call(LIST).object, "requests")}
    row = rows.get(reading.text(made, "id"), {})
    for name in ("model", "created_at"):
        probe.require(row.get(name) == made.get(name), f"the job with its {name}", row)


@check("PPLX-JOBS-007", "A job that nobody made is not found, nor is another account's.", basis="design",
       source="design 7", operations=(MAKE, LIST, GET), quick=4, full=4, targets=("fake",))  # fmt: skip
def unknown_jobs(probe: Probe) -> None:
    probe.call(GET, path={"api_request": _NOBODYS}, status=404)
    name = reading.text(make(probe, QUESTIONS[0]), "id")
    other = f"{probe.key}-other"
    probe.call(GET, path={"api_request": name}, key=other, status=404)
    rows = reading.rows(probe.call(LIST, key=other).object, "requests")
    probe.require(rows == [], "an empty list for another account", rows)


@check("PPLX-JOBS-008", "What a chat would refuse is refused at once.", basis="wire", source="evidence 4.2, 1.1",
       operations=(MAKE,), quick=3, full=3, cost="0")  # fmt: skip
def wrong_chats(probe: Probe) -> None:
    model: JSONObject = {"request": chat("hi", "no-such-model")}
    kind_of(probe, probe.call(MAKE, model, status=400), "invalid_model")
    said: JSON = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hi"}]
    last: JSONObject = {"request": {"model": "sonar", "messages": said}}
    kind_of(probe, probe.call(MAKE, last, status=400), "invalid_message")
    probe.call(MAKE, chat("hi"), status=400)


@check("PPLX-JOBS-009", "A job that fails says so, with a message and without an answer.", basis="spec",
       source="evidence 1.1; design 7", operations=(MAKE, GET), quick=1 + MOST_READS, full=1 + MOST_READS,
       targets=("fake",))  # fmt: skip
def jobs_fail(probe: Probe) -> None:
    key = "pplx-mock-failing-job"
    job = finished(probe, make(probe, QUESTIONS[6], key=key), key=key)
    probe.require(job.get("status") == "FAILED", "the status FAILED", job.get("status"))
    probe.require(bool(job.get("error_message")), "a message", job.get("error_message"))
    probe.require(job.get("failed_at") is not None, "when it failed", job.get("failed_at"))
    probe.require(job.get("response") is None, "no answer", job.get("response"))


@check("PPLX-JOBS-010", "A completed job is on the usage report, once, with its tokens and its cost.", basis="design",
       source="design 6", operations=(MAKE, GET, USAGE), quick=4 + MOST_READS, full=4 + MOST_READS,
       targets=("fake",))  # fmt: skip
def jobs_are_billed(probe: Probe) -> None:
    before = totals(probe)
    usage = reading.member(finished(probe, make(probe, QUESTIONS[0])), "response", "usage")
    for _ in range(2):
        after = totals(probe)
        for name in ("prompt_tokens", "completion_tokens"):
            wanted = reading.integer(before, name) + reading.integer(usage, name)
            probe.require(after[name] == wanted, f"the job's {name} added once", f"{after[name]}, wanted {wanted}")
        paid = Decimal(str(before["cost"])) + Decimal(str(reading.at(usage, "cost", "total_cost")))
        probe.require(Decimal(str(after["cost"])) == paid, "the job's cost added once", f"{after['cost']}, {paid}")


@check("PPLX-JOBS-011", "Both names of the path know the same jobs.", basis="wire", source="evidence 1.1, 12.1",
       operations=(MAKE, GET), quick=3, full=3, targets=("fake", "url"), writes=True)  # fmt: skip
def aliases_agree(probe: Probe) -> None:
    name = reading.text(make(probe, QUESTIONS[1]), "id")
    for operation in (one for one in probe.target.edition.operations.values() if one.handler == GET):
        found = probe.call(operation.id, path={"api_request": name}).object.get("id")
        probe.require(found == name, "the job of the id", found)
