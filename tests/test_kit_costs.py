"""What a request is feared to cost is never less than what it costs, so that a live run pays no more than it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from contract_tests import costs
from contract_tests.client import Client
from contract_tests.exchange import Ask
from contract_tests.target import Target
from contract_tests.targets import Wanted, opened
from mock_server import edition
from mock_server.contract import document as documents
from mock_server.contract.operation import JSON_TYPE
from mock_server.jsontypes import JSON

COMPLETE = edition.load("complete")
_QUESTION: JSON = [{"role": "user", "content": "How do bees find their way home?"}]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with opened(Wanted("fake")) as held, Client(replace(held, kind="live", key="payer")) as made:
        yield made


def bodies() -> Iterator[tuple[str, JSON]]:
    """Every example of a request, and a task for each preset."""
    for operation in COMPLETE.operations.values():
        if operation.handler != operation.id or "{" in operation.path or operation.body is None:
            continue
        node = documents.mapping(
            documents.at(operation.document, f"/paths/{operation.path.replace('/', '~1')}/{operation.method.lower()}")
        )
        content = documents.mapping(documents.mapping(node["requestBody"])["content"])
        examples = documents.mapping(documents.mapping(content[JSON_TYPE]).get("examples", {}))
        yield from ((operation.id, documents.mapping(example)["value"]) for example in examples.values())
    for preset in (*filter(None, COMPLETE.facts.presets), *COMPLETE.facts.preset_aliases):
        yield "create_agent", {"preset": preset, "input": "bees", "store": False}
    for model in ("sonar-deep-research", "sonar-pro"):
        yield "create_chat_completion", {"model": model, "messages": _QUESTION}


def test_nothing_costs_more_than_was_feared(client: Client) -> None:
    dearer, paid = {}, 0
    for name, body in bodies():
        operation = COMPLETE.operations[name]
        answer = client.send(Ask(operation, operation.path, body))
        cost = costs.paid(answer, COMPLETE)
        paid += bool(cost)
        if cost is not None and cost > costs.most(answer.ask, COMPLETE):
            dearer[f"{name} {body}"] = f"{cost} > {costs.most(answer.ask, COMPLETE)}"

    assert paid > 20
    assert not dearer


def test_an_asynchronous_chat_is_feared_as_the_chat_in_it() -> None:
    chat: JSON = {"model": "sonar-deep-research", "messages": _QUESTION}

    alone = costs.bound("create_chat_completion", chat, 100, COMPLETE)
    assert costs.bound("create_async_chat_completion", {"request": chat}, 100, COMPLETE) == alone > 0


def test_an_answer_that_is_read_again_costs_nothing(client: Client) -> None:
    task, read = COMPLETE.operations["create_agent"], COMPLETE.operations["retrieve_agent"]
    made = client.send(Ask(task, task.path, {"preset": "fast", "input": "bees", "store": True}))
    spent = client.budget.cost
    for _ in range(3):
        client.send(Ask(read, read.path.replace("{id}", str(made.object["id"]))))

    assert costs.paid(made, COMPLETE)
    assert client.budget.cost == spent


def test_tools_are_feared_by_their_own_prices_and_the_callers_bound() -> None:
    tools = COMPLETE.facts.tools

    def feared(tool: str, **fields: JSON) -> Decimal:
        body: JSON = {"preset": "fast", "input": "bees", "tools": [{"type": tool}], **fields}
        return costs.bound("create_agent", body, 100, COMPLETE)

    assert feared("sandbox") > feared("web_search") + tools["sandbox"].price / 2
    assert feared("web_search", max_tool_calls=0) < feared("web_search", max_tool_calls=1) < feared("web_search")


def test_a_target_says_nothing_of_its_key() -> None:
    assert "secret" not in repr(Target("live", "https://example.org", "secret", COMPLETE))
