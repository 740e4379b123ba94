"""The clock of a lane: exact, frozen or running, and nobody waits for a moment that has passed."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mock_server import clock as clocks
from mock_server.clock import MOST_SECONDS, NANOSECONDS, LaneClock, VirtualClock, exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

amounts = st.decimals(min_value=0, max_value=10_000, places=9)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """The machine's own time, which goes on by nanoseconds when this is called."""
    passed = [12_345]

    def go_on(nanoseconds: int) -> None:
        passed[0] += nanoseconds

    monkeypatch.setattr(clocks, "_monotonic", lambda: passed[0])
    return go_on


async def turns() -> None:
    """Let whoever was called have a turn."""
    for _ in range(3):
        await asyncio.sleep(0)


# How late it is


@given(st.lists(amounts, max_size=30))
def test_steps_add_up_to_the_nanosecond(steps: list[Decimal]) -> None:
    clock = VirtualClock()

    for step in steps:
        clock.advance(step)

    assert clock.now_ns() == sum(steps, Decimal(0)) * NANOSECONDS


def test_ten_tenths_are_one_second() -> None:
    clock = VirtualClock()

    for _ in range(10):
        clock.advance(0.1)

    assert (clock.now(), clock.now_ns()) == (1.0, NANOSECONDS)


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [(1, 10**9), (1.2, 1_200_000_000), ("0.000000001", 1), ("1e-3", 10**6), (Decimal("2.5"), 2_500_000_000), (0, 0)],
)
def test_seconds_are_taken_as_they_are_written(written: Any, nanoseconds: int) -> None:
    assert exactly(written) == nanoseconds


@pytest.mark.parametrize(
    "wrong", [-1, -0.1, "-1e-9", float("nan"), float("inf"), "soon", "", MOST_SECONDS + 1, "1e400"]
)
def test_a_step_that_is_none_is_refused_and_nothing_moves(wrong: Any) -> None:
    clock = VirtualClock()

    with pytest.raises(ValueError, match=r"a clock goes forward|seconds are a number"):
        clock.advance(wrong)

    assert clock.now_ns() == 0


def test_a_clock_begins_at_zero_and_runs(machine: Callable[[int], None]) -> None:
    clock = LaneClock()
    assert (clock.mode, clock.now_ns()) == ("real", 0)

    machine(7)

    assert clock.now_ns() == 7


