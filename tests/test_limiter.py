"""The limiter from outside: what `GET /account/limits` says is what happens next, and what the headers say then."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from math import floor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from mock_server import facts
from mock_server.clock import VirtualClock
from mock_server.limits.bucket import Rate, seconds
from mock_server.limits.rule import SECONDS, LimitRule
from tests.conftest import chat_body
from tests.test_bucket import Model

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from mock_server.jsontypes import JSON
    from mock_server.state.lane import Lane
    from tests.conftest import Api

FACTS = facts.load("complete")
NOW = FACTS.wire.now
LANES = count()
KEYS = ["one", "other", "pplx-mock-tier-0"]
CHATS = ["/chat/completions", "/v1/sonar", "/chat/completions/stream"]

keys = st.sampled_from(KEYS)
rules = st.lists(
    st.builds(
        LimitRule,
        target=st.sampled_from(["sonar", "sonar-deep-research", "search", "create_embeddings"]),
        count=st.integers(1, 12),
        period=st.sampled_from(["second", "minute"]),
        burst=st.none() | st.integers(1, 6),
    ),
    max_size=5,
    unique_by=lambda one: (one.target, one.period),
)


class Limits(RuleBasedStateMachine):
    """Some accounts ask while their limits change and time passes; a level in fractions stands for each bucket."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self.lane_name = f"limiter-{next(LANES)}"
        self.api = api
        self.lane: Lane = api.app.house.lanes.of(self.lane_name)
        self.clock = self.lane.clock
        self.everyone: tuple[LimitRule, ...] = ()
        self.own: dict[str, tuple[LimitRule, ...]] = {}
        self.models: dict[str, dict[tuple[str, str], Model]] = {}
        self.known: dict[str, Any] = {}

    @initialize(limits=rules)
    def begin(self, limits: list[LimitRule]) -> None:
        self.limits_of_all_change(limits)

    @rule(limits=rules)
    def limits_of_all_change(self, limits: list[LimitRule]) -> None:
        self.lane.limiter.set_limits(None, limits)
        self.everyone = tuple(limits)

    @rule(key=keys, limits=rules)
    def limits_of_one_change(self, key: str, limits: list[LimitRule]) -> None:
        self.lane.limiter.set_limits(key.encode(), [str(one) for one in limits])
        self.own[key] = tuple(limits)

    @rule(key=keys, credit=st.just(Decimal(1000)))
    def something_else_of_one_changes(self, key: str, credit: Decimal) -> None:
        self.lane.limiter.set_credit(key.encode(), credit)

    @rule(nanoseconds=st.integers(0, 3 * 10**9) | st.integers(0, 90).map(lambda number: number * 10**9))
    def time_passes(self, nanoseconds: int) -> None:
        self.clock.advance(Decimal(nanoseconds) / 10**9)
        for buckets in self.models.values():
            for model in buckets.values():
                model.advance(nanoseconds)

    @rule(key=keys, path=st.sampled_from(CHATS), model=st.sampled_from(["sonar", "sonar-deep-research", "sonar-pro"]))
    def somebody_chats(self, key: str, path: str, model: str) -> None:
        self.ask(key, model, path, chat_body("bees", model=model, max_tokens=20), 1)

    @rule(key=keys, queries=st.integers(1, 5))
    def somebody_searches(self, key: str, queries: int) -> None:
        self.ask(key, "search", "/search", {"query": ["bees"] * queries, "max_results": 1}, queries)

    @rule(key=keys)
    def somebody_embeds(self, key: str) -> None:
        self.ask(key, "create_embeddings", "/embeddings", {"input": "bees", "model": "pplx-embed-v1-0.6b"}, 1)

    @rule(key=keys, times=st.integers(2, 8))
    def somebody_asks_again_and_again(self, key: str, times: int) -> None:
        for _ in range(times):
            self.somebody_chats(key, "/chat/completions", "sonar")

    def ask(self, key: str, name: str, path: str, body: JSON, tokens: int) -> None:
        """Ask, having looked what is left; whether the call passes and what its headers say has to be as reported."""
        met = [row for row in self.report(key) if row["name"] == name]
        passes = all(row["remaining"] >= tokens for row in met)
        models = [model for (target, _), model in self.buckets(key).items() if target == name]

        answer = self.under(key).post(self.path(path), body)

        assert answer.status_code == (200 if passes else 429), answer.text
        assert passes == all(model.level >= tokens for model in models)
        if passes:
            assert all(model.take(tokens) for model in models)
        self.check_headers(answer, [row for row in self.report(key) if row["name"] == name], passes=passes)

    def check_headers(self, answer: httpx.Response, rows: list[Any], *, passes: bool) -> None:
        """The headers tell of one row, of the slowest where the call passed."""
        told = [answer.headers.get(f"x-ratelimit-{name}") for name in ("limit", "remaining", "used", "reset")]
        said = {
            row["period"]: [
                str(row["burst"]),
                str(row["remaining"]),
                str(row["burst"] - row["remaining"]),
                str(row["reset"]),
            ]
            for row in rows
        }
        if not rows:
            assert told == [None] * 4
        elif passes:
            assert told == said[max(said, key=lambda period: SECONDS[period])]
        else:
            assert told in said.values()

    def buckets(self, key: str) -> dict[tuple[str, str], Model]:
        """What limits the key is held to now, by target and period; full again where they have changed."""
        given = self.own.get(key, self.everyone)
        wanted = {
            (one.target, one.period): Rate(one.count, SECONDS[one.period], one.burst or one.count) for one in given
        }
        if key == "pplx-mock-tier-0":
            named = {one.target for one in given}
            for row in FACTS.limits:
                if row.name not in named:
                    wanted[row.name, row.period] = Rate(row.tiers[0], SECONDS[row.period], row.tiers[0])
        if self.known.get(key) != given:
            self.known[key] = given
            self.models[key] = {place: Model(rate) for place, rate in wanted.items()}
        return self.models[key]

    def report(self, key: str) -> list[Any]:
        """The report of the limits that hold; empty where none does."""
        report = self.under(key).get(self.path("/account/limits")).json()
        models = self.buckets(key)
        assert report["enforced"] == bool(models)
        if not models:
            return []
        assert {(row["name"], row["period"]): [row["limit"], row["burst"], row["remaining"], row["reset"]]
                for row in report["limits"]} == {
            place: [model.rate.count, model.rate.burst, floor(model.level),
                    NOW + seconds(model.time_for(model.rate.burst - model.level))]
            for place, model in models.items()
        }  # fmt: skip
        rows: list[Any] = report["limits"]
        return rows

    def under(self, key: str) -> Api:
        return self.api.under(key)

    def path(self, path: str) -> str:
        return f"/n/{self.lane_name}{path}"

    @rule()
    def all_look_what_is_left(self) -> None:
        for key in KEYS:
            self.report(key)

    def teardown(self) -> None:
        self.api.app.house.lanes.drop(self.lane_name)


def test_the_report_says_exactly_what_passes_next(fake: Callable[..., Api]) -> None:
    api = fake(clock=VirtualClock())

    # A step is several requests, so fewer of them than usual.
    effort = settings(stateful_step_count=25, max_examples=settings().max_examples // 2)
    run_state_machine_as_test(lambda: Limits(api), settings=effort)


@pytest.mark.parametrize("key", KEYS)
def test_a_limiter_that_is_off_looks_at_nobody(fake: Callable[..., Api], key: str) -> None:
    """The gate costs one look at `Limiter.on`, until something is limited for the first time."""
    api = fake(clock=VirtualClock())

    api.under(key).post("/search", {"query": "bees"})

    assert api.limiter.on is (key == "pplx-mock-tier-0")
