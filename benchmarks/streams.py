"""Streams beside a bare Starlette response that sends the same bytes from memory; see `make bench`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count, repeat
from pathlib import Path
from subprocess import Popen
from typing import cast

import chat
import load
import processes
import uvloop

_SECONDS = 20
_END = b"\r\n0\r\n\r\n"
_FRAME = b'data: {"id"'
_LONG = {"type": "regex", "regex": {"regex": "([a-z]{5} ){600}"}}
_COMMON = 150
"""Frames that every answer has; longer ones are asked for by a regular expression."""
_START_WITHIN = 1.0
_BAR_LATENESS = 0.050
_BAR_MEMORY = 300

Server = Callable[[int], AbstractContextManager[Popen[bytes]]]


@dataclass(frozen=True, slots=True)
class Unpaced:
    """Frames a second, as fast as they come."""

    frames: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


@dataclass(frozen=True, slots=True)
class Paced:
    """What became of some streams at once: how late frames were, how many streams broke, the most memory in MiB."""

    lateness: list[float]
    broken: int
    memory: float

    def percentile(self, share: float) -> float:
        """The lateness that a share of the frames stays below, in seconds."""
        return self.lateness[min(int(len(self.lateness) * share), len(self.lateness) - 1)]


@dataclass(slots=True)
class _Heard:
    """What a connection heard of one stream: when each frame came, and whether the end did."""

    moments: list[float] = field(default_factory=list)
    ended: bool = False


def main() -> None:
    """Measure both servers in turn and print what was found beside the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1500, help="unpaced streams in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=_SECONDS, help="how long paced streams last")
    options = parser.parse_args()
    os.sched_setaffinity(0, {processes.CLIENT_CORE})
    print(f"load of the machine: {Path('/proc/loadavg').read_text(encoding='ascii').split()[0]}")
    _compare_unpaced(options.streams, options.rounds)
    for streams, rate in ((1000, 5), (200, 25)):
        _compare_paced(streams, rate, options.seconds)


def _compare_unpaced(streams: int, rounds: int) -> None:
    rates: dict[str, list[float]] = {"pplx-mock": [], "bare": []}
    with _recorded(_request(0)) as recording:
        servers: dict[str, Server] = {
            "pplx-mock": processes.fake,
            "bare": lambda port: processes.other("streaming", port, recording),
        }
        for _ in range(rounds):
            for name, start in servers.items():
                rates[name].append(_unpaced(start, streams).per_second)
    ours, bare = (statistics.median(found) for found in rates.values())
    print(f"unpaced: {ours:,.0f} frames/s beside {bare:,.0f} of the bare response, {ours / bare:.2f} times; bar 0.50")


