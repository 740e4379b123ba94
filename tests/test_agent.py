"""The Agent API at once: who answers, with which tools, in which body, at what cost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agent_strategies import AGENT, WEATHER, said, tasks
from tests.conftest import refusal_of
from tests.strategies import FACTS
from tests.test_agent_evidence import CONSTANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

BEES = "How do bees find their way home?"
LUNA = "openai/gpt-5.6-luna"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TOOLS = ["web_search", "image_search", "people_search", "finance_search", "sandbox", "mcp"]
ITEMS = {
    "web_search": ["search_results"],
    "image_search": ["image_search_results"],
    "people_search": ["people_search_results"],
    "finance_search": ["finance_results"],
    "sandbox": ["sandbox_results", "share_file"],
    "mcp": ["mcp_list_tools", "mcp_call"],
}


def asked(api: Api, question: Any = BEES, **fields: Any) -> Any:
    who = {} if {"model", "models", "preset", "effort", "profile"} & fields.keys() else {"preset": "fast"}
    return api.ask(AGENT, {**who, "input": question, **fields})


def tool(name: str) -> dict[str, Any]:
    more = {"server_label": "a", "server_url": "https://a.example/mcp"} if name == "mcp" else {}
    return {"type": name, **more}


def types(body: Any) -> list[str]:
    return [item["type"] for item in body["output"]]


# The body


def test_the_32_keys_are_there_in_the_order_of_the_alphabet(api: Api) -> None:
    body = asked(api)

    assert [*body] == sorted(CONSTANT)
    assert {key: body[key] for key in ("object", "temperature", "top_p", "truncation", "metadata", "text")} == {
        key: CONSTANT[key] for key in ("object", "temperature", "top_p", "truncation", "metadata", "text")
    }


def test_ids_are_the_vendors_and_the_answers_is_that_of_the_request(api: Api) -> None:
    answer = api.post(AGENT, {"preset": "fast", "input": BEES})
    body = answer.json()

    assert re.fullmatch(f"resp_{UUID}", body["id"])
    assert body["id"] == f"resp_{answer.headers['x-request-id']}"
    assert re.fullmatch(f"msg_{UUID}", body["output"][-1]["id"])


def test_the_same_task_again_has_another_id_and_the_same_words(api: Api) -> None:
    stranger = api.stranger()

    first, second = asked(stranger), asked(stranger)

    assert first["id"] != second["id"]
    assert first["output"][-1]["id"] != second["output"][-1]["id"]
    assert said(first) == said(second)
    assert first["usage"] == second["usage"]


@pytest.mark.parametrize("path", ["/v1/agent", "/v1/responses"])
@pytest.mark.parametrize("edition", ["complete", "2026-07", "2026-10"])
def test_both_paths_answer_in_every_edition(api: Api, edition: str, path: str) -> None:
    assert said(api.edition(edition).ask(path, {"preset": "fast", "input": BEES}))


def test_what_was_asked_is_said_again(api: Api) -> None:
    fields: Any = {
        "instructions": "Be brief.",
        "max_output_tokens": 300,
        "max_tool_calls": 2,
        "metadata": {"team": "bees"},
        "parallel_tool_calls": False,
        "prompt_cache_key": "key",
        "store": False,
        "temperature": 0.5,
        "top_p": 1,
        "truncation": "auto",
        "tool_choice": "auto",
    }

    body = asked(api, **fields, reasoning={"effort": "low"})

    assert {key: body[key] for key in fields} == fields
    assert body["reasoning"] == {"effort": "low", "summary": None}


def test_tools_are_said_again_without_secrets_and_with_those_of_the_preset(api: Api) -> None:
    mcp = {**tool("mcp"), "authorization": "secret", "headers": {"x": "secret"}}
    fetch = {"max_urls": 2, "type": "fetch_url"}

    answer = api.post(AGENT, {"preset": "low", "input": BEES, "tools": [fetch, mcp]})

    assert "secret" not in answer.text
    assert answer.json()["tools"] == [{"type": "fetch_url", "max_urls": 2}, tool("mcp"), {"type": "web_search"}]


# Who answers


@pytest.mark.parametrize(
    ("edition", "preset", "model"),
    [
        ("complete", "fast", "openai/gpt-6-luna"),
        ("2026-10", "fast", "openai/gpt-6-luna"),
        ("2026-07", "fast", "openai/gpt-5.4-mini"),
        ("2026-07", "low", "openai/gpt-5.6-luna"),
    ],
)
def test_a_preset_points_to_the_model_of_its_day(api: Api, edition: str, preset: str, model: str) -> None:
    assert asked(api.edition(edition), preset=preset)["model"] == model


@pytest.mark.parametrize(("older", "name"), FACTS.preset_aliases.items())
def test_an_older_name_of_a_preset_means_the_newer_one(api: Api, older: str, name: str) -> None:
    first, second = asked(api, preset=older), asked(api, preset=name)

    assert said(first) == said(second)
    assert first["usage"] == second["usage"]


def test_a_chain_of_models_wins_over_a_model_and_its_first_answers(api: Api) -> None:
    assert asked(api, models=[LUNA, "xai/grok-4.7"], model="openai/gpt-5")["model"] == LUNA


def test_a_model_beside_a_preset_stands_in_for_its_own(api: Api) -> None:
    body = asked(api, preset="medium", model=LUNA)

    assert body["model"] == LUNA
    assert "search_results" in types(body)


def test_effort_is_the_newer_name_of_preset_and_wins(api: Api) -> None:
    assert "[web:" in said(asked(api, preset="fast", effort="low"))
    refused = api.edition("2026-10").refusal(AGENT, {"input": "hi", "effort": "low"})
    assert refused[2] == 'invalid request body: json: unknown field "effort"'


def test_a_profile_that_nobody_saved_is_played(api: Api) -> None:
    assert said(asked(api, profile={"type": "custom", "id": "mine"}))


@pytest.mark.parametrize(
    ("edition", "fields", "unknown"),
    [
        ("2026-07", {"tool_choice": "auto"}, "tool_choice"),
        ("2026-07", {"temperature": 1}, "temperature"),
        ("2026-07", {"profile": {"type": "custom", "id": "a"}}, "profile"),
        ("2026-07", {"tools": [{"type": "web_search", "search_type": "fast"}]}, "search_type"),
        ("2026-07", {"tools": [{"type": "fetch_url", "total_budget_tokens": 9, "max_urls": 2}]}, "total_budget_tokens"),
        ("2026-10", {"service_tier": "fast"}, "service_tier"),
        ("complete", {"tools": [{"type": "web_search", "depth": 2}]}, "depth"),
        ("complete", {"input": [{"role": "user", "content": "a", "name": "b"}]}, "name"),
        ("complete", {"text": {"format": {"type": "text"}}}, "text"),
    ],
)
def test_a_field_that_an_edition_does_not_know_is_refused_by_name(
    api: Api, edition: str, fields: Any, unknown: str
) -> None:
    answer = api.edition(edition).post(AGENT, {"model": LUNA, "input": "hi", **fields})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == unknown


def test_july_2026_takes_ten_steps_and_knows_no_image_search(api: Api) -> None:
    july = api.edition("2026-07")
    said = [
        july.refusal(AGENT, {"preset": "fast", "input": "hi", **fields})[2]
        for fields in ({"max_steps": 11}, {"tools": [{"type": "sandbox"}, {"type": "image_search"}]})
    ]

    assert july.post(AGENT, {"preset": "fast", "input": "hi", "max_steps": 10}).status_code == 200
    assert said[0] == "validation failed: max steps must be at most 10"
    assert said[1].startswith("validation failed: tools.1.type: Input should be 'web_search' or 'fetch_url' or ")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "a"}]}]}, "input.0.content.0.type"),
        ({"reasoning": {"effort": "max"}}, "reasoning.effort"),
        ({"skills": [{"type": "custom", "id": "a"}]}, "skills.0.type"),
    ],
)
def test_what_an_edition_narrows_is_refused_with_its_place(api: Api, fields: Any, place: str) -> None:
    text = api.edition("2026-07").refusal(AGENT, {"preset": "fast", "input": "hi", **fields})[2]

    assert text.startswith(f"validation failed: {place}: Input ")


def test_a_refusal_tells_no_secret_of_a_tool(api: Api) -> None:
    server = {"type": "mcp", "server_label": "a", "server_url": "https://a.example", "authorization": "open-sesame"}

    answer = api.edition("2026-07").post(
        AGENT, {"preset": "fast", "input": "hi", "tools": [server, {"type": "image_search"}], "reasoning": {}}
    )

    assert answer.status_code == 400
    assert "sesame" not in answer.text


# Searching


def test_a_bare_model_does_not_search_and_one_with_the_tool_does(api: Api) -> None:
    assert types(asked(api, model=LUNA)) == ["message"]
    assert types(asked(api, model=LUNA, tools=[tool("web_search")])) == ["search_results", "message"]


def test_a_tool_that_is_offered_for_nothing_is_not_used(api: Api) -> None:
    assert types(asked(api, "What is it about?", tools=[tool("web_search")])) == ["message"]


@pytest.mark.parametrize("preset", ["fast", "low", "medium", "high", "xhigh"])
def test_every_mark_in_the_text_is_the_id_of_a_result(api: Api, preset: str) -> None:
    body = asked(api, preset=preset)
    ids = [row["id"] for item in body["output"] if item["type"] == "search_results" for row in item["results"]]
    marks = re.findall(r"\[(web:)?([0-9]+)\]", said(body))

    assert marks
    assert {kind for kind, _ in marks} == {"" if preset == "fast" else "web:"}
    assert {int(number) for _, number in marks} <= set(ids)
    assert ids == sorted(set(ids))


def test_a_search_is_kept_to_its_filters_and_numbers_its_results(api: Api) -> None:
    search = {
        "type": "web_search",
        "max_results": 4,
        "filters": {"search_domain_filter": ["example.org"], "search_after_date_filter": "2026-01-01"},
    }

    [found, _] = asked(api, tools=[search])["output"]

    assert found["queries"] == [BEES]
    assert [row["id"] for row in found["results"]] == [1, 2, 3, 4]
    assert all("example.org" in row["url"] and row["date"] > "2026-01-01" for row in found["results"])


def test_filters_of_an_account_hold_for_its_agents(api: Api) -> None:
    stranger = api.stranger()
    stranger.ask("/search/domains", {"allow": ["example.org"]})

    [found, _] = asked(stranger)["output"]

    assert all("example.org" in row["url"] for row in found["results"])


def test_filters_that_nothing_meets_give_no_results_and_still_an_answer(api: Api) -> None:
    search = {"type": "web_search", "filters": {"search_before_date_filter": "01/01/1990"}}

    [found, message] = asked(api, tools=[search])["output"]

    assert found["results"] == []
    assert "[" not in message["content"][0]["text"]


def test_an_address_in_the_question_is_read_and_not_searched_for(api: Api) -> None:
    address = "https://www.python.org/dev/peps/pep-0008/"

    body = asked(api, f"Read {address} and sum it up.", preset="low")

    assert types(body) == ["fetch_url_results", "message"]
    assert [row["url"] for row in body["output"][0]["contents"]] == [address]
    assert "[web:0]" in said(body)


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_leaves_its_items_and_its_bill(api: Api, name: str) -> None:
    body = asked(api, model=LUNA, tools=[tool(name)])
    facts = FACTS.tools[name]

    assert types(body) == [*ITEMS[name], "message"]
    assert body["usage"]["tool_calls_details"][facts.billed_as] == {
        "cost_usd": float(facts.price),
        "invocation": 1,
    }


@pytest.mark.parametrize(
    ("fields", "price"), [({"preset": "fast"}, 0.001), ({"model": LUNA}, 0.0025),
                          ({"model": LUNA, "tools": [{"type": "web_search", "search_type": "fast"}]}, 0.001)],
)  # fmt: skip
def test_a_search_is_fast_under_a_preset_or_where_it_is_asked_to(api: Api, fields: Any, price: float) -> None:
    body = asked(api, **{"tools": [tool("web_search")], **fields})

    assert body["usage"]["tool_calls_details"]["search_web"]["cost_usd"] == price


def test_a_search_cost_twice_as_much_in_july(api: Api) -> None:
    usage = asked(api.edition("2026-07"), model=LUNA, tools=[tool("web_search")])["usage"]

    assert usage["tool_calls_details"] == {"search_web": {"cost_usd": 0.005, "invocation": 1}}


@pytest.mark.parametrize("most", [0, 1, 2, 3])
def test_no_more_tools_are_called_than_allowed(api: Api, most: int) -> None:
    usage = asked(api, preset="high", max_tool_calls=most)["usage"]
    calls = sum(bill["invocation"] for bill in usage.get("tool_calls_details", {}).values())

    assert calls == most


def test_more_steps_search_more(api: Api) -> None:
    counts = [types(asked(api, preset="medium", max_steps=steps)).count("search_results") for steps in (1, 2, 3, 9)]

    assert counts == [1, 2, 3, 3]


def test_a_sandbox_stands_alone(api: Api) -> None:
    assert types(asked(api, tools=[tool("sandbox")])) == ["sandbox_results", "share_file", "message"]


def test_skills_are_loaded_in_a_sandbox(api: Api) -> None:
    skills: Any = [
        {"type": "builtin", "name": "office/pdf"},
        {"type": "inline", "name": "house-style", "description": "a", "instructions": "b"},
        {"type": "custom", "id": "skill_1"},
    ]

    body = asked(api, skills=skills)

    assert [item["name"] for item in body["output"] if item["type"] == "skill_loaded"] == [
        "office/pdf", "house-style", "skill_1",
    ]  # fmt: skip
    assert "sandbox_results" in types(body)


# Functions


def call_of(body: Any) -> Any:
    [call] = body["output"]
    assert call["type"] == "function_call"
    return call


@pytest.mark.parametrize(("edition", "status"), [("complete", "completed"), ("2026-07", "requires_action")])
def test_a_function_that_the_question_is_about_is_called(api: Api, edition: str, status: str) -> None:
    body = asked(api.edition(edition), "What is the weather in Paris?", model=LUNA, tools=[WEATHER])
    call = call_of(body)

    assert body["status"] == status
    assert call["name"] == "get_weather"
    jsonschema_rs.validate(WEATHER["parameters"], orjson.loads(call["arguments"]))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"description": "none"},
        {"anyOf": [{"type": "string"}, {"type": "object"}]},
        {"type": ["object", "null"], "required": ["city"]},
        {"$ref": "#/$defs/a", "$defs": {"a": {"minProperties": 1}}},
    ],
    ids=str,
)
def test_parameters_that_some_object_meets_get_an_object(api: Api, parameters: Any) -> None:
    """Found by fuzzing: a schema that does not say `object` was refused, or a mistake of the fake's where none held."""
    weather = {**WEATHER, "parameters": parameters}

    given_ = orjson.loads(call_of(asked(api, "The weather?", model=LUNA, tools=[weather]))["arguments"])

    assert isinstance(given_, dict)
    jsonschema_rs.validate(parameters, given_)


