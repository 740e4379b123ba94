"""Finding pages: what a filter forbids is never found, what it leaves always is, and the same again next time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world import corpus, filters, language, pages, retrieval, templates
from mock_server.world.filters import Days, Filters
from mock_server.world.subject import Subject
from tests.strategies import (
    CORPUS_QUESTIONS,
    COUNTRIES,
    FOCUSES,
    LANGUAGES,
    RECENCIES,
    SUBJECTS,
    TODAY,
    days,
    domains,
    hosts,
    questions,
)

if TYPE_CHECKING:
    from mock_server.world.page import Page
    from mock_server.world.retrieval import Found

SEED = 7


def find(question: str, chosen: Filters = filters.NONE, *, count: int = 10, seed: int = SEED, **more: Any) -> Found:
    return retrieval.find(question, count=count, depth=6, filters=chosen, today=TODAY, seed=seed, **more)


def _span(first: date | None, length: int | None) -> Days:
    last = None if length is None else (first or date(2012, 1, 1)) + timedelta(days=length)
    return Days("" if first is None else first.isoformat(), "" if last is None else last.isoformat())


spans = st.builds(_span, st.none() | days, st.none() | st.integers(0, 3000))
chosen_filters = st.builds(
    Filters,
    allow=st.lists(st.lists(domains, min_size=1, max_size=4).map(tuple), max_size=2).map(tuple),
    deny=st.lists(domains, max_size=4).map(tuple),
    published=st.one_of(spans, st.sampled_from(RECENCIES).map(lambda recency: filters.recent(recency, TODAY))),
    updated=spans,
    languages=st.lists(st.sampled_from([*LANGUAGES, "xx"]), max_size=3).map(tuple),
    country=st.sampled_from(["", *COUNTRIES]),
    focuses=st.lists(st.sampled_from(FOCUSES), max_size=2).map(tuple),
)
"""Filters of a request together with those of its account, met by something or not."""


def _below(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def _admitted(page: Page, chosen: Filters) -> bool:
    """What filters mean, said once more in other words."""
    published, updated = date.fromisoformat(page.date), date.fromisoformat(page.last_updated)
    within = (
        published >= date.fromisoformat(chosen.published.first or "0001-01-01"),
        published <= date.fromisoformat(chosen.published.last or "9999-12-31"),
        updated >= date.fromisoformat(chosen.updated.first or "0001-01-01"),
        updated <= date.fromisoformat(chosen.updated.last or "9999-12-31"),
    )
    allowed = all(any(_below(page.host, domain) for domain in listed) for listed in chosen.allow)
    denied = any(_below(page.host, domain) for domain in chosen.deny)
    spoken = page.language in chosen.languages or not chosen.languages
    kind = page.focus in chosen.focuses or not chosen.focuses
    home = page.country in {None, chosen.country} or not chosen.country
    return all((*within, allowed, not denied, spoken, kind, home))


@given(questions, chosen_filters, st.integers(0, 20))
def test_every_filter_holds_for_every_page(question: str, chosen: Filters, count: int) -> None:
    found = find(question, chosen, count=count).pages

    assert [page.url for page in found if not _admitted(page, chosen)] == []


@given(questions, chosen_filters, st.integers(0, 20))
def test_no_more_pages_than_asked_for_and_none_twice(question: str, chosen: Filters, count: int) -> None:
    found = [page.url for page in find(question, chosen, count=count).pages]

    assert len(found) <= count
    assert len(set(found)) == len(found)


@given(questions, chosen_filters)
def test_a_page_is_published_before_it_is_updated_and_both_by_today(question: str, chosen: Filters) -> None:
    for page in find(question, chosen).pages:
        assert page.date <= page.last_updated <= TODAY.isoformat()


@given(questions, chosen_filters)
def test_fewer_pages_are_the_first_of_more(question: str, chosen: Filters) -> None:
    more = [page.url for page in find(question, chosen, count=12).pages]
    fewer = [page.url for page in find(question, chosen, count=5).pages]

    written = sum(url in corpus.load().by_url for url in more)
    assert fewer[:written] == more[: min(5, written)]
    assert len(fewer) == min(5, len(more))


@given(questions, chosen_filters)
def test_the_same_question_finds_the_same_pages(question: str, chosen: Filters) -> None:
    first, again = find(question, chosen), find(question, chosen)

    assert [page.url for page in first.pages] == [page.url for page in again.pages]
    assert [page.sentences for page in first.pages] == [page.sentences for page in again.pages]


def test_the_same_question_finds_the_same_pages_in_another_process() -> None:
    script = (
        "import datetime\n"
        "from mock_server.world import filters, retrieval\n"
        "found = retrieval.find('çay', count=9, depth=6, filters=filters.NONE, seed=7,"
        f" today=datetime.date({TODAY.year}, {TODAY.month}, {TODAY.day}))\n"
        "print([(page.url, page.title, page.date) for page in found.pages])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    found = find("çay", count=9).pages
    assert [line.decode().strip() for line in said] == [str([(page.url, page.title, page.date) for page in found])]


@given(questions)
def test_any_question_finds_as_many_pages_as_asked_for(question: str) -> None:
    assert len(find(question, count=10).pages) == 10


possible = st.one_of(
    st.builds(lambda domain: Filters(allow=((domain,),)), domains),
    st.builds(lambda domain: Filters(deny=(domain,)), domains),
    st.builds(lambda code: Filters(languages=(code,)), st.sampled_from(LANGUAGES)),
    st.builds(lambda recency: Filters(published=filters.recent(recency, TODAY)), st.sampled_from(RECENCIES)),
    st.builds(lambda country: Filters(country=country), st.sampled_from(COUNTRIES)),
    st.builds(lambda focus: Filters(focuses=(focus,)), st.sampled_from(FOCUSES)),
    st.builds(lambda day: Filters(published=filters.between(day - timedelta(days=1), None)), days),
    st.builds(lambda day: Filters(published=filters.between(None, day)), days),
    st.builds(lambda day: Filters(updated=filters.between(day - timedelta(days=1), None)), days),
    st.builds(lambda day: Filters(updated=filters.between(None, day)), days),
)
"""One filter that some page can meet."""


@given(questions, possible)
def test_no_question_comes_back_empty_where_one_filter_can_be_met(question: str, chosen: Filters) -> None:
    assert len(find(question, chosen, count=10).pages) == 10


@given(questions, st.tuples(*[possible] * 2))
def test_two_filters_of_different_kinds_can_be_met_together(question: str, pair: tuple[Filters, Filters]) -> None:
    fields = ("published", "updated", "languages", "country")
    one, other = pair
    merged = replace(
        one, **{name: getattr(other, name) for name in fields if getattr(other, name) != getattr(filters.NONE, name)}
    )
    dated = merged.published.last and merged.updated.last
    spread = merged.published.first <= (merged.updated.last or "9999")
    if spread and not (dated and merged.published.first > merged.updated.last):
        assert find(question, merged).pages


IMPOSSIBLE = {
    "published after a day and before an earlier one": Filters(
        published=filters.between(date(2024, 5, 2), date(2024, 5, 1))
    ),
    "published between two days that follow each other": Filters(
        published=filters.between(date(2024, 5, 1), date(2024, 5, 2))
    ),
    "published tomorrow": Filters(published=filters.between(TODAY, None)),
    "updated tomorrow": Filters(updated=filters.between(TODAY, None)),
    "updated after a day and before an earlier one": Filters(
        updated=filters.between(date(2024, 5, 2), date(2024, 5, 1))
    ),
    "updated before it was published": Filters(
        published=filters.between(date(2024, 5, 1), None), updated=filters.between(None, date(2024, 5, 1))
    ),
    "published before the web": Filters(published=filters.between(None, date(1980, 1, 1))),
    "at the end of the calendar": Filters(published=filters.between(date.max, None)),
    "at the beginning of the calendar": Filters(updated=filters.between(None, date.min)),
    "an unknown language": Filters(languages=("xx",)),
    "a domain allowed and denied": Filters(allow=(("nasa.gov",),), deny=("nasa.gov",)),
    "a subdomain allowed of a denied domain": Filters(allow=(("www.nasa.gov",),), deny=("nasa.gov",)),
    "two lists of domains with nothing in common": Filters(allow=(("nasa.gov",), ("example.org",))),
    "every host of a kind denied": Filters(focuses=("reddit",), deny=("reddit.com",)),
}


@pytest.mark.parametrize("question", ["What is new in space exploration?", "çay", "睡眠とは"])
@pytest.mark.parametrize("chosen", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_page_can_meet_finds_nothing(question: str, chosen: Filters) -> None:
    assert find(question, chosen).pages == []


def test_the_day_of_a_filter_itself_is_left_out() -> None:
    day = date(2024, 5, 2)
    around = Filters(published=filters.between(day - timedelta(days=1), day + timedelta(days=1)))

    assert {page.date for page in find("çay", around).pages} == {"2024-05-02"}


@pytest.mark.parametrize(("recency", "reach"), [("hour", 0), ("day", 1), ("week", 7), ("month", 31), ("year", 366)])
def test_a_recency_reaches_back_as_far_as_it_says(recency: str, reach: int) -> None:
    span = filters.recent(recency, TODAY)

    assert span == Days((TODAY - timedelta(days=reach)).isoformat(), TODAY.isoformat())


def _just(page: Page) -> list[Filters]:
    """Filters that a page meets, as narrow as they can be."""
    published, updated = date.fromisoformat(page.date), date.fromisoformat(page.last_updated)
    day = timedelta(days=1)
    return [
        Filters(languages=(page.language,)),
        Filters(allow=((page.host,),)),
        Filters(focuses=(page.focus,)),
        Filters(country=page.country or "NZ"),
        Filters(published=filters.between(published - day, published + day)),
        Filters(updated=filters.between(updated - day, updated + day)),
        Filters(published=Days(page.date, page.date), updated=Days(page.last_updated, page.last_updated)),
        Filters(deny=("other.example", f"x{page.host}", f"x.{page.host}")),
    ]


@pytest.mark.parametrize("topic", corpus.load().topics, ids=lambda topic: topic.slug)
def test_a_written_page_is_found_under_every_filter_that_it_just_meets(topic: corpus.Topic) -> None:
    missed = [
        (page.url, chosen)
        for page in topic.pages
        for chosen in _just(page)
        if page.last_updated <= TODAY.isoformat()
        and page not in find(topic.subject("en").words, chosen, count=20, spoken=page.language).pages
    ]

    assert missed == []


@pytest.mark.parametrize("topic", corpus.load().topics, ids=lambda topic: topic.slug)
def test_a_written_page_is_not_found_under_a_filter_that_it_just_misses(topic: corpus.Topic) -> None:
    for page in topic.pages:
        published, updated = date.fromisoformat(page.date), date.fromisoformat(page.last_updated)
        missing = [
            Filters(languages=tuple({"en", "es"} - {page.language})),
            Filters(allow=(("other.example",),)),
            Filters(deny=(page.host,)),
            Filters(focuses=tuple(set(FOCUSES) - {page.focus})),
            Filters(published=filters.between(published, None)),
            Filters(published=filters.between(None, published)),
            Filters(updated=filters.between(updated, None)),
            Filters(updated=filters.between(None, updated)),
            *([Filters(country="NZ")] if page.country else []),
        ]
        for chosen in missing:
            assert page not in find(topic.subject("en").words, chosen, count=20, spoken=page.language).pages


def test_no_page_is_newer_than_the_day_of_the_clock() -> None:
    early = date(2022, 6, 1)

    for topic in corpus.load().topics:
        found = retrieval.find(
            topic.subject("en").words, count=20, depth=1, filters=filters.NONE, today=early, seed=SEED
        )
        assert all(page.last_updated <= "2022-06-01" for page in found.pages)
        assert len(found.pages) == 20


def test_a_domain_covers_its_subdomains_and_nothing_that_only_ends_like_it() -> None:
    assert filters.covered("example.org", ("example.org",))
    assert filters.covered("www.news.example.org", ("example.org",))
    assert not filters.covered("notexample.org", ("example.org",))
    assert not filters.covered("org", ("example.org",))


def test_what_is_made_up_for_a_country_is_for_that_country() -> None:
    assert {page.country for page in find("çay", Filters(country="NZ")).pages} == {"NZ"}
    assert {page.country for page in find("çay").pages} == {None}


def test_what_is_made_up_was_published_in_any_year_since_2019() -> None:
    years = {page.date[:4] for number in range(60) for page in find(f"çay {number}").pages}

    assert years == {str(year) for year in range(2019, 2027)}


@pytest.mark.parametrize("year", [1995, 2003, 2010])
def test_what_is_asked_for_from_before_2019_is_made_up_from_then(year: int) -> None:
    early = Filters(published=filters.between(None, date(year, 1, 1)))

    found = find("çay", early).pages
    assert {page.date[:4] for page in found} <= {str(year - 1), str(year - 2)}
    assert len(found) == 10


def test_a_domain_that_is_allowed_is_the_host_of_what_is_made_up() -> None:
    assert {page.host for page in find("çay", Filters(allow=(("example.org", "nasa.gov"),))).pages} == {
        "example.org",
        "nasa.gov",
    }


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3/1/2025", date(2025, 3, 1)),
        ("03/01/2025", date(2025, 3, 1)),
        ("2/29/2024", date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_with_and_without_zeros(text: str, day: date) -> None:
    assert filters.parse_day(text) == day


@pytest.mark.parametrize("text", ["2/29/2025", "13/1/2025", "1/1/0000", "2025-03-01", "1/1", "", "a/b/c", "1/2/3/4"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert filters.parse_day(text) is None


@pytest.mark.parametrize("question", CORPUS_QUESTIONS)
def test_a_question_on_a_topic_finds_what_is_written_on_it_first(question: str) -> None:
    found = find(question)
    assert found.topic is not None
    written = [page for page in found.topic.pages if page.language == "en"]

    assert set(found.pages[: len(written)]) == set(written)


@pytest.mark.parametrize("topic", corpus.load().topics, ids=lambda topic: topic.slug)
def test_of_a_topics_pages_the_one_that_has_most_of_the_questions_words_comes_first(topic: corpus.Topic) -> None:
    for page in (page for page in topic.pages if page.language == "en"):
        found = find(f"{topic.subject('en').words}: {page.title}. {page.sentences[0]} {page.sentences[1]}").pages

        assert next(other.url for other in found if other in topic.pages) == page.url


@given(st.sampled_from(sorted(SUBJECTS)))
def test_another_seed_makes_up_other_pages(code: str) -> None:
    one, other = find(SUBJECTS[code], seed=1).pages, find(SUBJECTS[code], seed=2).pages

    assert not {page.url for page in one} & {page.url for page in other}


def test_another_seed_leaves_what_is_written() -> None:
    one, other = find("coffee", seed=1).pages, find("coffee", seed=2).pages

    assert one[0].url == other[0].url
    assert one[0].url in corpus.load().by_url


@given(questions, st.sampled_from(LANGUAGES))
def test_pages_speak_the_language_that_is_wished_for(question: str, spoken: str) -> None:
    found = find(question, spoken=spoken)

    assert found.language == spoken
    assert {page.language for page in found.pages} == {spoken}


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_an_answer_suggests_to_ask_next_is_answered_in_the_same_language(code: str) -> None:
    suggested = [question.filled(SUBJECTS[code]) for question in templates.load().languages[code].related_questions]

    assert {question: find(question).language for question in suggested} == dict.fromkeys(suggested, code)


@pytest.mark.parametrize("question", [
    "What is the best OS for a home server?", "How good are the hostels of Los Angeles?", "Who was van Gogh?",
    "Where do the vans park?", "What are the des and les in grammar?",
])  # fmt: skip
def test_an_english_question_with_a_foreign_word_is_english(question: str) -> None:
    assert find(question).language == "en"


places = st.builds(
    pages.Place,
    host=st.sampled_from(hosts) | domains,
    focus=st.sampled_from(FOCUSES),
    language=st.sampled_from(LANGUAGES),
    country=st.none(),
    published=days.map(date.toordinal),
    updated=st.just(TODAY.toordinal()),
    number=st.integers(0, 63),
)
subjects = st.one_of(
    st.sampled_from([subject for topic in corpus.load().topics for subject in topic.subjects.values()]),
    st.builds(lambda text: Subject.of(language.subject(language.words(text))), questions),
)


@given(subjects, places, st.integers(0, 2**32 - 1))
def test_the_address_of_a_made_up_page_reads_back_to_the_page(subject: Subject, place: pages.Place, seed: int) -> None:
    made = pages.make(subject, place, seed=seed)

    read = pages.read(made.url, seed=seed)

    assert read is not None
    assert (read.host, read.language) == (made.host, made.language)
    assert (read.title, read.sentences) == (made.title, made.sentences)


@pytest.mark.parametrize("topic", corpus.load().topics, ids=lambda topic: topic.slug)
def test_the_addresses_of_pages_on_every_topic_read_back(topic: corpus.Topic) -> None:
    for code, subject in topic.subjects.items():
        for focus in FOCUSES:
            made = pages.make(subject, pages.Place("a.example", focus, code, None, 737_000, 738_000, 3), seed=SEED)
            read = pages.read(made.url, seed=SEED)
            assert read is not None
            assert (read.title, read.sentences) == (made.title, made.sentences)


@given(subjects, places, st.integers(0, 2**32 - 2))
def test_an_address_of_another_world_leads_nowhere(subject: Subject, place: pages.Place, seed: int) -> None:
    assert pages.read(pages.make(subject, place, seed=seed).url, seed=seed + 1) is None


@given(subjects, places)
def test_an_address_is_one_line_of_ascii(subject: Subject, place: pages.Place) -> None:
    made = pages.make(subject, place, seed=0)

    assert made.url.isascii()
    assert not any(character.isspace() for character in made.url)


def test_a_title_names_the_subject_and_begins_with_a_capital() -> None:
    titles = {page.title for number in range(9) for page in find(f"élan vital {number}", spoken="en").pages}

    assert all("lan vital" in title and title[0].isupper() for title in titles)
    assert any(title.startswith("Élan vital") for title in titles)
    assert any(" élan vital" in title for title in titles)


@given(st.text() | st.builds("https://{}/{}".format, domains, st.text(max_size=40)))
def test_an_address_that_was_never_given_leads_nowhere(address: str) -> None:
    assert pages.read(address, seed=0) is None


@given(subjects, places, st.integers(1, 6))
def test_a_page_made_with_fewer_sentences_has_the_first_ones(subject: Subject, place: pages.Place, depth: int) -> None:
    whole, short = pages.make(subject, place, seed=0), pages.make(subject, place, seed=0, depth=depth)

    assert short.sentences == whole.sentences[:depth]
    assert short.url == whole.url


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is the history of tea?", "history of tea"),
        ("how does it work", "work"),
        ("the the the", "this question"),
        ("?!", "this question"),
        ("one two three four five six seven eight nine ten", "one two three four five six seven eight"),
        ("a" * 70, "a" * 60),
        ("Tell me about BEES please", "bees"),
    ],
)
def test_what_a_question_is_about_is_its_words_without_the_small_ones_around(question: str, subject: str) -> None:
    assert language.subject(language.words(question)) == subject


@pytest.mark.parametrize(
    ("word", "stem"), [("beans", "bean"), ("cats", "cat"), ("bus", "bus"), ("is", "is"), ("tea", "tea")]
)
def test_a_plural_is_folded_into_its_singular(word: str, stem: str) -> None:
    assert language.stem(word) == stem


@given(st.text())
def test_a_question_is_always_about_something(text: str) -> None:
    assert language.subject(language.words(text)).strip()
