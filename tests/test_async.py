"""Chats answered later: a job goes its way by the pacing clock, says what the chat says, and is billed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mock_server import facts
from mock_server.app import create_app
from mock_server.clock import LaneClock
from mock_server.settings import Settings
from tests.conftest import Api, chat_body, refusal_of
from tests.strategies import questions

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

TIMES = facts.load("complete").jobs
WEEK = 7 * 86_400
PATH = "/async/chat/completions"
GUIDE = "https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview"
LONG_AGO = 1_000.0
"""Seconds after which every job has ended."""


@dataclass(frozen=True)
class Later:
    """A fake with clocks that tests move."""

    api: Api
    clock: LaneClock
    app: Any

    def submit(self, *, key: str | None = None, path: str = PATH, **fields: Any) -> Any:
        body: dict[str, Any] = {
            "request": chat_body(fields.pop("question", "How do bees find their way home?"), **fields)
        }
        return self.api.ask(path, body if key is None else {**body, "idempotency_key": key})

    def job(self, name: str) -> Any:
        return self.api.get(f"{PATH}/{name}").json()

    def listed(self, **query: Any) -> Any:
        return self.api.get(PATH, **query).json()

    def days_pass(self, seconds: int) -> None:
        """Move the content clock."""
        self.app.house.lanes.default.moved += seconds

    def stranger(self) -> Later:
        return Later(self.api.stranger(), self.clock, self.app)


def make(loop: asyncio.AbstractEventLoop, **settings: Any) -> Later:
    clock = LaneClock("virtual")
    app = create_app(Settings(**settings), clock=clock)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fake")
    return Later(Api(client, loop), clock, app)


@pytest.fixture
def later(loop: asyncio.AbstractEventLoop) -> Iterator[Later]:
    made = make(loop)
    yield made
    loop.run_until_complete(made.api.client.aclose())


def test_a_job_is_created_then_in_progress_then_completed(later: Later) -> None:
    times = TIMES.otherwise
    job = later.submit()
    seen = [job["status"]]
    for seconds in (times.queued, times.running):
        later.clock.advance(seconds)
        seen.append(later.job(job["id"])["status"])

    assert seen == ["CREATED", "IN_PROGRESS", "COMPLETED"]


def test_what_a_job_tells_depends_on_how_far_it_is(later: Later) -> None:
    times = TIMES.models["sonar-deep-research"]
    created = later.submit(model="sonar-deep-research")
    later.clock.advance(times.queued)
    started = later.job(created["id"])
    later.clock.advance(times.running)
    completed = later.job(created["id"])

    assert list(created) == [
        "id", "model", "created_at", "started_at", "completed_at", "response", "failed_at", "error_message", "status",
    ]  # fmt: skip
    assert [name for name, value in created.items() if value is None] == [
        "started_at", "completed_at", "response", "failed_at", "error_message",
    ]  # fmt: skip
    assert started["response"] is started["completed_at"] is None
    assert created["created_at"] <= started["started_at"] <= completed["completed_at"]
    assert completed["response"]["object"] == "chat.completion"
    assert completed["failed_at"] is completed["error_message"] is None


@settings(max_examples=25)
@given(question=questions, model=st.sampled_from(["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"]))
def test_a_job_says_exactly_what_the_chat_would_have_said(
    loop: asyncio.AbstractEventLoop, question: str, model: str
) -> None:
    late, now = make(loop), make(loop)
    fields = {"model": model, "return_related_questions": True, "web_search_options": {"search_context_size": "high"}}

    job = late.submit(question=question, **fields)
    late.clock.advance(LONG_AGO)

    assert late.job(job["id"])["response"] == now.api.chat(question, **fields)


def test_a_job_asked_to_stream_answers_whole(later: Later) -> None:
    plain, streaming = later.submit(), later.stranger().submit(stream=True)

    later.clock.advance(LONG_AGO)

    assert later.job(plain["id"])["response"]["choices"]
    assert streaming["status"] == "CREATED"


def test_a_job_is_billed_once_and_only_when_it_is_completed(later: Later) -> None:
    job = later.submit()
    before = later.api.get("/usage").json()["total"]
    later.clock.advance(LONG_AGO)
    after = later.api.get("/usage", group_by="endpoint").json()
    later.job(job["id"])
    later.job(job["id"])

    cost = later.job(job["id"])["response"]["usage"]["cost"]["total_cost"]
    assert before["requests"] == 0
    assert after["total"]["cost"] == cost
    assert [row["group"] for row in after["data"]] == ["POST /async/chat/completions"]
    assert later.api.get("/usage").json()["total"] == after["total"]


def test_a_job_of_a_collection_is_in_its_history_once_it_is_completed(later: Later) -> None:
    collection = later.api.ask("/collections", {"name": "Bees"})["id"]
    jobs = [later.submit(collection_id=collection) for _ in range(2)]
    history = f"/collections/{collection}/history"
    before = later.api.get(history).json()["data"]
    later.clock.advance(LONG_AGO)

    entries = later.api.get(history).json()["data"]
    assert before == []
    assert [entry["response"] for entry in entries] == [later.job(job["id"])["response"] for job in jobs]
    assert len({entry["id"] for entry in entries}) == 2


def test_the_same_idempotency_key_names_the_same_job(later: Later) -> None:
    first, second, other = later.submit(key="a"), later.submit(key="a"), later.submit(key="b")

    assert first == second
    assert other["id"] != first["id"]
    assert len(later.listed()["requests"]) == 2


def test_an_idempotency_key_belongs_to_one_account(later: Later) -> None:
    assert later.submit(key="a")["id"] != later.stranger().submit(key="a", question="bees")["id"]


def test_an_idempotency_key_that_was_used_for_another_request_is_refused(later: Later) -> None:
    later.submit(key="run-7")

    refused = later.api.post(PATH, {"request": chat_body("something else"), "idempotency_key": "run-7"})

    assert refusal_of(refused) == (409, "conflict", "idempotency_key 'run-7' was used with another request")


def test_an_idempotency_key_is_free_again_once_its_job_is_expired(later: Later) -> None:
    first = later.submit(key="a")
    later.days_pass(WEEK)

    assert later.submit(key="a", question="something else")["id"] != first["id"]


def test_a_job_is_gone_seven_days_after_its_creation(later: Later) -> None:
    job = later.submit()
    later.clock.advance(LONG_AGO)
    later.days_pass(WEEK - 1)
    kept = later.job(job["id"])["status"], len(later.listed()["requests"])
    later.days_pass(1)

    assert kept == ("COMPLETED", 1)
    assert refusal_of(later.api.get(f"{PATH}/{job['id']}")) == (404, "not_found", "resource not found")
    assert later.listed() == {"next_token": None, "requests": []}


def test_jobs_are_listed_newest_first_without_answers_in_pages(later: Later) -> None:
    names = [later.submit(question=f"question {number}")["id"] for number in range(5)]
    later.clock.advance(LONG_AGO)

    found, pages, token = [], 0, None
    while pages == 0 or token:
        page = later.listed(limit=2, **({"next_token": token} if token else {}))
        found += page["requests"]
        token, pages = page["next_token"], pages + 1

    assert [row["id"] for row in found] == names[::-1]
    assert pages == 3
    assert {tuple(row) for row in found} == {
        ("id", "model", "created_at", "started_at", "completed_at", "failed_at", "status"),
    }


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "ten"}])
def test_a_page_of_no_size_is_refused(later: Later, query: Any) -> None:
    assert later.api.get(PATH, **query).status_code == 400


def test_a_token_that_names_no_page_is_not_found(later: Later) -> None:
    assert later.api.get(PATH, next_token="nothing").status_code == 404


@pytest.mark.parametrize("name", ["3f2b8c1e-9d4a-4e6b-8a70-5c1d2e3f4a5b", "x", "%2F", "a/b"])
def test_a_job_that_nobody_made_is_not_found(later: Later, name: str) -> None:
    assert refusal_of(later.api.get(f"{PATH}/{name}"))[0] == 404


def test_a_job_of_another_account_is_not_found(later: Later) -> None:
    job = later.submit()

    assert later.stranger().api.get(f"{PATH}/{job['id']}").status_code == 404
    assert later.stranger().listed()["requests"] == []


def test_a_job_is_known_in_the_edition_that_it_was_made_in(later: Later) -> None:
    job = later.submit()
    later.clock.advance(LONG_AGO)
    july = later.api.edition("2026-07")

    assert july.get(f"{PATH}/{job['id']}").status_code == 404
    assert july.get(PATH).json()["requests"] == []
    assert later.job(job["id"])["status"] == "COMPLETED"


def test_a_job_of_july_has_an_answer_of_july(later: Later) -> None:
    july = Later(later.api.edition("2026-07"), later.clock, later.app)
    job = july.submit()
    later.clock.advance(LONG_AGO)

    assert july.job(job["id"])["response"]["search_results"][0]["place_metadata"] is None


@pytest.mark.parametrize(("method", "path"), [
    ("POST", PATH), ("GET", PATH), ("GET", PATH + "/x"),
    ("POST", "/v1/async/sonar"), ("GET", "/v1/async/sonar"), ("GET", "/v1/async/sonar/x"),
])  # fmt: skip
def test_october_refuses_them_all(api: Api, method: str, path: str) -> None:
    answer = api.edition("2026-10").send(method, path, b"{}" if method == "POST" else None)

    assert refusal_of(answer) == (
        403,
        "chat_completions_not_available",
        f"Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar. Migrate here: {GUIDE}",
    )


def test_the_newer_paths_know_the_same_jobs(later: Later) -> None:
    job = later.submit(path="/v1/async/sonar")

    assert later.job(job["id"]) == later.api.get(f"/v1/async/sonar/{job['id']}").json()
    assert later.api.get("/v1/async/sonar").json() == later.listed()


def test_the_jobs_of_one_account_fail_and_are_not_billed(later: Later) -> None:
    failing = Later(later.api.under("pplx-mock-failing-job"), later.clock, later.app)
    job = failing.submit()
    later.clock.advance(LONG_AGO)
    failed = failing.job(job["id"])

    assert failed["status"] == failing.listed()["requests"][0]["status"] == "FAILED"
    assert failed["error_message"] == "Internal server error"
    assert failed["failed_at"] >= failed["started_at"]
    assert failed["response"] is failed["completed_at"] is None
    assert failing.api.get("/usage").json()["total"]["requests"] == 0


@pytest.mark.parametrize(("body", "kind"), [
    ({}, "invalid_request"),
    ({"request": {}}, "invalid_request"),
    ({"request": chat_body("hi", model="gpt-4")}, "invalid_model"),
    ({"request": {"model": "sonar", "messages": [{"role": "assistant", "content": "hi"}]}}, "invalid_message"),
    ({"request": chat_body("hi", max_tokens=3)}, "invalid_parameter"),
    ({"request": chat_body("hi", search_domain_filter=["a.example"] * 21)}, "invalid_search_domain_filter"),
    ({"request": chat_body("hi"), "idempotency_key": ""}, "invalid_request"),
    ({"request": chat_body("hi"), "idempotency_key": 7}, "invalid_request"),
])  # fmt: skip
def test_what_a_chat_would_refuse_is_refused_at_once(later: Later, body: Any, kind: str) -> None:
    assert later.api.refusal(PATH, body)[:2] == (400, kind)
    assert later.listed()["requests"] == []


def test_an_unknown_collection_is_not_found(later: Later) -> None:
    assert later.api.refusal(PATH, {"request": chat_body("hi", collection_id="none")})[0] == 404


def test_lenient_validation_knows_every_job(loop: asyncio.AbstractEventLoop) -> None:
    lenient = make(loop, validation="lenient")

    assert lenient.job("whatever")["status"] == "CREATED"
    assert lenient.submit(model="model", max_tokens=0, search_after_date_filter="someday")["model"] == "model"


def test_only_the_newest_jobs_are_kept(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.state.jobs.MOST_JOBS", 3)
    fresh = later.stranger()

    names = [fresh.submit(question=f"question {number}")["id"] for number in range(5)]

    assert [row["id"] for row in fresh.listed()["requests"]] == names[:1:-1]
    assert fresh.api.get(f"{PATH}/{names[0]}").status_code == 404


class Jobs(RuleBasedStateMachine):
    """Jobs of one account against a plain account of what must be: who was made when, and what time it is."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, tuple[float, str]] = {}
        self.keys: dict[str, str] = {}
        self.moment = 0.0

    @initialize()
    def open(self) -> None:
        import asyncio  # noqa: PLC0415

        self.loop = asyncio.new_event_loop()
        self.later = make(self.loop)

    @rule(model=st.sampled_from(["sonar", "sonar-pro", "sonar-deep-research"]), key=st.sampled_from([None, "a", "b"]))
    def submit(self, model: str, key: str | None) -> None:
        body: dict[str, Any] = {"request": chat_body("bees", model=model)}
        answer = self.later.api.post(PATH, body if key is None else {**body, "idempotency_key": key})
        known = self.keys.get(key or "")
        if known is None:
            name = answer.json()["id"]
            assert name not in self.jobs
            self.jobs[name] = (self.moment, model)
            if key is not None:
                self.keys[key] = name
        elif self.jobs[known][1] == model:
            assert answer.json()["id"] == known
        else:
            assert answer.status_code == 409

    @rule(seconds=st.sampled_from([0.125, 0.25, 0.5, 1.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.later.clock.advance(seconds)
        self.moment += seconds

    @rule()
    def forget(self) -> None:
        self.later.days_pass(WEEK)
        self.later.clock.advance(0)
        self.billed = self._ended() + getattr(self, "billed", 0)
        self.later.api.get("/usage")
        self.jobs.clear()
        self.keys.clear()

    @invariant()
    def every_job_is_as_far_as_its_time(self) -> None:
        for name, (since, model) in self.jobs.items():
            job = self.later.job(name)
            assert job["status"] == self._status(since, model)
            assert (job["response"] is not None) is (job["status"] == "COMPLETED")

    @invariant()
    def the_list_has_the_jobs_newest_first(self) -> None:
        if hasattr(self, "later"):
            assert [row["id"] for row in self.later.listed(limit=100)["requests"]] == [*self.jobs][::-1][:100]

    @invariant()
    def each_ended_job_is_billed_once(self) -> None:
        if hasattr(self, "later") and not hasattr(self, "billed"):
            assert self.later.api.get("/usage").json()["total"]["requests"] == self._ended()

    def _status(self, since: float, model: str) -> str:
        times = TIMES.models.get(model, TIMES.otherwise)
        passed = self.moment - since
        return (
            "CREATED"
            if passed < times.queued
            else "IN_PROGRESS"
            if passed < times.queued + times.running
            else "COMPLETED"
        )

    def _ended(self) -> int:
        return sum(self._status(*job) == "COMPLETED" for job in self.jobs.values())

    def teardown(self) -> None:
        if hasattr(self, "later"):
            self.loop.run_until_complete(self.later.api.client.aclose())
            self.loop.close()


TestJobs = Jobs.TestCase
TestJobs.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
