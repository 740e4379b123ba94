"""Collections: related requests, kept together."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.contract.bodies import CollectionHistoryQuery, CreateCollectionRequest, given
from mock_server.errors import ApiError
from mock_server.jsontypes import JSONObject
from mock_server.state.collections import Collection, Entry


def create_collection(call: Call, body: CreateCollectionRequest) -> Reply:
    """Answer `POST /collections`."""
    collection = Collection(
        id="col_" + call.id.replace("-", ""),
        created_at=call.now,
        name=body.name,
        description=given(body.description),
        metadata=dict(given(body.metadata) or {}),
    )
    call.owner.collections.put(collection.id, collection)
    said: JSONObject = {
        "id": collection.id,
        "object": "collection",
        "created_at": collection.created_at,
        "name": collection.name,
        "description": collection.description,
        "metadata": {**collection.metadata},
    }
    return Reply(said, status=201)


def get_collection_history(call: Call, query: CollectionHistoryQuery) -> Reply:
    """Answer `GET /collections/{collection_id}/history`; a cursor that names no entry is not found."""
    call.owner.settle(call.lane.clock.now())
    name = call.path["collection_id"]
    collection = call.owner.collections.get(name)
    if collection is None and call.lenient:
        collection = Collection(name, call.now, name, None, {})
    page = collection.page(after=given(query.cursor), limit=query.limit) if collection else None
    if page is None:
        raise ApiError("not_found")
    entries, more = page
    return Reply(
        {
            "object": "list",
            "collection_id": name,
            "data": [_entry(entry) for entry in entries],
            "has_more": more,
            "next_cursor": entries[-1].id if more else None,
        },
    )


def _entry(entry: Entry) -> JSONObject:
    return {
        "id": entry.id,
        "object": "collection.entry",
        "type": entry.kind,
        "created_at": entry.created_at,
        "request": entry.request,
        "response": entry.response,
    }
