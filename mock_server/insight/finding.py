"""What a verdict says: findings, each with the calls that prove it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_server.insight.report import Report
from mock_server.insight.terminal import counted
from mock_server.journal.entry import Entry

Kind = Literal[
    "ignored-retry-after",
    "retried-too-early",
    "retry-storm",
    "gave-up",
    "retried-in-vain",
    "took-truncated-for-whole",
    "leaked-key",
    "unknown-fields",
]
Severity = Literal["error", "warning"]
Certainty = Literal["proven", "suspected"]

_SHOWN = 50


class Finding(Report):
    """One thing that a client did wrong."""

    kind: Kind = Field(description="What it is, in one word.")
    severity: Severity = Field(description="error, or warning for what is not always wrong.")
    certainty: Certainty = Field(description="proven by the calls, or only suspected from them.")
    sentence: str = Field(description="What happened.")
    advice: str = Field(description="What to do.")
    key: str = Field(description="Name of the client's key: sha256: and eight digits.")
    calls: list[int] = Field(description="Numbers of the calls that prove it, 50 at most.")


class Verdict(Report):
    """What the journal tells about a client."""

    findings: list[Finding] = Field(description="What it did wrong, in the order of the calls.")
    judged: int = Field(description="Calls that were looked at.")
    forgotten: int = Field(default=0, description="Calls that were not, as the journal has forgotten them.")

    @property
    def ok(self) -> bool:
        """Whether there is nothing to say."""
        return not self.findings

    def __repr__(self) -> str:
        """What was found, short enough for the message of an assertion."""
        kinds = ", ".join(dict.fromkeys(one.kind for one in self.findings))
        return f"<Verdict on {counted(self.judged, 'call')}: {kinds or 'nothing to say'}>"


def finding(
    kind: Kind,
    sentence: str,
    advice: str,
    calls: list[Entry],
    *,
    severity: Severity = "error",
    certainty: Certainty = "proven",
) -> Finding:
    """Make a finding of what happened, what to do, and the calls that prove it."""
    return Finding(
        kind=kind,
        severity=severity,
        certainty=certainty,
        sentence=sentence,
        advice=advice,
        key=calls[0].asked.account,
        calls=[call.number for call in calls[:_SHOWN]],
    )
