"""Chat: markers, citations, usage, cost, shapes of output."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID

import jsonschema_rs
from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat, questions
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import pricing

CHAT = "create_chat_completion"
_MODELS = ("sonar", "sonar-pro", "sonar-reasoning-pro")
_asked = st.tuples(questions, st.sampled_from(_MODELS), st.sampled_from(["low", "medium", "high"]))


def said(answer: Answer) -> str:
    """The text of an answer."""
    return reading.text(answer.object, "choices", 0, "message", "content")


def _ask(probe: Probe, asked: tuple[str, str, str], **fields: JSON) -> Answer:
    question, model, size = asked
    return probe.call(CHAT, chat(question, model, web_search_options={"search_context_size": size}, **fields))


@check("PPLX-CHAT-001", "Every marker in a text has its citation.", basis="wire", source="evidence 3.1; design 6",
       operations=(CHAT,), quick=4, full=20)  # fmt: skip
def markers_have_citations(probe: Probe) -> None:
    met: list[int] = []

    def held(asked: tuple[str, str, str]) -> None:
        answer = _ask(probe, asked)
        citations = reading.texts(answer.object, "citations")
        used = reading.markers(said(answer))
        wrong = [number for number in used if not 1 <= number <= len(citations)]
        probe.require(not wrong, "markers between 1 and the number of citations", f"{wrong} of {len(citations)}")
        met.extend(used)

    probe.given(_asked, held, quick=4, full=20)
    probe.need(met, "no text had a marker")


@check("PPLX-CHAT-002", "No citation is left without a marker, and each is marked in order of first use.",
       basis="design", source="design 6", operations=(CHAT,), quick=4, full=20, targets=("fake",))  # fmt: skip
def citations_have_markers(probe: Probe) -> None:
    def held(asked: tuple[str, str, str]) -> None:
        answer = _ask(probe, asked)
        used = list(dict.fromkeys(reading.markers(said(answer))))
        count = len(reading.texts(answer.object, "citations"))
        probe.require(count > 0, "some citations", count)
        probe.require(sorted(used) == [*range(1, count + 1)], "each citation marked in the text", f"{used} of {count}")

    probe.given(_asked, held, quick=4, full=20)


@check("PPLX-CHAT-003", "Citations are the addresses of the search results, in their order.", basis="wire",
       source="evidence 2.3, 3.1", operations=(CHAT,), quick=4, full=20)  # fmt: skip
def citations_are_results(probe: Probe) -> None:
    met: list[str] = []

    def held(asked: tuple[str, str, str]) -> None:
        answer = _ask(probe, asked)
        addresses = [reading.text(row, "url") for row in reading.rows(answer.object, "search_results")]
        citations = reading.texts(answer.object, "citations")
        probe.require(citations == addresses, "citations equal to the results' addresses", f"{citations} / {addresses}")
        probe.require(len(set(addresses)) == len(addresses), "no result twice", addresses)
        met.extend(addresses)

    probe.given(_asked, held, quick=4, full=20)
    probe.need(met, "no answer had a citation")


@check("PPLX-CHAT-004", "The tokens of usage add up.", basis="wire", source="evidence 3.2, 6.4", operations=(CHAT,),
       quick=4, full=20)  # fmt: skip
def usage_adds_up(probe: Probe) -> None:
    def held(asked: tuple[str, str, str]) -> None:
        usage = reading.member(_ask(probe, asked).object, "usage")
        prompt, completion = (reading.integer(usage, f"{name}_tokens") for name in ("prompt", "completion"))
        total = reading.integer(usage, "total_tokens")
        probe.require(total == prompt + completion, "total_tokens = prompt_tokens + completion_tokens", usage)
        probe.require(completion > 0 and prompt > 0, "tokens counted on both sides", usage)

    probe.given(_asked, held, quick=4, full=20)


@check("PPLX-CHAT-005",
       "Each part of the cost follows the price table, rounded by itself; the total is the exact sum, rounded once.",
       basis="wire", source="evidence 6.1, 6.4", operations=(CHAT,), quick=6, full=30)  # fmt: skip
def cost_follows_the_table(probe: Probe) -> None:
    def held(asked: tuple[str, str, str]) -> None:
        _, model, size = asked
        usage = reading.member(_ask(probe, asked).object, "usage")
        facts = probe.facts.models[model]
        wanted = pricing.chat(
            facts.prices,
            reading.integer(usage, "prompt_tokens"),
            reading.integer(usage, "completion_tokens"),
            pricing.fee(facts, size, pro=False),
            pricing.quantum(probe.facts.wire.cost_decimals),
        )
        cost = {name: Decimal(str(value)) for name, value in reading.member(usage, "cost").items()}
        parts = {**dict(wanted.parts), "total_cost": wanted.total}
        probe.require(cost == parts, "a cost by the price table", f"{cost}, by the table {parts}")

    probe.given(_asked, held, quick=6, full=30)


@check("PPLX-CHAT-006", "An answer names the model that was asked.", basis="wire", source="evidence 3.1",
       operations=(CHAT,), quick=3, full=3)  # fmt: skip
def model_is_echoed(probe: Probe) -> None:
    for model in _MODELS:
        answer = probe.call(CHAT, chat(QUESTIONS[0], model))
        found = reading.text(answer.object, "model")
        probe.require(found == model, "the model that was asked", found)


@check("PPLX-CHAT-007", "An answer has a UUID for its id, and each answer another.", basis="wire",
       source="evidence 2.1, 3.1", operations=(CHAT,), quick=2, full=2)  # fmt: skip
def ids_are_new(probe: Probe) -> None:
    ids = [reading.text(probe.call(CHAT, chat(QUESTIONS[0])).object, "id") for _ in range(2)]
    for found in ids:
        try:
            UUID(found)
        except ValueError:
            probe.require(False, "a UUID", found)  # noqa: FBT003  # it is not
    probe.require(ids[0] != ids[1], "another id for each answer", ids[0])


@check("PPLX-CHAT-008", "The header x-request-id is the id of the answer.", basis="wire", source="evidence 2.1",
       operations=(CHAT,), quick=1, full=1, editions=("complete", "2026-07"))  # fmt: skip
def request_id_is_the_id(probe: Probe) -> None:
    answer = probe.call(CHAT, chat(QUESTIONS[0]))
    header = answer.header("x-request-id")
    probe.require(header == reading.text(answer.object, "id"), "x-request-id equal to the id", header)


@check("PPLX-CHAT-009", "max_tokens cuts the text, and the answer still says stop.", basis="wire",
       source="evidence 3.2, 12.1", operations=(CHAT,), quick=3, full=10)  # fmt: skip
def max_tokens_holds(probe: Probe) -> None:
    def held(most: int) -> None:
        answer = probe.call(CHAT, chat(QUESTIONS[1], max_tokens=most))
        counted = reading.integer(answer.object, "usage", "completion_tokens")
        probe.require(counted <= most, "at most max_tokens completion tokens", f"{counted} > {most}")
        finish = reading.text(answer.object, "choices", 0, "finish_reason")
        probe.require(finish == "stop", "finish_reason stop on a cut text", finish)

    probe.given(st.integers(16, 60), held, quick=3, full=10)


@check("PPLX-CHAT-010", "disable_search leaves citations and search results out.", basis="docs", source="evidence 1.1",
       operations=(CHAT,), quick=1, full=3)  # fmt: skip
def search_can_be_disabled(probe: Probe) -> None:
    body = probe.call(CHAT, chat(QUESTIONS[2], disable_search=True)).object
    for name in ("citations", "search_results"):
        probe.require(not body.get(name), f"no {name} without a search", body.get(name))


@check("PPLX-CHAT-011", "Structured output is valid against the schema that was sent.", basis="docs",
       source="evidence 8.2, response_format", operations=(CHAT,), quick=2, full=12)  # fmt: skip
def structured_output_is_valid(probe: Probe) -> None:
    schemas: list[JSONObject] = [
        {"type": "object", "properties": {"city": {"type": "string"}, "population": {"type": "integer", "minimum": 1}},
         "required": ["city", "population"], "additionalProperties": False},
        {"type": "object", "properties": {"items": {"type": "array", "minItems": 2, "maxItems": 4,
         "items": {"type": "string", "enum": ["red", "green", "blue"]}}}, "required": ["items"]},
        {"type": "object", "properties": {"day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
         "sure": {"type": "boolean"}}, "required": ["day", "sure"]},
    ]  # fmt: skip

    def held(schema: JSONObject) -> None:
        shape: JSON = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        written = said(probe.call(CHAT, chat("Name a city", response_format=shape)))
        try:
            value = json.loads(written)
        except ValueError:
            probe.require(False, "a text that is JSON", written)  # noqa: FBT003  # it is not
            return
        valid = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
        probe.require(valid, "JSON that the caller's schema allows", written)

    probe.given(st.sampled_from(schemas), held, quick=2, full=12)


@check("PPLX-CHAT-012", "Related questions and images come when they are asked for, and only then.", basis="docs",
       source="evidence 1.1, 13.4", operations=(CHAT,), quick=2, full=2)  # fmt: skip
def extras_on_request(probe: Probe) -> None:
    bare = probe.call(CHAT, chat(QUESTIONS[0])).object
    for name in ("related_questions", "images"):
        probe.require(not bare.get(name), f"no {name} where nobody asked", bare.get(name))
    rich = probe.call(CHAT, chat(QUESTIONS[0], return_related_questions=True, return_images=True)).object
    probe.require(bool(reading.texts(rich, "related_questions")), "related questions", rich.get("related_questions"))
    images = reading.rows(rich, "images")
    probe.require(bool(images) or not probe.target.is_fake, "images", images)
    for image in images:
        sizes = [reading.integer(image, name) for name in ("width", "height")]
        probe.require(min(sizes) > 0, "images with their width and height", image)


@check("PPLX-CHAT-013", "A domain filter holds for every source.", basis="docs", source="evidence 8.2",
       operations=(CHAT,), quick=2, full=6)  # fmt: skip
def domain_filter_holds(probe: Probe) -> None:
    met: list[str] = []

    def held(domain: str) -> None:
        kept = probe.call(CHAT, chat(QUESTIONS[0], search_domain_filter=[domain]))
        hosts = [_host(address) for address in reading.texts(kept.object, "citations")]
        probe.require(all(_covers(domain, host) for host in hosts), "sources of the allowed domain", hosts)
        met.extend(hosts)
        refused = probe.call(CHAT, chat(QUESTIONS[0], search_domain_filter=[f"-{domain}"]))
        hosts = [_host(address) for address in reading.texts(refused.object, "citations")]
        probe.require(not any(_covers(domain, host) for host in hosts), "no source of the denied domain", hosts)
        probe.require(bool(hosts) or not probe.target.is_fake, "sources of other domains", hosts)

    probe.given(st.sampled_from(["wikipedia.org", "nasa.gov", "reddit.com"]), held, quick=1, full=3)
    probe.need(met, "no answer had a source of the allowed domain")


@check("PPLX-CHAT-014", "Unknown fields are ignored.", basis="wire", source="evidence 8.1", operations=(CHAT,), quick=2,
       full=6)  # fmt: skip
def unknown_fields_are_ignored(probe: Probe) -> None:
    def held(name: str) -> None:
        probe.call(CHAT, {**chat(QUESTIONS[0]), name: 1})

    names = ["top_k", "max_completion_tokens", "made_up", "search_context_size"]
    probe.given(st.sampled_from(names), held, quick=2, full=4)


@check("PPLX-CHAT-015", "More context brings no fewer results.", basis="docs", source="evidence 6.1",
       operations=(CHAT,), quick=3, full=3)  # fmt: skip
def context_sizes_are_ordered(probe: Probe) -> None:
    counts = [
        len(reading.listed(_ask(probe, (QUESTIONS[1], "sonar", size)).object, "search_results"))
        for size in ("low", "medium", "high")
    ]
    probe.require(counts == sorted(counts) and counts[0] < counts[-1], "more results with more context", counts)


@check("PPLX-CHAT-016", "The choice has index 0, the role assistant, and a delta beside its message.", basis="wire",
       source="evidence 1.1, 13.4", operations=(CHAT,), quick=1, full=1)  # fmt: skip
def choice_is_complete(probe: Probe) -> None:
    choice = reading.member(probe.call(CHAT, chat(QUESTIONS[0])).object, "choices", 0)
    probe.require(choice.get("index") == 0, "index 0", choice.get("index"))
    role = reading.text(choice, "message", "role")
    probe.require(role == "assistant", "the role assistant", role)
    reading.member(choice, "delta")


@check("PPLX-CHAT-017", "A regular expression that is asked for matches the text.", basis="docs", source="evidence 1.1",
       operations=(CHAT,), quick=1, full=4)  # fmt: skip
def regex_matches(probe: Probe) -> None:
    def held(pattern: str) -> None:
        shape: JSON = {"type": "regex", "regex": {"regex": pattern}}
        written = said(probe.call(CHAT, chat("Write", response_format=shape)))
        probe.require(re.fullmatch(pattern, written) is not None, "a text that matches", written)

    probe.given(st.sampled_from(["[a-z]{5}", "(yes|no)", "[0-9]{1,3}\\.[0-9]{1,3}"]), held, quick=1, full=3)


@check("PPLX-CHAT-018", "Deep research counts queries, citations and reasoning, and costs what they cost.",
       basis="wire", source="evidence 3.4, 6.4", operations=(CHAT,), quick=1, full=2, cost="1.5")  # fmt: skip
def research_costs(probe: Probe) -> None:
    model = "sonar-deep-research"
    usage = reading.member(probe.call(CHAT, chat(QUESTIONS[1], model)).object, "usage")
    counted = pricing.Research(
        *(reading.integer(usage, name) for name in ("citation_tokens", "reasoning_tokens", "num_search_queries"))
    )
    wanted = pricing.research(
        probe.facts.models[model].prices,
        reading.integer(usage, "prompt_tokens"),
        reading.integer(usage, "completion_tokens"),
        counted,
        pricing.quantum(probe.facts.wire.cost_decimals),
    )
    total = Decimal(str(reading.at(usage, "cost", "total_cost")))
    probe.require(total == wanted.total, "a total by the price table", f"{total}, by the table {wanted.total}")


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _covers(domain: str, host: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
