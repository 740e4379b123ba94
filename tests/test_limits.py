"""Limits: the vendor's table by tier, limits of one's own, whom each holds, and what a refusal says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import edition, facts
from mock_server.clock import VirtualClock
from mock_server.contract import editions
from mock_server.errors import SettingsError
from mock_server.limits import rule
from mock_server.limits.limiter import Limiter
from mock_server.limits.rule import LimitRule
from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from mock_server.jsontypes import JSON
    from tests.conftest import Api

    Fake = Callable[..., Api]

FACTS = facts.load("complete")
NOW = FACTS.wire.now
SONAR = [50, 150, 500, 1000, 4000, 4000]
RESEARCH = [5, 10, 20, 40, 60, 100]
TABLE = {
    ("sonar", "minute"): SONAR,
    ("sonar-pro", "minute"): SONAR,
    ("sonar-reasoning-pro", "minute"): SONAR,
    ("sonar-deep-research", "minute"): RESEARCH,
    ("search", "second"): [50] * 6,
    ("agent", "second"): [1, 3, 8, 17, 33, 33],
    ("agent", "minute"): [50, 150, 500, 1000, 2000, 2000],
    ("async-create", "minute"): RESEARCH,
    ("async-list", "minute"): [3000] * 6,
    ("async-get", "minute"): [6000] * 6,
}
"""Requests by tier 0 to 5: evidence 5.1, the vendor's page of the first half of 2026."""
TOLD = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset"]
REFUSED = (429, "request_rate_limit_exceeded", "Request rate limit exceeded, please try again later.")
EMBEDDING: dict[str, JSON] = {"input": "bees", "model": "pplx-embed-v1-0.6b", "dimensions": 128}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def limits_of(api: Api) -> Any:
    return api.get("/account/limits").json()


def told(answer: httpx.Response) -> list[int | None]:
    """Limit, remaining, used, and seconds until reset, as the headers tell them."""
    numbers = [answer.headers.get(name) for name in TOLD]
    found = [None if number is None else int(number) for number in numbers]
    return [*found[:3], None if found[3] is None else found[3] - NOW]


def statuses(api: Api, times: int, path: str = "/search", body: JSON = None) -> list[int]:
    return [api.post(path, body or {"query": "bees"}).status_code for _ in range(times)]


# The table


@pytest.mark.parametrize("tier", range(6))
def test_each_tier_has_the_limits_of_the_vendors_table(api: Api, tier: int) -> None:
    report = limits_of(api.under(f"pplx-mock-tier-{tier}"))

    assert (report["tier"], report["enforced"]) == (tier, True)
    assert {(limit["name"], limit["period"]): limit["limit"] for limit in report["limits"]} == {
        place: tiers[tier] for place, tiers in TABLE.items()
    }
    assert all(limit["burst"] == limit["limit"] for limit in report["limits"])


def test_a_limit_of_the_table_is_for_something_that_there_is() -> None:
    operations = edition.load("complete").operations

    for limit in FACTS.limits:
        assert limit.operations or limit.models, limit.name
        assert set(limit.operations) <= operations.keys(), limit.name
        assert set(limit.models) <= FACTS.models.keys(), limit.name
    assert set(FACTS.without_credit) <= operations.keys()


def test_any_other_key_is_of_tier_0_and_not_held_to_it(api: Api) -> None:
    report, held = limits_of(api.stranger()), limits_of(api.under("pplx-mock-tier-0"))

    assert (report["tier"], report["enforced"]) == (0, False)
    assert report["limits"] == held["limits"]


def test_nothing_drains_while_nothing_is_limited(api: Api) -> None:
    account = api.stranger()
    answers = [account.post("/search", {"query": "çay"}) for _ in range(60)]

    report = limits_of(account)

    assert all(limit["remaining"] == limit["limit"] for limit in report["limits"])
    assert all(limit["reset"] == NOW for limit in report["limits"])
    assert not any(name in answer.headers for answer in answers for name in TOLD)


def test_keys_stand_in_the_order_of_the_contract(api: Api) -> None:
    report = limits_of(api)

    assert [*report] == ["object", "tier", "enforced", "limits"]
    assert [*report["limits"][0]] == ["name", "period", "limit", "burst", "remaining", "reset"]
    assert report["object"] == "account.limits"


# What switches it on


