"""The hooks of Schemathesis forgive a refusal that a declared rule explains, and nothing else."""

from __future__ import annotations

import json
import socket
from collections import Counter
from contextlib import contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import schemathesis
import uvicorn
from requests import PreparedRequest
from schemathesis import CheckContext, GenerationMode, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from contract_tests.schemathesis_hooks import stream_is_whole
from mock_server import resources
from mock_server.app import create_app
from mock_server.contract import document
from mock_server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from mock_server.gates.asgi import App, Message, Receive, Scope, Send

    Headers: TypeAlias = dict[bytes, bytes]
    Retold: TypeAlias = Callable[[Headers, Any], tuple[int, Any]]


class Found(NamedTuple):
    """Failures by check, and how many more a hook forgave."""

    failures: Counter[str]
    forgiven: int


CONFIGURATION = resources.ROOT / "contract_tests" / "schemathesis.toml"
OPERATIONS = ["search", "search_v1", "focused_search", "configure_search_domains", "create_embeddings"]
"""Some whose boundary bodies break a rule; one is an alias."""


class Teller:
    """The fake, save that refusals by a rule are told as a function retells them."""

    def __init__(self, retold: Retold) -> None:
        self._app: App = create_app(Settings())
        self._retold = retold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            headers = dict(start["headers"])
            if b"x-mock-rule" in headers:
                status, body = self._retold(headers, json.loads(message["body"]))
                message["body"] = json.dumps(body).encode()
                headers[b"content-length"] = str(len(message["body"])).encode()
                start.update(status=status, headers=[*headers.items()])
            await send(start)
            await send(message)

        await self._app(scope, receive, tell)


@contextmanager
def served(app: App) -> Iterator[str]:
    """Serve an application on a socket; Schemathesis in this process would leave streams of its client unclosed."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def fuzz(app: App, operation: str, mode: GenerationMode = GenerationMode.POSITIVE) -> Found:
    """Send an operation its boundary bodies: those that are of the form, or those that are not."""
    config = SchemathesisConfig.from_path(CONFIGURATION)
    config.projects.default.phases.update(phases=["coverage"])
    config.projects.default.generation.update(modes=[mode])
    schema = schemathesis.openapi.from_dict(document.load(), config=config).include(operation_id=operation)
    with served(app) as schema.config.base_url:
        recorders = [
            event.recorder for event in from_schema(schema).execute() if isinstance(event, events.ScenarioFinished)
        ]
    checks = [check for recorder in recorders for checks in recorder.checks.values() for check in checks]
    return Found(
        failures=Counter(check.name for check in checks if check.failure_info),
        forgiven=sum(sum(recorder.filtered_failures.values()) for recorder in recorders),
    )


def as_it_is(_: Headers, body: Any) -> tuple[int, Any]:
    return 400, body


def no_rule(headers: Headers, body: Any) -> tuple[int, Any]:
    del headers[b"x-mock-rule"]
    return 400, body


def unknown_rule(headers: Headers, body: Any) -> tuple[int, Any]:
    headers[b"x-mock-rule"] = b"PPLX-R-WEATHER"
    return 400, body


def rule_of_another_operation(headers: Headers, body: Any) -> tuple[int, Any]:
    headers[b"x-mock-rule"] = b"PPLX-R-MESSAGES-LAST"
    return 400, {"error": {**body["error"], "type": "invalid_message"}}


def two_rules(headers: Headers, body: Any) -> tuple[int, Any]:
    headers[b"x-mock-rule"] += b", " + headers[b"x-mock-rule"]
    return 400, body


def unknown_edition(headers: Headers, body: Any) -> tuple[int, Any]:
    headers[b"x-mock-edition"] = b"2031-01"
    return 400, body


def another_type(_: Headers, body: Any) -> tuple[int, Any]:
    return 400, {"error": {**body["error"], "type": "internal_error"}}


def no_type(_: Headers, body: Any) -> tuple[int, Any]:
    return 400, {"error": body["error"]["type"]}


def another_status(_: Headers, body: Any) -> tuple[int, Any]:
    return 413, body


LIES = [
    no_rule, unknown_rule, rule_of_another_operation, two_rules, unknown_edition, another_type, no_type, another_status,
]  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refusal_by_a_rule_of_the_operation_is_forgiven(operation: str) -> None:
    found = fuzz(Teller(as_it_is), operation)

    assert not found.failures
    assert found.forgiven > 0


@pytest.mark.parametrize("operation", ["search_v1", "configure_search_domains", "create_embeddings"])
@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_refusal_that_is_not_explained_stays_a_failure(lie: Retold, operation: str) -> None:
    found = fuzz(Teller(lie), operation)

    assert found.failures["positive_data_acceptance"] > 0
    assert found.forgiven == 0


def test_what_else_is_wrong_with_a_forgiven_refusal_stays_a_failure() -> None:
    def retold(headers: Headers, body: Any) -> tuple[int, Any]:
        headers[b"content-type"] = b"text/plain"
        return 400, {"error": {**body["error"], "code": "400"}}

    found = fuzz(Teller(retold), "create_embeddings")

    assert found.failures.keys() == {"content_type_conformance"}
    assert found.forgiven > 0


def test_a_body_that_is_not_of_the_form_and_taken_all_the_same_stays_a_failure() -> None:
    found = fuzz(create_app(Settings(validation="lenient")), "configure_search_domains", GenerationMode.NEGATIVE)

    assert found.failures.keys() == {"negative_data_rejection"}


@pytest.mark.parametrize("cut", [False, True])
def test_a_stream_is_read_to_its_end(*, cut: bool) -> None:
    schema = schemathesis.openapi.from_dict(document.load(), config=SchemathesisConfig.from_path(CONFIGURATION))
    case = schema["/chat/completions/stream"]["POST"].Case()
    answer = Response(200, {}, b"", PreparedRequest(), elapsed=0, verify=False, stream_cut_short=cut)

    with pytest.raises(AssertionError, match="end") if cut else nullcontext():
        stream_is_whole(CheckContext.__new__(CheckContext), answer, case)
