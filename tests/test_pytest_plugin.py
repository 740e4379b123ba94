"""The pytest plugin as its users meet it: a run of pytest inside of a test, in this process or in one of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import jsonpath_rfc9535
import openai
import perplexity
import pytest

from mock_server.contract import editions
from mock_server.embedded import MockServer, transports
from mock_server.pytest_plugin import calls, options, session, summary
from mock_server.pytest_plugin.guard import LIVE_HOST, guard
from mock_server.pytest_plugin.wishes import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

# A run inside of this process forgets all modules that it was the first to load. Some cannot be loaded twice, and none
# is to be loaded in each test.
LOADED = (jsonpath_rfc9535, openai, perplexity, transports, calls, session, summary)

CHAT = """
import os, httpx, pytest

def chat(text="How do bees navigate?", url=None, **fields):
    return httpx.post(
        (url or os.environ["PERPLEXITY_BASE_URL"]) + "/chat/completions",
        headers={"Authorization": "Bearer " + os.environ["PERPLEXITY_API_KEY"]},
        json={"model": "sonar", "messages": [{"role": "user", "content": text}], **fields},
    )
"""

Runs: TypeAlias = "Callable[..., pytest.RunResult]"


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Run tests of some code in this process; `options` are those of pytest."""
    for name in ("PERPLEXITY_API_KEY", "PPLX_API_KEY", "PERPLEXITY_BASE_URL", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(code: str, *options: str, apart: bool = False) -> pytest.RunResult:
        pytester.makepyfile(CHAT + code)
        told = ["-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:asyncio", *options]
        return pytester.runpytest_subprocess(*told) if apart else pytester.runpytest_inprocess(*told)

    return run


def test_one_argument_is_all_it_takes(runs: Runs) -> None:
    result = runs(
        """
def test_it(perplexity_mock):
    assert "[1]" in chat().json()["choices"][0]["message"]["content"]
    perplexity_mock.calls.assert_called(operation="create_chat_completion", model="sonar")
    assert perplexity_mock.cost < 0.02
    assert perplexity_mock.verdict.ok
"""
    )

    result.assert_outcomes(passed=1)


def test_the_environment_is_set_for_the_test_and_put_back_after(runs: Runs) -> None:
    runs(
        """
NAMES = ["PERPLEXITY_API_KEY", "PPLX_API_KEY", "PERPLEXITY_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"]

def given():
    return [name for name in NAMES if name in os.environ]

def test_with(perplexity_mock):
    assert given() == NAMES[:3]
    assert os.environ["PERPLEXITY_BASE_URL"] == perplexity_mock.url
    assert os.environ["PPLX_API_KEY"] == perplexity_mock.api_key

@pytest.mark.perplexity_mock(openai=True)
def test_with_openai(perplexity_mock):
    assert given() == NAMES

def test_without():
    assert given() == []
"""
    ).assert_outcomes(passed=3)


def test_tests_know_nothing_of_each_other(runs: Runs) -> None:
    runs(
        """
@pytest.mark.parametrize("number", range(3))
def test_each(perplexity_mock, number):
    assert len(perplexity_mock.calls) == 0
    answers.append(chat().json()["id"])
    perplexity_mock.fail(500)
    assert chat().status_code == 500
    perplexity_mock.limits("sonar=1/hour")
    assert len(set(answers)) == 1

answers = []
"""
    ).assert_outcomes(passed=3)


def test_markers_options_and_ini_say_how_a_fake_is_made(runs: Runs, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nperplexity_seed = 3\nperplexity_edition = 2026-07\n")
    code = """
def test_ini(perplexity_mock):
    assert (perplexity_mock.edition, perplexity_mock.seed) == ("2026-07", {seed})

@pytest.mark.perplexity_mock(seed=9, tier=0, limits="sonar=1/minute", clock="held")
class TestMarked:
    def test_class(self, perplexity_mock):
        assert (perplexity_mock.edition, perplexity_mock.seed, perplexity_mock.clock.waits) == ("2026-07", 9, "held")
        assert [chat().status_code, chat().status_code] == [200, 429]

    @pytest.mark.perplexity_mock(edition="2026-10", limits=())
    def test_nearest(self, perplexity_mock):
        assert (perplexity_mock.edition, perplexity_mock.seed) == ("2026-10", 9)
        assert chat().status_code == 403
"""

    runs(code.replace("{seed}", "3")).assert_outcomes(passed=3)
    runs(code.replace("{seed}", "5"), "--perplexity-seed=5").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        ("editon='x'", "*the marker perplexity_mock has no 'editon'; did you mean 'edition'?*"),
        ("'2026-07'", "*takes names only, as in edition='2026-07'*"),
        ("edition='2020-01'", "*there is no edition '2020-01'*"),
        ("tier=9", "*a tier is 0 to 5, got 9*"),
        ("limits='sonar'", "*limit 'sonar': write it as*"),
        ("stubs='nowhere'", "*there is no such file or folder*"),
        ("clock='fast'", "*the clock of perplexity_mock is one of real, skipped, held, got 'fast'*"),
        ("seed='x'", "*the seed of perplexity_mock is a whole number, got 'x'*"),
        ("seed=-1", "*seed is 0 to 4294967295, got -1*"),
        ("strict='no'", "*strict of perplexity_mock is True or False, got 'no'*"),
    ],
)
def test_a_wish_that_cannot_be_met_is_said_in_a_line(runs: Runs, marker: str, text: str) -> None:
    result = runs(f"@pytest.mark.perplexity_mock({marker})\ndef test_it(perplexity_mock): pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([text])
    for noise in ("*Traceback*", "*site-packages*", "*During handling*"):
        result.stdout.no_fnmatch_line(noise)


def test_stubs_are_recorded_and_replayed_from_beside_the_test(runs: Runs, pytester: pytest.Pytester) -> None:
    result = runs(
        """
said = {}

def test_record(perplexity_mock):
    said["first"] = chat("bees").json()
    perplexity_mock.record("bees")

@pytest.mark.perplexity_mock(stubs="bees", strict=True)
def test_replay(perplexity_mock):
    assert chat("bees").json() == said["first"]
    assert chat("wasps").json()["error"]["type"] == "no_stub_matched"
"""
    )

    result.assert_outcomes(passed=2)
    assert (pytester.path / "stubs" / "bees.yaml").is_file()


def test_a_scenario_is_put_in_place_by_its_name(runs: Runs) -> None:
    runs(
        """
@pytest.mark.perplexity_mock(scenario="html-instead-of-json")
def test_it(perplexity_mock):
    assert chat().headers["content-type"].startswith("text/html")
    perplexity_mock.reset()
    assert chat().is_success
    perplexity_mock.scenario("html-instead-of-json")
    assert perplexity_mock.calls[0].faults == ()

@pytest.mark.perplexity_mock(scenario="nothing-of-the-kind")
def test_unknown(perplexity_mock): pass
"""
    ).assert_outcomes(passed=1, errors=1)


# What a failure shows


def test_a_failed_test_shows_its_calls_as_curl_lines_without_its_key(runs: Runs) -> None:
    result = runs(
        """
def test_it(perplexity_mock):
    key = perplexity_mock.api_key
    chat("What's \\"new\\"?")
    perplexity_mock.calls.assert_called(model="sonar-pro")
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            'E*expected a call with model is like "sonar-pro", got none of 1.',
            "E*The nearest is call 1, POST /chat/completions:",
            'E*  model: wanted is like "sonar-pro", got "sonar"',
            "*- Perplexity calls -*",
            "  1  POST /chat/completions -> 200  sonar *",
            '     curl -sS -X POST "$PERPLEXITY_BASE_URL"/chat/completions -H "Authorization: Bearer $PERPLEXITY_API*',
            "To repeat them: pplx-mock serve --edition complete*",
        ]
    )
    assert "calls.py" not in result.stdout.str(), "the frames of the plugin are hidden"
    assert not re.search(r"pplx-mock-test-\d", result.stdout.str())


def test_a_failed_verdict_says_what_was_wrong(runs: Runs) -> None:
    result = runs(
        """
def test_it(perplexity_mock):
    chat(top_k=3)
    assert perplexity_mock.verdict.ok
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*where False = <Verdict on 1 call: unknown-fields>.ok",
            "1 call judged: 1 finding",
            "WARNING: unknown-fields (sha256:*; call 1)",
            "  POST /chat/completions was sent the field 'top_k', which the contract does not know (once).",
        ]
    )