@pytest.mark.parametrize(
    "parameters", [{"type": "string"}, {"type": "object", "enum": [1]}, {"type": "bogus"}], ids=str
)
def test_parameters_that_no_object_meets_are_refused_unless_no_rule_holds(
    fake: Callable[..., Api], parameters: Any
) -> None:
    body = {"input": "The weather?", "model": LUNA, "tools": [{**WEATHER, "parameters": parameters}]}

    assert refusal_of(fake().post(AGENT, body))[:2] == (400, "invalid_request")
    assert call_of(fake(rules_off=("all",)).ask(AGENT, body))["arguments"] == "{}"


def test_a_function_that_the_question_is_not_about_is_not_called(api: Api) -> None:
    assert types(asked(api, "Who wrote Faust?", model=LUNA, tools=[WEATHER])) == ["message"]


@pytest.mark.parametrize("choice", ["required", {"name": "get_weather"}, {"type": "function", "name": "get_weather"}])
def test_a_function_that_has_to_be_called_is_called(api: Api, choice: Any) -> None:
    assert call_of(asked(api, "Who wrote Faust?", model=LUNA, tools=[WEATHER], tool_choice=choice))


@pytest.mark.parametrize("fields", [{"tool_choice": "none"}, {"max_tool_calls": 0}])
def test_no_function_is_called_where_none_may_be(api: Api, fields: Any) -> None:
    assert types(asked(api, "The weather?", model=LUNA, tools=[WEATHER], **fields)) == ["message"]


