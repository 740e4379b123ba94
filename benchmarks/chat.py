"""Chat completions a second, beside a bare FastAPI route and a raw ASGI function; see `make bench`."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from subprocess import Popen

import load
import processes

_TOPICS = (
    "What are the latest developments in quantum computing, case {}?",
    "How do bees find their way home on day {}?",
    "Is inflation falling in region {}?",
    "Which espresso machine suits a household of {}?",
    "Who built bridge number {} of the old town?",
    "Explain CRISPR to a class of {} pupils.",
)
_SMALL = '{"ok": true}'


@dataclass(frozen=True, slots=True)
class Result:
    """The medians of some rounds: requests a second, seconds to the first answer, KiB of memory after the load."""

    name: str
    rate: float
    start: float
    memory: float


def question(number: int) -> bytes:
    """The body of a chat request; no two numbers give the same."""
    text = _TOPICS[number % len(_TOPICS)].format(number)
    return json.dumps({"model": "sonar", "messages": [{"role": "user", "content": text}]}).encode("utf-8")


def questions() -> Iterator[bytes]:
    """Requests without end, each with another question."""
    return (load.post("/chat/completions", question(number)) for number in count())


def main() -> None:
    """Measure all servers in turn, round by round, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=30_000, help="requests in a round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.sched_setaffinity(0, {processes.CLIENT_CORE})
    same = _an_answer()
    servers = {
        "pplx-mock": processes.fake,
        "FastAPI route, the fake's answer as constant": lambda port: processes.other("bare", port, same),
        "the same, annotated": lambda port: processes.other("typed", port, same),
        'FastAPI route, {"ok": true}': lambda port: processes.other("bare", port, _SMALL),
        "raw ASGI, the fake's answer as constant": lambda port: processes.other("raw", port, same),
    }
    rounds: dict[str, list[Result]] = {name: [] for name in servers}
    for _ in range(options.rounds):
        for name, start in servers.items():
            port = processes.free_port()
            rounds[name].append(_round(name, port, start(port), options.requests))
    _print([_median(results) for results in rounds.values()])


def _an_answer() -> str:
    port = processes.free_port()
    with processes.fake(port):
        processes.until_first_answer(time.perf_counter(), port, question(0))
        return processes.answer(port, question(0)).decode("utf-8")


def _round(name: str, port: int, running: AbstractContextManager[Popen[bytes]], requests: int) -> Result:
    begin = time.perf_counter()
    with running as process:
        start = processes.until_first_answer(begin, port, question(0))
        load.measure(port, questions(), requests // 10)
        rate = load.measure(port, questions(), requests).per_second
        return Result(name, rate, start, processes.memory(process))


def _median(results: list[Result]) -> Result:
    return Result(
        results[0].name,
        statistics.median(result.rate for result in results),
        statistics.median(result.start for result in results),
        statistics.median(result.memory for result in results),
    )


def _print(results: list[Result]) -> None:
    fake = results[0]
    print(f"{'':46} {'answers/s':>10} {'first answer':>13} {'memory':>9}   the fake beside it")
    for result in results:
        print(
            f"{result.name:46} {result.rate:>10,.0f} {result.start:>11.2f} s {result.memory / 1024:>5.0f} MiB"
            f"   {fake.rate / result.rate:.2f} x the answers, {fake.start / result.start:.2f} x the time,"
            f" {fake.memory / result.memory:.2f} x the memory",
        )


if __name__ == "__main__":
    main()
