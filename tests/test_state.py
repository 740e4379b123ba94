"""What remembers: a bounded mapping forgets the oldest, a ledger adds up, and accounts keep apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mock_server.facts import AccountFacts
from mock_server.limits.limiter import Limiter
from mock_server.state import account as accounts
from mock_server.state.account import Account, Accounts, DomainRules
from mock_server.state.collections import Collection, Entry
from mock_server.state.lane import Lane
from mock_server.state.ledger import Key, Ledger, Totals
from mock_server.state.memory import Bounded

keys = st.integers(0, 12)


class BoundedMachine(RuleBasedStateMachine):
    """A bounded mapping beside a list of pairs in the order in which their keys came."""

    def __init__(self) -> None:
        super().__init__()
        self.bounded: Bounded[int, int] = Bounded(1)
        self.model: list[tuple[int, int]] = []
        self.bound = 1

    @initialize(bound=st.integers(1, 6))
    def start(self, bound: int) -> None:
        self.bounded, self.bound = Bounded(bound), bound

    @rule(key=keys, value=st.integers())
    def put(self, key: int, value: int) -> None:
        self.bounded.put(key, value)
        if any(known == key for known, _ in self.model):
            self.model = [(known, value if known == key else old) for known, old in self.model]
        else:
            self.model = [*self.model, (key, value)][-self.bound :]

    @rule(key=keys)
    def delete(self, key: int) -> None:
        assert self.bounded.pop(key, None) == dict(self.model).get(key)
        self.model = [pair for pair in self.model if pair[0] != key]

    @rule(key=keys)
    def look(self, key: int) -> None:
        assert self.bounded.get(key) == dict(self.model).get(key)
        assert (key in self.bounded) is (key in dict(self.model))

    @invariant()
    def both_hold_the_same_in_the_same_order(self) -> None:
        assert list(self.bounded.items()) == self.model

    @invariant()
    def the_bound_is_kept(self) -> None:
        assert len(self.bounded) <= self.bound


TestBounded = BoundedMachine.TestCase

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
records = st.lists(
    st.tuples(
        st.tuples(st.sampled_from(DAYS), st.sampled_from(["sonar", "search"]), st.sampled_from(["POST /a", "POST /b"])),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.decimals(0, 1000, places=9),
    ),
    max_size=20,
)


def ledger_of(recorded: list[tuple[Key, int, int, Decimal]]) -> Ledger:
    ledger = Ledger()
    for key, prompt, completion, cost in recorded:
        ledger.record(key, prompt_tokens=prompt, completion_tokens=completion, cost=cost)
    return ledger


@given(records, st.sampled_from([0, 1, 2]))
def test_a_ledger_adds_up_exactly_however_it_is_grouped(
    recorded: list[tuple[Key, int, int, Decimal]], part: int
) -> None:
    groups = ledger_of(recorded).grouped(lambda key: key[part], first=DAYS[0], last=DAYS[-1])

    assert Ledger.total(groups.values()) == Totals(
        requests=len(recorded),
        prompt_tokens=sum(prompt for _, prompt, _, _ in recorded),
        completion_tokens=sum(completion for _, _, completion, _ in recorded),
        cost=sum((cost for _, _, _, cost in recorded), Decimal(0)),
    )
    assert list(groups) == sorted({key[part] for key, _, _, _ in recorded})


@given(records, st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_a_ledger_counts_the_days_from_first_to_last(
    recorded: list[tuple[Key, int, int, Decimal]], first: str, last: str
) -> None:
    groups = ledger_of(recorded).grouped(lambda key: key[0], first=first, last=last)

    assert list(groups) == sorted({key[0] for key, _, _, _ in recorded if first <= key[0] <= last})
    assert Ledger.total(groups.values()).requests == sum(first <= key[0] <= last for key, _, _, _ in recorded)


@given(records)
def test_looking_into_a_ledger_leaves_it_as_it_is(recorded: list[tuple[Key, int, int, Decimal]]) -> None:
    ledger = ledger_of(recorded)
    looks = [ledger.grouped(lambda _: "all", first=DAYS[0], last=DAYS[-1]) for _ in range(2)]

    assert looks[0] == looks[1]


@given(st.lists(st.binary(max_size=2), max_size=30))
def test_an_account_counts_how_often_it_saw_a_request(digests: list[bytes]) -> None:
    account = Account(AccountFacts(), Limiter().open(b"somebody", AccountFacts()))

    assert [account.see(digest) for digest in digests] == [
        digests[:place].count(digest) for place, digest in enumerate(digests)
    ]


def test_an_answer_is_cached_once_and_forgotten_once() -> None:
    account = Account(AccountFacts(), Limiter().open(b"somebody", AccountFacts()))

    assert [account.cache(b"a"), account.cache(b"a"), account.cache(b"b")] == [False, True, False]
    assert [account.uncache(b"a"), account.uncache(b"a")] == [True, False]
    assert [account.cache(b"a"), account.cache(b"b")] == [False, True]


def test_a_key_has_the_same_account_each_time_and_none_of_another() -> None:
    opened = Accounts(Limiter())

    assert opened.of(b"a", {}) is opened.of(b"a", {})
    assert opened.of(b"a", {}) is not opened.of(b"b", {})


def test_a_well_known_key_has_the_facts_of_the_table() -> None:
    known = {"gold": AccountFacts(tier=5)}
    opened = Accounts(Limiter())

    assert opened.of(b"gold", known).facts.tier == 5
    assert opened.of(b"other", known).facts == AccountFacts()


def test_a_key_may_be_any_bytes() -> None:
    assert Accounts(Limiter()).of(b"\xff\x00", {}).facts == AccountFacts()


def test_the_oldest_account_is_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_ACCOUNTS", 2)
    opened = Accounts(Limiter())
    first = opened.of(b"a", {})
    opened.of(b"b", {})
    assert opened.of(b"a", {}) is first

    opened.of(b"c", {})

    assert opened.of(b"a", {}) is not first


def test_a_new_account_has_no_domain_rules() -> None:
    assert Account(AccountFacts(), Limiter().open(b"somebody", AccountFacts())).domains.empty
    assert not DomainRules(allow=("a.b",)).empty
    assert not DomainRules(deny=("a.b",)).empty


@given(st.integers(0, 12), st.integers(1, 5))
def test_pages_of_a_history_follow_each_other_to_its_end(size: int, limit: int) -> None:
    collection = Collection("col", 0, "a", None, {})
    for number in range(size):
        collection.add(Entry(str(number), "search", 0, {}, {}))

    seen: list[str] = []
    more = True
    while more:
        page = collection.page(after=seen[-1] if seen else None, limit=limit)
        assert page is not None
        assert page[0] or not seen
        seen += [entry.id for entry in page[0]]
        more = page[1]

    assert seen == [str(number) for number in range(size)]


def test_a_history_has_nothing_after_an_entry_that_it_has_not() -> None:
    assert Collection("col", 0, "a", None, {}).page(after="x", limit=1) is None


def test_lanes_share_nothing() -> None:
    one, other = Lane(seed=1, edition="complete"), Lane(seed=1, edition="complete")

    assert one.accounts.of(b"a", {}) is not other.accounts.of(b"a", {})


def test_the_clock_of_a_lane_is_where_its_edition_starts_it_and_as_far_as_it_was_moved() -> None:
    lane = Lane(seed=1, edition="complete")
    assert lane.now(100) == 100

    lane.moved = 60

    assert lane.now(100) == 160
