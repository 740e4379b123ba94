"""Streams: whatever the request, mode and date of the grammar, the frames say what the plain answer says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import edition
from mock_server.contract.operation import compiled
from mock_server.streaming import frames, sse
from mock_server.streaming.frames import Spoken
from tests.conftest import chat_body, refusal_of
from tests.strategies import CHAT_MODELS, FACTS, questions, texts

if TYPE_CHECKING:
    from mock_server.facts import Grammar
    from tests.conftest import Api

WHOLE, STREAM = "/chat/completions", "/chat/completions/stream"
COMPLETE = edition.load("complete")
FRAME = compiled({"$ref": "#/components/schemas/ChatFrame"}, COMPLETE.document)
EVENT = COMPLETE.operations["create_chat_completion"].responses[200].event
RESEARCH = "sonar-deep-research"

requests = st.builds(
    lambda question, fields: chat_body(question, **fields),
    questions,
    st.fixed_dictionaries(
        {"model": st.sampled_from(CHAT_MODELS), "stream_mode": st.sampled_from(["full", "concise"])},
        optional={
            "max_tokens": st.integers(16, 200),
            "stop": texts,
            "return_images": st.booleans(),
            "return_related_questions": st.booleans(),
            "disable_search": st.booleans(),
            "web_search_options": st.sampled_from([{"search_context_size": "high"}, {"search_type": "pro"}]),
            "response_format": st.sampled_from(
                [
                    {"type": "regex", "regex": {"regex": r"\[[0-9]\] [a-z]{4}"}},
                    {"type": "json_schema", "json_schema": {"schema": {"type": "array", "items": {"type": "integer"}}}},
                ]
            ),
        },
    ),
)
"""Any request for a stream."""


def events_of(content: bytes) -> list[str]:
    """The data of each event; comments are left out."""
    events = [event for event in content.decode().split("\r\n\r\n") if event and not event.startswith(":")]
    assert all(event.startswith("data: ") and "\n" not in event for event in events)
    return [event.removeprefix("data: ") for event in events]


def frames_of(content: bytes) -> list[Any]:
    return [orjson.loads(data) for data in events_of(content) if data != "[DONE]"]


def streamed(api: Api, body: Any, path: str = WHOLE) -> list[Any]:
    answer = api.stranger().post(path, {**body, "stream": True})
    assert answer.status_code == 200, answer.text
    return frames_of(answer.content)


def plain(api: Api, body: Any) -> Any:
    return api.stranger().ask(WHOLE, body)


def deltas_of(told: list[Any]) -> list[str]:
    return [frame["choices"][0]["delta"]["content"] for frame in told]


def text_of(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def chunks_of(told: list[Any]) -> list[Any]:
    return [frame for frame in told if frame["object"] == "chat.completion.chunk"]


# What all streams have in common


@given(requests)
def test_the_pieces_joined_are_the_text_of_the_plain_answer(api: Api, body: Any) -> None:
    told, answer = streamed(api, body), plain(api, body)

    assert "".join(deltas_of(told)) == text_of(answer) == text_of(told[-1])


@given(requests)
def test_the_last_frame_is_the_plain_answer_under_another_object(api: Api, body: Any) -> None:
    last, answer = streamed(api, body)[-1], plain(api, body)

    assert last.pop("object") == "chat.completion.done"
    assert answer.pop("object") == "chat.completion"
    for choice in (last["choices"][0], answer["choices"][0]):
        choice["message"].pop("reasoning_steps", None)
    assert last == answer


@given(requests)
def test_every_event_is_one_of_the_contract(api: Api, body: Any) -> None:
    answer = api.post(WHOLE, {**body, "stream": True})

    assert EVENT is not None
    for data in events_of(answer.content):
        assert EVENT.is_valid({"data": data})
        if data != "[DONE]":
            FRAME.validate(orjson.loads(data))


@given(requests)
def test_id_model_and_time_are_the_same_in_all_frames(api: Api, body: Any) -> None:
    answer = api.post(WHOLE, {**body, "stream": True})

    heads = {(frame["id"], frame["model"], frame["created"]) for frame in frames_of(answer.content)}
    assert heads == {(answer.headers["x-request-id"], body["model"], 1793534400)}


@given(requests)
def test_the_finish_reason_comes_at_the_end_and_nowhere_else(api: Api, body: Any) -> None:
    told = streamed(api, body)

    assert [frame["choices"][0].get("finish_reason") for frame in told] == [None] * (len(told) - 1) + ["stop"]


@given(requests)
def test_what_was_counted_never_falls_and_ends_where_the_plain_answer_does(api: Api, body: Any) -> None:
    told, answer = streamed(api, body), plain(api, body)

    counted = [frame["usage"]["completion_tokens"] for frame in told if "usage" in frame]
    assert counted == sorted(counted)
    assert counted[-1] == answer["usage"]["completion_tokens"]
    for usage in (frame["usage"] for frame in told if "usage" in frame):
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@given(requests)
def test_a_stream_is_the_same_from_either_path(api: Api, body: Any) -> None:
    one, other = streamed(api, body), streamed(api, body, STREAM)

    assert deltas_of(one) == deltas_of(other)
    assert [frame["object"] for frame in one] == [frame["object"] for frame in other]
    one[-1].pop("id")
    other[-1].pop("id")
    assert one[-1] == other[-1]


# The full mode


@given(requests)
def test_in_full_mode_pieces_come_first_and_one_frame_is_the_end(api: Api, body: Any) -> None:
    told = streamed(api, {**body, "stream_mode": "full"})

    assert [frame["object"] for frame in told] == ["chat.completion.chunk"] * (len(told) - 1) + ["chat.completion.done"]


@given(requests)
def test_in_full_mode_the_message_grows_by_each_piece(api: Api, body: Any) -> None:
    told = streamed(api, {**body, "stream_mode": "full"})

    pieces = deltas_of(told)
    assert [text_of(frame) for frame in told] == ["".join(pieces[: place + 1]) for place in range(len(told))]


@given(requests)
def test_in_full_mode_every_frame_has_all_citations_and_results(api: Api, body: Any) -> None:
    told, answer = streamed(api, {**body, "stream_mode": "full"}), plain(api, body)

    assert all(frame["citations"] == answer["citations"] for frame in told)
    assert all(frame["search_results"] == answer["search_results"] for frame in told)


@given(requests)
def test_in_full_mode_the_cost_is_a_skeleton_until_the_end(api: Api, body: Any) -> None:
    told = streamed(api, {**body, "stream_mode": "full"})

    assert all(frame["usage"]["cost"] == frames.ZEROS for frame in told[:-1])
    assert [*told[-1]["usage"]["cost"]][-1] == "total_cost"


def test_in_full_mode_the_role_stands_at_both_ends(api: Api) -> None:
    told = streamed(api, chat_body("coffee"))

    roles = [frame["choices"][0]["delta"].get("role") for frame in told]
    assert roles == ["assistant", *[None] * (len(told) - 2), "assistant"]


def test_keys_of_a_frame_stand_in_the_order_of_the_wire(api: Api) -> None:
    first, *_, last = streamed(api, chat_body("coffee"))

    for frame in (first, last):
        assert [*frame] == ["id", "model", "created", "usage", "citations", "search_results", "object", "choices"]
    assert [*first["choices"][0]] == ["index", "message", "delta"]
    assert [*last["choices"][0]] == ["index", "message", "delta", "finish_reason"]


@given(requests)
def test_in_a_progressive_stream_citations_come_with_their_markers(api: Api, body: Any) -> None:
    told, answer = streamed(api, {**body, "stream_mode": "full"}, STREAM), plain(api, body)

    for frame in told[:-1]:
        reached = max([0, *map(int, re.findall(r"\[([0-9]+)\]", text_of(frame)))])
        assert frame["citations"] == answer["citations"][:reached]
        assert frame["search_results"] == answer["search_results"][:reached]
    assert told[-1]["citations"] == answer["citations"]


def test_a_progressive_stream_begins_without_citations_and_gets_all_of_them(api: Api) -> None:
    told = streamed(api, chat_body("coffee"), STREAM)

    counts = [len(frame["citations"]) for frame in told]
    assert counts[0] == 0
    assert sorted(set(counts)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("path", [WHOLE, STREAM])
def test_a_marker_of_very_many_digits_is_no_citation(api: Api, path: str) -> None:
    pattern = {"type": "regex", "regex": {"regex": r"\[1{5000}\]"}}

    assert text_of(streamed(api, chat_body("coffee", response_format=pattern), path)[-1]) == f"[{'1' * 5000}]"


# The concise mode


@given(requests)
def test_in_concise_mode_the_search_comes_first_then_the_text(api: Api, body: Any) -> None:
    told = [frame["object"] for frame in streamed(api, {**body, "stream_mode": "concise"})]

    steps = told.index("chat.reasoning.done")
    assert set(told[:steps]) <= {"chat.reasoning"}
    assert told[steps + 1 :] == ["chat.completion.chunk"] * (len(told) - steps - 2) + ["chat.completion.done"]


@given(requests)
def test_in_concise_mode_a_piece_of_text_carries_nothing_else(api: Api, body: Any) -> None:
    for frame in chunks_of(streamed(api, {**body, "stream_mode": "concise"})):
        assert [*frame] == ["id", "model", "created", "object", "choices"]
        assert text_of(frame) == ""
        assert [*frame["choices"][0]["delta"]] == ["content"]


@given(requests)
def test_in_concise_mode_the_end_of_the_search_says_what_was_found_and_no_cost(api: Api, body: Any) -> None:
    told, answer = streamed(api, {**body, "stream_mode": "concise"}), plain(api, body)

    done = next(frame for frame in told if frame["object"] == "chat.reasoning.done")
    assert done["search_results"] == answer["search_results"]
    assert done.get("images") == answer.get("images")
    assert "cost" not in done["usage"]
    assert done["usage"]["completion_tokens"] == 0


@given(requests)
def test_in_concise_mode_all_steps_stand_in_both_last_frames(api: Api, body: Any) -> None:
    told = streamed(api, {**body, "stream_mode": "concise"})

    steps = [
        step
        for frame in told
        if frame["object"] == "chat.reasoning"
        for step in frame["choices"][0]["delta"]["reasoning_steps"]
    ]
    ends = [frame for frame in told if frame["object"].endswith(".done")]
    assert [frame["choices"][0]["message"].get("reasoning_steps", []) for frame in ends] == [steps, steps]


def test_a_step_tells_the_search_and_its_results(api: Api) -> None:
    told = streamed(api, chat_body("coffee", stream_mode="concise"))

    step = told[0]["choices"][0]["delta"]["reasoning_steps"][0]
    assert told[0]["type"] == "message"
    assert step["type"] == "web_search"
    assert step["thought"]
    assert step["web_search"]["search_results"] == told[-1]["search_results"]
    assert step["web_search"]["search_keywords"] == ["coffee"]


@pytest.mark.parametrize("fields", [{"model": RESEARCH}, {"disable_search": True}, {"model": "r1-1776"}], ids=str)
def test_what_does_not_tell_a_search_has_no_steps(api: Api, fields: Any) -> None:
    told = streamed(api, chat_body("coffee", stream_mode="concise", **fields))

    assert told[0]["object"] == "chat.reasoning.done"
    assert "reasoning_steps" not in json.dumps(told)


# Bytes


@pytest.mark.parametrize("model", CHAT_MODELS)
def test_only_deep_research_ends_with_a_sentinel(api: Api, model: str) -> None:
    content = api.post(STREAM, chat_body("çay", model=model)).content

    assert content.endswith(b"data: [DONE]\r\n\r\n") is (model == RESEARCH)
    assert content.endswith(b"}\r\n\r\n") is (model != RESEARCH)
    assert content.count(b"[DONE]") == (model == RESEARCH)


@pytest.mark.parametrize("model", CHAT_MODELS)
def test_only_models_that_think_long_begin_with_a_ping(api: Api, model: str) -> None:
    content = api.post(STREAM, chat_body("çay", model=model)).content

    pings = model in {RESEARCH, "sonar-reasoning", "sonar-reasoning-pro"}
    assert content.startswith(b": ping - 2026-11-01 12:00:00.000000\r\n\r\n") is pings
    assert content.count(b": ping") == pings


def test_lines_end_with_carriage_return_and_line_feed(api: Api) -> None:
    content = api.post(STREAM, chat_body("çay\n\nand more\r\n")).content

    assert content.count(b"\n") == content.count(b"\r\n") == 2 * content.count(b"data: ")


def test_headers_are_those_of_a_stream(api: Api) -> None:
    account = api.stranger()
    answer = account.post(STREAM, chat_body("çay"))

    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-cache"] == "MISS"
    assert "content-length" not in answer.headers


def test_json_is_compact_and_not_escaped(api: Api) -> None:
    frame = events_of(api.post(STREAM, chat_body("çay")).content)[20]

    assert '":"' in frame
    assert '": ' not in frame
    assert "çay" in frame


def test_what_refuses_a_request_refuses_its_stream_before_the_first_frame(api: Api) -> None:
    for path in (WHOLE, STREAM):
        refused = api.post(path, chat_body("hi", model="gpt-4", stream=True))

        assert refused.headers["content-type"] == "application/json"
        assert refusal_of(refused)[:2] == (400, "invalid_model")


def test_an_answer_that_is_cut_to_nothing_is_one_frame(api: Api) -> None:
    first = text_of(plain(api, chat_body("çay")))[0]

    told = streamed(api, chat_body("çay", stop=first))

    assert [text_of(frame) for frame in told] == [""]


@pytest.mark.parametrize("wish", [None, False])
def test_a_stream_comes_only_when_asked_for(api: Api, wish: bool | None) -> None:  # noqa: FBT001
    assert api.post(WHOLE, chat_body("hi", stream=wish)).headers["content-type"] == "application/json"


# Grammars: how frames were written at other dates

GRAMMARS = FACTS.grammars
grammars = st.sampled_from(sorted(GRAMMARS))


def told_in(api: Api, body: Any, date: str, *, mode: Any = "full", progressive: bool = False) -> list[Any]:
    answer = plain(api, body)
    spoken = Spoken(answer, text_of(answer), [], progressive)
    return [json.loads(payload) for payload in frames.payloads(spoken, GRAMMARS[date], mode)]


@given(requests, grammars, st.sampled_from(["full", "concise"]), st.booleans())
def test_in_every_grammar_the_pieces_joined_are_the_text(
    api: Api,
    body: Any,
    date: str,
    mode: str,
    progressive: bool,  # noqa: FBT001
) -> None:
    told = told_in(api, body, date, mode=mode, progressive=progressive)
    answer = plain(api, body)

    assert "".join(deltas_of(told)) == text_of(answer) == text_of(told[-1])
    assert told[-1]["citations"] == answer["citations"]
    assert told[-1]["choices"][0]["finish_reason"] == "stop"
    assert told[-1]["usage"]["completion_tokens"] == answer["usage"]["completion_tokens"]


@given(requests, grammars)
def test_in_every_grammar_the_message_grows_and_the_count_never_falls(api: Api, body: Any, date: str) -> None:
    told = told_in(api, body, date)

    assert [text_of(frame) for frame in told] == ["".join(deltas_of(told)[: place + 1]) for place in range(len(told))]
    counted = [frame["usage"]["completion_tokens"] for frame in told]
    assert counted == sorted(counted)


@pytest.mark.parametrize("date", sorted(GRAMMARS))
class TestGrammar:
    @pytest.fixture
    def told(self, api: Api, date: str) -> list[Any]:
        return told_in(api, chat_body("çay"), date)

    @pytest.fixture
    def grammar(self, date: str) -> Grammar:
        return GRAMMARS[date]

    def test_objects_are_named_as_they_were(self, told: list[Any], date: str) -> None:
        objects = (told[0]["object"], told[-1]["object"])

        new = ("chat.completion.chunk", "chat.completion.done")
        assert objects == (new if date >= "2025-11" else ("chat.completion", "chat.completion"))

    def test_choices_are_written_as_they_were(self, told: list[Any], date: str) -> None:
        middle, last = [*told[1]["choices"][0]], [*told[-1]["choices"][0]]

        if date >= "2026-01":
            assert middle == ["index", "message", "delta"]
            assert last == ["index", "message", "delta", "finish_reason"]
        else:
            assert middle == last == ["index", "finish_reason", "message", "delta"]

    def test_roles_are_given_as_they_were(self, told: list[Any], date: str) -> None:
        roles = {frame["choices"][0]["delta"].get("role") for frame in told[1:-1]}

        assert roles == ({None} if date >= "2026-07" else {"assistant"})

    def test_costs_come_as_they_did(self, told: list[Any], date: str) -> None:
        assert ("cost" in told[0]["usage"]) is (date >= "2026-06")
        assert ("cost" in told[-1]["usage"]) is (date >= "2025-09")

    def test_results_have_the_keys_that_they_had(self, told: list[Any], grammar: Grammar) -> None:
        for frame in told:
            assert [[*row] for row in frame.get("search_results", [])] == [[*grammar.result_keys]] * (
                len(frame["citations"]) if grammar.result_keys else 0
            )

    def test_json_is_spaced_as_it_was(self, api: Api, grammar: Grammar, date: str) -> None:
        answer = plain(api, chat_body("çay"))
        first = next(iter(frames.payloads(Spoken(answer, text_of(answer), []), grammar, "full")))

        assert (b'"id": "' in first) is (date == "2025-04")
        assert first.isascii() is (date == "2025-04")


dated = st.builds(lambda body, date: (body, date), requests, grammars)


@given(dated, st.sampled_from([WHOLE, STREAM]))
def test_every_grammar_is_one_of_the_contract(api: Api, asked: Any, path: str) -> None:
    body, date = asked
    answer = replace(api, headers={"x-mock-stream-grammar": date}).post(path, {**body, "stream": True})

    assert answer.status_code == 200, answer.text
    for frame in frames_of(answer.content):
        FRAME.validate(frame)


@given(dated)
def test_in_every_grammar_a_stream_says_what_the_plain_answer_says(api: Api, asked: Any) -> None:
    body, date = asked
    answer = plain(api, body)
    told = streamed(replace(api, headers={"x-mock-stream-grammar": date}), body)
    last = told[-1]

    assert "".join(deltas_of(told)) == text_of(answer) == text_of(last)
    for name in ("id", "model", "created", "citations", "images", "related_questions"):
        assert last.get(name) == answer.get(name)
    keys = GRAMMARS[date].result_keys
    rows = [{key: row[key] for key in row if key in keys} for row in answer["search_results"]]
    assert last.get("search_results", []) == (rows if keys else [])
    counted = {key: value for key, value in last["usage"].items() if key != "cost"}
    assert counted == {key: value for key, value in answer["usage"].items() if key != "cost"}
    for name, amount in last["usage"].get("cost", {}).items():
        assert amount == pytest.approx(answer["usage"]["cost"][name], abs=0.5 * 10 ** -GRAMMARS[date].decimals + 1e-9)
        assert round(amount, GRAMMARS[date].decimals) == amount


@pytest.mark.parametrize("date", ["2025-04", "2025-07", "2025-09"])
def test_before_there_was_a_concise_mode_all_streams_were_full(api: Api, date: str) -> None:
    told = streamed(replace(api, headers={"x-mock-stream-grammar": date}), chat_body("çay", stream_mode="concise"))

    assert {frame["object"] for frame in told} == {"chat.completion"}
    assert [text_of(frame) for frame in told] == ["".join(deltas_of(told)[: place + 1]) for place in range(len(told))]


@pytest.mark.parametrize("date", sorted(GRAMMARS))
def test_a_grammar_is_chosen_by_the_server_or_by_the_request(fake: Any, api: Api, date: str) -> None:
    by_server = fake(stream_grammar=date).post(WHOLE, chat_body("çay", stream=True))
    by_request = replace(api.stranger(), headers={"x-mock-stream-grammar": date})
    overruled = replace(fake(stream_grammar="2025-04"), headers={"x-mock-stream-grammar": f" {date} "})

    assert by_server.content == by_request.post(WHOLE, chat_body("çay", stream=True)).content
    assert by_server.content == overruled.post(WHOLE, chat_body("çay", stream=True)).content


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("date", ["2025-10", "", "latest", "../errors"])
def test_a_grammar_that_is_not_known_is_refused_with_those_that_are(api: Api, date: str, stream: bool) -> None:  # noqa: FBT001
    answer = replace(api, headers={"x-mock-stream-grammar": date}).post(WHOLE, chat_body("çay", stream=stream))

    status, kind, message = refusal_of(answer)
    assert (status, kind) == (400, "invalid_request")
    assert message == f"Unknown stream grammar '{date}'. Known grammars: {', '.join(sorted(GRAMMARS))}."


# What is wrong before the first frame


@pytest.mark.parametrize("wish", ["true", "yes", 1, 0, [], {}, 1.5])
def test_a_wish_for_a_stream_of_another_type_is_refused(api: Api, wish: Any) -> None:
    for path in (WHOLE, STREAM):
        refused = api.post(path, chat_body("hi", stream=wish))

        assert refused.headers["content-type"] == "application/json"
        assert refusal_of(refused)[:2] == (400, "invalid_request")
        assert "stream" in refusal_of(refused)[2]


@pytest.mark.parametrize("mode", ["fast", "", "FULL", 1, None, ["full"]])
@pytest.mark.parametrize("stream", [True, False])
def test_a_mode_that_is_none_is_refused(api: Api, mode: Any, stream: bool) -> None:  # noqa: FBT001
    refused = api.post(WHOLE, chat_body("hi", stream_mode=mode, stream=stream))

    assert refused.headers["content-type"] == "application/json"
    assert refusal_of(refused)[0] == 400
    assert "stream_mode" in refusal_of(refused)[2]


@pytest.mark.parametrize(
    ("key", "status"), [("pplx-mock-invalid", 401), ("pplx-mock-no-credit", 401)], ids=["invalid", "no credit"]
)
def test_a_key_that_is_refused_gets_no_stream(api: Api, key: str, status: int) -> None:
    refused = api.under(key).post(WHOLE, chat_body("hi", stream=True))

    assert refused.headers["content-type"] == "application/json"
    assert refusal_of(refused)[0] == status


def test_a_first_frame_that_cannot_be_made_is_an_error_and_no_stream(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        yield b'{"object": "nothing of the contract"}'

    monkeypatch.setattr(frames, "payloads", broken)
    refused = api.post(WHOLE, chat_body("hi", stream=True))

    assert refused.headers["content-type"] == "application/json"
    assert refusal_of(refused)[:2] == (500, "internal_error")


def test_a_stream_that_cannot_be_finished_is_broken_off(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its status is sent, so that no error can follow; a test that calls the application itself has no connection."""
    written = frames.payloads

    def broken(spoken: Any, grammar: Any, mode: Any) -> Any:
        yield from [*written(spoken, grammar, mode)][:3]
        yield b'{"object": "nothing of the contract"}'

    monkeypatch.setattr(frames, "payloads", broken)
    with pytest.raises(ConnectionResetError):
        api.post(WHOLE, chat_body("hi", stream=True))

    assert "broke off: BrokenContractError" in caplog.text


def test_an_event_is_one_line_and_a_blank_one() -> None:
    assert sse.event(b"{}") == b"data: {}\r\n\r\n"


def test_a_ping_is_a_comment_with_the_time() -> None:
    assert sse.ping(0) == b": ping - 1970-01-01 00:00:00.000000\r\n\r\n"
