"""Faults: each effect by its name, over a real socket or in this process, alone and together with others."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import logging
import re
import select
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import facts, shutter, wire
from mock_server.app import create_app
from mock_server.clock import VirtualClock
from mock_server.embedded.engine import Engine
from mock_server.errors import NoConnectionError
from mock_server.faults import model, spoiling, tables
from mock_server.faults.model import EFFECTS, Fault
from mock_server.settings import Settings
from mock_server.stubs.model import Stub
from tests.conftest import chat_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_server.faults.book import FaultBook
    from mock_server.state.lane import Lane

CHAT, SEARCH = "/chat/completions", "/search"
DOCS = Path(__file__).parent.parent / "docs" / "faults.md"
ERRORS = facts.load("complete").errors


@dataclass
class Site:
    """A lane of a server on a socket, and a client of it."""

    lane: Lane
    client: httpx.Client

    @property
    def book(self) -> FaultBook:
        return self.lane.faults

    def after(self, *faults: Fault) -> Site:
        """The same site with these faults and no others."""
        self.book.clear()
        self.book.add(*faults)
        return self

    def chat(self, **fields: Any) -> httpx.Response:
        return self.client.post(CHAT, json=chat_body("bees", **fields))

    def search(self, **fields: Any) -> httpx.Response:
        return self.client.post(SEARCH, json={"query": "bees", **fields})


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(Settings(port=0))
    yield made
    made.end()


@pytest.fixture
def site(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Site]:
    name = re.sub(r"\W", "-", request.node.name)[:100]
    lane = engine.do(lambda: engine.house.lanes.of(name))
    headers = {"authorization": "Bearer k"}
    base = f"{engine.url}/n/{name}"
    with httpx.Client(base_url=base, headers=headers, timeout=20, trust_env=False, verify=False) as client:
        yield Site(lane, client)
    engine.house.lanes.drop(name)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever goes wrong on purpose, the server has nothing to complain of."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def error_of(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    return found


def frames(content: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in content.splitlines() if line.startswith(b"data: {")]


def text_of(body: Any) -> str:
    return str(body["choices"][0]["message"]["content"])


# Answers in the API's place


@pytest.mark.parametrize("status", sorted(tables.load().statuses))
def test_status(site: Site, status: int) -> None:
    answer = site.after(Fault(status=status)).chat()

    row = tables.load().statuses[status]
    assert answer.status_code == status
    if row.page is not None:
        page = tables.load().pages[row.page]
        assert (answer.text, answer.headers["content-type"]) == (page.content, page.media_type)
    else:
        template = ERRORS[str(row.error)]
        said = {"message": template.message.format_map(row.values), "type": template.type, "code": status}
        assert answer.json() == {"error": said}
        assert answer.headers["content-type"] == "application/json"


def test_a_429_has_the_words_of_its_operation(site: Site) -> None:
    site.after(Fault(status=429))
    body = {"model": "pplx-embed-v1-0.6b", "input": ["a"]}

    assert error_of(site.chat())["message"] == "Request rate limit exceeded, please try again later."
    assert error_of(site.client.post("/embeddings", json=body))["type"] == "request_rate_limit_exceeded"


@pytest.mark.parametrize(
    "name", ["bad_gateway", "gateway_timeout", "upstream_structured_output_failed", "insufficient_quota"]
)
def test_error(site: Site, name: str) -> None:
    answer = site.after(Fault(error=name)).search()

    template = ERRORS[name]
    assert answer.status_code == template.status
    assert error_of(answer) == {"message": template.message, "type": template.type, "code": template.status}


def test_message(site: Site) -> None:
    assert error_of(site.after(Fault(error="conflict", message="busy")).search())["message"] == "busy"
    answer = site.after(Fault(status=507, message="full")).search()
    assert (answer.status_code, error_of(answer)) == (
        507,
        {"message": "full", "type": "internal_error", "code": 507},
    )
    # Where the wire has a page, a message asks for the JSON that would stand there.
    assert error_of(site.after(Fault(status=502, message="oh")).search())["type"] == "bad_gateway"


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("string", {"error": "invalid request"}),
        ("detail", {"detail": "invalid request"}),
        ("details", {"detail": [{"loc": ["body"], "msg": "invalid request", "type": "invalid_request"}]}),
        ("message", {"message": "invalid request"}),
        ("string-code", {"error": {"message": "invalid request", "type": "invalid_request", "code": "400"}}),
        (
            "null-code",
            {"error": {"code": None, "message": "invalid request", "param": None, "type": "invalid_request"}},
        ),
    ],
)
def test_error_shape(site: Site, shape: Any, body: Any) -> None:
    answer = site.after(Fault(status=400, error_shape=shape)).search()

    assert (answer.status_code, answer.json()) == (400, body)


def test_an_error_can_be_a_text(site: Site) -> None:
    answer = site.after(Fault(status=503, error_shape="text")).search()

    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (
        503, "Service Unavailable", "text/plain",
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(tables.load().pages))
def test_html(site: Site, name: str) -> None:
    answer = site.after(Fault(html=name)).chat()

    page = tables.load().pages[name]
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (page.status, "text/html", page.content)


def test_an_answer_in_the_apis_place_is_not_billed(site: Site) -> None:
    site.after(Fault(status=500, operation="search")).search()

    assert site.client.get("/usage").json()["total"]["requests"] == 0


def test_a_key_that_is_refused_meets_no_fault(site: Site) -> None:
    answer = site.after(Fault(status=503)).client.post(SEARCH, json={}, headers={"authorization": ""})

    assert answer.status_code == 401
    assert site.book.count("fault-1").seen == 0


# Connections


def bare(engine: Engine, site: Site, body: Any = None, *, path: str = SEARCH) -> bytes:
    """What comes on a bare connection until the server hangs up; raises where it resets."""
    content = orjson.dumps(body or {"query": "bees"})
    head = (
        f"POST /n/{site.lane.name}{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer k\r\n"
        "connection: close\r\ncontent-type: application/json\r\n"
    )
    port = int(engine.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_connection_reset(engine: Engine, site: Site) -> None:
    site.after(Fault(connection="reset"))

    with pytest.raises(ConnectionResetError):
        bare(engine, site)


def test_connection_closed(engine: Engine, site: Site) -> None:
    assert bare(engine, site.after(Fault(connection="closed"))) == b""


LONG = {"query": "x" * 300_000}
"""More than a server takes in unasked."""


def test_a_client_that_sends_much_sees_the_connection_closed_too(engine: Engine, site: Site) -> None:
    """What a server leaves unread turns a FIN into an RST."""
    assert bare(engine, site.after(Fault(connection="closed")), LONG) == b""

    answer = bare(engine, site.after(Fault(status=503, content_length="longer")), LONG)
    assert answer.startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize(("how", "seen"), [("reset", ConnectionResetError), ("closed", None)])
def test_a_connection_breaks_once_the_request_is_there(how: Any, seen: Any) -> None:
    """A client that still wrote would be told so, and then find a mere end where the reset was."""
    made = Engine(Settings(port=0, journal_entries=0))
    port = int(made.url.rpartition(":")[2])
    made.do(lambda: made.house.lanes.default.faults.add(Fault(connection=how, operation="search")))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(
                b"POST /search HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-length: 13\r\n\r\n"
            )
            for _ in range(5):  # so that the server has seen the head for certain
                assert httpx.get(f"{made.url}/__admin/health", trust_env=False, verify=False).status_code == 200
            assert select.select([connection], [], [], 0) == ([], [], [])
            connection.sendall(b'{"query":"a"}')

            with pytest.raises(seen) if seen else contextlib.nullcontext():
                assert connection.recv(65_536) == b""
    finally:
        made.end()


def test_connection_refused(engine: Engine, site: Site) -> None:
    site.after(Fault(connection="refused", down=0.3, times=1))
    with pytest.raises(httpx.TransportError):
        site.search()

    refused = 0
    for _ in range(400):
        try:
            answer = site.search()
        except httpx.ConnectError:
            refused += 1
            time.sleep(0.01)  # noqa: TID251  # the port opens again in real time
        else:
            break
    else:
        pytest.fail("the server never came back")

    assert refused > 0
    assert answer.status_code == 200
    assert httpx.get(f"{engine.url}/__admin/health", trust_env=False, verify=False).status_code == 200


def test_a_port_that_somebody_else_took_is_told_of() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(OSError, match="in use"):
            asyncio.run(shutter._hold(socket.AF_INET, other.getsockname()))


def test_down(engine: Engine) -> None:
    """The door is shut once, however many faults shut it while it is."""
    shut: list[float] = []
    door = engine.house.door
    before = door._shut
    door.belongs_to(shut.append)
    try:
        assert door.shut(2.5)
    finally:
        door._shut = before

    assert shut == [2.5]


def test_after(engine: Engine, site: Site) -> None:
    whole = bare(engine, site.after(Fault(connection="closed", after=1_000_000)), {"query": "bees", "max_results": 1})
    head, _, body = whole.partition(b"\r\n\r\n")
    assert json.loads(body)["results"]

    for length in (0, 1, 100):
        said = bare(engine, site.after(Fault(connection="closed", after=length)), {"query": "bees", "max_results": 1})
        assert said.partition(b"\r\n\r\n")[2] == body[:length]
    said = bare(engine, site.after(Fault(connection="closed", after="headers")))
    assert said.endswith(b"\r\n\r\n")
    assert said.startswith(head.partition(b"\r\n")[0])


def test_a_connection_can_be_reset_in_the_middle(site: Site) -> None:
    site.after(Fault(connection="reset", after=100))

    with site.client.stream("POST", SEARCH, json={"query": "bees"}) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.ReadError):
            answer.read()


def test_a_stream_can_be_closed_after_some_bytes(site: Site) -> None:
    site.after(Fault(connection="closed", after=2000))

    with (
        site.client.stream("POST", CHAT, json=chat_body("bees", stream=True)) as answer,
        pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
    ):
        answer.read()

    assert answer.num_bytes_downloaded == 2000


def test_the_server_outlives_every_connection_that_it_breaks(site: Site) -> None:
    for fault in (
        Fault(connection="reset"), Fault(connection="closed"), Fault(connection="closed", after=3),
        Fault(content_length="longer"),
    ):  # fmt: skip
        with pytest.raises(httpx.TransportError):
            site.after(fault).search()

    site.book.clear()
    assert site.search().status_code == 200


# Time


@pytest.fixture
def standing(engine: Engine, site: Site) -> VirtualClock:
    """The clock of the lane, which stands until a test moves it."""
    clock = VirtualClock()
    engine.do(lambda: setattr(site.lane, "clock", clock))
    return clock


async def waiting(clock: VirtualClock, count: int = 1) -> None:
    for _ in range(2000):
        if clock.waiting >= count:
            return
        await asyncio.sleep(0.005)
    pytest.fail("nobody waits")


def while_time_passes(site: Site, clock: VirtualClock, steps: list[float], **request: Any) -> httpx.Response:
    """The answer to a request that is waited for while the clock moves on, each step once somebody waits."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(base_url=site.client.base_url, headers=site.client.headers, timeout=20) as client:
            task = asyncio.create_task(client.request(**request))
            for step in steps:
                await waiting(clock)
                assert not task.done()
                clock.advance(step)
            return await task

    return asyncio.run(ask())


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_delay(site: Site, standing: VirtualClock, *, stream: bool) -> None:
    site.after(Fault(delay=90), Fault(delay=30))

    answer = while_time_passes(
        site, standing, [119.5, 0.5], method="POST", url=CHAT, json=chat_body("bees", stream=stream)
    )

    assert answer.status_code == 200


