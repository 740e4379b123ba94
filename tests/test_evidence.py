"""What was recorded of the live API is what the contract of its edition takes: each body, frame and header by source.

The samples restate recordings in short: where a recording has a long text, an address or an id that its owner scrubbed,
something of the same form stands in its place. Recordings of the Agent API are held elsewhere.
"""

# ruff: noqa: E501  # recorded texts and their sources are quoted whole

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mock_server import edition
from mock_server.contract.operation import compiled
from tests.conftest import chat_body

if TYPE_CHECKING:
    from tests.conftest import Api

JULY, OCTOBER = "2026-07", "2026-10"
CHAT, SEARCH, EMBED = "create_chat_completion", "search", "create_embeddings_v1"
ID = "72f1132a-2d21-4046-8eb3-0dd8e7a6a7b5"
RIG = "github.com/0xPlaygrounds/rig tests/cassettes/perplexity, 2026-07-08 to 2026-08-18"
RUBY = "github.com/crmne/ruby_llm spec/fixtures/vcr_cassettes, 2025-07-31 to 2026-08-10"
CFD = "github.com/cfdude/mcp-perplexity-pro tests/fixtures, 2026-10-09"
STREAM = "docs.perplexity.ai/docs/sonar/pro-search/stream-mode, 2025-10 to 2026-08"


@dataclass(frozen=True)
class Sample:
    """Something that was seen, where, and which answer of which edition it is."""

    name: str
    source: str
    edition: str
    operation: str
    status: int
    content: Any

    def __str__(self) -> str:
        return self.name


def eclipse(content: str, delta: dict[str, str], **more: Any) -> dict[str, Any]:
    """A frame of July 2026; each says the whole text so far."""
    row = {
        "date": "2017-03-16",
        "last_updated": "2026-05-13",
        "place_metadata": None,
        "snippet": "The Moon …",
        "source": "web",
        "title": "Eclipses",
        "url": "https://example.org/eclipses",
    }
    choice = {"delta": delta, "index": 0, "message": {"content": content, "role": "assistant"}}
    zeros = {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0}
    usage = {
        "completion_tokens": 5,
        "cost": zeros,
        "prompt_tokens": 24,
        "search_context_size": "low",
        "total_tokens": 29,
    }
    frame = {
        "choices": [{**choice, **more.pop("choice", {})}],
        "citations": ["https://example.org/eclipses"],
        "created": 1783512000,
        "id": ID,
        "model": "sonar",
        "object": "chat.completion.chunk",
        "search_results": [row],
        "usage": usage,
    }
    return {**frame, **more}


def pong(**more: Any) -> dict[str, Any]:
    """The plain answer of July 2026 to `reply pong`."""
    row = {
        "date": None,
        "last_updated": "2026-05-13",
        "place_metadata": None,
        "snippet": "",
        "source": "web",
        "title": "Pong",
        "url": "https://example.org/pong",
    }
    choice = {
        "delta": {"content": "", "role": "assistant"},
        "finish_reason": "stop",
        "index": 0,
        "message": {"content": "pong", "role": "assistant"},
    }
    cost = {"input_tokens_cost": 0.00001, "output_tokens_cost": 0, "request_cost": 0.005, "total_cost": 0.00501}
    usage = {
        "completion_tokens": 1,
        "cost": cost,
        "prompt_tokens": 7,
        "search_context_size": "low",
        "total_tokens": 8,
    }
    return {
        "choices": [choice],
        "citations": ["https://example.org/pong"],
        "created": 0,
        "id": ID,
        "model": "sonar",
        "object": "chat.completion",
        "search_results": [row],
        "usage": usage,
        **more,
    }


def cost(*parts: float, total: float) -> dict[str, Any]:
    names = ("input_tokens_cost", "output_tokens_cost", "request_cost")
    return {**dict(zip(names, parts, strict=True)), "total_cost": total}


def counted(prompt: int, completion: int, priced: dict[str, Any], **more: Any) -> dict[str, Any]:
    tokens = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**tokens, "cost": priced, **more}


