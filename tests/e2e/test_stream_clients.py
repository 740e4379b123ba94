"""Readers of streams, from the vendors' clients to a browser's parser, read every mode, however its bytes are cut."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import httpx_sse
import openai
import perplexity
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import CallerOf, Server

    Reader = Callable[..., list[Any]]

SCRIPT = Path(__file__).with_name("read_events.mjs")
QUESTION = [{"role": "user", "content": "arıcılık ve çay 茶"}]
MODES: dict[str, dict[str, Any]] = {
    "full": {},
    "concise": {"stream_mode": "concise"},
    "reasoning": {"model": "sonar-reasoning-pro"},
    "deep research": {"model": "sonar-deep-research"},
    "concise deep research": {"model": "sonar-deep-research", "stream_mode": "concise"},
}
ONE_BY_ONE = {"max_tokens": 16, "disable_search": True}
"""Keeps short what is sent byte by byte."""
CUTS = ["bytewise", "rechunked", "split-characters,split-line-ends", "joined=4", "joined=7,rechunked"]
HARMLESS = [*CUTS, "lf", "no-space", "multiline", "bom", "ping", "crlf", "named"]
"""What the definition of server-sent events allows, so that a sound reader reads the same."""


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "sonar", "messages": QUESTION, "stream": True, **fields}


# Readers: each takes the fields of a body and headers, and returns the frames


@pytest.fixture(params=[openai, perplexity], ids=["openai", "perplexity"])
def official(request: pytest.FixtureRequest, caller: CallerOf, server: Server, key: str) -> Reader:
    """The official clients, blocking and waiting."""
    vendor = request.param
    name = "OpenAI" if vendor is openai else "Perplexity"
    client = caller(getattr(vendor, name), getattr(vendor, f"Async{name}"))

    def read(headers: dict[str, str], **fields: Any) -> list[Any]:
        known = {name: value for name, value in body(**fields).items() if name in {"model", "messages", "stream"}}
        more = {name: value for name, value in fields.items() if name != "model"}
        chunks = client.listen(
            lambda made: made.chat.completions.create(**known, extra_body=more, extra_headers=headers),
            base_url=server.url,
            api_key=key,
        )
        return [chunk.to_dict() for chunk in chunks]

    return read


@pytest.fixture
def blocking_events(server: Server, key: str) -> Reader:
    """`httpx-sse`, blocking."""

    def read(headers: dict[str, str], **fields: Any) -> list[Any]:
        with (
            server.client(key) as client,
            httpx_sse.connect_sse(client, "POST", "/chat/completions", json=body(**fields), headers=headers) as source,
        ):
            return [event.json() for event in source.iter_sse() if event.data != "[DONE]"]

    return read


@pytest.fixture
def waiting_events(server: Server, key: str) -> Reader:
    """`httpx-sse`, waiting."""

    async def listen(headers: dict[str, str], fields: Any) -> list[Any]:
        told = {"authorization": f"Bearer {key}", **headers}
        url = f"{server.url}/chat/completions"
        async with (
            httpx.AsyncClient(verify=False, trust_env=False) as client,
            httpx_sse.aconnect_sse(client, "POST", url, json=body(**fields), headers=told) as source,
        ):
            return [event.json() async for event in source.aiter_sse() if event.data != "[DONE]"]

    return lambda headers, **fields: asyncio.run(listen(headers, fields))


@pytest.fixture(scope="session")
def parser_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `eventsource-parser` is installed beside the script."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not here, so eventsource-parser cannot be tried")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    shutil.copy(SCRIPT, folder)
    command = [npm, "install", "--no-audit", "--no-fund", "eventsource-parser@3"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    if installed.returncode:
        pytest.skip(f"npm cannot install eventsource-parser: {installed.stderr[-200:]}")
    return folder


@pytest.fixture
def parser(parser_folder: Path, server: Server, key: str) -> Callable[..., Any]:
    """`eventsource-parser` in node; returns events, comments and what went wrong."""

    def read(headers: dict[str, str], **fields: Any) -> Any:
        told = {"authorization": f"Bearer {key}", "content-type": "application/json", **headers}
        command = ["node", SCRIPT.name, f"{server.url}/chat/completions", json.dumps(body(**fields)), json.dumps(told)]
        ended = subprocess.run(command, cwd=parser_folder, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return read


@pytest.fixture
def browser(parser: Callable[..., Any]) -> Reader:
    def read(headers: dict[str, str], **fields: Any) -> list[Any]:
        said = parser(headers, **fields)
        assert said["errors"] == []
        assert said["broken"] is None
        return [json.loads(event["data"]) for event in said["events"] if event["data"] != "[DONE]"]

    return read


@pytest.fixture(params=["blocking_events", "waiting_events", "browser"])
def reader(request: pytest.FixtureRequest) -> Reader:
    """Readers of events that are nobody's official client."""
    found: Reader = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def wire(server: Server) -> Callable[..., list[Any]]:
    """The frames as they stand on the wire; with the id of another account left out, they are those of every reader."""

    def read(**fields: Any) -> list[Any]:
        with server.client("nobody-else") as client:
            content = client.post("/chat/completions", json=body(**fields)).content
        lines = [line.removeprefix(b"data: ") for line in content.split(b"\r\n") if line.startswith(b"data: {")]
        return [without_id(json.loads(line)) for line in lines]

    return read


