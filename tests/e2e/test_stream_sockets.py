"""Streams on the socket: faults as bytes and connections, silence as time, and clients that hang up."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Bash, Server, Serving

BODY = {
    "model": "sonar",
    "messages": [{"role": "user", "content": "çay"}],
    "stream": True,
    "max_tokens": 16,
    "disable_search": True,
}
FRAMES = 17


def asked(fault: str = "none", pace: str = "none", *, close: bool = True, **fields: Any) -> bytes:
    """A request for a stream, as bytes."""
    content = json.dumps({**BODY, **fields}).encode()
    head = (
        "POST /chat/completions HTTP/1.1\r\nhost: fake\r\nauthorization: Bearer somebody\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n"
        f"x-mock-stream-fault: {fault}\r\nx-mock-stream-pace: {pace}\r\n"
    )
    return head.encode() + (b"connection: close\r\n\r\n" if close else b"\r\n") + content


def chunks(answer: bytes) -> list[bytes]:
    """The pieces of a chunked answer, which are the writes of the application; an empty one is the end."""
    _, _, rest = answer.partition(b"\r\n\r\n")
    found = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        found.append(rest[:length])
        rest = rest[length + 2 :]
    return found


def said(server: Server, fault: str, **fields: Any) -> list[bytes]:
    *pieces, end = chunks(server.send(asked(fault, **fields)))
    assert end == b""
    return pieces


def without_id(content: bytes) -> bytes:
    return re.sub(rb'"id":"[^"]+"', b"", content)


@pytest.fixture(scope="module")
def whole(server: Server) -> bytes:
    """The stream without faults."""
    return without_id(b"".join(said(server, "none")))


def test_each_event_is_one_write(server: Server) -> None:
    pieces = said(server, "none")

    assert len(pieces) == FRAMES
    assert all(piece.startswith(b"data: {") and piece.endswith(b"}\r\n\r\n") for piece in pieces)


@pytest.mark.parametrize("fault", ["bytewise", "rechunked", "joined=5", "split-characters", "split-line-ends"])
def test_cuts_change_the_writes_and_no_byte(server: Server, whole: bytes, fault: str) -> None:
    assert without_id(b"".join(said(server, fault))) == whole


def test_bytewise_writes_are_of_one_byte(server: Server) -> None:
    assert {len(piece) for piece in said(server, "bytewise")} == {1}


def test_joined_events_are_one_write(server: Server) -> None:
    assert [piece.count(b"data: ") for piece in said(server, "joined=5")] == [5, 5, 5, 2]


def test_characters_are_split_between_writes(server: Server) -> None:
    pieces = said(server, "split-characters")

    assert "ç".encode() in b"".join(pieces)
    assert not any("ç".encode() in piece for piece in pieces)


def test_line_ends_are_split_between_writes(server: Server) -> None:
    assert not any(b"\r\n" in piece for piece in said(server, "split-line-ends"))


def test_random_writes_end_elsewhere_than_events(server: Server) -> None:
    pieces = said(server, "rechunked")

    assert len({len(piece) for piece in pieces}) > 5
    assert sum(piece.endswith(b"\r\n\r\n") for piece in pieces) < FRAMES


@pytest.mark.parametrize(("fault", "end"), [
    ("stop@5", b"}\r\n\r\n"), ("html@5", b"</html>\r\n"), ("error@5", b"500}}\r\n\r\n"), ("unfinished", b"}\r\n"),
    ("cut@5,stop@6,unfinished", b"\r\n"), ("done", b"data: [DONE]\r\n\r\n"),
])  # fmt: skip
def test_a_stream_that_ends_early_ends_in_good_order_for_http(server: Server, fault: str, end: bytes) -> None:
    pieces = said(server, fault)

    assert pieces[-1].endswith(end)
    assert (pieces[-1].endswith(b"\r\n\r\n")) is end.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("fault", ["wrong-type", "none"])
def test_the_content_type_is_wrong_when_asked_for(server: Server, fault: str) -> None:
    head = server.send(asked(fault)).partition(b"\r\n\r\n")[0]

    kind = b"application/json" if fault == "wrong-type" else b"text/event-stream; charset=utf-8"
    assert b"content-type: " + kind + b"\r\n" in head + b"\r\n"


# Connections


def until_reset(connection: socket.socket) -> bytes:
    """Read until the other side resets the connection; a proper end is no reset."""
    content = b""
    try:
        while piece := connection.recv(65_536):
            content += piece
    except ConnectionResetError:
        return content
    pytest.fail("the connection ended in good order")


@contextmanager
def other_server(parser: str, folder: Path) -> Iterator[int]:
    """The application under uvicorn as somebody else may run it; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--factory", "--http", parser, "--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "mock_server.app:create_app", *options],
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(500):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.02)  # noqa: TID251  # a process that starts has no other sign
            yield port
        finally:
            process.terminate()
            process.wait(20)
    assert (folder / "log").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_reset_is_one_and_what_came_before_is_whole(server: Server, place: int) -> None:
    with server.connect() as connection:
        connection.sendall(asked(f"reset@{place}"))
        pieces = chunks(until_reset(connection))

    assert len(pieces) == place % FRAMES
    assert all(piece.endswith(b"}\r\n\r\n") for piece in pieces)
    assert server.mishaps == []


