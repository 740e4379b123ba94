"""Agent: what it refuses, with which words, and what it takes though documents say otherwise."""

from __future__ import annotations

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.meaning.agent import AGENT, NEWER, bare, task
from contract_tests.meaning.errors import kind_of
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS
from mock_server.jsontypes import JSON, JSONObject


def in_words(probe: Probe, answer: Answer, error: str) -> str:
    """Demand the type and the words that the table has for an error, up to the first that depend on the request.

    A refusal may say more. Returns its message.
    """
    entry = probe.facts.errors[error]
    message = kind_of(probe, answer, entry.type)
    words = entry.message.partition("{")[0]
    probe.require(words in message, f"a message that says {words!r}", message, line=entry.provenance.source)
    return message


def refused(probe: Probe, error: str, question: JSON = "bees", **fields: JSON) -> str:
    """Demand that a task is refused; returns the message."""
    return in_words(probe, probe.call(AGENT, task(question, **fields), status=400), error)


@check("PPLX-AGENT-401", "A field that nobody knows is refused, with its name as param.", basis="docs",
       source="evidence 4.1, 4.3, 8.1", operations=(AGENT,), quick=4, full=4, cost="0")  # fmt: skip
def unknown_fields(probe: Probe) -> None:
    nested: list[tuple[JSON, JSONObject]] = [
        ("bees", {"tools": [{"type": "web_search", "made_up": 1}]}),
        ([{"role": "user", "content": "bees", "made_up": 1}], {}),
        ("bees", {"reasoning": {"made_up": 1}}),
    ]
    asked: list[tuple[JSON, JSONObject]] = [("bees", {"made_up": 1}), *([] if probe.target.charges else nested)]
    for question, fields in asked:
        answer = probe.call(AGENT, task(question, **fields), status=400)
        message = in_words(probe, answer, "unknown_field")
        probe.require("made_up" in message, "a message that names the field", message)
        param = reading.at(answer.object, "error", "param")
        probe.require(param == "made_up", "the field's name as param", param)


@check("PPLX-AGENT-402", "No input and no steps are refused.", basis="wire", source="evidence 4.3", operations=(AGENT,),
       quick=4, full=4, cost="0")  # fmt: skip
def nothing_to_do(probe: Probe) -> None:
    refused(probe, "input_empty", "")
    refused(probe, "input_array_empty", [])
    refused(probe, "too_few_steps", max_steps=0)
    body = {name: value for name, value in task("bees").items() if name != "input"}
    kind_of(probe, probe.call(AGENT, body, status=400), "invalid_request")


@check("PPLX-AGENT-403", "A model that is not served, and a task for nobody, are refused.", basis="wire",
       source="evidence 4.3, 7.2, 7.3", operations=(AGENT,), quick=4, full=4, cost="0")  # fmt: skip
def nobody_to_do_it(probe: Probe) -> None:
    for name in ("sonar-pro", "perplexity/sonar-pro"):
        message = refused(probe, "unsupported_model", model=name)
        probe.require(f'"{name}"' in message, "a message that quotes the model", message)
    message = refused(probe, "unsupported_model", models=[bare(probe), "no-such-model"])
    probe.require('"no-such-model"' in message, "a message that quotes the model", message)
    kind_of(probe, probe.call(AGENT, {"input": "bees"}, status=400), "invalid_request")


@check("PPLX-AGENT-404", "A model that needs a bound on its output is refused without one.", basis="wire",
       source="evidence 4.3", operations=(AGENT,), quick=1, full=1, cost="0")  # fmt: skip
def bound_is_required(probe: Probe) -> None:
    name = next(name for name in probe.facts.listed if probe.facts.models[name].needs_output_cap)
    refused(probe, "output_cap_required", model=name)


@check("PPLX-AGENT-405", "A shape without a schema, or with one that cannot be met, is refused.", basis="wire",
       source="evidence 4.3", operations=(AGENT,), quick=3, full=3, cost="0")  # fmt: skip
def unusable_shapes(probe: Probe) -> None:
    refused(probe, "json_schema_required", response_format={"type": "json_schema"})
    wrong: list[tuple[str, JSONObject]] = [
        ("schema_root_is_no_object", {"type": "array", "items": {"type": "string"}}),
        ("invalid_agent_request", {"type": "object", "properties": {"a": {"type": "bogus"}}}),
    ]
    for error, schema in wrong:
        shape: JSON = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        refused(probe, error, response_format=shape)


