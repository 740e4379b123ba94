"""The journal: what clients sent and got, bounded, asked, waited for, and taken away as HAR."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson
import pytest

from mock_server import edition, wire
from mock_server.insight import saved
from mock_server.insight.saved import SavedError
from mock_server.journal import har, record
from mock_server.journal.filter import Filter
from mock_server.journal.journal import Journal, NotMetError
from mock_server.journal.tally import Tally
from tests.conftest import chat_body
from tests.journals import site

if TYPE_CHECKING:
    from mock_server.journal.raw import Raw
    from tests.journals import Site

SCHEMA = Path(__file__).parent / "har-1.2.schema.json"


@pytest.fixture
def fake(loop: asyncio.AbstractEventLoop) -> Site:
    return site(loop)


# What is written down


def test_a_call_is_written_down_with_what_was_sent_and_got(fake: Site) -> None:
    answer = fake.chat("How do bees find home?", temperature=0.5)

    call = fake.last
    assert (call.number, call.place, call.status) == (1, "POST /chat/completions", 200)
    assert (call.name, call.edition, call.model, call.mode) == ("create_chat_completion", "complete", "sonar", "plain")
    assert call.content == chat_body("How do bees find home?", temperature=0.5)
    assert call.told.opening == answer.content
    assert call.response_headers["x-request-id"] == answer.headers["x-request-id"]
    assert call.request_headers["content-type"] == "application/json"
    assert (call.told.outcome, call.end, call.error, call.unknown) == ("complete", "plain", "", ())


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/nowhere", 404, "empty"),
        ("PUT", "/search", 405, "method_not_allowed"),
        ("POST", "/search", 400, "invalid_json"),
        ("GET", f"/n/{'x' * 200}/models", 400, "invalid_lane"),
    ],
)
def test_refusals_are_written_down_too(fake: Site, method: str, path: str, status: int, error: str) -> None:
    fake.api.send(method, path, b"{" if method == "POST" else None)

    assert fake.last.status == status
    assert fake.last.error in {error, "invalid_request"}, fake.last.told.opening


def test_a_request_without_a_key_is_written_down(fake: Site) -> None:
    fake.api.send("GET", "/models", authorization="")

    assert (fake.last.status, fake.last.error, fake.last.asked.account) == (401, "invalid_api_key", "")


@pytest.mark.parametrize("path", ["/__admin/health", "/openapi.json", "/n/x/__admin/health", "/n/x/openapi.json"])
def test_what_is_asked_of_the_fake_itself_is_not(fake: Site, path: str) -> None:
    assert fake.api.send("GET", path, host="localhost").status_code == 200

    assert len(fake.journal) == 0


def test_each_lane_has_its_own(fake: Site) -> None:
    fake.api.post("/n/other%20one/search?x=1", {"query": "bees"})

    lanes = fake.api.client._transport.app.house.lanes  # type: ignore[attr-defined]  # httpx's own transport for tests
    (call,) = lanes.of("other one").journal
    assert (call.lane, call.place, call.asked.query) == ("other one", "POST /search", b"x=1")
    assert len(fake.journal) == 0


def test_a_stream_is_written_down_with_its_first_and_its_last_bytes(fake: Site) -> None:
    answer = fake.chat(stream=True)

    call = fake.last
    assert (call.mode, call.end, call.told.outcome) == ("full", "done", "complete")
    assert call.told.size == len(answer.content)
    assert call.told.omitted == call.told.size - call.told.kept > 0
    assert answer.content.startswith(call.told.opening)
    assert answer.content.endswith(call.told.closing)
    assert len(call.told.opening) == len(call.told.closing) == 65_536
    assert call.text == json.loads(fake.chat().text)["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("wish", "end"),
    [("", "done"), ("stop@3", "cut"), ("stop@3,unfinished", "cut"), ("no-done", "done")],
)
def test_how_a_stream_ended_is_known(fake: Site, wish: str, end: str) -> None:
    headers = {"x_mock_stream_fault": wish} if wish else {}

    answer = fake.api.send("POST", "/chat/completions", orjson.dumps(chat_body("hi", stream=True)), **headers)

    assert answer.status_code == 200, answer.text
    assert fake.last.end == end


def test_a_connection_that_the_fake_resets_is_told_from_one_that_the_client_left(fake: Site) -> None:
    fake.spoil(id="cut-off", path="/search", connection="reset")
    with pytest.raises(ConnectionResetError):
        fake.search()
    assert (fake.last.told.outcome, fake.last.status, fake.last.faults) == ("reset", 0, ("cut-off",))

    fake.lane.faults.clear()
    _leave(fake, b"GET", "/models")
    assert fake.last.told.outcome == "complete"
    _leave(fake, b"POST", "/search")
    assert (fake.last.told.outcome, fake.last.status) == ("gone", 0)


def _leave(fake: Site, method: bytes, path: str) -> None:
    """Ask, and be gone before the body is sent."""

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        return None

    scope = {
        "type": "http", "method": method.decode(), "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"authorization", b"Bearer a-long-test-key")],
    }  # fmt: skip
    transport: Any = fake.api.client._transport
    fake.api.loop.run_until_complete(transport.app(scope, receive, send))


def test_a_fault_that_met_a_call_is_named(fake: Site) -> None:
    fake.spoil(id="busy", path="/search", status=503)
    fake.search()

    assert (fake.last.status, fake.last.faults) == (503, ("busy",))


def test_times_are_those_of_the_pacing_clock(fake: Site) -> None:
    fake.clock.advance(2.5)
    fake.search()
    fake.clock.advance("0.000000001")
    fake.search()

    first, second = fake.journal
    assert (first.times.begun, first.times.ended) == (2_500_000_000, 2_500_000_000)
    assert second.times.begun - first.times.begun == 1


def test_fields_that_the_contract_does_not_know_are_found_at_any_depth(fake: Site) -> None:
    fake.chat(temprature=1, web_search_options={"search_context_size": "low", "size": 1}, top_k=3)

    assert fake.last.unknown == ("temprature", "web_search_options.size", "top_k")


def test_fields_of_a_schema_of_ones_own_are_nobodys_business(fake: Site) -> None:
    schema = {"type": "object", "properties": {"anything": {"type": "string"}}, "required": ["anything"]}
    fake.chat(response_format={"type": "json_schema", "json_schema": {"schema": schema}})

    assert fake.last.unknown == ()


# The bound


def test_the_oldest_calls_go_beyond_the_bound(loop: asyncio.AbstractEventLoop) -> None:
    fake = site(loop, journal_entries=3)
    for number in range(10):
        fake.search(f"bees {number}")

    assert [call.number for call in fake.journal] == [8, 9, 10]
    assert (fake.journal.count, fake.journal.tally.calls) == (10, 10)


def test_the_bytes_of_a_journal_are_bounded_too(fake: Site) -> None:
    fake.lane.journal = Journal(most_bytes=100_000)
    for number in range(40):
        fake.search(f"bees {number}")

    assert fake.journal.size <= 100_000
    assert 5 < len(fake.journal) < 40
    assert [call.number for call in fake.journal] == list(range(41 - len(fake.journal), 41))


def test_a_journal_can_be_off(loop: asyncio.AbstractEventLoop) -> None:
    fake = site(loop, journal_entries=0)
    fake.search()

    assert (len(fake.journal), fake.journal.count) == (0, 0)
    with pytest.raises(NotMetError, match="off"):
        fake.journal.verify()


def test_a_long_body_is_kept_up_to_a_bound(fake: Site) -> None:
    fake.search("x" * 200_000)

    assert (len(fake.last.asked.body), fake.last.asked.size) == (65_536, 200_000 + len(b'{"query":""}'))


# What it adds up to


def test_calls_that_are_counted_together_add_up_to_the_same_as_one_by_one(fake: Site) -> None:
    for number in range(3):
        fake.chat(f"bees {number}", temperature=0.5)
        fake.chat("two of them", model="sonar-pro", web_search_options={"search_context_size": "high"})
        fake.search(f"bees {number}", temprature=1)
        fake.chat("as a stream", stream=True)
        fake.search("")
        fake.api.get("/models")
        fake.api.get("/nowhere")

    told, counted = fake.journal.tally, Tally(fake.journal)

    assert told.calls == counted.calls == 21
    assert told.met == counted.met
    assert told.spent == counted.spent
    assert told.errors == counted.errors


def test_what_a_call_is_billed_is_known_before_it_is_written_down(fake: Site) -> None:
    fake.chat()
    fake.search()

    total = sum(spent.cost for spent in fake.journal.tally.spent.values())

    assert [call.billed for call in fake.journal] == [call.price for call in fake.journal]
    assert total == sum(call.price or 0 for call in fake.journal) > 0


def test_more_kinds_of_calls_than_are_counted_together_are_still_all_counted() -> None:
    tally = Tally()
    operation = edition.load("complete").operations["create_chat_completion"]
    for number in range(2_000):
        tally.plain(operation, 200, {"model": f"model-{number}"}, Decimal(1))

    assert sum(spent.calls for spent in tally.spent.values()) == 2_000
    assert sum(spent.cost for spent in tally.spent.values()) == 2_000
    assert len(tally.spent) < 600
    assert tally.met["create_chat_completion"].fields == {"model": 2_000}


# Questions


@pytest.fixture
def busy(fake: Site) -> Site:
    """A fake that has answered some calls."""
    fake.chat("one")
    fake.chat("two \u00fc", model="sonar-pro")
    fake.search("three")
    fake.api.get("/nowhere")
    fake.under("another-long-key").chat("five", stream=True)
    return fake


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"operation": "create_chat_completion"}, [1, 2, 5]),
        ({"method": "get"}, [4]),
        ({"path": "/chat/*"}, [1, 2, 5]),
        ({"status": 404}, [4]),
        ({"status": "2xx"}, [1, 2, 3, 5]),
        ({"key": "another-long-key"}, [5]),
        ({"model": "sonar-pro"}, [2]),
        ({"contains": "three"}, [3]),
        ({"contains": "two \u00fc"}, [2]),
        ({"body": {"model": "sonar", "stream": True}}, [5]),
        ({"body": {"query": "three"}}, [3]),
        ({"outcome": "gone"}, []),
        ({"status": "2xx", "model": "sonar"}, [1, 5]),
    ],
)
def test_calls_are_found_by_what_they_are_like(busy: Site, wanted: dict[str, Any], numbers: list[int]) -> None:
    assert [call.number for call in busy.journal.find(Filter(**wanted))] == numbers


def test_a_key_is_found_by_its_name_too(busy: Site) -> None:
    name = busy.last.asked.account

    assert [call.number for call in busy.journal.find(Filter(key=name))] == [5]


def test_calls_are_read_page_by_page(busy: Site) -> None:
    first = busy.journal.find(limit=2)
    rest = busy.journal.find(since=first[-1].number)

    assert [call.number for call in first + rest] == [1, 2, 3, 4, 5]
    assert busy.journal.find(since=99) == []


@pytest.mark.parametrize("status", ["9xx", "abc", "4x", ""])
def test_a_status_that_is_none_is_refused(status: str) -> None:
    with pytest.raises(ValueError, match="a status is a number"):
        Filter(status=status)


def test_verifying_says_what_came_instead(busy: Site) -> None:
    assert busy.journal.verify(Filter(path="/search"), 1) == 1
    assert busy.journal.verify(Filter(path="/embeddings"), at_most=0) == 0
    with pytest.raises(NotMetError) as told:
        busy.journal.verify(Filter(path="/serach"), 2)
    message = str(told.value)
    assert "expected exactly 2 of path /serach, got 0" in message
    assert "3: POST /search" in message


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"times": 4}, "exactly 4"),
        ({"at_least": 4}, "at least 4"),
        ({"at_most": 1}, "0 to 1"),
        ({"at_least": 4, "at_most": 9}, "4 to 9"),
    ],
)
def test_another_number_of_calls_is_not_met(busy: Site, numbers: dict[str, int], said: str) -> None:
    with pytest.raises(NotMetError, match=f"expected {said} of model sonar, got 2"):
        busy.journal.verify(Filter(model="sonar"), **numbers)


def test_the_order_of_calls_is_verified(busy: Site) -> None:
    chat, search = Filter(path="/chat/*"), Filter(path="/search")

    assert [call.number for call in busy.journal.verify_order(chat, search, chat)] == [1, 3, 5]
    with pytest.raises(NotMetError, match=r"expected call 2 of the order, path /search, after call 3\."):
        busy.journal.verify_order(search, search)


def test_calls_of_one_key_are_forgotten_alone_and_still_count(busy: Site) -> None:
    assert busy.journal.clear("another-long-key") == 1

    assert [call.number for call in busy.journal] == [1, 2, 3, 4]
    assert busy.journal.tally.calls == 5
    assert busy.journal.clear() == 4
    assert len(busy.journal) == 0


def test_a_reset_begins_anew(busy: Site) -> None:
    busy.journal.reset()
    assert (len(busy.journal), busy.journal.count, busy.journal.tally.calls) == (0, 0, 0)

    busy.search()
    assert busy.last.number == 1


# Waiting


def test_a_call_that_is_there_need_not_be_waited_for(busy: Site) -> None:
    found = busy.api.loop.run_until_complete(busy.journal.wait_for(Filter(path="/search"), timeout=0))

    assert found.number == 3


def test_a_call_to_come_is_waited_for(fake: Site) -> None:
    async def wait() -> int:
        waiting = asyncio.ensure_future(fake.journal.wait_for(Filter(status=200), timeout=60))
        await asyncio.sleep(0)
        client, headers = fake.api.client, {"authorization": "Bearer somebody"}
        await client.get("/nowhere")
        assert not waiting.done()
        await client.get("/models", headers=headers)
        return (await waiting).number

    assert fake.api.loop.run_until_complete(wait()) == 2


def test_a_call_that_does_not_come_is_said_with_what_came(fake: Site) -> None:
    fake.search()

    with pytest.raises(NotMetError, match=r"no call came within 0.01 s that is path /x\. .*\n  1: POST /search"):
        fake.api.loop.run_until_complete(fake.journal.wait_for(Filter(path="/x"), timeout=0.01))
    with pytest.raises(NotMetError, match="after call 1"):
        fake.journal.wait(since=1, timeout=0.01)


def test_another_thread_may_wait(fake: Site) -> None:
    found: list[int] = []
    ready = threading.Event()

    def wait() -> None:
        ready.set()
        found.append(fake.journal.wait(Filter(path="/search"), timeout=60).number)

    thread = threading.Thread(target=wait)
    thread.start()
    ready.wait(60)
    fake.chat()
    fake.search()
    thread.join(60)

    assert found == [2]


def test_whoever_waits_is_told_though_somebody_else_reads_the_call_first(fake: Site) -> None:
    async def wait() -> int:
        waiting = asyncio.ensure_future(fake.journal.wait_for(Filter(path="/models"), timeout=60))
        await asyncio.sleep(0)
        take, fake.journal.take = fake.journal.take, _read_first(fake.journal)  # type: ignore[method-assign]  # a race
        await fake.api.client.get("/models", headers={"authorization": "Bearer somebody"})
        fake.journal.take = take  # type: ignore[method-assign]
        return (await waiting).number

    assert fake.api.loop.run_until_complete(wait()) == 1


def _read_first(journal: Journal) -> Any:
    """Take a call as a journal does whose calls another thread reads in that very moment."""

    def take(call: Raw) -> bool:
        journal._pending.append(call)
        assert [entry.number for entry in journal] == [1]
        journal.settle()
        return False

    return take


def test_many_threads_may_read_while_calls_come(fake: Site) -> None:
    stop = threading.Event()
    broken: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                numbers = [call.number for call in fake.journal.find(Filter(path="/search"))]
                assert numbers == sorted(numbers)
        except BaseException as error:  # noqa: BLE001  # it is told to the test
            broken.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(200):
        fake.search(f"bees {number}")
    stop.set()
    for thread in threads:
        thread.join(60)

    assert not broken
    assert [call.number for call in fake.journal] == list(range(1, 201))


# Taking it away


@pytest.fixture
def archive(busy: Site) -> Any:
    busy.spoil(path="/search", connection="closed")
    with pytest.raises(ConnectionResetError):
        busy.search()
    busy.lane.faults.clear()
    busy.api.send("POST", "/search?a=b&c", b"\xff\xfe", content_type="text/plain")
    return wire.loads(wire.dumps(har.archive(busy.journal)))


def test_the_archive_is_valid_har(archive: Any) -> None:
    validator = jsonschema_rs.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True)

    assert [str(error) for error in validator.iter_errors(archive)] == []


def test_the_archive_says_what_was_sent_and_got(archive: Any) -> None:
    entry = archive["log"]["entries"][0]

    assert entry["request"]["url"] == "http://fake/chat/completions"
    assert json.loads(entry["request"]["postData"]["text"]) == chat_body("one")
    assert json.loads(entry["response"]["content"]["text"])["model"] == "sonar"
    assert entry["startedDateTime"].startswith("20")
    assert entry["time"] == sum(entry["timings"].values())


def test_what_was_taken_away_is_read_back_the_same(busy: Site, archive: Any, tmp_path: Path) -> None:
    files = {
        "archive": wire.dumps(archive),
        "page": record.page(busy.journal, list(busy.journal)).model_dump_json().encode(),
        "lines": b"\n".join(record.record_of(call).model_dump_json().encode() for call in busy.journal),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        read = saved.read(tmp_path / name)
        assert [_facts(call) for call in read] == [_facts(call) for call in busy.journal], name
    assert len(busy.journal) > 3


def _facts(call: Any) -> list[Any]:
    return [call.number, call.asked, call.told, call.times, call.lane, call.edition, call.name, call.faults, call.price]


def archive_of(**parts: Any) -> dict[str, Any]:
    """An archive of another tool, of one call."""
    entry = {
        "startedDateTime": "2026-11-21T12:00:00.000Z",
        "time": 120,
        "request": {
            "method": "GET",
            "url": "https://api.perplexity.ai/models/sonar?api_key=a-long-test-key",
            "headers": [{"name": "Authorization", "value": "Bearer a-long-test-key"}],
        },
        "response": {"status": 404, "headers": [], "content": {"text": "a-long-test-key"}},
        **parts,
    }
    return {"log": {"entries": [entry]}}


def test_an_archive_of_another_tool_is_read_without_its_keys(tmp_path: Path) -> None:
    (tmp_path / "other.har").write_text(json.dumps(archive_of()), encoding="utf-8")

    (call,) = saved.read(tmp_path / "other.har")

    assert (call.name, call.status, call.asked.leaks) == ("retrieve_model", 404, ("query",))
    assert "a-long-test-key" not in repr(call)
    assert call.times.ended - call.times.begun == 120_000_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "this is not what a journal holds"),
        ("nonsense", "line 1"),
        ('{"log": {}}', "log.entries"),
        ('{"calls": 1}', "calls"),
        (json.dumps(archive_of(request={"method": "GET", "url": "http://["})), "entry 1: .* Invalid IPv6 URL"),
        (json.dumps(archive_of(response={"status": 200, "content": {"text": "a", "encoding": "base64"}})), "entry 1: "),
    ],
)
def test_a_file_that_holds_no_calls_is_refused_with_its_place(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "calls.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(SavedError, match=said) as told:
        saved.read(file)
    assert str(file) in str(told.value)


def test_an_empty_file_holds_no_calls(tmp_path: Path) -> None:
    file = tmp_path / "calls.json"
    file.touch()

    assert saved.read(file) == []


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SavedError, match="No such file"):
        saved.read(tmp_path / "none.har")


# Memory


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_journal_at_its_bound_takes_no_more_memory_over_200_000_requests(loop: asyncio.AbstractEventLoop) -> None:
    assert _growth(loop, 200_000) < 1_000_000


def test_a_journal_at_its_bound_takes_no_more_memory(loop: asyncio.AbstractEventLoop) -> None:
    assert _growth(loop, 2_000) < 500_000


def _growth(loop: asyncio.AbstractEventLoop, requests: int) -> int:
    """Bytes by which a server grows while its journal is full; its other memories are bounded by being the same."""
    fake = site(loop, journal_entries=300)
    bodies = [orjson.dumps({"query": f"bees {number}"}) for number in range(50)]

    app: Any = fake.api.client._transport.app

    async def send(count: int) -> None:
        for number in range(count):
            await _search(app, bodies[number % 50])

    loop.run_until_complete(send(1_000))
    with _traced():
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        loop.run_until_complete(send(600))
        gc.collect()
        settled = tracemalloc.get_traced_memory()[0]
        loop.run_until_complete(send(requests))
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    assert fake.journal.count == 1_600 + requests
    assert settled >= before
    return after - settled


async def _search(app: Any, body: bytes) -> None:
    """Call the application itself: a client would take ten times as long."""
    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer a-long-test-key"),
               (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]  # fmt: skip
    scope = {"type": "http", "method": "POST", "path": "/search", "query_string": b"", "headers": headers,
             "client": ("127.0.0.1", 1)}  # fmt: skip
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop()

    async def send(_: Any) -> None:
        return

    await app(scope, receive, send)


class _traced:  # noqa: N801  # a context
    def __enter__(self) -> None:
        tracemalloc.start()

    def __exit__(self, *_: object) -> None:
        tracemalloc.stop()