def without_id(frame: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in frame.items() if name != "id"}


def read(reader: Reader, headers: dict[str, str], **fields: Any) -> list[Any]:
    return [without_id(frame) for frame in reader(headers, **fields)]


# What they read


@pytest.mark.parametrize("mode", MODES)
def test_a_reader_of_events_reads_every_mode(reader: Reader, wire: Reader, mode: str) -> None:
    assert read(reader, {}, **MODES[mode]) == wire(**MODES[mode])


@pytest.mark.parametrize("mode", MODES)
def test_an_official_client_reads_every_mode(official: Reader, wire: Reader, mode: str) -> None:
    """It may add what it knows to be missing, such as an empty finish reason, and take nothing away."""
    frames, true = read(official, {}, **MODES[mode]), wire(**MODES[mode])

    assert len(frames) == len(true)
    for frame, sent in zip(frames, true, strict=True):
        assert {name: frame[name] for name in sent if name != "choices"} == {
            name: value for name, value in sent.items() if name != "choices"
        }
        assert frame["choices"][0]["delta"].get("content") == sent["choices"][0]["delta"].get("content")
        assert frame["choices"][0].get("finish_reason") == sent["choices"][0].get("finish_reason")


@pytest.mark.parametrize("grammar", ["2025-04", "2025-07", "2025-09", "2025-11", "2026-01", "2026-03", "2026-06"])
def test_an_official_client_reads_every_grammar(official: Reader, wire: Reader, grammar: str) -> None:
    frames = read(official, {"X-Mock-Stream-Grammar": grammar}, max_tokens=30)

    texts = [frame["choices"][0]["delta"]["content"] for frame in frames]
    assert "".join(texts) == wire(max_tokens=30)[-1]["choices"][0]["message"]["content"]


@pytest.mark.parametrize("fault", CUTS)
@pytest.mark.parametrize("mode", MODES)
def test_however_bytes_are_cut_an_official_client_reads_the_same(official: Reader, mode: str, fault: str) -> None:
    fields = {**MODES[mode], **ONE_BY_ONE}

    assert read(official, {"X-Mock-Stream-Fault": fault}, **fields) == read(official, {}, **fields)


@pytest.mark.parametrize("fault", HARMLESS)
@pytest.mark.parametrize("mode", MODES)
def test_whatever_events_may_look_like_a_browser_reads_the_same(
    browser: Reader, wire: Reader, mode: str, fault: str
) -> None:
    fields = {**MODES[mode], **ONE_BY_ONE}

    assert read(browser, {"X-Mock-Stream-Fault": fault}, **fields) == wire(**fields)


@pytest.mark.parametrize("fault", [fault for fault in HARMLESS if fault != "bom"])
@pytest.mark.parametrize("events", ["blocking_events", "waiting_events"])
def test_whatever_events_may_look_like_httpx_sse_reads_the_same(
    request: pytest.FixtureRequest, wire: Reader, events: str, fault: str
) -> None:
    """But for a byte order mark, which it takes for a part of the first line."""
    fields = {**ONE_BY_ONE, "model": "sonar-deep-research"}

    assert read(request.getfixturevalue(events), {"X-Mock-Stream-Fault": fault}, **fields) == wire(**fields)


