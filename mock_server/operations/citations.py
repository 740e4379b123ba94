"""Citations: are the sources right."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.contract.bodies import VerifyCitationsRequest
from mock_server.jsontypes import JSONObject
from mock_server.world import verification
from mock_server.world.verification import Finding


def verify_citations(call: Call, body: VerifyCitationsRequest) -> Reply:
    """Answer `POST /citations/verify`."""
    addresses = [citation if isinstance(citation, str) else citation.url for citation in body.citations]
    report = verification.verify(body.text, addresses, seed=call.lane.seed)
    return Reply(
        {
            "id": call.id,
            "object": "citation.verification",
            "accuracy": report.accuracy,
            "citations": [_verdict(finding) for finding in report.findings],
            "unknown_markers": [*report.unknown_markers],
        },
    )


def _verdict(finding: Finding) -> JSONObject:
    return {
        "index": finding.index,
        "url": finding.url,
        "verdict": finding.verdict,
        "score": finding.score,
        "passage": finding.passage,
    }
