"""Refusals: no key, a wrong path, a wrong method."""

from __future__ import annotations

from contract_tests.checks import check
from contract_tests.exchange import Ask
from contract_tests.probe import Probe

_QUERY = {"query": "bees"}


@check("PPLX-ERRORS-001", "A request without a key is refused with 401 invalid_api_key.", basis="wire",
       source="evidence 4.2, PROBE-08", operations=("search",), quick=1, full=1, cost="0")  # fmt: skip
def no_key(probe: Probe) -> None:
    answer = probe.call("search", {**_QUERY}, key="", status=401)
    error = answer.object.get("error")
    kind = error.get("type") if isinstance(error, dict) else error
    probe.require(kind == "invalid_api_key", "an error of the type invalid_api_key", kind)


@check("PPLX-ERRORS-002", "A path that is not in the API answers 404 with an empty body.", basis="wire",
       source="evidence 4.1, PROBE-08", operations=("search",), quick=1, full=1, cost="0")  # fmt: skip
def unknown_path(probe: Probe) -> None:
    operation = next(one for one in probe.target.edition.operations.values() if one.handler == "search")
    answer = probe.client.send(Ask(operation, "/v1/no-such-thing", {**_QUERY}, key=probe.key))
    probe.asked, probe.last = answer.ask, answer
    probe.require(answer.status == 404, "status 404", answer.status)
    probe.require(answer.content == b"", "an empty body", answer.content)
