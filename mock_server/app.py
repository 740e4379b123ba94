"""Wiring: contract, handlers and gates make one FastAPI application."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match

from mock_server import delivery, edition, endpoint, refusals, strikes, switches
from mock_server.call import Call, Headers
from mock_server.clock import LaneClock
from mock_server.contract import editions
from mock_server.control.contract import ContractDocument
from mock_server.control.premises import Premises
from mock_server.control.route import Control
from mock_server.edition import Edition
from mock_server.endpoint import Endpoint
from mock_server.errors import ApiError, ClientGoneError, ContractError, NoConnectionError
from mock_server.faults.book import FaultBook
from mock_server.faults.door import Door
from mock_server.gates import body
from mock_server.gates.asgi import App, Receive, Scope, Send, call_of, lane_of, set_call, set_lane
from mock_server.gates.authentication import Authentication
from mock_server.gates.faults import Faults
from mock_server.gates.journal import Recorder, is_own
from mock_server.gates.ratelimit import RateLimit
from mock_server.journal.journal import Journal
from mock_server.limits import plan, terms
from mock_server.limits.limiter import Limiter
from mock_server.scenarios import applying
from mock_server.settings import Settings
from mock_server.state.lane import Lane
from mock_server.state.lanes import DEFAULT, Lanes
from mock_server.streaming import wishes
from mock_server.stubs.book import StubBook
from mock_server.stubs.files import StubSet
from mock_server.stubs.watch import Watch

_LOG = logging.getLogger("pplx_mock")
_PARAMETER = re.compile(r"\{(\w+)\}")
_LANE_PREFIX = "/n/"
_ENDPOINT = "pplx_mock.endpoint"
_NOTHING: dict[str, str] = {}


def create_app(settings: Settings | None = None, *, clock: LaneClock | None = None) -> FastAPI:
    """Make the fake as an ASGI application.

    Args:
        settings: What the user set; the defaults where not given.
        clock: What pacing in the default lane runs on; a clock that runs by itself where not given.

    Raises:
        PplxMockError: The contract, a table or a setting does not fit.
    """
    chosen = settings or Settings()
    house = House(chosen, clock)
    app = _Application(openapi_url=None, docs_url=None, redoc_url=None)
    app.house = house
    app.state.door = house.door
    app.state.stubs = house.stubs
    app.router.routes[:] = [*house.routes(), ContractDocument(), Control(Premises(house.lanes, chosen))]
    app.router.default = _not_found
    app.router.redirect_slashes = False
    return app


class _Application(FastAPI):
    """FastAPI without middleware: gates refuse and report, so nothing is left for it to do."""

    house: House

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the lane, then the route: paths without parameters by their name, all else by FastAPI's router."""
        if scope["type"] != "http":
            await self.router(scope, receive, send)
            return
        path: str = scope["path"]
        lanes = self.house.lanes
        lane = lanes.default
        set_lane(scope, lane)
        handle = self._static.get(path)
        if handle is None and path.startswith(_LANE_PREFIX):
            name, slash, rest = path.removeprefix(_LANE_PREFIX).partition("/")
            try:
                lane = lanes.of(name)
            except ApiError as error:
                handle = _refuser(error, edition.load(lane.face))
            else:
                scope = {**scope, "path": slash + rest}
                set_lane(scope, lane)
                handle = self._static.get(slash + rest)
        answer = handle or self.router
        if not lane.journal.on or (handle is None and is_own(scope["path"])):
            await answer(scope, receive, send)
            return
        record = Recorder(lane, scope, receive, send)
        try:
            await answer(scope, record.receive, record)
        finally:
            record.close(scope)

    @cached_property
    def _static(self) -> dict[str, App]:
        return {route.path: route.handle for route in self.routes if isinstance(route, ContractRoute) and route.static}


class House:
    """The editions of one server with their endpoints, and its lanes."""

    def __init__(self, settings: Settings, clock: LaneClock | None = None) -> None:
        self.settings = settings
        self._clock = clock
        self._choices = switches.chosen(settings.conflicts)
        self._face = switches.key(settings.edition, self._choices)
        self._habits = wishes.of_settings(settings, edition.load(self._face).facts)
        self._targets = plan.targets(self.base.facts, frozenset(self.base.operations))
        self._terms = terms.of_settings(settings, self._targets)
        self._faults = applying.faults_of(settings)
        applying.check(settings)
        self.door = Door()
        self.stubs = self._watch(settings.stubs) if settings.stubs else None
        self.lanes = Lanes(self._lane)
        self._endpoints: dict[str, dict[str, dict[str, Endpoint]]] = {}
        self.endpoints(self.lanes.default.face)

    def _lane(self, name: str) -> Lane:
        """Make a lane as the settings say."""
        chosen = self.settings
        limiter = Limiter(self._terms, targets=self._targets, retry_after=chosen.retry_after)
        lane = Lane(
            name=name,
            seed=chosen.seed,
            edition=chosen.edition,
            habits=self._habits,
            clock=self._clock_of(name),
            limiter=limiter,
            faults=FaultBook(self._faults),
            door=self.door,
            choices=self._choices,
            journal=Journal(chosen.journal_entries),
            stubs=self._stubs(),
        )
        for scenario in chosen.scenario:
            applying.apply(lane, scenario)
        return lane

    def _stubs(self) -> StubBook:
        """The stubs that a lane begins with."""
        book = StubBook(strict=self.settings.strict)
        if self.stubs is not None:
            self.stubs.stubs.fill(book)
        return book

    def _watch(self, place: str) -> Watch:
        return Watch(Path(place), edition.load(self._face), self._take)

    def _take(self, stubs: StubSet) -> None:
        """Give all lanes the stubs of the files as they are now."""
        for lane in self.lanes:
            stubs.fill(lane.stubs)

    def _clock_of(self, name: str) -> LaneClock | None:
        """A clock that was given is the default lane's; the others get one of their own that begins as it is."""
        given = self._clock
        return given if given is None or name == DEFAULT else LaneClock(given.mode)

    @cached_property
    def base(self) -> Edition:
        """The edition that the others are laid over."""
        return edition.load(editions.COMPLETE)

    def endpoints(self, key: str) -> dict[str, dict[str, Endpoint]]:
        """The endpoints of an edition by path and method; bound on first use."""
        found = self._endpoints.get(key)
        if found is None:
            bound = endpoint.bind(
                edition.load(key),
                self.base,
                rules_off=self.settings.rules_off,
                lenient=self.settings.validation == "lenient",
            )
            found = {}
            for one in bound.values():
                found.setdefault(one.operation.path, {})[one.operation.method] = one
            self._endpoints[key] = found
        return found

    def routes(self) -> Sequence[BaseRoute]:
        """A route for each path, those without parameters first; an edition may take paths away, not add any."""
        widest = edition.load(switches.key(editions.COMPLETE, self._choices))
        paths = dict.fromkeys(operation.path for operation in widest.operations.values())
        return [ContractRoute(path, self) for path in sorted(paths, key=lambda path: "{" in path)]