def test_a_test_that_passed_shows_nothing(runs: Runs) -> None:
    result = runs("def test_it(perplexity_mock): chat()\n", "-rA")

    result.stdout.no_fnmatch_line("*Perplexity calls*")


def test_a_failing_teardown_of_another_fixture_is_no_trouble(runs: Runs) -> None:
    result = runs(
        """
@pytest.fixture
def before():
    yield
    assert False, "teardown"

def test_it(before, perplexity_mock): chat()
"""
    )

    result.assert_outcomes(passed=1, errors=1)


# The guard


@pytest.mark.parametrize(
    "connect",
    [
        "httpx.get('https://api.perplexity.ai/models')",
        "import urllib.request; urllib.request.urlopen('https://api.perplexity.ai/models')",
        "import socket; socket.create_connection(('API.perplexity.ai.', 443))",
        "with __import__('socket').socket() as bare: bare.connect(('api.perplexity.ai', 443))",
        "with __import__('socket').socket() as bare: bare.connect_ex(('api.perplexity.ai', 443))",
        "import socket; socket.gethostbyname('api.perplexity.ai')",
        "import asyncio; asyncio.run(asyncio.open_connection('api.perplexity.ai', 443))",
        "import asyncio; asyncio.run(asyncio.open_connection(port=443, host='api.perplexity.ai'))",
        "import uvloop; uvloop.run(__import__('asyncio').open_connection('api.perplexity.ai', 443))",
        "from perplexity import Perplexity; Perplexity(base_url='https://api.perplexity.ai').search.create(query='x')",
        "import perplexity; perplexity.Perplexity(base_url='https://api.perplexity.ai', max_retries=9).models.list()",
    ],
)
def test_the_live_api_is_out_of_reach_at_once_and_the_failure_says_what_to_do(runs: Runs, connect: str) -> None:
    before = len(guard.stopped)

    result = runs(f"def test_it(perplexity_mock):\n    {connect}\n", "-W", "ignore")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*test_it was about to connect to api.perplexity.ai, which is the live API*",
            "E*base_url=perplexity_mock.url*",
        ]
    )
    assert len(guard.stopped) == before + 1, "nobody tried again"