def test_several_functions_are_called_at_once_unless_that_is_forbidden(api: Api) -> None:
    tools = [WEATHER, {"type": "function", "name": "weatherAlerts"}]
    both = asked(api, "The weather?", model=LUNA, tools=tools)
    one = asked(api, "The weather?", model=LUNA, tools=tools, parallel_tool_calls=False)

    assert [item["name"] for item in both["output"]] == ["get_weather", "weatherAlerts"]
    assert call_of(one)["name"] == "get_weather"


def test_what_a_function_gave_is_in_the_answer_that_goes_on(api: Api) -> None:
    first = asked(api, "What is the weather in Paris?", model=LUNA, tools=[WEATHER])
    output = {"type": "function_call_output", "call_id": call_of(first)["call_id"], "output": '{"celsius": 21}'}

    body = asked(api, [output], model=LUNA, tools=[WEATHER], previous_response_id=first["id"])

    assert types(body) == ["message"]
    assert said(body).endswith('get_weather: {"celsius": 21}')


def test_a_conversation_may_be_sent_whole_instead(api: Api) -> None:
    question = {"role": "user", "content": [{"type": "input_text", "text": "What is the weather in Paris?"}]}
    call = call_of(asked(api, [question], model=LUNA, tools=[WEATHER]))
    sent = {key: call[key] for key in ("type", "call_id", "name", "arguments")}
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "mild"}

    body = asked(api, [question, sent, output], model=LUNA, tools=[WEATHER])

    assert said(body).endswith("get_weather: mild")


