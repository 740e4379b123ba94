"""Word a refusal as its edition does."""

from __future__ import annotations

from mock_server.call import Reply
from mock_server.contract import details
from mock_server.errors import ApiError, DetailError, FormError
from mock_server.facts import ErrorFacts, Facts
from mock_server.jsontypes import JSONObject


def reply_to(error: ApiError, facts: Facts) -> Reply:
    """Make the reply to a refusal.

    Args:
        error: What was refused.
        facts: The tables of the edition, which hold status, type and text.
    """
    if isinstance(error, DetailError):
        return Reply({"detail": [error.detail]}, status=details.STATUS)
    template = facts.dialects[error.name] if isinstance(error, FormError) else facts.errors[error.name]
    said = template.message.format_map(error.facts)
    headers = [] if error.rule is None else [(b"x-mock-rule", error.rule.encode("ascii"))]
    if error.allow:
        headers.append((b"allow", ", ".join(error.allow).encode("ascii")))
    envelope: JSONObject = {"message": said, "type": template.type, "code": template.status}
    if isinstance(template, ErrorFacts) and template.param is not None:
        envelope["param"] = template.param.format_map(error.facts)
    return Reply({"error": envelope}, status=template.status, headers=headers)
