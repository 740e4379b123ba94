"""The control API: what each route reads and changes, its own document, and what it says of a mistake."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from mock_server import resources
from mock_server.clock import VirtualClock
from mock_server.control import api as routes
from mock_server.journal.journal import Journal
from mock_server.redaction import name_of
from mock_server.state.parts import PARTS
from mock_server.stubs.model import Stub
from tests.conftest import chat_body, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from mock_server.state.lane import Lane
    from tests.conftest import Api

KEY = "a-key-that-is-secret"
NAME = name_of(KEY)
CHAT = chat_body("How do bees find their way home?")
_NUMBERS = count(1)


NOTHING = object()
SCRIPTED = "00000000-0000-0000-0000-000000000000"


class Admin:
    """The control API of one lane."""

    def __init__(self, api: Api, lane: str) -> None:
        self.api = api
        self.name = lane
        self.prefix = f"/n/{lane}"

    @property
    def lane(self) -> Lane:
        """The lane."""
        return self.api.lanes.of(self.name)

    def call(self, method: str, path: str, body: Any = NOTHING) -> httpx.Response:
        """Ask the control API."""
        headers = {} if body is NOTHING else {"content_type": "application/json"}
        content = None if body is NOTHING else json.dumps(body).encode()
        return self.api.send(method, f"{self.prefix}/__admin/{path}", content, **headers)

    def ask(self, method: str, path: str, body: Any = NOTHING) -> Any:
        """Ask for what has to be answered."""
        answer = self.call(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, method: str, path: str, body: Any = NOTHING) -> tuple[int, str, str]:
        """Ask for what has to be refused."""
        return refusal_of(self.call(method, path, body))

    def post(self, path: str, body: Any) -> httpx.Response:
        """Ask the fake itself, in the lane."""
        return self.api.under(KEY).post(self.prefix + path, body)

    def get(self, path: str) -> httpx.Response:
        """Ask the fake itself, in the lane."""
        return self.api.under(KEY).get(self.prefix + path)


@pytest.fixture
def admin(api: Api) -> Iterator[Admin]:
    """The control API of a lane of this test's own."""
    name = f"test-{next(_NUMBERS)}"
    yield Admin(api, name)
    api.lanes.drop(name)


# The document


@pytest.fixture(scope="module")
def document(api: Api) -> Any:
    return api.get("/__admin/openapi.json").json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_document_is_openapi(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_says_what_it_does_and_how_it_refuses(document: Any) -> None:
    for method, path, operation in operations(document):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert len(operation["description"]) > 20, place
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), place
        assert {"200", "400", "401", "403", "404", "405", "413", "415", "500"} <= operation["responses"].keys(), place
        assert "422" not in operation["responses"], place
        for status, response in operation["responses"].items():
            schema = response["content"]["application/json"]["schema"]
            assert status == "200" or schema == {"$ref": "#/components/schemas/ErrorEnvelope"}, place


def test_every_field_is_described(document: Any) -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, inner in schema.get("properties", {}).items()
        if "description" not in inner and "$ref" not in inner
    ]

    assert silent == []


def test_operation_ids_are_names_and_each_is_once(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(names) == len(set(names)) > 30


def test_the_page_of_the_documentation_lists_every_route(document: Any) -> None:
    page = (resources.ROOT / "docs" / "control.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z]+ /__admin/\S+)` \|", page, re.MULTILINE))

    assert listed == {f"{method} {path}" for method, path, _ in operations(document)} | {"GET /__admin/openapi.json"}


def test_each_resource_answers_for_its_own_routes_and_no_others(document: Any) -> None:
    documented: dict[str, set[str]] = {}
    for path in document["paths"]:
        name = path.removeprefix("/__admin/").partition("/")[0]
        documented.setdefault(routes.MODULES[name], set()).add(path.removeprefix("/__admin"))

    for module in routes.MODULES.values():
        paths = {str(getattr(route, "path", "")) for route in routes.router(module).routes}
        assert {path.replace(":path}", "}") for path in paths} == documented[module]


# Whatever comes in

