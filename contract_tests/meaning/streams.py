"""Streams of chats: frames that join to the answer, in the grammar of their date."""

from __future__ import annotations

from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.meaning.chat import CHAT, said
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat, questions
from mock_server.jsontypes import JSON, JSONObject

STREAM = "stream_chat_completion"
_DONE = "chat.completion.done"
_CONCISE = ("chat.reasoning", "chat.reasoning.done", "chat.completion.chunk", _DONE)
_asked = st.tuples(questions, st.sampled_from(["sonar", "sonar-pro", "sonar-reasoning-pro"]))


def _stream(probe: Probe, question: str, model: str = "sonar", **fields: JSON) -> Answer:
    answer = probe.call(CHAT, chat(question, model, stream=True, **fields))
    probe.require(answer.is_stream, "an event stream", answer.media_type)
    probe.require(len(answer.frames) > 1, "more than one frame", len(answer.frames))
    return answer


def _delta(frame: JSONObject) -> str:
    content = reading.member(frame, "choices", 0, "delta").get("content")
    return content if isinstance(content, str) else ""


@check("PPLX-STREAM-001", "The deltas of a stream join to the text of its last frame.", basis="wire",
       source="evidence 2.3", operations=(CHAT,), quick=3, full=15)  # fmt: skip
def deltas_join(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        frames = _stream(probe, *asked).frames
        joined = "".join(_delta(frame) for frame in frames)
        whole = reading.text(frames[-1], "choices", 0, "message", "content")
        probe.require(joined == whole, "deltas that join to the text of the last frame", f"{joined!r} / {whole!r}")
        probe.require(bool(whole), "a text", whole)

    probe.given(_asked, held, quick=3, full=15)


@check("PPLX-STREAM-002", "A stream says what the plain answer says: text, citations, results, usage.", basis="design",
       source="design 5", operations=(CHAT,), quick=6, full=30, targets=("fake",))  # fmt: skip
def streams_equal_answers(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        question, model = asked
        plain = probe.call(CHAT, chat(question, model))
        last = _stream(probe, question, model).frames[-1]
        probe.require(
            reading.text(last, "choices", 0, "message", "content") == said(plain), "the text of the plain answer", last
        )
        for name in ("citations", "search_results", "usage"):
            probe.require(last.get(name) == plain.object.get(name), f"the {name} of the plain answer", last.get(name))

    probe.given(_asked, held, quick=3, full=15)


@check("PPLX-STREAM-003", "The message of each frame is the text so far.", basis="wire", source="evidence 2.3, 13.2",
       operations=(CHAT,), quick=2, full=10)  # fmt: skip
def messages_are_cumulative(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        so_far = ""
        for frame in _stream(probe, *asked).frames:
            so_far += _delta(frame)
            message = reading.text(frame, "choices", 0, "message", "content")
            probe.require(message == so_far, "a message that is the text so far", f"{message!r} / {so_far!r}")

    probe.given(_asked, held, quick=2, full=10)


@check("PPLX-STREAM-004", "Running totals of tokens never fall, and add up in each frame.", basis="wire",
       source="evidence 2.3, 13.2, 13.4", operations=(CHAT,), quick=2, full=10)  # fmt: skip
def totals_rise(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        before = 0
        for frame in _stream(probe, *asked).frames:
            prompt, written, total = (
                reading.integer(frame, "usage", f"{name}_tokens") for name in ("prompt", "completion", "total")
            )
            probe.require(written >= before, "completion tokens that never fall", f"{written} after {before}")
            probe.require(total == prompt + written, "total_tokens = prompt_tokens + completion_tokens", frame["usage"])
            before = written

    probe.given(_asked, held, quick=2, full=10)


@check("PPLX-STREAM-005", "The last frame, and no other, is done and says why the text ended.", basis="wire",
       source="evidence 2.3, 13.2", operations=(CHAT,), quick=2, full=6)  # fmt: skip
def only_the_last_is_done(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        *frames, last = _stream(probe, *asked).frames
        objects = [reading.text(frame, "object") for frame in frames]
        early = [frame for frame in frames if reading.member(frame, "choices", 0).get("finish_reason") is not None]
        probe.require(set(objects) == {"chat.completion.chunk"}, "chunks before the last frame", sorted(set(objects)))
        probe.require(not early, "no finish_reason before the last frame", len(early))
        probe.require(last.get("object") == _DONE, f"{_DONE} for the last frame", last.get("object"))
        finish = reading.text(last, "choices", 0, "finish_reason")
        probe.require(finish == "stop", "finish_reason stop in the last frame", finish)

    probe.given(_asked, held, quick=2, full=6)


@check("PPLX-STREAM-006", "All frames of a stream have one id and one model.", basis="wire", source="evidence 2.3",
       operations=(CHAT,), quick=1, full=3)  # fmt: skip
def one_id(probe: Probe) -> None:
    frames = _stream(probe, QUESTIONS[0]).frames
    for name in ("id", "model"):
        found = {reading.text(frame, name) for frame in frames}
        probe.require(len(found) == 1, f"one {name} in all frames", sorted(found))


@check("PPLX-STREAM-007", "Each frame of a full stream repeats citations and search results.", basis="wire",
       source="evidence 2.3, 12.2 row 6", operations=(CHAT,), quick=1, full=3)  # fmt: skip
def results_in_each_frame(probe: Probe) -> None:
    frames = _stream(probe, QUESTIONS[1]).frames
    for name in ("citations", "search_results"):
        told = [reading.listed(frame, name) for frame in frames]
        probe.require(all(rows == told[-1] for rows in told), f"the same {name} in each frame", [len(r) for r in told])
        probe.require(bool(told[-1]), f"some {name}", told[-1])


@check("PPLX-STREAM-008", "The cost is zeros until the last frame, which has the real one.", basis="wire",
       source="evidence 2.3, 13.2", operations=(CHAT,), quick=1, full=3)  # fmt: skip
def cost_comes_last(probe: Probe) -> None:
    *frames, last = _stream(probe, QUESTIONS[2]).frames
    early = [reading.member(frame, "usage", "cost") for frame in frames]
    probe.require(not any(value for cost in early for value in cost.values()), "zeros before the last frame", early[0])
    total = reading.at(last, "usage", "cost", "total_cost")
    probe.require(isinstance(total, int | float) and total > 0, "a cost in the last frame", total)


@check("PPLX-STREAM-009", "A sonar stream has no end marker; deep research ends with one.", basis="wire",
       source="evidence 2.2, 13.1", operations=(CHAT,), quick=2, full=2, cost="0.8")  # fmt: skip
def end_markers(probe: Probe) -> None:
    events = [event.data for event in _stream(probe, QUESTIONS[0]).events]
    probe.require("[DONE]" not in events, "no [DONE] from sonar", events[-1])
    events = [event.data for event in _stream(probe, QUESTIONS[0], "sonar-deep-research").events]
    probe.require(events[-1] == "[DONE]" and events.count("[DONE]") == 1, "one [DONE] at the end", events[-1])


@check("PPLX-STREAM-010", "Concise mode sends its four kinds of frames in their order.", basis="docs",
       source="evidence 2.4", operations=(CHAT,), quick=1, full=4)  # fmt: skip
def concise_order(probe: Probe) -> None:
    def held(question: str) -> None:
        frames = _stream(probe, question, stream_mode="concise").frames
        objects = [reading.text(frame, "object") for frame in frames]
        places = [_CONCISE.index(name) if name in _CONCISE else -1 for name in objects]
        probe.require(places == sorted(places) and min(places) >= 0, "kinds of frames in their order", objects)
        probe.require(set(objects) >= set(_CONCISE[1:]), "each kind of frame", sorted(set(objects)))
        chunks = [frame for frame in frames if frame["object"] == "chat.completion.chunk"]
        probe.require(not any("usage" in frame or "citations" in frame for frame in chunks), "bare chunks", chunks[0])
        joined = "".join(_delta(frame) for frame in chunks)
        whole = reading.text(frames[-1], "choices", 0, "message", "content")
        probe.require(joined == whole, "chunks that join to the text of the last frame", f"{joined!r} / {whole!r}")

    probe.given(questions, held, quick=1, full=4)


@check("PPLX-STREAM-011", "Concise mode tells results and usage on its two done frames, the cost on the last alone.",
       basis="docs", source="evidence 2.4", operations=(CHAT,), quick=1, full=2)  # fmt: skip
def concise_results(probe: Probe) -> None:
    answer = _stream(probe, QUESTIONS[1], stream_mode="concise")
    frames = {reading.text(frame, "object"): frame for frame in answer.frames}
    middle, last = frames["chat.reasoning.done"], frames[_DONE]
    probe.require("cost" not in reading.member(middle, "usage"), "no cost before the end", middle["usage"])
    probe.require("cost" in reading.member(last, "usage"), "a cost at the end", last["usage"])
    for frame in (middle, last):
        probe.require(bool(reading.rows(frame, "search_results")), "search results", frame.get("search_results"))


@check("PPLX-STREAM-012", "Events are unnamed and end in CRLF.", basis="wire", source="evidence 2.1, 13.1",
       operations=(CHAT,), quick=1, full=1)  # fmt: skip
def events_are_plain(probe: Probe) -> None:
    answer = _stream(probe, QUESTIONS[0])
    named = [event.name for event in answer.events if event.name not in {"", "message"}]
    probe.require(not named, "events without a name", named)
    probe.require(b"\n" not in answer.content.replace(b"\r\n", b""), "lines that end in CRLF", answer.content[-60:])


@check("PPLX-STREAM-013", "A stream says its character set.", basis="wire", source="evidence 13.1", operations=(CHAT,),
       quick=1, full=1)  # fmt: skip
def charset_is_told(probe: Probe) -> None:
    header = _stream(probe, QUESTIONS[0]).header("content-type") or ""
    probe.require("charset=utf-8" in header.lower().replace(" ", ""), "charset=utf-8 in the content type", header)


@check("PPLX-STREAM-014", "A refusal of a streamed request is JSON with its status.", basis="wire",
       source="evidence 4.4", operations=(CHAT,), quick=1, full=1, cost="0")  # fmt: skip
def refusals_are_plain(probe: Probe) -> None:
    answer = probe.call(CHAT, chat(QUESTIONS[0], "no-such-model", stream=True), status=400)
    probe.require(not answer.is_stream, "JSON, no stream", answer.media_type)


@check("PPLX-STREAM-015", "The path for streams streams without being asked to, and its citations only grow.",
       basis="directory", source="design 2", operations=(STREAM,), quick=2, full=6)  # fmt: skip
def citations_grow(probe: Probe) -> None:
    def held(question: str) -> None:
        answer = probe.call(STREAM, chat(question))
        probe.require(answer.is_stream, "an event stream", answer.media_type)
        before: list[str] = []
        for frame in answer.frames:
            now = reading.texts(frame, "citations")
            probe.require(now[: len(before)] == before, "citations that only grow", f"{before} then {now}")
            text = reading.text(frame, "choices", 0, "message", "content")
            reached = max(reading.markers(text), default=0)
            probe.require(len(now) >= reached, "a citation for each marker so far", f"{len(now)} of {reached}")
            before = now
        probe.require(bool(before), "citations in the end", before)

    probe.given(questions, held, quick=2, full=6)


@check("PPLX-STREAM-016", "The role stands in the first frame's delta and in the last one's.", basis="wire",
       source="evidence 2.3", operations=(CHAT,), quick=1, full=1, editions=("complete", "2026-07"))  # fmt: skip
def roles(probe: Probe) -> None:
    frames = _stream(probe, QUESTIONS[0]).frames
    for frame in (frames[0], frames[-1]):
        role = reading.member(frame, "choices", 0, "delta").get("role")
        probe.require(role == "assistant", "the role assistant in the first and the last delta", role)
