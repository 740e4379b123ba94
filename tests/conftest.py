"""What tests share: the fake in this process behind a synchronous client, and how hard Hypothesis tries."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import hypothesis
import orjson
import pytest

from mock_server.app import create_app
from mock_server.embedded import MockServer
from mock_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mock_server.clock import LaneClock
    from mock_server.embedded import PerplexityMock
    from mock_server.jsontypes import JSON
    from mock_server.limits.limiter import Limiter
    from mock_server.state.lanes import Lanes

# Started in the background or by `nohup`, the tests would hand it down that signals are ignored which they send.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL if _number == signal.SIGHUP else signal.default_int_handler)

# The limits of time and of health are for a busy machine: a slow example is no bug here.
hypothesis.settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "thorough",
    database=None,
    deadline=None,
    max_examples=2000,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ci")

_STRANGERS = count(1)


@dataclass(frozen=True)
class Api:
    """A client of one fake under one key; `headers` go along with each request."""

    client: httpx.AsyncClient
    loop: asyncio.AbstractEventLoop
    key: str = "tester"
    headers: dict[str, str] = field(default_factory=dict)
    app: Any = None

    @property
    def limiter(self) -> Limiter:
        """The limiter of the default lane."""
        limiter: Limiter = self.app.house.lanes.default.limiter
        return limiter

    @property
    def lanes(self) -> Lanes:
        """The lanes of the fake."""
        lanes: Lanes = self.app.house.lanes
        return lanes

    def under(self, key: str) -> Api:
        """The same fake under another key."""
        return replace(self, key=key)

    def stranger(self) -> Api:
        """The same fake under a key that nobody has used yet."""
        return self.under(f"stranger-{next(_STRANGERS)}")

    def edition(self, name: str) -> Api:
        """The same fake, asked for another edition."""
        return replace(self, headers={**self.headers, "x-mock-edition": name})

    def send(
        self, method: str, path: str, content: bytes | None = None, *, query: Any = None, **headers: str
    ) -> httpx.Response:
        """Send a request; the names of headers may have underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"authorization": f"Bearer {self.key}", **self.headers, **named}
        return self.loop.run_until_complete(
            self.client.request(method, path, content=content, params=query, headers=told)
        )

    def get(self, path: str, **query: object) -> httpx.Response:
        """Send a GET."""
        return self.send("GET", path, query=query or None)

    def delete(self, path: str) -> httpx.Response:
        """Send a DELETE."""
        return self.send("DELETE", path)

    def post(self, path: str, body: JSON) -> httpx.Response:
        """Send a POST with a JSON body."""
        return self.send("POST", path, orjson.dumps(body), content_type="application/json")

    def ask(self, path: str, body: JSON) -> Any:
        """Send a POST that has to be answered; returns the answer's body."""
        answer = self.post(path, body)
        assert answer.is_success, answer.text
        return orjson.loads(answer.content)

    def chat(self, question: str = "How do bees find their way home?", **fields: JSON) -> Any:
        """Chat in one message; returns the answer's body."""
        return self.ask("/chat/completions", chat_body(question, **fields))

    def search(self, query: str = "How do bees find their way home?", **fields: JSON) -> Any:
        """Search; returns the answer's body."""
        return self.ask("/search", {"query": query, **fields})

    def refusal(self, path: str, body: JSON) -> tuple[int, str, str]:
        """Send a POST that has to be refused; returns status, type and text."""
        return refusal_of(self.post(path, body))


def chat_body(question: str, **fields: JSON) -> dict[str, JSON]:
    """The body of a chat in one message."""
    return {"model": "sonar", "messages": [{"role": "user", "content": question}], **fields}


def refusal_of(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, type and text of an error."""
    error = orjson.loads(answer.content)["error"]
    assert answer.status_code == error["code"]
    return error["code"], error["type"], error["message"]


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The loop that all requests run on."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="module")
def fake(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., Api]]:
    """A maker of fakes: takes the fields of `Settings`, and the clock of pacing."""
    clients: list[httpx.AsyncClient] = []

    def make(*, clock: LaneClock | None = None, **settings: Any) -> Api:
        app = create_app(Settings(**settings), clock=clock)
        clients.append(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fake"))
        return Api(clients[-1], loop, app=app)

    yield make
    for client in clients:
        loop.run_until_complete(client.aclose())


@pytest.fixture(scope="module")
def api(fake: Callable[..., Api]) -> Api:
    """A fake as it comes, one for a module."""
    return fake()


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """A server in a thread of this process."""
    with MockServer() as started:
        yield started


@pytest.fixture
def mock(server: MockServer) -> Iterator[PerplexityMock]:
    """A fake of this test's own on that server."""
    with server.mock() as made:
        yield made
