"""Buckets: they refill evenly and exactly, as the vendor's worked cases say, and as a plain model in fractions does."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mock_server.limits.bucket import Bucket, Rate

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


def passed(bucket: Bucket, moments: list[int]) -> int:
    return sum(bucket.take(moment) for moment in moments)


# The vendor's worked cases (evidence 5.2)


@pytest.mark.parametrize(("count", "gap"), [(50, 20), (500, 2), (1000, 1)])
def test_a_full_bucket_passes_its_burst_at_once_and_then_one_by_one(count: int, gap: int) -> None:
    bucket = Bucket(Rate(count, 1, count))

    assert passed(bucket, [0] * (count + 1)) == count
    assert not bucket.take(gap * MILLISECOND - 1)
    assert bucket.take(gap * MILLISECOND)
    assert not bucket.take(gap * MILLISECOND)


def test_requests_at_the_very_rate_pass_for_ever() -> None:
    bucket = Bucket(Rate(50, 1, 50))
    passed(bucket, [0] * 50)

    assert passed(bucket, [number * 20 * MILLISECOND for number in range(1, 10_001)]) == 10_000


def test_requests_a_little_too_close_drain_it_slowly() -> None:
    """Every 19 ms one token goes and 19/20 of one come back, so 50 tokens last for 981 requests."""
    bucket = Bucket(Rate(50, 1, 50))

    outcomes = [bucket.take(number * 19 * MILLISECOND) for number in range(2000)]

    assert outcomes.index(False) == 981
    assert 0.94 < sum(outcomes[981:]) / len(outcomes[981:]) < 0.96


def test_a_limit_by_the_minute_gives_a_token_every_1200_milliseconds() -> None:
    bucket = Bucket(Rate(50, 60, 50))
    passed(bucket, [0] * 50)

    assert bucket.wait(0) == 1200 * MILLISECOND
    assert not bucket.take(1200 * MILLISECOND - 1)
    assert bucket.take(1200 * MILLISECOND)


# What no float would keep


def test_a_rate_that_does_not_divide_a_second_is_exact_after_a_year() -> None:
    """7 a second: at second n exactly 7 n tokens have come back, never one nanosecond off."""
    bucket = Bucket(Rate(7, 1, 7))
    passed(bucket, [0] * 7)
    year = 365 * 86_400 * SECOND

    for start in (0, year):
        assert bucket.remaining(start) == (7 if start else 0)
        passed(bucket, [start] * 7)
        for number in range(1, 50):
            due = start + ceil(Fraction(number * SECOND, 7))
            assert not bucket.take(due - 1)
            assert bucket.take(due)


# Several tokens at once


def test_several_tokens_are_taken_all_or_none() -> None:
    bucket = Bucket(Rate(50, 1, 50))

    assert bucket.take(0, 48)
    assert not bucket.take(0, 3)
    assert bucket.remaining(0) == 2
    assert bucket.take(0, 2)


def test_more_tokens_than_the_bucket_holds_never_pass() -> None:
    bucket = Bucket(Rate(50, 1, 2))

    assert bucket.wait(0, 3) is None
    assert not bucket.take(10**15, 3)


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_a_rate_of_nothing_is_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="is 1 or more, got"):
        Rate(*numbers)


@given(
    st.builds(Rate, st.integers(1, 5000), st.sampled_from([1, 60, 3600]), st.integers(1, 5000)),
    st.integers(0, 10**18),
    st.data(),
)
def test_who_waits_as_long_as_told_passes_and_who_waits_less_does_not(
    rate: Rate, now: int, data: st.DataObject
) -> None:
    bucket = Bucket(rate)
    bucket.take(now, data.draw(st.integers(1, rate.burst)))
    tokens = data.draw(st.integers(1, rate.burst))

    wait = bucket.wait(now, tokens)

    assert wait is not None
    if wait:
        assert not bucket.take(now + wait - 1, tokens)
    assert bucket.take(now + wait, tokens)


class Model:
    """The bucket in plain words: a level in fractions that rises evenly up to a brim."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.level = Fraction(rate.burst)
        self.now = 0

    def advance(self, nanoseconds: int) -> None:
        self.now += nanoseconds
        gained = Fraction(nanoseconds * self.rate.count, self.rate.period * SECOND)
        self.level = min(self.level + gained, Fraction(self.rate.burst))

    def take(self, tokens: int) -> bool:
        if self.level < tokens:
            return False
        self.level -= tokens
        return True

    def time_for(self, gain: Fraction) -> int:
        return max(ceil(gain * self.rate.period * SECOND / self.rate.count), 0)


class Buckets(RuleBasedStateMachine):
    """Whatever is done to a bucket and to its model, both say the same."""

    @initialize(rate=st.builds(Rate, st.integers(1, 300), st.sampled_from([1, 7, 60, 86_400]), st.integers(1, 60)))
    def begin(self, rate: Rate) -> None:
        self.bucket, self.model = Bucket(rate), Model(rate)

    @rule(nanoseconds=st.one_of(st.integers(0, 10**12), st.integers(0, 100).map(lambda number: number * SECOND)))
    def time_passes(self, nanoseconds: int) -> None:
        self.model.advance(nanoseconds)

    @precondition(lambda self: self.model.level < self.model.rate.burst)
    @rule(early=st.sampled_from([0, 1]))
    def time_passes_until_the_next_token(self, early: int) -> None:
        """To the very nanosecond, or one before it."""
        missing = floor(self.model.level) + 1 - self.model.level
        self.model.advance(max(self.model.time_for(missing) - early, 0))

    @rule(tokens=st.integers(1, 70))
    def tokens_are_taken(self, tokens: int) -> None:
        assert self.bucket.take(self.model.now, tokens) == self.model.take(tokens)

    @rule()
    def all_tokens_are_taken(self) -> None:
        left = floor(self.model.level)
        for _ in range(left):
            assert self.bucket.take(self.model.now)
        self.model.level -= left
        assert not self.bucket.take(self.model.now)

    @invariant()
    def the_same_is_left(self) -> None:
        assert self.bucket.remaining(self.model.now) == floor(self.model.level)

    @invariant()
    def it_is_full_at_the_same_moment(self) -> None:
        assert self.bucket.full_in(self.model.now) == self.model.time_for(self.model.rate.burst - self.model.level)

    @invariant()
    def the_next_one_waits_as_long(self) -> None:
        assert self.bucket.wait(self.model.now) == self.model.time_for(1 - self.model.level)


TestBuckets = Buckets.TestCase