def test_delay_holds_for_refusals_too(site: Site, standing: VirtualClock) -> None:
    site.after(Fault(delay=10))

    answer = while_time_passes(site, standing, [9, 1], method="POST", url=SEARCH, json={})

    assert answer.status_code == 400


def test_a_client_that_does_not_wait_ends_the_wait(site: Site, standing: VirtualClock) -> None:
    site.after(Fault(delay=10))

    with pytest.raises(httpx.ReadTimeout):
        site.client.post(SEARCH, json={"query": "bees"}, timeout=0.3)

    async def nobody() -> None:
        for _ in range(2000):
            if not standing.waiting:
                return
            await asyncio.sleep(0.005)
        pytest.fail("the server still waits")

    asyncio.run(nobody())


def test_dribble(site: Site, standing: VirtualClock) -> None:
    plain = site.search(max_results=1).content
    site.after(Fault(dribble=0.5, piece=len(plain) // 2 - 1))

    answer = while_time_passes(
        site, standing, [0.5, 0.5], method="POST", url=SEARCH, json={"query": "bees", "max_results": 1}
    )

    assert answer.json()["results"] == json.loads(plain)["results"]


def test_piece(engine: Engine, site: Site) -> None:
    body = chat_body("bees", stream=True, max_tokens=16)
    whole = bare(engine, site, body, path=CHAT)

    said = bare(engine, site.after(Fault(dribble=0, piece=100)), body, path=CHAT)

    assert max(chunks(whole)) > 100
    assert max(chunks(said)) == 100
    assert sum(chunks(said)) == sum(chunks(whole))


def chunks(answer: bytes) -> list[int]:
    """The lengths of the chunks of an answer."""
    _, _, rest = answer.partition(b"\r\n\r\n")
    lengths = []
    while rest:
        length, _, rest = rest.partition(b"\r\n")
        lengths.append(int(length, 16))
        rest = rest[lengths[-1] + 2 :]
    return lengths


# Bytes


def test_truncate(site: Site) -> None:
    whole = site.search().content

    for cut, length in ((0, 0), (7, 7), (0.5, len(whole) // 2), (1_000_000, len(whole))):
        answer = site.after(Fault(truncate=cut)).search()
        assert answer.status_code == 200
        assert len(answer.content) == length == int(answer.headers["content-length"])


@pytest.mark.parametrize("form", sorted(spoiling.FORMS))
def test_malform(site: Site, form: Any) -> None:
    answer = site.after(Fault(malform=form)).chat()

    assert answer.status_code == 200
    with pytest.raises(ValueError):  # noqa: PT011  # JSON and UTF-8 each have an error of their own
        orjson.loads(answer.content)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
).map(lambda value: {"a": value}), st.sampled_from(sorted(spoiling.FORMS)))  # fmt: skip
def test_no_form_leaves_json(value: Any, form: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        orjson.loads(spoiling.FORMS[form](wire.dumps(value)))


def test_content_length_that_is_longer(site: Site) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match=r"received (\d+) bytes, expected"):
        site.after(Fault(content_length="longer")).search()


def test_content_length_that_is_shorter(site: Site) -> None:
    whole = len(site.search().content)

    assert len(site.after(Fault(content_length="shorter")).search().content) == whole - 10


def test_content_type(site: Site) -> None:
    for stream in (False, True):
        answer = site.after(Fault(content_type="text/html")).chat(stream=stream)
        assert answer.headers.get_list("content-type") == ["text/html"]


def test_headers(site: Site) -> None:
    answer = site.after(Fault(status=429, headers={"Retry-After": "2", "x-mine": "ü"})).search()

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert dict(answer.headers.raw)[b"x-mine"] == b"\xfc"


def test_effects_on_bytes_go_together(site: Site) -> None:
    answer = site.after(Fault(malform="bom", truncate=20, content_type="text/plain", dribble=0, piece=7)).search()

    assert answer.content.startswith(codecs.BOM_UTF8 + b"{")
    assert (len(answer.content), answer.headers["content-type"]) == (20, "text/plain")


def test_faults_that_answer_can_be_spoiled_too(site: Site) -> None:
    answer = site.after(Fault(status=500), Fault(truncate=10, operation="search")).search()

    assert (answer.status_code, answer.content) == (500, b'{"error":{')


def test_of_two_faults_that_answer_the_first_counts(site: Site) -> None:
    assert site.after(Fault(status=503), Fault(status=500)).search().status_code == 503


# JSON


def test_empty_results(site: Site) -> None:
    site.after(Fault(empty_results=True))

    chat = site.chat(return_images=True).json()
    assert (chat["citations"], chat["search_results"], chat["images"]) == ([], [], [])
    assert text_of(chat)
    assert site.search().json()["results"] == []
    assert site.search(query=["bees", "tea"]).json()["results"] == [[], []]
    assert all(frame["citations"] == frame["search_results"] == [] for frame in frames(site.chat(stream=True).content))


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize(
    ("said", "reason"),
    [("length", "length"), ("null", None), ("missing", "gone"), ("content_filter", "content_filter")],
)
def test_finish_reason(site: Site, said: str, reason: str | None, *, stream: bool) -> None:
    answer = site.after(Fault(finish_reason=said)).chat(stream=stream)

    last = frames(answer.content)[-1] if stream else answer.json()
    assert last["choices"][0].get("finish_reason", "gone") == reason


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_cut_text(site: Site, *, stream: bool) -> None:
    whole = text_of(site.chat().json())

    for cut, text in ((0.5, whole[: len(whole) // 2]), (3, " ".join(whole.split()[:3])), (9999, whole)):
        answer = site.after(Fault(cut_text=cut)).chat(stream=stream)
        last = frames(answer.content)[-1] if stream else answer.json()
        assert text_of(last) == text
        assert last["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_near_empty(site: Site, *, stream: bool) -> None:
    whole = text_of(site.chat().json())
    answer = site.after(Fault(near_empty=True)).chat(stream=stream)

    last = frames(answer.content)[-1] if stream else answer.json()
    assert text_of(last) == whole.split()[0]
    assert last["usage"]["completion_tokens"] == 1
    assert last["usage"]["total_tokens"] == last["usage"]["prompt_tokens"] + 1


@pytest.mark.parametrize("name", sorted(tables.load().wraps))
def test_wrap(site: Site, name: Any) -> None:
    shape = {
        "type": "json_schema",
        "json_schema": {"schema": {"type": "object", "properties": {"a": {"type": "null"}}}},
    }
    whole = text_of(site.chat(response_format=shape).json())
    json.loads(whole)

    said = text_of(site.after(Fault(wrap=name)).chat(response_format=shape).json())

    around = tables.load().wraps[name]
    assert said == around.before + whole + around.after
    with pytest.raises(ValueError):  # noqa: PT011
        json.loads(said)


def test_extra_key(site: Site) -> None:
    site.after(Fault(extra_key="choices.0.surprise"))

    assert site.chat().json()["choices"][0]["surprise"] == {"added_by": "a fault"}
    assert all("surprise" in frame["choices"][0] for frame in frames(site.chat(stream=True).content))


def test_missing_key(site: Site) -> None:
    whole = site.chat().json()

    said = site.after(Fault(missing_key="usage.cost")).chat().json()
    assert "cost" not in said["usage"]
    assert {**said["usage"], "cost": whole["usage"]["cost"]} == whole["usage"]
    for path in ("choices.0.message", "choices.7", "nowhere.at.all", "id.x"):
        assert site.after(Fault(missing_key=path)).chat().status_code == 200
    assert all(
        "choices" not in frame for frame in frames(site.after(Fault(missing_key="choices")).chat(stream=True).content)
    )


def test_patch(site: Site) -> None:
    site.after(Fault(patch={"usage": {"total_tokens": -1}, "citations": None, "new": [1]}))

    said = site.chat().json()
    assert (said["usage"]["total_tokens"], said["new"]) == (-1, [1])
    assert "citations" not in said
    assert said["usage"]["prompt_tokens"]
    assert all(frame["new"] == [1] for frame in frames(site.chat(stream=True).content))


def test_a_changed_frame_keeps_its_decimals(site: Site) -> None:
    whole = site.chat(stream=True, max_tokens=16).content
    changed = site.after(Fault(patch={"new": None})).chat(stream=True, max_tokens=16).content

    costs = re.compile(rb'"cost":\{[^}]*\}')
    assert costs.findall(changed) == costs.findall(whole)
    assert b"e-" not in b"".join(costs.findall(changed))


def test_stream(site: Site) -> None:
    content = site.after(Fault(stream="done@1, stop@3")).chat(stream=True).content

    assert content.count(b"data: ") == 4
    assert content.count(b"[DONE]") == 1


def test_faults_of_a_stream_join_those_that_the_request_asks_for(site: Site) -> None:
    site.after(Fault(stream="stop@3"))
    headers = {"x-mock-stream-fault": "doubled@0"}

    content = site.client.post(CHAT, json=chat_body("bees", stream=True), headers=headers).content

    assert content.count(b"data: ") == 4


def test_a_stub_can_answer_with_any_fault(site: Site) -> None:
    def stubbed(**effects: Any) -> httpx.Response:
        site.lane.stubs.clear()
        site.lane.stubs.add(Stub.model_validate({"reply": {"fault": effects}}))
        return site.chat(stream=True)

    assert stubbed(stream="stop@3").content.count(b"data: ") == 3
    assert stubbed(status=503).status_code == 503
    assert frames(stubbed(extra_key="new").content)[0]["new"]
    assert text_of(frames(stubbed(near_empty=True).content)[-1]).split() != []
    with pytest.raises(httpx.ReadError):
        stubbed(connection="reset")


def test_run(site: Site) -> None:
    for name, ending in tables.load().runs.items():
        site.after(Fault(run=name))
        assert site.search().json()["results"], "only runs of the Agent API are changed"
        answer = site.client.post("/v1/responses", json={"preset": "fast", "input": "bees"})
        if answer.status_code == 404:
            pytest.skip("there is no Agent API yet")
        assert answer.status_code == 200
        assert {field: answer.json()[field] for field in ending.fields} == ending.fields


# All together


ALONE: dict[str, Any] = {
    "status": 500, "html": "nginx-504", "delay": 0.0, "dribble": 0.0, "truncate": 0.3, "malform": "nan",
    "content_type": "a/b", "headers": {"x-a": "b"}, "empty_results": True, "finish_reason": "odd", "cut_text": 2,
    "near_empty": True, "wrap": "prose", "run": "failed", "extra_key": "a.b", "missing_key": "usage", "patch": {"a": 1},
    "stream": "doubled",
}  # fmt: skip


@given(names=st.lists(st.sampled_from(sorted(ALONE)), min_size=1, max_size=6), stream=st.booleans())
@settings(max_examples=60)
def test_any_faults_go_together_and_the_fake_answers(engine: Engine, names: list[str], *, stream: bool) -> None:
    lane = engine.do(lambda: engine.house.lanes.of("together"))
    lane.faults.clear()
    lane.faults.add(*(Fault(**{name: ALONE[name]}) for name in names))
    answers = []

    for _ in range(2):
        with httpx.Client(timeout=20, trust_env=False, verify=False) as client:
            answers.append(
                client.post(
                    f"{engine.url}/n/together{CHAT}",
                    json=chat_body("bees", stream=stream, max_tokens=16),
                    headers={"authorization": "Bearer k"},
                )
            )

    first = next((name for name in names if name in {"status", "html"}), None)
    assert answers[0].status_code == {"status": 500, "html": 504, None: 200}[first]
    same = [re.sub(rb'"id":"[^"]*"', b"", answer.content) for answer in answers]
    assert len(same[0]) == len(same[1])


def test_the_calls_of_one_test_are_struck_alike_on_any_day(engine: Engine) -> None:
    """Two lanes of one seed, the same calls in them, the same faults."""

    def outcomes(name: str) -> list[int]:
        lane = engine.do(lambda: engine.house.lanes.of(name))
        lane.faults.add(Fault(status=503, share=0.4), Fault(status=429, share=0.3, operation="search"))
        with httpx.Client(headers={"authorization": "Bearer k"}, trust_env=False, verify=False) as client:
            base = f"{engine.url}/n/{name}"
            return [client.post(f"{base}{SEARCH}", json={"query": str(n % 7)}).status_code for n in range(40)]

    first = outcomes("first")

    assert first == outcomes("second")
    assert set(first) == {200, 429, 503}


def test_a_share_does_not_mind_the_order_of_keys_in_a_body(site: Site) -> None:
    site.after(Fault(status=503, share=0.5, id="some"))
    json_type = {"content-type": "application/json"}
    one = [
        site.client.post(SEARCH, content=b'{"query":"%d","max_results":1}' % n, headers=json_type).status_code
        for n in range(20)
    ]
    site.after(Fault(status=503, share=0.5, id="some"))

    other = [
        site.client.post(SEARCH, content=b'{"max_results":1, "query":"%d"}' % n, headers=json_type).status_code
        for n in range(20)
    ]

    assert one == other
    assert set(one) == {200, 503}


def test_lanes_have_faults_of_their_own(engine: Engine, site: Site) -> None:
    site.after(Fault(status=503))

    assert site.search().status_code == 503
    url = f"{engine.url}/n/elsewhere{SEARCH}"
    with httpx.Client(trust_env=False, verify=False) as client:
        answer = client.post(url, json={"query": "a"}, headers={"authorization": "Bearer k"})
    assert answer.status_code == 200


def test_the_body_is_not_read_for_a_fault_that_does_not_look_into_it(engine: Engine, site: Site) -> None:
    """The answer comes although the body never does."""
    site.after(Fault(status=503, nth="1-", operation="search"))
    port = int(engine.url.rpartition(":")[2])
    head = (
        f"POST /n/{site.lane.name}/search HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-length: 9\r\n\r\n"
    )

    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode())

        assert connection.recv(65_536).startswith(b"HTTP/1.1 503 ")


# Without a socket


def test_without_a_connection_there_is_none_to_break() -> None:
    app = create_app(Settings())
    transport = httpx.ASGITransport(app)
    book = app.house.lanes.default.faults  # type: ignore[attr-defined]

    async def ask(fault: Fault) -> httpx.Response:
        book.clear()
        book.add(fault)
        async with httpx.AsyncClient(transport=transport, base_url="http://fake") as client:
            return await client.post(SEARCH, json={"query": "a"}, headers={"authorization": "Bearer k"})

    for fault in (
        Fault(connection="reset"), Fault(connection="closed"), Fault(connection="refused"),
        Fault(connection="closed", after=5), Fault(content_length="longer"),
    ):  # fmt: skip
        with pytest.raises(NoConnectionError):
            asyncio.run(ask(fault))
    assert len(asyncio.run(ask(Fault(content_length="shorter"))).content) > 0


def test_a_server_begins_with_the_faults_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("faults:\n  - {id: mine, status: 503}\n", encoding="utf-8")

    app = create_app(Settings(faults=str(file)))

    lanes = app.house.lanes  # type: ignore[attr-defined]
    assert list(lanes.default.faults.list()) == list(lanes.of("other").faults.list()) == ["mine"]


# The documents


def test_the_page_has_the_table_of_effects() -> None:
    assert model.table() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EFFECTS)
def test_each_effect_has_a_test_of_its_name(name: str) -> None:
    assert any(re.fullmatch(rf"test_{name}(_.*)?", known) for known in globals())


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL) if DOCS.exists() else []


@pytest.mark.parametrize("text", examples())
def test_the_examples_of_the_page_can_be_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text, encoding="utf-8")

    assert create_app(Settings(faults=str(file))).house.lanes.default.faults.active  # type: ignore[attr-defined]


def test_the_python_of_the_page_works() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    lane = create_app(Settings()).house.lanes.default  # type: ignore[attr-defined]

    exec(code, {"lane": lane})

    assert list(lane.faults.list()) == ["fault-1"]
