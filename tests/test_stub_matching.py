"""Which stub answers: each condition, their order and counts, and that the index finds what a look at all would."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import redaction
from mock_server.stubs import texts
from mock_server.stubs.asked import Asked
from mock_server.stubs.book import StubBook
from mock_server.stubs.conditions import same
from mock_server.stubs.matching import Grams, Index
from mock_server.stubs.model import Stub, TextMatch
from mock_server.stubs.problems import StubError
from mock_server.stubs.wording import stub_of

if TYPE_CHECKING:
    from mock_server.stubs.conditions import Condition

CHAT: dict[str, Any] = {
    "model": "sonar-pro",
    "messages": [
        {"role": "system", "content": "Speak like a pirate."},
        {"role": "user", "content": "Who are you?"},
        {"role": "assistant", "content": "A pirate."},
        {"role": "user", "content": [{"type": "text", "text": "How do bees"}, {"type": "text", "text": "find home?"}]},
    ],
    "temperature": 1,
    "stream": False,
    "web_search_options": {"search_context_size": "high"},
    "metadata": None,
}
KEY = redaction.name_of("my-key")


def asked(content: dict[str, Any] = CHAT, **more: Any) -> Asked:
    """A request as stubs see it."""
    headers = {b"x-case": b"seven", b"x-api-key": b"secret-key"}
    return Asked("create_chat_completion", "create_chat_completion_v1", "/v1/sonar", content, headers, KEY, **more)


def stub(when: dict[str, Any], **more: Any) -> Stub:
    return stub_of({"when": when, "reply": {"text": "Yes."}, **more})


def fits(when: dict[str, Any], request: Asked) -> bool:
    book = StubBook()
    book.add(stub(when))
    return book.choose(request) is not None


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"operation": "create_chat_completion"},
        {"operation": ["search", "create_chat_completion"]},
        {"model": "sonar-pro"},
        {"model": "sonar-*"},
        {"model": "sonar-pr?"},
        {"model": {"regex": "^sonar"}},
        {"path": "/v1/*"},
        {"last_user": "How do bees find home?"},
        {"last_user": {"contains": "bees"}},
        {"last_user": {"contains": "BEES", "ignore_case": True}},
        {"last_user": {"equals": "how DO bees find home?", "ignore_case": True}},
        {"last_user": {"regex": "bees.*home"}},
        {"last_user": {"regex": "BEES.*home", "ignore_case": True}},
        {"last_user": {"glob": "How do * find home?"}},
        {"last_user": {"contains": "bees", "regex": "home"}},
        {"messages": ["pirate", "bees"]},
        {"messages": [{"role": "system", "contains": "pirate"}]},
        {"messages": [{"role": "assistant", "equals": "A pirate."}]},
        {"messages": [{"role": "system"}]},
        {"body": {"$.temperature": 1}},
        {"body": {"$.temperature": 1.0}},
        {"body": {"$.stream": False}},
        {"body": {"$.metadata": None}},
        {"body": {"$.web_search_options.search_context_size": "high"}},
        {"body": {"$.web_search_options": {"equals": {"search_context_size": "high"}}}},
        {"body": {"$.web_search_options.search_context_size": {"regex": "^hi"}}},
        {"body": {"$..role": "assistant"}},
        {"body": {"$.messages[-1].content[0].text": {"contains": "bees"}}},
        {"body": {"$.messages[?@.role == 'system'].content": {"contains": "pirate"}}},
        {"body": {"$.metadata": {"exists": True}, "$.top_p": {"exists": False}}},
        {"headers": {"X-Case": "seven"}},
        {"headers": {"x-case": {"regex": "^s"}}},
        {"headers": {"x-other": {"exists": False}, "x-case": {"exists": True}}},
        {"key": "my-key"},
        {"key": KEY},
    ],
    ids=str,
)
def test_a_stub_fits_a_request_that_meets_all_its_conditions(when: dict[str, Any]) -> None:
    assert fits(when, asked())


@pytest.mark.parametrize(
    "when",
    [
        {"operation": "search"},
        {"model": "sonar"},
        {"model": "SONAR-*"},
        {"path": "/v2/*"},
        {"last_user": "How do bees find home"},
        {"last_user": {"contains": "BEES"}},
        {"last_user": {"contains": "bees", "regex": "wasps"}},
        {"last_user": "Who are you?"},
        {"messages": ["pirate", "wasps"]},
        {"messages": [{"role": "user", "contains": "pirate"}]},
        {"messages": [{"role": "tool"}]},
        {"body": {"$.temperature": True}},
        {"body": {"$.stream": 0}},
        {"body": {"$.top_p": None}},
        {"body": {"$.temperature": {"contains": "1"}}},
        {"body": {"$.model": {"exists": False}}},
        {"body": {"$.messages[9].role": "user"}},
        {"headers": {"x-case": "eight"}},
        {"headers": {"x-other": {"exists": True}}},
        {"key": "another-key"},
        {"key": "pplx-mock-tier-0"},
        {"model": "sonar-pro", "last_user": "no"},
    ],
    ids=str,
)
def test_a_stub_does_not_fit_where_one_condition_does_not_hold(when: dict[str, Any]) -> None:
    assert not fits(when, asked())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"input": "Hi"}, "Hi"),
        ({"input": [{"role": "user", "content": "Hi"}, {"type": "function_call_output", "output": "5"}]}, "Hi"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}], "instructions": "x"}, "Hi"),
        ({"query": "Hi"}, "Hi"),
        ({"query": ["bees", "Hi"]}, "Hi"),
        ({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}, "Hi"),
        ({"messages": [{"role": "system", "content": "Hi"}]}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_what_the_user_said_last_is_found_in_every_family_of_operations(content: dict[str, Any], said: str) -> None:
    assert asked(content).last_user == said


def test_no_glob_takes_long() -> None:
    """Each star looks for what follows it once, and not for all ways in which the others might have left off."""
    many = "*a" * 30 + "b"
    assert fits({"last_user": {"glob": many}}, asked({"input": "a" * 5000 + "b"}))
    assert not fits({"last_user": {"glob": many}}, asked({"input": "a" * 5000}))


@given(st.text("ab*?.\n", max_size=8), st.text("ab.\n", max_size=8))
def test_a_glob_fits_what_its_stars_and_marks_stand_for(glob: str, text: str) -> None:
    @cache
    def stands(rest: str, letters: str) -> bool:
        if not rest:
            return not letters
        if rest[0] == "*":
            return stands(rest[1:], letters) or (bool(letters) and stands(rest, letters[1:]))
        return bool(letters) and rest[0] in {"?", letters[0]} and stands(rest[1:], letters[1:])

    assert texts.test(TextMatch(glob=glob))(text) is stands(glob, text)


def test_the_stub_of_the_lowest_priority_answers_and_then_the_one_added_first() -> None:
    book = StubBook()
    for name, priority in (("a", 5), ("b", 5), ("c", 1), ("d", 9)):
        book.add(stub({}, id=name, priority=priority))
    order = []
    while (chosen := book.choose(asked())) is not None:
        order.append(chosen.stub)
        book.remove(chosen.stub)
    assert order == ["c", "a", "b", "d"]


def test_a_stub_answers_as_often_as_its_times_say_and_then_the_next_one_does() -> None:
    book = StubBook()
    book.add(stub({}, id="twice", times=2))
    book.add(stub({}, id="rest"))
    assert [book.choose(asked()).stub for _ in range(4)] == ["twice", "twice", "rest", "rest"]  # type: ignore[union-attr]  # one always fits


def test_the_nth_request_is_counted_among_all_that_meet_the_rest_even_if_another_stub_answers_them() -> None:
    book = StubBook()
    book.add(stub({"nth": 1}, id="first"))
    book.add(stub({"nth": "2-3"}, id="second"))
    book.add(stub({"nth": "every 5"}, id="fifth"))
    book.add(stub({"model": "other", "nth": 1}, id="never"))
    book.add(stub({}, id="else"))
    answers = [chosen.stub for _ in range(10) if (chosen := book.choose(asked())) is not None]
    assert answers == ["first", "second", "second", "else", "fifth", "else", "else", "else", "else", "fifth"]


def test_counts_begin_anew_after_a_restart() -> None:
    book = StubBook()
    book.add(stub({"nth": 1}))
    assert [book.choose(asked()) is not None for _ in range(2)] == [True, False]
    book.restart()
    assert book.choose(asked()) is not None


def test_a_sequence_goes_on_step_by_step_and_ends_as_its_fallback_says() -> None:
    steps = [{"text": "one"}, {"text": "two", "times": 2}]
    for fallback, end in (("last", "two"), ("world", None), ("error", None)):
        book = StubBook()
        book.add(stub_of({"reply": {"sequence": steps, "fallback": fallback}}))
        chosen = [book.choose(asked()) for _ in range(5)]
        said = [one.answer.text if one is not None and one.answer is not None else None for one in chosen]
        assert said == ["one", "two", "two", end, end]
        assert [one is not None and one.world for one in chosen] == [False] * 3 + [fallback == "world"] * 2


def test_a_key_is_kept_as_its_hash_and_never_as_it_is() -> None:
    made = stub({"key": "pplx-abcdefghijklmnop"})
    assert "abcdefghijklmnop" not in made.model_dump_json()
    assert made.when.key == redaction.name_of("pplx-abcdefghijklmnop")


@pytest.mark.parametrize("name", ["Authorization", "cookie", "x-api-key"])
def test_a_condition_on_what_a_secret_header_holds_is_refused(name: str) -> None:
    with pytest.raises(
        StubError, match=r"carries a secret, which is not kept: match on `key`, or on `exists`"
    ) as caught:
        stub({"headers": {name: "Bearer hidden-thing"}})
    assert "hidden-thing" not in str(caught.value)
    assert fits({"headers": {name: {"exists": name == "x-api-key"}}}, asked())


# The index against a look at every stub.

WORDS = st.sampled_from(["bees", "wasps", "find", "home", "How do bees", ""])
SAID = st.lists(WORDS, max_size=4).map(" ".join)
REGEX = st.lists(
    st.sampled_from([*"abh. ", "bees", "x*", "e?", "o+", "^", "$", "(a|b)", "[ab]", r"\w", "s{1}"]),
    min_size=1,
    max_size=6,
)
VALUES = st.sampled_from([1, 1.0, True, False, 0, None, "1", "bees", ["bees"], {"a": 1}])


def _is_regular(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


PATTERNS = REGEX.map("".join).filter(_is_regular)
TEXTS = st.one_of(
    SAID,
    st.fixed_dictionaries({"contains": WORDS.filter(bool)}, optional={"ignore_case": st.booleans()}),
    st.fixed_dictionaries({"regex": PATTERNS}, optional={"ignore_case": st.booleans()}),
    st.fixed_dictionaries({"glob": st.sampled_from(["*", "bees", "bees *", "*home"])}),
)
WHENS = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(["search", "create_chat_completion", ["search", "create_embeddings"]]),
        "model": st.sampled_from(["sonar", "sonar*", "*"]),
        "last_user": TEXTS,
        "body": st.dictionaries(
            st.sampled_from(["$.x", "$..x", "$.list[*]", "$.list[0]"]),
            st.one_of(
                VALUES.filter(lambda value: not isinstance(value, dict)),
                st.builds(lambda value: {"equals": value}, VALUES),
                st.sampled_from([{"exists": True}, {"exists": False}, {"contains": "ee"}]),
            ),
            max_size=2,
        ),
        "headers": st.sampled_from([{"x-a": "1"}, {"x-a": {"exists": False}}]),
        "key": st.sampled_from(["one", "two"]),
        "nth": st.sampled_from([1, 2, "every 2", [1, 3]]),
    },
)
STUBS = st.builds(
    lambda when, priority, times: stub(when, priority=priority, **({} if times is None else {"times": times})),
    WHENS,
    st.integers(1, 3),
    st.sampled_from([None, None, 1, 2]),
)
REQUESTS = st.builds(
    lambda operation, content, said, header, key: Asked(
        operation,
        f"{operation}_alias",
        "/x",
        {**content, "messages": [{"role": "user", "content": said}]},
        {b"x-a": b"1"} if header else {},
        redaction.name_of(key),
    ),
    st.sampled_from(["search", "create_chat_completion", "create_embeddings"]),
    st.fixed_dictionaries(
        {},
        optional={"model": st.sampled_from(["sonar", "sonar-pro"]), "x": VALUES, "list": st.lists(VALUES, max_size=2)},
    ),
    SAID,
    st.booleans(),
    st.sampled_from(["one", "two"]),
)


@given(stubs=st.lists(STUBS, max_size=12), requests=st.lists(REQUESTS, max_size=4))
def test_the_index_leaves_out_no_stub_that_fits(stubs: list[Stub], requests: list[Asked]) -> None:
    book = StubBook()
    for one in stubs:
        book.add(one)
    entries = [*book]
    index = Index(entry.conditions for entry in entries)
    for request in requests:
        fitting = [rank for rank, entry in enumerate(entries) if entry.fits(request)]
        candidates = index.candidates(request)
        assert candidates == sorted(set(candidates)), "candidates come once each, in order"
        assert set(fitting) <= set(candidates), "a stub that fits was not looked at"


@given(stubs=st.lists(STUBS, max_size=8), requests=st.lists(REQUESTS, max_size=8))
def test_the_book_chooses_as_a_look_at_every_stub_would(stubs: list[Stub], requests: list[Asked]) -> None:
    book = StubBook()
    plain = [(book.add(one).id, one) for one in stubs]
    plain.sort(key=lambda pair: pair[1].priority)
    conditions: dict[str, tuple[Condition, ...]] = {entry.id: entry.conditions for entry in book}
    seen, answered = dict.fromkeys(conditions, 0), dict.fromkeys(conditions, 0)
    for request in requests:
        expected = None
        for name, one in plain:
            if not all(condition.holds(request) for condition in conditions[name]):
                continue
            seen[name] += 1
            turn = _turn(one, seen[name]) and (one.model_dump().get("times") or 99) > answered[name]
            if expected is None and turn:
                expected = name
        if expected is not None:
            answered[expected] += 1
        chosen = book.choose(request)
        assert (None if chosen is None else chosen.stub) == expected


def _turn(one: Stub, number: int) -> bool:
    said = one.when.model_dump().get("nth")
    if isinstance(said, list):
        return number in said
    return {None: True, 1: number == 1, 2: number == 2, "every 2": number % 2 == 0}[said]


@pytest.mark.parametrize(
    "conditions",
    [
        lambda number: {"last_user": f"Question {number:04d}?"},
        lambda number: {"last_user": {"contains": f"{number:04d}"}, "model": "sonar"},
        lambda number: {"last_user": {"regex": f"^Question.*{number:04d}"}},
        lambda number: {"body": {"$.metadata.case": number}},
        lambda number: {"headers": {"x-case": str(number)}},
        lambda number: {"key": f"key-{number}"},
        lambda number: {"operation": "search" if number % 2 else "create_chat_completion", "last_user": f"{number}"},
    ],
    ids=["text", "part", "regex", "body", "header", "key", "operation"],
)
def test_of_many_stubs_only_those_are_looked_at_that_the_request_is_near_to(conditions: Any) -> None:
    book = StubBook()
    for number in range(1000):
        book.add(stub(conditions(number)))
    request = Asked(
        "search",
        content={"query": "Question 0777?", "metadata": {"case": 777}},
        headers={b"x-case": b"777"},
        key=redaction.name_of("key-777"),
    )
    assert len(Index(entry.conditions for entry in book).candidates(request)) <= 1


@given(pattern=PATTERNS, text=st.text("abehos wx", max_size=12))
def test_whatever_a_regular_expression_finds_has_the_parts_that_the_index_goes_by(pattern: str, text: str) -> None:
    match = TextMatch.model_validate({"regex": pattern})
    if re.search(pattern, text):
        assert all(part in text for part in texts.parts(match))


@given(parts=st.lists(st.text("abc", min_size=1, max_size=5), max_size=60), text=st.text("abcd", max_size=12))
def test_whatever_parts_a_text_has_are_near_to_it(parts: list[str], text: str) -> None:
    ranked = [(part, rank) for rank, part in enumerate(parts)]
    assert {pair for pair in ranked if pair[0] in text} <= set(Grams(ranked).near(text))


@given(one=VALUES, other=VALUES)
def test_values_that_are_the_same_meet_in_the_index(one: Any, other: Any) -> None:
    if same(one, other) and not isinstance(one, dict | list):
        assert hash(one) == hash(other)
        assert one == other


# What came nearest.


def nearest(*whens: dict[str, Any], request: Asked | None = None) -> str:
    book = StubBook()
    for number, when in enumerate(whens):
        book.add(stub(when, id=f"s{number}"))
    found = book.nearest(request or asked())
    return "" if found is None else found.text


def test_the_nearest_stub_is_told_with_each_thing_that_differed() -> None:
    assert nearest({"model": "sonar", "last_user": "How do wasps find home?", "key": "my-key"}) == (
        'Nearest of 1 is stub s0: when.last_user equals "How do wasps find home?", got "How do bees find home?"; '
        'when.model is like "sonar", got "sonar-pro"'
    )


def test_the_stub_with_fewer_differences_is_nearer_and_one_for_another_operation_is_far() -> None:
    assert "stub s1:" in nearest({"model": "x", "last_user": "y"}, {"last_user": "y"})
    assert "stub s1:" in nearest({"operation": "search"}, {"model": "x", "last_user": "y", "key": "z"})


def test_of_stubs_with_as_many_differences_the_one_that_reads_most_like_the_request_is_nearer() -> None:
    assert "stub s1:" in nearest({"last_user": "What is love?"}, {"last_user": "How do bees find hope?"})


def test_a_stub_that_has_answered_all_it_may_says_so() -> None:
    book = StubBook()
    book.add(stub({}, id="once", times=1))
    book.choose(asked())
    found = book.nearest(asked())
    assert found is not None
    assert found.text == "Nearest of 1 is stub once: times is 1, got 1 before"


def test_nothing_is_near_where_there_are_no_stubs() -> None:
    assert StubBook().nearest(asked()) is None


def test_secrets_of_headers_are_not_told() -> None:
    assert nearest({"headers": {"x-api-key": {"exists": False}}}).endswith(
        "when.headers.x-api-key is absent, got not shown"
    )


def test_long_texts_are_cut() -> None:
    said = nearest({"last_user": "x" * 5000}, request=asked({"query": "y" * 5000}))
    assert len(said) < 600


def test_a_path_deeper_than_the_library_goes_finds_nothing() -> None:
    deep: dict[str, Any] = {}
    for _ in range(150):
        deep = {"x": deep}
    assert not fits({"body": {"$..y": {"exists": True}}}, asked(deep))
    assert fits({"body": {"$.x.x": {"exists": True}}}, asked(deep))


def test_ids_are_made_for_stubs_that_have_none_and_never_twice() -> None:
    book = StubBook()
    book.add(stub({}, id="stub-1"))
    assert [book.add(stub({})).id for _ in range(2)] == ["stub-2", "stub-3"]
