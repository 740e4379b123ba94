"""What the pytest plugin costs: a start without using it, and a thousand small tests that do.

    python benchmarks/plugin.py [TESTS]

Each small test asks the fake once over a kept connection. The same tests without the fixture, asking nobody, are taken
off: what is left is the price of a server, a fake a test, and a request a test.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROUNDS = 3
WITH = """
import http.client, json, os
from urllib.parse import urlsplit
import pytest

CONNECTIONS = {}
BODY = json.dumps({"query": "bees", "max_results": 1})

@pytest.mark.parametrize("number", range(COUNT))
def test_each(perplexity_mock, number):
    place = urlsplit(os.environ["PERPLEXITY_BASE_URL"])
    connection = CONNECTIONS.setdefault(place.netloc, http.client.HTTPConnection(place.netloc))
    headers = {"authorization": "Bearer " + os.environ["PERPLEXITY_API_KEY"], "content-type": "application/json"}
    connection.request("POST", place.path + "/search", BODY, headers)
    assert json.load(connection.getresponse())["results"]
    perplexity_mock.calls.assert_called(operation="search", times=1)
"""
WITHOUT = """
import pytest

@pytest.mark.parametrize("number", range(COUNT))
def test_each(number):
    assert number >= 0
"""


def run(folder: Path, code: str, tests: int, *options: str) -> float:
    """Run tests; returns the seconds that it took."""
    (folder / "test_it.py").write_text(code.replace("COUNT", str(tests)), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-p",
        "no:asyncio",
        *options,
    ]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure in turns, and print medians."""
    tests = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    plain, with_fixture, parallel, without_plugin = [], [], [], []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(ROUNDS):
            folder = Path(name)
            without_plugin.append(run(folder, WITHOUT, 1, "-p", "no:pplx_mock"))
            plain.append(run(folder, WITHOUT, tests))
            with_fixture.append(run(folder, WITH, tests))
            parallel.append(run(folder, WITH, tests, "-n", "2"))
            single = run(folder, WITHOUT, 1)
    beyond = median(with_fixture) - median(plain)
    print(f"{tests} tests with the fixture: {median(with_fixture):.2f} s, without: {median(plain):.2f} s")
    print(f"beyond pytest: {beyond:.2f} s, {beyond / tests * 1000:.2f} ms a test; with -n 2: {median(parallel):.2f} s")
    print(f"one test without the fixture: {single:.2f} s, with the plugin switched off: {median(without_plugin):.2f} s")


if __name__ == "__main__":
    main()
