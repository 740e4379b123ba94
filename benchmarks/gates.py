"""What the gates cost (journal, limits, faults): answers a second with and without them; see `make bench`.

Stubs are no gate, and have a bar of their own in `stubs.py`; they are shown beside.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import chat
import load
import processes

_FAULTS = """\
faults:
  - {operation: create_chat_completion, model: no-such-model, status: 503}
  - {operation: search, nth: 1000000, status: 503}
"""
_STUBS = """\
stubs:
  - {when: {operation: create_chat_completion, last_user: "What nobody asks"}, reply: {text: "Nothing."}}
"""
_ALL_GATES = "all gates: journal, limits, faults"
_BAR = 0.75


def main() -> int:
    """Measure round by round, print a table; returns 1 where the bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="requests in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.sched_setaffinity(0, {processes.CLIENT_CORE})
    with tempfile.TemporaryDirectory() as folder:
        faults, stubs = Path(folder) / "faults.yaml", Path(folder) / "stubs.yaml"
        faults.write_text(_FAULTS, encoding="utf-8")
        stubs.write_text(_STUBS, encoding="utf-8")
        limits = ("--limit", "*=1000000/second", "--tier", "5", "--limit", "sonar=1000000/second")
        servers: dict[str, tuple[str, ...]] = {
            "no gate but authentication": ("--journal-entries", "0"),
            "journal (the default)": (),
            "journal, limits": limits,
            _ALL_GATES: (*limits, "--faults", str(faults)),
            "all gates, and stubs": (*limits, "--faults", str(faults), "--stubs", str(stubs)),
        }
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(options.rounds):
            for name, words in servers.items():
                rates[name].append(_rate(words, options.requests))
    return _print({name: statistics.median(found) for name, found in rates.items()})


def _rate(words: tuple[str, ...], requests: int) -> float:
    port = processes.free_port()
    with processes.fake(port, *words):
        processes.until_first_answer(time.perf_counter(), port, chat.question(0))
        load.measure(port, chat.questions(), requests // 10)
        return load.measure(port, chat.questions(), requests).per_second


def _print(rates: dict[str, float]) -> int:
    bare = next(iter(rates.values()))
    for name, rate in rates.items():
        print(f"{name:34} {rate:>8,.0f} answers/s  {rate / bare:>6.1%}")
    share = rates[_ALL_GATES] / bare
    print(f"{'the bar for all gates':34} {_BAR:.0%}: {'met' if share >= _BAR else 'not met'}")
    return 0 if share >= _BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
