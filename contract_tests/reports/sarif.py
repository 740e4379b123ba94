"""A run as SARIF 2.1.0, which code hosts show beside a change."""

from __future__ import annotations

import orjson

from contract_tests.findings import Finding
from contract_tests.runner import Report
from mock_server import __version__
from mock_server.jsontypes import JSON, JSONObject

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """Write a report as SARIF."""
    return orjson.dumps(_log(report), option=orjson.OPT_INDENT_2).decode()


def _log(report: Report) -> JSONObject:
    rules: list[JSON] = [
        {
            "id": result.check.id,
            "shortDescription": {"text": result.check.sentence},
            "properties": {"basis": result.check.basis, "source": result.check.source},
        }
        for result in report.results
    ]
    places = {result.check.id: place for place, result in enumerate(report.results)}
    driver: JSONObject = {"name": "pplx-mock", "version": __version__, "rules": rules}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [{"executionSuccessful": not report.broken}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, places) for finding in report.findings],
            }
        ],
    }


def _result(finding: Finding, places: dict[str, int]) -> JSONObject:
    # A check of every answer may come up in another one, and is then not among those that ran.
    index: JSONObject = {"ruleIndex": places[finding.check]} if finding.check in places else {}
    return {
        "ruleId": finding.check,
        **index,
        "level": "error",
        "message": {"text": f"{finding.operation}: expected {finding.expected}; came: {finding.came}"},
        "partialFingerprints": {"pplxMock/v1": finding.fingerprint},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "openapi/perplexity.yaml"},
                    "region": {"startLine": 1},  # code hosts show nothing without one
                },
                "logicalLocations": [{"fullyQualifiedName": finding.line}],
            },
        ],
        "properties": {"request": finding.request, "seed": finding.seed, "status": finding.status},
    }
