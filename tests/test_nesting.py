"""A body may nest so deep, and no deeper."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from tests.conftest import Api

DEEPEST = 200
BODIES: dict[str, dict[str, Any]] = {
    "/chat/completions": chat_body("How do bees find their way home?"),
    "/chat/completions/stream": chat_body("How do bees find their way home?"),
    "/search": {"query": "bees"},
    "/search/focus": {"query": "bees", "focus": "web"},
}


def nested(levels: int) -> Any:
    """An object with an ignored field, of so many levels in all."""
    value: Any = "deep"
    for level in range(levels - 1):
        value = [value] if level % 2 else {"in": value}
    return {"mood": value}


@pytest.mark.parametrize("path", BODIES)
def test_the_deepest_body_is_answered_and_remembered(api: Api, path: str) -> None:
    collection = api.ask("/collections", {"name": "deep"})["id"]
    body = {**BODIES[path], **nested(DEEPEST), "collection_id": collection}

    assert api.post(path, body).status_code == 200

    history = api.get(f"/collections/{collection}/history").json()
    assert history["data"][0]["request"] == body


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("levels", [DEEPEST + 1, 254, 255, 500])
def test_a_deeper_body_is_refused(api: Api, path: str, levels: int) -> None:
    content = json.dumps({**BODIES[path], **nested(levels)}).encode()

    status, kind, message = refusal_of(api.send("POST", path, content, content_type="application/json"))

    assert (status, kind) == (400, "invalid_request")
    assert f"{DEEPEST} levels" in message
