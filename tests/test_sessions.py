"""Browser sessions: they start, they stop once, and each belongs to its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Api

PATH = "/v1/browser/sessions"


def start(api: Api, content: bytes | None = b"{}") -> str:
    answer = api.send("POST", PATH, content)
    assert list(answer.json()) == ["session_id", "status"]
    assert (answer.status_code, answer.json()["status"]) == (200, "running")
    return str(answer.json()["session_id"])


@pytest.mark.parametrize("content", [None, b"{}", b"", b"not JSON"])
def test_a_session_starts_whatever_the_body(api: Api, content: bytes | None) -> None:
    assert start(api, content)


def test_each_session_is_another(api: Api) -> None:
    assert len({start(api) for _ in range(20)}) == 20


def test_a_session_stops_once_without_a_body(api: Api) -> None:
    session = start(api)

    stopped, again = api.delete(f"{PATH}/{session}"), api.delete(f"{PATH}/{session}")

    assert (stopped.status_code, stopped.content) == (200, b"")
    assert refusal_of(again) == (404, "not_found", "resource not found")


def test_a_session_of_another_account_goes_on(api: Api) -> None:
    session = start(api)

    assert api.stranger().delete(f"{PATH}/{session}").status_code == 404
    assert api.delete(f"{PATH}/{session}").status_code == 200


def test_lenient_validation_stops_sessions_that_nobody_started(fake: Callable[..., Api]) -> None:
    assert fake(validation="lenient").delete(f"{PATH}/session_id").status_code == 200


@pytest.mark.parametrize("edition", ["2026-07", "2026-10"])
def test_dated_editions_have_them(api: Api, edition: str) -> None:
    assert api.edition(edition).delete(f"{PATH}/{start(api.edition(edition))}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", PATH), ("DELETE", PATH), ("GET", PATH + "/x"), ("POST", PATH + "/x")]
)
def test_no_other_method_is_taken(api: Api, method: str, path: str) -> None:
    assert refusal_of(api.send(method, path))[0] == 405
