"""The body of an agent's answer: 32 keys in the order of the alphabet, as it stands at each moment of its run."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.contract.bodies import AgentRequest, given
from mock_server.jsontypes import JSON, JSONObject
from mock_server.operations.agent_tasks import Who
from mock_server.state.runs import CANCELLED, QUEUED, RUNNING, Run
from mock_server.world.agent.task import Work

_SECRET = frozenset({"authorization", "headers"})
_STEPS = frozenset({"message", "function_call"})
_UNFINISHED = "default"
_CUT = "max_output_tokens"


def opening(call: Call, body: AgentRequest, doer: Who) -> JSONObject:
    """The body of a run that has done nothing yet: what was asked, said again (evidence 3.5)."""
    reasoning = given(body.reasoning)
    choice = call.content.get("tool_choice", "auto")
    return {
        "background": bool(body.background),
        "completed_at": None,
        "created_at": call.now,
        "error": None,
        "frequency_penalty": 0,
        "id": f"resp_{call.id}",
        "incomplete_details": None,
        "instructions": given(body.instructions),
        "max_output_tokens": given(body.max_output_tokens),
        "max_tool_calls": given(body.max_tool_calls),
        "metadata": dict(given(body.metadata) or {}),
        "model": doer.asked,
        "object": "response",
        "output": [],
        "parallel_tool_calls": body.parallel_tool_calls,
        "presence_penalty": 0,
        "previous_response_id": None,
        "prompt_cache_key": given(body.prompt_cache_key),
        "reasoning": None if reasoning is None else {"effort": given(reasoning.effort), "summary": None},
        "safety_identifier": None,
        "service_tier": _UNFINISHED,
        "status": RUNNING,
        "store": body.store,
        "temperature": _number(given(body.temperature)),
        "text": {"format": {"type": "text"}},
        "tool_choice": choice,
        "tools": _tools(call, ()),
        "top_logprobs": 0,
        "top_p": _number(given(body.top_p)),
        "truncation": given(body.truncation) or "",
        "usage": None,
        "user": None,
    }


def ended(call: Call, begun: JSONObject, body: AgentRequest, doer: Who, work: Work) -> JSONObject:
    """The body of a run that has ended."""
    habits = call.facts.agent
    status = habits.truncated_status if work.cut else habits.pending_status if work.pending else "completed"
    said: JSONObject = {
        "completed_at": call.now if status == "completed" else None,
        "incomplete_details": {"reason": _CUT} if work.cut else None,
        "model": doer.model,
        "output": [*work.items],
        "service_tier": given(body.service_tier) or doer.preset.service_tier,
        "status": status,
        "tools": _tools(call, doer.preset.tools),
        "usage": work.usage,
    }
    return {**begun, **said}


def snapshot(run: Run, moment: float, now: int) -> JSONObject:
    """A run's body at a moment of the pacing clock; a background run's dates are written anew on each read."""
    if not run.runs(moment) and run.stops is None:
        return _dated(run.body, now)
    status = run.status(moment)
    said: JSONObject = {"output": [] if status == QUEUED else _done(run, moment), "status": status}
    if status == CANCELLED:
        said["error"] = {"code": CANCELLED, "message": CANCELLED, "type": CANCELLED}
        said["incomplete_details"] = {"reason": CANCELLED}
    return _dated({**run.opening, **said}, now)


def _dated(body: JSONObject, now: int) -> JSONObject:
    if body.get("background") is not True:
        return body
    return {**body, "created_at": now, "completed_at": None if body.get("completed_at") is None else now}


def _done(run: Run, moment: float) -> list[JSON]:
    """The steps that a run has done; the message comes with the end."""
    output = run.body.get("output")
    steps = (
        [item for item in output if isinstance(item, dict) and item.get("type") not in _STEPS]
        if isinstance(output, list)
        else []
    )
    return [*steps[: int(run.share(moment) * (len(steps) + 1))]]


def _tools(call: Call, bundled: tuple[str, ...]) -> list[JSON]:
    """The tools as they were sent, the type in front and no secrets, then those of the preset."""
    sent = call.content.get("tools")
    listed = [tool for tool in sent if isinstance(tool, dict)] if isinstance(sent, list) else []
    told: list[JSON] = [
        {"type": tool["type"], **{key: tool[key] for key in tool if key != "type" and key not in _SECRET}}
        for tool in listed
        if "type" in tool
    ]
    types = {tool.get("type") for tool in listed}
    told += [{"type": name} for name in bundled if name not in types]
    return told


def _number(value: float | None) -> int | float:
    """A number as it is written: 1 and not 1.0."""
    return 1 if value is None else int(value) if value == int(value) else value
