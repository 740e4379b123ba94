"""An agent's stream says what its plain answer says, in the order and with the numbers of the wire."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from mock_server import edition
from tests.agent_strategies import AGENT, WEATHER, events, said, tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

BEES = {"preset": "fast", "input": "How do bees find their way home?"}
FRAME = edition.load("complete").operations["create_agent"].responses[200].frame
ENDS = {"response.completed", "response.incomplete", "response.cancelled", "response.failed"}


def streamed(api: Api, **fields: Any) -> list[dict[str, Any]]:
    return [data for _, data in events(api.post(AGENT, {**BEES, **fields, "stream": True}))]


def test_the_order_and_the_gaps_are_those_of_the_capture(api: Api) -> None:
    told = streamed(api)
    kinds = [event["type"].removeprefix("response.") for event in told]
    deltas = kinds.count("output_text.delta")

    assert kinds == [
        "created", "in_progress", "output_item.added", "reasoning.search_queries", "reasoning.search_results",
        "output_item.done", "output_item.added", *["output_text.delta"] * deltas, "output_text.done",
        "output_item.done", "completed",
    ]  # fmt: skip
    numbers = [event["sequence_number"] for event in told]
    assert numbers[:8] == [0, 1, 3, 4, 5, 6, 7, 8]
    assert numbers[-4:] == [7 + deltas, 9 + deltas, 10 + deltas, 11 + deltas]


def test_the_opening_names_the_preset_and_the_end_the_model(api: Api) -> None:
    told = streamed(api)

    assert told[0]["response"] == told[1]["response"]
    assert (told[0]["response"]["model"], told[0]["response"]["status"]) == ("fast", "in_progress")
    assert (told[0]["response"]["output"], told[0]["response"]["usage"]) == ([], None)
    assert told[0]["response"]["service_tier"] == "default"
    assert (told[-1]["response"]["model"], told[-1]["response"]["service_tier"]) == ("openai/gpt-6-luna", "fast")


def test_a_search_is_added_as_a_call_and_done_as_its_results(api: Api) -> None:
    _, _, added, queries, results, done, message, *_ = streamed(api)

    assert (added["item"]["type"], added["item"]["name"]) == ("function_call", "search_web")
    assert added["item"]["arguments"] == '{"queries":["How do bees find their way home?"]}'
    assert added["item"]["call_id"] == queries["call_id"] == results["call_id"]
    assert results["results"] == done["item"]["results"]
    assert results["thought"] == "Found 10 results"
    assert (message["item"]["content"], message["output_index"]) == (None, 1)


@settings(max_examples=60)
@given(tasks)
def test_a_stream_says_what_the_plain_answer_says(api: Api, task: Any) -> None:
    plain = api.stranger().ask(AGENT, task)
    told = [data for _, data in events(api.stranger().post(AGENT, {**task, "stream": True}))]

    assert "".join(event["delta"] for event in told if event["type"] == "response.output_text.delta") == said(plain)
    done = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert done == plain["output"] == told[-1]["response"]["output"]
    assert told[-1]["response"] == plain


@settings(max_examples=40)
@given(tasks)
def test_numbers_rise_names_are_types_and_every_event_is_of_the_contract(api: Api, task: Any) -> None:
    told = events(api.post(AGENT, {**task, "stream": True}))

    assert all(before < after for before, after in pairwise(data["sequence_number"] for _, data in told))
    assert [name for name, _ in told] == [data["type"] for _, data in told]
    assert [data["type"] for _, data in told if data["type"] in ENDS] == [told[-1][1]["type"]]
    assert FRAME is not None
    assert [error.message for _, data in told for error in FRAME.iter_errors(data)] == []
    assert all([*data] == sorted(data) for _, data in told)


def test_a_function_call_is_there_with_its_arguments_when_it_is_added(api: Api) -> None:
    told = streamed(api, model="openai/gpt-5.6-luna", input="The weather in Paris?", tools=[WEATHER], tool_choice={"name": "get_weather"})  # noqa: E501  # fmt: skip
    added = next(event for event in told if event["type"] == "response.output_item.added")

    assert added["item"]["name"] == "get_weather"
    assert added["item"]["arguments"].startswith('{"city":')


def test_thoughts_are_told_by_their_start_and_stop(api: Api) -> None:
    kinds = [event["type"] for event in streamed(api, preset="medium")]

    assert kinds.index("response.reasoning.started") == 2
    assert kinds.index("response.reasoning.stopped") == kinds.index("response.output_text.delta") - 2


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"type": "image_search"}, {"response.reasoning.image_search_queries"}),
        ({"type": "people_search"}, {"response.reasoning.search_results"}),
        ({"type": "sandbox"}, {"response.output_item.done"}),
    ],
)
def test_each_tool_is_told_in_its_way(api: Api, tool: Any, expected: set[str]) -> None:
    kinds = {event["type"] for event in streamed(api, model="openai/gpt-5.6-luna", preset="fast", tools=[tool])}

    assert expected <= kinds


def test_reading_pages_is_told_with_addresses(api: Api) -> None:
    address = "https://www.python.org/dev/peps/pep-0008/"
    told = streamed(api, preset="low", input=f"Read {address}.")

    assert [event["urls"] for event in told if event["type"] == "response.reasoning.fetch_url_queries"] == [[address]]
    assert [len(event["contents"]) for event in told if event["type"].endswith("fetch_url_results")] == [1]


def test_a_skill_is_told_by_its_name(api: Api) -> None:
    told = streamed(api, skills=[{"type": "builtin", "name": "office/pdf"}])

    assert [event["name"] for event in told if event["type"] == "response.skill.loaded"] == ["office/pdf"]


def test_a_cut_answer_ends_with_incomplete(api: Api) -> None:
    assert streamed(api, max_output_tokens=20)[-1]["type"] == "response.incomplete"
    assert streamed(api.edition("2026-07"), max_output_tokens=20)[-1]["type"] == "response.completed"


def test_the_usage_can_be_left_out_of_the_end(api: Api) -> None:
    told = streamed(api, stream_options={"include_usage": False})

    assert told[-1]["response"]["usage"] is None
    assert streamed(api)[-1]["response"]["usage"] is not None


def test_events_have_no_names_where_prose_is_followed(fake: Callable[..., Api]) -> None:
    answer = fake(conflicts=("agent_events=unnamed",)).post(AGENT, {**BEES, "stream": True})

    assert {name for name, _ in events(answer)} == {""}


def test_a_stream_is_written_with_line_feeds_and_no_sentinel(api: Api) -> None:
    answer = api.post(AGENT, {**BEES, "stream": True})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert b"\r" not in answer.content
    assert b"[DONE]" not in answer.content
    assert answer.headers["x-request-id"] == events(answer)[0][1]["response"]["id"].removeprefix("resp_")


@pytest.mark.parametrize("fault", ["bytewise", "rechunked", "joined", "split-line-ends", "ping", "multiline"])
def test_faults_of_bytes_leave_an_agents_stream_readable(api: Api, fault: str) -> None:
    broken = replace(api, headers={"x-mock-stream-fault": fault}).post(AGENT, {**BEES, "stream": True})

    assert broken.text.count("event: response.output_text.done") == 1


@pytest.mark.parametrize(
    ("fault", "last"), [("error@3", b'"internal_error"'), ("html@3", b"502 Bad Gateway"), ("stop@3", b"in_progress")]
)
def test_faults_end_an_agents_stream(api: Api, fault: str, last: bytes) -> None:
    answer = replace(api, headers={"x-mock-stream-fault": fault}).post(AGENT, {**BEES, "stream": True})

    assert b"response.completed" not in answer.content
    assert last in answer.content


def test_a_fault_names_events_that_have_no_names(fake: Callable[..., Api]) -> None:
    unnamed = fake(conflicts=("agent_events=unnamed",))
    answer = replace(unnamed, headers={"x-mock-stream-fault": "named"}).post(AGENT, {**BEES, "stream": True})

    assert events(answer)[0][0] == "response.created"


def test_what_is_wrong_before_the_first_event_is_a_plain_error(api: Api) -> None:
    answer = api.post(AGENT, {"input": "hi", "stream": True})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
