"""Bodies that look wrong and are not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

JSON_TYPE = {"content-type": "application/json"}

ODD = {
    "30 digits in an ignored field": b'{"query":"bees","mood":' + b"9" * 30 + b"}",
    "a NUL, escaped": rb'{"query":"bees \u0000"}',
    "a pair of surrogates": rb'{"query":"bees \ud83d\udc1d"}',
    "an integer with a fraction of nothing": b'{"query":"bees","max_results":3.0}',
    "an integer with an exponent": b'{"query":"bees","max_tokens":1e3}',
    "white space around": b' \r\n\t{"query":"bees"} \n',
    "200 lists in an ignored field": b'{"query":"bees","mood":' + b"[" * 200 + b"]" * 200 + b"}",
    "an empty name": b'{"query":"bees","":1}',
    "a name of Python's": b'{"query":"bees","__class__":"x","self":1,"model_config":{}}',
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_an_odd_body_is_answered(client: httpx.Client, content: bytes) -> None:
    assert client.post("/search", content=content, headers=JSON_TYPE).status_code == 200


def test_of_doubled_keys_the_last_one_counts(client: httpx.Client) -> None:
    doubled = client.post("/search", content=b'{"query":"bees","max_results":1,"query":"ants"}', headers=JSON_TYPE)
    single = client.post("/search", json={"max_results": 1, "query": "ants"})

    assert doubled.json()["results"] == single.json()["results"]
    assert doubled.headers["x-cache-id"] == single.headers["x-cache-id"]


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json;charset=UTF-8",
        "APPLICATION/JSON",
        'application/json; charset="utf-8"',
        "application/vnd.api+json",
    ],
)
def test_json_by_another_spelling_is_read(client: httpx.Client, media_type: str) -> None:
    answer = client.post("/search", content=b'{"query":"bees"}', headers={"content-type": media_type})

    assert answer.status_code == 200


def test_a_body_without_a_media_type_is_read(client: httpx.Client) -> None:
    answer = client.post("/search", content=b'{"query":"bees"}')

    assert "content-type" not in answer.request.headers
    assert answer.status_code == 200


def test_a_long_question_is_answered(client: httpx.Client) -> None:
    answer = client.post("/search", json={"query": "bees " * 100_000, "max_results": 1})

    assert answer.status_code == 200


def test_a_body_of_32_mib_is_read(client: httpx.Client) -> None:
    content = json.dumps({"query": "bees", "mood": ""})
    content = content[:-2] + "x" * (2**25 - len(content)) + content[-2:]

    assert client.post("/search", content=content, headers=JSON_TYPE).status_code == 200


@pytest.mark.parametrize("name", ["model", "role", "café", "\u0000", "../../etc/passwd"])
def test_what_a_client_calls_its_collection_comes_back(client: httpx.Client, name: str) -> None:
    assert client.post("/collections", json={"name": name, "description": name}).json()["name"] == name
