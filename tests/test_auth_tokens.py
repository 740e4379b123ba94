"""Keys: one makes another that works, and takes it back so that it no longer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import refusal_of

if TYPE_CHECKING:
    from tests.conftest import Api

INVALID = (401, "invalid_api_key", "Invalid API key provided. Ensure your API key is correct and active.")


def generate(api: Api, **fields: Any) -> Any:
    return api.ask("/generate_auth_token", fields)


def revoke(api: Api, token: str) -> Any:
    return api.post("/revoke_auth_token", {"auth_token": token})


def test_a_token_looks_as_the_page_shows_it(api: Api) -> None:
    made = generate(api.stranger(), token_name="Production API Key")

    assert list(made) == ["auth_token", "created_at_epoch_seconds", "token_name"]
    assert made["auth_token"].startswith("pplx-")
    assert made["created_at_epoch_seconds"] == 1793534400
    assert made["token_name"] == "Production API Key"


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"token_name": null}'])
def test_the_body_may_be_left_out(api: Api, content: bytes | None) -> None:
    answer = api.stranger().send("POST", "/generate_auth_token", content)

    assert answer.status_code == 200
    assert answer.json()["token_name"] is None


@pytest.mark.parametrize("content", [b"[]", b"null", b'{"token_name": 5}', b'{"token_name": ""}', b"{", b"\xff"])
def test_a_body_that_is_there_is_held_to_its_form(api: Api, content: bytes) -> None:
    assert refusal_of(api.send("POST", "/generate_auth_token", content))[:2] == (400, "invalid_request")


def test_a_made_key_works_on_the_account_that_made_it(api: Api) -> None:
    owner = api.stranger()
    other = owner.under(generate(owner)["auth_token"])
    other.search()

    assert owner.get("/usage").json() == other.get("/usage").json()
    assert owner.get("/usage").json()["total"]["requests"] == 1


def test_each_key_that_is_made_is_another(api: Api) -> None:
    owner = api.stranger()

    assert len({generate(owner)["auth_token"] for _ in range(20)}) == 20


def test_no_key_is_shown_twice(api: Api) -> None:
    owner = api.stranger()
    token = generate(owner)["auth_token"]

    seen = [owner.get("/usage"), owner.get("/account/limits"), revoke(owner, token), revoke(owner, token)]
    assert all(token not in answer.text + str(answer.headers) for answer in seen)


def test_a_revoked_key_is_refused_and_the_one_that_made_it_is_not(api: Api) -> None:
    owner = api.stranger()
    token = generate(owner)["auth_token"]

    revoked = revoke(owner, token)

    assert (revoked.status_code, revoked.content, revoked.headers["content-length"]) == (200, b"", "0")
    assert "content-type" not in revoked.headers
    assert refusal_of(owner.under(token).get("/usage")) == INVALID
    assert owner.get("/usage").status_code == 200


def test_a_key_rotates(api: Api) -> None:
    old = api.stranger()
    old.search()
    new = old.under(generate(old)["auth_token"])

    assert revoke(new, old.key).status_code == 200
    assert refusal_of(old.get("/usage")) == INVALID
    assert new.get("/usage").json()["total"]["requests"] == 1


def test_a_key_may_revoke_itself(api: Api) -> None:
    owner = api.stranger()

    assert revoke(owner, owner.key).status_code == 200
    assert refusal_of(owner.get("/usage")) == INVALID


def test_a_revoked_key_revokes_nothing(api: Api) -> None:
    owner = api.stranger()
    other = owner.under(generate(owner)["auth_token"])
    revoke(owner, other.key)

    assert refusal_of(revoke(other, owner.key)) == INVALID
    assert owner.get("/usage").status_code == 200


def test_the_key_of_another_account_is_not_found_and_goes_on_working(api: Api) -> None:
    one, other = api.stranger(), api.stranger()
    other.search()

    assert refusal_of(revoke(one, other.key))[:2] == (404, "not_found")
    assert other.get("/usage").json()["total"]["requests"] == 1


@given(st.text(min_size=1, max_size=40))
def test_a_key_that_nobody_made_is_not_found(api: Api, token: str) -> None:
    assert revoke(api.under("finder"), token + "-nobody").status_code == 404


@pytest.mark.parametrize("body", [{}, {"auth_token": ""}, {"auth_token": 5}, {"auth_token": None}, []])
def test_a_revocation_names_a_key(api: Api, body: Any) -> None:
    assert api.refusal("/revoke_auth_token", body)[:2] == (400, "invalid_request")


def test_a_key_that_is_revoked_in_one_lane_works_in_the_others(api: Api) -> None:
    owner = api.stranger()
    token = generate(owner)["auth_token"]
    revoke(owner, token)

    assert owner.under(token).get("/n/elsewhere/usage").status_code == 200


@pytest.mark.parametrize("edition", ["2026-07", "2026-10"])
def test_dated_editions_have_both(api: Api, edition: str) -> None:
    dated = api.stranger().edition(edition)

    assert revoke(dated, generate(dated)["auth_token"]).status_code == 200


def test_the_same_account_makes_the_same_keys_again_after_a_restart(fake: Any) -> None:
    assert generate(fake(seed=4))["auth_token"] == generate(fake(seed=4))["auth_token"]
    assert generate(fake(seed=4))["auth_token"] != generate(fake(seed=5))["auth_token"]