LOW = {"search_context_size": "low"}
RESEARCH = {
    "input_tokens_cost": 0.00238,
    "output_tokens_cost": 0.03392,
    "citation_tokens_cost": 0.01603,
    "reasoning_tokens_cost": 0.27729,
    "search_queries_cost": 0.27,
    "total_cost": 0.59962,
}

BODIES = [
    Sample("pong", RIG, JULY, CHAT, 200, pong()),
    Sample("with related questions", RIG, JULY, CHAT, 200, pong(related_questions=["a?", "b?", "c?", "d?", "e?"])),
    Sample(
        "nothing found",
        "Perplexity Sonar Pro, Discovery Probe Result, 2026-04-26",
        JULY,
        CHAT,
        200,
        pong(
            model="sonar-pro",
            citations=[],
            search_results=[],
            usage=counted(18, 170, cost(0.00005, 0.00255, 0.006, total=0.0086), **LOW),
        ),
    ),
    Sample(
        "sonar-pro of the docs",
        "docs.perplexity.ai error handling, 2026-05-27",
        JULY,
        CHAT,
        200,
        pong(model="sonar-pro", usage=counted(20, 1645, cost(6e-05, 0.02467, 0.006, total=0.03073))),
    ),
    Sample(
        "deep research",
        "public capture of sonar-deep-research, 2026-04",
        JULY,
        CHAT,
        200,
        pong(
            model="sonar-deep-research",
            usage=counted(1188, 4240, RESEARCH, citation_tokens=8014, num_search_queries=54, reasoning_tokens=92431),
        ),
    ),
    Sample(
        "images",
        "public Python file with two captures of sonar, 2025-09",
        JULY,
        CHAT,
        200,
        pong(
            images=[
                {
                    "image_url": "https://example.org/a.jpg",
                    "origin_url": "https://example.org/a",
                    "height": 600,
                    "width": 800,
                    "title": "A",
                }
            ]
        ),
    ),
    *(
        Sample(
            f"cost {total}",
            RIG,
            JULY,
            CHAT,
            200,
            pong(usage=counted(prompt, completion, cost(*parts, total=total), **LOW)),
        )
        for prompt, completion, parts, total in (
            (24, 52, (0.00002, 0.00005, 0.005), 0.00508),
            (23, 32, (0.00002, 0.00003, 0.005), 0.00506),
            (4384, 3, (0.00438, 0, 0.005), 0.00939),
        )
    ),
    Sample(
        "a page of the Search API",
        "aiengineerguide.com, Domain filtering in Perplexity Search API, 2025-10-14",
        JULY,
        SEARCH,
        200,
        {
            "results": [
                {
                    "title": "Prompt Engineering",
                    "url": "https://example.org",
                    "snippet": "# Prompt Engineering 101 …",
                    "date": "2025-08-23",
                    "last_updated": "2025-08-29",
                }
            ],
            "id": "3ff7e1c1-3f2d-4287-b448-b90f405c2c0e",
            "server_time": None,
        },
    ),
    Sample(
        "a page without a day",
        "docs.perplexity.ai SDK quickstart, 2026-05-27",
        JULY,
        SEARCH,
        200,
        {
            "id": "e38104d5-6bd7-4d82-bc4e-0a21179d1f77",
            "results": [
                {"snippet": "", "title": "A", "url": "https://example.org", "date": None, "last_updated": "2026-05-01"}
            ],
            "server_time": None,
        },
    ),
    *(
        Sample(
            f"embeddings, {day}",
            source,
            name,
            EMBED,
            200,
            {
                "data": [{"embedding": "9usABw==", "index": 0, "object": "embedding"}],
                "model": "pplx-embed-v1-0.6b",
                "object": "list",
                "usage": {
                    "cost": {"currency": "USD", "input_cost": price, "total_cost": price},
                    "prompt_tokens": tokens,
                    "total_tokens": tokens,
                },
            },
        )
        for day, source, name, tokens, price in (
            ("a public Java file", "public Java file, 2026", OCTOBER, 523, 0.000002092),
            ("three words", RUBY, JULY, 3, 0.000000012),
        )
    ),
    Sample(
        "the list of models",
        CFD,
        OCTOBER,
        "list_models_v1",
        200,
        {
            "object": "list",
            "data": [
                {
                    "id": "openai/gpt-6-luna",
                    "object": "model",
                    "created": 0,
                    "owned_by": "openai",
                    "pricing": {
                        "input": 0.1,
                        "output": 0.5,
                        "cache_write": 0.125,
                        "cache_read": 0.01,
                        "unit": "usd_per_1m_tokens",
                    },
                }
            ],
        },
    ),
    Sample(
        "the list of models in August",
        RUBY,
        JULY,
        "list_models_v1",
        200,
        {
            "object": "list",
            "data": [
                {
                    "id": "perplexity/sonar",
                    "object": "model",
                    "created": 0,
                    "owned_by": "perplexity",
                    "pricing": {"input": 0.25, "output": 2.5, "cache_read": 0.0625, "unit": "usd_per_1m_tokens"},
                }
            ],
        },
    ),
    Sample(
        "a new key",
        "docs.perplexity.ai/openapi-auth.json, 2026",
        JULY,
        "generate_auth_token",
        200,
        {
            "auth_token": "pplx-1234567890abcdef",
            "created_at_epoch_seconds": 1735689600,
            "token_name": "Production API Key",
        },
    ),
    Sample(
        "a browser session",
        "github.com/perplexityai/perplexity-py v0.42.0",
        JULY,
        "create_browser_session",
        200,
        {"session_id": ID, "status": "running"},
    ),
    *(
        Sample(
            f"a job that is {status}",
            "docs.perplexity.ai/openapi.json, 2026-07",
            JULY,
            "get_async_chat_completion",
            200,
            {"id": ID, "model": "sonar", "created_at": 1783512000, "status": status},
        )
        for status in ("CREATED", "IN_PROGRESS", "COMPLETED", "FAILED")
    ),
]

