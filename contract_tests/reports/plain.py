"""A run as JSON."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from contract_tests.runner import Report, Result
from mock_server.jsontypes import JSONObject


def write(report: Report) -> str:
    """Write a report as indented JSON."""
    return orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2).decode()


def as_json(report: Report) -> JSONObject:
    """A report as data."""
    return {
        "target": {"kind": report.target.kind, "url": report.target.url, "edition": report.target.edition.name},
        "profile": report.profile,
        "seed": report.seed,
        "requests": report.requests,
        "cost_usd": str(report.cost),
        "seconds": round(report.seconds, 3),
        "cut_short": report.cut_short,
        "checks": [_result(result) for result in report.results],
        "findings": [{**asdict(finding), "fingerprint": finding.fingerprint} for finding in report.findings],
    }


def _result(result: Result) -> JSONObject:
    return {
        "id": result.check.id,
        "sentence": result.check.sentence,
        "verdict": result.verdict,
        "reason": result.reason,
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
    }