def _unpaced(start: Server, streams: int) -> Unpaced:
    port = processes.free_port()
    with start(port):
        processes.until_first_answer(time.perf_counter(), port, _body(0))
        _run(port, (_request(number) for number in count()), streams // 10)
        begin = time.perf_counter()
        heard = _run(port, (_request(number) for number in count()), streams)
        return Unpaced(sum(len(one.moments) for one in heard), time.perf_counter() - begin)


def _compare_paced(streams: int, rate: int, seconds: int) -> None:
    request = _request(0, rate=rate, frames=rate * seconds)
    with _recorded(request) as recording:
        ours = _paced(processes.fake, request, streams, rate, seconds)
        bare = _paced(lambda port: processes.other("streaming", port, recording), request, streams, rate, seconds)
    bar = max(_BAR_LATENESS, 2 * bare.percentile(0.99))
    print(f"paced, {streams} streams at {rate} frames/s for {seconds} s; bars {bar * 1000:.0f} ms, {_BAR_MEMORY} MiB")
    for name, found in (("pplx-mock", ours), ("bare", bare)):
        print(
            f"  {name:10} {len(found.lateness):,} frames, late by {found.percentile(0.5) * 1000:.1f} ms in the median,"
            f" {found.percentile(0.99) * 1000:.1f} ms at the 99th percentile, {found.lateness[-1] * 1000:.1f} ms at"
            f" most; {found.broken} broken; {found.memory:.0f} MiB",
        )


def _paced(start: Server, request: bytes, streams: int, rate: int, seconds: int) -> Paced:
    port = processes.free_port()
    with start(port) as process:
        processes.until_first_answer(time.perf_counter(), port, _body(0))
        heard = _run(port, repeat(request), streams, at_once=True)
        memory = processes.peak_memory(process) / 1024
    whole = [one for one in heard if one.ended and len(one.moments) == rate * seconds]
    late = sorted(lateness for one in whole for lateness in _lateness(one, rate))
    return Paced(late or [float("inf")], streams - len(whole), memory)


def _lateness(heard: _Heard, rate: int) -> Iterator[float]:
    """How late each frame was; the schedule begins where no frame of the stream was early."""
    begin = min(moment - number / rate for number, moment in enumerate(heard.moments))
    return (moment - begin - number / rate for number, moment in enumerate(heard.moments))


def _body(number: int, *, frames: int = 0) -> bytes:
    body = {**json.loads(chat.question(number)), "stream": True}
    if frames:
        body["max_tokens"] = frames - 1
    if frames > _COMMON:
        body["response_format"] = _LONG
    return json.dumps(body).encode("utf-8")


def _request(number: int, *, rate: int = 0, frames: int = 0) -> bytes:
    pace = f"x-mock-stream-pace: tps={rate}\r\nx-bench-rate: {rate}\r\n".encode("ascii")
    head, _, content = load.post("/chat/completions", _body(number, frames=frames)).partition(b"\r\n\r\n")
    return head + b"\r\n" + (pace if rate else b"") + b"\r\n" + content


class _recorded(AbstractContextManager[str]):  # noqa: N801  # used as a function
    """A file with the events that the fake sends for a request, for the bare server to send; gives its path."""

    def __init__(self, request: bytes) -> None:
        port = processes.free_port()
        plain = request.replace(b"x-mock-stream-pace", b"x-no-pace")
        with processes.fake(port):
            processes.until_first_answer(time.perf_counter(), port, _body(0))
            events = uvloop.run(_events(port, plain))
        with tempfile.NamedTemporaryFile(suffix=".json", delete=False) as file:
            file.write(json.dumps(events).encode("utf-8"))
        self._path = file.name

    def __enter__(self) -> str:
        return self._path

    def __exit__(self, *_: object) -> None:
        Path(self._path).unlink()


async def _events(port: int, request: bytes) -> list[str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")
    events = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        events.append((await reader.readexactly(size)).decode("utf-8"))
        await reader.readexactly(2)
    writer.close()
    return events


def _run(port: int, requests: Iterator[bytes], streams: int, *, at_once: bool = False) -> list[_Heard]:
    return uvloop.run(_listen(port, requests, streams, at_once=at_once))


async def _listen(port: int, requests: Iterator[bytes], streams: int, *, at_once: bool) -> list[_Heard]:
    """Read streams, 16 at a time one after the other, or all at once on connections that begin within a second."""
    loop = asyncio.get_running_loop()
    heard: list[_Heard] = []
    sent = iter(range(streams))
    dones: list[asyncio.Future[None]] = []
    for _ in range(streams if at_once else 16):
        done: asyncio.Future[None] = loop.create_future()
        dones.append(done)
        connection = _Connection(requests, sent, heard, done)
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", port)  # type: ignore[misc]
        if not at_once:
            connection.ask()
        else:
            loop.call_later(_START_WITHIN * len(dones) / streams + 1, connection.ask)
    await asyncio.gather(*dones)
    return heard


class _Connection(asyncio.Protocol):
    def __init__(
        self, requests: Iterator[bytes], sent: Iterator[int], heard: list[_Heard], done: asyncio.Future[None]
    ) -> None:
        self._requests, self._sent, self._heard, self._done = requests, sent, heard, done
        self._tail = b""
        self._stream = _Heard()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        """Ask for the next stream, or hang up."""
        if next(self._sent, None) is None:
            self._transport.close()
            return
        self._stream = _Heard()
        self._heard.append(self._stream)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        seen = self._tail + data
        self._stream.moments += [now] * seen.count(_FRAME)
        if seen.endswith(_END):
            self._stream.ended = True
            self._tail = b""
            self.ask()
        else:
            # Short enough to hold no whole beginning of a frame, so that none is counted twice.
            self._tail = seen[1 - len(_FRAME) :]

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


if __name__ == "__main__":
    main()
