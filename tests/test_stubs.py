"""Scripted answers, as clients get them: each kind of answer, plain and streamed, strictness, and the contract."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import edition
from mock_server.clock import LaneClock
from mock_server.stubs.builder import when
from mock_server.stubs.problems import StubError
from mock_server.stubs.wording import stub_of
from mock_server.world import tokens
from mock_server.world.scripts import Script
from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from mock_server.stubs.book import StubBook
    from tests.conftest import Api

COMPLETE = edition.load("complete")
UUID = "00000000-0000-4000-8000-000000000000"
QUESTION = "How do bees find their way home?"


@pytest.fixture
def book(api: Api) -> Iterator[StubBook]:
    """The stubs of the default lane, which are gone after the test."""
    with emptied(api) as found:
        yield found


@contextmanager
def emptied(api: Api) -> Iterator[StubBook]:
    found: StubBook = api.app.house.lanes.default.stubs
    try:
        yield found
    finally:
        found.clear()
        found.strict = False


def script(book: StubBook, reply: dict[str, Any], **more: Any) -> None:
    """Add a stub that keeps the contract."""
    book.add(stub_of({"reply": reply, **more}), face=COMPLETE)


def chat(api: Api, question: str = QUESTION, **fields: Any) -> httpx.Response:
    return api.post("/chat/completions", chat_body(question, **fields))


def frames(answer: httpx.Response) -> list[Any]:
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    lines = answer.text.split("\r\n")
    return [orjson.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


def text_of(body: Any) -> str:
    text: str = body["choices"][0]["message"]["content"]
    return text


# A text.


def test_the_world_wraps_a_text_with_usage_cost_citations_and_results(api: Api, book: StubBook) -> None:
    script(book, {"text": "Bees use the sun.[1] They dance, too.[2]"})
    body = chat(api).json()
    assert text_of(body) == "Bees use the sun.[1] They dance, too.[2]"
    assert body["usage"]["completion_tokens"] == tokens.count(text_of(body))
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert len(body["citations"]) == 2
    assert [row["url"] for row in body["search_results"]] == body["citations"]


def test_the_markers_of_a_text_select_the_pages_that_the_world_finds(api: Api, book: StubBook) -> None:
    own = api.chat(QUESTION)["citations"]
    script(book, {"text": "In 2026 [2026], see [3] and [1]."})
    assert chat(api).json()["citations"] == own[:3]


def test_a_text_without_markers_cites_nothing(api: Api, book: StubBook) -> None:
    script(book, {"text": "I do not know."})
    body = chat(api).json()
    assert (body["citations"], body["search_results"]) == ([], [])


def test_given_citations_are_cited_in_their_order(api: Api, book: StubBook) -> None:
    pages = ["https://en.wikipedia.example/wiki/Honey_bee", "http://x.example/", "https://ü.example/a?b=c"]
    script(book, {"text": "One.[1] Two.[2]", "citations": pages})
    body = chat(api).json()
    assert body["citations"] == pages
    assert [row["url"] for row in body["search_results"]] == pages
    assert all(row["title"] and row["snippet"] and row["date"] for row in body["search_results"])


def test_a_page_of_the_corpus_is_cited_as_the_world_knows_it(api: Api, book: StubBook) -> None:
    own = api.chat("What is new in quantum computing?")["search_results"][0]
    script(book, {"text": "Qubits.[1]", "citations": [own["url"]]})
    assert chat(api).json()["search_results"] == [own]


def test_a_text_is_said_word_for_word_whatever_else_the_request_wants(api: Api, book: StubBook) -> None:
    script(book, {"text": "Stop here, or not. And so on."})
    wishes = {"stop": ["here"], "max_tokens": 2, "model": "sonar-reasoning-pro", "language_preference": "German"}
    assert text_of(chat(api, **wishes).json()) == "Stop here, or not. And so on."


def test_a_stream_says_a_scripted_text_with_the_same_usage_and_citations(api: Api, book: StubBook) -> None:
    script(book, {"text": "Bees use the sun.[1] They dance, too.[2]"})
    plain, streamed = chat(api).json(), frames(chat(api, stream=True))
    assert "".join(frame["choices"][0]["delta"]["content"] for frame in streamed) == text_of(plain)
    last = streamed[-1]
    assert (text_of(last), last["usage"], last["citations"]) == (text_of(plain), plain["usage"], plain["citations"])


def test_a_scripted_text_is_billed_as_what_it_says_it_costs(api: Api, book: StubBook) -> None:
    script(book, {"text": "Short."})
    stranger = api.stranger()
    cost = chat(stranger).json()["usage"]["cost"]["total_cost"]
    assert stranger.get("/usage").json()["total"]["cost"] == cost


@given(
    words=st.lists(
        st.sampled_from(["Bees", " dance.", "[1]", "[2]", "[7]", "[12]", "[2026]", "[0]", "\n", "é🐝"]), max_size=12
    ),
    progressive=st.booleans(),
)
def test_each_marker_of_a_text_has_its_citation_and_a_stream_says_the_same(
    api: Api, words: list[str], *, progressive: bool
) -> None:
    text = "".join(words)
    with emptied(api) as book:
        script(book, {"text": text})
        plain = chat(api).json()
        path = "/chat/completions/stream" if progressive else "/chat/completions"
        streamed = frames(api.post(path, chat_body(QUESTION, stream=True)))
    cited = max((number for number in (1, 2, 7, 12) if f"[{number}]" in text), default=0)
    assert text_of(plain) == "".join(frame["choices"][0]["delta"]["content"] for frame in streamed) == text
    assert len(plain["citations"]) == len(plain["search_results"]) == cited
    assert streamed[-1]["citations"] == plain["citations"]
    assert streamed[-1]["usage"] == plain["usage"]


@given(text=st.text(max_size=60), pieces=st.lists(st.text(max_size=5), max_size=6))
def test_a_script_never_counts_fewer_tokens_than_a_stream_has_frames(text: str, pieces: list[str]) -> None:
    scripted = Script("".join(pieces) or text, pieces=tuple(pieces))
    frames_of_it = scripted.pieces_of(scripted.text) or tokens.split(scripted.text)
    assert scripted.count >= len(frames_of_it)
    assert "".join(frames_of_it) == scripted.text


@pytest.mark.parametrize("path", ["/v1/agent", "/v1/responses"])
def test_an_agent_says_a_scripted_text_plain_and_streamed(api: Api, book: StubBook, path: str) -> None:
    script(book, {"text": "Bees dance.[1]", "citations": ["https://b.example/dance"]}, when={"last_user": "Bees?"})
    body = {"preset": "fast-search", "input": "Bees?"}
    plain = api.ask(path, body)
    assert [item["content"][0]["text"] for item in plain["output"] if item["type"] == "message"] == ["Bees dance.[1]"]
    found = [row["url"] for item in plain["output"] if item["type"] == "search_results" for row in item["results"]]
    assert found == ["https://b.example/dance"]
    assert '"text":"Bees dance.[1]"' in api.post(path, {**body, "stream": True}).text


def test_pieces_of_a_text_come_one_in_each_event_of_an_agent(api: Api, book: StubBook) -> None:
    script(book, {"stream": {"deltas": ["Be", "es da", "nce."]}})
    answer = api.post("/v1/agent", {"preset": "fast-search", "input": "Bees?", "stream": True})
    lines = [
        orjson.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")
    ]
    assert [line["delta"] for line in lines if line["type"] == "response.output_text.delta"] == ["Be", "es da", "nce."]


def test_frames_of_an_agent_are_events_with_names(api: Api, book: StubBook) -> None:
    script(book, {"stream": {"frames": [{"type": "response.created"}]}}, check=False)
    answer = api.post("/v1/agent", {"preset": "fast-search", "input": "Bees?", "stream": True})
    assert answer.text == 'event: response.created\ndata: {"type":"response.created"}\n\n'


def test_a_chat_that_is_answered_later_says_a_scripted_text_too(fake: Callable[..., Api]) -> None:
    clock = LaneClock("virtual")
    api = fake(clock=clock)
    with emptied(api) as book:
        script(book, {"text": "Later."}, when={"last_user": QUESTION, "model": "sonar"})
        made = api.ask("/async/chat/completions", {"request": chat_body(QUESTION)})
        clock.advance(3600)
        assert text_of(api.get(f"/async/chat/completions/{made['id']}").json()["response"]) == "Later."


# A whole body, and a patch.


def test_a_whole_body_is_sent_as_it_is(api: Api, book: StubBook) -> None:
    said = {"results": [], "id": UUID, "server_time": None}
    script(book, {"body": said, "headers": {"X-Mine": "yes"}}, when={"operation": "search"})
    answer = api.post("/search", {"query": "bees"})
    assert (answer.status_code, answer.json(), answer.headers["x-mine"]) == (200, said, "yes")


def test_a_whole_body_becomes_a_stream_where_one_is_asked_for(api: Api, book: StubBook) -> None:
    said = api.chat("Something else")
    said["choices"][0]["message"]["content"] = "Mine, all mine."
    script(book, {"body": said}, when={"operation": "create_chat_completion"})
    assert chat(api).json() == said
    streamed = frames(chat(api, stream=True))
    assert "".join(frame["choices"][0]["delta"]["content"] for frame in streamed) == "Mine, all mine."
    assert streamed[-1]["id"] == said["id"]


def test_a_whole_body_keeps_the_world_out_of_it(api: Api, book: StubBook) -> None:
    """An id that nobody made would be 404 in the world."""
    script(book, {"body": {"id": "m", "object": "model"}}, when={"operation": "retrieve_model"}, check=False)
    assert api.get("/models/no-such-model").json() == {"id": "m", "object": "model"}


def test_a_patch_is_laid_over_the_worlds_own_answer_plain_and_streamed(api: Api, book: StubBook) -> None:
    own = api.chat(QUESTION)
    script(book, {"patch": {"usage": {"search_context_size": "high"}, "citations": ["https://x.example/"]}})
    body = chat(api).json()
    assert body["usage"] == {**own["usage"], "search_context_size": "high"}
    assert body["citations"] == ["https://x.example/"]
    assert text_of(body) == text_of(own)
    last = frames(chat(api, stream=True))[-1]
    assert (last["citations"], last["usage"]) == (body["citations"], body["usage"])


def test_null_in_a_patch_takes_a_key_away(api: Api, book: StubBook) -> None:
    script(book, {"patch": {"search_results": None}}, check=False)
    assert "search_results" not in chat(api).json()


# An error.


@pytest.mark.parametrize(
    ("reply", "status", "kind", "message"),
    [
        ({"status": "insufficient_quota"}, 401, "insufficient_quota", "You exceeded your current quota"),
        ({"status": "insufficient_quota", "message": "Pay."}, 401, "insufficient_quota", "Pay."),
        ({"status": 429}, 429, "request_rate_limit_exceeded", "Request rate limit exceeded"),
        ({"status": 400, "message": "No.", "type": "mine"}, 400, "mine", "No."),
        ({"status": 529, "message": "Full.", "type": "overloaded"}, 529, "overloaded", "Full."),
    ],
    ids=str,
)
def test_an_error_is_given_by_its_name_or_by_its_status(
    api: Api, book: StubBook, reply: dict[str, Any], status: int, kind: str, message: str
) -> None:
    script(book, {**reply, "headers": {"retry-after": "7"}})
    for streamed in (False, True):
        answer = chat(api, stream=streamed)
        assert refusal_of(answer)[:2] == (status, kind)
        assert refusal_of(answer)[2].startswith(message)
        assert answer.headers["retry-after"] == "7"


def test_a_status_that_proxies_answer_with_is_their_page(api: Api, book: StubBook) -> None:
    script(book, {"status": 502})
    answer = chat(api)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert "502 Bad Gateway" in answer.text


def test_an_error_costs_nothing(api: Api, book: StubBook) -> None:
    stranger = api.stranger()
    before = stranger.get("/usage").json()
    script(book, {"status": 500}, when={"operation": "create_chat_completion"})
    chat(stranger)
    assert stranger.get("/usage").json() == before


# A stream of given pieces.


def test_pieces_of_a_text_come_one_in_each_frame_and_joined_in_the_plain_answer(api: Api, book: StubBook) -> None:
    pieces = ["Be", "es use th", "e sun.[1]", ""]
    script(book, {"stream": {"deltas": pieces}})
    streamed = frames(chat(api, stream=True))
    assert [frame["choices"][0]["delta"]["content"] for frame in streamed[:-1]] == pieces
    counts = [frame["usage"]["completion_tokens"] for frame in streamed]
    assert counts == sorted(counts), "running totals never fall"
    plain = chat(api).json()
    assert text_of(plain) == "".join(pieces)
    assert plain["usage"] == streamed[-1]["usage"]
    assert len(plain["citations"]) == 1


def test_a_progressive_stream_tells_a_citation_once_a_piece_has_reached_its_marker(api: Api, book: StubBook) -> None:
    script(book, {"stream": {"deltas": ["None yet. ", "One[1] and two[2] ", "done"]}})
    streamed = frames(api.post("/chat/completions/stream", chat_body(QUESTION)))
    assert [len(frame["citations"]) for frame in streamed] == [0, 2, 2, 2]


def test_frames_are_sent_as_they_are(api: Api, book: StubBook) -> None:
    own = frames(chat(api, stream=True))
    script(book, {"stream": {"frames": [own[0], own[-1]], "done": True}}, when={"operation": "create_chat_completion"})
    answer = chat(api, stream=True)
    assert frames(answer) == [own[0], own[-1]]
    assert answer.text.endswith("data: [DONE]\r\n\r\n")


def test_frames_that_are_no_json_are_sent_where_the_contract_is_not_held(api: Api, book: StubBook) -> None:
    script(book, {"stream": {"frames": ["{broken", {"a": 1}]}}, check=False)
    assert chat(api).text == 'data: {broken\r\n\r\ndata: {"a":1}\r\n\r\n'


# A fault, and a sequence.


def test_a_fault_goes_wrong_with_the_worlds_own_answer(api: Api, book: StubBook) -> None:
    script(book, {"fault": {"truncate": 40}}, when={"last_user": {"contains": "cut"}})
    assert len(chat(api, "cut this").content) == 40
    assert chat(api, "not that one").json()["model"] == "sonar"


def test_a_fault_changes_the_answer_while_it_is_json(api: Api, book: StubBook) -> None:
    script(book, {"fault": {"empty_results": True}})
    assert chat(api).json()["search_results"] == []


def test_a_sequence_answers_step_by_step_and_then_leaves_it_to_the_world(api: Api, book: StubBook) -> None:
    own = text_of(api.chat(QUESTION))
    script(
        book,
        {"sequence": [{"status": 429}, {"text": "At last."}, {"fault": {"near_empty": True}}], "fallback": "world"},
        when={"operation": "create_chat_completion"},
    )
    answers = [chat(api) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 200, 200, 200]
    assert text_of(answers[1].json()) == "At last."
    assert len(text_of(answers[2].json()).split()) <= 1
    assert text_of(answers[3].json()) == own


def test_a_sequence_that_is_over_may_refuse(api: Api, book: StubBook) -> None:
    script(book, {"sequence": [{"text": "Once."}], "fallback": "error"}, id="once")
    assert chat(api).is_success
    assert refusal_of(chat(api)) == (
        404,
        "stub_sequence_is_over",
        "Stub once has answered with all that its sequence has, and its fallback is error.",
    )


# What comes before a stub, and what no stub fits.


def test_a_request_that_breaks_the_contract_is_refused_before_any_stub(api: Api, book: StubBook) -> None:
    script(book, {"text": "Yes."})
    assert chat(api, model="gpt-4").status_code == 400
    assert [entry.answered for entry in book] == [0]


def test_an_operation_that_the_edition_refuses_stays_refused(api: Api, book: StubBook) -> None:
    script(book, {"text": "Yes."})
    assert chat(api.edition("2026-10")).status_code == 403


def test_a_text_is_for_operations_in_which_a_model_speaks(api: Api, book: StubBook) -> None:
    script(book, {"text": "Yes."})
    assert "results" in api.search("bees")


def test_a_strict_server_refuses_what_no_stub_fits_and_names_the_nearest(api: Api, book: StubBook) -> None:
    book.strict = True
    assert refusal_of(chat(api)) == (
        404,
        "no_stub_matched",
        "No stub fits POST /chat/completions, and the server is strict. There are no stubs.",
    )
    script(book, {"text": "Yes."}, id="hello", when={"last_user": "Hello"})
    assert refusal_of(chat(api, "Hallo"))[2].endswith(
        'Nearest of 1 is stub hello: when.last_user equals "Hello", got "Hallo".'
    )
    assert chat(api, "Hello").is_success
    assert api.get("/models/sonar").status_code == 404


def test_stubs_of_one_lane_answer_in_no_other(api: Api) -> None:
    lanes = api.app.house.lanes
    lanes.of("other").stubs.add(stub_of({"reply": {"text": "Other."}}))
    assert text_of(api.ask("/n/other/chat/completions", chat_body(QUESTION))) == "Other."
    assert text_of(api.chat(QUESTION)) != "Other."
    lanes.drop("other")


# The contract.


@pytest.mark.parametrize(
    ("stub", "field", "reason"),
    [
        ({"reply": {"body": {"results": []}}, "when": {"operation": "search"}}, "reply.body", "required property"),
        (
            {"reply": {"body": {"results": 5, "id": "x"}}, "when": {"operation": "search"}},
            "reply.body.results",
            "5 is not valid under",
        ),
        ({"reply": {"body": {}, "status": 202}, "when": {"operation": "search"}}, "reply.status", "no status 202"),
        ({"reply": {"patch": {"usage": 5}}, "when": {"operation": "create_chat_completion"}}, "reply.patch.usage", "5"),
        (
            {"reply": {"patch": {"choices": None}}, "when": {"operation": "create_chat_completion"}},
            "reply.patch",
            "choices",
        ),
        ({"reply": {"text": "x"}, "when": {"operation": "search"}}, "reply.text", "no model that could say this"),
        (
            {"reply": {"stream": {"frames": ["x"]}}, "when": {"operation": "stream_chat_completion"}},
            "reply.stream.frames[0]",
            "no JSON",
        ),
        ({"reply": {"stream": {"frames": [{"a": 1}]}}}, "reply.stream", "no operation answers that"),
        ({"reply": {"stream": {"frames": [{"a": 1}]}}, "when": {"operation": "search"}}, "reply.stream", "no stream"),
        (
            {"reply": {"stream": {"frames": ["{}"]}}, "when": {"operation": "stream_chat_completion"}},
            "reply.stream.frames[0]",
            "",
        ),
        ({"reply": {"body": {}}, "when": {"operation": "revoke_auth_token"}}, "reply.body", "declares no body for 200"),
        ({"reply": {"status": 418, "message": "x"}, "when": {"operation": "search"}}, "reply.status", "no status 418"),
        (
            {"reply": {"sequence": [{"text": "x"}, {"body": {}}]}, "when": {"operation": "create_chat_completion"}},
            "reply.sequence[1].body",
            "required property",
        ),
    ],
    ids=str,
)
def test_what_breaks_the_contract_is_refused_when_it_is_added(
    book: StubBook, stub: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(StubError) as caught:
        book.add(stub_of({"id": "bad", **stub}), face=COMPLETE)
    first = caught.value.problems[0]
    assert (first.stub, first.field) == ("bad", field)
    assert reason in first.reason
    assert len(book) == 0
    book.add(stub_of({"id": "bad", "check": False, **stub}), face=COMPLETE)


def test_a_stub_for_any_operation_has_to_be_right_for_one_of_them(book: StubBook) -> None:
    script(book, {"body": {"results": [], "id": UUID, "server_time": None}})
    with pytest.raises(StubError):
        script(book, {"body": {"nobody": "says this"}})


def test_stubs_are_held_against_the_contract_of_another_edition(book: StubBook) -> None:
    script(book, {"status": "not_found"}, id="fine")
    said = {"results": [], "id": UUID, "server_time": None, "focus": "academic", "summary": "s", "citations": []}
    script(book, {"body": said}, id="gone", when={"operation": "focused_search"})
    assert book.recheck(COMPLETE) == []
    script(book, {"patch": {"object": "x"}}, id="loose", when={"operation": "search"}, check=False)
    script(book, {"status": "not_found"}, id="lost", when={"operation": "search"})
    found = book.recheck(edition.load("2026-07"))
    assert [(problem.stub, problem.field) for problem in found] == [("lost", "reply.status")], (
        "what the edition does not offer, such as focused search, is met by no request"
    )
    assert "POST /search declares no status 404" in found[0].text
    assert "(edition 2026-07)" in found[0].text


def test_an_answer_that_breaks_the_contract_of_the_edition_asked_for_says_which_stub_it_was(
    api: Api, book: StubBook
) -> None:
    book.add(stub_of({"id": "odd", "when": {"operation": "search"}, "reply": {"body": {"results": 5}}}))
    status, kind, message = refusal_of(api.post("/search", {"query": "bees"}))
    assert (status, kind) == (422, "stub_breaks_contract")
    assert message.startswith("The answer of stub odd breaks the contract of edition complete;")


def test_a_body_that_cannot_be_streamed_says_so(api: Api, book: StubBook) -> None:
    script(book, {"body": {"nothing": "here"}}, id="bare", check=False)
    assert chat(api).json() == {"nothing": "here"}
    status, kind, message = refusal_of(chat(api, stream=True))
    assert (status, kind) == (422, "stub_breaks_contract")
    assert message.endswith("No stream can be made of it.")


def test_a_stub_opts_out_of_the_contract(api: Api, book: StubBook) -> None:
    script(book, {"patch": {"surprise": 1, "usage": {"cost": None}}}, check=False)
    body = chat(api).json()
    assert body["surprise"] == 1
    assert "cost" not in body["usage"]


# Writing stubs in Python.


def test_stubs_are_written_in_python_and_kept_as_they_grow(api: Api, book: StubBook) -> None:
    made = when(book.add, last_user={"contains": "bees"}, model="sonar*").reply(
        "Bzz.[1]", citations=("https://b.example/",)
    )
    assert chat(api).json()["citations"] == ["https://b.example/"]
    made.then(status=429, headers={"retry-after": "1"}).then(text="Again.").repeat(2).finally_("world")
    assert made.answered == 0, "a stub that was changed counts anew"
    answers = [chat(api) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 429, 200, 200, 200]
    assert made.answered == 5
    assert len(book) == 1


@pytest.mark.parametrize(
    ("make", "reply"),
    [
        (lambda draft: draft.body({"a": 1}, status=201), {"body": {"a": 1}, "status": 201}),
        (lambda draft: draft.patch({"a": None}), {"patch": {"a": None}}),
        (lambda draft: draft.status("not_found", message="No."), {"status": "not_found", "message": "No."}),
        (lambda draft: draft.stream("a", "b"), {"stream": {"deltas": ["a", "b"]}}),
        (lambda draft: draft.stream(frames=[{"a": 1}], done=True), {"stream": {"frames": [{"a": 1}], "done": True}}),
        (lambda draft: draft.fault(delay=1.5), {"fault": {"delay": 1.5}}),
    ],
)
def test_each_kind_of_answer_has_its_word_in_python(make: Callable[[Any], Any], reply: dict[str, Any]) -> None:
    made = make(when(operation=("search",), nth=[1], id="x", check=False)).stub
    assert made == stub_of({"id": "x", "when": {"operation": "search", "nth": [1]}, "reply": reply, "check": False})


def test_a_wrong_word_in_python_is_told_by_its_field() -> None:
    with pytest.raises(
        StubError, match=r"^when\.last_user\.regx: there is no such field here\. Did you mean 'regex'\?"
    ):
        when(last_user={"regx": "x"}).reply("y")


# The book.


def test_a_stub_of_the_same_id_takes_the_place_of_the_one_before(book: StubBook) -> None:
    script(book, {"text": "a"}, id="one")
    script(book, {"text": "b"}, id="two")
    script(book, {"text": "c"}, id="one")
    assert [(entry.id, entry.stub.reply.text) for entry in book] == [("one", "c"), ("two", "b")]


def test_the_stubs_of_a_source_are_put_in_place_of_those_it_gave_before(book: StubBook) -> None:
    first, second = stub_of({"reply": {"text": "1"}}), stub_of({"reply": {"text": "2"}})
    book.replace("files", [("a", first), ("b", first)])
    script(book, {"text": "mine"}, id="mine")
    kept = book.get("a")
    assert kept is not None
    kept.answered = 3
    book.replace("files", [("a", first), ("c", second)])
    assert [entry.id for entry in book] == ["a", "c", "mine"]
    assert [entry.answered for entry in book] == [3, 0, 0], "what stayed the same counts on"
    script(book, {"text": "over it"}, id="a")
    book.replace("files", [("a", first), ("c", second)])
    assert {entry.id: entry.source for entry in book} == {"a": "api", "c": "files", "mine": "api"}
    assert book.clear("files") == 1
    assert book.remove("mine")
    assert not book.remove("mine")


def test_a_book_has_a_bound(monkeypatch: pytest.MonkeyPatch, book: StubBook) -> None:
    monkeypatch.setattr("mock_server.stubs.book.MOST_STUBS", 2)
    script(book, {"text": "1"})
    script(book, {"text": "2"})
    with pytest.raises(StubError, match="there are 3 stubs, at most 2 fit"):
        script(book, {"text": "3"})
    assert len(book) == 2