WRITES = [
    ("POST", "clock"), ("PUT", "edition"), ("PUT", "seed"), ("POST", "reset"), ("PUT", "accounts"), ("PUT", "limits"),
    ("POST", "faults"), ("PUT", "faults"), ("POST", "stubs"), ("PUT", "stubs"), ("POST", "journal/find"),
    ("POST", "journal/verify"),
]  # fmt: skip
FIELDS = [
    "key", "only", "mode", "advance", "now", "move", "edition", "seed", "tier", "limits", "credit", "quota", "faults",
    "stubs", "strict", "filter", "since", "limit", "times", "order", "reply", "when", "status", "id", "share", "nth",
]  # fmt: skip
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=10)
    | st.just("sha256:00000000"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=3) | values


def test_every_write_is_tried_below(document: Any) -> None:
    written = {(method, path.removeprefix("/__admin/")) for method, path, operation in operations(document)
               if "requestBody" in operation}  # fmt: skip

    assert set(WRITES) == written


@pytest.mark.parametrize(("method", "path"), WRITES)
@given(body=bodies)
@settings(max_examples=60)
def test_any_json_is_taken_or_refused_and_nothing_breaks(api: Api, method: str, path: str, body: Any) -> None:
    answer = Admin(api, "anything").call(method, path, body)

    assert answer.status_code in {200, 400, 404}, answer.text
    if answer.status_code != 200:
        assert refusal_of(answer)[2]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[" * 5000, b'{"a": NaN}', b'{"a": "\\ud800"}', b"5", b"null"]
)
def test_what_is_no_json_object_is_refused(api: Api, method: str, path: str, content: bytes) -> None:
    answer = api.send(method, f"/__admin/{path}", content, content_type="application/json")

    assert refusal_of(answer)[:2] == (400, "invalid_request")


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_field_that_there_is_not_is_named(admin: Admin, method: str, path: str) -> None:
    status, kind, message = admin.refusal(method, path, {"surprise": 1})

    assert (status, kind) == (400, "invalid_request")
    assert "body.surprise: Extra inputs are not permitted" in message


@given(path=st.text(st.characters(codec="utf-8", exclude_characters="?#\\", exclude_categories=["Cc"]), max_size=30))
def test_any_path_is_answered_in_the_envelope(api: Api, path: str) -> None:
    answer = api.get("/__admin/a" + path)

    assert answer.status_code in {200, 404}
    if answer.is_error and "/../" not in f"/{path}/" and "/./" not in f"/{path}/":
        assert refusal_of(answer)[1] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "clock", "GET, HEAD, POST"), ("POST", "health", "GET, HEAD"), ("GET", "reset", "POST"),
     ("POST", "faults/x", "DELETE, GET, HEAD"), ("PATCH", "stubs", "DELETE, GET, HEAD, POST, PUT")],
)  # fmt: skip
def test_a_method_that_a_path_does_not_take_is_refused_with_those_that_it_does(
    admin: Admin, method: str, path: str, allowed: str
) -> None:
    answer = admin.call(method, path, {})

    assert (refusal_of(answer)[0], answer.headers["allow"]) == (405, allowed)


def test_a_head_is_a_get_without_a_body(admin: Admin) -> None:
    got, head = admin.call("GET", "seed"), admin.call("HEAD", "seed")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))


def test_a_mistake_of_the_fakes_own_is_an_error_and_no_traceback(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Journal) -> int:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(Journal, "__len__", broken)

    assert admin.refusal("GET", "lanes") == (500, "internal_error", "Internal server error")
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "GET /__admin/lanes failed: RuntimeError: a mistake"
    ]


# Health, seed, edition, lanes


def test_health_says_who_answers(admin: Admin) -> None:
    found = admin.ask("GET", "health")

    assert (found["status"], found["edition"], found["seed"]) == ("ok", "complete", 0)
    assert found["editions"] == ["complete", "2026-07", "2026-10"]
    assert found["lane"] == admin.name


def test_another_seed_makes_another_world(admin: Admin) -> None:
    before = admin.post("/search", {"query": "bees"}).json()

    assert admin.ask("PUT", "seed", {"seed": 9}) == admin.ask("GET", "seed") == {"seed": 9}
    assert admin.post("/search", {"query": "bees"}).json()["results"] != before["results"]