@pytest.mark.parametrize("fault", ["lf", "no-space", "multiline", "ping"])
def test_an_official_client_reads_other_forms_of_events(official: Reader, fault: str) -> None:
    assert read(official, {"X-Mock-Stream-Fault": fault}, **ONE_BY_ONE) == read(official, {}, **ONE_BY_ONE)


def test_a_browser_sees_pings_as_comments_and_the_sentinel_as_an_event(parser: Callable[..., Any]) -> None:
    said = parser({}, model="sonar-deep-research", **ONE_BY_ONE)

    assert len(said["comments"]) == 1
    assert said["comments"][0].startswith("ping - ")
    assert said["events"][-1] == {"event": None, "data": "[DONE]"}


def test_a_browser_sees_the_names_of_events(parser: Callable[..., Any]) -> None:
    said = parser({"X-Mock-Stream-Fault": "named"}, **ONE_BY_ONE)

    assert {event["event"] for event in said["events"]} == {"chat.completion.chunk", "chat.completion.done"}


def test_a_browser_sees_a_reset(parser: Callable[..., Any]) -> None:
    said = parser({"X-Mock-Stream-Fault": "reset@5"}, **ONE_BY_ONE)

    assert said["broken"]
    assert len(said["events"]) <= 5


@pytest.mark.parametrize("fault", ["error@3", "error-event@3"])
def test_the_openai_client_raises_an_error_in_the_stream(server: Server, key: str, fault: str) -> None:
    with openai.OpenAI(base_url=server.url, api_key=key, max_retries=0) as client:
        stream = client.chat.completions.create(
            model="sonar", messages=QUESTION, stream=True, extra_headers={"X-Mock-Stream-Fault": fault}
        )
        with pytest.raises(openai.APIError, match="Internal server error"):
            list(stream)


def test_the_vendors_client_raises_an_error_in_the_stream_only_where_the_event_is_named(
    server: Server, key: str
) -> None:
    def listen(fault: str) -> list[Any]:
        with perplexity.Perplexity(base_url=server.url, api_key=key, max_retries=0) as client:
            return list(
                client.chat.completions.create(
                    model="sonar", messages=QUESTION, stream=True, extra_headers={"X-Mock-Stream-Fault": fault}
                )
            )

    assert len(listen("error@3")) == 4
    with pytest.raises(perplexity.APIError):
        listen("error-event@3")


@pytest.mark.parametrize(
    ("fault", "frames"),
    [("named", 17), ("doubled@3", 18), ("stop", 16), ("done@3", 4), ("html@3", 3), ("bom", 16), ("unfinished", 16)],
)
def test_what_faults_do_to_official_clients(official: Reader, fault: str, frames: int) -> None:
    """All of these go without an error, which is why a team wants to meet them in its tests.

    A byte order mark costs the first frame, a missing blank line the last one, and an early `[DONE]` all after it.
    """
    assert len(read(official, {"X-Mock-Stream-Fault": fault}, **ONE_BY_ONE)) == frames


def test_a_frame_that_breaks_off_is_an_error_of_official_clients(official: Reader) -> None:
    with pytest.raises(json.JSONDecodeError):
        read(official, {"X-Mock-Stream-Fault": "cut@3"}, **ONE_BY_ONE)


@pytest.mark.parametrize("vendor", [openai, perplexity], ids=["openai", "perplexity"])
def test_a_reset_is_an_error_of_the_connection(server: Server, key: str, vendor: Any) -> None:
    make = vendor.OpenAI if vendor is openai else vendor.Perplexity
    with make(base_url=server.url, api_key=key, max_retries=0) as client:
        stream = client.chat.completions.create(
            model="sonar", messages=QUESTION, stream=True, extra_headers={"X-Mock-Stream-Fault": "reset@5"}
        )
        with pytest.raises((httpx.TransportError, vendor.APIConnectionError)):
            list(stream)