class Switching(RuleBasedStateMachine):
    """A clock that is frozen, run and advanced in any order shows what a plain sum does."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.machine = 0
        self.patch.setattr(clocks, "_monotonic", lambda: self.machine)
        self.clock = LaneClock()
        self.shown, self.runs = 0, True

    def teardown(self) -> None:
        self.patch.undo()

    @rule(passed=st.integers(0, 10**12))
    def time_passes(self, passed: int) -> None:
        self.machine += passed
        self.shown += passed if self.runs else 0

    @rule()
    def freeze(self) -> None:
        self.clock.freeze()
        self.runs = False

    @rule()
    def run(self) -> None:
        self.clock.run()
        self.runs = True

    @rule(amount=amounts)
    def advance(self, amount: Decimal) -> None:
        self.clock.advance(amount)
        self.shown += int(amount * NANOSECONDS)
        self.runs = False

    @rule(moment=amounts)
    def reach(self, moment: Decimal) -> None:
        self.clock.reach(float(moment))
        if not self.runs:
            self.shown = max(self.shown, round(float(moment) * NANOSECONDS))

    @invariant()
    def it_shows_the_sum(self) -> None:
        assert self.clock.now_ns() == self.shown
        assert self.clock.mode == ("real" if self.runs else "virtual")


TestSwitching = Switching.TestCase


def test_a_clock_that_goes_on_shows_no_other_time_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock()
    shown: list[str] = []
    monkeypatch.setattr(clocks, "_monotonic", lambda: shown.append(clock.mode) or 5_000)
    clock.run()

    assert shown == ["virtual"]


# Waiting


@given(moments=st.lists(amounts, min_size=1, max_size=12), steps=st.lists(amounts, min_size=1, max_size=6))
def test_whoever_waits_is_called_once_when_the_moment_is_passed_and_in_order(
    loop: asyncio.AbstractEventLoop, moments: list[Decimal], steps: list[Decimal]
) -> None:
    called: list[tuple[Decimal, int]] = []

    async def play() -> None:
        clock, now = VirtualClock(), Decimal(0)
        for number, moment in enumerate(moments):
            clock.call_at(float(moment), lambda moment=moment, number=number: called.append((moment, number)))  # type: ignore[misc]
        for step in [Decimal(0), *steps]:
            clock.advance(step)
            now += step
            await turns()
            due = sorted((moment, number) for number, moment in enumerate(moments) if moment <= now)
            assert sorted(called) == due
        assert [moment for moment, _ in called if moment > 0] == sorted(moment for moment, _ in called if moment > 0)
        assert clock.waiting == len(moments) - len(called)

    called.clear()
    loop.run_until_complete(play())


def test_of_two_that_wait_for_one_moment_the_first_is_called_first(loop: asyncio.AbstractEventLoop) -> None:
    called: list[str] = []

    async def play() -> None:
        clock = VirtualClock()
        clock.call_at(1, lambda: called.append("first"))
        clock.call_at(1, lambda: called.append("second"))
        clock.advance(1)
        await turns()

    loop.run_until_complete(play())
    assert called == ["first", "second"]


def test_a_moment_that_has_passed_is_called_at_once(loop: asyncio.AbstractEventLoop) -> None:
    async def play() -> None:
        clock, rung = VirtualClock(), asyncio.Event()
        clock.advance(5)
        clock.call_at(4, rung.set)
        await asyncio.wait_for(rung.wait(), 5)
        assert clock.waiting == 0

    loop.run_until_complete(play())


@pytest.mark.parametrize("frozen", [True, False])
def test_who_waits_no_more_is_not_called(loop: asyncio.AbstractEventLoop, *, frozen: bool) -> None:
    called: list[int] = []

    async def play() -> None:
        clock = LaneClock("virtual" if frozen else "real")
        clock.call_at(0.01, lambda: called.append(1)).cancel()
        assert clock.waiting == 0
        clock.advance(1)
        await asyncio.sleep(0.03)

    loop.run_until_complete(play())
    assert called == []


def test_a_frozen_clock_calls_nobody_however_long_it_takes(loop: asyncio.AbstractEventLoop) -> None:
    async def play() -> None:
        clock, rung = LaneClock(), asyncio.Event()
        clock.call_at(clock.now() + 0.02, rung.set)
        clock.freeze()
        await asyncio.sleep(0.06)
        assert (rung.is_set(), clock.waiting) == (False, 1)
        clock.run()
        await asyncio.wait_for(rung.wait(), 10)
        assert clock.waiting == 0

    loop.run_until_complete(play())


def test_a_clock_that_is_advanced_calls_whoever_waited_while_it_ran(loop: asyncio.AbstractEventLoop) -> None:
    called: list[int] = []

    async def play() -> None:
        clock = LaneClock()
        clock.call_at(clock.now() + 3600, lambda: called.append(1))
        clock.advance(3601)
        await turns()
        clock.run()
        await turns()

    loop.run_until_complete(play())
    assert called == [1]


def test_a_released_clock_keeps_nobody_now_or_later(loop: asyncio.AbstractEventLoop) -> None:
    called: list[int] = []

    async def play() -> None:
        clock = VirtualClock()
        clock.call_at(2, lambda: called.append(2))
        clock.call_at(1, lambda: called.append(1))
        clock.release()
        clock.call_at(99, lambda: called.append(99))
        await turns()

    loop.run_until_complete(play())
    assert called == [1, 2, 99]


def test_another_thread_may_advance_the_clock(loop: asyncio.AbstractEventLoop) -> None:
    async def play() -> None:
        clock, rung = VirtualClock(), asyncio.Event()
        clock.call_at(60, rung.set)
        thread = Thread(target=clock.advance, args=(60,))
        thread.start()
        await asyncio.wait_for(rung.wait(), 10)
        thread.join()

    loop.run_until_complete(play())


def test_who_waited_on_a_loop_that_is_closed_is_forgotten() -> None:
    clock, gone = VirtualClock(), asyncio.new_event_loop()

    async def wait() -> None:
        clock.call_at(1, lambda: None)

    gone.run_until_complete(wait())
    gone.close()
    clock.run()
    clock.freeze()
    clock.advance(2)

    assert clock.waiting == 0
