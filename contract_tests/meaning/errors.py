"""Refusals: no key, wrong paths and methods, wrong messages and models, bodies that are none."""

from __future__ import annotations

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer, Ask
from contract_tests.meaning.chat import CHAT
from contract_tests.meaning.search import SEARCH
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat
from mock_server.contract.operation import Operation
from mock_server.jsontypes import JSON, JSONObject


def kind_of(probe: Probe, answer: Answer, kind: str) -> str:
    """Demand a type of error; returns its message."""
    found = reading.text(answer.object, "error", "type")
    probe.require(found == kind, f"an error of the type {kind}", found)
    return reading.text(answer.object, "error", "message")


@check("PPLX-ERRORS-001", "Every operation refuses a request without a key with 401 invalid_api_key.", basis="wire",
       source="evidence 4.2, PROBE-08", operations=(SEARCH,), quick=80, full=80, cost="0")  # fmt: skip
def no_key(probe: Probe) -> None:
    for operation in probe.target.edition.operations.values():
        path = operation.path.replace("{", "").replace("}", "")
        body: JSON = {} if operation.body is not None else None
        answer = probe.send(Ask(operation, path, body, key=""), status=401)
        kind_of(probe, answer, "invalid_api_key")


@check("PPLX-ERRORS-002", "A path that is not in the API answers 404 with an empty body.", basis="wire",
       source="evidence 4.1, PROBE-08", operations=(SEARCH,), quick=2, full=2, cost="0")  # fmt: skip
def unknown_path(probe: Probe) -> None:
    for path in ("/v1/no-such-thing", "/v1/chat/completions"):
        answer = _raw(probe, Ask(_any(probe), path, {"query": "bees"}, key=probe.key))
        probe.require(answer.status == 404, "status 404", answer.status)
        probe.require(answer.content == b"", "an empty body", answer.content)


@check("PPLX-ERRORS-003", "A method that a path does not take is 405, and Allow says which it takes.", basis="design",
       source="design 7; RFC 9110 15.5.6", operations=(SEARCH,), quick=80, full=80, cost="0",
       targets=("fake", "url"))  # fmt: skip
def wrong_method(probe: Probe) -> None:
    paths: dict[str, list[Operation]] = {}
    for operation in probe.target.edition.operations.values():
        paths.setdefault(operation.path, []).append(operation)
    for path, served in paths.items():
        allowed = {operation.method for operation in served}
        wrong = next(method for method in ("PUT", "PATCH") if method not in allowed)
        filled = path.replace("{", "").replace("}", "")
        answer = _raw(probe, Ask(served[0], filled, key=probe.key, method=wrong))
        probe.require(answer.status == 405, "status 405", f"{answer.status} for {wrong} {path}")
        told = {name.strip() for name in (answer.header("allow") or "").split(",")} - {"HEAD", "OPTIONS"}
        probe.require(told == allowed, "Allow with the path's methods", f"{answer.header('allow')} for {path}")


@check("PPLX-ERRORS-004", "An unknown model is refused with the model's name.", basis="wire", source="evidence 4.2",
       operations=(CHAT,), quick=2, full=2, cost="0")  # fmt: skip
def unknown_model(probe: Probe) -> None:
    for name in ("no-such-model", "sonar-pro "):
        message = kind_of(probe, probe.call(CHAT, chat("hi", name), status=400), "invalid_model")
        probe.require(f"'{name}'" in message, "a message that quotes the model", message)


@check("PPLX-ERRORS-005", "Messages that do not alternate, or do not end with the user's, are refused.", basis="wire",
       source="evidence 4.2", operations=(CHAT,), quick=3, full=3, cost="0")  # fmt: skip
def roles_alternate(probe: Probe) -> None:
    for roles, words in (("uu", "alternat"), ("uau" + "u", "alternat"), ("ua", "Last message")):
        said: list[JSON] = [{"role": {"u": "user", "a": "assistant"}[role], "content": "hi"} for role in roles]
        message = kind_of(probe, probe.call(CHAT, {"model": "sonar", "messages": said}, status=400), "invalid_message")
        probe.require(words in message, f"a message that says {words}", message)


