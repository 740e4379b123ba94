"""Rules about how long prompt and answer may be."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.contract.bodies import ChatCompletionRequest
from mock_server.facts import ModelFacts
from mock_server.operations import prompts
from mock_server.rules.rule import Broken, rule


def prompt_length(call: Call, body: ChatCompletionRequest) -> Broken | None:
    """The prompt fits the context."""
    return None if prompts.fits(body.messages, _model(call, body).context_length) else {}


def floor(call: Call, body: ChatCompletionRequest) -> Broken | None:
    """`max_tokens` is not below the model's floor."""
    if body.max_tokens is None:
        return None
    least = _model(call, body).max_tokens_floor
    return None if body.max_tokens >= least else {"floor": least, "model": body.model}


def context_length(call: Call, body: ChatCompletionRequest) -> Broken | None:
    """Prompt and answer together fit the context."""
    if body.max_tokens is None:
        return None
    limit = _model(call, body).context_length
    if prompts.fits(body.messages, limit - body.max_tokens):
        return None
    return {"requested": body.max_tokens, "prompt": prompts.count(body.messages), "limit": limit}


def _model(call: Call, body: ChatCompletionRequest) -> ModelFacts:
    return call.facts.models[body.model]


RULES = (
    rule("PPLX-R-PROMPT-LENGTH", (ChatCompletionRequest,), prompt_length),
    rule("PPLX-R-MAX-TOKENS-FLOOR", (ChatCompletionRequest,), floor, about=("max_tokens",)),
    rule("PPLX-R-CONTEXT-LENGTH", (ChatCompletionRequest,), context_length, about=("max_tokens",)),
)
