"""What a set of stubs costs a request: 1,000 of one kind, of which the last one fits, or none does."""

from __future__ import annotations

import argparse
import sys
import timeit
from collections.abc import Callable

from mock_server import redaction
from mock_server.jsontypes import JSONObject
from mock_server.stubs.asked import Asked
from mock_server.stubs.book import StubBook
from mock_server.stubs.model import Stub

_STUBS = 1000
_ROUNDS = 2000
_BAR = 100.0
"""Microseconds a request."""

_KINDS: dict[str, Callable[[int], dict[str, object]]] = {
    "last user message, whole": lambda number: {"last_user": f"Question {number:04d}?"},
    "last user message, a part": lambda number: {"last_user": {"contains": f"{number:04d}"}},
    "last user message, regex": lambda number: {"last_user": {"regex": f"^Question.*{number:04d}"}},
    "JSONPath": lambda number: {"body": {"$.metadata.case": number}},
    "header": lambda number: {"headers": {"x-case": str(number)}},
    "key": lambda number: {"key": f"key-{number}"},
    "operation, model and text": lambda number: {
        "operation": "create_chat_completion",
        "model": "sonar*",
        "last_user": f"Question {number:04d}?",
    },
}


def main() -> int:
    """Measure each kind; 1 where one costs more than the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stubs", type=int, default=_STUBS)
    options = parser.parse_args()
    worst = 0.0
    print(f"{options.stubs} stubs, microseconds a request")
    for name, conditions in _KINDS.items():
        hit, miss = _cost(conditions, options.stubs, fits=True), _cost(conditions, options.stubs, fits=False)
        worst = max(worst, hit, miss)
        print(f"  {name:28} fits {hit:6.1f}   none fits {miss:6.1f}")
    print(f"worst {worst:.1f}, bar {_BAR:.0f}")
    return int(worst > _BAR)


def _cost(conditions: Callable[[int], dict[str, object]], count: int, *, fits: bool) -> float:
    book = StubBook()
    for number in range(count):
        book.add(Stub.model_validate({"when": conditions(number), "reply": {"text": "Yes."}}))
    number = count - 1 if fits else count
    content: JSONObject = {
        "model": "sonar",
        "messages": [{"role": "user", "content": f"Question {number:04d}?"}],
        "metadata": {"case": number},
    }
    headers = {b"x-case": b"%d" % number}
    key = redaction.name_of(f"key-{number}")

    def ask() -> bool:
        asked = Asked("create_chat_completion", path="/chat/completions", content=content, headers=headers, key=key)
        return book.choose(asked) is not None

    if ask() is not fits:
        raise SystemExit(f"the benchmark is wrong: {conditions(number)}")
    return min(timeit.repeat(ask, number=_ROUNDS, repeat=5)) / _ROUNDS * 1e6


if __name__ == "__main__":
    sys.exit(main())
