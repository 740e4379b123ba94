"""Chat: answer a question from the web, whole or as a stream."""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.call import Call, Reply, Stream
from mock_server.contract.bodies import ChatCompletionRequest
from mock_server.contract.document import mapping
from mock_server.facts import ModelFacts
from mock_server.jsontypes import JSONObject
from mock_server.operations import prompts, searching, shapes
from mock_server.streaming import frames, wishes
from mock_server.streaming.frames import Spoken
from mock_server.world import answers, completions, language
from mock_server.world.completions import Completion, Question, Wishes

_COMMON = frozenset({"model", "messages", "max_tokens", "temperature", "top_p", "stream", "return_citations"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a chat says: the plain body, all that is known of it, and the facts of its model."""

    body: JSONObject
    completion: Completion
    model: ModelFacts


def create_chat_completion(call: Call, body: ChatCompletionRequest) -> Reply:
    """Answer `POST /chat/completions` (evidence 1.1, 3; key order 13.3)."""
    return _reply(call, body, streamed=bool(body.stream), progressive=False)


def stream_chat_completion(call: Call, body: ChatCompletionRequest) -> Reply:
    """Answer `POST /chat/completions/stream`: a stream whose citations grow as the text reaches them."""
    return _reply(call, body, streamed=True, progressive=True)


def _reply(call: Call, body: ChatCompletionRequest, *, streamed: bool, progressive: bool) -> Reply:
    collection = searching.collection_of(call, body)
    answer = answered(call, body)
    said, completion, model = answer.body, answer.completion, answer.model
    searching.charge(
        call,
        body.model,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        cost=completion.cost.total,
    )
    reply = deprecated(call, searching.cached(call, Reply(said)))
    searching.remembered(call, reply, collection, "chat")
    if streamed:
        steps = _steps(call, completion)
        reply.streamed = lambda said: _stream(call, body, _spoken(call, said, steps, progressive=progressive), model)
    return reply


def answered(call: Call, body: ChatCompletionRequest) -> Answer:
    """Answer a chat, without writing down anywhere that it was answered."""
    model = call.facts.models.get(body.model) or call.facts.models[call.facts.wire.stand_in]
    question = _question(call, body)
    completion = completions.complete(question, model, call.facts, today=call.today, seed=call.lane.seed)
    return Answer(_body(call, body.model, completion), completion, model)


def deprecated(call: Call, reply: Reply) -> Reply:
    """Say in a reply's headers that Sonar goes away (RFC 9745, RFC 8594)."""
    reply.headers += call.facts.wire.farewell.headers
    return reply


def _spoken(call: Call, said: JSONObject, steps: list[JSONObject], *, progressive: bool) -> Spoken:
    text = _text(said)
    pieces = () if call.scripted is None else call.scripted.pieces_of(text)
    early = call.facts.wire.stream_results == "every"
    return Spoken(said, text, steps, progressive, pieces, early)


def _text(said: JSONObject) -> str:
    """The text of an answer, be it the world's own or a scripted one."""
    choices = said["choices"]
    choice = mapping(choices[0]) if isinstance(choices, list) else {}
    return str(mapping(choice["message"])["content"])


def _question(call: Call, body: ChatCompletionRequest) -> Question:
    options = body.web_search_options
    return Question(
        text=prompts.question(body.messages),
        model=body.model,
        prompt_tokens=prompts.count(body.messages),
        context_size=(options.search_context_size if options else None) or "low",
        filters=searching.filters_of(call, body),
        search=not body.disable_search,
        max_tokens=body.max_tokens,
        wishes=completions.NO_WISHES if _COMMON.issuperset(body.model_fields_set) else _wishes(call, body),
        script=call.scripted,
    )


def _wishes(call: Call, body: ChatCompletionRequest) -> Wishes:
    options = body.web_search_options
    return Wishes(
        pro=bool(options and options.search_type == "pro"),
        stops=_stops(body),
        images=bool(body.return_images),
        image_domains=tuple(body.image_domain_filter or ()),
        image_formats=tuple(body.image_format_filter or ()),
        related_questions=bool(body.return_related_questions),
        effort=body.reasoning_effort or "medium",
        language=language.named(body.language_preference) if body.language_preference else "",
        structured=_structured(call, body),
    )


def _stops(body: ChatCompletionRequest) -> tuple[str, ...]:
    if body.stop is None:
        return ()
    return (body.stop,) if isinstance(body.stop, str) else tuple(body.stop)


def _structured(call: Call, body: ChatCompletionRequest) -> str | None:
    """Make the text of a given shape, where one is asked for."""
    try:
        return shapes.text(body, seed=call.lane.seed)
    except ValueError:
        # Only where the rule against such schemas is switched off; a model would write something all the same.
        return "{}"


def _body(call: Call, model: str, completion: Completion) -> JSONObject:
    """Write the answer in the key order of the wire (evidence 13.3)."""
    pages = completion.pages
    wire = call.facts.wire
    place_metadata = wire.place_metadata
    said: JSONObject = {
        "id": call.id,
        "model": model,
        "created": call.now,
        "usage": _usage(completion),
        **({} if wire.citations == "removed" else {"citations": [page.url for page in pages]}),
        "search_results": [page.result(place_metadata=place_metadata) for page in pages],
    }
    if completion.images is not None:
        said["images"] = [image.as_json() for image in completion.images]
    if completion.related_questions is not None:
        said["related_questions"] = [*completion.related_questions]
    said["object"] = "chat.completion"
    said["choices"] = [
        {
            "index": 0,
            "message": {"role": "assistant", "content": completion.text},
            "delta": {"role": "assistant", "content": ""},
            "finish_reason": wire.finish_reason if completion.cut else "stop",
        },
    ]
    return said


def _usage(completion: Completion) -> JSONObject:
    usage: JSONObject = {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "total_tokens": completion.prompt_tokens + completion.completion_tokens,
    }
    if completion.context_size is not None:
        usage["search_context_size"] = completion.context_size
    if completion.research is not None:
        usage["citation_tokens"] = completion.research.citation_tokens
        usage["num_search_queries"] = completion.research.queries
        usage["reasoning_tokens"] = completion.research.reasoning_tokens
    cost: JSONObject = dict(completion.cost.members)
    usage["cost"] = cost
    return usage


def _stream(call: Call, body: ChatCompletionRequest, spoken: Spoken, model: ModelFacts) -> Stream:
    grammar = wishes.grammar_of(call)
    return Stream(
        payloads=frames.payloads(spoken, grammar, body.stream_mode),
        ping=model.style in grammar.ping,
        sentinel=model.style in grammar.sentinel,
    )


def _steps(call: Call, completion: Completion) -> list[JSONObject]:
    """The search as concise mode tells it; deep research tells no steps (evidence 2.4)."""
    if completion.research is not None or not completion.pages:
        return []
    place_metadata = call.facts.wire.place_metadata
    found = completion.found
    return [
        {
            "thought": answers.think(found, steps=1),
            "type": "web_search",
            "web_search": {
                "search_results": [page.result(place_metadata=place_metadata) for page in completion.pages],
                "search_keywords": [found.subject.words],
            },
        },
    ]
