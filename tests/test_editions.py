"""Each edition is the contract under its overlay, and nothing is left dangling or idle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract import document, editions
from mock_server.errors import ContractError

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON, JSONObject

DATED = ["2026-07", "2026-10"]
SONAR = ["/chat/completions", "/v1/sonar"]
ASYNC = [
    "/async/chat/completions",
    "/v1/async/sonar",
    "/async/chat/completions/{api_request}",
    "/v1/async/sonar/{api_request}",
]
OTHERS = [
    "/search",
    "/v1/search",
    "/v1/models",
    "/v1/embeddings",
    "/v1/contextualizedembeddings",
    "/generate_auth_token",
    "/revoke_auth_token",
    "/v1/browser/sessions",
    "/v1/browser/sessions/{session_id}",
]
DIRECTORY = {
    "/chat/completions/stream",
    "/models",
    "/models/{model_id}",
    "/search/focus",
    "/search/domains",
    "/citations/verify",
    "/usage",
    "/account/limits",
    "/embeddings",
    "/cache/{cache_id}",
    "/collections",
    "/collections/{collection_id}/history",
}
"""Listed in directories of APIs only."""


def _at(edition: str, *steps: str) -> Any:
    found: Any = editions.document_for(edition)
    for step in steps:
        found = found[step]
    return found


def test_complete_comes_first_and_is_the_contract_itself() -> None:
    assert editions.names() == ["complete", *DATED]
    assert editions.document_for("complete") == document.load()


def test_an_unknown_edition_is_refused_with_the_known_ones_and_the_closest() -> None:
    with pytest.raises(ContractError, match=r"'2026-7'; known: complete, 2026-07, 2026-10\. Did you mean '2026-07'\?"):
        editions.document_for("2026-7")


def test_a_name_like_no_edition_gets_no_suggestion() -> None:
    with pytest.raises(ContractError, match=r"known: complete, 2026-07, 2026-10\.$"):
        editions.document_for("../../perplexity")


@pytest.mark.parametrize("edition", DATED)
def test_a_dated_edition_has_the_vendors_own_paths_only(edition: str) -> None:
    paths = set(_at(edition, "paths"))

    assert paths >= {*SONAR, *ASYNC, *OTHERS}
    assert not paths & DIRECTORY


@pytest.mark.parametrize("edition", DATED)
def test_a_dated_edition_says_which_it_is(edition: str) -> None:
    assert f"edition {edition}" in _at(edition, "info", "title")


@pytest.mark.parametrize("edition", DATED)
@pytest.mark.parametrize(
    "word", ["collection_id", "CollectionId", "x-cache", "CacheId", "/collections", "delete_cache"]
)
def test_a_dated_edition_knows_neither_collections_nor_a_cache(edition: str, word: str) -> None:
    assert word in str(editions.document_for("complete"))
    assert word not in str(editions.document_for(edition))


@pytest.mark.parametrize("edition", DATED)
def test_an_alias_whose_original_is_gone_does_not_speak_of_it(edition: str) -> None:
    assert _at(edition, "paths", "/v1/embeddings", "post", "summary") == "Turn texts into vectors"
    assert _at(edition, "paths", "/v1/models", "get", "summary") == "List the models"


def test_july_2026_serves_the_models_of_that_day() -> None:
    models = _at("2026-07", "components", "schemas", "ChatModel", "enum")

    assert models == ["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"]


def test_july_2026_has_place_metadata_beside_every_search_result() -> None:
    assert "place_metadata" in _at("2026-07", "components", "schemas", "SearchResult", "required")
    assert "place_metadata" not in _at("complete", "components", "schemas", "SearchResult", "required")


@pytest.mark.parametrize("path", SONAR)
def test_july_2026_answers_sonar(path: str) -> None:
    operation = _at("2026-07", "paths", path, "post")

    assert "refusal" not in operation["x-mock"]
    assert set(operation["responses"]) == {"200", "400", "401", "413", "415", "429", "500"}


@pytest.mark.parametrize("path", ASYNC)
def test_october_2026_refuses_the_asynchronous_twin(path: str) -> None:
    for operation in _at("2026-10", "paths", path).values():
        assert operation["x-mock"]["refusal"] == "chat_completions_not_available"
        assert "403" in operation["responses"]
        assert "200" not in operation["responses"]


@pytest.mark.parametrize("edition", DATED)
def test_a_dated_edition_lists_models_as_the_wire_did(edition: str) -> None:
    assert list(_at(edition, "components", "schemas", "Model", "properties")) == [
        "id", "object", "created", "owned_by", "pricing",
    ]  # fmt: skip


@pytest.mark.parametrize("edition", DATED)
def test_only_complete_says_that_sonar_goes(edition: str) -> None:
    assert "Sunset" in _at("complete", "components", "headers")
    assert "Sunset" not in _at(edition, "components", "headers")


@pytest.mark.parametrize("path", SONAR)
def test_october_2026_refuses_sonar(path: str) -> None:
    operation = _at("2026-10", "paths", path, "post")

    assert operation["x-mock"]["refusal"] == "chat_completions_not_available"
    assert set(operation["responses"]) == {"401", "403", "413", "429", "500"}


@pytest.mark.parametrize(
    ("kind", "name"), [("schemas", "ChatFrame"), ("headers", "Cache"), ("schemas", "AsyncChatCompletionList")]
)
def test_what_nothing_refers_to_any_more_is_not_in_the_components(kind: str, name: str) -> None:
    assert name in _at("complete", "components", kind)
    assert name not in _at("2026-10", "components", kind)


def test_security_schemes_stay_though_nothing_refers_to_them() -> None:
    assert set(_at("2026-10", "components", "securitySchemes")) == {"bearer"}


def _under(*actions: JSON) -> JSONObject:
    content: JSONObject = {"overlay": "1.0.0", "info": {"title": "Next", "version": "1"}, "actions": list(actions)}
    return editions.under(content, "2027-01")


def test_an_overlay_says_what_a_new_edition_changes() -> None:
    found = _under({"target": "$.info", "update": {"title": "Next"}})

    assert found == {**document.load(), "info": {**document.load()["info"], "title": "Next"}}


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("$.paths['/usage']", "the link 'getUsage' of POST /chat/completions leads to 'get_usage', which is gone"),
        ("$.components.schemas.Usage", "the contract has nothing at /components/schemas/Usage"),
        ("$.paths['/chat/completions'].post.responses['200'].links.deleteCache.operationId", "leads to None"),
    ],
)
def test_an_overlay_that_leaves_something_dangling_is_refused(target: str, text: str) -> None:
    with pytest.raises(ContractError, match=f"^edition 2027-01: after its overlay .*{text}"):
        _under({"target": target, "remove": True})


def test_an_overlay_that_brings_a_keyword_nobody_knows_is_refused() -> None:
    with pytest.raises(ContractError, match="unknown keyword 'title'"):
        _under({"target": "$.components.schemas.Usage", "update": {"title": "Used"}})


def test_an_overlay_that_is_no_object_is_refused() -> None:
    with pytest.raises(ContractError, match="edition 2027-01: an overlay is an object, got None"):
        editions.under(None, "2027-01")
