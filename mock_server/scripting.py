"""Let a stub answer a call in place of the world, or change what the world answers."""

from __future__ import annotations

from collections.abc import Callable

from mock_server import redaction, wire
from mock_server.call import Call, Reply, Stream
from mock_server.contract.bodies import Body, given
from mock_server.contract.document import mapping
from mock_server.errors import ApiError
from mock_server.facts import merge_patch
from mock_server.faults.model import Effects
from mock_server.gates.faults import meet
from mock_server.jsontypes import JSONObject
from mock_server.streaming import agent_events
from mock_server.stubs.asked import Asked
from mock_server.stubs.model import Answer, Streamed
from mock_server.world.scripts import Script

World = Callable[[Call, Body], Reply]
_OK = 200
_NAMED = frozenset({"create_agent", "retrieve_agent"})


def answer(call: Call, body: Body, world: World) -> Reply:
    """Answer a call as the stubs of its lane say, or as the world does where none fits.

    Args:
        call: The call, which keeps the contract so far.
        body: Its body.
        world: What answers without stubs.

    Raises:
        ApiError: No stub fits and the lane is strict, a sequence is over, or the world refuses.
    """
    asked = _asked(call)
    chosen = call.lane.stubs.choose(asked)
    if chosen is None:
        if call.lane.stubs.strict:
            raise _unmatched(call, asked)
        return world(call, body)
    call.stub = chosen.stub
    call.unchecked = call.unchecked or not chosen.check
    if chosen.world:
        return world(call, body)
    if chosen.answer is None:
        raise _refused(call, "stub_sequence_is_over", {"stub": chosen.stub})
    headers = given(chosen.answer.headers)
    if headers is not None and chosen.answer.kind != "status":
        call.spoiled = (Effects(headers=headers),)
    return _KINDS[chosen.answer.kind](call, body, chosen.answer, world)


def _asked(call: Call) -> Asked:
    operation = call.operation
    path = operation.path.format_map(call.path) if call.path else operation.path
    content: JSONObject = call.content or {**call.query}
    key = redaction.name_of(call.key) if call.key else ""
    return Asked(operation.handler, operation.id, path, content, call.headers, key)


def _unmatched(call: Call, asked: Asked) -> ApiError:
    """Say which stub came nearest."""
    nearest = call.lane.stubs.nearest(asked)
    said = "There are no stubs" if nearest is None else nearest.text
    return _refused(call, "no_stub_matched", {"endpoint": f"{call.operation.method} {asked.path}", "nearest": said})


def _refused(call: Call, name: str, facts: dict[str, object]) -> ApiError:
    """Refuse with an error that is the fake's own, which the contract of no operation declares."""
    call.unchecked = True
    return ApiError(name, facts=facts)


def _body(call: Call, body: Body, said: Answer, world: World) -> Reply:
    """Answer with a whole body. The world is asked only where a stream has to be made of it, and nothing is kept."""
    content: JSONObject = {**(given(said.body) or {})}
    status = said.status if isinstance(said.status, int) else _OK
    if status != _OK or not _streamed(call):
        return Reply(content, status=status)
    reply = _unkept(call, body, world)
    reply.body = content
    return reply


def _unkept(call: Call, body: Body, world: World) -> Reply:
    """Ask the world, and leave no trace of it: neither in the account nor in what faults still have to do."""
    owner, amendments = call.owner, call.amendments
    call.account = owner.understudy()
    try:
        return world(call, body)
    finally:
        call.account, call.amendments = owner, amendments


def _streamed(call: Call) -> bool:
    """Whether a stream is asked for."""
    response = call.operation.responses.get(_OK)
    if response is None or response.event_schema is None:
        return False
    return response.json_schema is None or call.content.get("stream") is True


def _patch(call: Call, body: Body, said: Answer, world: World) -> Reply:
    """Lay a patch over what the world says, and over what it keeps of that, such as a run of the Agent API."""
    patch: JSONObject = {**(given(said.patch) or {})}

    def lay(said: JSONObject) -> JSONObject:
        return mapping(merge_patch(said, patch))

    call.amendments = (lay, *call.amendments)
    reply = world(call, body)
    if lay not in call.amendments:  # it was laid over what is kept; what is sent may say how far that is
        reply.body = lay(reply.body)
    return reply


def _text(call: Call, body: Body, said: Answer, world: World) -> Reply:
    citations = given(said.citations)
    call.scripted = Script(given(said.text) or "", None if citations is None else tuple(citations))
    return world(call, body)


def _stream(call: Call, body: Body, said: Answer, world: World) -> Reply:
    stream = given(said.stream) or Streamed(deltas=[""])
    frames, deltas, citations = given(stream.frames), given(stream.deltas), given(said.citations)
    if frames is not None:
        payloads = [frame.encode() if isinstance(frame, str) else wire.dumps(frame) for frame in frames]
        return Reply({}, streamed=lambda _: _framed(call, payloads, done=given(stream.done) or False))
    pieces = tuple(deltas or ())
    call.scripted = Script("".join(pieces), None if citations is None else tuple(citations), pieces)
    return world(call, body)


def _framed(call: Call, payloads: list[bytes], *, done: bool) -> Stream:
    """Make a stream of frames, whose events have names where the operation's have."""
    if call.operation.handler not in _NAMED:
        return Stream(iter(payloads), ping=False, sentinel=done)
    name = agent_events.name_of if call.facts.wire.agent_events == "named" else None
    return Stream(iter(payloads), ping=False, sentinel=done, name=name, line_end=b"\n")


def _fault(call: Call, body: Body, said: Answer, world: World) -> Reply:
    effects = given(said.fault) or Effects(status=500)
    return _struck(call, effects, lambda: world(call, body))


def _status(call: Call, _: Body, said: Answer, __: World) -> Reply:
    status, message, kind = given(said.status), given(said.message), given(said.type)
    headers = given(said.headers)
    if kind is not None and isinstance(status, int):
        call.spoiled = () if headers is None else (Effects(headers=headers),)
        call.unchecked = True
        return Reply({"error": {"message": message or "", "type": kind, "code": status}}, status=status)
    name = status if isinstance(status, str) else None
    number = status if isinstance(status, int) else None
    return _struck(call, Effects(error=name, status=number, message=message, headers=headers), lambda: Reply({}))


def _struck(call: Call, effects: Effects, world: Callable[[], Reply]) -> Reply:
    """Let something go wrong; the world is not asked where nothing of its answer is sent."""
    call.spoiled = (effects,)
    meet(call, call.spoiled)
    answers = effects.status is not None or effects.error is not None or effects.html is not None
    unsent = effects.connection is not None and effects.after is None
    return Reply({}) if answers or unsent else world()


_KINDS: dict[str, Callable[[Call, Body, Answer, World], Reply]] = {
    "body": _body,
    "patch": _patch,
    "text": _text,
    "stream": _stream,
    "fault": _fault,
    "status": _status,
}