def test_another_edition_answers_from_the_next_request_on(admin: Admin) -> None:
    assert admin.post("/chat/completions", CHAT).status_code == 200

    assert admin.ask("PUT", "edition", {"edition": "2026-10"})["edition"] == "2026-10"

    assert admin.post("/chat/completions", CHAT).status_code == 403
    assert admin.ask("GET", "health")["edition"] == "2026-10"


def test_an_edition_that_there_is_not_is_refused(admin: Admin) -> None:
    assert admin.refusal("PUT", "edition", {"edition": "2027-01"}) == (
        400,
        "invalid_request",
        "Unknown edition '2027-01'. Known editions: complete, 2026-07, 2026-10.",
    )


def test_stubs_are_held_against_the_edition_that_comes(admin: Admin) -> None:
    admin.ask("POST", "stubs", {"id": "sound", "when": {"operation": "search"}, "reply": {"status": 500}})
    broken = Stub.model_validate({"id": "mine", "when": {"operation": "search"}, "reply": {"body": {"id": 5}}})
    admin.lane.stubs.add(broken)  # which asks no contract

    found = admin.ask("PUT", "edition", {"edition": "2026-07"})["broken_stubs"]

    assert found
    assert all(text.startswith("stub mine: reply.body") and "edition 2026-07" in text for text in found)
    assert admin.ask("GET", "edition")["broken_stubs"] == found


def test_lanes_are_listed_and_dropped(admin: Admin) -> None:
    admin.post("/search", {"query": "bees"})
    name = admin.name

    (mine,) = [lane for lane in admin.ask("GET", "lanes")["lanes"] if lane["lane"] == name]
    assert (mine["path"], mine["accounts"], mine["calls"]) == (f"/n/{name}/", 1, 1)

    # It is asked of the default lane, as asking in the lane would make it again.
    assert admin.api.delete(f"/__admin/lanes/{name}").json() == {"dropped": name}
    assert admin.ask("GET", "accounts") == {"accounts": []}


# Clocks


def test_the_pacing_clock_is_frozen_and_advanced(admin: Admin) -> None:
    frozen = admin.ask("POST", "clock", {"mode": "virtual"})
    advanced = admin.ask("POST", "clock", {"advance": 1.2})

    assert (frozen["mode"], advanced["mode"]) == ("virtual", "virtual")
    assert advanced["nanoseconds"] - frozen["nanoseconds"] == 1_200_000_000
    assert admin.ask("GET", "clock") == advanced


def test_a_clock_that_runs_is_frozen_when_it_is_advanced_and_may_run_again(admin: Admin) -> None:
    assert admin.ask("GET", "clock")["mode"] == "real"

    advanced = admin.ask("POST", "clock", {"advance": "3600.000000001"})
    running = admin.ask("POST", "clock", {"mode": "real"})

    assert (advanced["mode"], running["mode"]) == ("virtual", "real")
    assert 3600 <= advanced["seconds"] <= running["seconds"] < 3700


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"), ("2026-12-24T18:00:00+02:00", "2026-12-24T16:00:00Z"),
     ("2026-12-24", "2026-12-24T00:00:00Z"), (0, "1970-01-01T00:00:00Z"), (1_800_000_000, "2027-01-15T08:00:00Z")],
)  # fmt: skip
def test_the_content_clock_is_put_somewhere(admin: Admin, written: Any, shown: str) -> None:
    assert admin.ask("POST", "clock", {"now": written})["now"] == shown