@pytest.mark.parametrize("parser", ["h11", "httptools"])
def test_a_reset_is_one_under_either_parser_of_uvicorn(tmp_path: Path, parser: str) -> None:
    with other_server(parser, tmp_path) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(asked("reset@5"))

        assert len(chunks(until_reset(client))) == 5


def test_a_stall_is_silence_and_then_all_goes_on(server: Server, whole: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(asked("stall=0.4@5"))
        content, moments = b"", []
        while piece := connection.recv(65_536):
            content += piece
            moments.append((time.perf_counter(), content.count(b"data: ")))

    assert without_id(b"".join(chunks(content))) == whole
    before = max(moment for moment, count in moments if count <= 5)
    after = min(moment for moment, count in moments if count > 5)
    assert 0.35 < after - before < 3


def test_a_paced_stream_takes_its_time(server: Server, whole: bytes) -> None:
    start = time.perf_counter()
    content = b"".join(chunks(server.send(asked(pace="ttft=0.2,tps=50,jitter=0.5"))))

    assert 0.2 + 15.5 / 50 < time.perf_counter() - start < 2
    assert without_id(content) == whole


def test_a_connection_is_kept_after_a_paced_and_faulty_stream(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(asked("rechunked,doubled", "tps=2000", close=False))
            content = b""
            while not content.endswith(b"\r\n0\r\n\r\n"):
                content += connection.recv(65_536)
            assert content.count(b"data: ") == FRAMES + 1


# Clients that hang up


def memory(server: Server) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def files(server: Server, *, at_most: int = 0) -> int:
    """How many files are open, once there are no more than some; they have a second for that."""
    deadline = time.perf_counter() + 1
    folder = Path(f"/proc/{server.process.pid}/fd")
    while (count := sum(1 for _ in folder.iterdir())) > at_most and time.perf_counter() < deadline:
        continue
    return count


async def abandon(port: int, count: int) -> None:
    """Ask for streams, some paced and some long, and hang up on each after its first frame."""
    requests = [
        asked(pace="tps=2", max_tokens=200),
        asked(max_tokens=1000, model="sonar-deep-research", disable_search=False),
        asked(pace="tps=2000,jitter=1", fault="rechunked", max_tokens=200),
        asked(pace="ttft=60"),
    ]
    left = iter(range(count))

    async def one_after_the_other() -> None:
        for number in left:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(requests[number % len(requests)])
            await reader.readuntil(b"\r\n\r\n" if number % len(requests) == 3 else b"data: ")
            connection: socket.socket = writer.get_extra_info("socket")
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    await asyncio.gather(*(one_after_the_other() for _ in range(50)))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.timeout(600)
def test_ten_thousand_abandoned_streams_leave_nothing_behind(serving: Serving) -> None:
    """Memory may be 5 MB more than after the first thousand, which is the noise of an allocator.

    The journal is at its bound by then, too.
    """
    with serving("--journal-entries", "100") as server:
        with server.client() as client:
            assert client.get("/__admin/health").is_success
        before = files(server)
        asyncio.run(abandon(server.port, 1000))
        assert files(server, at_most=before) <= before
        used = memory(server)

        asyncio.run(abandon(server.port, 10_000))

        assert files(server, at_most=before) <= before
        assert memory(server) - used < 5
        assert server.errors == ""
        started = time.perf_counter()
        server.stop()
        assert time.perf_counter() - started < 1


PAGE = (Path(__file__).parents[2] / "docs" / "streams.md").read_text(encoding="utf-8")
COMMON, *SNIPPETS = re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("snippet", [snippet for snippet in SNIPPETS if "stall=" not in snippet])
def test_every_line_of_the_page_about_streams_works(server: Server, bash: Bash, snippet: str) -> None:
    here = (COMMON + snippet).replace("127.0.0.1:4010", f"127.0.0.1:{server.port}").replace("tps=20,", "tps=2000,")
    ended = bash(here)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("data: {") > 20