@pytest.mark.parametrize(
    "code", ["def test_it():\n    ", "@pytest.mark.perplexity_mock(guard=False)\ndef test_it():\n    "]
)
def test_the_guard_is_for_tests_that_use_the_fixture(runs: Runs, code: str) -> None:
    reach = "from mock_server.pytest_plugin.guard import guard; assert guard._depth == 0\n"

    runs(code + reach).assert_outcomes(passed=1)
    runs(code + reach, "--perplexity-guard").assert_outcomes(failed=1)


def test_the_guard_may_be_for_all_tests(runs: Runs, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nperplexity_guard = true\n")

    result = runs("def test_it():\n    httpx.get('https://api.perplexity.ai')\n", "-W", "ignore")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*write perplexity_mock among its arguments*"])


def test_a_thread_that_was_stopped_by_the_guard_fails_the_test_too(runs: Runs) -> None:
    result = runs(
        """
import threading

def test_it(perplexity_mock):
    thread = threading.Thread(target=lambda: __import__("socket").gethostbyname("api.perplexity.ai"))
    thread.start()
    thread.join()
""",
        "-W",
        "ignore",
        apart=True,
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*was about to connect to api.perplexity.ai*"])


def test_the_guard_knows_the_host_of_the_contract() -> None:
    servers: Any = editions.document_for(editions.COMPLETE)["servers"]

    assert [urlsplit(server["url"]).hostname for server in servers] == [LIVE_HOST]


def test_the_guard_leaves_sockets_as_they_were(runs: Runs) -> None:
    runs(
        """
import socket
before = socket.getaddrinfo, socket.socket.connect, "connect" in vars(socket.socket)

def test_with(perplexity_mock):
    assert socket.getaddrinfo is not before[0]

def test_after():
    assert (socket.getaddrinfo, socket.socket.connect, "connect" in vars(socket.socket)) == before
"""
    ).assert_outcomes(passed=2)


# In company


def test_random_order_and_four_workers_give_the_same(runs: Runs) -> None:
    code = """
@pytest.mark.parametrize("number", range(24))
def test_each(perplexity_mock, number):
    first, second = chat(f"question {number}").json(), chat(f"question {number}").json()
    assert first["id"] != second["id"]
    assert first["choices"] == second["choices"]
    assert len(perplexity_mock.calls) == 2
    assert number % 6 or print(number, first["id"]) or True
"""

    def told(*more: str) -> list[str]:
        result = runs(code, "-rP", *more, apart=True)
        result.assert_outcomes(passed=24)
        return sorted(line for line in result.outlines if re.match(r"\d+ \w+-", line))

    alone = told()

    assert len(alone) == 4
    assert told("-n", "4") == alone
    assert told("-p", "randomly", "-p", "no:xdist") == alone


def test_asynchronous_tests_of_either_plugin_use_it(runs: Runs) -> None:
    runs(
        """
import asyncio

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_anyio(perplexity_mock, anyio_backend):
    async with httpx.AsyncClient(base_url=perplexity_mock.url) as client:
        answer = await client.get("/models", headers={"authorization": "Bearer k"})
    assert answer.is_success
    assert len(perplexity_mock.calls) == 1

@pytest.mark.asyncio
async def test_asyncio(perplexity_mock):
    async with perplexity_mock.async_client() as client:
        answers = await asyncio.gather(*(client.search.create(query=f"q{number}") for number in range(5)))
    assert all(answer.results for answer in answers)
    perplexity_mock.calls.assert_called(times=5)
""",
        "-p",
        "asyncio",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        apart=True,
    ).assert_outcomes(passed=3)


def test_a_crash_and_a_timeout_leave_nothing_behind(runs: Runs) -> None:
    result = runs(
        """
import threading, time

def test_a_leaves_a_thread(perplexity_mock):
    url = perplexity_mock.url
    def late():
        time.sleep(0.6)
        late_answers.append(chat(url=url).status_code)
    threading.Thread(target=late).start()

@pytest.mark.timeout(0.4, method="signal")
def test_b_times_out(perplexity_mock):
    perplexity_mock.clock.waits = "held"
    perplexity_mock.fail(delay=60)
    chat()

late_answers = []

def test_c_is_clean(perplexity_mock):
    time.sleep(0.6)
    assert len(perplexity_mock.calls) == 0
    assert chat().status_code == 200
    assert late_answers == [410]

def test_d_crashes(perplexity_mock):
    chat()
    os._exit(3)

def test_e_is_clean(perplexity_mock):
    assert len(perplexity_mock.calls) == 0
    assert chat().status_code == 200
""",
        "-n",
        "1",
        apart=True,
    )

    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(["*worker 'gw0' crashed while running*test_d_crashes*"])


def test_processes_that_a_test_starts_find_the_fake(runs: Runs) -> None:
    runs(
        """
import subprocess, sys, multiprocessing

def ask(_):
    return chat().status_code

def test_it(perplexity_mock):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(ask, range(4)) == [200] * 4
    code = "import os, urllib.request as u; u.urlopen(u.Request(os.environ['PERPLEXITY_BASE_URL'] + '/models',"
    code += " headers={'authorization': 'Bearer k'}))"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(perplexity_mock.calls) == 5
""",
        apart=True,
    ).assert_outcomes(passed=1)


def test_a_session_may_share_a_server(runs: Runs) -> None:
    runs(
        """
@pytest.fixture(scope="session")
def client(perplexity_mock_server):
    with httpx.Client(base_url=perplexity_mock_server, headers={"authorization": "Bearer k"}) as made:
        yield made

def test_url(client, perplexity_mock_server):
    assert perplexity_mock_server.startswith("http://127.0.0.1:")
    assert "PERPLEXITY_BASE_URL" not in os.environ
    assert client.get("/models").is_success

def test_beside(client, perplexity_mock):
    assert client.get("/models").is_success
    assert len(perplexity_mock.calls) == 0
"""
    ).assert_outcomes(passed=2)


# Coverage


def test_coverage_is_printed_and_can_fail_a_run(runs: Runs) -> None:
    code = "def test_it(perplexity_mock):\n    chat()\n    perplexity_mock.reset()\n    chat(temperature=0.2)\n"

    told = runs(code, "--perplexity-coverage")
    failed = runs(code, "--perplexity-coverage=50")
    silent = runs(code)

    assert (told.ret, failed.ret) == (0, 1)
    told.stdout.fnmatch_lines(
        ["*= Perplexity coverage =*", "create_chat_completion * 2 *", "* % of edition complete (2 calls)"]
    )
    failed.stdout.fnmatch_lines(["FAIL: * % of the contract was met, and 50 % are required"])
    silent.stdout.no_fnmatch_line("*Perplexity coverage*")


def test_coverage_is_gathered_from_all_workers(runs: Runs) -> None:
    result = runs(
        """
def test_chat(perplexity_mock): chat()
def test_bad(perplexity_mock): chat(model="nope")
def test_stream(perplexity_mock): chat(stream=True)
def test_models(perplexity_mock):
    httpx.get(perplexity_mock.url + "/models", headers={"authorization": "Bearer k"})
""",
        "-n",
        "2",
        "--perplexity-coverage",
        apart=True,
    )

    result.stdout.fnmatch_lines(["create_chat_completion * 3 *", "list_models * 1 *", "*(4 calls)"])


# A target that is no fake


def test_the_same_tests_run_against_another_server(runs: Runs) -> None:
    code = """
def test_plain(perplexity_mock):
    assert chat().json()["choices"]
    assert perplexity_mock.calls.one(operation="create_chat_completion").status == 200

def test_scripted(perplexity_mock):
    perplexity_mock.when().reply("no")

@pytest.mark.perplexity_mock(strict=True)
def test_marked(perplexity_mock): pass

def test_clock(perplexity_mock):
    perplexity_mock.clock.advance(1)

@pytest.mark.perplexity_mock(tier=0)
class TestMarked:
    @pytest.mark.perplexity_mock(openai=True)
    def test_nearer(self, perplexity_mock): pass

    @pytest.mark.perplexity_mock(strict=False)
    def test_farther(self, perplexity_mock): pass

@pytest.mark.perplexity_mock(strict=False)
def test_not_strict(perplexity_mock): pass
"""
    with MockServer() as other, other.mock() as target:
        result = runs(code, f"--perplexity-target={target.url}", "-rs")

        result.assert_outcomes(passed=2, skipped=5)
        result.stdout.fnmatch_lines(["SKIPPED*perplexity_mock.when scripts what the API does*"])
        assert len(target.calls) == 1


def test_a_live_run_stops_at_its_budget(runs: Runs) -> None:
    code = (
        "@pytest.mark.parametrize('n', range(5))\ndef test_it(perplexity_mock, n): assert chat().status_code == 200\n"
    )
    with MockServer() as other, other.mock() as target:
        result = runs(code, f"--perplexity-target={target.url}", "--perplexity-max-requests=2")

        result.assert_outcomes(passed=2, errors=3)
        result.stdout.fnmatch_lines(["nothing was asked, as the budget of this run is spent: 2 of 2 requests*"])
        assert len(target.calls) == 2


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--perplexity-target=live", "*--perplexity-target live needs a key of the vendor's: set PERPLEXITY_API_KEY*"),
        ("--perplexity-target=production", "*--perplexity-target is fake, live or a URL, got 'production'*"),
        ("--perplexity-target=http://[", "*--perplexity-target is fake, live or a URL, got 'http://['*"),
        ("--perplexity-max-cost=much", "*US dollars are a number, 0 or more, got 'much'*"),
        ("--perplexity-max-cost=nan", "*US dollars are a number, 0 or more, got 'nan'*"),
        ("--perplexity-max-requests=-1", "*requests are a whole number, got '-1'*"),
        ("--perplexity-coverage=nan", "*a percentage is 0 to 100, got 'nan'; write it as --perplexity-coverage=40*"),
        ("--perplexity-coverage=tests/", "*a percentage is 0 to 100, got 'tests/'*"),
    ],
)
def test_an_option_that_does_not_fit_stops_the_run_before_its_tests(runs: Runs, option: str, text: str) -> None:
    result = runs("def test_it(perplexity_mock): pass\n", option)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([text])