@check("PPLX-ERRORS-006", "sonar wants sixteen tokens at least.", basis="wire", source="evidence 4.2",
       operations=(CHAT,), quick=2, full=2)  # fmt: skip
def floor_of_tokens(probe: Probe) -> None:
    probe.call(CHAT, chat(QUESTIONS[0], max_tokens=16))
    kind_of(probe, probe.call(CHAT, chat(QUESTIONS[0], max_tokens=15), status=400), "invalid_parameter")


@check("PPLX-ERRORS-007", "Prompt and answer together fit the model's context, or are refused.", basis="wire",
       source="evidence 4.2, 13.3", operations=(CHAT,), quick=2, full=2, cost="0")  # fmt: skip
def context_is_bounded(probe: Probe) -> None:
    probe.call(CHAT, chat("word " * 200_000), status=400)
    probe.call(CHAT, chat("word " * 20_000, max_tokens=120_000), status=400)


@check("PPLX-ERRORS-008", "A body that is no JSON, or no object, or lacks what is required, is refused.", basis="docs",
       source="evidence 4, 12.1", operations=(CHAT, SEARCH), quick=10, full=10, cost="0")  # fmt: skip
def broken_bodies(probe: Probe) -> None:
    for identity in (CHAT, SEARCH):
        operation = next(one for one in probe.target.edition.operations.values() if one.handler == identity)
        for raw in (b"{", b"[]", b'"text"', b"{}", b"\xff\xfe"):
            probe.send(Ask(operation, operation.path, raw=raw, key=probe.key), status=400)


@check("PPLX-ERRORS-009", "Values out of range or of another type are refused.", basis="spec", source="evidence 1.1",
       operations=(CHAT,), quick=8, full=8, cost="0")  # fmt: skip
def out_of_range(probe: Probe) -> None:
    wrong: list[JSONObject] = [
        {"temperature": 2.5}, {"temperature": "hot"}, {"top_p": 1.5}, {"max_tokens": 200_000}, {"stream": "yes"},
        {"search_mode": "everything"}, {"search_recency_filter": "decade"}, {"messages": []},
    ]  # fmt: skip
    for fields in wrong:
        probe.call(CHAT, {**chat("hi"), **fields}, status=400)


@check("PPLX-ERRORS-010", "Keys that play an account meet its refusal.", basis="wire", source="evidence 4.2; design 7",
       operations=(SEARCH,), quick=4, full=4, targets=("fake",))  # fmt: skip
def playing_keys(probe: Probe) -> None:
    for key, status, kind in (
        ("pplx-mock-invalid", 401, "invalid_api_key"),
        ("pplx-mock-no-credit", 401, "insufficient_quota"),
        ("pplx-mock-presearch", 451, "api_key_created_before_search_api_cutoff"),
    ):
        kind_of(probe, probe.call(SEARCH, {"query": "bees"}, key=key, status=status), kind)


@check("PPLX-ERRORS-011", "Sonar answers 403 since it ended, and says where to go.", basis="wire",
       source="evidence 0.2", operations=(), quick=2, full=2, editions=("2026-10",), cost="0")  # fmt: skip
def sonar_is_gone(probe: Probe) -> None:
    for operation in probe.target.edition.operations.values():
        if operation.handler == CHAT:
            answer = probe.send(Ask(operation, operation.path, chat("hi"), key=probe.key), status=403)
            message = kind_of(probe, answer, "chat_completions_not_available")
            probe.require("/v1/responses" in message, "a message that names /v1/responses", message)


def _any(probe: Probe) -> Operation:
    return next(one for one in probe.target.edition.operations.values() if one.handler == SEARCH)


def _raw(probe: Probe, ask: Ask) -> Answer:
    """Send what the contract has no operation for, so that the answer is not held against one."""
    probe.asked, probe.last = ask, None
    probe.last = probe.client.send(ask)
    return probe.last
