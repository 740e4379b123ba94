"""The list of calls: what is asked of it holds exactly where it is so, and says which field differs where not."""

from __future__ import annotations

import copy
import shlex
import subprocess
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.embedded import MockServer
from mock_server.embedded.matching import Match, Matcher, MatchError
from mock_server.journal.journal import NotMetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.embedded import PerplexityMock
    from mock_server.embedded.calls import Calls

BODY: dict[str, Any] = {
    "model": "sonar-pro",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How do bees find their way home?"},
    ],
    "temperature": 0.2,
    "max_tokens": 300,
    "return_images": False,
    "search_domain_filter": ["nasa.example", "esa.example"],
    "web_search_options": {"search_context_size": "high", "user_location": {"country": "US"}},
}


@pytest.fixture(scope="module")
def calls(server: MockServer) -> Calls:
    """A chat, a stream, a search, a refusal, and a path that is none."""
    with server.mock() as mock:
        post(mock, "/chat/completions", BODY, x_trace="t1")
        post(mock, "/v1/sonar", {**BODY, "model": "sonar", "stream": True})
        post(mock, "/search", {"query": ["bees", "wasps"], "max_results": 3})
        post(mock, "/chat/completions", {**BODY, "model": "nope"})
        post(mock, "/chat/completion", {"other": 1})
        return mock.calls


