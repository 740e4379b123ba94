"""Browser sessions: they start, and stop once."""

from __future__ import annotations

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.probe import Probe

START, STOP = "create_browser_session", "delete_browser_session"


def started(probe: Probe) -> str:
    """Start a session; returns its id."""
    body = probe.call(START, {}).object
    probe.require(body.get("status") == "running", "the status running", body.get("status"))
    return reading.text(body, "session_id")


@check("PPLX-SESSIONS-001", "A session starts running and is stopped with an empty body; each is another.",
       basis="spec", source="evidence 1.5", operations=(START, STOP), quick=4, full=4, writes=True)  # fmt: skip
def sessions_start_and_stop(probe: Probe) -> None:
    names = [started(probe) for _ in range(2)]
    probe.require(names[0] != names[1], "another id for each session", names[0])
    for name in names:
        gone = probe.call(STOP, path={"session_id": name})
        probe.require(gone.content == b"", "an empty body", gone.content)


@check("PPLX-SESSIONS-002", "A session stops once; one that nobody started, or another account, is not found.",
       basis="design", source="design 7", operations=(START, STOP), quick=5, full=5, targets=("fake",))  # fmt: skip
def sessions_stop_once(probe: Probe) -> None:
    name = started(probe)
    probe.call(STOP, path={"session_id": name}, key=f"{probe.key}-other", status=404)
    probe.call(STOP, path={"session_id": name})
    probe.call(STOP, path={"session_id": name}, status=404)
    probe.call(STOP, path={"session_id": "00000000-0000-4000-8000-000000000000"}, status=404)
