"""Models: what can be asked, and what it costs."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.errors import ApiError
from mock_server.facts import ModelFacts
from mock_server.jsontypes import JSONObject
from mock_server.money import number
from mock_server.operations.handler import NoBody

_ON_THE_WIRE = ("id", "object", "created", "owned_by", "pricing")


def list_models(call: Call, _: NoBody) -> Reply:
    """Answer `GET /models` (evidence 1.6 row 3)."""
    return Reply({"object": "list", "data": [_listed(call, name) for name in call.facts.listed]})


def retrieve_model(call: Call, _: NoBody) -> Reply:
    """Answer `GET /models/{model_id}`."""
    name = call.path["model_id"]
    if name in call.facts.listed:
        return Reply(_model(name, call.facts.models[name]))
    if call.lenient:
        return Reply(_model(name, call.facts.models[call.facts.wire.stand_in]))
    raise ApiError("not_found")


def _listed(call: Call, name: str) -> JSONObject:
    """A model as the list has it; the wire tells less than we know."""
    described = _model(name, call.facts.models[name])
    return described if call.facts.wire.model_details else {key: described[key] for key in _ON_THE_WIRE}


def _model(name: str, facts: ModelFacts) -> JSONObject:
    prices = facts.prices
    pricing: JSONObject = {"input": number(prices.input), "output": number(prices.output)}
    if prices.cache_write is not None:
        pricing["cache_write"] = number(prices.cache_write)
    if prices.cache_read is not None:
        pricing["cache_read"] = number(prices.cache_read)
    pricing["unit"] = "usd_per_1m_tokens"
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": facts.owned_by,
        "pricing": pricing,
        "context_length": facts.context_length,
        "capabilities": [*facts.capabilities],
        "deprecated": facts.retired_on is not None,
        "retired_on": facts.retired_on,
    }
