"""Scenarios: what a user of the official client sees of each complaint, and how the client gets over it."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import openai
import perplexity
import pytest
from perplexity import _base_client

from mock_server.clock import VirtualClock
from mock_server.embedded.engine import Engine
from mock_server.scenarios import applying, shelf
from mock_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mock_server.scenarios.model import Scenario
    from mock_server.state.lane import Lane

    Play = Callable[..., "Stage"]

_PATIENCE = 4000


@dataclass
class Stage:
    """A lane that plays a scenario, and the official client in front of it.

    `waits` are the seconds that the client meant to wait before it tried again; the clock of the lane moved by them.
    """

    scenario: Scenario
    lane: Lane
    clock: VirtualClock
    url: str
    waits: list[float] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.scenario.ask.key

    def client(self, **options: Any) -> perplexity.Perplexity:
        told = {"base_url": self.url, "api_key": self.key, "timeout": 30, **options}
        return perplexity.Perplexity(**told, http_client=httpx.Client(trust_env=False, verify=False))

    def ask(self, *, options: dict[str, Any] | None = None, **fields: Any) -> Any:
        """Send the scenario's own request through the client; `fields` take the place of some of it."""
        body: dict[str, Any] = {**(self.scenario.ask.body or {}), **fields}
        with self.client(**(options or {})) as client:
            calls: dict[str, Callable[..., Any]] = {
                "/chat/completions": client.chat.completions.create,
                "/search": client.search.create,
                "/v1/responses": client.responses.create,
            }
            made = calls[self.scenario.ask.path](**body)
            return [*made] if body.get("stream") else made

    def post(self, **headers: str) -> httpx.Response:
        """Send the scenario's own request as it is."""
        ask = self.scenario.ask
        told = {"authorization": f"Bearer {ask.key}", **headers}
        return httpx.post(self.url + ask.path, json=ask.body, headers=told, timeout=30, trust_env=False, verify=False)

    def until_nobody_waits(self) -> None:
        """Give the server time to notice that clients went away."""
        pause = threading.Event()
        for _ in range(_PATIENCE):
            if not self.clock.waiting:
                return
            pause.wait(0.005)
        pytest.fail("the server still waits for a client that went away")

    def while_time_passes(self, asking: Callable[[], Any], *, step: float) -> tuple[Any, float]:
        """Call a function while the clock moves on, a step whenever the server waits.

        Returns:
            What it returned or the exception that it raised, and the seconds that it had to wait for.
        """
        passed = 0.0
        pause = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(asking)
            for _ in range(_PATIENCE):
                if future.done():
                    break
                if self.clock.waiting:
                    self.clock.advance(step)
                    passed += step
                pause.wait(0.005)
            return future.exception(timeout=30) or future.result(), passed


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(Settings(port=0))
    yield made
    made.end()


@pytest.fixture
def play(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Play a scenario in a lane of its own; the client's own waits are counted and pass in no time."""
    stages: list[Stage] = []

    def start(name: str) -> Stage:
        lane = engine.do(lambda: engine.house.lanes.of(name))
        clock = VirtualClock()
        engine.do(lambda: setattr(lane, "clock", clock))
        scenario = engine.do(lambda: applying.apply(lane, name))
        stages.append(Stage(scenario, lane, clock, f"{engine.url}/n/{name}"))
        return stages[-1]

    own = _base_client.BaseClient._calculate_retry_timeout

    def counted(client: Any, *arguments: Any, **named: Any) -> float:
        wait = own(client, *arguments, **named)
        for stage in stages:
            stage.waits.append(wait)
            stage.clock.advance(wait)
        return 0

    monkeypatch.setattr(_base_client.BaseClient, "_calculate_retry_timeout", counted)
    yield start
    for stage in stages:
        engine.house.lanes.drop(stage.lane.name)


def text_of(answer: Any) -> str:
    return str(answer.choices[0].message.content)


def joined(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def error_type(error: Any) -> str:
    return str(error.body["error"]["type"])


def sane(engine: Engine, **fields: Any) -> Any:
    """The same question to a lane where nothing goes wrong."""
    body = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}], **fields}
    http = httpx.Client(trust_env=False, verify=False)
    with perplexity.Perplexity(base_url=f"{engine.url}/n/sane", api_key="any-key", http_client=http) as client:
        made = client.chat.completions.create(**body)
        return [*made] if body.get("stream") else made