FIRST = {"content": "A solar eclipse occurs when", "role": "assistant"}
DONE = {
    "delta": {"content": "", "role": "assistant"},
    "finish_reason": "stop",
}
REAL = {
    "completion_tokens": 16,
    "prompt_tokens": 24,
    "search_context_size": "low",
    "total_tokens": 40,
    "cost": {"input_tokens_cost": 0.00002, "output_tokens_cost": 0.00002, "request_cost": 0.005, "total_cost": 0.00504},
}
STEP = {
    "thought": "Searching",
    "type": "web_search",
    "web_search": {"search_results": [], "search_keywords": ["solar eclipse"]},
}
CONCISE: dict[str, Any] = {"id": ID, "model": "sonar-pro", "created": 1759441590}
SILENT = {"role": "assistant", "content": ""}
TOLD = {"usage": {"prompt_tokens": 6, "completion_tokens": 0, "total_tokens": 6}, "search_results": [], "images": []}
SKY = {
    "id": ID,
    "model": "sonar",
    "created": 1744578271,
    "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
    "citations": ["https://en.wikipedia.org/wiki/Sky"],
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "finish_reason": None,
            "message": {"role": "assistant", "content": "The"},
            "delta": {"role": "assistant", "content": "The"},
        }
    ],
}
ROWS_2025 = [{"title": "Sky", "url": "https://en.wikipedia.org/wiki/Sky", "date": None, "last_updated": "2025-07-30"}]