def post(mock: PerplexityMock, path: str, body: Any, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(transport=mock.transport(), base_url="http://fake") as client:
        return client.post(path, json=body, headers={"authorization": f"Bearer {mock.api_key}", **named})


def message(act: Any, *args: Any, **match: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        act(*args, **match)
    return str(caught.value)


# Mutations: each changes one field of the request


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for step, item in pairs:
            yield from leaves(item, (*place, step))
    else:
        yield place


def name_of(place: tuple[Any, ...]) -> str:
    return "json" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)


def at(body: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        body = body[step]
    return body


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A body that differs from `BODY` in one place, and the place."""
    body = copy.deepcopy(BODY)
    place = draw(st.sampled_from([*leaves(BODY)]))
    before, holder = at(body, place), at(body, place[:-1])
    kind = draw(st.sampled_from(["change", "remove", "add"]))
    if kind == "change" or isinstance(holder, list):
        other = st.one_of(st.text(max_size=5), st.integers(0, 9), st.booleans(), st.none())
        holder[place[-1]] = draw(other.filter(lambda value: value != before or isinstance(value, bool)))
        return body, name_of(place)
    if kind == "remove":
        del holder[place[-1]]
        return body, name_of(place)
    holder["surprise"] = draw(st.integers())
    return body, name_of((*place[:-1], "surprise"))


@given(mutation=mutations())
def test_a_mutated_field_fails_the_assertion_by_its_name(calls: Calls, mutation: tuple[dict[str, Any], str]) -> None:
    body, place = mutation
    if body == BODY and repr(body) == repr(BODY):
        return

    said = message(calls[:1].assert_called, json=body)

    assert f"\n  {place}: wanted " in said
    assert said.count(": wanted ") == 1, "only the field that differs is named"


@given(place=st.sampled_from([*leaves(BODY)]))
def test_part_of_a_body_is_met_and_a_wrong_part_is_named(calls: Calls, place: tuple[Any, ...]) -> None:
    part: Any = at(BODY, place)
    wrong: Any = "something else"
    for step in reversed(place):
        if isinstance(step, int):
            whole = at(BODY, place[: place.index(step)])
            part = [part if number == step else item for number, item in enumerate(whole)]
            wrong = [wrong if number == step else item for number, item in enumerate(whole)]
        else:
            part, wrong = {step: part}, {step: wrong}

    calls.assert_called(including=part)
    assert name_of(place) in message(calls[:1].assert_called, including=wrong)


# The words of each condition


@pytest.mark.parametrize(
    ("match", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"operation": "create_chat_completion"}, [1, 2, 4]),
        ({"operation": ["search"]}, [3]),
        ({"path": "/chat/*"}, [1, 4, 5]),
        ({"model": "sonar-*"}, [1]),
        ({"model": "sonar"}, [2]),
        ({"last_user": "How do bees find their way home?"}, [1, 2, 4]),
        ({"last_user": {"contains": "wasps"}}, [3]),
        ({"messages": ["brief", {"role": "user", "regex": "^How"}]}, [1, 2, 4]),
        ({"body": {"$.web_search_options.search_context_size": "high", "$.max_tokens": 300}}, [1, 2, 4]),
        ({"headers": {"x-trace": "t1"}}, [1]),
        ({"status": 400}, [4]),
        ({"streamed": True}, [2]),
        ({"json": BODY, "status": 200}, [1]),
        ({"including": {"query": ("bees", "wasps")}}, [3]),
        ({"stub": ""}, [1, 2, 3, 4, 5]),
    ],
)
def test_calls_are_found_by_what_they_asked_and_got(calls: Calls, match: Match, numbers: list[int]) -> None:
    assert [call.number for call in calls.matching(**match)] == numbers
    calls.assert_called(times=len(numbers), **match)
    assert len(numbers) == 1 or message(calls.one, **match)


@pytest.mark.parametrize(
    ("match", "field"),
    [
        ({"operation": "list_models"}, "operation"),
        ({"model": "sonar-reasoning-pro"}, "model"),
        ({"last_user": "What?"}, "last_user"),
        ({"messages": ["nobody says so"]}, "messages"),
        ({"body": {"$.temperature": 0.9}}, "body[$.temperature]"),
        ({"headers": {"x-trace": "t9"}}, "headers"),
        ({"status": 503}, "status"),
        ({"stub": "mine"}, "stub"),
        ({"fault": "mine"}, "fault"),
        ({"streamed": True, "status": 400}, "status"),
    ],
)
def test_a_failure_names_the_field_and_the_nearest_call(calls: Calls, match: Match, field: str) -> None:
    said = message(calls.assert_called, **match)

    assert f"\n  {field}" in said
    assert "\nThe nearest is call " in said
    assert said.count("\n  1  POST /chat/completions -> 200") == 1


def test_a_failure_reads_well(calls: Calls) -> None:
    assert message(calls[:3].assert_called, operation="create_chat_completion", including={"temperature": 0.3}) == (
        'expected a call with operation is create_chat_completion, including {"temperature":0.3}, got none of 3.\n'
        "The nearest is call 1, POST /chat/completions:\n"
        "  json.temperature: wanted is 0.3, got 0.2\n"
        "All calls:\n"
        "  1  POST /chat/completions -> 200  sonar-pro 'How do bees find their way home?'\n"
        "  2  POST /v1/sonar -> 200  sonar 'How do bees find their way home?'\n"
        "  3  POST /search -> 200  'wasps'"
    )


def test_too_many_calls_are_a_failure_too(calls: Calls) -> None:
    said = message(calls.assert_called, times=1, operation="create_chat_completion")

    assert said.startswith("expected 1 call with operation is create_chat_completion, got 3 of 5.\nAll calls:")


def test_nothing_was_called_is_said_with_a_hint(mock: PerplexityMock) -> None:
    assert message(mock.calls.assert_called) == (
        "expected a call with anything, got none of 0.\n"
        "Nothing was called: does the code under test ask perplexity_mock.url?"
    )
    mock.calls.assert_not_called()
    with pytest.raises(IndexError, match="Nothing was called"):
        _ = mock.calls[0]


def test_an_unwanted_call_is_shown(calls: Calls) -> None:
    calls.assert_not_called(model="sonar-reasoning-pro")

    assert message(calls.assert_not_called, model="sonar") == (
        'expected no call with model is like "sonar", got 1 of 5:\n'
        "  2  POST /v1/sonar -> 200  sonar 'How do bees find their way home?'"
    )


def test_the_order_of_calls_can_be_asserted(calls: Calls) -> None:
    calls.assert_order({"operation": "create_chat_completion"}, {"operation": "search"}, {"status": 404})

    said = message(calls.assert_order, {"operation": "search"}, {"streamed": True})
    assert said.startswith("expected as number 2 a call with streamed true after call 3.\nAll calls:")


@pytest.mark.parametrize(
    ("match", "text"),
    [
        ({"modle": "sonar"}, r"there is no condition on calls 'modle'\. Did you mean 'model'\?"),
        ({"operation": "create_chat"}, r"operation"),
        ({"last_user": {"contians": "x"}}, r"last_user"),
        ({"body": {"not a path": 1}}, r"body"),
        ({"json": {"model": object()}}, r"nothing that a request can have"),
    ],
)
def test_a_condition_that_there_is_not_is_refused_in_words(match: Any, text: str) -> None:
    with pytest.raises(MatchError, match=text):
        Matcher(match)


# One call


def test_a_call_tells_what_was_asked_and_answered(calls: Calls) -> None:
    call, stream = calls[0], calls[1]

    assert (call.method, call.path, call.query, call.status, call.number) == ("POST", "/chat/completions", "", 200, 1)
    assert (call.json, call.model, call.last_user) == (BODY, "sonar-pro", BODY["messages"][1]["content"])
    assert call.messages[0] == ("system", "Be brief.")
    assert call.headers["x-trace"] == "t1"
    assert call.response_headers["content-type"] == "application/json"
    assert call.complete
    assert stream.streamed
    assert "[1]" in call.text
    assert "[1]" in stream.text
    assert call.cost > stream.cost > 0
    assert repr(call) == "<1 POST /chat/completions -> 200 sonar-pro 'How do bees find their way home?'>"
    assert repr(calls).startswith("<5 calls>\n  1  POST")
    assert calls[4].operation == ""
    assert calls[-1].number == 5
    assert [one.number for one in calls[1:3]] == [2, 3]


def test_no_key_is_shown_anywhere(calls: Calls) -> None:
    shown = repr(calls) + "".join(call.curl() + str(call.headers) for call in calls)

    assert "pplx-mock-test-" not in shown


def test_the_curl_line_asks_the_same_again(server: MockServer, mock: PerplexityMock) -> None:
    odd = {**BODY, "messages": [{"role": "user", "content": 'it\'s "5 > 4" & $HOME\n\\ü'}]}
    post(mock, "/chat/completions?x=a'b", odd)
    line = mock.calls[0].curl()
    with server.mock() as other:
        variables = {**other.environment(), "PATH": "/usr/bin:/bin"}
        subprocess.run(["bash", "-c", line], env=variables, check=True, capture_output=True, timeout=20)

        assert other.calls[0].json == odd
        assert other.calls[0].status == 200
        assert other.calls[0].query == mock.calls[0].query


def test_a_curl_line_of_a_get_has_no_body(mock: PerplexityMock) -> None:
    with httpx.Client(transport=mock.transport(), base_url="http://fake") as client:
        client.get("/models", headers={"authorization": "Bearer k", "x-mock-edition": "2026-10"})

    words = shlex.split(mock.calls[0].curl())

    assert words == [
        "curl",
        "-sS",
        "$PERPLEXITY_BASE_URL/models",
        "-H",
        "Authorization: Bearer $PERPLEXITY_API_KEY",
        "-H",
        "x-mock-edition: 2026-10",
    ]


def test_waiting_for_a_call_finds_earlier_ones_and_says_what_came_instead(mock: PerplexityMock) -> None:
    post(mock, "/search", {"query": "bees"})
    assert mock.wait_for_call(operation="search").last_user == "bees"

    assert "\n  model" in message(mock.wait_for_call, timeout=0.05, model="sonar")


def test_waiting_in_vain_is_told_once(mock: PerplexityMock) -> None:
    with pytest.raises(AssertionError) as told:
        mock.wait_for_call(timeout=0.05)

    assert told.value.__context__ is None


def test_a_call_that_comes_as_the_wait_ends_is_found(mock: PerplexityMock, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(**_: Any) -> NoReturn:
        post(mock, "/search", {"query": "bees"})
        raise NotMetError

    monkeypatch.setattr(mock._lane.journal, "wait", too_late)

    assert mock.wait_for_call(operation="search").last_user == "bees"


def test_a_line_holds_nothing_that_moves_the_cursor(mock: PerplexityMock) -> None:
    post(mock, "/chat/completions%1b%0a", {"model": "\x1b[2Jsonar"})

    assert mock.calls[0].line.isprintable()
    assert "[2Jsonar" in mock.calls[0].line