def test_a_result_for_a_call_of_another_account_is_refused(api: Api) -> None:
    first = asked(api, "What is the weather in Paris?", model=LUNA, tools=[WEATHER])
    output = {"type": "function_call_output", "call_id": call_of(first)["call_id"], "output": "mild"}

    refused = api.stranger().refusal(AGENT, {"model": LUNA, "input": [output]})

    assert refused == (
        400,
        "invalid_request",
        f'validation failed: no function call has the call_id "{output["call_id"]}"',
    )


# Shapes, limits, languages


SHAPE = {"type": "object", "required": ["city", "people"],
         "properties": {"city": {"type": "string"}, "people": {"type": "integer", "minimum": 0}}}  # fmt: skip


def test_a_shape_that_is_asked_for_is_met_by_the_bare_text(api: Api) -> None:
    body = asked(api, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SHAPE}})

    jsonschema_rs.validate(SHAPE, orjson.loads(said(body)))
    assert body["text"] == {"format": {"type": "text"}}


def test_thoughts_may_leave_nothing_for_the_answer(api: Api) -> None:
    body = asked(api, "Write an essay.", model="openai/gpt-6-luna", max_output_tokens=1)

    assert (body["status"], body["output"]) == ("incomplete", [])
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}
    assert body["usage"]["output_tokens"] == body["usage"]["output_tokens_details"]["reasoning_tokens"] == 16


