"""`PerplexityMock`: the fake that one test talks to."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self, Unpack

from mock_server import edition as editions
from mock_server import settings
from mock_server.embedded import counts, failing, recording, sdk
from mock_server.embedded.calls import Calls
from mock_server.embedded.clock import FixtureClock
from mock_server.embedded.engine import Engine
from mock_server.embedded.environment import variables
from mock_server.embedded.failing import Failing
from mock_server.embedded.matching import Match, Matcher
from mock_server.embedded.recorded import RecordedCall
from mock_server.errors import PplxMockError
from mock_server.faults.model import Fault
from mock_server.insight import verdict as verdicts
from mock_server.insight.finding import Verdict
from mock_server.journal.journal import NotMetError
from mock_server.journal.tally import Tally
from mock_server.money import ZERO
from mock_server.scenarios import applying
from mock_server.state.lane import Lane
from mock_server.stubs import builder, checks, files
from mock_server.stubs.book import Entry
from mock_server.stubs.builder import Conditions, Draft, Options
from mock_server.stubs.model import Stub

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from perplexity import AsyncPerplexity, Perplexity

    from mock_server.embedded.transports import AsyncMockTransport, MockTransport


class Said(Conditions, Options, total=False):
    """What a scripted answer is for, and how it stands among others."""


class TargetError(PplxMockError):
    """Something was asked for that cannot be had of a live server."""


def refused(what: str) -> NoReturn:
    """Refuse what cannot be had of a live server; raises `TargetError`."""
    raise TargetError(f"{what} scripts what the API does, and requests go to a server that is no fake")


class PerplexityMock:
    """A fake of one's own: a lane with its account, clock, stubs, faults and journal.

    It is a context manager; at its end it is forgotten, and whoever still asks it is refused.

    Args:
        engine: The server that it is on.
        edition: The edition that it answers as; the server's where not given.
        seed: Seed of its world; the server's where not given.
        refuse: Called with what was asked for where that cannot be had of a live server; it raises.

    Raises:
        PplxMockError: There is no such edition, or the seed is out of range.

    Attributes:
        url: The base URL for clients, without a slash at the end.
        api_key: A key that no other test has.
        folder: Where files of stubs are looked for and kept.
        open: Whether it is not forgotten yet.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        edition: str | None = None,
        seed: int | None = None,
        refuse: Callable[[str], NoReturn] = refused,
    ) -> None:
        if edition is not None:
            editions.load(edition)
        if seed is not None:
            settings.check_seed(seed)
        self._engine = engine
        self._refuse = refuse
        self._name, self.api_key = engine.do(engine.entrance.open)
        self.url = f"{engine.url}/n/{self._name}"
        self._clock = FixtureClock()
        self._wished = edition, seed
        self._before = Tally()
        self._lane = engine.do(self._opened)
        self._clients = sdk.Clients(self.url, self.api_key)
        self.folder = Path("stubs")
        self.open = True

    def _opened(self) -> Lane:
        edition, seed = self._wished
        lane = self._engine.house.lanes.of(self._name)
        if self._engine.target is None:
            lane.clock = self._clock
        if edition is not None:
            lane.edition = edition
        if seed is not None:
            lane.seed = seed
        return lane

    @property
    def edition(self) -> str:
        """The edition that answers; may be set in mid-test, to rehearse the day that the API changes."""
        return self._lane.edition

    @edition.setter
    def edition(self, name: str) -> None:
        self._script("edition")
        face, lane = editions.load(name), self._lane
        checks.refuse(self._engine.do(lambda: lane.stubs.recheck(face)))
        self._engine.do(lambda: setattr(lane, "edition", name))

    @property
    def seed(self) -> int:
        """The seed of the world."""
        return self._lane.seed

    @property
    def clock(self) -> FixtureClock:
        """What limits and pacing run on: it stands until it is advanced."""
        self._script("clock")
        return self._clock

    def fail(self, what: int | str | Fault | None = None, /, **wish: Unpack[failing.Wish]) -> Failing:
        """Let something go wrong, from now on, for all requests that it is about.

        Args:
            what: A status such as 429, `"reset"`, `"closed"`, `"refused"`, an error by name, or a whole `Fault`.
            wish: More of it, and which requests it meets: `times=2`, `operation=…`, `delay=30`, `stream="reset@5"`.

        Returns:
            The fault, which counts and can be stopped.

        Raises:
            WishError: There is no such fault.
        """
        self._script("fail")
        made = failing.fault(what, wish)
        book = self._lane.faults
        return Failing(self._engine, book, self._engine.do(lambda: book.add(made))[0])

    def limits(
        self,
        *limits: str,
        tier: int | None = None,
        credit: Decimal | float | str | None = None,
        quota: int | None = None,
    ) -> None:
        """Hold all keys of this fake to limits, from now on; those of an earlier call of the same kind go.

        Args:
            limits: Rate limits such as `"sonar=5/minute,burst=2"`; the clock moves when the test advances it.
            tier: A usage tier, 0 to 5, whose rate limits hold.
            credit: US dollars that may be spent in all.
            quota: Requests that may be answered in a month.

        Raises:
            ValueError: A limit cannot be read, or is out of range.
        """
        self._script("limits")
        limiter = self._lane.limiter

        def set_all() -> None:
            if limits:
                limiter.set_limits(None, limits)
            if tier is not None:
                limiter.set_tier(None, tier)
            if credit is not None:
                limiter.set_credit(None, credit)
            if quota is not None:
                limiter.set_quota(None, quota)

        self._engine.do(set_all)

    def when(self, **said: Unpack[Said]) -> Draft:
        """Begin a scripted answer: `when(last_user={"contains": "bees"}).reply("They navigate by the sun.[1]")`.

        Args:
            said: Which requests it answers (`operation`, `model`, `last_user`, `body`, …, as in files of stubs; all
                where nothing is said), and `id`, `times`, `priority` and `check`.

        Returns:
            What waits for its answer: `.reply(text)`, `.body(…)`, `.patch(…)`, `.status(…)`, `.stream(…)`, `.fault(…)`,
            each of which may go on with `.then(…)`.
        """
        self._script("when")
        return builder.when(self._keep, **said)

    def _keep(self, stub: Stub) -> Entry:
        lane = self._lane
        return self._engine.do(lambda: lane.stubs.add(stub, face=editions.load(lane.face)))

    def load(self, *places: str | Path, strict: bool | None = None) -> None:
        """Load scripted answers from files.

        Args:
            places: Files or folders; a bare name is looked for in the folder of stubs.
            strict: Whether requests that no stub answers are refused; left as it is where not given.

        Raises:
            StubError: One cannot be read, is no file of stubs, or breaks the contract; it says where.
        """
        self._script("load")
        lane = self._lane
        for place in places:
            found = self._found(place)
            stubs = files.load(found, editions.load(lane.face)).stubs
            self._engine.do(partial(lane.stubs.replace, str(found), stubs.items()))
        if strict is not None:
            self._engine.do(lambda: setattr(lane.stubs, "strict", strict))

    def _found(self, place: str | Path) -> Path:
        """A path as it is, if it is there; else the name of a file in the folder of stubs."""
        there = (self.folder / place, self.folder / f"{place}.yaml", self.folder / f"{place}.json", Path(place))
        return next((path for path in there if path.exists()), there[0])

    def scenario(self, name: str) -> None:
        """Put a ready-made scenario in place, as `pplx-mock fixtures list` names them.

        Raises:
            PplxMockError: There is none of this name.
        """
        self._script("scenario")
        self._engine.do(lambda: applying.apply(self._lane, name))

    def record(self, name: str | Path) -> Path:
        """Keep what happened so far as a file of stubs, to be looked at in a diff and replayed.

        Args:
            name: Its name in the folder of stubs, or a path.

        Returns:
            The file, which is written anew.

        Raises:
            RecordError: Nothing happened, the name leads out of the folder, or the file cannot be written.
        """
        return recording.write(recording.place_of(name, self.folder), self.calls, editions.load(self._lane.face))

    @property
    def cost(self) -> Decimal:
        """US dollars that all calls so far would have cost live, to the last digit."""
        journal = self._lane.journal
        return self._engine.do(lambda: sum((one.cost for one in journal.tally.spent.values()), ZERO))

    @property
    def verdict(self) -> Verdict:
        """How the code under test behaved: whether it retried as it should, leaked its key, sent unknown fields."""
        journal, clock = self._lane.journal, self._lane.clock
        entries = self._engine.do(lambda: [*journal])
        return verdicts.judge(entries, now=clock.now_ns(), forgotten=journal.count - len(entries))

    @property
    def tally(self) -> Tally:
        """What all calls so far met of the contract, those before a reset included."""
        journal = self._lane.journal
        return self._engine.do(lambda: counts.add(counts.add(Tally(), self._before), journal.tally))

    @property
    def calls(self) -> Calls:
        """What was asked so far, as a list with assertions."""
        return Calls(RecordedCall(entry) for entry in self._engine.do(lambda: [*self._lane.journal]))

    def wait_for_call(self, *, timeout: float = 5.0, **match: Unpack[Match]) -> RecordedCall:
        """Wait until a call is over, such as one of a thread, or a stream that the client left; an earlier one counts.

        Args:
            timeout: Seconds of the machine's time to wait for each call.
            match: What is asked of it.

        Returns:
            The first such call.

        Raises:
            AssertionError: None came.
        """
        __tracebackhide__ = True
        matcher, seen = Matcher(match), 0
        with suppress(NotMetError):
            while True:
                call = RecordedCall(self._lane.journal.wait(since=seen, timeout=timeout))
                if matcher.holds(call):
                    return call
                seen = call.number
        calls = self.calls
        calls.assert_called(**match)
        return calls.matching(**match)[0]  # it came just now

    def environment(self, *, openai: bool = False) -> dict[str, str]:
        """The variables that lead clients here, with those of the `openai` client where wished."""
        return variables(self.url, self.api_key, os.environ, openai=openai)

    def client(self, **options: Unpack[sdk.Options]) -> Perplexity:
        """Make a client of `perplexityai`; it is closed at the end. Raises `MissingClientError`."""
        return self._clients.perplexity(options)

    def async_client(self, **options: Unpack[sdk.Options]) -> AsyncPerplexity:
        """Make a waiting client of `perplexityai`, to be used with `async with`. Raises `MissingClientError`."""
        return self._clients.async_perplexity(options)

    def openai(self, **options: Unpack[sdk.Options]) -> OpenAI:
        """Make a client of `openai`; it is closed at the end. Raises `MissingClientError`."""
        return self._clients.openai(options)

    def async_openai(self, **options: Unpack[sdk.Options]) -> AsyncOpenAI:
        """Make a waiting client of `openai`, to be used with `async with`. Raises `MissingClientError`."""
        return self._clients.async_openai(options)

    def transport(self) -> MockTransport:
        """Make a transport for `httpx.Client` that needs no socket; any base URL will do."""
        from mock_server.embedded.transports import MockTransport  # noqa: PLC0415  # httpx may not be there

        return MockTransport(self._engine, f"/n/{self._name}")

    def async_transport(self) -> AsyncMockTransport:
        """Make a transport for `httpx.AsyncClient` that needs no socket; any base URL will do."""
        from mock_server.embedded.transports import AsyncMockTransport  # noqa: PLC0415  # httpx may not be there

        return AsyncMockTransport(self._engine, f"/n/{self._name}")

    def _script(self, what: str) -> None:
        """Refuse what a live server cannot do."""
        if self._engine.target is not None:
            self._refuse(what)

    def reset(self) -> None:
        """Begin anew: no calls, stubs, faults or limits, an empty account, the clock at 0."""
        self._clock.release()
        self._clock = FixtureClock(self._clock.waits)
        self._engine.do(self._reopened)

    def _reopened(self) -> None:
        counts.add(self._before, self._lane.journal.tally)
        self._engine.house.lanes.drop(self._name)
        self._lane = self._opened()

    def close(self) -> None:
        """Forget it; clients made here are closed, streams under way end."""
        self._clients.close()
        if self.open and self._engine.alive:
            refusing = any(fault.connection == "refused" for fault in self._lane.faults.list().values())
            self._engine.do(self._closed)
            if refusing:
                self._engine.until_listening()
        self.open = False

    def _closed(self) -> None:
        self._engine.entrance.close(self._name)
        self._engine.house.lanes.drop(self._name)
        self._clock.release()

    def __enter__(self) -> Self:
        """Nothing more to do: it answers since it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget it."""
        self.close()

    def __repr__(self) -> str:
        """Say where it is."""
        return f"<PerplexityMock {self.url}, edition {self.edition}, seed {self.seed}>"
