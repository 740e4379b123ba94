"""Agent: tasks that take several steps, at once, as a stream or in the background."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from mock_server.call import Call, Reply, Stream
from mock_server.contract.bodies import AgentRequest, RetrieveAgentQuery, given
from mock_server.errors import ApiError
from mock_server.jsontypes import JSON, JSONObject
from mock_server.operations import agent_bodies, agent_tasks, agent_times
from mock_server.operations.agent_tasks import Who
from mock_server.operations.handler import NoBody
from mock_server.state.jobs import Charge
from mock_server.state.runs import File, Memory, Run
from mock_server.streaming import agent_events
from mock_server.streaming.agent_events import Told
from mock_server.world import tokens
from mock_server.world.agent import work as working
from mock_server.world.agent.task import Task, Work, World

_PREFIX = "resp_"
_ID = re.compile(f"(?:{_PREFIX})?" + r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_NAMED = "named"


def create_agent(call: Call, body: AgentRequest) -> Reply:
    """Answer `POST /v1/agent` (evidence 2.5, 3.5)."""
    moment = _settle(call)
    memory = remembered(call, body)
    doer = agent_tasks.who(call, body)
    task = agent_tasks.task(call, body, doer, memory)
    world = World(call.facts, call.today, call.lane.seed, call.id.encode("ascii"), count(1))
    done = working.work(task, world)
    run = _run(call, body, doer, task, done, moment)
    _keep(call, run, background=bool(body.background))
    if body.stream:
        return _streamed(call, run, moment, usage=_tells_usage(body))
    return Reply(agent_bodies.snapshot(run, moment, call.now))


def retrieve_agent(call: Call, query: RetrieveAgentQuery) -> Reply:
    """Answer `GET /v1/agent/{id}`."""
    moment = _settle(call)
    run = _found(call)
    call.unchecked = call.unchecked or run.unchecked
    if not query.stream:
        return Reply(agent_bodies.snapshot(run, moment, call.now))
    after = given(query.starting_after)
    return _streamed(call, run, moment, after=-1 if after is None else after)


def cancel_agent(call: Call, _: NoBody) -> Reply:
    """Answer `POST /v1/agent/{id}/cancel`; a rule refuses what has ended and what never was (evidence 4.3)."""
    moment = _settle(call)
    name = _name(call)
    run = call.owner.runs.find(name, call.edition.name)
    if run is not None:
        run.cancel(moment, call.facts.agent.background.cancelling)
    return Reply({"response_id": name, "status": "cancelling"})


def is_terminal(call: Call) -> bool:
    """Whether a path names a run that cannot be cancelled; an id of another form names none."""
    name = call.path["id"]
    if not _ID.fullmatch(name):
        return False
    run = call.owner.runs.find(_whole(name), call.edition.name)
    return run is None or not run.runs(call.lane.clock.now())


def list_agent_files(call: Call, _: NoBody) -> Reply:
    """Answer `GET /v1/agent/{id}/files`; a run that still works has shared none."""
    moment = _settle(call)
    run = _found(call)
    files: list[JSON] = [_file(run, file) for file in _files(run, moment)]
    return Reply({"data": files, "object": "list"})


def download_agent_file(call: Call, _: NoBody) -> Reply:
    """Answer `GET /v1/agent/{id}/files/{file_id}/content`."""
    moment = _settle(call)
    run = _found(call)
    found = next((file for file in _files(run, moment) if file.id == call.path["file_id"]), None)
    if found is None and not call.lenient:
        raise ApiError("not_found")
    return Reply({}, file=b"" if found is None else found.content)


def remembered(call: Call, body: AgentRequest) -> Memory | None:
    """What a task knows of the run that it goes on from; nothing where it goes on from none that is known."""
    name = given(body.previous_response_id)
    if name is None:
        return None
    run = call.owner.runs.continued(name, call.edition.name, call.lane.clock.now())
    return None if run is None else run.memory


def _settle(call: Call) -> float:
    """Bill what has ended; returns the moment that this was done at."""
    moment = call.lane.clock.now()
    call.owner.settle(moment)
    return moment


def _run(call: Call, body: AgentRequest, doer: Who, task: Task, done: Work, moment: float) -> Run:
    begun = agent_bodies.opening(call, body, doer)
    begins, ends = agent_times.span(call, done.text, moment) if body.background else (moment, moment)
    earlier = remembered(call, body)
    return Run(
        id=_PREFIX + call.id,
        edition=call.edition.name,
        opening=begun,
        body=_amended(call, agent_bodies.ended(call, begun, body, doer, done)),
        stored=body.store,
        created_at=call.now,
        begins=begins,
        ends=ends,
        memory=Memory(
            task.question,
            {**(earlier.calls if earlier else {}), **done.pending},
            task.history + task.prompt + tokens.count(done.text),
        ),
        charge=Charge(
            (call.today.isoformat(), doer.model, call.endpoint), done.tokens.input, done.tokens.output, done.cost
        ),
        files=tuple(File(file.id, file.filename, file.content) for file in done.files),
        pieces=() if call.scripted is None else call.scripted.pieces,
        unchecked=call.unchecked,
    )


def _amended(call: Call, body: JSONObject) -> JSONObject:
    """Let stubs and faults change how a run ends, so that whoever reads it again reads the same."""
    for amend in call.amendments:
        body = amend(body)
    call.amendments = ()
    return body


def _keep(call: Call, run: Run, *, background: bool) -> None:
    """Keep a run, and bill it: at once, or when it has ended."""
    call.owner.runs.put(run)
    if not background:
        call.owner.settle(run.ends)


def _streamed(call: Call, run: Run, moment: float, *, after: int = -1, usage: bool = True) -> Reply:
    """Tell a run as a stream; one that still works is told as it goes, and no faster."""
    told = Told(run.opening, run.body, usage, run.pieces, _stopped(call, run))
    if next(agent_events.payloads(told, after=after), None) is None:
        raise ApiError("expired_cursor", facts={"after": after})
    if run.runs(moment):
        frames = sum(1 for _ in agent_events.payloads(told, after=after))
        call.habits = replace(call.habits, pace=agent_times.pace(run, moment, call.habits.pace, frames))

    def stream(body: JSONObject) -> Stream:
        return Stream(
            payloads=agent_events.payloads(replace(told, body=body), after=after),
            ping=False,
            sentinel=False,
            name=agent_events.name_of if call.facts.wire.agent_events == _NAMED else None,
            line_end=b"\n",
        )

    return Reply(run.body, streamed=stream)


def _stopped(call: Call, run: Run) -> Callable[[], JSONObject | None]:
    """What a stream asks before each event: the body of the run, once it was cancelled."""

    def stopped() -> JSONObject | None:
        if run.stops is None:
            return None
        moment = call.lane.clock.now()
        return None if run.runs(moment) else agent_bodies.snapshot(run, moment, call.now)

    return stopped


def _tells_usage(body: AgentRequest) -> bool:
    options = given(body.stream_options)
    return options is None or options.include_usage


def _name(call: Call) -> str:
    """The id in the path; raises `ApiError` where it has another form."""
    name = call.path["id"]
    if _ID.fullmatch(name):
        return _whole(name)
    if call.lenient:
        return _PREFIX + call.id
    raise ApiError("invalid_response_id")


def _whole(name: str) -> str:
    """The id that a path means, which may have the UUID alone."""
    return _PREFIX + name.removeprefix(_PREFIX)


def _found(call: Call) -> Run:
    """The run that a path names; raises `ApiError` where there is none of this account that can be retrieved."""
    name = _name(call)
    run = call.owner.runs.find(name, call.edition.name)
    if run is not None:
        return run
    if call.lenient:
        return _nobodys(call, name)
    raise ApiError("not_found")


def _nobodys(call: Call, name: str) -> Run:
    """A run that nobody made, for clients whose tests ask for one."""
    body = AgentRequest.model_construct(input=name)
    doer = agent_tasks.who(call, body)
    task = agent_tasks.task(call, body, doer, None)
    world = World(call.facts, call.today, call.lane.seed, call.id.encode("ascii"), count(1))
    run = _run(call, body, doer, task, working.work(task, world), 0.0)
    return replace(run, id=name, opening={**run.opening, "id": name}, body={**run.body, "id": name})


def _files(run: Run, moment: float) -> tuple[File, ...]:
    return () if run.runs(moment) or run.stops is not None else run.files


def _file(run: Run, file: File) -> JSONObject:
    return {
        "bytes": len(file.content),
        "created_at": run.created_at,
        "filename": file.filename,
        "id": file.id,
        "object": "file",
    }