def test_a_cut_answer_says_so(api: Api) -> None:
    body = asked(api, max_output_tokens=20)

    assert body["status"] == body["output"][-1]["status"] == "incomplete"
    assert said(asked(api)).startswith(said(body))
    assert body["usage"]["output_tokens"] == 20


def test_july_2026_knew_no_such_status(api: Api) -> None:
    assert asked(api.edition("2026-07"), max_output_tokens=20)["status"] == "completed"


def test_the_language_that_is_preferred_is_spoken(api: Api) -> None:
    assert said(asked(api, language_preference="de")) != said(asked(api))


@pytest.mark.parametrize("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"])
def test_thinking_harder_takes_more_tokens(api: Api, effort: str) -> None:
    usage = asked(api, model=LUNA, reasoning={"effort": effort})["usage"]

    assert usage["output_tokens_details"]["reasoning_tokens"] == FACTS.agent.reasoning_tokens[effort]


def test_a_model_that_does_not_think_does_not(api: Api) -> None:
    usage = asked(api, model="perplexity/sonar", reasoning={"effort": "high"})["usage"]

    assert usage["output_tokens_details"] == {"reasoning_tokens": 0}


# Chains


def test_a_chained_task_pays_for_what_was_said_before(api: Api) -> None:
    first = asked(api, model=LUNA)
    second = asked(api, "Why?", model=LUNA, previous_response_id=first["id"])
    alone = asked(api, "Why?", model=LUNA)

    assert second["usage"]["input_tokens"] > alone["usage"]["input_tokens"]
    assert second["previous_response_id"] is None


