"""Pacing: when frames are due, who says so, and that an hour takes no time on a clock that tests move."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.app import create_app
from mock_server.clock import LaneClock, VirtualClock
from mock_server.settings import Settings
from mock_server.state.habits import Pace
from mock_server.streaming import pacing
from mock_server.streaming.pacing import Schedule
from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.conftest import Api

CHAT = "/chat/completions"
STREAM = chat_body("How do bees find their way home?", stream=True, max_tokens=20)
FRAMES = 21

paces = st.builds(Pace, st.floats(0, 3600), st.floats(0.01, 1000), st.floats(0, 1))
digests = st.binary(min_size=32, max_size=32)


# The schedule


@given(paces, digests, st.integers(0, 5000))
def test_frames_are_due_in_their_order_and_near_their_moments(pace: Pace, digest: bytes, frame: int) -> None:
    schedule, gap = Schedule(pace, digest), 1 / pace.tps

    assert 0 <= schedule.due(frame) <= schedule.due(frame + 1)
    assert abs(schedule.due(frame) - (pace.ttft + frame * gap)) <= pace.jitter * gap / 2 + 1e-9


@given(paces, digests)
def test_jitter_is_the_same_for_the_same_request(pace: Pace, digest: bytes) -> None:
    first, again = Schedule(pace, digest), Schedule(pace, digest)

    assert [first.due(frame) for frame in range(50)] == [again.due(frame) for frame in range(50)]


def test_jitter_differs_from_frame_to_frame_and_request_to_request() -> None:
    one, other = (Schedule(Pace(0, 10, 1), bytes([number]) * 32) for number in range(2))

    strays = {round(schedule.due(frame) - frame / 10, 6) for schedule in (one, other) for frame in range(1, 50)}
    assert len(strays) > 90
    assert -0.05 <= min(strays) < -0.04
    assert 0.04 < max(strays) <= 0.05


def test_without_jitter_gaps_are_even() -> None:
    schedule = Schedule(Pace(0.5, 20), b"")

    assert [schedule.due(frame) for frame in range(3)] == pytest.approx([0.5, 0.55, 0.6])


def test_without_a_rate_all_frames_are_due_with_the_first() -> None:
    assert {Schedule(Pace(2), b"").due(frame) for frame in range(100)} == {2}


# How a pace is written


@given(st.floats(0, 3600), st.floats(0, 100_000), st.floats(0, 1))
def test_a_pace_is_read_as_it_is_written(ttft: float, tps: float, jitter: float) -> None:
    text = f"ttft={ttft:.9f}, tps={tps:.9f},jitter={jitter:.9f}"

    read = pacing.parse(text, Pace())
    assert (read.ttft, read.tps, read.jitter) == pytest.approx((ttft, tps, jitter), abs=1e-9)


def test_what_a_pace_does_not_name_stays_as_it_was() -> None:
    assert pacing.parse("tps=20", Pace(1, 5, 0.2)) == Pace(1, 20, 0.2)


@pytest.mark.parametrize("text", ["none", "", " none "])
def test_no_pace_can_be_asked_for(text: str) -> None:
    assert pacing.parse(text, Pace(1, 5, 0.2)) == Pace()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tsp=3", "there is no pace 'tsp'. Did you mean 'tps'?"),
        ("speed=3", "Known: ttft, tps, jitter."),
        ("tps", "tps is a number of 0 or more, got ''"),
        ("tps=-1", "got '-1'"),
        ("tps=1e3", "got '1e3'"),
        ("tps=nan", "got 'nan'"),
        ("tps=٣", "got"),
        ("jitter=1.5", "jitter is 0 to 1, got 1.5"),
        ("ttft=3601", "ttft is 0 to 3600, got 3601"),
    ],
)
def test_a_pace_that_is_none_is_explained(api: Api, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"there is no|is a number|is 0 to") as caught:
        pacing.parse(text, Pace())

    assert said in str(caught.value)
    if text.isascii():
        status, kind, message = refusal_of(under(api, pace=text).post(CHAT, STREAM))
        assert (status, kind, message) == (400, "invalid_request", f"x-mock-stream-pace: {caught.value}")


# Streams on a clock that tests move


def under(api: Api, *, pace: str) -> Api:
    return type(api)(api.client, api.loop, api.key, {**api.headers, "x-mock-stream-pace": pace})


async def until(come: Callable[[], bool]) -> None:
    """Let others run until something has come about."""
    while not come():  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0)


class Stage:
    """A fake on a virtual clock, in whose streams each write is noted with the time it came at."""

    def __init__(self, **settings: Any) -> None:
        self.clock = VirtualClock()
        self.app = create_app(Settings(**settings), clock=self.clock)

    async def play(self, steps: list[float], *, key: str = "a", body: Any = STREAM, **headers: str) -> list[float]:
        """Stream while the clock advances by some steps; returns when each frame came."""
        heard: list[float] = []
        told = {"authorization": f"Bearer {key}", **{f"x-mock-stream-{name}": value for name, value in headers.items()}}
        playing = asyncio.create_task(self._ask(body, told, heard))
        for step in steps:
            await self._settle(playing)
            self.clock.advance(step)
        await asyncio.wait_for(playing, 10)
        return heard

    async def _settle(self, playing: asyncio.Task[None]) -> None:
        await until(lambda: self.clock.waiting > 0 or playing.done())

    async def _ask(self, body: Any, headers: dict[str, str], heard: list[float]) -> None:
        async def noted(scope: Any, receive: Any, send: Any) -> None:
            async def note(message: Any) -> None:
                heard.extend([self.clock.now()] * message.get("body", b"").count(b"data: {"))
                await send(message)

            await self.app(scope, receive, note)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(noted), base_url="http://fake") as client:
            answer = await client.post(CHAT, json=body, headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def play(loop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, list[float]]], list[float]]:
    return loop.run_until_complete


def test_each_frame_comes_when_it_is_due(play: Any) -> None:
    heard = play(Stage().play([0.5] + [0.1] * 20, pace="ttft=0.5,tps=10"))

    assert heard == pytest.approx([0.5 + 0.1 * number for number in range(FRAMES)], abs=0.11)
    assert heard == sorted(heard)


@pytest.mark.parametrize("seconds", [3600, 1e6])
def test_an_hour_of_a_stream_takes_no_time(play: Any, seconds: float) -> None:
    heard = play(Stage().play([seconds], pace=f"ttft=1200,tps={FRAMES / 2400}"))

    assert heard == [seconds] * FRAMES


@given(late=st.floats(0.2, 3), before=st.integers(1, 10))
def test_a_late_frame_does_not_push_back_the_next_ones(
    loop: asyncio.AbstractEventLoop, late: float, before: int
) -> None:
    """The clock jumps over some frames, as it does for a busy server; those after the jump come as if it had not."""
    steps = [0.1] * before + [late] + [0.05] * 60
    heard = loop.run_until_complete(Stage().play(steps, pace="tps=10"))

    jumped = 0.1 * before + late
    assert len(heard) == FRAMES
    for number, moment in enumerate(heard):
        due = number * 0.1
        if due > jumped:
            assert due - 1e-9 <= moment <= due + 0.05 + 1e-9
        else:
            assert moment <= max(due, jumped) + 0.05 + 1e-9


def test_a_server_has_a_pace(play: Any) -> None:
    assert play(Stage(ttft=7, tokens_per_second=1).play([7] + [1] * 20)) == [7 + number for number in range(FRAMES)]


def test_a_key_has_a_pace(play: Any) -> None:
    heard = play(Stage(ttft=7).play([0.2] * 12, key="pplx-mock-slow"))

    assert heard[0] == pytest.approx(1.0, abs=0.21)
    assert all(0 <= after - before < 0.41 for before, after in pairwise(heard))
    assert heard[-1] == pytest.approx(2.0, abs=0.41)


def test_an_account_can_be_given_a_pace(play: Any) -> None:
    stage = Stage()
    accounts: Any = stage.app.house.lanes.default.accounts  # type: ignore[attr-defined]  # the fake's own application
    accounts.of(b"slow", {}).pace = Pace(3)

    assert play(stage.play([3], key="slow")) == [3] * FRAMES
    assert play(stage.play([], key="quick")) == [3] * FRAMES


def test_a_request_has_the_last_word(play: Any) -> None:
    stage = Stage(ttft=7)

    assert play(stage.play([], key="pplx-mock-slow", pace="none")) == [0] * FRAMES
    assert play(stage.play([2.0], pace="ttft=2")) == [2] * FRAMES


def test_pacing_changes_no_byte(api: Api) -> None:
    plain = api.stranger().post(CHAT, STREAM).content

    assert under(api.stranger(), pace="tps=2000,jitter=1").post(CHAT, STREAM).content == plain


def test_in_a_long_silence_deep_research_sends_keep_alive_comments(loop: asyncio.AbstractEventLoop) -> None:
    stage, written = Stage(), []

    async def play() -> list[float]:
        inner = stage.app

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            async def note(message: Any) -> None:
                written.append((stage.clock.now(), message.get("body", b"")[:6]))
                await send(message)

            await inner(scope, receive, note)

        stage.app = noted  # type: ignore[assignment]
        return await stage.play([15] * 4, body={**STREAM, "model": "sonar-deep-research"}, pace="ttft=50")

    heard = loop.run_until_complete(play())
    assert heard == [60] * FRAMES
    assert [moment for moment, start in written if start == b": ping"] == [0, 15, 30, 45]


def test_a_client_that_goes_away_ends_the_wait_at_once(loop: asyncio.AbstractEventLoop) -> None:
    clock = VirtualClock()
    app = create_app(clock=clock)
    body = httpx.Request("POST", "http://fake", json=STREAM).content
    left, sent = asyncio.Event(), []
    heard = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        for message in heard:
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def abandon() -> None:
        headers = [(b"authorization", b"Bearer a"), (b"x-mock-stream-pace", b"ttft=10,tps=1")]
        scope = {"type": "http", "method": "POST", "path": CHAT, "query_string": b"", "headers": headers}
        serving = asyncio.create_task(app(scope, receive, send))
        await until(lambda: clock.waiting > 0)
        clock.advance(10.5)
        await until(lambda: len(sent) == 2 and clock.waiting > 0)
        left.set()
        await asyncio.wait_for(serving, 5)
        for _ in range(3):
            await asyncio.sleep(0)
        assert clock.waiting == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}

    loop.run_until_complete(abandon())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


# Clocks


def test_a_virtual_clock_calls_back_in_order_and_not_before(loop: asyncio.AbstractEventLoop) -> None:
    clock, called = VirtualClock(), []

    async def wait() -> None:
        for moment in (3.0, 1.0, 2.0):
            clock.call_at(moment, lambda moment=moment: called.append(moment))  # type: ignore[misc]
        clock.call_at(1.5, lambda: called.append(1.5)).cancel()
        assert clock.waiting == 3
        clock.advance(2.5)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    loop.run_until_complete(wait())
    assert called == [1.0, 2.0]
    assert (clock.now(), clock.waiting) == (2.5, 1)


def test_a_virtual_clock_does_not_go_backwards() -> None:
    with pytest.raises(ValueError, match=r"forward, not by -1"):
        VirtualClock().advance(-1)


def test_the_real_clock_is_that_of_the_loop(loop: asyncio.AbstractEventLoop) -> None:
    async def wait() -> float:
        clock, rung = LaneClock(), asyncio.Event()
        start = clock.now()
        clock.call_at(start + 0.02, rung.set)
        await rung.wait()
        return clock.now() - start

    assert 0.015 <= loop.run_until_complete(wait()) < 2