FRAMES = [
    Sample("first chunk", RIG, JULY, CHAT, 200, eclipse("A solar eclipse occurs when", FIRST)),
    Sample(
        "middle chunk",
        RIG,
        JULY,
        CHAT,
        200,
        eclipse("A solar eclipse occurs when the Moon passes", {"content": " the Moon passes"}),
    ),
    Sample(
        "last frame",
        RIG,
        JULY,
        CHAT,
        200,
        eclipse("… the Sun,", {}, choice=DONE, object="chat.completion.done", usage=REAL),
    ),
    Sample(
        "chunk with null as finish_reason",
        "github.com/vercel/ai perplexity-usage-raw-live.chunks.txt, 2026-09",
        JULY,
        CHAT,
        200,
        eclipse("A solar", {"content": "A solar"}, choice={"finish_reason": None}),
    ),
    Sample(
        "a step of concise mode",
        STREAM,
        JULY,
        CHAT,
        200,
        {
            **CONCISE,
            "object": "chat.reasoning",
            "type": "message",
            "choices": [{"index": 0, "delta": {**SILENT, "reasoning_steps": [STEP]}}],
        },
    ),
    Sample(
        "the end of its steps",
        STREAM,
        JULY,
        CHAT,
        200,
        {
            **CONCISE,
            **TOLD,
            "object": "chat.reasoning.done",
            "choices": [{"index": 0, "message": {**SILENT, "reasoning_steps": [STEP]}, "delta": SILENT}],
        },
    ),
    Sample(
        "a chunk of concise mode",
        STREAM,
        JULY,
        CHAT,
        200,
        {
            **CONCISE,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "message": SILENT, "delta": {"content": "The"}}],
        },
    ),
    Sample(
        "the end of concise mode",
        STREAM,
        JULY,
        CHAT,
        200,
        {
            **CONCISE,
            **TOLD,
            "object": "chat.completion.done",
            "usage": counted(6, 238, cost(0.0, 0.004, 0.006, total=0.01), **LOW),
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": "The sky", "reasoning_steps": [STEP]},
                    "delta": SILENT,
                }
            ],
        },
    ),
    Sample("a frame of April 2025", "github.com/MacPaw/OpenAI issue 317, 2025-04-13", "complete", CHAT, 200, SKY),
    Sample("a frame of July 2025", RUBY, "complete", CHAT, 200, {**SKY, "search_results": ROWS_2025}),
    Sample(
        "a frame of September 2025",
        RUBY,
        "complete",
        CHAT,
        200,
        {
            **SKY,
            "search_results": [{**ROWS_2025[0], "snippet": "…"}],
            "usage": counted(5, 9, cost(0.0, 0.0, 0.005, total=0.005), **LOW),
        },
    ),
]


def refused(message: str, kind: str, code: int) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


MODELS_PAGE = (
    "Permitted models can be found in the documentation at https://docs.perplexity.ai/docs/getting-started/models."
)
MIGRATE = "Migrate here: https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview"
GONE = refused(
    f"Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar. {MIGRATE}",
    "chat_completions_not_available",
    403,
)
DOMAIN = "invalid_search_domain_filter"