def test_coverage_of_an_edition_that_there_is_not_stops_the_run_before_its_tests(runs: Runs) -> None:
    result = runs("def test_it(perplexity_mock): pass\n", "--perplexity-coverage", "--perplexity-edition=2020-01")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no edition '2020-01'*"])


@pytest.mark.parametrize("key", ["pplx-of the vendor", "pplx-of-the-\nvendor", "pplx-öf-the-vendor"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", key)
    result = runs("def test_it(perplexity_mock): chat()\n", "--perplexity-target=http://127.0.0.1:1")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the key has a space, a line end or another character that no key has*"])
    assert "vendor" not in result.stdout.str() + result.stderr.str()


def test_a_line_end_behind_a_key_is_none_of_it(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer() as other, other.mock() as target:
        monkeypatch.setenv("PERPLEXITY_API_KEY", f"{target.api_key}\n")
        code = "def test_it(perplexity_mock): assert chat().status_code == 200\n"
        runs(code, f"--perplexity-target={other.url}").assert_outcomes(passed=1)


# What users read, and what the plugin costs them


def test_help_fixtures_and_markers_read_well(pytester: pytest.Pytester) -> None:
    fixtures, markers, told = (
        pytester.runpytest_inprocess("-p", "no:asyncio", option).stdout.str()
        for option in ("--fixtures", "--markers", "--help")
    )

    assert "A fake of the Perplexity API for this test alone" in fixtures
    assert "The base URL of a fake that serves the whole session" in fixtures
    said = next(line for line in markers.splitlines() if "perplexity_mock(" in line)
    assert re.findall(r"(\w+)=", said)[: len(NAMES)] == re.findall(r"(\w+)=", options.SIGNATURE)
    assert sorted(re.findall(r"(\w+)=", options.SIGNATURE)) == sorted(NAMES)
    for option in ("seed", "edition", "target", "max-requests", "max-cost", "coverage", "guard"):
        assert f"--perplexity-{option}" in told


def test_an_unused_plugin_costs_a_start_next_to_nothing() -> None:
    code = "import pytest, sys; had = set(sys.modules); import mock_server.pytest_plugin; print(set(sys.modules) - had)"

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    loaded = {name.split(".")[0] for name in re.findall(r"'([\w.]+)'", done.stdout)}
    assert loaded == {"mock_server"}
    took = next(line for line in done.stderr.splitlines() if line.endswith(" mock_server.pytest_plugin"))
    assert int(took.split("|")[1]) < 10_000, took
