"""Tokens: a text is the sum of them, and what answers say of their length is true."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world import answers, corpus, filters, language, pages, retrieval, templates, tokens
from mock_server.world.subject import Subject
from tests.strategies import LANGUAGES, MADE_UP_QUESTIONS, SUBJECTS, TODAY, questions

if TYPE_CHECKING:
    from mock_server.world.retrieval import Found

PAGES = [page for topic in corpus.load().topics for page in topic.pages]
marked = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.integers(0, 120).map(lambda number: f"[{number}]"),
        st.sampled_from([*SUBJECTS.values()]),
    ),
    max_size=12,
).map("".join)

letters = st.sampled_from("ßŉǰﬁaéابة٣कखगあ漢ー김치яה_7")
subjects = st.one_of(st.text(max_size=40), st.text(letters, min_size=1, max_size=20)).map(
    lambda text: language.subject(language.words(text))
)
"""What a question may be about, with letters that grow as capitals and scripts that tokens take by twos."""


def _find(question: str, *, spoken: str = "", count: int = 5, depth: int = 4) -> Found:
    return retrieval.find(question, count=count, depth=depth, filters=filters.NONE, today=TODAY, seed=0, spoken=spoken)


@given(marked)
def test_the_tokens_of_a_text_joined_are_the_text(text: str) -> None:
    assert "".join(tokens.split(text)) == text


@given(marked)
def test_a_count_is_the_number_of_tokens(text: str) -> None:
    assert tokens.count(text) == len(tokens.split(text))


@given(marked, st.integers(0, 60))
def test_a_head_is_the_first_tokens_of_a_text(text: str, limit: int) -> None:
    assert tokens.head(text, limit) == "".join(tokens.split(text)[:limit])


@given(marked, st.integers(0, 60))
def test_a_head_has_as_many_tokens_as_asked_for_or_all(text: str, limit: int) -> None:
    assert tokens.count(tokens.head(text, limit)) == min(limit, tokens.count(text))


@given(marked)
def test_a_marker_is_a_token_of_its_own(text: str) -> None:
    assert [token for token in tokens.split(text) if re.fullmatch(r"\[[0-9]+\]", token)] == re.findall(
        r"\[[0-9]+\]", text
    )


@given(st.text(min_size=1))
def test_no_token_is_empty(text: str) -> None:
    assert all(tokens.split(text))


def test_an_empty_text_has_no_tokens() -> None:
    assert tokens.count("") == 0


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_sentence_of_any_language_has_about_two_to_eight_characters_a_token(code: str) -> None:
    text = templates.load().languages[code].leads[0].filled(SUBJECTS[code])

    assert 1.3 <= len(text) / tokens.count(text) <= 8


@given(questions | subjects, st.sampled_from(["", *LANGUAGES]), st.integers(0, 8), st.integers(1, 4))
def test_a_composed_answer_is_as_long_as_it_says(question: str, spoken: str, count: int, depth: int) -> None:
    found = _find(question, spoken=spoken, count=count)

    composed = answers.compose(found, depth=depth)

    assert composed.count == tokens.count(composed.content)


@pytest.mark.parametrize("question", MADE_UP_QUESTIONS)
def test_a_composed_answer_is_as_long_as_it_says_in_every_language(question: str) -> None:
    composed = answers.compose(_find(question), depth=4)

    assert composed.count == tokens.count(composed.content)


@given(subjects, st.sampled_from(LANGUAGES), st.integers(0, 63))
def test_the_sentences_of_a_made_up_page_are_as_long_as_it_says(subject: str, code: str, number: int) -> None:
    place = pages.Place("example.org", "web", code, None, date(2024, 1, 1).toordinal(), TODAY.toordinal(), number)

    page = pages.make(Subject.of(subject), place, seed=0)

    assert list(page.counts) == [tokens.count(sentence) for sentence in page.sentences]


def test_the_sentences_of_written_pages_are_as_long_as_they_say() -> None:
    assert all(list(page.counts) == list(map(tokens.count, page.sentences)) for page in PAGES)
