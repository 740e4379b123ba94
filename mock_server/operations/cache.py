"""Cache: forget stored answers."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.errors import ApiError
from mock_server.operations import searching
from mock_server.operations.handler import NoBody


def delete_cache(call: Call, _: NoBody) -> Reply:
    """Answer `DELETE /cache/{cache_id}`."""
    name = call.path["cache_id"]
    if not searching.uncached(call, name) and not call.lenient:
        raise ApiError("not_found")
    return Reply({"id": name, "object": "cache.entry", "deleted": True})