# Streams


def test_done_never_comes_or_crashes_the_parser(play: Play, engine: Engine) -> None:
    stage = play("done-never-comes-or-crashes-the-parser")

    without, with_done = stage.post().text, stage.post().text
    assert "[DONE]" not in without
    assert with_done.endswith("data: [DONE]\r\n\r\n")
    with pytest.raises(json.JSONDecodeError):  # what the gateway did
        [json.loads(line[6:]) for line in with_done.splitlines() if line.startswith("data: ")]

    first, second = stage.ask(), stage.ask()
    assert joined(first) == joined(second) == text_of(sane(engine))
    assert first[-1].choices[0].finish_reason == second[-1].choices[0].finish_reason == "stop"


def test_frames_split_across_reads(play: Play, engine: Engine) -> None:
    stage = play("frames-split-across-reads")
    whole = text_of(sane(engine, messages=stage.scenario.ask.body["messages"]))  # type: ignore[index]

    body = stage.scenario.ask.body
    with (
        httpx.Client(trust_env=False, verify=False) as client,
        client.stream("POST", f"{stage.url}/chat/completions", json=body, headers={"authorization": "Bearer k"}) as got,
    ):
        reads = [*got.iter_raw()]

    assert any(not read.endswith(b"\r\n\r\n") for read in reads), "what a naive reader trips over"
    assert joined(stage.ask()) == whole


def test_message_repeated_cumulatively(play: Play) -> None:
    chunks = play("message-repeated-cumulatively").ask()

    said = [chunk.choices[0].message.content for chunk in chunks]
    assert all(later.startswith(earlier) for earlier, later in pairwise(said))
    assert joined(chunks) == said[-1]
    assert len("".join(said)) > 20 * len(said[-1]), "whoever joins messages says everything many times"


def test_named_events_swallowed_by_the_sdk(play: Play, engine: Engine) -> None:
    stage = play("named-events-swallowed-by-the-sdk")

    lines = stage.post().text.splitlines()
    events = [line for line in lines if line.startswith("event: ")]
    assert len(events) == sum(line.startswith("data: ") for line in lines), "a handler of unnamed events sees none"
    # The client of today reads them, whatever the one of May 2026 did.
    assert joined(stage.ask()) == text_of(sane(engine))


def test_finish_reason_null_at_the_end(play: Play, engine: Engine) -> None:
    stage = play("finish-reason-null-at-the-end")

    answer, chunks = stage.ask(), stage.ask(stream=True)

    assert answer.choices[0].finish_reason is chunks[-1].choices[0].finish_reason is None
    assert text_of(answer) == joined(chunks) == text_of(sane(engine))