def test_dates_in_answers_come_from_the_content_clock(admin: Admin) -> None:
    before = admin.post("/chat/completions", CHAT).json()["created"]

    assert admin.ask("POST", "clock", {"move": 86_400})["moved"] == 86_400
    assert admin.post("/chat/completions", CHAT).json()["created"] == before + 86_400
    assert admin.ask("POST", "clock", {"move": -86_400})["moved"] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "body: give one of mode, advance, now, move"),
        ({"advance": -1}, "body.advance: a clock goes forward, not by -1 s"),
        ({"advance": "soon"}, "body.advance: seconds are a number, got 'soon'"),
        ({"advance": True}, "body.advance: seconds are a number, got True"),
        ({"advance": 1e12}, "body.advance: a clock goes forward by at most 1000000000 s at once"),
        ({"mode": "fast"}, "body.mode: Input should be 'real' or 'virtual'"),
        ({"mode": "real", "advance": 1}, "body: a clock that is advanced stands"),
        ({"now": 1, "move": 1}, "body: give now or move, not both"),
        (
            {"now": "Christmas"},
            "body.now: write it as 2026-11-01T12:00:00Z or as seconds since 1970, not as 'Christmas'",
        ),
        ({"now": -1}, "body.now: Input should be greater than or equal to 0"),
        ({"now": "9999-01-01"}, "body.now: Input should be less than"),
        ({"move": 32_503_680_000}, "move: the content clock stays in 1970 to 2999"),
    ],
)
def test_a_change_of_clocks_that_is_none_is_explained_and_nothing_moves(admin: Admin, change: Any, said: str) -> None:
    frozen = admin.ask("POST", "clock", {"mode": "virtual"})

    status, _, message = admin.refusal("POST", "clock", change)

    assert status == 400
    assert message.startswith(said)
    assert admin.ask("GET", "clock") == frozen


def test_a_bucket_refills_exactly_when_the_clock_is_advanced(admin: Admin) -> None:
    admin.ask("POST", "clock", {"mode": "virtual"})
    admin.ask("PUT", "limits", {"limits": ["search=1/minute"]})
    statuses = []
    for step in (0, 59.999999999, 0.000000001):
        admin.ask("POST", "clock", {"advance": step})
        statuses.append(admin.post("/search", {"query": "bees"}).status_code)

    assert statuses == [200, 429, 200]


def test_a_stream_goes_on_when_the_clock_is_advanced(fake: Callable[..., Api], loop: asyncio.AbstractEventLoop) -> None:
    paced = fake(clock=VirtualClock(), ttft=60.0)
    body = chat_body("hi", stream=True, max_tokens=16)

    async def play() -> httpx.Response:
        headers = {"authorization": "Bearer a"}
        streaming = asyncio.create_task(paced.client.post("/chat/completions", json=body, headers=headers))
        while (await paced.client.get("/__admin/clock")).json()["waiting"] == 0:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0)
        await paced.client.post("/__admin/clock", json={"advance": 59})
        assert (await paced.client.get("/__admin/clock")).json()["waiting"] == 1
        await paced.client.post("/__admin/clock", json={"advance": 1})
        return await asyncio.wait_for(streaming, 20)

    assert loop.run_until_complete(play()).text.count("data: ") > 5


# Accounts and limits


def test_an_account_is_listed_by_its_hash_with_what_it_spent(admin: Admin) -> None:
    for _ in range(2):
        admin.post("/search", {"query": "bees"})

    answer = admin.call("GET", "accounts")

    (account,) = answer.json()["accounts"]
    assert (account["account"], account["requests"], account["cost"]) == (NAME, 2, "0.01")
    assert KEY not in answer.text


def test_an_account_is_given_a_credit_before_it_is_used_and_runs_out_of_it(admin: Admin) -> None:
    given_ = admin.ask("PUT", "accounts", {"key": KEY, "credit": 0.01})
    assert (given_["account"], given_["credit"], given_["requests"]) == (NAME, "0.01", 0)

    statuses = [admin.post("/search", {"query": "bees"}).status_code for _ in range(3)]

    assert statuses == [200, 200, 401]
    assert admin.ask("PUT", "accounts", {"key": NAME, "credit": None})["credit"] is None
    assert admin.post("/search", {"query": "bees"}).status_code == 200


def test_an_account_is_changed_by_its_name_and_the_others_stay_free(admin: Admin) -> None:
    admin.post("/search", {"query": "bees"})

    admin.ask("PUT", "accounts", {"key": NAME, "limits": ["*=1/day"]})

    assert [admin.post("/search", {"query": "bees"}).status_code for _ in range(2)] == [200, 429]
    assert admin.api.under("another").post(f"{admin.prefix}/search", {"query": "bees"}).status_code == 200