ERRORS = [
    Sample("Sonar is gone", CFD, OCTOBER, CHAT, 403, GONE),
    Sample("its twin is gone", CFD, OCTOBER, "list_async_chat_completions", 403, GONE),
    *(
        Sample(
            f"unknown model {name}",
            source,
            JULY,
            CHAT,
            400,
            refused(f"Invalid model '{name}'. {MODELS_PAGE}", "invalid_model", 400),
        )
        for name, source in (
            ("perplexity/sonar", "github.com/FerroxLabs/wayland issue 603, 2026-07-03"),
            ("llama-3.1-sonar-small-128k-online", "github.com/ELPROFUG0/TexTab issue 2, 2026-02"),
        )
    ),
    Sample(
        "last message",
        "public JS files, 2025",
        JULY,
        CHAT,
        400,
        refused("Last message must have role `user`.", "invalid_message", 400),
    ),
    Sample(
        "alternation",
        "github.com/raycast/extensions issue 23957, 2025-12-25",
        JULY,
        CHAT,
        400,
        refused(
            "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s).",
            "invalid_message",
            400,
        ),
    ),
    Sample(
        "max_tokens",
        "github.com/ITSpecialist111/ai_automation_suggester issue 171, 2026-05-28",
        JULY,
        CHAT,
        400,
        refused("max_tokens must be at least 16 for sonar.", "invalid_parameter", 400),
    ),
    Sample(
        "too many tokens",
        "github.com/OpenRouterTeam/ai-sdk-provider issue 121, 2025-07-23",
        JULY,
        CHAT,
        400,
        refused(
            "Requested 115120 to generate tokens, following a prompt of length 40055, which exceeds the max limit of 128000 tokens.",
            "requested_too_many_tokens",
            400,
        ),
    ),
    Sample(
        "prompt too long",
        RUBY,
        JULY,
        CHAT,
        400,
        refused("The total length of all messages is too long.", "too_many_prompt_tokens", 400),
    ),
    Sample(
        "21 domains",
        "Perplexity Sonar Pro, Discovery Probe Result, 2026-04-26",
        JULY,
        CHAT,
        400,
        refused("Validation error: search_domain_filters has a max length of 20", DOMAIN, 400),
    ),
    *(
        Sample(
            f"no domain: {name}",
            "public files, 2025 to 2026",
            JULY,
            CHAT,
            400,
            refused(
                f"Validation error: search_domain_filters must be a valid domain name, but got {name}", DOMAIN, 400
            ),
        )
        for name in ("cz", "edu", "avalonhcs.com/path/to/file")
    ),
    Sample(
        "no query",
        "public file, 2026",
        OCTOBER,
        SEARCH,
        400,
        refused("query validation: query is required", "invalid_request", 400),
    ),
    Sample(
        "embedding model",
        "public Java file, 2026",
        OCTOBER,
        EMBED,
        400,
        refused("model must be one of: pplx-embed-v1-0.6b pplx-embed-v1-4b", "invalid_request", 400),
    ),
    *(
        Sample(
            f"no key, {operation} of {name}",
            source,
            name,
            operation,
            401,
            refused("Invalid API key provided. Ensure your API key is correct and active.", "invalid_api_key", 401),
        )
        for name, operation, source in (
            (JULY, CHAT, "github.com/konradschrein-star/AI-Operating-System, 2026-08-05"),
            (OCTOBER, "list_models_v1", CFD),
            (JULY, SEARCH, RUBY),
        )
    ),
    Sample(
        "out of credit",
        "public files, 2026-05-22 and 2026-08-13",
        JULY,
        CHAT,
        401,
        refused(
            "You exceeded your current quota, please check your plan and billing details. For more information, visit https://www.perplexity.ai/settings/api.",
            "insufficient_quota",
            401,
        ),
    ),
    Sample(
        "an old key",
        "aiengineerguide.com, 2025-10-14",
        JULY,
        SEARCH,
        451,
        refused(
            "This endpoint requires a new API key. Create one at: https://www.perplexity.ai/account/api/keys",
            "api_key_created_before_search_api_cutoff",
            451,
        ),
    ),
    Sample(
        "too many requests",
        "public test marked verbatim, 2026-10-06",
        OCTOBER,
        SEARCH,
        429,
        refused("Request rate limit exceeded, please try again later.", "request_rate_limit_exceeded", 429),
    ),
    Sample(
        "too many embeddings",
        "public files that quote what OpenRouter relays, 2026",
        OCTOBER,
        EMBED,
        429,
        refused("Rate limit exceeded, please try again later.", "request_rate_limit_exceeded", 429),
    ),
]

EARLIER = [
    (
        "alternation as it was said in April 2025",
        "github.com/perplexityai/api-discussion issue 265, 2025-04-01",
        refused(
            "After the (optional) system message(s), user and assistant roles should be alternating.",
            "invalid_message",
            400,
        ),
    ),
    (
        "the frequency penalty of 2024",
        "github.com/brianpetro/obsidian-smart-connections issue 627, 2024-05-30",
        refused("Frequency penalty must satisfy p > 0.", "invalid_parameter", 400),
    ),
    (
        "the page of models until 2024",
        "github.com/BerriAI/litellm issue 908, 2023-11",
        refused(
            "Invalid model 'x'. Permitted models can be found in the documentation at https://docs.perplexity.ai/docs/model-cards.",
            "invalid_model",
            400,
        ),
    ),
]
"""Texts that changed before the oldest edition: of the envelope's form, but no edition says them."""


def answer_of(sample: Sample) -> Any:
    return edition.load(sample.edition).operations[sample.operation].responses[sample.status]


def faults(validator: Any, content: Any) -> list[str]:
    return [f"{error.instance_path} {error.message}" for error in validator.iter_errors(content)]


@pytest.mark.parametrize("sample", [*BODIES, *ERRORS], ids=str)
def test_a_recorded_body_is_taken_by_the_contract_of_its_edition(sample: Sample) -> None:
    assert faults(answer_of(sample).body, sample.content) == [], sample.source


@pytest.mark.parametrize("sample", FRAMES, ids=str)
def test_a_recorded_frame_is_taken_by_the_contract_of_its_edition(sample: Sample) -> None:
    assert faults(answer_of(sample).frame, sample.content) == [], sample.source