class ContractRoute(APIRoute):
    """A path of the contract: finds edition and operation, sends the call through the gates, sends the reply.

    It stands in for FastAPI's own handling of a request, so that a body is parsed, validated and serialised once.
    """

    def __init__(self, path: str, house: House) -> None:
        super().__init__(path, _placeholder)
        self._house = house
        self.static = "{" not in path
        # A parameter takes slashes too: model ids have them, and servers decode %2F before the path arrives here.
        self._pattern = re.compile(_PARAMETER.sub(r"(?P<\1>.+)", path), re.DOTALL)
        self._gates: App = Authentication(RateLimit(Faults(self._answer, strikes.strike, _refuse_call)))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path alone; what a method may do there is the edition's business."""
        if scope["type"] != "http":
            return Match.NONE, {}
        if self.static:
            return (Match.FULL, {}) if scope["path"] == self.path else (Match.NONE, {})
        match = self._pattern.fullmatch(scope["path"])
        return (Match.FULL, {"path_params": match.groupdict()}) if match else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever goes wrong, the client gets the envelope of an error."""
        headers: Headers = dict(scope["headers"])
        house, lane = self._house, lane_of(scope)
        try:
            face = edition.requested(headers, lane.face)
        except ApiError as error:
            await _refuse(error, edition.load(lane.face), send)
            return
        methods = house.endpoints(face.key).get(self.path)
        if methods is None:
            await _not_found(scope, receive, send)
            return
        found = methods.get(scope["method"])
        if found is None:
            await _refuse(ApiError("method_not_allowed", allow=tuple(sorted(methods))), face, send)
            return
        path = scope.get("path_params", _NOTHING)
        call = Call(face, found.operation, lane, headers, path, lenient=found.lenient)
        if scope["query_string"]:
            call.query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        await self._run(call, found, scope, receive, send)

    async def _run(self, call: Call, found: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_ENDPOINT] = found
        set_call(scope, call)
        try:
            await self._gates(scope, receive, send)
        except ApiError as error:
            await _refuse_call(call, error, receive, send)
        except ClientGoneError:
            return
        except NoConnectionError:
            raise
        except Exception as error:  # noqa: BLE001  # the border
            # A mistake of the fake's own must neither reach a client as a traceback nor stop the server.
            _LOG.error("%s failed: %s: %s", call.operation.endpoint, type(error).__name__, error)
            _LOG.debug("the traceback", exc_info=error)
            await _refuse(_mishap(call, error), call.edition, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stand behind the last gate."""
        call = call_of(scope)
        found: Endpoint = scope[_ENDPOINT]
        raw = call.raw
        if raw is None:
            raw = await body.read(call, receive) if found.operation.body is not None else b""
        reply = found.answer(call, raw)
        there = await strikes.strike(call, call.spoiled, receive, send) if call.spoiled else send
        if there is not None:
            await delivery.send_reply(call, reply, receive, there)


def _mishap(call: Call, error: Exception) -> ApiError:
    """Say what went wrong where a stub did it; the fake's own mistakes are nothing that a client could mend."""
    if call.stub and isinstance(error, delivery.BrokenContractError):
        reason = str(error)
    elif call.stub and call.unchecked and isinstance(error, ContractError | LookupError | TypeError):
        reason = "No stream can be made of it."
    else:
        return ApiError("internal_error")
    return ApiError("stub_breaks_contract", facts={"stub": call.stub, "edition": call.edition.name, "reason": reason})


async def _placeholder() -> None:
    """Stands where FastAPI wants a function; `ContractRoute.handle` answers instead."""


async def _not_found(scope: Scope, _: Receive, send: Send) -> None:
    """Answer an unknown path as the wire does: 404 without a body (evidence 4.1)."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def _refuser(error: ApiError, face: Edition) -> App:
    """An application that refuses whatever is asked."""

    async def refuse(_: Scope, __: Receive, send: Send) -> None:
        await _refuse(error, face, send)

    return refuse


async def _refuse_call(call: Call, error: ApiError, receive: Receive, send: Send) -> None:
    """Refuse a call."""
    await delivery.send_reply(call, refusals.reply_to(error, call.facts), receive, send)


async def _refuse(error: ApiError, face: Edition, send: Send) -> None:
    """Refuse a request that meets no operation."""
    reply = refusals.reply_to(error, face.facts)
    await delivery.send_envelope(reply, face, send)