def test_cut_text_with_finish_reason_stop(play: Play, engine: Engine) -> None:
    stage = play("cut-text-with-finish-reason-stop")
    whole = text_of(sane(engine))

    answer = stage.ask()

    assert answer.choices[0].finish_reason == "stop"
    assert text_of(answer) == whole[: len(whole) // 2]
    assert not text_of(answer).rstrip().endswith((".", "]")), "what gives it away"
    assert joined(stage.ask(stream=True)) == text_of(answer)


def test_strict_decoders_break_on_other_objects_or_extra_keys(play: Play, engine: Engine) -> None:
    stage = play("strict-decoders-break-on-other-objects-or-extra-keys")

    chunks = stage.ask()

    assert {chunk.object for chunk in chunks} == {"chat.completion"}
    assert all(chunk.choices[0].model_extra["surprise"] for chunk in chunks)
    assert joined(chunks) == text_of(sane(engine))
    http = httpx.Client(trust_env=False, verify=False)
    with openai.OpenAI(base_url=stage.url, api_key="k", http_client=http) as other:
        body: Any = stage.scenario.ask.body
        assert joined([*other.chat.completions.create(**body)]) == joined(chunks)


# What stands in front of the API


def test_html_instead_of_json(play: Play) -> None:
    stage = play("html-instead-of-json")

    with pytest.raises(perplexity.AuthenticationError) as caught:  # after the retries of 502 and 504
        stage.ask()
    assert len(stage.waits) == 2
    assert "openresty" in str(caught.value.body)
    assert "<html>" in caught.value.response.text

    assert text_of(stage.ask())
    assert len(stage.waits) == 2, "the fourth request needs no retry"


def test_html_without_retries_is_a_server_error_with_a_page(play: Play) -> None:
    stage = play("html-instead-of-json")

    for status, server in ((502, "cloudflare"), (504, "504 Gateway Time-out")):
        with pytest.raises(perplexity.InternalServerError) as caught:
            stage.ask(options={"max_retries": 0})
        assert caught.value.status_code == status
        assert server in str(caught.value.body)


def test_long_silent_call_cut_at_60_seconds(play: Play) -> None:
    stage = play("long-silent-call-cut-at-60-seconds")

    error, silent = stage.while_time_passes(stage.ask, step=60)

    assert isinstance(error, perplexity.APIConnectionError)
    assert not isinstance(error, perplexity.APITimeoutError)
    assert silent == 180, "the client tried three times, in vain"
    chunks, silent = stage.while_time_passes(lambda: stage.ask(stream=True), step=60)
    assert joined(chunks), "a stream comes through"
    assert silent == 0


def test_504_on_deep_research(play: Play) -> None:
    stage = play("504-on-deep-research")

    answer, silent = stage.while_time_passes(stage.ask, step=30)

    assert silent == 60
    assert len(stage.waits) == 1, "one 504, and the second try is answered"
    assert answer.usage.num_search_queries > 0


def test_504_on_deep_research_ends_a_client_that_does_not_retry(play: Play) -> None:
    stage = play("504-on-deep-research")

    error, _ = stage.while_time_passes(lambda: stage.ask(options={"max_retries": 0}), step=30)

    assert isinstance(error, perplexity.InternalServerError)
    assert error.status_code == 504


def test_timeouts_in_mcp_clients(play: Play) -> None:
    stage = play("timeouts-in-mcp-clients")

    with pytest.raises(perplexity.APITimeoutError):
        stage.ask(options={"timeout": 0.2})
    assert len(stage.waits) == 2, "it tried three times"
    stage.until_nobody_waits()

    answer, silent = stage.while_time_passes(lambda: stage.ask(options={"timeout": 25, "max_retries": 0}), step=90)
    assert text_of(answer)
    assert silent == 90
    assert joined(stage.ask(stream=True, options={"timeout": 20, "max_retries": 0})), "a stream begins at once"


def test_429_on_two_parallel_calls(play: Play) -> None:
    stage = play("429-on-two-parallel-calls")

    def alone() -> Any:
        try:
            return stage.ask(options={"max_retries": 0})
        except perplexity.RateLimitError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.result() for future in [pool.submit(alone) for _ in range(2)]]
    refused = [one for one in outcomes if isinstance(one, perplexity.RateLimitError)]
    assert len(refused) == 1
    assert error_type(refused[0]) == "request_rate_limit_exceeded", "and not insufficient_quota"

    assert text_of(stage.ask()), "the client's own retries are enough"
    assert 1 <= len(stage.waits) <= 2
    assert sum(stage.waits) > 0.375


# Requests that are refused


def test_alternation_errors_after_tool_turns(play: Play) -> None:
    stage = play("alternation-errors-after-tool-turns")

    with pytest.raises(perplexity.BadRequestError, match="should alternate with assistant message") as caught:
        stage.ask()
    assert error_type(caught.value) == "invalid_message"
    assert stage.waits == []

    first, hello, more, question = stage.scenario.ask.body["messages"]  # type: ignore[index, misc]
    merged = {"role": "assistant", "content": f"{hello['content']}\n{more['content']}"}  # type: ignore[index]
    assert text_of(stage.ask(messages=[first, merged, question]))