@check("PPLX-AGENT-406", "A recency that is none is refused, and the message says where and which there are.",
       basis="wire", source="evidence 4.3", operations=(AGENT,), quick=1, full=1, cost="0")  # fmt: skip
def unknown_recency(probe: Probe) -> None:
    tool: JSONObject = {"type": "web_search", "filters": {"search_recency_filter": "decade"}}
    message = refused(probe, "bad_recency", tools=[tool])
    words = ("tools[0]", "search recency filter must be one of: hour day week month year")
    probe.require(all(word in message for word in words), "a message with the place and the choices", message)


@check("PPLX-AGENT-407", "Too many domains, one that is none, and a day that does not exist are refused.", basis="docs",
       source="evidence 8.2", operations=(AGENT,), quick=3, full=3, targets=("fake", "url"), cost="0")  # fmt: skip
def unusable_filters(probe: Probe) -> None:
    many: list[JSON] = [f"site{number}.example" for number in range(21)]
    wrong: list[JSONObject] = [
        {"search_domain_filter": many},
        {"search_domain_filter": ["cz"]},
        {"search_after_date_filter": "2/30/2025"},
    ]
    for filters in wrong:
        probe.call(AGENT, task("bees", tools=[{"type": "web_search", "filters": filters}]), status=400)


@check("PPLX-AGENT-408", "An answer that nobody gave cannot be gone on from.", basis="wire", source="evidence 4.3",
       operations=(AGENT,), quick=1, full=1, cost="0")  # fmt: skip
def unknown_previous(probe: Probe) -> None:
    refused(probe, "invalid_agent_request", previous_response_id="resp_00000000-0000-4000-8000-000000000000")


@check("PPLX-AGENT-409", "Mixed domain filters, ISO dates and more than 100 steps are taken, whatever documents say.",
       basis="wire", source="evidence 4.3, 12.2 point 8", operations=(AGENT,), quick=3, full=3, cost="0.005",
       editions=NEWER)  # fmt: skip
def beyond_documents(probe: Probe) -> None:
    taken: list[JSONObject] = [
        {"tools": [{"type": "web_search", "filters": {"search_domain_filter": ["nasa.gov", "-reddit.com"]}}]},
        {"tools": [{"type": "web_search", "filters": {"search_after_date_filter": "2025-03-01"}}]},
        {"max_steps": 101},
    ]
    for fields in taken:
        probe.call(AGENT, task(QUESTIONS[6], **fields))


@check("PPLX-AGENT-410", "Values out of range or of another type are refused.", basis="spec", source="evidence 1.4",
       operations=(AGENT,), quick=8, full=8, cost="0")  # fmt: skip
def out_of_range(probe: Probe) -> None:
    many: JSONObject = {f"key{number}": "value" for number in range(17)}
    newer: list[JSONObject] = [{"temperature": 2.5}, {"top_p": 1.5}, {"metadata": many}, {"max_tool_calls": -1}]
    wrong: list[JSONObject] = [
        {"input": 5}, {"max_output_tokens": 0}, {"stream": "yes"}, {"tools": [{"type": "no_such_tool"}]},
    ]  # fmt: skip
    for fields in [*wrong, *(newer if probe.target.edition.name in NEWER else [])]:
        kind_of(probe, probe.call(AGENT, {**task("bees"), **fields}, status=400), "invalid_request")


@check("PPLX-AGENT-411", "A function cannot have a built-in tool's name, nor two of them the same.", basis="docs",
       source="github.com/perplexityai/api-platform-developers references/integration-styles.md", operations=(AGENT,),
       quick=2, full=2, targets=("fake", "url"), cost="0")  # fmt: skip
def function_names(probe: Probe) -> None:
    for names in (["web_search"], ["twice", "twice"]):
        tools: list[JSON] = [{"type": "function", "name": name} for name in names]
        refused(probe, "reserved_function_name", tools=tools)


@check("PPLX-AGENT-412", "A function's output is for a call that there was, in this account.", basis="design",
       source="design 7", operations=(AGENT,), quick=1, full=1, targets=("fake",))  # fmt: skip
def stray_outputs(probe: Probe) -> None:
    output: JSON = [{"type": "function_call_output", "call_id": "call_of_nobody", "output": "21"}]
    refused(probe, "unknown_call", output)
