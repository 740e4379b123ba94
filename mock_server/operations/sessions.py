"""Browser sessions: started and stopped, with no browser behind."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.errors import ApiError
from mock_server.operations.handler import NoBody


def create_browser_session(call: Call, _: NoBody) -> Reply:
    """Answer `POST /v1/browser/sessions` (evidence 1.5)."""
    call.owner.sessions.put(call.id, None)
    return Reply({"session_id": call.id, "status": "running"})


def delete_browser_session(call: Call, _: NoBody) -> Reply:
    """Answer `DELETE /v1/browser/sessions/{session_id}`."""
    if call.owner.sessions.pop(call.path["session_id"], 0) == 0 and not call.lenient:
        raise ApiError("not_found")
    return Reply({})
