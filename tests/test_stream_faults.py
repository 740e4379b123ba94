"""Faults of streams: each by its name, at its place, and nothing else changed."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import cli
from mock_server.app import create_app
from mock_server.clock import VirtualClock
from mock_server.faults import tables
from mock_server.streaming import chunks, faults
from mock_server.streaming.changes import Context
from mock_server.streaming.events import Write
from mock_server.streaming.faults import FAULTS, FORMS
from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from tests.conftest import Api

CHAT = "/chat/completions"
COUNT = 21
QUESTION = "çay"
DOCS = Path(__file__).parent.parent / "docs" / "streams.md"
ERROR = b'{"error":{"message":"Internal server error","type":"internal_error","code":500}}'
PLACED = sorted(name for name, fault in FAULTS.items() if fault.change)
WHOLE = sorted(FAULTS.keys() - set(PLACED))


def body(**fields: Any) -> Any:
    return chat_body(QUESTION, **{"stream": True, "max_tokens": COUNT - 1, **fields})


def told(api: Api, fault: str | None = None, **fields: Any) -> httpx.Response:
    """A stream of a key that nobody has used, so that its id is always the same."""
    headers = {} if fault is None else {"x-mock-stream-fault": fault}
    answer = replace(api.stranger(), headers={**api.headers, **headers}).post(CHAT, body(**fields))
    assert answer.status_code == 200, answer.text
    return answer


def events(content: bytes, end: bytes = b"\r\n") -> list[bytes]:
    *whole, rest = content.split(2 * end)
    assert rest == b""
    return whole


def frames(content: bytes) -> list[Any]:
    return [orjson.loads(event.removeprefix(b"data: ")) for event in events(content) if b"[DONE]" not in event]


@pytest.fixture(scope="module")
def plain(api: Api) -> list[bytes]:
    """The events of the stream without faults."""
    said = events(told(api).content)
    assert len(said) == COUNT
    return said


# One by one


def test_what_can_be_asked_for_is_what_there_is() -> None:
    assert list(FAULTS) == list(FORMS)
    assert [form.name for form in FORMS.values() if form.placed] == [name for name in FAULTS if name in PLACED]


def test_doubled(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "doubled").content) == [*plain[:2], *plain[1:]]


def test_missing_finish(api: Api, plain: list[bytes]) -> None:
    *before, last = events(told(api, "missing-finish").content)

    assert before == plain[:-1]
    assert b"finish_reason" not in last
    whole = orjson.loads(plain[-1][6:])
    del whole["choices"][0]["finish_reason"]
    assert orjson.loads(last[6:]) == whole


def test_null_finish(api: Api, plain: list[bytes]) -> None:
    said = events(told(api, "null-finish").content)

    assert said == [*plain[:-1], plain[-1].replace(b'"finish_reason":"stop"', b'"finish_reason":null')]


@pytest.mark.parametrize("date", ["2025-11", "2025-04"])
@pytest.mark.parametrize(("fault", "value"), [("null-finish", None), ("missing-finish", "gone")])
def test_a_finish_reason_is_changed_in_older_grammars_too(api: Api, date: str, fault: str, value: str | None) -> None:
    older = replace(api, headers={"x-mock-stream-grammar": date})

    assert frames(told(older, fault).content)[-1]["choices"][0].get("finish_reason", "gone") == value


def test_a_text_that_talks_of_finish_reasons_stays_as_it_is(api: Api) -> None:
    pattern = {"type": "regex", "regex": {"regex": r'\{"finish_reason":"stop","object":"me"\}, "finish_reason":"stop"'}}
    wished = "missing-finish@all, null-finish@all, named"
    content = told(api, wished, response_format=pattern, max_tokens=200).content

    said = frames(re.sub(rb"event: chat.completion.(chunk|done)\r\n", b"", content))

    assert said[-1]["choices"][0]["message"]["content"].count('"finish_reason":"stop"') == 2


def test_done(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "done").content) == [*plain, b"data: [DONE]"]
    assert events(told(api, "done@3").content) == [*plain[:4], b"data: [DONE]", *plain[4:]]


def test_no_done(api: Api) -> None:
    assert b"[DONE]" in told(api, model="sonar-deep-research").content
    assert b"[DONE]" not in told(api, "no-done", model="sonar-deep-research").content


def test_error(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "error@2").content) == [*plain[:2], b"data: " + ERROR]
    assert events(told(api, "error@0", model="sonar-deep-research").content)[1:] == [b"data: " + ERROR]


def test_error_event(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "error-event@2").content) == [*plain[:2], b"event: error\r\ndata: " + ERROR]


def test_html(api: Api, plain: list[bytes]) -> None:
    content = told(api, "html@2").content

    start = b"".join(event + b"\r\n\r\n" for event in plain[:2])
    page = tables.load().pages["cloudflare-502"].content.encode()
    assert content == start + page.replace(b"\n", b"\r\n")


def test_stop(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "stop").content) == plain[:-1]
    assert events(told(api, "stop@3").content) == plain[:3]
    assert told(api, "stop@0").content == b""
    assert b"[DONE]" not in told(api, "stop", model="sonar-deep-research").content


def test_reset_without_a_connection_is_an_error_for_whoever_called(api: Api) -> None:
    with pytest.raises(ConnectionResetError):
        told(api, "reset@3")


def test_stall(loop: asyncio.AbstractEventLoop, api: Api) -> None:
    clock = VirtualClock()
    transport = httpx.ASGITransport(create_app(clock=clock))
    stalled = type(api)(httpx.AsyncClient(transport=transport, base_url="http://fake"), loop)

    async def pass_time() -> float:
        while not clock.waiting:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0)
        clock.advance(7)
        return clock.now()

    moving = loop.create_task(pass_time())
    assert told(stalled, "stall=7@3").content == told(api).content
    assert loop.run_until_complete(moving) == 7


def test_ping(api: Api, plain: list[bytes]) -> None:
    comment = b": ping - 2026-11-01 12:00:00.000000"

    assert events(told(api, "ping").content) == [part for event in plain for part in (comment, event)]
    assert events(told(api, "ping@2").content) == [*plain[:2], comment, *plain[2:]]


def test_cut(api: Api, plain: list[bytes]) -> None:
    said = events(told(api, "cut@2").content)

    assert said[:2] + said[3:] == plain[:2] + plain[3:]
    assert plain[2].startswith(said[2])
    assert len(said[2]) == pytest.approx(len(plain[2]) / 2, abs=6)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(said[2][6:])


def test_multiline(api: Api, plain: list[bytes]) -> None:
    said = events(told(api, "multiline").content)

    assert all(event.count(b"\r\ndata: ") == 2 for event in said)
    assert [b"data: " + re.sub(rb"(^|\r\n)data: ", b"", event) for event in said] == plain
    joined = [re.sub(rb"\r\ndata: ", b"\n", event)[6:] for event in said]
    assert [orjson.loads(data) for data in joined] == [orjson.loads(event[6:]) for event in plain]


def test_no_space(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "no-space").content) == [event.replace(b"data: ", b"data:", 1) for event in plain]
    assert events(told(api, "no-space@1").content)[2:] == plain[2:]


def test_named(api: Api, plain: list[bytes]) -> None:
    names = [b"event: chat.completion.chunk\r\n"] * (COUNT - 1) + [b"event: chat.completion.done\r\n"]

    assert events(told(api, "named").content) == [name + event for name, event in zip(names, plain, strict=True)]
    assert b"event: chat.reasoning.done\r\n" in told(api, "named", stream_mode="concise").content


@pytest.mark.parametrize("model", ["sonar", "sonar-deep-research"])
def test_bom(api: Api, model: str) -> None:
    assert told(api, "bom", model=model).content == b"\xef\xbb\xbf" + told(api, model=model).content


@pytest.mark.parametrize("model", ["sonar", "sonar-deep-research"])
def test_lf(api: Api, model: str) -> None:
    assert told(api, "lf", model=model).content == told(api, model=model).content.replace(b"\r\n", b"\n")


def test_crlf(api: Api) -> None:
    assert told(api, "crlf").content == told(api, "lf,crlf").content == told(api).content


@pytest.mark.parametrize("model", ["sonar", "sonar-deep-research"])
def test_unfinished(api: Api, model: str) -> None:
    whole = told(api, model=model).content

    assert told(api, "unfinished", model=model).content == whole.removesuffix(b"\r\n")
    assert told(api, "unfinished, lf", model=model).content.endswith((b"}\n", b"data: [DONE]\n"))


def test_wrong_type(api: Api) -> None:
    answer = told(api, "wrong-type")

    assert answer.headers["content-type"] == "application/json"
    assert answer.content == told(api).content


@pytest.mark.parametrize("fault", ["joined=5", "rechunked", "split-characters", "split-line-ends", "bytewise"])
@pytest.mark.parametrize("pace", ["none", "tps=5000,jitter=1"])
def test_where_writes_end_changes_no_byte(api: Api, fault: str, pace: str) -> None:
    paced = replace(api, headers={"x-mock-stream-pace": pace})

    assert told(paced, fault).content == told(api).content


# Writes


def cut(fault: str, contents: list[bytes], *, digest: bytes = b"a" * 32, **last: Any) -> list[Write]:
    writes = [Write(number, content) for number, content in enumerate(contents)]
    writes[-1] = replace(writes[-1], **last)
    return list(faults.on_writes(iter(writes), faults.parse(fault), Context(digest, b"", b"")))


def test_joined_writes_are_due_with_their_last() -> None:
    assert [(one.frame, one.content) for one in cut("joined=2", [b"a", b"b", b"c"])] == [(1, b"ab"), (2, b"c")]


def test_characters_are_split() -> None:
    said = cut("split-characters", ["çay 茶 🍵!".encode()])

    assert [one.content for one in said] == [b"\xc3", b"\xa7ay \xe8", b"\x8c\xb6 \xf0", b"\x9f\x8d\xb5!"]


def test_line_ends_are_split() -> None:
    assert [one.content for one in cut("split-line-ends", [b"a\r\n\r\n"])] == [b"a\r", b"\n\r", b"\n"]


def test_bytes_are_single() -> None:
    assert [one.content for one in cut("bytewise", [b"abc", b"d"])] == [b"a", b"b", b"c", b"d"]


@given(st.lists(st.binary(min_size=1, max_size=5000), min_size=1, max_size=20), st.binary(min_size=32, max_size=32))
def test_random_places_lose_nothing_and_are_the_same_for_the_same_request(contents: list[bytes], digest: bytes) -> None:
    said = cut("rechunked", contents, digest=digest)

    assert b"".join(one.content for one in said) == b"".join(contents)
    assert [one.frame for one in said] == sorted(one.frame for one in said)
    assert said == cut("rechunked", contents, digest=digest)


def test_random_places_are_within_characters_and_line_ends_and_across_events() -> None:
    """Over some requests; no single one has all of them."""
    event = b"data: " + "çay 茶".encode() * 20 + b"\r\n\r\n"
    ends: set[int] = set()
    longest = 0
    for number in range(30):
        place = 0
        for one in cut("rechunked", [event] * 40, digest=bytes([number]) * 32):
            place += len(one.content)
            longest = max(longest, len(one.content))
            ends.add(place % len(event))

    assert len(event) - 1 in ends
    assert len(event) - 3 in ends
    assert any(event[end] & 0xC0 == 0x80 for end in ends)
    assert longest > len(event)


@pytest.mark.parametrize("fault", ["joined=3", "rechunked", "bytewise", "split-characters", "split-line-ends"])
def test_what_was_said_before_a_reset_is_written_before_it(fault: str) -> None:
    *before, last = cut(fault, [b"first", b"second", b""], reset=True)

    assert last.reset
    assert not any(one.reset for one in before)
    assert b"".join(one.content for one in [*before, last]) == b"firstsecond"


@pytest.mark.parametrize("fault", ["joined=3", "rechunked", "bytewise"])
def test_silence_comes_once_and_before_its_write(fault: str) -> None:
    said = cut(fault, [b"first", b"second"], stall=3.0)

    assert sum(one.stall for one in said) == 3
    start = next(place for place, one in enumerate(said) if one.stall)
    assert b"".join(one.content for one in said[:start]) == b"first"


def test_sizes_differ() -> None:
    assert len({next(chunks._sizes(bytes([number]) * 32)) for number in range(50)}) > 20


# Places, chances and several at once


@pytest.mark.parametrize(("place", "frame"), [("0", 0), ("first", 0), ("-1", -1), ("last", -1), ("7", 7), ("-4", -4)])
@pytest.mark.parametrize("model", ["sonar", "sonar-deep-research"])
def test_a_place_is_a_frame_counted_from_either_end(api: Api, place: str, frame: int, model: str) -> None:
    said = frames(re.sub(rb"^: ping.*\r\n\r\n", b"", told(api, f"doubled@{place}", model=model).content))

    frame %= COUNT
    assert said[frame] == said[frame + 1]
    assert len(said) == COUNT + 1


def test_all_is_every_frame(api: Api, plain: list[bytes]) -> None:
    assert events(told(api, "doubled@all").content) == [event for event in plain for _ in range(2)]


@pytest.mark.parametrize("place", ["500", "-500"])
def test_a_place_beyond_the_stream_is_nowhere(api: Api, place: str) -> None:
    assert told(api, f"stop@{place}").content == told(api).content


def test_chance_is_the_share_of_requests_and_the_same_for_the_same(api: Api) -> None:
    wanted = faults.parse("doubled~0.1")
    digests = [number.to_bytes(32, "big") for number in range(3000)]
    met = [digest for digest in digests if faults.struck(wanted, digest)]

    assert 240 < len(met) < 360
    assert met == [digest for digest in digests if faults.struck(wanted, digest)]
    assert not any(faults.struck(faults.parse("doubled~0"), digest) for digest in digests)
    assert all(faults.struck(faults.parse("doubled~1"), digest) for digest in digests)
    counts = {size: told(api, "doubled~0.5", max_tokens=size).content.count(b"data: ") for size in range(16, 40)}
    assert {count - size for size, count in counts.items()} == {1, 2}


def test_faults_meet_streams_independently() -> None:
    wanted = faults.parse("doubled~0.5,cut~0.5,doubled@3~0.5")
    met = {tuple(faults.struck(wanted, bytes([number]) * 32)) for number in range(100)}

    assert len(met) == 8


def test_faults_go_together(api: Api, plain: list[bytes]) -> None:
    """A frame that breaks off with the stream."""
    content = told(api, "unfinished, stop@4 ,cut@3").content

    assert events(content.rpartition(b"data: ")[0]) == plain[:3]
    assert content.endswith(b"\r\n")
    assert not content.endswith(b"\r\n\r\n")


@given(st.lists(st.sampled_from(sorted(FAULTS.keys() - {"reset", "stall"})), max_size=5), st.booleans())
def test_any_faults_go_together(api: Api, names: list[str], concise: bool) -> None:  # noqa: FBT001
    mode = "concise" if concise else "full"

    assert told(api, ",".join(names), stream_mode=mode, max_tokens=16, disable_search=True).status_code == 200


# How faults are asked for


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("doubeld", "there is no fault 'doubeld'. Did you mean 'doubled'?"),
        ("Doubled!", "there is no fault 'Doubled!'. Did you mean 'doubled'?"),
        ("doubled,,stop", "there is no fault ''. Known: stall, "),
        ("doubled=2", "doubled takes no amount, got '2'"),
        ("stall=x", "stall: seconds is 0 to 3600, got 'x'"),
        ("stall=3601", "got '3601'"),
        ("joined=1", "joined: frames is 2 to 1000, got '1'"),
        ("joined=2.5", "joined takes a whole number of frames, got '2.5'"),
        ("doubled@", "got ''"),
        ("doubled@middle", "a place is first, last, all or a number from -1000, got 'middle'"),
        ("doubled@-1001", "got '-1001'"),
        ("lf@3", "lf has no place, as it concerns the whole stream, got @3"),
        ("doubled~2", "doubled: chance is 0 to 1, got '2'"),
        ("doubled~", "got ''"),
        (",".join(["doubled"] * 17), "a stream takes 16 faults at most, got 17"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_a_fault_that_is_none_is_explained(api: Api, text: str, said: str, stream: bool) -> None:  # noqa: FBT001
    answer = replace(api, headers={"x-mock-stream-fault": text}).post(CHAT, body(stream=stream))

    status, kind, message = refusal_of(answer)
    assert (status, kind) == (400, "invalid_request")
    assert message.startswith("x-mock-stream-fault: ")
    assert said in message


@pytest.mark.parametrize("text", ["none", "", " "])
def test_no_fault_can_be_asked_for(fake: Any, text: str) -> None:
    faulty = fake(stream_fault="stop@0")

    assert told(faulty).content == b""
    assert len(events(told(faulty, text).content)) == COUNT


def test_a_request_has_the_last_word(fake: Any, plain: list[bytes]) -> None:
    assert events(told(fake(stream_fault="stop@0"), "doubled@0").content) == [plain[0], *plain]


def test_a_refused_wish_counts_and_costs_nothing(api: Api) -> None:
    account = api.stranger()
    replace(account, headers={"x-mock-stream-fault": "doubeld"}).post(CHAT, body())

    assert orjson.loads(account.get("/usage").content)["total"]["requests"] == 0
    assert account.post(CHAT, body()).content == told(api).content


def test_an_answer_that_is_no_stream_has_no_faults(api: Api) -> None:
    assert orjson.loads(told(api, "stop@0, html@0", stream=False).content)["object"] == "chat.completion"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_whatever_is_asked_for_is_a_fault_or_explained(text: str) -> None:
    try:
        faults.parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017  # what is wanted is one of two endings


# What is said about them


@pytest.mark.parametrize("name", PLACED)
def test_the_form_of_a_fault_is_one_that_can_be_asked_for(name: str) -> None:
    assert faults.parse(FORMS[name].text) == faults.parse(name)


def test_help_lists_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["serve", "--help"])

    said = capsys.readouterr().out
    for form in FORMS.values():
        assert re.search(rf"^  {re.escape(form.text)} +{re.escape(form.sentence)}$", said, re.MULTILINE)


def test_the_page_about_streams_lists_every_fault_as_the_registry_does() -> None:
    assert faults.table() in DOCS.read_text(encoding="utf-8"), f"put this there:\n{faults.table()}"


@pytest.mark.parametrize("name", WHOLE + PLACED)
def test_every_fault_has_a_test_of_its_name(name: str) -> None:
    shown = {"joined", "rechunked", "bytewise", "split-characters", "split-line-ends", "reset"}

    assert name in shown or f"test_{name.replace('-', '_')}" in globals()
