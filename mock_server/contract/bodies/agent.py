"""The body of a task for an agent, and how a stored answer is read again."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.agent_input import AgentInputItem, AgentResponseFormat
from mock_server.contract.bodies.agent_tools import AgentForcedTool, AgentSkill, AgentTool
from mock_server.contract.bodies.scalars import (
    JSON_INTEGER,
    QUERY_BOOLEAN,
    QUERY_INTEGER,
    AgentModel,
    AgentPreset,
    Body,
    NonEmptyText,
    StrictBody,
)

Million = Annotated[int, Field(ge=1, le=1_000_000), JSON_INTEGER]


class AgentProfile(StrictBody):
    """A saved configuration."""

    type: Literal["custom"]
    id: Annotated[str, Field(min_length=1, max_length=128)]
    version: Annotated[str, Field(max_length=128)] | MISSING = MISSING


class AgentReasoning(StrictBody):
    """How much to think."""

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | MISSING = MISSING


class AgentStreamOptions(StrictBody):
    """What a stream tells."""

    include_usage: bool = True


class AgentRequest(StrictBody):
    """A task for an agent."""

    input: NonEmptyText | Annotated[list[AgentInputItem], Field(min_length=1, max_length=10_000)]
    model: AgentModel | MISSING = MISSING
    models: Annotated[list[AgentModel], Field(min_length=1, max_length=5)] | MISSING = MISSING
    preset: AgentPreset | MISSING = MISSING
    effort: AgentPreset | MISSING = MISSING
    profile: AgentProfile | MISSING = MISSING
    instructions: str | MISSING = MISSING
    tools: Annotated[list[AgentTool], Field(max_length=128)] | MISSING = MISSING
    tool_choice: Literal["none", "auto", "required"] | AgentForcedTool | MISSING = MISSING
    parallel_tool_calls: bool = True
    max_output_tokens: Million | MISSING = MISSING
    max_steps: Million | MISSING = MISSING
    max_tool_calls: Annotated[int, Field(ge=0, le=1_000_000), JSON_INTEGER] | MISSING = MISSING
    reasoning: AgentReasoning | MISSING = MISSING
    response_format: AgentResponseFormat | MISSING = MISSING
    background: bool | None = False
    store: bool = True
    stream: bool = False
    stream_options: AgentStreamOptions | MISSING = MISSING
    previous_response_id: Annotated[str, Field(min_length=1, max_length=200)] | MISSING = MISSING
    metadata: Annotated[dict[str, Annotated[str, Field(max_length=512)]], Field(max_length=16)] | MISSING = MISSING
    skills: Annotated[list[AgentSkill], Field(max_length=16)] | MISSING = MISSING
    temperature: Annotated[float, Field(ge=0, le=2)] | MISSING = MISSING
    top_p: Annotated[float, Field(ge=0, le=1)] | MISSING = MISSING
    truncation: Literal["auto", "disabled"] | MISSING = MISSING
    language_preference: Annotated[str, Field(min_length=1, max_length=64)] | MISSING = MISSING
    prompt_cache_key: Annotated[str, Field(max_length=512)] | MISSING = MISSING
    service_tier: Literal["auto", "default", "flex", "priority", "fast"] | MISSING = MISSING
    step_budget_reminder: bool | MISSING = MISSING


class RetrieveAgentQuery(Body):
    """How a stored answer is read: whole, or as the rest of its stream."""

    stream: Annotated[bool, QUERY_BOOLEAN] = False
    starting_after: Annotated[int, Field(ge=0, le=1_000_000_000), QUERY_INTEGER] | MISSING = MISSING