def test_an_answer_that_is_not_stored_can_be_gone_on_from_but_not_read(api: Api) -> None:
    first = asked(api, store=False)

    assert asked(api, "Why?", previous_response_id=first["id"])
    assert refusal_of(api.get(f"{AGENT}/{first['id']}")) == (404, "not_found", "resource not found")


def test_an_answer_that_was_cut_cannot_be_gone_on_from(api: Api) -> None:
    first = asked(api, max_output_tokens=16)

    assert api.refusal(AGENT, {"preset": "fast", "input": "Why?", "previous_response_id": first["id"]})[0] == 400


def test_an_answer_of_another_account_is_not_there(api: Api) -> None:
    first = asked(api)["id"]

    assert api.stranger().get(f"{AGENT}/{first}").status_code == 404
    assert api.edition("2026-10").get(f"{AGENT}/{first}").status_code == 404
    body = {"preset": "fast", "input": "Why?", "previous_response_id": first}
    assert api.stranger().refusal(AGENT, body) == (400, "invalid_request", "invalid request")


# Files


def test_a_shared_file_can_be_listed_and_read(api: Api) -> None:
    body = asked(api, tools=[tool("sandbox")])
    shared = next(item for item in body["output"] if item["type"] == "share_file")

    [file] = api.get(f"{AGENT}/{body['id']}/files").json()["data"]
    content = api.get(f"/v1/responses/{body['id']}/files/{file['id']}/content")

    assert (file["id"], file["filename"], file["bytes"]) == (
        shared["file_id"], shared["filename"], shared["size_bytes"],
    )  # fmt: skip
    assert len(content.content) == file["bytes"]
    assert content.headers["content-type"] == "application/octet-stream"


