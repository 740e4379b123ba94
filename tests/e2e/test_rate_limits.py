"""Rate limits over sockets: many clients on one bucket, and what the vendor's own client makes of a 429."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import perplexity
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Run, Server, Serving

CLIENTS = 50
CHAT: Any = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}


@pytest.fixture(scope="module")
def limited(serving: Serving) -> Iterator[Server]:
    """A server that limits, and whose pacing clock goes on only when it is told to."""
    options = ("--limit", "sonar=2/second,burst=23", "--limit", "search=1/minute", "--retry-after")
    with serving(*options, PPLX_MOCK_QUOTA="1000") as server:
        change_clock(server, mode="virtual")
        yield server


def change_clock(server: Server, **change: Any) -> None:
    with server.client() as client:
        assert client.post("/__admin/clock", json=change).is_success


async def ask_at_once(server: Server, key: str, times: int) -> Counter[int]:
    """Let 50 clients, each with a connection of its own, ask some times each; count the statuses."""
    start = asyncio.Barrier(CLIENTS)

    async def one() -> list[int]:
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, timeout=30, trust_env=False, verify=False
        ) as client:
            assert (await client.get("/models")).is_success
            await start.wait()
            return [(await client.post("/chat/completions", json=CHAT)).status_code for _ in range(times)]

    asked = await asyncio.gather(*[one() for _ in range(CLIENTS)])
    return Counter(status for statuses in asked for status in statuses)


def test_fifty_clients_on_one_bucket_get_exactly_what_it_holds(limited: Server, key: str) -> None:
    """Not one token too many or too few: 23 at first, then what has come back, for several rounds."""
    found = []
    for seconds in ("0", "3.5", "11.5", "0.499999999", "0.000000001", "3600"):
        change_clock(limited, advance=seconds)
        statuses = asyncio.run(ask_at_once(limited, key, 2))
        assert statuses.total() == 2 * CLIENTS
        found.append((statuses[200], statuses[429]))

    assert [passed for passed, _ in found] == [23, 7, 23, 0, 1, 23]
    assert all(passed + refused == 2 * CLIENTS for passed, refused in found)


def test_clients_with_keys_of_their_own_are_in_nobodys_way(limited: Server, key: str) -> None:
    async def ask() -> list[Counter[int]]:
        return await asyncio.gather(*[ask_at_once(limited, f"{key}-{number}", 1) for number in range(3)])

    assert [statuses[200] for statuses in asyncio.run(ask())] == [23, 23, 23]


def test_on_a_clock_that_runs_no_token_is_given_twice(serving: Serving, key: str) -> None:
    """One token a day comes back, so a slow machine does not matter."""
    with serving("--limit", "sonar=17/day") as server:
        statuses = asyncio.run(ask_at_once(server, key, 3))

    assert (statuses[200], statuses[429]) == (17, 3 * CLIENTS - 17)


@pytest.fixture
def waiting(limited: Server, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the vendor's client wait on the server's clock; returns how long it waited each time."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        change_clock(limited, advance=f"{seconds:.9f}")

    async def sleep_async(seconds: float) -> None:
        await asyncio.to_thread(sleep, seconds)

    monkeypatch.setattr("perplexity._base_client.time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr("perplexity._base_client.anyio", SimpleNamespace(sleep=sleep_async))
    return waited


def ask(server: Server, key: str, question: Callable[[Any], Any], **options: Any) -> Any:
    with perplexity.Perplexity(base_url=server.url, api_key=key, **options) as client:
        return question(client)


def ask_async(server: Server, key: str, question: Callable[[Any], Any], **options: Any) -> Any:
    async def wait() -> Any:
        async with perplexity.AsyncPerplexity(base_url=server.url, api_key=key, **options) as client:
            return await question(client)

    return asyncio.run(wait())


def search(client: Any) -> Any:
    return client.search.create(query="bees")


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_the_vendors_client_waits_as_told_and_is_answered(
    limited: Server, key: str, waiting: list[float], ask: Callable[..., Any]
) -> None:
    """It obeys a `Retry-After` of up to a minute; the bucket has one token for each."""
    first, second = (ask(limited, key, search) for _ in range(2))

    assert first.results == second.results
    assert waiting == [60]


@pytest.mark.parametrize("ask", [ask, ask_async])
def test_the_vendors_client_gives_up_with_its_own_exception_when_its_retries_are_used_up(
    limited: Server, key: str, waiting: list[float], ask: Callable[..., Any]
) -> None:
    """Five queries are more than the bucket ever holds, so nothing says when to come again."""
    with pytest.raises(perplexity.RateLimitError) as caught:
        ask(limited, key, lambda client: client.search.create(query=["a", "b", "c", "d", "e"]))

    assert len(waiting) == 2
    assert all(0 < seconds <= 8 for seconds in waiting)
    assert caught.value.status_code == 429
    assert caught.value.body["error"]["type"] == "request_rate_limit_exceeded"
    assert caught.value.response.headers["x-ratelimit-limit"] == "1"


def test_without_retries_the_first_refusal_is_the_exception_and_the_bucket_refills(
    limited: Server, key: str, waiting: list[float]
) -> None:
    assert ask(limited, key, search).results
    with pytest.raises(perplexity.RateLimitError) as caught:
        ask(limited, key, search, max_retries=0)

    change_clock(limited, advance=int(caught.value.response.headers["retry-after"]))

    assert ask(limited, key, search, max_retries=0).results
    assert waiting == []


def test_an_account_out_of_credit_is_an_authentication_error_and_not_asked_again(
    limited: Server, waiting: list[float]
) -> None:
    account = "pplx-mock-credit-1-cent"
    costs = [ask(limited, account, chat).usage.cost.total_cost for _ in range(2)]
    with pytest.raises(perplexity.AuthenticationError) as caught:
        ask(limited, account, chat)

    assert sum(costs) >= 0.01
    assert caught.value.body["error"]["type"] == "insufficient_quota"
    assert waiting == []


def chat(client: Any) -> Any:
    return client.chat.completions.create(**CHAT)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tier", "7"], "pplx-mock: a tier is 0 to 5, got 7\n"),
        (["--limit", "sonra=1/second"], "did you mean 'sonar'?\n"),
        (["--limit", "sonar=1/second", "--limit", "search=lots"], "write it as 'search=5/minute,burst=2'"),
        (["--credit", "-1"], "pplx-mock: a credit is 0 or more US dollars, got -1\n"),
    ],
)
def test_a_limit_that_is_none_is_said_in_a_sentence(run: Run, options: list[str], said: str) -> None:
    done = run("serve", "--port", "0", *options)

    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