def test_trailing_space_or_old_model_name(play: Play) -> None:
    stage = play("trailing-space-or-old-model-name")

    for name in ("sonar-pro ", "perplexity/sonar", "llama-3.1-sonar-small-128k-online"):
        with pytest.raises(perplexity.BadRequestError, match=f"Invalid model '{name}'") as caught:
            stage.ask(model=name)
        assert error_type(caught.value) == "invalid_model"
    assert stage.waits == []
    assert stage.ask(model="sonar-pro ".strip()).model == "sonar-pro"


def test_capability_probe_with_tiny_max_tokens(play: Play) -> None:
    stage = play("capability-probe-with-tiny-max-tokens")

    with pytest.raises(perplexity.BadRequestError, match="max_tokens must be at least 16 for sonar") as caught:
        stage.ask()
    assert error_type(caught.value) == "invalid_parameter"

    assert stage.ask(max_tokens=16).usage.completion_tokens == 16


def test_base_url_with_v1_gives_404(play: Play) -> None:
    stage = play("base-url-with-v1-gives-404")
    chat: dict[str, Any] = dict(stage.scenario.ask.body or {})

    with stage.client(base_url=f"{stage.url}/v1") as client, pytest.raises(perplexity.NotFoundError) as caught:
        client.chat.completions.create(**chat)
    assert caught.value.response.content == b""
    assert caught.value.request.url.path.endswith("/v1/chat/completions")
    assert stage.waits == []

    with stage.client() as client:
        assert text_of(client.chat.completions.create(**chat))


def test_old_key_refused_on_search(play: Play) -> None:
    stage = play("old-key-refused-on-search")

    with pytest.raises(perplexity.APIStatusError) as caught:
        stage.ask()
    assert caught.value.status_code == 451
    assert error_type(caught.value) == "api_key_created_before_search_api_cutoff"
    assert stage.waits == []

    assert stage.ask(options={"api_key": "a-new-key"}).results
    with stage.client() as client:
        assert text_of(client.chat.completions.create(model="sonar", messages=[{"role": "user", "content": "Hi"}]))


def test_domain_filter_rejects_tlds_and_paths(play: Play) -> None:
    stage = play("domain-filter-rejects-tlds-and-paths")

    wrong: tuple[tuple[list[str], str], ...] = (
        (["edu"], "must be a valid domain name, but got edu"),
        (["example.org/path/to"], "must be a valid domain name"),
        ([f"example{number}.org" for number in range(21)], "has a max length of 20"),
    )
    for domains, text in wrong:
        with pytest.raises(perplexity.BadRequestError, match=text) as caught:
            stage.ask(search_domain_filter=domains)
        assert error_type(caught.value) == "invalid_search_domain_filter"
    assert text_of(stage.ask(search_domain_filter=["example.org"]))


def test_batch_payload_guessed_as_queries(play: Play) -> None:
    stage = play("batch-payload-guessed-as-queries")
    body: Any = stage.scenario.ask.body

    with (
        stage.client() as client,
        pytest.raises(perplexity.BadRequestError, match="query validation: query is required") as caught,
    ):
        client.post("/search", body=body, cast_to=object)
    assert error_type(caught.value) == "invalid_request"

    with stage.client() as client:
        found: Any = client.post("/search", body={"query": body["queries"]}, cast_to=object)
    assert len(found["results"]) == 2


