"""Lanes: what happens in one never shows in another, and a reset leaves no trace."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.app import create_app
from mock_server.clock import VirtualClock
from mock_server.errors import ApiError
from mock_server.state.lane import Lane
from mock_server.state.lanes import DEFAULT, Lanes
from mock_server.state.parts import PARTS
from tests.conftest import chat_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mock_server.jsontypes import JSON
    from tests.conftest import Api

Action = tuple[str, str, Any]
Answer = tuple[int, bytes, dict[str, str]]

KEYS = ["one-key-of-two", "other-key-of-two"]
STUB = {"when": {"operation": "search"}, "reply": {"patch": {"id": "a-stub-was-here"}}}
REQUESTS: list[Action] = [
    ("POST", "/search", {"query": "bees"}),
    ("POST", "/search", {"query": "tides", "max_results": 1}),
    ("POST", "/chat/completions", chat_body("How do bees find home?", max_tokens=16)),
    ("POST", "/chat/completions", chat_body("How do bees find home?", max_tokens=16, stream=True)),
    ("POST", "/search/domains", {"deny": ["example.org"]}),
    ("POST", "/collections", {"name": "shelf"}),
    ("GET", "/usage", None),
    ("GET", "/account/limits", None),
    ("GET", "/nowhere", None),
]
CHANGES: list[Action] = [
    ("PUT", "seed", {"seed": 7}),
    ("PUT", "edition", {"edition": "2026-10"}),
    ("POST", "clock", {"advance": 30}),
    ("POST", "clock", {"move": 86_400}),
    ("POST", "faults", {"status": 503, "nth": 2}),
    ("POST", "faults", {"share": 0.5, "missing_key": "id", "operation": "search"}),
    ("DELETE", "faults", None),
    ("POST", "stubs", STUB),
    ("PUT", "stubs", {"strict": True}),
    ("PUT", "limits", {"limits": ["*=2/minute"]}),
    ("PUT", "accounts", {"key": KEYS[0], "credit": 0.006}),
    ("PUT", "accounts", {"key": KEYS[1], "tier": 0}),
    ("POST", "reset", {"key": KEYS[0]}),
    ("POST", "reset", {"only": ["accounts", "limits"]}),
    ("POST", "reset", {}),
    ("GET", "accounts", None),
    ("GET", "clock", None),
]
actions = st.tuples(st.sampled_from(REQUESTS) | st.sampled_from(CHANGES), st.sampled_from(KEYS))
names = st.sampled_from(["red", "green", DEFAULT])


class Stage:
    """A fake on clocks that stand still, whose lanes are asked one thing after the other."""

    def __init__(self) -> None:
        self.app = create_app(clock=VirtualClock())
        self.lanes: Lanes = self.app.house.lanes  # type: ignore[attr-defined]  # the fake's own application

    def play(self, loop: asyncio.AbstractEventLoop, steps: Iterable[tuple[str, tuple[Action, str]]]) -> list[Answer]:
        """Begin anew, then ask; returns what was answered."""
        for lane in [*self.lanes]:
            self.lanes.drop(lane.name)
        return loop.run_until_complete(self._ask([*steps]))

    async def _ask(self, steps: list[tuple[str, tuple[Action, str]]]) -> list[Answer]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://fake") as client:
            return [await self._answer(client, lane, action, key) for lane, (action, key) in steps]

    async def _answer(self, client: httpx.AsyncClient, lane: str, action: Action, key: str) -> Answer:
        method, path, body = action
        prefix = f"/n/{lane}" if lane else ""
        where = path if path.startswith("/") else f"/__admin/{path}"
        headers = {"authorization": f"Bearer {key}"}
        answer = await client.request(method, prefix + where, json=body, headers=headers)
        assert answer.status_code < 600
        return answer.status_code, answer.content, dict(answer.headers)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@given(steps=st.lists(st.tuples(names, actions), min_size=2, max_size=16))
@settings(max_examples=60)
def test_what_others_do_changes_nothing_in_a_lane(
    loop: asyncio.AbstractEventLoop, stage: Stage, steps: list[tuple[str, tuple[Action, str]]]
) -> None:
    """Each lane answers in company what it answers alone. The clock of the default lane is the one that was given."""
    steps = [step for step in steps if step[0] != DEFAULT or step[1][0][1] != "clock"]
    together = stage.play(loop, steps)

    for name in {name for name, _ in steps}:
        alone = stage.play(loop, [step for step in steps if step[0] == name])
        assert [answer for (other, _), answer in zip(steps, together, strict=True) if other == name] == alone


@given(before=st.lists(actions, max_size=8), after=st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=4))
@settings(max_examples=40)
def test_after_a_reset_a_lane_answers_as_a_new_one(
    loop: asyncio.AbstractEventLoop, stage: Stage, before: list[tuple[Action, str]], after: list[Action]
) -> None:
    reset: Action = ("POST", "reset", {})
    asked = [("red", (action, KEYS[0])) for action in after]

    told = stage.play(loop, [*(("red", step) for step in before), ("red", (reset, KEYS[0])), *asked])

    assert told[-len(asked) :] == stage.play(loop, asked)


def test_a_lane_begins_as_the_server_was_started(fake: Callable[..., Api]) -> None:
    started = fake(seed=5, edition="2026-07", limit=("*=1/day",))

    health = started.get("/n/new/__admin/health").json()

    assert (health["lane"], health["edition"], health["seed"]) == ("new", "2026-07", 5)
    assert started.get("/n/new/__admin/limits").json()["limits"] == ["*=1/day"]


@pytest.mark.parametrize(
    "path", ["/search", "/models/perplexity/sonar", "/openapi.json", "/nowhere", "/__admin/health"]
)
def test_a_lane_has_every_path_that_there_is(api: Api, path: str) -> None:
    assert api.get(f"/n/any{path}").status_code == api.get(path).status_code


def test_a_name_may_be_anything_without_a_slash(api: Api) -> None:
    for name in ("tests%20of%20mine", "%C3%BC", "..", "a.b:c", "__admin", "n", "-" * 128):
        assert api.get(f"/n/{name}/models").status_code == 200, name


# The table of lanes


class Table:
    """Lanes that are made here, to count them."""

    def __init__(self, most: int = 3) -> None:
        self.made: list[str] = []
        self.lanes = Lanes(self._make, most=most)

    def _make(self, name: str) -> Lane:
        self.made.append(name)
        return Lane(name=name, seed=0, edition="complete", clock=VirtualClock())


def test_a_lane_is_made_on_first_use_and_then_the_same() -> None:
    table = Table()

    assert table.lanes.of("a") is table.lanes.of("a")
    assert table.made == [DEFAULT, "a"]


def test_lanes_are_listed_in_the_order_of_their_first_use() -> None:
    table = Table()
    for name in ("b", "a", "b"):
        table.lanes.of(name)

    assert [lane.name for lane in table.lanes] == [DEFAULT, "b", "a"]


def test_there_are_no_more_lanes_than_there_may_be_until_one_is_dropped() -> None:
    table = Table(most=2)
    table.lanes.of("a")
    table.lanes.of("b")

    with pytest.raises(ApiError) as refused:
        table.lanes.of("c")
    assert (refused.value.name, refused.value.facts) == ("too_many_lanes", {"most": 2})
    assert table.lanes.of("a").name == "a"
    assert table.lanes.drop("a")
    assert table.lanes.of("c").name == "c"


def test_a_name_has_an_end() -> None:
    with pytest.raises(ApiError, match="lane_name_too_long"):
        Table().lanes.of("a" * 129)


def test_a_dropped_lane_is_another_when_it_is_used_again() -> None:
    table = Table()
    before = table.lanes.of("a"), table.lanes.default

    assert (table.lanes.drop("a"), table.lanes.drop("a"), table.lanes.drop(DEFAULT)) == (True, False, True)
    assert table.lanes.of("a") is not before[0]
    assert table.lanes.default is not before[1]


def test_streams_of_a_dropped_lane_run_out_at_once(loop: asyncio.AbstractEventLoop, stage: Stage) -> None:
    paced = {"authorization": "Bearer a", "x-mock-stream-pace": "ttft=3600,tps=1"}
    body = chat_body("How do bees find home?", stream=True, max_tokens=16)

    async def play() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="http://fake") as client:
            streaming = asyncio.create_task(client.post("/n/slow/chat/completions", json=body, headers=paced))
            while not stage.lanes.of("slow").clock.waiting:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0)
            assert (await client.post("/n/slow/__admin/reset", json={})).is_success
            return await asyncio.wait_for(streaming, 20)

    assert loop.run_until_complete(play()).content.endswith(b"\r\n\r\n")


# Parts


def _changed(lane: Lane) -> None:
    """Change every part of a lane."""
    lane.seed, lane.edition, lane.moved = 9, "2026-10", 60
    lane.limiter.set_tier(None, 0)
    lane.accounts.of(b"a key", {})


def _shown(lane: Lane) -> dict[str, JSON]:
    return {
        "seed": lane.seed,
        "edition": lane.edition,
        "clock": lane.moved,
        "limits": lane.limiter.everyone.tier,
        "accounts": len(lane.accounts),
    }


@pytest.mark.parametrize("part", ["seed", "edition", "clock", "limits", "accounts"])
def test_one_part_goes_back_and_the_others_stay(part: Any) -> None:
    table = Table()
    new, lane = _shown(table.lanes.of("new")), table.lanes.of("a")
    _changed(lane)
    changed = _shown(lane)

    table.lanes.restore(lane, [part])

    assert _shown(lane) == {**changed, part: new[part]}


def test_all_parts_together_are_a_whole_lane() -> None:
    table = Table()
    lane = table.lanes.of("a")
    _changed(lane)

    table.lanes.restore(lane, [*PARTS])

    assert _shown(lane) == _shown(table.lanes.of("new"))


def test_a_clock_that_was_frozen_runs_again_and_loses_nothing() -> None:
    lanes = Lanes(lambda name: Lane(name=name, seed=0, edition="complete"))
    lane = lanes.of("a")
    lane.clock.advance(100)

    lanes.restore(lane, ["clock"])

    assert lane.clock.mode == "real"
    assert lane.clock.now() >= 100


# One account


def test_a_forgotten_account_is_new_and_the_others_are_not(api: Api) -> None:
    mine, other = api.stranger(), api.stranger()
    first = mine.search()
    for one in (mine, other):
        one.search()

    assert api.post("/__admin/reset", {"key": mine.key}).is_success

    assert mine.get("/usage").json()["total"]["requests"] == 0
    assert other.get("/usage").json()["total"]["requests"] == 1
    assert mine.search()["id"] == first["id"]


def test_an_account_is_forgotten_under_all_of_its_keys() -> None:
    lane = Table().lanes.default
    account = lane.accounts.of(b"first", {})
    lane.accounts.admit(b"second", account)

    assert lane.forget(b"second")

    assert len(lane.accounts) == 0
    assert not lane.forget(b"second")


# Speed


def _median(work: Callable[[int], object], rounds: int = 101) -> float:
    """Seconds that one round takes."""
    taken = []
    for number in range(rounds):
        start = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[rounds // 2]


def test_to_make_and_to_reset_a_lane_or_an_account_takes_less_than_a_millisecond(stage: Stage) -> None:
    lane = stage.lanes.of("quick")

    assert _median(lambda number: (stage.lanes.of(f"quick-{number}"), stage.lanes.drop(f"quick-{number}"))) < 0.001
    assert _median(lambda number: (lane.accounts.of(b"%d" % number, {}), lane.forget(b"%d" % number))) < 0.001
    assert _median(lambda _: stage.lanes.restore(lane, [*PARTS])) < 0.001
