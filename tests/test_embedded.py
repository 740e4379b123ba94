"""The fake beside another program: a server in a thread, a fake for each test, transports without sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import openai
import perplexity
import pytest

from mock_server.embedded import MockServer
from mock_server.embedded.environment import variables
from mock_server.embedded.failing import WishError
from mock_server.embedded.sdk import MissingClientError
from mock_server.embedded.thread import LoopThread, StoppedError
from mock_server.errors import PplxMockError, SettingsError
from mock_server.settings import Settings
from tests.conftest import chat_body

if TYPE_CHECKING:
    from mock_server.embedded import PerplexityMock

QUESTION = "How do bees find their way home?"


def chat(mock: PerplexityMock, **fields: Any) -> Any:
    return mock.client(max_retries=0).chat.completions.create(**{**chat_body(QUESTION), **fields})


def ask(url: str, key: str, **options: Any) -> httpx.Response:
    return httpx.post(f"{url}/search", json={"query": "bees"}, headers={"authorization": f"Bearer {key}"}, **options)


# The server


def test_a_server_answers_while_its_block_lasts_and_not_after() -> None:
    with MockServer() as server:
        url = server.url
        assert ask(url, "k").is_success

    with pytest.raises(httpx.ConnectError):
        ask(url, "k")
    assert not server.alive
    assert repr(server) == "<MockServer, stopped>"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_server_starts_and_stops_in_asynchronous_code_too(backend: str) -> None:
    async def use() -> int:
        async with MockServer() as server, httpx.AsyncClient() as client:
            answer = await client.get(f"{server.url}/models", headers={"authorization": "Bearer k"})
            return answer.status_code

    assert anyio.run(use, backend=backend) == 200


def test_a_server_starts_again_after_it_stopped() -> None:
    server = MockServer()

    for _ in range(2):
        server.start()
        assert server.start() is server
        assert ask(server.url, "k").is_success
        server.stop()
    server.stop()


def test_a_server_that_does_not_run_says_how_to_run_it() -> None:
    with pytest.raises(StoppedError, match="use it in a `with` block"):
        _ = MockServer().url


def test_a_server_takes_the_settings_of_a_server() -> None:
    with MockServer(Settings(port=0, edition="2026-10", seed=3)) as server, server.mock() as mock:
        assert (mock.edition, mock.seed) == ("2026-10", 3)
        with pytest.raises(perplexity.PermissionDeniedError):
            chat(mock)


def test_a_port_that_is_taken_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="cannot listen"):
        MockServer(Settings(port=taken.getsockname()[1])).start()


def test_stopping_does_not_wait_for_streams_that_still_run() -> None:
    with MockServer() as server:
        mock = server.mock()
        mock.clock.waits = "held"
        client = httpx.Client(timeout=10)
        stream = client.stream(
            "POST",
            f"{mock.url}/chat/completions",
            json=chat_body(QUESTION, stream=True),
            headers={"authorization": "Bearer k", "x-mock-stream-pace": "tps=1"},
        )
        answer = stream.__enter__()
        began = time.perf_counter()

    assert time.perf_counter() - began < 5
    with contextlib.suppress(httpx.NetworkError, httpx.ProtocolError):  # hung up on, or just ran out: no timeout
        answer.read()
    client.close()


def test_a_forked_child_is_told_and_may_start_a_server_of_its_own(server: MockServer) -> None:
    mock = server.mock()
    child = os.fork()
    if child == 0:
        try:
            told = "nothing"
            try:
                _ = mock.calls
            except StoppedError as error:
                told = str(error)
            with MockServer() as own:
                fine = ask(own.url, "k").is_success and ask(server.url, "k").is_success
            os._exit(0 if fine and "forked" in told else 1)
        except BaseException:  # noqa: BLE001  # whatever it is, the child must not go on as a second pytest
            os._exit(2)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    mock.close()


def test_a_program_that_forgets_to_stop_its_server_ends_all_the_same() -> None:
    code = "from mock_server.embedded import MockServer; server = MockServer().start(); print(server.url)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stderr == ""


def test_logging_and_garbage_collection_of_the_program_are_left_alone() -> None:
    code = (
        "import gc, logging\n"
        "before = gc.get_threshold(), gc.isenabled()\n"
        "from mock_server.embedded import MockServer\n"
        "with MockServer(): pass\n"
        "assert (gc.get_threshold(), gc.isenabled()) == before\n"
        "assert gc.get_freeze_count() == 0\n"
        "assert logging.getLogger('uvicorn').handlers == []\n"
    )

    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


# Its thread


def test_what_is_done_on_the_loop_raises_where_it_was_asked_for() -> None:
    thread = LoopThread()

    assert thread.do(lambda: threading.current_thread().name) == "pplx-mock"
    assert thread.do(lambda: thread.do(lambda: 5)) == 5
    with pytest.raises(ZeroDivisionError):
        thread.do(lambda: 1 // 0)
    thread.stop()
    with pytest.raises(StoppedError, match="stopped"):
        thread.do(lambda: None)
    with pytest.raises(StoppedError):
        thread.wait(asyncio.sleep(0))


def test_nobody_waits_for_what_a_stopped_loop_will_not_say() -> None:
    thread = LoopThread()
    thread.stop()

    with pytest.raises(StoppedError, match="stopped"):
        thread._awaited(Future())


def test_tasks_that_still_run_are_cancelled_at_the_end() -> None:
    thread, ended = LoopThread(), threading.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    thread.spawn(long())
    thread.do(lambda: None)
    thread.stop()

    assert ended.is_set()


# A fake of one's own


def test_the_clients_of_both_vendors_talk_to_it(mock: PerplexityMock) -> None:
    assert chat(mock).citations
    assert mock.openai().chat.completions.create(**chat_body(QUESTION)).choices[0].message.content
    assert [call.operation for call in mock.calls] == ["create_chat_completion"] * 2


def test_the_waiting_clients_talk_to_it_too(mock: PerplexityMock) -> None:
    async def both() -> None:
        async with mock.async_client() as client, mock.async_openai() as other:
            await client.search.create(query="bees")
            await other.chat.completions.create(**chat_body(QUESTION))

    asyncio.run(both())

    assert [call.path for call in mock.calls] == ["/search", "/chat/completions"]


def test_a_client_that_is_not_installed_is_named(mock: PerplexityMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "perplexity", None)

    with pytest.raises(MissingClientError, match="pip install perplexityai"):
        mock.client()


def test_two_fakes_on_one_server_know_nothing_of_each_other(server: MockServer) -> None:
    with server.mock(seed=1) as one, server.mock(seed=2, edition="2026-07") as other:
        one.fail(500)
        one.limits("sonar=1/minute")
        assert chat(other).id

        assert (one.seed, other.seed, one.edition, other.edition) == (1, 2, "complete", "2026-07")
        assert (len(one.calls), len(other.calls)) == (0, 1)
        assert one.api_key != other.api_key


def test_the_same_question_gets_the_same_answer_in_the_next_test(server: MockServer) -> None:
    answers = []
    for _ in range(2):
        with server.mock() as mock:
            answers.append(chat(mock).model_dump_json())

    assert answers[0] == answers[1]


def test_a_client_that_drops_the_path_of_its_base_url_finds_its_fake_by_the_key(
    server: MockServer, mock: PerplexityMock
) -> None:
    assert ask(server.url, mock.api_key).is_success

    assert [(call.method, call.path) for call in mock.calls] == [("POST", "/search")]


def test_other_keys_find_the_default_fake(server: MockServer, mock: PerplexityMock) -> None:
    assert ask(server.url, "pplx-mock-test-x").is_success
    assert httpx.get(f"{server.url}/models").status_code in {200, 401}

    assert len(mock.calls) == 0


@pytest.mark.parametrize("by", ["path", "key"])
def test_a_client_that_outlived_its_test_is_told_so(server: MockServer, by: str) -> None:
    with server.mock() as mock:
        url, key = mock.url, mock.api_key

    answer = ask(url, "k") if by == "path" else ask(server.url, key)

    assert answer.status_code == 410
    assert answer.json()["error"]["type"] == "test_is_over"
    assert "make it inside of each test" in answer.json()["error"]["message"]


def test_lanes_that_a_user_names_are_left_alone(server: MockServer) -> None:
    for name in ("mine", "test-x", "test-"):
        assert ask(f"{server.url}/n/{name}", "k").is_success


def test_closing_twice_is_closing_once(server: MockServer) -> None:
    mock = server.mock()
    mock.close()
    mock.close()

    assert not mock.open


def test_closing_lets_those_go_who_wait_for_its_clock(server: MockServer) -> None:
    with server.mock() as mock, ThreadPoolExecutor() as pool:
        mock.clock.waits = "held"
        mock.fail(delay=60)
        waiting = pool.submit(ask, mock.url, "k", timeout=20)
        mock.clock.until_waited_for()
        mock.close()

        waiting.result(10)


def test_reset_forgets_everything_that_a_test_did(mock: PerplexityMock) -> None:
    first = chat(mock)
    mock.fail(500)
    mock.when().reply("no")
    mock.limits("sonar=1/hour")
    mock.clock.advance(5)
    mock.reset()

    assert chat(mock) == first
    assert chat(mock).id != first.id
    assert (len(mock.calls), mock.clock.now()) == (2, 0)


def test_making_and_forgetting_a_fake_takes_less_than_a_millisecond(server: MockServer) -> None:
    def took(act: Any) -> float:
        began = time.perf_counter()
        for _ in range(100):
            act()
        return (time.perf_counter() - began) / 100

    with server.mock() as mock:
        reset = min(took(mock.reset) for _ in range(5))
    made = min(took(lambda: server.mock().close()) for _ in range(5))

    assert (reset, made) < (0.001, 0.001), f"reset {reset * 1000:.2f} ms, made and forgotten {made * 1000:.2f} ms"


def test_threads_may_ask_and_be_answered_all_at_once(mock: PerplexityMock) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(lambda _: ask(mock.url, "k").status_code, range(24))]
        seen = [*pool.map(lambda _: len(mock.calls), range(24))]

    assert answers == [200] * 24
    assert seen == [24] * 24


def test_a_call_is_in_the_list_as_soon_as_it_is_answered(mock: PerplexityMock) -> None:
    for number in range(1, 40):
        ask(mock.url, "k")
        assert len(mock.calls) == number


# Faults, limits, the clock


def test_a_fault_counts_whom_it_met_and_can_be_stopped(mock: PerplexityMock) -> None:
    fault = mock.fail(503, operation="create_chat_completion")

    with pytest.raises(perplexity.InternalServerError):
        chat(mock)
    assert mock.client().search.create(query="bees").results
    fault.stop()
    assert chat(mock).id

    assert fault.struck == 1
    fault.stop()
    assert fault.struck == 1
    assert repr(fault) == "<fault fault-1, struck 1 times>"
    assert [call.faults for call in mock.calls] == [("fault-1",), (), ()]


@pytest.mark.parametrize(
    ("what", "wish", "error"),
    [
        (429, {}, perplexity.RateLimitError),
        ("insufficient_quota", {}, perplexity.AuthenticationError),
        ("reset", {}, perplexity.APIConnectionError),
        ("closed", {}, perplexity.APIConnectionError),
        (None, {"html": "cloudflare-502"}, perplexity.InternalServerError),
        (None, {"connection": "reset"}, perplexity.APIConnectionError),
    ],
)
def test_faults_are_said_in_a_word(mock: PerplexityMock, what: Any, wish: Any, error: type[Exception]) -> None:
    mock.fail(what, **wish)

    with pytest.raises(error):
        chat(mock)


def test_a_server_that_refused_connections_takes_them_again_for_the_next_test(server: MockServer) -> None:
    with server.mock() as mock:
        mock.fail("refused", down=2)
        for error in (httpx.ReadError, httpx.ConnectError):
            with pytest.raises((error, httpx.RemoteProtocolError)):
                ask(mock.url, "k")
    with server.mock() as other:
        assert ask(other.url, "k").is_success


@pytest.mark.parametrize(
    ("what", "wish", "text"),
    [
        (None, {"stauts": 429}, r"there is no field of faults 'stauts'\. Did you mean 'status'\?"),
        ("resett", {}, r"there is no fault or error 'resett'\. Did you mean 'reset'\?"),
        ("bad_gatway", {}, r"there is no fault or error 'bad_gatway'\. Did you mean 'bad_gateway'\?"),
        ("?", {}, r"there is no fault or error '\?'\. fixtures/errors\.yaml lists them\."),
        (299, {}, r"status: "),
        (None, {}, r"^fail: "),
    ],
)
def test_a_fault_that_there_is_not_is_refused_in_words(mock: PerplexityMock, what: Any, wish: Any, text: str) -> None:
    with pytest.raises(WishError, match=text):
        mock.fail(what, **wish)


@pytest.mark.parametrize("credit", ["much", -1, "nan"])
def test_a_credit_that_is_none_is_refused_in_words(mock: PerplexityMock, credit: Any) -> None:
    with pytest.raises(ValueError, match=r"^a credit is .* US dollars, got "):
        mock.limits(credit=credit)


def test_limits_stand_until_the_clock_moves(mock: PerplexityMock) -> None:
    mock.limits("sonar=2/minute")

    statuses = [_status(mock) for _ in range(3)]
    mock.clock.advance(30)
    statuses += [_status(mock) for _ in range(2)]

    assert statuses == [200, 200, 429, 200, 429]


def _status(mock: PerplexityMock) -> int:
    headers = {"authorization": f"Bearer {mock.api_key}"}
    return httpx.post(f"{mock.url}/chat/completions", json=chat_body(QUESTION), headers=headers).status_code


def test_a_credit_a_quota_and_a_tier_are_limits_too(server: MockServer) -> None:
    with server.mock() as mock:
        mock.limits(credit=0)
        assert _status(mock) == 401
    with server.mock() as mock:
        mock.limits(quota=1)
        assert [_status(mock), _status(mock)] == [200, 401]
    with server.mock() as mock:
        mock.limits(tier=0)
        assert ask(mock.url, "k").is_success


def paced(mock: PerplexityMock, pace: str, timeout: float = 10) -> int:
    with httpx.stream(
        "POST",
        f"{mock.url}/chat/completions",
        json=chat_body(QUESTION, stream=True),
        headers={"authorization": "Bearer k", "x-mock-stream-pace": pace},
        timeout=timeout,
    ) as answer:
        return len([*answer.iter_lines()])


def test_a_wait_takes_its_time_and_moves_the_clock_by_it_exactly(mock: PerplexityMock) -> None:
    began = time.perf_counter()

    assert paced(mock, "ttft=0.25") > 3

    assert time.perf_counter() - began >= 0.25
    assert mock.clock.now_ns() == 250_000_000


def test_a_clients_own_timeout_strikes_while_the_clock_stands(mock: PerplexityMock) -> None:
    with pytest.raises(httpx.ReadTimeout):
        paced(mock, "ttft=30", timeout=0.2)


def test_waits_can_be_skipped_and_the_clock_shows_how_long_they_were(mock: PerplexityMock) -> None:
    mock.clock.waits = "skipped"
    began = time.perf_counter()

    paced(mock, "ttft=1000,tps=1")

    assert time.perf_counter() - began < 8
    assert mock.clock.now() > 1000


def test_waits_can_be_held_until_the_test_moves_the_clock(mock: PerplexityMock) -> None:
    mock.clock.waits = "held"
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(paced, mock, "ttft=0.01")
        mock.clock.until_waited_for()
        assert not reading.done()
        mock.clock.advance(0.01)

        assert reading.result(10) > 3


def test_advancing_ends_a_wait_before_its_time(mock: PerplexityMock) -> None:
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(paced, mock, "ttft=60", 50)
        mock.clock.until_waited_for()
        mock.clock.advance(60)

        assert reading.result(10) > 3
    assert mock.clock.now() == 60


# Scripted answers, editions, money


def test_answers_can_be_scripted(mock: PerplexityMock) -> None:
    stub = mock.when(last_user={"contains": "bees"}).reply("By the sun.[1]").then(status=429)

    assert chat(mock).choices[0].message.content == "By the sun.[1]"
    with pytest.raises(perplexity.RateLimitError):
        chat(mock)
    assert stub.answered == 2
    assert [call.stub for call in mock.calls] == [stub.stub.id, stub.stub.id]


@pytest.mark.parametrize(
    ("wish", "text"),
    [({"edition": "2020-01"}, "there is no edition '2020-01'"), ({"seed": -1}, "seed is 0 to 4294967295, got -1")],
)
def test_a_fake_that_cannot_be_made_is_refused_at_once(server: MockServer, wish: Any, text: str) -> None:
    with pytest.raises(PplxMockError, match=text):
        server.mock(**wish)


def test_the_edition_may_change_in_mid_test(mock: PerplexityMock) -> None:
    assert chat(mock).id
    mock.edition = "2026-10"

    with pytest.raises(perplexity.PermissionDeniedError):
        chat(mock)
    assert [call.entry.edition for call in mock.calls] == ["complete", "2026-10"]


def test_the_cost_is_what_the_answers_say(mock: PerplexityMock) -> None:
    assert mock.cost == 0
    answers = [chat(mock), chat(mock, model="sonar-pro")]

    told = sum(answer.usage.cost.total_cost for answer in answers)
    assert float(mock.cost) == pytest.approx(told)
    assert 0 < mock.cost < 0.05
    assert sum(call.cost for call in mock.calls) == mock.cost


# The environment


def test_the_environment_leads_clients_here(mock: PerplexityMock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in mock.environment(openai=True).items():
        monkeypatch.setenv(name, value)

    with perplexity.Perplexity() as client, openai.OpenAI() as other:
        client.search.create(query="bees")
        other.chat.completions.create(**chat_body(QUESTION))

    assert len(mock.calls) == 2


def test_a_proxy_is_kept_out_of_it_where_there_is_one() -> None:
    found = variables("http://127.0.0.1:9/n/x", "k", {"HTTPS_PROXY": "http://proxy", "no_proxy": "a.example"})

    assert found["no_proxy"] == "a.example,127.0.0.1"
    assert found["NO_PROXY"] == "127.0.0.1"
    assert variables("http://127.0.0.1:9", "k", {}).keys() == {
        "PERPLEXITY_API_KEY",
        "PPLX_API_KEY",
        "PERPLEXITY_BASE_URL",
    }


# Without sockets


def test_httpx_reaches_it_without_a_socket(mock: PerplexityMock) -> None:
    with httpx.Client(transport=mock.transport(), base_url="https://api.example") as client:
        client.headers["authorization"] = "Bearer k"
        answer = client.post("/search", json={"query": "bees"}, params={"a": "b"})
        plain = httpx.post(f"{mock.url}/search", json={"query": "wasps"}, headers={"authorization": "Bearer k"})

    assert answer.json()["results"]
    assert answer.headers.keys() == plain.headers.keys()
    assert mock.calls.one(path="/search", last_user="bees").query == "a=b"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_waiting_httpx_reaches_it_without_a_socket(mock: PerplexityMock, backend: str) -> None:
    async def stream() -> str:
        transport = mock.async_transport()
        async with (
            httpx.AsyncClient(transport=transport, base_url=mock.url) as client,
            client.stream(
                "POST",
                "/chat/completions",
                json=chat_body(QUESTION, stream=True),
                headers={"authorization": "Bearer k", "x-mock-stream-pace": "ttft=0.05"},
            ) as answer,
        ):
            return "".join([piece async for piece in answer.aiter_text()])

    assert "chat.completion.done" in anyio.run(stream, backend=backend)


def test_sdks_take_the_transport(mock: PerplexityMock) -> None:
    http = perplexity.DefaultHttpxClient(transport=mock.transport())

    with perplexity.Perplexity(api_key="k", base_url="https://api.example", http_client=http) as client:
        assert [*client.chat.completions.create(**chat_body(QUESTION), stream=True)]


def test_many_ask_at_once_without_a_socket(mock: PerplexityMock) -> None:
    async def ask_all() -> set[int]:
        async with httpx.AsyncClient(transport=mock.async_transport(), base_url="http://x") as client:
            client.headers["authorization"] = "Bearer k"
            questions = [client.post("/search", json={"query": f"q{number}"}) for number in range(60)]
            return {answer.status_code for answer in await asyncio.gather(*questions)}

    assert asyncio.run(ask_all()) == {200}
    assert len(mock.calls) == 60


@pytest.mark.parametrize(
    ("fault", "error"),
    [("reset", httpx.ReadError), ("reset-late", httpx.RemoteProtocolError), ("delay", httpx.ReadTimeout)],
)
def test_without_a_socket_too_connections_break_and_clients_time_out(
    mock: PerplexityMock, fault: str, error: type[Exception]
) -> None:
    wish: dict[str, Any] = {
        "reset": {"connection": "reset"},
        "reset-late": {"stream": "reset@3"},
        "delay": {"delay": 9},
    }
    mock.fail(**wish[fault])

    with httpx.Client(transport=mock.transport(), base_url="http://x", timeout=0.3) as client, pytest.raises(error):
        client.post("/chat/completions", json=chat_body(QUESTION, stream=True), headers={"authorization": "Bearer k"})


def test_leaving_a_stream_early_ends_it(mock: PerplexityMock) -> None:
    with (
        httpx.Client(transport=mock.transport(), base_url="http://x") as client,
        client.stream(
            "POST",
            "/chat/completions",
            json=chat_body(QUESTION, stream=True),
            headers={"authorization": "Bearer k", "x-mock-stream-pace": "tps=5"},
        ) as answer,
    ):
        next(answer.iter_bytes())

    assert mock.wait_for_call(path="/chat/completions").entry.told.outcome == "gone"