def test_tests_that_never_meet_the_contract(play: Play) -> None:
    stage = play("tests-that-never-meet-the-contract")

    def poster(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": "x", "results": []})

    mocked = httpx.Client(transport=httpx.MockTransport(poster))
    body: Any = stage.scenario.ask.body
    with perplexity.Perplexity(base_url=stage.url, api_key="k", http_client=mocked) as client:
        assert client.search.create(**body).results == [], "a mocked poster takes anything"
    with pytest.raises(perplexity.BadRequestError) as caught:
        stage.ask()
    assert "query" in caught.value.body["error"]["message"]  # type: ignore[index, call-overload]


# Answers that are odd


def test_empty_citations_or_results_with_200(play: Play) -> None:
    stage = play("empty-citations-or-results-with-200")

    assert stage.ask().results == []
    with stage.client() as client:
        question: Any = [{"role": "user", "content": "How do bees find their way home?"}]
        answer = client.chat.completions.create(model="sonar", messages=question)
    assert answer.citations == answer.search_results == []
    assert "[1]" in text_of(answer), "a marker that leads nowhere"
    assert stage.waits == []


def test_json_wrapped_in_think_or_code_fences_or_cut(play: Play) -> None:
    stage = play("json-wrapped-in-think-or-code-fences-or-cut")

    fenced, thought, cut, sound = (text_of(stage.ask()) for _ in range(4))

    for text in (fenced, thought, cut):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    wanted = json.loads(sound)
    assert json.loads(fenced.removeprefix("```json\n").removesuffix("\n```")) == wanted
    assert json.loads(thought.partition("</think>")[2]) == wanted
    assert sound.startswith(cut)


def test_error_bodies_of_neither_shape(play: Play) -> None:
    stage = play("error-bodies-of-neither-shape")

    bodies: list[Any] = []
    for _ in range(7):
        with pytest.raises(perplexity.BadRequestError) as caught:
            stage.ask()
        bodies.append(caught.value.body)
        assert "invalid request" in str(caught.value)

    keys = [sorted(body) if isinstance(body, dict) else body for body in bodies]
    assert keys == [["error"], ["detail"], ["detail"], ["message"], ["error"], ["error"], "invalid request"]
    assert [body["error"]["code"] for body in bodies[4:6]] == ["400", None]
    assert stage.ask().results
    assert stage.waits == []


def test_failed_run_with_200(play: Play) -> None:
    stage = play("failed-run-with-200")

    with stage.client() as client:
        body: Any = stage.scenario.ask.body
        raw = client.responses.with_raw_response.create(**body)
    assert raw.status_code == 200
    answer: Any = raw.parse()
    assert (answer.status, answer.output, answer.usage) == ("failed", [], None)
    assert answer.error.message
    assert stage.waits == [], "no client retries a 200"


def test_cost_off_by_the_last_digit(play: Play) -> None:
    stage = play("cost-off-by-the-last-digit")

    cost = json.loads(stage.post().text, parse_float=Decimal, parse_int=Decimal)["usage"]["cost"]
    usage = stage.ask().usage

    parts = sum(cost[name] for name in ("input_tokens_cost", "output_tokens_cost", "request_cost"))
    exact = (usage.prompt_tokens + usage.completion_tokens) * Decimal("0.000001") + Decimal("0.005")
    assert cost["total_cost"] == exact.quantize(Decimal("0.00001"))
    assert parts == cost["total_cost"] - Decimal("0.00001"), "what is off by the last digit"
    assert usage.cost.total_cost == float(cost["total_cost"])


def test_models_re_point_silently(play: Play) -> None:
    stage = play("models-re-point-silently")

    models = [stage.ask().model for _ in range(3)]

    assert models == ["sonar", "sonar-pro", "sonar-pro"]
    assert stage.ask(stream=True)[-1].model == "sonar-pro"


# All of them


def test_each_scenario_has_a_test_of_its_name() -> None:
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}

    missing = [name for name in shelf.names() if not name[0].isdigit() and name.replace("-", "_") not in tests]
    assert missing == []
    assert {"429_on_two_parallel_calls", "504_on_deep_research"} <= tests
    assert len(shelf.names()) == 26


@pytest.mark.parametrize("name", shelf.names())
def test_what_a_scenario_quotes_is_said_word_for_word(play: Play, name: str) -> None:
    stage = play(name)

    for quoted in re.findall(r'"([^"]{20,})"', stage.scenario.seen):
        assert quoted.rstrip(".") in stage.post().json()["error"]["message"]


@pytest.mark.parametrize("name", shelf.names())
def test_a_scenario_tells_a_client_what_it_wants_to_know(play: Play, name: str) -> None:
    stage = play(name)
    scenario = stage.scenario

    for said in (scenario.title, scenario.complaint, scenario.source, scenario.seen, scenario.robust):
        assert len(said) > 10
    assert scenario.complaint.endswith(".")
    path = scenario.ask.path.removeprefix("/v1/chat")
    assert path in {"/chat/completions", "/search", "/v1/responses", "/completions"}
