"""Agent: streams that say what the plain answer says, in named and numbered events."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.meaning.agent import AGENT, NEWER, ask, bare, items, said, task
from contract_tests.meaning.agent_runs import READ, begin, reads
from contract_tests.meaning.waiting import MOST_READS
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, questions
from mock_server.jsontypes import JSON, JSONObject

_TERMINAL = frozenset({f"response.{end}" for end in ("completed", "failed", "incomplete", "cancelled")})
_ADDED, _DONE = "response.output_item.added", "response.output_item.done"
_DELTA, _TEXT = "response.output_text.delta", "response.output_text.done"
_QUERIES, _FOUND = "response.reasoning.search_queries", "response.reasoning.search_results"


def stream(probe: Probe, question: JSON, **fields: JSON) -> Answer:
    """Give a task whose answer is streamed."""
    answer = probe.call(AGENT, task(question, stream=True, **fields))
    probe.require(answer.is_stream, "an event stream", answer.media_type)
    return answer


def ended(probe: Probe, frames: list[JSONObject]) -> JSONObject:
    """The whole answer that the last event of a stream carries."""
    probe.require(bool(frames) and frames[-1].get("type") in _TERMINAL, "an event that ends the run", frames[-1:])
    return reading.member(frames[-1], "response")


def _of(frames: list[JSONObject], *kinds: str) -> list[JSONObject]:
    return [frame for frame in frames if frame.get("type") in kinds]


def _presets(probe: Probe) -> st.SearchStrategy[str]:
    return st.sampled_from(["fast"] if probe.target.charges else ["fast", "low", "medium"])


@check("PPLX-AGENT-301", "The deltas of a message join to its text, in its last event and in the whole answer.",
       basis="wire", source="evidence 2.5", operations=(AGENT,), quick=2, full=12, cost="0.005")  # fmt: skip
def deltas_join(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        question, preset = asked
        frames = stream(probe, question, preset=preset).frames
        joined: dict[str, str] = defaultdict(str)
        for frame in _of(frames, _DELTA):
            joined[reading.text(frame, "item_id")] += reading.text(frame, "delta")
        told = {reading.text(frame, "item_id"): reading.text(frame, "text") for frame in _of(frames, _TEXT)}
        probe.require(joined == told, "deltas that join to the text of the event that ends them", f"{joined} / {told}")
        whole = said(ended(probe, frames))
        probe.require("".join(told.values()) == whole, "the text of the whole answer", f"{told} / {whole!r}")
        probe.require(bool(whole), "a message with a text", whole)

    probe.given(st.tuples(questions, _presets(probe)), held, quick=2, full=12)


@check("PPLX-AGENT-302", "Every event has a sequence number, and they rise from 0.", basis="wire",
       source="evidence 2.5, 13.4", operations=(AGENT,), quick=1, full=4, cost="0.005")  # fmt: skip
def numbers_rise(probe: Probe) -> None:
    for question in QUESTIONS[: 4 if probe.thorough else 1]:
        numbers = [reading.integer(frame, "sequence_number") for frame in stream(probe, question).frames]
        probe.require(numbers == sorted(set(numbers)), "numbers that rise", numbers)
        probe.require(numbers[0] == 0, "0 for the first event", numbers[0])


@check("PPLX-AGENT-303", "Each event has the name that its data gives as type.", basis="wire",
       source="evidence 2.5, 12.2 point 5", operations=(AGENT,), quick=1, full=1, cost="0.005")  # fmt: skip
def events_are_named(probe: Probe) -> None:
    answer = stream(probe, QUESTIONS[0])
    named = [event.name for event in answer.events]
    types = [reading.text(frame, "type") for frame in answer.frames]
    probe.require(named == types, "names that are the types", f"{named[:3]} / {types[:3]}")


@check("PPLX-AGENT-304", "A stream opens with created and in_progress, and one event alone, the last, ends it.",
       basis="wire", source="evidence 2.5", operations=(AGENT,), quick=1, full=3, cost="0.005")  # fmt: skip
def beginning_and_end(probe: Probe) -> None:
    for question in QUESTIONS[: 3 if probe.thorough else 1]:
        frames = stream(probe, question).frames
        types = [reading.text(frame, "type") for frame in frames]
        opening = ["response.created", "response.in_progress"]
        probe.require(types[:2] == opening, "created, then in_progress", types[:2])
        for frame in frames[:2]:
            status, output = (reading.at(frame, "response", name) for name in ("status", "output"))
            probe.require(status == "in_progress" and output == [], "an opening that has done nothing", status)
            probe.require(reading.at(frame, "response", "usage") is None, "no usage at first", frame)
        ends = [kind for kind in types if kind in _TERMINAL]
        probe.require(ends == types[-1:], "one event that ends the run, the last", ends)


@check("PPLX-AGENT-305", "The last event carries the whole answer, with usage, under the id of the first.",
       basis="wire", source="evidence 2.5, 13.4", operations=(AGENT,), quick=1, full=3, cost="0.005")  # fmt: skip
def the_end_is_whole(probe: Probe) -> None:
    for question in QUESTIONS[: 3 if probe.thorough else 1]:
        answer = stream(probe, question)
        last = ended(probe, answer.frames)
        probe.require(answer.frames[-1]["type"] == "response.completed", "response.completed", answer.frames[-1])
        probe.require(last.get("status") == "completed", "the status completed", last.get("status"))
        first = reading.at(answer.frames[0], "response", "id")
        probe.require(last.get("id") == first, "one id in the first event and the last", f"{first} / {last.get('id')}")
        probe.require(bool(said(last)), "the message", last.get("output"))
        total = reading.at(last, "usage", "cost", "total_cost")
        probe.require(isinstance(total, int | float) and total > 0, "usage with its cost", last.get("usage"))


@check("PPLX-AGENT-306", "No sentinel ends a stream.", basis="wire", source="evidence 2.2, 12.1", operations=(AGENT,),
       quick=1, full=1, cost="0.005")  # fmt: skip
def no_sentinel(probe: Probe) -> None:
    last = stream(probe, QUESTIONS[0]).events[-1].data
    probe.require(last != "[DONE]", "no [DONE]", last)


@check("PPLX-AGENT-307", "Each item of the output is added once, and done once after that, at its place.",
       basis="wire", source="evidence 2.5", operations=(AGENT,), quick=2, full=8, cost="0.005")  # fmt: skip
def items_are_added_and_done(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        question, preset = asked
        frames = stream(probe, question, preset=preset).frames
        output = reading.rows(ended(probe, frames), "output")
        probe.require(bool(output), "an output with an item", output)
        told = [(frame["type"], reading.integer(frame, "output_index")) for frame in _of(frames, _ADDED, _DONE)]
        wanted = [(kind, place) for place in range(len(output)) for kind in (_ADDED, _DONE)]
        probe.require(sorted(told, key=lambda pair: pair[1]) == wanted, "each item added, then done", told)
        done = [reading.member(frame, "item") for frame in _of(frames, _DONE)]
        same = done == output if probe.target.is_fake else [i["type"] for i in done] == [i["type"] for i in output]
        probe.require(same, "items that are those of the whole answer", done)

    probe.given(st.tuples(questions, _presets(probe)), held, quick=2, full=8)


@check("PPLX-AGENT-308", "A search tells its queries, then its results, before the message begins.", basis="wire",
       source="evidence 2.5", operations=(AGENT,), quick=2, full=6, cost="0.005")  # fmt: skip
def searches_are_told(probe: Probe) -> None:
    met: list[JSONObject] = []

    def held(asked: tuple[str, str]) -> None:
        question, preset = asked
        frames = stream(probe, question, preset=preset).frames
        searches = items(ended(probe, frames), "search_results")
        told = _of(frames, _QUERIES, _FOUND)
        types = [frame["type"] for frame in told]
        probe.require(types == [_QUERIES, _FOUND] * len(searches), "queries, then results, of each search", types)
        for name, wanted in (("queries", told[::2]), ("results", told[1::2])):
            same = [item[name] for item in searches] == [frame.get(name) for frame in wanted]
            probe.require(same, f"the {name} of the whole answer", wanted)
        words = next((place for place, frame in enumerate(frames) if frame["type"] == _DELTA), len(frames))
        late = [frame["type"] for frame in frames[words:] if frame["type"] in {_QUERIES, _FOUND}]
        probe.require(not late, "no search once the message has begun", late)
        met.extend(searches)

    probe.given(st.tuples(questions, _presets(probe)), held, quick=2, full=6)
    probe.need(met, "no agent searched")


@check("PPLX-AGENT-309", "A stream says what the plain answer says: words, sources, usage.", basis="design",
       source="design 5", operations=(AGENT,), quick=4, full=20, targets=("fake",))  # fmt: skip
def streams_equal_answers(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        question, preset = asked
        plain = ask(probe, question, preset=preset)
        last = ended(probe, stream(probe, question, preset=preset).frames)
        probe.require(said(last) == said(plain), "the words of the plain answer", said(last))
        found, wanted = (items(body, "search_results") for body in (last, plain))
        probe.require(found == wanted, "the sources of the plain answer", found)
        probe.require(last["usage"] == plain["usage"], "the usage of the plain answer", last["usage"])

    probe.given(st.tuples(questions, _presets(probe)), held, quick=2, full=10)


@check("PPLX-AGENT-310", "A stored stream is taken up after any number, and goes on with the events after it.",
       basis="docs", source="evidence 1.4", operations=(AGENT, READ), quick=5, full=8, cost="0.005",
       writes=True)  # fmt: skip
def streams_are_taken_up(probe: Probe) -> None:
    frames = stream(probe, QUESTIONS[3], store=True).frames
    name = reading.text(ended(probe, frames), "id")
    numbers = [reading.integer(frame, "sequence_number") for frame in frames]
    probe.require(len(numbers) > 1, "more than one event", len(numbers))
    count = min(6 if probe.thorough else 3, len(numbers) - 1)
    for after in numbers[: -1 : max(len(numbers) // max(count, 1), 1)][:count]:
        query = {"stream": "true", "starting_after": str(after)}
        answer = probe.call(READ, path={"id": name}, query=query)
        probe.require(answer.is_stream, "an event stream", answer.media_type)
        found = [reading.integer(frame, "sequence_number") for frame in answer.frames]
        wanted = [number for number in numbers if number > after]
        probe.require(found == wanted, "the events after the number, and no other", f"{found[:3]}… after {after}")
        rest = [frame for frame in frames if reading.integer(frame, "sequence_number") > after]
        same = answer.frames == rest or not probe.target.is_fake
        probe.require(same, "the same events as the first time", answer.frames[:1])


@check("PPLX-AGENT-311", "An answer that was cut ends with response.incomplete.", basis="docs",
       source="evidence 2.5, 3.5", operations=(AGENT,), quick=1, full=1, cost="0.005", editions=NEWER)  # fmt: skip
def cut_answers_end(probe: Probe) -> None:
    frames = stream(probe, f"{QUESTIONS[0]} Tell all you know.", model=bare(probe), max_output_tokens=16).frames
    last = ended(probe, frames)
    probe.require(frames[-1]["type"] == "response.incomplete", "response.incomplete", frames[-1]["type"])
    probe.require(last.get("status") == "incomplete", "the status incomplete", last.get("status"))


@check("PPLX-AGENT-312", "include_usage false leaves the usage out.", basis="docs", source="evidence 2.5",
       operations=(AGENT,), quick=1, full=1, cost="0.005", editions=NEWER)  # fmt: skip
def usage_can_be_left_out(probe: Probe) -> None:
    last = ended(probe, stream(probe, QUESTIONS[0], stream_options={"include_usage": False}).frames)
    probe.require(last.get("usage") is None, "no usage", last.get("usage"))


@check("PPLX-AGENT-313", "A refusal of a streamed task is JSON with its status.", basis="wire",
       source="evidence 4.3, 4.4", operations=(AGENT,), quick=1, full=1, cost="0")  # fmt: skip
def refusals_are_plain(probe: Probe) -> None:
    answer = probe.call(AGENT, task("", stream=True), status=400)
    probe.require(not answer.is_stream, "JSON, no stream", answer.media_type)


@check("PPLX-AGENT-314", "A run in the background can be streamed, to its end.", basis="docs", source="evidence 1.4",
       operations=(AGENT, READ), quick=2 + MOST_READS, full=2 + MOST_READS, cost="0.001", writes=True)  # fmt: skip
def runs_are_streamed(probe: Probe) -> None:
    name = begin(probe, QUESTIONS[2])
    answer = probe.call(READ, path={"id": name}, query={"stream": "true"})
    probe.require(answer.is_stream, "an event stream", answer.media_type)
    last = ended(probe, answer.frames)
    probe.require(last.get("id") == name, "the run's id", last.get("id"))
    joined = "".join(reading.text(frame, "delta") for frame in _of(answer.frames, _DELTA))
    probe.require(joined == said(last), "deltas that join to the text of the whole answer", joined)
    status = list(reads(probe, name))[-1].get("status")
    probe.require(status == "completed", "a run that is completed too", status)


@check("PPLX-AGENT-315", "A place that no event comes after is refused.", basis="docs", source="evidence 1.4",
       operations=(AGENT, READ), quick=2, full=2, targets=("fake", "url"), writes=True)  # fmt: skip
def beyond_the_end(probe: Probe) -> None:
    name = reading.text(ask(probe, QUESTIONS[0], store=True), "id")
    query = {"stream": "true", "starting_after": "1000000"}
    probe.call(READ, path={"id": name}, query=query, status=400)
