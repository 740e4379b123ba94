"""What tasks for an agent are tried on, and how its streams are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from hypothesis import strategies as st

from tests.strategies import RECENCIES, domains, questions

if TYPE_CHECKING:
    import httpx

AGENT = "/v1/agent"
PRESETS = ["fast", "low", "medium", "high", "xhigh", "fast-search", "pro-search", "deep-research"]
MODELS = ["openai/gpt-6-luna", "openai/gpt-5.6-luna", "perplexity/sonar", "google/gemini-3.5-flash", "xai/grok-4.7"]
WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
}
"""A function that a question about the weather calls."""

searches = st.fixed_dictionaries(
    {"type": st.just("web_search")},
    optional={
        "max_results": st.integers(1, 20),
        "search_context_size": st.sampled_from(["low", "medium", "high"]),
        "search_type": st.sampled_from(["web", "fast"]),
        "max_tokens": st.integers(1, 3000),
        "filters": st.fixed_dictionaries(
            {},
            optional={
                "search_recency_filter": st.sampled_from(RECENCIES),
                "search_domain_filter": st.lists(domains, min_size=1, max_size=3),
            },
        ),
    },
)
tools = st.one_of(
    searches,
    st.fixed_dictionaries({"type": st.just("fetch_url")}, optional={"max_urls": st.integers(1, 10)}),
    st.sampled_from([{"type": "people_search"}, {"type": "finance_search"}, {"type": "image_search"}]),
    st.just({"type": "mcp", "server_label": "a", "server_url": "https://a.example/mcp"}),
)
tasks = st.builds(
    lambda question, who, more: {"input": question, **who, **more},
    questions,
    st.one_of(
        st.sampled_from(PRESETS).map(lambda name: {"preset": name}),
        st.sampled_from(MODELS).map(lambda name: {"model": name}),
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "tools": st.lists(tools, max_size=3, unique_by=lambda tool: tool["type"]),
            "instructions": st.sampled_from(["Be brief.", ""]),
            "max_output_tokens": st.integers(1, 400),
            "max_steps": st.integers(1, 12),
            "max_tool_calls": st.integers(0, 5),
            "reasoning": st.sampled_from([{"effort": "none"}, {"effort": "high"}, {}]),
        },
    ),
)
"""Tasks that are of the form and keep all rules."""


def events(answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, as names (empty where they have none) and data."""
    assert answer.status_code == 200, answer.text
    assert answer.text.endswith("\n\n")
    found = []
    for block in answer.text.split("\n\n")[:-1]:
        lines = block.split("\n")
        name = lines[0].removeprefix("event: ") if lines[0].startswith("event: ") else ""
        assert lines[-1].startswith("data: ")
        found.append((name, orjson.loads(lines[-1].removeprefix("data: "))))
    return found


def said(body: Any) -> str:
    """What an answer's messages say."""
    return "".join(part["text"] for item in body["output"] if item["type"] == "message" for part in item["content"])
