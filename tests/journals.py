"""A fake whose journal is read: made anew for each test, on a clock that stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from mock_server.app import create_app
from mock_server.clock import VirtualClock
from mock_server.faults.model import Fault
from mock_server.insight import verdict
from mock_server.settings import Settings
from tests.conftest import Api

if TYPE_CHECKING:
    import asyncio

    from mock_server.insight.finding import Finding, Verdict
    from mock_server.journal.entry import Entry
    from mock_server.journal.journal import Journal
    from mock_server.state.lane import Lane


@dataclass(frozen=True)
class Site:
    """A fake with its default lane and a client of it."""

    api: Api
    lane: Lane
    clock: VirtualClock

    @property
    def journal(self) -> Journal:
        return self.lane.journal

    @property
    def last(self) -> Entry:
        """The last call."""
        return list(self.journal)[-1]

    @property
    def verdict(self) -> Verdict:
        return verdict.judge(self.journal)

    @property
    def finding(self) -> Finding:
        """The one finding of the verdict."""
        found = self.verdict.findings
        assert len(found) == 1, verdict.table(self.verdict)
        return found[0]

    def under(self, key: str) -> Site:
        """The same fake under another key."""
        return Site(self.api.under(key), self.lane, self.clock)

    def chat(self, question: str = "hi", **fields: Any) -> httpx.Response:
        body = {"model": "sonar", "messages": [{"role": "user", "content": question}], **fields}
        return self.api.post("/chat/completions", body)

    def search(self, query: str = "bees", **fields: Any) -> httpx.Response:
        return self.api.post("/search", {"query": query, **fields})

    def spoil(self, **fault: Any) -> None:
        """Add a fault."""
        self.lane.faults.add(Fault(**fault))


def site(loop: asyncio.AbstractEventLoop, key: str = "a-long-test-key", **settings: Any) -> Site:
    """Make a fake."""
    clock = VirtualClock()
    app: Any = create_app(Settings(**settings), clock=clock)
    transport = httpx.ASGITransport(app)
    client = httpx.AsyncClient(transport=transport, base_url="http://fake")
    return Site(Api(client, loop, key=key), app.house.lanes.default, clock)