def test_a_name_that_nobody_has_is_refused(admin: Admin) -> None:
    for method, path in (("PUT", "accounts"), ("POST", "reset")):
        status, kind, message = admin.refusal(method, path, {"key": "sha256:01234567"})
        assert (status, kind) == (404, "not_found")
        assert message.startswith("There is no account 'sha256:01234567'.")


def test_a_revoked_key_is_taken_back_by_a_reset(admin: Admin) -> None:
    accounts, key = admin.lane.accounts, KEY.encode()
    accounts.revoke(key, accounts.of(key, {}))

    refused = admin.refusal("PUT", "accounts", {"key": KEY, "tier": 1})
    assert refused == (400, "invalid_request", "body.key: this key was revoked; a reset of its account takes it back")

    admin.ask("POST", "reset", {"key": KEY})
    assert admin.ask("PUT", "accounts", {"key": KEY, "tier": 1})["tier"] == 1


def test_limits_for_all_are_read_and_changed_one_by_one(admin: Admin) -> None:
    free = {"tier": None, "limits": [], "credit": None, "quota": None, "retry_after": False}
    assert admin.ask("GET", "limits") == free

    admin.ask("PUT", "limits", {"tier": 1, "retry_after": True})
    changed = admin.ask("PUT", "limits", {"limits": [{"target": "sonar", "count": 5, "period": "minute"}], "quota": 3})

    assert changed == {**free, "tier": 1, "retry_after": True, "limits": ["sonar=5/minute"], "quota": 3}
    assert admin.ask("PUT", "limits", {"tier": None})["tier"] is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limits": ["sonar"]}, "body.limits: limit 'sonar': write it as"),
        (
            {"limits": ["sonnar=1/minute"]},
            "body.limits: limit 'sonnar': there is nothing of this name; did you mean 'sonar'?",
        ),
        ({"tier": 6}, "body.tier: Input should be less than or equal to 5"),
        ({"credit": -1}, "body.credit: Input should be greater than or equal to 0"),
        ({"credit": "much"}, "body.credit: US dollars are a number, got 'much'"),
        ({"quota": 0.5}, "body.quota: Input should be a valid integer"),
    ],
)
def test_a_limit_that_is_none_is_explained_and_nothing_changes(admin: Admin, change: Any, said: str) -> None:
    before = admin.ask("GET", "limits")

    assert admin.refusal("PUT", "limits", {"retry_after": True, **change})[2].startswith(said)
    assert admin.ask("GET", "limits") == before


# Faults, scenarios, stubs


def test_a_fault_is_added_counted_and_removed(admin: Admin) -> None:
    added = admin.ask("POST", "faults", {"status": 503, "times": 1, "operation": "search"})

    statuses = [admin.post("/search", {"query": "bees"}).status_code for _ in range(2)]

    assert statuses == [503, 200]
    path = f"faults/{added['id']}"
    assert (admin.ask("GET", path)["struck"], admin.ask("GET", path)["seen"]) == (1, 2)
    assert admin.ask("DELETE", path)["fault"] == {"status": 503, "times": 1, "operation": ["search"]}
    assert admin.refusal("DELETE", path)[2].startswith(f"There is no fault '{added['id']}'.")
    assert admin.ask("GET", "faults") == {"faults": []}


def test_all_faults_are_replaced_or_none(admin: Admin) -> None:
    admin.ask("POST", "faults", {"id": "old", "status": 500})

    doubled = admin.refusal("PUT", "faults", {"faults": [{"id": "a", "status": 500}, {"id": "a", "status": 502}]})
    assert doubled[2].startswith("there is a fault 'a' already")
    assert [fault["id"] for fault in admin.ask("GET", "faults")["faults"]] == ["old"]

    replaced = admin.ask("PUT", "faults", {"faults": [{"id": "a", "status": 500}, {"status": 502}]})
    assert [fault["id"] for fault in replaced["faults"]] == ["a", "fault-1"]
    assert admin.ask("DELETE", "faults") == {"faults": []}


