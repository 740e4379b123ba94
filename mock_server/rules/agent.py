"""Rules about tasks for an agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mock_server import wire
from mock_server.call import Call
from mock_server.contract.bodies import (
    AgentForcedTool,
    AgentFunctionTool,
    AgentJsonSchemaFormat,
    AgentMcpTool,
    AgentRequest,
    AgentWebSearchFilters,
    AgentWebSearchTool,
    given,
)
from mock_server.jsontypes import JSONObject
from mock_server.operations import agent, agent_input, agent_tasks
from mock_server.operations.handler import NoBody
from mock_server.rules import catalogue
from mock_server.rules.days import filtered
from mock_server.rules.domains import is_domain
from mock_server.rules.rule import Broken, rule
from mock_server.world.agent import functions

_SERVERS = "PPLX-R-AGENT-MCP"
_ANY = frozenset({"none", "auto", "required", "function"})


def who(_: Call, body: AgentRequest) -> Broken | None:
    """Somebody is named."""
    named = (body.model, body.models, body.preset, body.effort, body.profile)
    return None if any(given(name) is not None for name in named) else {}


def profile(_: Call, body: AgentRequest) -> Broken | None:
    """A saved configuration has no other beside it."""
    preset = given(body.preset) or given(body.effort)
    return {} if given(body.profile) is not None and preset is not None else None


def output_cap(call: Call, body: AgentRequest) -> Broken | None:
    """Some models answer only up to a limit that the caller sets."""
    if given(body.max_output_tokens) is not None:
        return None
    names: list[str] = given(body.models) or [given(body.model) or ""]
    return {} if any(name in call.facts.models and call.facts.models[name].needs_output_cap for name in names) else None


def schema_root(_: Call, body: AgentRequest) -> Broken | None:
    """A schema describes an object."""
    schema = _schema(body)
    if schema is None or schema.get("type") == "object":
        return None
    return {"got": schema.get("type", "")}


def schema(call: Call, body: AgentRequest) -> Broken | None:
    """A schema is one, and something meets it."""
    found = _schema(body)
    return None if found is None else _unusable(call, wire.canonical(found))


def previous(call: Call, body: AgentRequest) -> Broken | None:
    """What a task goes on from is there and has ended well."""
    if given(body.previous_response_id) is None:
        return None
    return {} if agent.remembered(call, body) is None else None


def known_call(call: Call, body: AgentRequest) -> Broken | None:
    """Outputs of functions are for calls that there were."""
    memory = agent.remembered(call, body)
    known = agent_input.calls(body).keys() | (memory.calls.keys() if memory else set())
    stray = next((item.call_id for item in agent_input.outputs(body) if item.call_id not in known), None)
    return None if stray is None else {"value": stray}


def function_name(call: Call, body: AgentRequest) -> Broken | None:
    """Names of functions are free, and each is used once."""
    named = [
        (index, tool.name) for index, tool in enumerate(given(body.tools) or ()) if isinstance(tool, AgentFunctionTool)
    ]
    times = Counter(name for _, name in named)
    reserved = call.facts.agent.reserved_names
    for index, name in named:
        if name in reserved or times[name] > 1:
            return {"item": f"tools[{index}]", "value": name}
    return None


def function_schema(call: Call, body: AgentRequest) -> Broken | None:
    """The parameters of functions can be met."""
    for tool in given(body.tools) or ():
        if isinstance(tool, AgentFunctionTool):
            found = _unusable(call, agent_tasks.function_of(tool).parameters)
            if found is not None:
                return found
    return None


def tool_choice(call: Call, body: AgentRequest) -> Broken | None:
    """A tool that is to be used is offered."""
    choice = given(body.tool_choice)
    if not isinstance(choice, AgentForcedTool):
        return None
    tools = given(body.tools) or ()
    wanted: str | None
    offered: set[str]
    if (wanted := given(choice.name)) is not None:
        offered = {tool.name for tool in tools if isinstance(tool, AgentFunctionTool)}
    else:
        wanted = given(choice.type)
        offered = {tool.type for tool in tools} | set(agent_tasks.who(call, body).preset.tools) | _ANY
    return None if wanted in offered else {"value": wire.dumps(call.content["tool_choice"]).decode()}


def servers(_: Call, body: AgentRequest) -> Broken | None:
    """There are not too many MCP servers."""
    count, limit = _labels(body).total(), catalogue.limit(_SERVERS)
    return {"count": count, "limit": limit} if count > limit else None


def labels(_: Call, body: AgentRequest) -> Broken | None:
    """Each MCP server has a label of its own."""
    twice = next((label for label, times in _labels(body).items() if times > 1), None)
    return None if twice is None else {"value": twice}


def domains(_: Call, body: AgentRequest) -> Broken | None:
    """Each domain of a filter is one."""
    for chosen in _searches(body):
        for domain in given(chosen.search_domain_filter) or ():
            if not is_domain(domain.removeprefix("-")):
                return {"value": domain.removeprefix("-")}
    return None


def days(_: Call, body: AgentRequest) -> Broken | None:
    """Each date of a filter names a day that exists."""
    for chosen in _searches(body):
        for field, value in filtered(chosen):
            if agent_tasks.day(value) is None:
                return {"field": field, "value": value}
    return None


def terminal(call: Call, _: NoBody) -> Broken | None:
    """A run can still be cancelled."""
    return {} if agent.is_terminal(call) else None


def _labels(body: AgentRequest) -> Counter[str]:
    return Counter(tool.server_label for tool in given(body.tools) or () if isinstance(tool, AgentMcpTool))


def _searches(body: AgentRequest) -> Iterator[AgentWebSearchFilters]:
    """The filters of the searches that a task may do."""
    for tool in given(body.tools) or ():
        if isinstance(tool, AgentWebSearchTool) and (chosen := given(tool.filters)) is not None:
            yield chosen


def _schema(body: AgentRequest) -> JSONObject | None:
    shape = given(body.response_format)
    return shape.json_schema.schema_ if isinstance(shape, AgentJsonSchemaFormat) else None


def _unusable(call: Call, found: bytes) -> Broken | None:
    try:
        functions.arguments(found, call.lane.seed, ())
    except ValueError:
        return {}
    return None


_BODY = (AgentRequest,)
RULES = (
    rule("PPLX-R-AGENT-TERMINAL", (NoBody,), terminal),
    rule("PPLX-R-AGENT-WHO", _BODY, who),
    rule("PPLX-R-AGENT-PROFILE", _BODY, profile, about=("profile",)),
    rule("PPLX-R-AGENT-OUTPUT-CAP", _BODY, output_cap, about=("model", "models")),
    rule("PPLX-R-AGENT-SCHEMA-ROOT", _BODY, schema_root, about=("response_format",)),
    rule("PPLX-R-AGENT-SCHEMA", _BODY, schema, about=("response_format",)),
    rule("PPLX-R-AGENT-PREVIOUS", _BODY, previous, about=("previous_response_id",)),
    rule("PPLX-R-AGENT-CALL", _BODY, known_call),
    rule("PPLX-R-AGENT-FUNCTION-NAME", _BODY, function_name, about=("tools",)),
    rule("PPLX-R-AGENT-FUNCTION-SCHEMA", _BODY, function_schema, about=("tools",)),
    rule("PPLX-R-AGENT-TOOL-CHOICE", _BODY, tool_choice, about=("tool_choice",)),
    rule(_SERVERS, _BODY, servers, about=("tools",)),
    rule("PPLX-R-AGENT-MCP-LABEL", _BODY, labels, about=("tools",)),
    rule("PPLX-R-AGENT-DOMAIN-NAME", _BODY, domains, about=("tools",)),
    rule("PPLX-R-AGENT-DATE-REAL", _BODY, days, about=("tools",)),
)