def test_a_tier_of_the_server_holds_all_accounts(fake: Fake, clock: VirtualClock) -> None:
    api = fake(tier=0, clock=clock)

    assert statuses(api, 51) == [200] * 50 + [429]
    assert statuses(api.under("another"), 51) == [200] * 50 + [429]


def test_the_tier_of_a_well_known_key_wins_over_the_servers(fake: Fake, clock: VirtualClock) -> None:
    api = fake(tier=0, clock=clock).under("pplx-mock-tier-1")

    assert limits_of(api)["tier"] == 1


def test_a_well_known_key_is_limited_while_others_are_not(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock)
    research = chat_body("bees", model="sonar-deep-research", max_tokens=20)

    assert statuses(api.under("pplx-mock-tier-0"), 6, "/chat/completions", research) == [200] * 5 + [429]
    assert statuses(api, 6, "/chat/completions", research) == [200] * 6


def test_what_was_said_of_one_key_wins_over_what_was_said_of_all(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=1/minute",))
    api.limiter.set_limits(b"few", "search=2/minute")
    api.limiter.set_limits(b"free", [])

    found = [statuses(api.under(key), 4) for key in ("few", "free", "plain")]

    assert found == [[200, 200, 429, 429], [200] * 4, [200, 429, 429, 429]]


def test_a_limit_may_come_and_go_while_the_server_runs(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock)
    limiter = api.limiter
    assert statuses(api, 3) == [200] * 3
    limiter.set_limits(None, "search=2/minute")
    assert statuses(api, 3) == [200, 200, 429]
    limiter.set_limits(None, None)
    assert statuses(api, 3) == [200] * 3
    limiter.set_tier(api.key.encode(), 3)
    assert limits_of(api)["tier"] == 3
    limiter.forget(api.key.encode())
    assert limits_of(api)["enforced"] is False


def test_what_is_taken_back_leaves_what_the_server_was_told(fake: Fake, clock: VirtualClock) -> None:
    limiter = fake(clock=clock, tier=3, quota=9).limiter

    limiter.set_tier(None, 1)
    limiter.set_quota(b"one", 5)
    assert (limiter.everyone.tier, limiter.everyone.quota) == (1, 9)
    limiter.set_tier(None, None)

    assert (limiter.everyone.tier, limiter.everyone.quota, limiter.said(None).tier) == (3, 9, None)


def test_buckets_are_full_again_when_their_account_gets_other_limits_and_only_then(
    fake: Fake, clock: VirtualClock
) -> None:
    api = fake(clock=clock, limit=("search=2/minute",))
    assert statuses(api, 3) == [200, 200, 429]

    api.limiter.set_limits(b"somebody else", "search=5/minute")
    api.limiter.set_quota(api.key.encode(), 100)
    assert statuses(api, 1) == [429]
    api.limiter.set_limits(None, "search=2/minute,burst=1")

    assert statuses(api, 2) == [200, 429]


def test_a_reset_leads_back_to_the_settings_and_to_full_buckets(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=2/minute",))
    assert statuses(api, 3) == [200, 200, 429]
    api.limiter.set_limits(api.key.encode(), "search=1/minute")
    assert statuses(api, 2) == [200, 429]

    api.limiter.reset()

    assert statuses(api, 3) == [200, 200, 429]
    api.limiter.reset()
    assert statuses(api, 3) == [200, 200, 429]


# Whom a limit holds


def test_each_key_has_buckets_of_its_own(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=2/minute",))

    assert [statuses(api.under(key), 3) for key in "ab"] == [[200, 200, 429]] * 2


def test_each_model_has_a_bucket_of_its_own_and_all_its_endpoints_share_it(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("sonar=2/minute", "sonar-pro=1/minute"))

    def ask(path: str, model: str) -> int:
        return api.post(path, chat_body("bees", model=model)).status_code

    assert ask("/chat/completions", "sonar") == 200
    assert ask("/v1/sonar", "sonar") == 200
    assert ask("/chat/completions/stream", "sonar") == 429
    assert ask("/chat/completions", "sonar-pro") == 200
    assert ask("/chat/completions", "sonar-pro") == 429
    assert ask("/chat/completions", "sonar-reasoning-pro") == 200
    assert statuses(api, 2) == [200, 200]


def test_a_search_takes_a_token_for_each_query(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=7/second",))
    five = {"query": ["one", "two", "three", "four", "five"]}

    answers = [api.post("/search", five), api.post("/search", five), api.post("/v1/search", {"query": ["one", "two"]})]

    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert [told(answer)[1] for answer in answers] == [2, 2, 0]


def test_a_search_for_more_than_the_bucket_holds_never_passes(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=2/second",), retry_after=True)

    answer = api.post("/search", {"query": ["one", "two", "three"]})
    clock.advance(3600)

    assert answer.status_code == 429
    assert "retry-after" not in answer.headers
    assert api.post("/search", {"query": ["one", "two", "three"]}).status_code == 429
    assert api.post("/search", {"query": ["one", "two"]}).status_code == 200


def test_embeddings_are_limited_only_where_somebody_says_so_and_refuse_in_their_own_words(
    fake: Fake, clock: VirtualClock
) -> None:
    api = fake(clock=clock, tier=0)
    assert statuses(api, 60, "/embeddings", EMBEDDING) == [200] * 60

    api.limiter.set_limits(None, "create_embeddings=1/minute")

    assert api.post("/embeddings", EMBEDDING).status_code == 200
    assert refusal_of(api.post("/v1/embeddings", EMBEDDING)) == (
        *REFUSED[:2], "Rate limit exceeded, please try again later.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "held"),
    [
        ("*", {"/search", "/v1/search", "/models", "/embeddings"}),
        ("search", {"/search", "/v1/search"}),
        ("list_models", {"/models"}),
        ("pplx-embed-v1-0.6b", {"/embeddings"}),
    ],
)
def test_a_limit_of_ones_own_is_for_what_it_names(fake: Fake, clock: VirtualClock, target: str, held: set[str]) -> None:
    bodies: dict[str, JSON] = {"/search": {"query": "a"}, "/v1/search": {"query": "a"}, "/embeddings": EMBEDDING}
    refused = set()
    for path in ("/search", "/v1/search", "/models", "/embeddings"):
        api = fake(clock=clock, limit=(f"{target}=1/day",))
        sends = [lambda api=api, path=path: api.post(path, bodies[path]) if path in bodies else api.get(path)] * 2
        first, second = (send() for send in sends)
        assert first.status_code == 200
        if second.status_code == 429:
            refused.add(path)

    assert refused == held


def test_an_alias_can_be_limited_alone(fake: Fake, clock: VirtualClock) -> None:
    alias = next(one.id for one in edition.load("complete").operations.values() if one.path == "/v1/search")
    api = fake(clock=clock, limit=(f"{alias}=1/minute",))

    assert statuses(api, 2, "/search") == [200, 200]
    assert statuses(api, 2, "/v1/search") == [200, 429]


def test_a_limit_of_ones_own_takes_the_place_of_the_tables_and_the_others_stay(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, tier=1, limit=("sonar=5/minute,burst=2", "list_models=1/hour"))

    report = {limit["name"]: limit for limit in limits_of(api)["limits"]}

    assert (report["sonar"]["limit"], report["sonar"]["burst"]) == (5, 2)
    assert report["sonar-pro"]["limit"] == 150
    assert report["list_models"]["period"] == "hour"


def test_of_two_limits_both_have_to_let_a_call_pass_and_a_refused_call_takes_from_neither(
    fake: Fake, clock: VirtualClock
) -> None:
    api = fake(clock=clock, limit=("search=1/second", "search=3/minute"))

    found = []
    for _ in range(4):
        found.append((statuses(api, 2), [limit["remaining"] for limit in limits_of(api)["limits"]]))
        clock.advance(1)

    assert found == [([200, 429], [0, 2]), ([200, 429], [0, 1]), ([200, 429], [0, 0]), ([429, 429], [1, 0])]


# What the client is told


def test_an_answer_tells_what_is_left(fake: Fake, clock: VirtualClock) -> None:
    """As captured: 50 a minute, one used, all there again in about a second (evidence 5.4)."""
    api = fake(clock=clock, tier=0)

    first, second = (api.post("/chat/completions", chat_body("bees")) for _ in range(2))

    assert (told(first), told(second)) == ([50, 49, 1, 2], [50, 48, 2, 3])
    assert first.headers["x-request-id"] == first.json()["id"]


def test_a_stream_tells_it_too(fake: Fake, clock: VirtualClock) -> None:
    answer = fake(clock=clock, tier=0).post("/chat/completions", chat_body("bees", stream=True))

    assert told(answer)[:3] == [50, 49, 1]


def test_a_refusal_has_the_wires_body_and_tells_what_is_left(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("sonar=5/minute,burst=2",))
    statuses(api, 2, "/chat/completions", chat_body("bees"))

    answer = api.post("/chat/completions", chat_body("bees"))

    assert refusal_of(answer) == REFUSED
    assert told(answer) == [2, 0, 2, 24]
    assert "retry-after" not in answer.headers


def test_a_refusal_says_when_to_come_again_where_that_is_wished(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("sonar=50/minute,burst=1",), retry_after=True)
    body = chat_body("bees")
    first = api.post("/chat/completions", body)
    waits = []
    for _ in range(3):
        waits.append(api.post("/chat/completions", body).headers["retry-after"])
        clock.advance("0.3")

    assert "retry-after" not in first.headers
    assert waits == ["2", "1", "1"]


def test_who_comes_again_when_told_is_answered(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=7/minute,burst=3",), retry_after=True)
    for _ in range(20):
        answer = api.post("/search", {"query": "bees"})
        if answer.status_code == 429:
            clock.advance(int(answer.headers["retry-after"]))
            assert api.post("/search", {"query": "bees"}).status_code == 200


def test_of_several_limits_an_answer_tells_the_slowest_and_a_refusal_the_one_to_wait_for(
    fake: Fake, clock: VirtualClock
) -> None:
    api = fake(clock=clock, limit=("search=1/second", "search=30/minute"))

    assert told(api.post("/search", {"query": "a"}))[:3] == [30, 29, 1]
    assert told(api.post("/search", {"query": "a"}))[:3] == [1, 0, 1]


@pytest.mark.parametrize("edition", ["complete", "2026-10"])
def test_the_agent_is_limited_by_the_second_and_by_the_minute(fake: Fake, clock: VirtualClock, edition: str) -> None:
    """As captured on tier 0: the headers tell the minute, while one a second passes (evidence 5.1, 5.4)."""
    api = fake(clock=clock, edition=edition).under("pplx-mock-tier-0")
    body: JSON = {"model": "openai/gpt-6-luna", "input": "bees"}

    first = api.post("/v1/agent", body)
    second = api.post("/v1/responses", body)
    clock.advance(1)
    third = api.post("/v1/agent", body)

    assert [answer.status_code for answer in (first, second, third)] == [200, 429, 200]
    names = TOLD[:3]
    assert [[answer.headers[name] for name in names] for answer in (first, second, third)] == [
        ["50", "49", "1"], ["1", "0", "1"], ["50", "48", "2"],
    ]  # fmt: skip


def test_async_jobs_have_limits_for_making_listing_and_looking(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock).under("pplx-mock-tier-0")
    body: JSON = {"request": chat_body("bees", model="sonar-deep-research", max_tokens=20)}

    made = [api.post("/async/chat/completions", body) for _ in range(6)]
    listed = api.get("/v1/async/sonar")
    looked = api.get(f"/async/chat/completions/{made[0].json()['id']}")

    assert [answer.status_code for answer in made] == [200] * 5 + [429]
    assert [answer.headers["x-ratelimit-limit"] for answer in (made[0], listed, looked)] == ["5", "3000", "6000"]


def test_sonars_answers_of_july_2026_tell_nothing_and_its_refusals_do(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, edition="2026-07", limit=("sonar=1/minute",))

    answer, refusal = (api.post("/chat/completions", chat_body("bees")) for _ in range(2))

    assert not set(TOLD) & set(answer.headers)
    assert refusal.status_code == 429
    assert refusal.headers["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize("name", editions.names())
def test_every_answer_and_every_429_may_tell_what_is_left(name: str) -> None:
    silent = {"/chat/completions", "/v1/sonar"} if name == "2026-07" else set()
    told = {header.encode() for header in TOLD}
    for operation in edition.load(name).operations.values():
        for status, response in operation.responses.items():
            if status == 429 or (status in {200, 201} and operation.path not in silent):
                assert told <= response.headers, f"{operation.endpoint} {status}"
        assert 429 in operation.responses, operation.endpoint
        assert b"retry-after" in operation.responses[429].headers, operation.endpoint


# What takes a token


def test_a_request_that_is_refused_later_has_taken_its_token(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("sonar=2/minute", "search=1/minute"))

    assert statuses(api, 2, "/chat/completions", chat_body("bees", temperature="hot")) == [400, 400]
    assert statuses(api, 1, "/chat/completions", chat_body("bees")) == [429]
    assert api.send("POST", "/search", b"{", content_type="application/json").status_code == 400
    assert statuses(api, 1) == [429]


def test_a_body_that_cannot_be_read_names_no_model_and_takes_no_token_of_one(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("sonar=1/minute",))

    for content in (b"", b"{", b"[]", b'"sonar"', b'{"model": ["sonar"]}', b'{"model": null}'):
        assert api.send("POST", "/chat/completions", content, content_type="application/json").status_code == 400
    assert statuses(api, 1, "/chat/completions", chat_body("bees")) == [200]


def test_a_wrong_key_and_a_body_that_is_too_large_take_none(fake: Fake, clock: VirtualClock) -> None:
    api = fake(clock=clock, limit=("search=1/minute", "sonar=1/minute"))

    assert statuses(api.under("pplx-mock-invalid"), 2) == [401, 401]
    assert api.send("POST", "/search", b" " * 33_554_433, content_type="application/json").status_code == 413
    assert statuses(api, 2) == [200, 429]


def test_an_answer_says_the_same_with_limits_and_without(fake: Fake, clock: VirtualClock, api: Api) -> None:
    limited = fake(clock=clock, tier=5)
    body = chat_body("How do bees find their way home?", stream=True)

    for path, sent in (("/chat/completions", body), ("/search", {"query": ["a", "b"]}), ("/embeddings", EMBEDDING)):
        key = f"same-{path}"
        assert limited.under(key).post(path, sent).content == api.under(key).post(path, sent).content


# How limits are written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sonar=5/minute", [("sonar", 5, "minute", None)]),
        (" sonar = 5 / minute , burst = 2 ", [("sonar", 5, "minute", 2)]),
        ("a=1/second;b=2/day,burst=9;", [("a", 1, "second", None), ("b", 2, "day", 9)]),
        ("openai/gpt-6-luna=1/hour", [("openai/gpt-6-luna", 1, "hour", None)]),
        ("", []),
    ],
)
def test_a_limit_is_read(text: str, found: list[Any]) -> None:
    assert [(one.target, one.count, one.period, one.burst) for one in rule.rules(text)] == found


@given(
    st.builds(
        LimitRule,
        target=st.sampled_from(["sonar", "*", "openai/gpt-6-luna"]),
        count=st.integers(1, rule.MOST),
        period=st.sampled_from([*rule.SECONDS]),
        burst=st.none() | st.integers(1, rule.MOST),
    )
)
def test_a_limit_that_is_written_is_read_as_it_was(one: LimitRule) -> None:
    assert rule.rules(str(one)) == (one,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sonar", r"limit 'sonar': write it as 'search=5/minute,burst=2', several with ; between"),
        ("sonar=5", r"limit 'sonar=5': write it as "),
        ("sonar=-5/minute", r"limit 'sonar=-5/minute': write it as "),
        ("sonar=0/minute", r"limit 'sonar': count is 1 to 1000000000, got 0"),
        ("sonar=5/minute,burst=0", r"limit 'sonar': burst is 1 to 1000000000, got 0"),
        ("sonar=5/fortnight", r"limit 'sonar': a period is one of second, minute, hour, day, got 'fortnight'"),
        ("sonar=5/minute;sonar=6/minute", r"limit 'sonar': there are two by the minute; give one"),
        ("sonra=5/minute", r"limit 'sonra': there is nothing of this name; did you mean 'sonar'\?"),
        ("§=5/minute", r"limit '§': there is nothing of this name; give a model, an operation id, the name of a"),
    ],
)
def test_a_limit_that_is_none_stops_the_start_with_a_sentence(fake: Fake, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"^{reason}"):
        fake(limit=(text,))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"tier": 6}, "a tier is 0 to 5, got 6"),
        ({"tier": -1}, "a tier is 0 to 5, got -1"),
        ({"quota": -1}, "a quota is 0 or more requests a month, got -1"),
    ],
)
def test_a_setting_out_of_range_stops_the_start(fake: Fake, settings: Any, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"^{reason}$"):
        fake(**settings)


def test_a_wrong_limit_by_api_leaves_all_as_it_was() -> None:
    limiter = Limiter()

    with pytest.raises(ValueError, match="a tier is 0 to 5, got 9"):
        limiter.set_tier(b"key", 9)
    with pytest.raises(ValueError, match="nothing of this name"):
        limiter.set_limits(b"key", "sonar=1/minute")

    assert (limiter.on, limiter.version) == (False, 0)