def test_a_key_in_a_fault_or_a_stub_shows_as_its_hash(admin: Admin) -> None:
    fault = admin.call("POST", "faults", {"status": 500, "key": KEY})
    stub = admin.call("POST", "stubs", {"when": {"key": KEY}, "reply": {"status": 500}})

    assert fault.json()["fault"]["key"] == stub.json()["stub"]["when"]["key"] == NAME
    assert KEY not in fault.text + stub.text + admin.call("GET", "faults").text + admin.call("GET", "stubs").text


def test_scenarios_are_listed_shown_and_played(admin: Admin) -> None:
    listed = admin.ask("GET", "scenarios")["scenarios"]
    assert len(listed) > 5
    name = "504-on-deep-research"
    assert name in {scenario["name"] for scenario in listed}

    shown = admin.ask("GET", f"scenarios/{name}")
    assert admin.ask("POST", f"scenarios/{name}", {}) == shown

    assert [fault["id"] for fault in admin.ask("GET", "faults")["faults"]] == [f"{name}-1"]


@pytest.mark.parametrize(
    "name",
    ["..%2ferrors", "%2e%2e%2ferrors", "%2fetc%2fpasswd", "..\\errors", "504-on-deep-research.yaml", "%00", "a/b",
     "%ff", "....//errors", "a/..%2f504-on-deep-research"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_climbs_out_of_the_folder_is_refused_without_a_look_at_the_disk(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, method: str, name: str
) -> None:
    admin.ask("GET", "scenarios")  # the list of names is known from here on
    asked: list[object] = []

    with monkeypatch.context() as patch:
        for way in ("open", "stat", "read_text", "read_bytes", "is_file", "iterdir"):
            patch.setattr(f"pathlib.Path.{way}", lambda *given_, **_: asked.append(given_))
        answer = admin.call(method, f"scenarios/{name}", NOTHING if method == "GET" else {})

    assert (answer.status_code, asked) == (404, []), answer.text


def test_a_stub_is_added_counted_and_removed(admin: Admin) -> None:
    stub = {"id": "mine", "when": {"operation": "search"}, "reply": {"patch": {"id": SCRIPTED}}, "times": 1}
    added = admin.ask("POST", "stubs", stub)
    assert (added["id"], added["source"], added["answered"]) == ("mine", "api", 0)

    ids = [admin.post("/search", {"query": "bees"}).json()["id"] for _ in range(2)]

    assert ids[0] == SCRIPTED != ids[1]
    assert admin.ask("GET", "stubs/mine")["answered"] == 1
    assert admin.ask("DELETE", "stubs/mine")["id"] == "mine"
    assert admin.refusal("GET", "stubs/mine")[:2] == (404, "not_found")


def test_a_stub_that_breaks_the_contract_is_refused_with_its_place(admin: Admin) -> None:
    broken = {"when": {"operation": "search"}, "reply": {"body": {"results": 5, "id": "x"}}}

    for method, body in (("POST", broken), ("PUT", {"stubs": [{"reply": {"status": 500}}, broken]})):
        status, kind, message = admin.refusal(method, "stubs", body)
        assert (status, kind) == (400, "invalid_request")
        assert "reply.body.results" in message
    assert admin.ask("GET", "stubs")["stubs"] == []


def test_stubs_are_replaced_together_and_strictness_is_set(admin: Admin) -> None:
    admin.ask("POST", "stubs", {"id": "old", "reply": {"status": 500}})

    replaced = admin.ask(
        "PUT", "stubs", {"strict": True, "stubs": [{"when": {"operation": "search"}, "reply": {"status": 429}}]}
    )

    assert (replaced["strict"], [stub["id"] for stub in replaced["stubs"]]) == (True, ["stub-1"])
    assert admin.post("/search", {"query": "bees"}).status_code == 429
    assert admin.post("/chat/completions", CHAT).json()["error"]["type"] == "no_stub_matched"
    assert admin.ask("DELETE", "stubs") == {"strict": True, "stubs": []}


# The journal


def test_the_journal_is_read_page_by_page(admin: Admin) -> None:
    for query in ("bees", "tides", "coffee"):
        admin.post("/search", {"query": query})

    first = admin.ask("GET", "journal?limit=2")
    rest = admin.ask("GET", f"journal?since={first['last']}")

    assert [json.loads(call["request"]["body"]["text"])["query"] for call in [*first["calls"], *rest["calls"]]] == [
        "bees",
        "tides",
        "coffee",
    ]
    assert (rest["last"], rest["total"], rest["kept"]) == (3, 3, 3)
    assert admin.ask("GET", "journal/2") == first["calls"][1]
    assert admin.refusal("GET", "journal/4")[2].startswith("There is no call '4'.")
    assert admin.refusal("GET", "journal/0")[0] == 404


def test_calls_are_found_by_what_they_are_like(admin: Admin) -> None:
    admin.post("/search", {"query": "bees"})
    admin.post("/search", {})
    admin.get("/models")

    assert [call["number"] for call in admin.ask("GET", "journal?operation=search&status=4xx")["calls"]] == [2]
    assert len(admin.ask("GET", f"journal?account={NAME}")["calls"]) == 3
    found = admin.ask("POST", "journal/find", {"filter": {"body": {"query": "bees"}, "key": KEY}})
    assert [call["number"] for call in found["calls"]] == [1]


@pytest.mark.parametrize(
    "query", ["since=-1", "limit=0", "limit=1001", "wait=61", "status=many", "account=a-key", "x=1"]
)
def test_a_query_that_is_none_is_explained(admin: Admin, query: str) -> None:
    status, kind, message = admin.refusal("GET", f"journal?{query}")

    assert (status, kind) == (400, "invalid_request")
    assert message.startswith(f"query.{query.partition('=')[0]}: ")


def test_a_key_shows_nowhere_in_the_journal(admin: Admin) -> None:
    admin.post("/search", {"query": f"my key is {KEY}"})
    admin.get(f"/models?api_key={KEY}")

    for path in ("journal", "journal/har", "journal/1", "accounts"):
        told = admin.call("GET", path).text
        assert NAME in told, path
        assert KEY not in told, path


def test_who_waits_for_a_call_gets_it_as_soon_as_it_came(api: Api, loop: asyncio.AbstractEventLoop) -> None:
    client, headers = api.client, {"authorization": "Bearer a"}

    async def play() -> Any:
        asked = {"filter": {"operation": "search"}, "wait": 30}
        waiting = asyncio.create_task(client.post("/n/waited/__admin/journal/find", json=asked))
        await client.get("/n/waited/models", headers=headers)
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await client.post("/n/waited/search", json={"query": "bees"}, headers=headers)
        return (await asyncio.wait_for(waiting, 10)).json()

    found = loop.run_until_complete(play())
    assert [call["operation"] for call in found["calls"]] == ["search"]


def test_who_waits_in_vain_gets_an_empty_page(admin: Admin) -> None:
    found = admin.ask("GET", "journal?since=7&wait=0.01")

    assert (found["calls"], found["total"]) == ([], 0)


def test_calls_are_verified_and_what_came_instead_is_told(admin: Admin) -> None:
    for path in ("/search", "/chat/completions"):
        admin.post(path, {"query": "bees"} if path == "/search" else CHAT)

    assert admin.ask("POST", "journal/verify", {"times": 1, "filter": {"operation": "search"}})["met"]
    assert admin.ask("POST", "journal/verify", {"at_most": 0, "filter": {"status": "5xx"}})["met"]
    order = admin.ask("POST", "journal/verify", {"order": [{"operation": "search"}, {"model": "sonar"}]})
    assert (order["met"], order["calls"]) == (True, [1, 2])

    missed = admin.ask("POST", "journal/verify", {"times": 2, "filter": {"operation": "search"}})
    assert (missed["met"], missed["count"]) == (False, 1)
    assert "expected exactly 2 of operation search, got 1" in missed["message"]
    assert not admin.ask("POST", "journal/verify", {"order": [{"model": "sonar"}, {"operation": "search"}]})["met"]


@pytest.mark.parametrize("asked", [{"order": [{}], "times": 1}, {"times": 1, "at_least": 1}, {"order": []}])
def test_a_verification_that_says_two_things_is_refused(admin: Admin, asked: Any) -> None:
    assert admin.refusal("POST", "journal/verify", asked)[:2] == (400, "invalid_request")


def test_the_journal_is_cleared_and_exported(admin: Admin) -> None:
    admin.post("/search", {"query": "bees"})

    assert len(admin.ask("GET", "journal/har")["log"]["entries"]) == 1
    assert admin.ask("DELETE", "journal") == {"cleared": 1}
    assert admin.ask("GET", "journal")["calls"] == []


def test_the_control_api_writes_itself_into_no_journal(admin: Admin) -> None:
    for path in ("health", "journal", "nowhere"):
        admin.call("GET", path)

    assert admin.ask("GET", "journal")["total"] == 0


# What the journal can tell


def test_a_verdict_names_the_calls_that_prove_it(admin: Admin) -> None:
    admin.post("/search", {"query": "bees", "surprise": 1})

    found = admin.ask("GET", "verdict")

    assert [(finding["kind"], finding["calls"]) for finding in found["findings"]] == [("unknown-fields", [1])]
    assert found["judged"] == 1


def test_who_has_not_come_again_gave_up_once_it_is_over(admin: Admin) -> None:
    admin.ask("POST", "clock", {"mode": "virtual"})
    admin.ask("POST", "faults", {"status": 503, "times": 1})
    admin.post("/search", {"query": "bees"})

    assert "gave-up" in {finding["kind"] for finding in admin.ask("GET", "verdict?over=true")["findings"]}


def test_coverage_is_that_of_the_lane_and_of_an_edition(admin: Admin) -> None:
    admin.post("/search", {"query": "bees"})

    found = admin.ask("GET", "coverage")
    assert (found["edition"], found["calls"]) == ("complete", 1)
    assert {row["operation"] for row in found["operations"] if row["calls"]} == {"search"}
    assert admin.ask("GET", "coverage?edition=2026-10")["edition"] == "2026-10"
    assert admin.refusal("GET", "coverage?edition=2027-01")[2].startswith("Unknown edition '2027-01'.")


def test_the_cost_is_that_of_the_accounts(admin: Admin) -> None:
    for _ in range(3):
        admin.post("/search", {"query": "bees"})

    found = admin.ask("GET", "cost")

    assert (found["total"], found["calls"]) == ("0.015", 3)
    assert admin.ask("GET", "accounts")["accounts"][0]["cost"] == found["total"]


# Reset


def test_a_reset_names_what_went_back(admin: Admin) -> None:
    assert admin.ask("POST", "reset", {"only": ["stubs", "journal"]})["reset"] == ["journal", "stubs"]
    assert admin.ask("POST", "reset", {"key": KEY})["reset"] == ["account"]
    assert admin.ask("POST", "reset", {})["reset"] == [*PARTS]


@pytest.mark.parametrize(
    "asked", [{"only": []}, {"only": ["everything"]}, {"key": ""}, {"key": "a", "only": ["stubs"]}]
)
def test_a_reset_of_nothing_is_refused(admin: Admin, asked: Any) -> None:
    assert admin.refusal("POST", "reset", asked)[:2] == (400, "invalid_request")


def test_parts_go_back_alone(admin: Admin) -> None:
    admin.ask("POST", "faults", {"status": 503})
    admin.ask("POST", "stubs", {"reply": {"status": 500}})
    admin.ask("PUT", "limits", {"tier": 0})
    admin.post("/search", {"query": "bees"})

    admin.ask("POST", "reset", {"only": ["stubs", "faults", "journal"]})

    assert admin.ask("GET", "faults")["faults"] == admin.ask("GET", "stubs")["stubs"] == []
    assert admin.ask("GET", "journal")["total"] == 0
    assert admin.ask("GET", "limits")["tier"] == 0


def test_everything_of_one_account_goes_and_the_rest_stays(admin: Admin) -> None:
    other = admin.api.under("another-key")
    admin.ask("PUT", "accounts", {"key": KEY, "tier": 0})
    admin.post("/search", {"query": "bees"})
    other.post(f"{admin.prefix}/search", {"query": "bees"})

    admin.ask("POST", "reset", {"key": KEY})

    assert [account["account"] for account in admin.ask("GET", "accounts")["accounts"]] == [name_of("another-key")]
    assert {call["request"]["key"] for call in admin.ask("GET", "journal")["calls"]} == {name_of("another-key")}