def test_files_that_are_not_there_are_not_found(api: Api) -> None:
    body = asked(api)

    assert api.get(f"{AGENT}/{body['id']}/files").json() == {"data": [], "object": "list"}
    assert api.get(f"{AGENT}/{body['id']}/files/file_1/content").status_code == 404
    assert api.get(f"{AGENT}/{body['id'][:-1]}0/files").status_code in {200, 404}
    assert api.get(f"{AGENT}/nothing/files").status_code == 400


# Money


@settings(max_examples=60)
@given(tasks)
def test_a_cost_is_the_sum_of_its_rounded_parts_and_tokens_add_up(api: Api, task: Any) -> None:
    usage = api.ask(AGENT, task)["usage"]
    cost, details = usage["cost"], usage["input_tokens_details"]
    amounts = {name: Decimal(str(value)) for name, value in cost.items() if name.endswith("_cost")}
    total = amounts.pop("total_cost")

    assert total == sum(amounts.values())
    assert all(amount == round(amount, 5) for amount in amounts.values())
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert details.get("cache_creation_input_tokens", 0) + details["cached_tokens"] <= usage["input_tokens"]
    bills = usage.get("tool_calls_details", {})
    assert cost.get("tool_calls_cost_details", {}) == {name: bill["cost_usd"] for name, bill in bills.items()}


def test_a_task_is_charged_to_its_account(api: Api) -> None:
    stranger = api.stranger()
    body = asked(stranger)

    total = stranger.get("/usage").json()["total"]

    assert (total["requests"], total["prompt_tokens"], total["completion_tokens"], total["cost"]) == (
        1, body["usage"]["input_tokens"], body["usage"]["output_tokens"], body["usage"]["cost"]["total_cost"],
    )  # fmt: skip


def test_priority_doubles_the_prices_of_tokens(api: Api) -> None:
    costs = [asked(api, BEES * 200, model=LUNA, service_tier=tier)["usage"]["cost"] for tier in ("default", "priority")]

    assert costs[1]["output_cost"] == pytest.approx(2 * costs[0]["output_cost"], abs=1.1e-5)


# Lenience


def test_lenient_takes_what_the_clients_own_tests_send(fake: Callable[..., Api]) -> None:
    free = fake(validation="lenient")
    dummy: Any = {
        "input": "string", "model": "model", "preset": "preset", "models": ["string"], "max_output_tokens": 0,
        "max_steps": 1, "previous_response_id": "previous_response_id", "language_preference": "language_preference",
        "reasoning": {"effort": "minimal"}, "undocumented": 1,
        "tools": [{"type": "web_search", "max_tokens": 0, "filters": {"search_after_date_filter": "a"}}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "name", "schema": {"foo": "bar"}}},
    }  # fmt: skip

    assert free.post(AGENT, dummy).status_code == 200
    assert free.get(f"{AGENT}/response_id").status_code == 200
    assert free.send("POST", f"{AGENT}/response_id/cancel").json()["status"] == "cancelling"
    assert free.get(f"{AGENT}/response_id/files").status_code == 200
    assert free.get(f"{AGENT}/response_id/files/file_id/content").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"max_steps": 11},
        {"tools": [{"type": "image_search"}, {"type": "web_search", "search_type": "fast"}]},
        {"model": "model", "temperature": 9},
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "string"}]}]},
    ],
)
def test_lenient_takes_what_an_edition_narrows(fake: Callable[..., Api], fields: Any) -> None:
    free = fake(validation="lenient", edition="2026-07")

    assert free.post(AGENT, {"preset": "fast", "input": "hi", **fields}).status_code == 200


def test_lenient_takes_the_models_that_an_edition_has_no_more(fake: Callable[..., Api]) -> None:
    assert fake(validation="lenient", edition="2026-07").chat(model="sonar-small-chat")["model"] == "sonar-small-chat"


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=8), st.none() | st.text(max_size=5), max_size=3))
def test_any_object_is_refused_with_an_envelope(api: Api, body: Any) -> None:
    answer = api.post(AGENT, body)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request"
