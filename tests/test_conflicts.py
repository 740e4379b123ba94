"""Where documents and wire disagree: each side can be taken, does what it says, and the contract says so too."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, get_args

import jsonschema_rs
import orjson
import pytest

from mock_server import edition, facts, resources, switches
from mock_server.contract import editions
from mock_server.errors import SettingsError
from mock_server.facts import Wire
from mock_server.faults.model import Fault
from mock_server.settings import Settings
from tests import test_contract, test_contract_examples
from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.conftest import Api

    Fake = Callable[..., Api]

SWITCHES = switches.load()
SIDES = [f"{name}={side}" for name, switch in SWITCHES.items() for side in switch.sides]
OTHERS = [choice for choice in SIDES if SWITCHES[choice.partition("=")[0]].default != choice.partition("=")[2]]
REWORDED = ["auth_error=forbidden", "validation_error=detail"]
"""Whose errors are not those of the edition's own tables."""
BOTH = (*test_contract.CHECKS, *test_contract_examples.CHECKS)


def contract_of(name: str, *choices: str) -> Any:
    return edition.load(switches.key(name, switches.chosen(choices))).document


def served(api: Api) -> Any:
    return api.get("/openapi.json").json()


def frames(answer: httpx.Response) -> list[Any]:
    lines = answer.text.split("\r\n")
    return [orjson.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


def stream(api: Api, path: str = "/chat/completions", **headers: str) -> list[Any]:
    body = orjson.dumps(chat_body("How do bees find their way home?", stream=True))
    answer = api.send("POST", path, body, content_type="application/json", **headers)
    assert answer.status_code == 200, answer.text
    return frames(answer)


# What there is


def test_all_ten_points_of_the_evidence_have_a_switch() -> None:
    assert {switch.point for switch in SWITCHES.values() if switch.point} == set(range(1, 11))


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_a_habit_of_the_wire_with_the_same_sides_and_default(name: str) -> None:
    assert set(SWITCHES[name].sides) == set(get_args(Wire.model_fields[name].annotation))
    assert getattr(facts.load("complete").wire, name) == SWITCHES[name].default


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_has_two_sides_told_in_sentences(name: str) -> None:
    switch = SWITCHES[name]

    assert len(switch.sides) == 2
    assert all(told.endswith(".") for told in (switch.sentence, *(side.sentence for side in switch.sides.values())))


@pytest.mark.parametrize("name", [name for name, switch in SWITCHES.items() if switch.point])
def test_the_wires_side_is_the_default_where_the_wire_was_seen(name: str) -> None:
    switch = SWITCHES[name]
    seen = [side for side, told in switch.sides.items() if told.provenance.basis == "wire"]

    assert seen in ([switch.default], [])


def test_every_side_that_is_not_the_default_says_so_in_an_overlay() -> None:
    files = resources.names("openapi", "switches", suffix=".yaml")

    assert set(files) == {choice.replace("=", ".") for choice in OTHERS}


# How sides are chosen


def test_choices_are_sorted_and_the_last_of_a_name_counts() -> None:
    chosen = switches.chosen(["finish_reason=length", " citations = removed", "finish_reason=stop"])

    assert chosen == "citations=removed,finish_reason=stop"


@pytest.mark.parametrize(("given", "text"), [
    ("citaton=removed", r"no conflict 'citaton'\. Did you mean 'citations'\? `pplx-mock spec --conflicts` lists"),
    ("zzz=x", r"there is no conflict 'zzz'\. `pplx-mock spec --conflicts` lists them"),
    ("citations=gone", "conflict citations: the sides are present and removed, got 'gone'"),
    ("citations", "conflicts are given as NAME=SIDE, got 'citations'"),
    ("citations=", "the sides are present and removed, got ''"),
])  # fmt: skip
def test_what_is_no_choice_is_refused(given: str, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        switches.chosen([given])


def test_a_server_with_an_unknown_conflict_does_not_start(fake: Fake) -> None:
    with pytest.raises(SettingsError, match="there is no conflict 'x'"):
        fake(conflicts=("x=y",))


def test_a_key_is_taken_apart_as_it_was_put_together() -> None:
    assert switches.split(switches.key("2026-07", "citations=removed")) == ("2026-07", "citations=removed")
    assert switches.key("2026-07", "") == "2026-07"


# What the contract says


@pytest.mark.parametrize("name", editions.names())
@pytest.mark.parametrize("choice", OTHERS)
def test_the_contract_of_a_side_is_as_sound_as_the_others(choice: str, name: str) -> None:
    document = contract_of(name, choice)
    found = [
        f"{check.__name__}: {fault}"
        for check in BOTH
        if not (choice in REWORDED and "example_of_an_error" in check.__name__)
        for fault in check(*((document, name) if check in test_contract.CHECKS else (document,)))
    ]

    assert found == []


@pytest.mark.parametrize("name", editions.names())
def test_all_other_sides_can_be_taken_at_once(name: str) -> None:
    assert contract_of(name, *OTHERS)["paths"]


@pytest.mark.parametrize("choice", OTHERS)
def test_the_contract_that_is_served_is_that_of_the_side(fake: Fake, choice: str) -> None:
    assert served(fake(conflicts=(choice,))) == orjson.loads(orjson.dumps(contract_of("complete", choice)))


@pytest.mark.parametrize("choice", [choice for choice in SIDES if choice not in OTHERS])
@pytest.mark.parametrize("name", editions.names())
def test_choosing_the_default_changes_nothing(name: str, choice: str) -> None:
    assert contract_of(name, choice) == editions.document_for(name)


def test_a_request_that_names_an_edition_gets_it_with_the_choices(fake: Fake) -> None:
    api = fake(conflicts=("citations=removed",))

    for name in ("complete", "2026-07"):
        assert "citations" not in api.edition(name).chat()


# 1 models_auth


@pytest.mark.parametrize("path", ["/models", "/v1/models"])
def test_models_want_a_key_unless_they_are_keyless(fake: Fake, path: str) -> None:
    for name, statuses in (("required", (401, 401)), ("keyless", (200, 401))):
        api = fake(conflicts=(f"models_auth={name}",))
        without = api.send("GET", path, authorization="")
        del without
        loop, client = api.loop, api.client
        bare = loop.run_until_complete(client.get(path))
        wrong = api.under("pplx-mock-invalid").get(path)

        assert (bare.status_code, wrong.status_code) == statuses


def test_models_without_a_key_pass_faults_that_strike_others(fake: Fake) -> None:
    api = fake(conflicts=("models_auth=keyless",))
    api.lanes.default.faults.add(Fault(operation="list_models", key="somebody", status=503))

    answers = [api.loop.run_until_complete(api.client.get("/models")), api.under("somebody").get("/models")]

    assert [answer.status_code for answer in answers] == [200, 503]


def test_only_the_list_of_models_is_keyless(fake: Fake) -> None:
    api = fake(conflicts=("models_auth=keyless",))

    answer = api.loop.run_until_complete(api.client.post("/search", json={"query": "bees"}))
    assert answer.status_code == 401
    assert [path for path, item in served(api)["paths"].items() for node in item.values() if "security" in node] == [
        "/models",
        "/v1/models",
    ]


# 2 openai_path


def test_the_openai_path_is_404_and_empty_or_the_chat(fake: Fake) -> None:
    absent = fake().post("/v1/chat/completions", chat_body("bees"))
    there = fake(conflicts=("openai_path=served",))

    assert (absent.status_code, absent.content) == (404, b"")
    assert there.ask("/v1/chat/completions", chat_body("bees")) == there.stranger().chat("bees")
    assert stream(there.stranger(), "/v1/chat/completions") == stream(there.stranger())


def test_the_openai_path_holds_rules_and_models_of_its_edition(fake: Fake) -> None:
    july = fake(conflicts=("openai_path=served",), edition="2026-07")

    assert july.refusal("/v1/chat/completions", chat_body("hi", model="sonar-small-chat"))[1] == "invalid_model"
    assert july.refusal("/v1/chat/completions", chat_body("hi", max_tokens=2))[1] == "invalid_parameter"
    assert july.ask("/v1/chat/completions", chat_body("hi", collection_id="nobody's"))["choices"]


def test_the_openai_path_is_refused_where_the_chat_is(fake: Fake) -> None:
    october = fake(conflicts=("openai_path=served",), edition="2026-10")

    assert october.refusal("/v1/chat/completions", chat_body("hi"))[0] == 403


# 3 citations


def test_citations_are_there_or_not(fake: Fake) -> None:
    with_them, without = fake(), fake(conflicts=("citations=removed",))
    whole = with_them.chat()

    assert without.chat() == {key: value for key, value in whole.items() if key != "citations"}
    assert all("citations" in frame for frame in stream(with_them))
    assert not any("citations" in frame for frame in stream(without))
    assert all("search_results" in frame for frame in stream(without))


@pytest.mark.parametrize("grammar", sorted(facts.load("complete").grammars))
def test_every_grammar_can_do_without_citations_and_results(fake: Fake, grammar: str) -> None:
    api = fake(conflicts=("citations=removed", "stream_results=last"))

    seen = stream(api, x_mock_stream_grammar=grammar)

    assert not any("citations" in frame for frame in seen)
    assert not any("search_results" in frame for frame in seen[:-1])


# 4 finish_reason


@pytest.mark.parametrize(
    ("side", "reasons"), [("stop", {"cut": "stop", "whole": "stop"}), ("length", {"cut": "length", "whole": "stop"})]
)
def test_a_cut_answer_says_so_or_does_not(fake: Fake, side: str, reasons: dict[str, str]) -> None:
    api = fake(conflicts=(f"finish_reason={side}",))
    body = orjson.dumps(chat_body("How do bees find their way home?", max_tokens=16, stream=True))
    streamed = frames(api.send("POST", "/chat/completions", body, content_type="application/json"))

    assert api.chat(max_tokens=16)["choices"][0]["finish_reason"] == reasons["cut"]
    assert streamed[-1]["choices"][0]["finish_reason"] == reasons["cut"]
    assert api.chat()["choices"][0]["finish_reason"] == reasons["whole"]
    assert api.chat(stop="bees")["choices"][0]["finish_reason"] == reasons["whole"]


# 6 stream_results


@pytest.mark.parametrize("path", ["/chat/completions", "/chat/completions/stream"])
def test_results_come_with_every_frame_or_with_the_last(fake: Fake, path: str) -> None:
    every, last = stream(fake(), path), stream(fake(conflicts=("stream_results=last",)), path)

    assert all("search_results" in frame and "citations" in frame for frame in every)
    assert not any("search_results" in frame or "citations" in frame for frame in last[:-1])
    assert last[-1] == every[-1]
    assert [frame["choices"] for frame in last] == [frame["choices"] for frame in every]


# 7 auth_error


def test_a_wrong_key_is_called_what_the_side_says(fake: Fake) -> None:
    for side in ("invalid_api_key", "forbidden"):
        refused = fake(conflicts=(f"auth_error={side}",)).under("pplx-mock-invalid").post("/search", {"query": "x"})

        assert refusal_of(refused) == (
            401, side, "Invalid API key provided. Ensure your API key is correct and active.",
        )  # fmt: skip


# 8 agent_bounds


def searching(**filters: Any) -> dict[str, Any]:
    return {"tools": [{"type": "fetch_url"}, {"type": "web_search", "filters": filters}]}


BOUNDED: list[dict[str, Any]] = [
    {"max_steps": 100},
    searching(search_domain_filter=["a.example", "b-b.example"]),
    searching(search_domain_filter=["-a.example", "-b.example"]),
    searching(search_domain_filter=[]),
    searching(search_after_date_filter="3/1/2025", last_updated_before_filter="12/31/2025"),
]
UNBOUNDED: list[tuple[dict[str, Any], str, str]] = [
    ({"max_steps": 101}, "invalid_request", "validation failed: max steps must be at most 100"),
    (
        searching(search_domain_filter=["a.example", "-b.example"]),
        "invalid_search_domain_filter",
        "Validation error: search_domain_filters must either allow or deny domains, not both",
    ),
    (
        searching(search_after_date_filter="2026-01-01"),
        "invalid_date_format",
        "Invalid date '2026-01-01' for tools.1.filters.search_after_date_filter. Use MM/DD/YYYY.",
    ),
    (
        searching(last_updated_before_filter="2026-01-01"),
        "invalid_date_format",
        "Invalid date '2026-01-01' for tools.1.filters.last_updated_before_filter. Use MM/DD/YYYY.",
    ),
]
"""What documents forbid and the wire takes, with its refusal."""


def task(fields: dict[str, Any]) -> dict[str, Any]:
    return {"preset": "fast", "input": "bees", **fields}


def is_allowed(contract: Any, body: Any) -> bool:
    schema = {"$ref": "#/components/schemas/AgentRequest", "components": contract["components"]}
    return jsonschema_rs.Draft202012Validator(schema).is_valid(body)


@pytest.mark.parametrize("name", ["complete", "2026-10"])
@pytest.mark.parametrize("side", ["accepted", "refused"])
def test_the_contract_bounds_an_agents_task_as_the_fake_does(fake: Fake, name: str, side: str) -> None:
    api = fake(edition=name, conflicts=(f"agent_bounds={side}",))
    contract = served(api)
    bodies = [task(fields) for fields in (*BOUNDED, *(fields for fields, _, _ in UNBOUNDED))]

    assert [is_allowed(contract, body) for body in bodies] == [
        api.post("/v1/agent", body).is_success for body in bodies
    ]
    assert [is_allowed(contract, body) for body in bodies[len(BOUNDED) :]] == [side == "accepted"] * len(UNBOUNDED)


@pytest.mark.parametrize(("fields", "kind", "text"), UNBOUNDED)
def test_what_documents_forbid_is_refused_in_their_words(fake: Fake, fields: Any, kind: str, text: str) -> None:
    assert fake(conflicts=("agent_bounds=refused",)).refusal("/v1/agent", task(fields)) == (400, kind, text)


def test_july_2026_keeps_its_own_bound_of_steps(fake: Fake) -> None:
    july = fake(edition="2026-07", conflicts=("agent_bounds=refused",))

    assert not july.post("/v1/agent", task({"max_steps": 11})).is_success
    assert july.refusal("/v1/agent", task(UNBOUNDED[1][0]))[1] == "invalid_search_domain_filter"


# 8 mixed_domains


def test_a_mixed_filter_is_refused_or_denies_what_it_denies(fake: Fake) -> None:
    body: Any = {"query": "bees", "search_domain_filter": ["example.org", "-www.example.org"]}

    assert fake().refusal("/search", body)[1] == "invalid_search_domain_filter"
    found = fake(conflicts=("mixed_domains=accepted",)).ask("/search", body)["results"]
    assert all("//www.example.org" not in row["url"] and "example.org" in row["url"] for row in found)


# 9 validation_error

MALFORMED: list[tuple[str, Any, list[Any], str]] = [
    ("/chat/completions", {"model": "sonar"}, ["body", "messages"], "missing"),
    ("/chat/completions", [], ["body"], "model_attributes_type"),
    ("/chat/completions", chat_body("hi", model="gpt-4"), ["body", "model"], "enum"),
    ("/chat/completions", chat_body("hi", max_tokens="5"), ["body", "max_tokens"], "int_type"),
    ("/chat/completions", chat_body("hi", temperature=3), ["body", "temperature"], "less_than_equal"),
    (
        "/chat/completions",
        chat_body("hi", search_domain_filter=["a.example"] * 21),
        ["body", "search_domain_filter"],
        "too_long",
    ),
    (
        "/v1/sonar",
        {"model": "sonar", "messages": [{"role": "x", "content": "y"}]},
        ["body", "messages", 0, "role"],
        "enum",
    ),
    ("/async/chat/completions", {"request": {"model": "sonar"}}, ["body", "request", "messages"], "missing"),
    ("/search", {}, ["body", "query"], "missing"),
    ("/search", {"query": "x", "max_results": 0}, ["body", "max_results"], "greater_than_equal"),
    ("/v1/embeddings", {"input": "", "model": "pplx-embed-v1-0.6b"}, ["body", "input"], "string_too_short"),
    (
        "/v1/contextualizedembeddings",
        {"input": [], "model": "pplx-embed-context-v1-4b"},
        ["body", "input"],
        "too_short",
    ),
]


@pytest.mark.parametrize(("path", "body", "place", "kind"), MALFORMED)
def test_what_is_not_of_the_form_is_400_or_422_with_its_place(
    fake: Fake, path: str, body: Any, place: list[Any], kind: str
) -> None:
    answer = fake(conflicts=("validation_error=detail",)).post(path, body)
    [told] = answer.json()["detail"]

    assert fake().refusal(path, body)[0] == 400
    assert answer.status_code == 422
    assert list(told) == ["loc", "msg", "type"]
    assert (told["loc"], told["type"]) == (place, kind)
    assert told["msg"]


@pytest.mark.parametrize("edition", ["2026-07", "2026-10"])
def test_a_dated_edition_details_too(fake: Fake, edition: str) -> None:
    answer = fake(conflicts=("validation_error=detail",), edition=edition).post("/search", {"query": 5})

    assert answer.status_code == 422


def test_what_a_rule_refuses_stays_an_envelope(fake: Fake) -> None:
    api = fake(conflicts=("validation_error=detail",))

    assert api.refusal("/chat/completions", chat_body("hi", max_tokens=2))[0] == 400
    assert refusal_of(api.send("POST", "/search", b"{"))[0] == 400


# 10 multi_query_results


def test_a_list_of_queries_gets_a_list_each_or_one_for_all(fake: Fake) -> None:
    body: Any = {"query": ["bees", "bonds"], "max_results": 3}
    nested = fake().ask("/search", body)["results"]
    flat = fake(conflicts=("multi_query_results=flat",)).ask("/search", body)["results"]

    assert [row for rows in nested for row in rows] == flat
    assert len(nested) == 2


# sonar_refusal


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/sonar", "/async/chat/completions", "/v1/async/sonar"])
def test_october_refuses_with_the_variant_that_was_chosen(fake: Fake, path: str) -> None:
    october = fake(edition="2026-10", conflicts=("sonar_refusal=migration_required",))

    status, kind, text = october.refusal(path, chat_body("hi"))

    assert (status, kind) == (403, "agent_api_migration_required")
    assert "Use /v1/responses instead of /chat/completions" in text


def test_settings_know_the_conflicts() -> None:
    assert Settings(conflicts=("citations=removed",)).conflicts == ("citations=removed",)


def test_no_two_sides_are_of_one_mind() -> None:
    """Each other side changes the contract, the tables, or both."""
    for name, choice in product(["complete"], OTHERS):
        changed = edition.load(switches.key(name, choice))
        plain = edition.load(name)

        assert changed.facts != plain.facts