@pytest.mark.parametrize(("name", "source", "content"), EARLIER, ids=[name for name, *_ in EARLIER])
def test_an_error_of_earlier_words_has_the_same_envelope(name: str, source: str, content: Any) -> None:
    document = edition.load("complete").document

    assert faults(compiled({"$ref": "#/components/schemas/ErrorBody"}, document), content) == [], (name, source)


def says(template: Any, error: dict[str, Any]) -> bool:
    pieces = re.split(r"\{\w+\}", template.message)
    pattern = ".*".join(map(re.escape, pieces))
    return (template.status, template.type) == (error["code"], error["type"]) and bool(
        re.fullmatch(pattern, error["message"])
    )


@pytest.mark.parametrize("sample", ERRORS, ids=str)
def test_the_tables_of_the_edition_say_an_error_word_for_word(sample: Sample) -> None:
    error, tables = sample.content["error"], edition.load(sample.edition).facts

    assert any(says(template, error) for template in tables.errors.values()), sample.source


@pytest.mark.parametrize("sample", [*BODIES, *FRAMES, *ERRORS], ids=str)
def test_every_sample_names_a_source_with_a_year(sample: Sample) -> None:
    assert re.search(r"20\d\d|v\d", sample.source)


@pytest.mark.parametrize("sample", BODIES, ids=str)
def test_a_recorded_body_that_loses_a_field_is_noticed(sample: Sample) -> None:
    """What takes everything would take recordings too."""
    assert not answer_of(sample).body.is_valid({})
    assert not answer_of(sample).body.is_valid([sample.content])


# Bytes and headers


def streamed(api: Api) -> Any:
    body = orjson.dumps(chat_body("How do bees find their way home?", stream=True))
    return api.edition(JULY).send("POST", "/chat/completions", body, content_type="application/json")


def test_a_stream_has_the_recorded_headers_and_line_ends(api: Api) -> None:
    """github.com/crmne/ruby_llm, all recordings of streams."""
    answer = streamed(api)

    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content.startswith(b"data: {")
    assert answer.content.endswith(b"}\r\n\r\n")
    assert b"[DONE]" not in answer.content
    assert answer.content.count(b"\n") == answer.content.count(b"\r\n")


JULY_KEYS = ["id", "model", "created", "usage", "citations", "search_results", "object", "choices"]


def test_a_frame_has_its_keys_in_the_recorded_order(api: Api) -> None:
    """github.com/crmne/ruby_llm, 2025-07 to 2026-06."""
    frame = orjson.loads(streamed(api).content.split(b"\r\n")[0].removeprefix(b"data: "))

    assert list(frame) == JULY_KEYS
    assert list(frame["choices"][0]) == ["index", "message", "delta"]
    assert frame["usage"]["cost"] == {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0}


def test_a_plain_answer_has_the_recorded_type_and_order(api: Api) -> None:
    """github.com/crmne/ruby_llm, June 2026."""
    answer = api.edition(JULY).post("/chat/completions", chat_body("reply pong"))

    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == JULY_KEYS
    assert list(answer.json()["choices"][0]) == ["index", "message", "delta", "finish_reason"]
    assert b": " not in answer.content.split(b'"search_results"')[0].replace(b"https: ", b"")


def test_embeddings_have_an_id_and_their_keys_in_order(api: Api) -> None:
    """github.com/crmne/ruby_llm, 2026-08-10."""
    said = {"input": ["one", "two", "three"], "model": "pplx-embed-v1-0.6b"}
    answer = api.edition(JULY).post("/v1/embeddings", {**said})

    assert answer.headers["x-request-id"]
    assert list(answer.json()) == ["data", "model", "object", "usage"]
    assert b"0.000000012" in answer.content
    assert answer.json()["usage"]["total_tokens"] == 3


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/nothing", "/v2/search"])
def test_an_unknown_path_is_404_without_a_byte(api: Api, path: str) -> None:
    """github.com/konradschrein-star/AI-Operating-System docs/research/perplexity-api.md, 2026-08-05."""
    answer = api.edition(JULY).post(path, {})

    assert (answer.status_code, answer.content) == (404, b"")
