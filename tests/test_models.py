"""Models: each of the list can be looked up, retired ones say so, and prices are those of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server import edition
from mock_server.contract import editions
from tests.conftest import chat_body
from tests.strategies import FACTS

if TYPE_CHECKING:
    from tests.conftest import Api

NAMES = list(FACTS.models)


def listed(api: Api, path: str = "/models") -> list[Any]:
    models: list[Any] = api.get(path).json()["data"]
    return models


@pytest.mark.parametrize("name", NAMES)
def test_the_list_says_of_each_model_what_its_own_page_says(api: Api, name: str) -> None:
    detail = api.get(f"/models/{name}")

    assert detail.status_code == 200
    assert [model for model in listed(api) if model["id"] == name] == [detail.json()]


def test_all_models_are_listed_once_in_the_order_of_the_table(api: Api) -> None:
    assert [model["id"] for model in listed(api)] == NAMES


@pytest.mark.parametrize("name", [
    "sonar", "sonar-pro", "sonar-reasoning", "sonar-reasoning-pro", "sonar-deep-research", "sonar-small-chat",
    "codellama-70b-instruct", "mixtral-8x7b-instruct", "mixtral-8x22b-instruct", "mistral-7b-instruct",
    "llama-3-70b-instruct", "pplx-7b-online", "pplx-embed-v1-4b",
])  # fmt: skip
def test_the_models_that_directories_name_are_there(api: Api, name: str) -> None:
    assert name in {model["id"] for model in listed(api)}


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "chat" in FACTS.models[name].capabilities and "/" not in name]
)
def test_each_chat_model_that_is_listed_can_be_asked(api: Api, name: str) -> None:
    assert api.post("/chat/completions", chat_body("hi", model=name)).status_code == 200


def test_what_the_contract_names_and_what_the_table_prices_is_the_same() -> None:
    names = edition.load("complete").names

    assert names.chat_models == {
        name for name, model in FACTS.models.items() if "chat" in model.capabilities and "/" not in name
    }
    assert names.embedding_models | names.contextual_models == {
        name for name, model in FACTS.models.items() if model.style == "embedding"
    }


@pytest.mark.parametrize("path", ["/models/openai/gpt-6-luna", "/models/openai%2Fgpt-6-luna"])
def test_an_id_may_have_a_slash(api: Api, path: str) -> None:
    assert api.get(path).json()["id"] == "openai/gpt-6-luna"


@pytest.mark.parametrize("name", ["gpt-4", "sonar-", "SONAR", "openai", "perplexity/", "a/b/c", "çay", "%00"])
def test_a_model_that_nobody_knows_is_not_found(api: Api, name: str) -> None:
    answer = api.get(f"/models/{name}")

    assert answer.json() == {"error": {"message": "resource not found", "type": "not_found", "code": 404}}


def test_prices_are_numbers_without_an_exponent_and_unknown_ones_are_left_out(api: Api) -> None:
    assert (
        b'"pricing":{"input":0.1,"output":0.5,"cache_write":0.125,"cache_read":0.01,"unit"'
        in api.get("/models/openai/gpt-6-luna").content
    )
    assert b'"pricing":{"input":1,"output":1,"unit":"usd_per_1m_tokens"}' in api.get("/models/sonar").content
    assert b'"cache_write"' not in api.get("/models/perplexity/sonar").content


def test_a_retired_model_says_when_it_went(api: Api) -> None:
    for model in listed(api):
        assert model["deprecated"] is (model["retired_on"] is not None)
    assert api.get("/models/sonar").json()["retired_on"] == "2026-09-27"
    assert api.get("/models/openai/gpt-6-luna").json()["retired_on"] is None


def test_a_model_is_described_in_the_order_of_the_contract(api: Api) -> None:
    assert [*listed(api)[0]] == [
        "id", "object", "created", "owned_by", "pricing", "context_length", "capabilities", "deprecated", "retired_on",
    ]  # fmt: skip
    assert all(model["created"] == 0 and model["object"] == "model" and model["capabilities"] for model in listed(api))


def test_the_newer_path_lists_the_same(api: Api) -> None:
    assert listed(api, "/v1/models") == listed(api)


@pytest.mark.parametrize(
    ("name", "count", "there", "gone"),
    [
        ("2026-07", 15, "perplexity/glm-5.2", "openai/gpt-6-luna"),
        ("2026-10", 52, "openai/gpt-6-luna", "perplexity/glm-5.2"),
    ],
)
def test_dated_editions_list_the_models_of_their_day(api: Api, name: str, count: int, there: str, gone: str) -> None:
    dated = api.edition(name)
    models = [model["id"] for model in listed(dated, "/v1/models")]

    assert len(models) == count
    assert there in models
    assert gone not in models
    assert dated.get("/models").content == b""


def test_october_lists_as_many_of_each_maker_as_the_wire_did(api: Api) -> None:
    makers = [model["id"].partition("/")[0] for model in listed(api.edition("2026-10"), "/v1/models")]

    assert {maker: makers.count(maker) for maker in sorted(set(makers))} == {
        "anthropic": 14, "google": 8, "openai": 17, "perplexity": 6, "xai": 7,
    }  # fmt: skip


@pytest.mark.parametrize("name", editions.names())
def test_an_agent_takes_the_models_that_are_listed_and_no_others(name: str) -> None:
    face = edition.load(name)

    assert face.names.agent_models == {model for model in face.facts.listed if "/" in model}
