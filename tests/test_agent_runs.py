"""Runs in the background: queued, in progress, ended or cancelled, on a clock that tests move; streams taken up."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mock_server import edition
from mock_server.clock import VirtualClock
from mock_server.faults.model import Fault
from mock_server.state.runs import MOST_RUNS, Memory, Run, Runs
from mock_server.stubs.model import Stub
from tests.agent_strategies import AGENT, events, said
from tests.conftest import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Api

BEES = "How do bees find their way home?"
TASK = {"preset": "medium", "input": BEES, "background": True}
HABITS = edition.load("complete").facts.agent.background
WHOLE = HABITS.queued + HABITS.running
TERMINAL = (400, "invalid_request", "the run is already terminal and cannot be cancelled")
CHECK = edition.load("complete").operations["retrieve_agent"].responses[200].body


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def still(fake: Callable[..., Api], clock: VirtualClock) -> Api:
    """A fake whose pacing clock stands until a test moves it."""
    return fake(clock=clock)


def begun(api: Api, **fields: Any) -> Any:
    return api.ask(AGENT, {**TASK, **fields})


def read(api: Api, name: str) -> Any:
    body = api.get(f"{AGENT}/{name}").json()
    assert CHECK is not None
    assert [error.message for error in CHECK.iter_errors(body)] == []
    return body


def cancel(api: Api, name: str) -> Any:
    return api.send("POST", f"{AGENT}/{name}/cancel")


def test_a_background_task_comes_back_at_once_and_queued(still: Api) -> None:
    body = begun(still)

    assert (body["status"], body["model"], body["output"], body["usage"]) == ("queued", "medium", [], None)
    assert body["background"] is True
    assert body["tools"] == []
    assert body["completed_at"] is None


def test_it_is_queued_then_in_progress_with_what_is_done_then_completed(still: Api, clock: VirtualClock) -> None:
    name = begun(still)["id"]
    plain = still.stranger().ask(AGENT, {**TASK, "background": False})

    seen = [read(still, name)]
    clock.advance(HABITS.queued)
    seen.append(read(still, name))
    clock.advance(HABITS.running * 0.6)
    seen.append(read(still, name))
    clock.advance(HABITS.running * 0.41)
    seen.append(read(still, name))

    assert [body["status"] for body in seen] == ["queued", "in_progress", "in_progress", "completed"]
    assert [len(body["output"]) for body in seen] == [0, 0, 3, 5]
    assert {item["type"] for item in seen[2]["output"]} == {"search_results"}
    assert said(seen[3]) == said(plain)
    assert (seen[3]["model"], seen[3]["usage"]) == (plain["model"], plain["usage"])


def test_a_run_that_has_ended_is_charged_once_and_one_that_was_cancelled_is_not(
    still: Api, clock: VirtualClock
) -> None:
    def charged() -> int:
        return int(still.get("/usage").json()["total"]["requests"])

    name = begun(still)["id"]
    assert charged() == 0
    clock.advance(WHOLE + 1)
    assert (charged(), charged()) == (1, 1)
    assert read(still, name)["usage"]["cost"]["total_cost"] == still.get("/usage").json()["total"]["cost"]

    cancel(still, begun(still)["id"])
    clock.advance(WHOLE + 1)
    assert charged() == 1


def test_a_cancelled_run_stops_a_little_later_and_keeps_what_it_had(still: Api, clock: VirtualClock) -> None:
    name = begun(still)["id"]
    clock.advance(HABITS.queued + HABITS.running * 0.6)

    answer = cancel(still, name)
    meanwhile = read(still, name)
    clock.advance(HABITS.cancelling)
    body = read(still, name)

    assert answer.json() == {"response_id": name, "status": "cancelling"}
    assert meanwhile["status"] == "in_progress"
    assert body["status"] == "cancelled"
    assert body["error"] == {"code": "cancelled", "message": "cancelled", "type": "cancelled"}
    assert body["incomplete_details"] == {"reason": "cancelled"}
    assert (body["usage"], body["completed_at"], body["model"]) == (None, None, "medium")
    assert len(body["output"]) >= 3


def test_a_run_may_be_cancelled_twice_before_it_stops_and_not_after(still: Api, clock: VirtualClock) -> None:
    name = begun(still)["id"]

    assert [cancel(still, name).status_code for _ in range(2)] == [200, 200]
    clock.advance(HABITS.cancelling)
    assert refusal_of(cancel(still, name)) == TERMINAL


def test_what_has_ended_and_what_never_was_cannot_be_cancelled(still: Api, clock: VirtualClock) -> None:
    name = begun(still)["id"]
    clock.advance(WHOLE)

    assert refusal_of(cancel(still, name)) == TERMINAL
    assert refusal_of(cancel(still, still.ask(AGENT, {"preset": "fast", "input": BEES})["id"])) == TERMINAL
    assert refusal_of(cancel(still, "resp_00000000-0000-0000-0000-000000000000")) == TERMINAL
    assert refusal_of(cancel(still.stranger(), begun(still)["id"])) == TERMINAL
    assert refusal_of(cancel(still, "nothing")) == (400, "invalid_request", "invalid response id")


def test_a_run_that_still_works_cannot_be_gone_on_from(still: Api, clock: VirtualClock) -> None:
    name = begun(still)["id"]
    body = {"preset": "fast", "input": "Why?", "previous_response_id": name}

    assert still.refusal(AGENT, body) == (400, "invalid_request", "invalid request")
    clock.advance(WHOLE)
    assert still.post(AGENT, body).status_code == 200


def test_the_files_of_a_run_are_there_when_it_has_ended(still: Api, clock: VirtualClock) -> None:
    name = begun(still, tools=[{"type": "sandbox"}])["id"]

    assert still.get(f"{AGENT}/{name}/files").json()["data"] == []
    clock.advance(WHOLE)
    assert len(still.get(f"{AGENT}/{name}/files").json()["data"]) == 1


def test_a_background_task_that_is_not_stored_cannot_be_read(still: Api) -> None:
    assert still.get(f"{AGENT}/{begun(still, store=False)['id']}").status_code == 404


def test_a_run_goes_at_the_pace_that_was_asked_for(still: Api, clock: VirtualClock) -> None:
    answer = still.send(
        "POST", AGENT, b'{"preset":"fast","input":"bees","background":true}',
        content_type="application/json", x_mock_stream_pace="ttft=100,tps=1",
    )  # fmt: skip
    name = answer.json()["id"]

    clock.advance(99)
    assert read(still, name)["status"] == "queued"
    clock.advance(2)
    assert read(still, name)["status"] == "in_progress"
    clock.advance(3600)
    assert read(still, name)["status"] == "completed"


def test_the_dates_of_a_background_run_are_written_anew_on_each_read(still: Api, clock: VirtualClock) -> None:
    name = begun(still)["id"]
    clock.advance(WHOLE)
    before = read(still, name)
    still.lanes.default.moved += 60

    after = read(still, name)

    assert after["created_at"] == before["created_at"] + 60
    assert after["completed_at"] == after["created_at"]


# Streams taken up again


@pytest.mark.parametrize("after", [0, 1, 2, 7, 20])
def test_a_stream_is_taken_up_after_a_number(api: Api, after: int) -> None:
    whole = [data for _, data in events(api.post(AGENT, {"preset": "fast", "input": BEES, "stream": True}))]
    name = whole[0]["response"]["id"]

    rest = [data for _, data in events(api.get(f"{AGENT}/{name}", stream="true", starting_after=after))]

    assert rest == [event for event in whole if event["sequence_number"] > after]


def test_a_stream_may_be_read_again_from_the_start(api: Api) -> None:
    name = api.ask(AGENT, {"preset": "fast", "input": BEES})["id"]

    told = events(api.get(f"/v1/responses/{name}", stream="true"))

    assert [told[0][0], told[-1][0]] == ["response.created", "response.completed"]


@pytest.mark.parametrize(
    ("query", "status"), [({"stream": "yes"}, 400), ({"stream": "true", "starting_after": -1}, 400),
                          ({"stream": "true", "starting_after": 5000}, 400), ({"starting_after": 5}, 200)],
)  # fmt: skip
def test_a_place_that_makes_no_sense_is_refused(api: Api, query: Any, status: int) -> None:
    name = api.ask(AGENT, {"preset": "fast", "input": BEES})["id"]

    assert api.get(f"{AGENT}/{name}", **query).status_code == status


def told_in_time(
    api: Api, clock: VirtualClock, stop: Callable[[], None] | None = None, *, path: str = "", pace: str = ""
) -> list[tuple[str, Any]]:
    """The events of a background run that is streamed while the clock is moved on; `stop` is called half-way."""

    async def listen() -> Any:
        headers = {"authorization": f"Bearer {api.key}", **({"x-mock-stream-pace": pace} if pace else {})}
        if path:
            asked = asyncio.ensure_future(api.client.get(path, headers=headers))
        else:
            asked = asyncio.ensure_future(api.client.post(AGENT, json={**TASK, "stream": True}, headers=headers))
        for step in count():
            if asked.done():
                return await asked
            await asyncio.sleep(0)
            if clock.waiting:
                clock.advance(WHOLE / 100)
            if step == 400 and stop is not None:
                stop()
        raise AssertionError("unreachable")

    return events(api.loop.run_until_complete(listen()))


def test_a_background_run_can_be_streamed_as_it_goes(still: Api, clock: VirtualClock) -> None:
    told = told_in_time(still, clock)
    name = told[0][1]["response"]["id"]

    assert told[-1][0] == "response.completed"
    assert clock.now() == pytest.approx(WHOLE, rel=0.2)
    clock.advance(WHOLE)
    assert read(still, name)["output"] == told[-1][1]["response"]["output"]


@pytest.mark.parametrize("pace", ["", "ttft=1,tps=500", "tps=200,jitter=1", "ttft=0.5"])
def test_a_stream_ends_no_sooner_than_its_run(still: Api, clock: VirtualClock, pace: str) -> None:
    name = told_in_time(still, clock, pace=pace)[0][1]["response"]["id"]

    assert read(still, name)["status"] == "completed"


@pytest.mark.parametrize("pace", ["", "tps=100000", "ttft=0.1,tps=5000,jitter=1", "ttft=3,tps=9"])
@pytest.mark.parametrize("after", [0, 30, -1])
def test_a_stream_that_is_taken_up_ends_no_sooner_than_its_run(
    still: Api, clock: VirtualClock, pace: str, after: int
) -> None:
    last = told_in_time(still, clock)[-1][1]["sequence_number"]
    name = begun(still)["id"]
    clock.advance(HABITS.queued + HABITS.running / 2)

    place = last + after if after < 0 else after
    told = told_in_time(still, clock, path=f"{AGENT}/{name}?stream=true&starting_after={place}", pace=pace)

    assert told[-1][0] == "response.completed"
    assert read(still, name)["status"] == "completed"


def test_a_stream_ends_when_its_run_is_cancelled(still: Api, clock: VirtualClock) -> None:
    def stop() -> None:
        for run in [*still.lanes.default.accounts._accounts[b"tester"].runs._runs.values()]:
            run.cancel(clock.now(), 0)

    told = told_in_time(still, clock, stop)

    assert told[-1][0] == "response.cancelled"
    assert told[-1][1]["response"]["status"] == "cancelled"
    numbers = [data["sequence_number"] for _, data in told]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("after", [-1, 3, 500])
def test_the_stream_of_a_run_that_was_cancelled_tells_what_was_done_and_the_end(
    still: Api, clock: VirtualClock, after: int
) -> None:
    name = begun(still)["id"]
    clock.advance(HABITS.queued + HABITS.running * 0.6)
    cancel(still, name)
    clock.advance(HABITS.cancelling)
    kept = read(still, name)

    place = {} if after < 0 else {"starting_after": after}
    told = events(still.get(f"{AGENT}/{name}", stream="true", **place))

    assert told[-1] == ("response.cancelled", told[-1][1])
    assert told[-1][1]["response"] == kept
    assert all(data["sequence_number"] > after for _, data in told)
    done = [data["item"] for kind, data in told if kind == "response.output_item.done"]
    assert kept["output"]
    assert done == (kept["output"] if after < 0 else kept["output"][-len(done) :] if done else [])


# What stubs and faults do to a run


@pytest.fixture
def stubbed(api: Api) -> Iterator[Callable[..., Api]]:
    """A maker of accounts whose lane has one stub, and no longer than the test."""

    def stub(reply: Any, **more: Any) -> Api:
        api.lanes.default.stubs.clear()
        api.lanes.default.stubs.add(
            Stub.model_validate({"when": {"operation": "create_agent"}, "reply": reply, **more})
        )
        return api.stranger()

    yield stub
    api.lanes.default.stubs.clear()


@pytest.fixture
def struck(still: Api) -> Iterator[Callable[..., Api]]:
    """The same with one fault, on a clock that stands still."""

    def fault(**effects: Any) -> Api:
        still.lanes.default.faults.add(Fault.model_validate({"operation": "create_agent", **effects}))
        return still.stranger()

    yield fault
    still.lanes.default.faults.clear()


@pytest.mark.parametrize("reply", [{"patch": {"metadata": {"a": "b"}, "temperature": 0.5}}, {"text": "Bzz.[1]"}])
def test_a_scripted_answer_can_be_read_again(stubbed: Callable[..., Api], reply: Any) -> None:
    account = stubbed(reply)

    said = account.ask(AGENT, {"preset": "fast", "input": BEES})

    assert said["metadata"] == ({"a": "b"} if "patch" in reply else {})
    assert read(account, said["id"]) == said


def test_a_scripted_stream_can_be_taken_up_at_any_number(stubbed: Callable[..., Api]) -> None:
    account = stubbed({"stream": {"deltas": ["Be", "es da", "nce", "."]}})

    whole = events(account.post(AGENT, {"preset": "fast", "input": BEES, "stream": True}))
    rest = events(account.get(f"{AGENT}/{whole[0][1]['response']['id']}", stream="true", starting_after=9))

    assert rest == [event for event in whole if event[1]["sequence_number"] > 9]
    assert "es da" in [data.get("delta") for _, data in whole]


def test_a_patch_is_over_the_answer_in_the_background_and_over_its_end(still: Api, clock: VirtualClock) -> None:
    still.lanes.default.stubs.add(Stub.model_validate({"reply": {"patch": {"metadata": {"a": "b"}}}}))

    said = begun(still)
    still.lanes.default.stubs.clear()
    clock.advance(WHOLE)

    assert (said["status"], said["metadata"]) == ("queued", {"a": "b"})
    assert read(still, said["id"])["metadata"] == {"a": "b"}


def test_a_run_that_a_stub_made_nonsense_of_is_read_all_the_same(stubbed: Callable[..., Api]) -> None:
    nonsense = {"output": [5, {}, {"type": "message", "content": [None, {}]}, {"type": "search_results"}]}
    account = stubbed(
        {"patch": {**nonsense, "status": None, "usage": 7, "background": None, "error": None}}, check=False
    )

    name = account.ask(AGENT, {"preset": "fast", "input": BEES})["id"]
    account.lanes.default.stubs.clear()

    assert account.get(f"{AGENT}/{name}").status_code == 200
    assert account.get(f"{AGENT}/{name}", stream="true").status_code == 200


def test_a_whole_body_is_neither_billed_nor_kept_where_it_is_streamed(stubbed: Callable[..., Api]) -> None:
    body = read(account := stubbed({"text": "Bzz."}), account.ask(AGENT, {"preset": "fast", "input": BEES})["id"])
    account = stubbed({"body": body})

    told = events(account.post(AGENT, {"preset": "fast", "input": BEES, "stream": True}))

    assert told[-1][1]["response"] == body
    assert account.get("/usage").json()["total"]["requests"] == 0
    assert account.get(f"{AGENT}/{told[0][1]['response']['id']}").status_code == 404


@pytest.mark.parametrize("name", ["failed", "incomplete", "cancelled"])
def test_a_run_that_a_fault_ends_is_ended_for_whoever_reads_it(struck: Callable[..., Api], name: str) -> None:
    account = struck(run=name)

    said = account.ask(AGENT, {"preset": "fast", "input": BEES})

    assert said["status"] == name
    assert account.get(f"{AGENT}/{said['id']}").json() == said


def test_a_background_run_that_a_fault_ends_is_queued_first(struck: Callable[..., Api], clock: VirtualClock) -> None:
    account = struck(run="failed")

    said = begun(account)
    clock.advance(WHOLE)

    assert said["status"] == "queued"
    assert read(account, said["id"])["status"] == "failed"
    assert account.refusal(AGENT, {"preset": "fast", "input": "on", "previous_response_id": said["id"]})[0] == 400


@pytest.mark.parametrize(
    "effect", [{"wrap": "prose"}, {"cut_text": 0.5}, {"near_empty": True}, {"empty_results": True}]
)
def test_what_a_fault_does_to_a_text_is_done_once_and_kept(struck: Callable[..., Api], effect: Any) -> None:
    account = struck(**effect)

    streamed = events(account.post(AGENT, {"preset": "fast", "input": BEES, "stream": True}))[-1][1]["response"]
    said = account.ask(AGENT, {"preset": "fast", "input": BEES})

    assert read(account, said["id"]) == said
    assert [item.get("content", [{}])[0].get("text") for item in streamed["output"]] == [
        item.get("content", [{}])[0].get("text") for item in said["output"]
    ]
    assert str(said).count("Let me know if you need anything else.") == ("wrap" in effect)


# The store


def run_of(number: int, *, begins: float = 0, ends: float = 0) -> Run:
    body: Any = {"status": "completed", "output": [], "background": True}
    return Run(f"resp_{number}", "complete", body, body, True, 0, begins, ends, Memory("", {}, 0))  # noqa: FBT003


def test_the_oldest_runs_are_forgotten() -> None:
    runs = Runs()
    for number in range(MOST_RUNS + 1):
        runs.put(run_of(number))

    assert runs.find("resp_0", "complete") is None
    assert runs.find("resp_1", "complete") is not None
    assert runs.find("resp_1", "2026-10") is None


class Life(RuleBasedStateMachine):
    """One run, asked about and cancelled at any moment: it goes one way, and ends once."""

    @initialize(queued=st.floats(0, 10), running=st.floats(0.1, 10))
    def begin(self, queued: float, running: float) -> None:
        self.now = 0.0
        self.run = run_of(1, begins=queued, ends=queued + running)
        self.seen = ["queued"]
        self.cancelled = False

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: not self.cancelled)
    @rule(delay=st.floats(0, 3))
    def cancel(self, delay: float) -> None:
        terminal = self.run.status(self.now) in {"completed", "cancelled"}
        accepted = self.run.cancel(self.now, delay)
        assert accepted is not terminal
        self.cancelled = accepted

    @invariant()
    def goes_one_way(self) -> None:
        status = self.run.status(self.now)
        order = ["queued", "in_progress", "cancelled" if self.cancelled else "completed"]
        assert order.index(status) >= max((order.index(seen) for seen in self.seen if seen in order), default=0)
        assert self.run.runs(self.now) is (status in order[:2])
        assert 0 <= self.run.share(self.now) <= 1
        self.seen.append(status)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
