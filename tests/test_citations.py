"""Citations: what the fake wrote is borne out by the pages it cites, and what it did not write is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world import corpus, verification
from tests.strategies import CHAT_MODELS, CORPUS_QUESTIONS, FACTS, FOCUSES, SUBJECTS, questions

if TYPE_CHECKING:
    from tests.conftest import Api

VERIFY = "/citations/verify"
SEARCHING = [name for name in CHAT_MODELS if FACTS.models[name].searches]
PAGES = [page for page in corpus.load().by_url.values() if page.language == "en"]


def verify(api: Api, text: str, citations: list[Any]) -> Any:
    return api.ask(VERIFY, {"text": text, "citations": citations})


def verdicts(report: Any) -> list[str]:
    return [citation["verdict"] for citation in report["citations"]]


def text_of(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


@given(questions, st.sampled_from(SEARCHING), st.sampled_from(["low", "high"]))
def test_what_a_chat_said_is_supported_in_full(api: Api, question: str, model: str, size: str) -> None:
    answer = api.chat(question, model=model, web_search_options={"search_context_size": size})

    report = verify(api, text_of(answer), answer["citations"])

    assert report["accuracy"] == 1
    assert verdicts(report) == ["supported"] * len(answer["citations"])
    assert report["unknown_markers"] == []


@given(questions, st.sampled_from(FOCUSES), st.integers(1, 20))
def test_what_a_summary_said_is_supported_in_full(api: Api, query: str, focus: str, most: int) -> None:
    answer = api.ask("/search/focus", {"query": query, "focus": focus, "max_results": most})

    report = verify(api, answer["summary"], answer["citations"])

    assert (report["accuracy"], verdicts(report)) == (1, ["supported"] * most)


@given(st.sampled_from([*SUBJECTS.values()]), st.integers(0, 2**16))
def test_what_was_said_in_any_language_is_supported(api: Api, question: str, salt: int) -> None:
    answer = api.chat(f"{question} {salt}")

    assert verify(api, text_of(answer), answer["citations"])["accuracy"] == 1


@pytest.mark.parametrize("question", CORPUS_QUESTIONS)
def test_swapped_citations_are_not_supported(api: Api, question: str) -> None:
    answer = api.chat(question)
    first, second, *rest = answer["citations"]

    report = verify(api, text_of(answer), [second, first, *rest])

    assert report["accuracy"] < 1
    assert "supported" not in verdicts(report)[:2]
    assert verdicts(report)[2:] == ["supported"] * len(rest)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/bees",
        "http://localhost",
        "nonsense",
        "https://www.reddit.com/r/x/comments/00000000/en/bees/",
        "https://everyday-notes.example/en/2024/01/01/bees-00000000",
        "../../etc/passwd",
        "\u0000",
    ],
)
def test_a_page_that_nobody_knows_is_unreachable(api: Api, address: str) -> None:
    report = verify(api, "Bees dance.[1]", [address])

    assert report["citations"] == [{"index": 1, "url": address, "verdict": "unreachable", "score": 0, "passage": None}]
    assert report["accuracy"] == 0


def test_a_page_of_another_seed_is_unreachable(api: Api, fake: Any) -> None:
    answer = fake(seed=9).chat("çay")

    assert set(verdicts(verify(api, text_of(answer), answer["citations"]))) == {"unreachable"}


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9))
def test_markers_without_a_citation_are_listed_once_and_in_order(api: Api, numbers: list[int]) -> None:
    text = " ".join(f"Bees dance.[{number}]" for number in numbers)

    report = verify(api, text, ["https://example.com/bees"] * 20)

    assert report["unknown_markers"] == sorted({number for number in numbers if number > 20})


@pytest.mark.parametrize("text", ["Bees dance.[0]", "[0]", "Bees[0] dance.[0][00]"])
def test_a_marker_of_zero_means_nothing(api: Api, text: str) -> None:
    report = verify(api, text, ["https://example.com/bees"])

    assert report["unknown_markers"] == []
    assert report["accuracy"] == 0


def test_a_citation_that_no_marker_names_is_unsupported_and_does_not_count(api: Api) -> None:
    page = PAGES[0]

    report = verify(api, f"{page.sentences[0]}[1]", [page.url, PAGES[1].url])

    assert verdicts(report) == ["supported", "unsupported"]
    assert report["citations"][1]["passage"] is None
    assert report["accuracy"] == 1


@pytest.mark.parametrize("page", PAGES[:20], ids=lambda page: page.url)
def test_the_passage_is_the_sentence_that_was_quoted(api: Api, page: corpus.Page) -> None:
    for sentence in page.sentences:
        citation = verify(api, f"{sentence}[1]", [page.url])["citations"][0]
        assert citation["passage"] == sentence
        assert citation["verdict"] == "supported"


def test_half_a_claim_is_partly_supported(api: Api) -> None:
    page = next(page for page in PAGES if "Water between 92 and 96 degrees" in page.sentences[0])

    half = verify(api, "Water between 92 and 96 degrees pleases seventeen purple dragons tremendously.[1]", [page.url])
    none = verify(api, "Seventeen purple dragons sing tremendously.[1]", [page.url])

    assert verdicts(half) == ["partially_supported"]
    assert 0.4 <= half["citations"][0]["score"] < 0.8
    assert verdicts(none) == ["unsupported"]


@pytest.mark.parametrize(
    ("claim", "score", "verdict"),
    [
        ("Water between 92 purple dragon", 0.6, "partially_supported"),
        ("Water between 92 96 dragon", 0.8, "supported"),
        ("Water between purple tremendous dragon", 0.4, "partially_supported"),
        ("Water vexing purple tremendous dragon", 0.2, "unsupported"),
        ("WATER, between: 92/96 (degree)!", 1, "supported"),
    ],
)
def test_the_score_is_the_share_of_the_claims_words_that_the_page_has(
    api: Api, claim: str, score: float, verdict: str
) -> None:
    page = next(page for page in PAGES if page.sentences[0].startswith("Water between 92 and 96 degrees"))

    citation = verify(api, f"{claim}[1]", [page.url])["citations"][0]

    assert (citation["score"], citation["verdict"]) == (score, verdict)
    assert citation["passage"] == page.sentences[0]


def test_small_words_are_no_support(api: Api) -> None:
    page = next(page for page in PAGES if {"the", "and", "is", "in"} <= set(" ".join(page.sentences).lower().split()))

    assert verdicts(verify(api, "The dragon is in and about the seventeenth.[1]", [page.url])) == ["unsupported"]


def test_the_accuracy_is_the_mean_score_of_what_is_cited(api: Api) -> None:
    page = PAGES[0]
    text = f"{page.sentences[0]}[1] Seventeen purple dragons sing tremendously.[2]"

    report = verify(api, text, [page.url, page.url])

    scores = [citation["score"] for citation in report["citations"]]
    assert report["accuracy"] == pytest.approx(sum(scores) / 2, abs=0.0001)
    assert 0 < report["accuracy"] < 1


def test_of_several_claims_of_one_citation_the_weakest_decides(api: Api) -> None:
    page = PAGES[0]

    report = verify(api, f"{page.sentences[0]}[1] Seventeen purple dragons sing tremendously.[1]", [page.url])

    assert verdicts(report) == ["unsupported"]


@pytest.mark.parametrize(
    "text",
    [
        "The of.[1]",
        "The of.[1] Zebra quartz vexes.[1]",
        "[1] Zebra quartz vexes.[1]",
        "?![1] Zebra.[1]",
        "The.[1]\nZebra.[1]\n[1]",
    ],
)
def test_a_claim_without_words_that_mean_something_is_unsupported(api: Api, text: str) -> None:
    assert verdicts(verify(api, text, [PAGES[0].url])) == ["unsupported"]


def test_two_markers_beside_each_other_stand_for_one_claim(api: Api) -> None:
    page = PAGES[0]

    assert verdicts(verify(api, f"{page.sentences[0]}[1][2]", [page.url, page.url])) == ["supported", "supported"]


@given(
    st.text(min_size=1, max_size=200), st.lists(st.sampled_from([page.url for page in PAGES]), min_size=1, max_size=5)
)
def test_any_text_gets_a_verdict_for_each_citation(api: Api, text: str, citations: list[str]) -> None:
    report = verify(api, text, [*citations])

    assert [citation["url"] for citation in report["citations"]] == citations
    assert [citation["index"] for citation in report["citations"]] == list(range(1, len(citations) + 1))
    assert 0 <= report["accuracy"] <= 1


pieces = st.sampled_from(
    ["[1]", "[2]", "[0]", "[9]", "[٣]", "[12345]", "\n", ". ", "the ", "bees ", "!", PAGES[0].sentences[0]]
)


@given(st.lists(pieces, min_size=1, max_size=12).map("".join))
def test_any_arrangement_of_markers_gets_a_sound_report(text: str) -> None:
    report = verification.verify(text, [PAGES[0].url, "https://example.com"], seed=0)

    assert all(0 <= finding.score <= 1 for finding in report.findings)
    cited = {int(number) for number in re.findall(r"\[([0-9]{1,4})\]", text)}
    assert [finding.cited for finding in report.findings] == [1 in cited, 2 in cited]
    assert report.unknown_markers == tuple(sorted(cited - {0, 1, 2}))


def test_a_citation_may_be_an_object_with_an_address(api: Api) -> None:
    page = PAGES[0]
    text = f"{page.sentences[0]}[1]"

    assert (
        verify(api, text, [{"url": page.url, "title": "x"}])["citations"] == verify(api, text, [page.url])["citations"]
    )


def test_a_report_carries_an_id_and_nothing_is_billed(api: Api) -> None:
    account = api.stranger()
    answer = account.post(VERIFY, {"text": "Bees.[1]", "citations": ["https://example.com"]})

    assert [*answer.json()] == ["id", "object", "accuracy", "citations", "unknown_markers"]
    assert answer.json()["id"] == answer.headers["x-request-id"]
    assert account.get("/usage").json()["total"]["requests"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Bees.[1]"},
        {"citations": ["https://example.com"]},
        {"text": "", "citations": ["x"]},
        {"text": "Bees.[1]", "citations": []},
        {"text": "Bees.[1]", "citations": ["x"] * 101},
        {"text": "Bees.[1]", "citations": [{"title": "x"}]},
        {"text": "x" * 200_001, "citations": ["x"]},
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_is_not_of_the_form_is_refused(api: Api, body: Any) -> None:
    assert api.refusal(VERIFY, body)[:2] == (400, "invalid_request")
