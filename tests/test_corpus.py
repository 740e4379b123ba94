"""The written pages are many, varied, of one form, and each topic is found by its own words."""

from __future__ import annotations

from collections import Counter
from datetime import date
from urllib.parse import urlsplit

import pytest

from mock_server import resources
from mock_server.world import corpus, language, templates
from mock_server.world.corpus import Topic
from tests.strategies import FOCUSES

TOPICS = corpus.load().topics
PAGES = [page for topic in TOPICS for page in topic.pages]
FILES = {
    name: resources.read_json("fixtures", "corpus", "topics", f"{name}.json")
    for name in [topic.slug for topic in TOPICS]
}
WRITTEN_LANGUAGES = {"en", "es", "fr", "de", "ja", "ar"}


def _names(topic: Topic) -> list[str]:
    return list(FILES[topic.slug]["name"].values())


def _best(question: str) -> str:
    found = corpus.load().find(language.words(question), question)
    return found[0].slug if found else "none"


def test_there_are_many_pages_on_many_topics_and_hosts() -> None:
    assert len(PAGES) >= 120
    assert len(TOPICS) >= 30
    assert len({page.host for page in PAGES}) >= 40


def test_six_languages_and_five_kinds_of_source_are_written() -> None:
    assert {page.language for page in PAGES} == WRITTEN_LANGUAGES
    assert {page.focus for page in PAGES} == set(FOCUSES)
    assert min(Counter(page.language for page in PAGES).values()) >= 10
    assert min(Counter(page.focus for page in PAGES).values()) >= 20


def test_no_address_and_no_title_stands_twice() -> None:
    assert len({page.url for page in PAGES}) == len(PAGES)
    assert len({page.title for page in PAGES}) == len(PAGES)


@pytest.mark.parametrize("year", range(2019, 2027))
def test_each_year_since_2019_has_pages(year: int) -> None:
    assert sum(page.date.startswith(str(year)) for page in PAGES) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url)
class TestPage:
    def test_it_is_as_long_as_a_page_of_its_language(self, page: corpus.Page) -> None:
        if page.language == "ja":
            assert 180 <= sum(map(len, page.sentences)) <= 400
        else:
            assert 60 <= len(" ".join(page.sentences).split()) <= 150

    def test_its_days_exist_and_follow_each_other(self, page: corpus.Page) -> None:
        assert date(2019, 1, 1) <= date.fromisoformat(page.date) <= date.fromisoformat(page.last_updated)
        assert page.last_updated <= "2026-12-31"

    def test_its_address_is_a_sound_one_on_a_host_of_its_kind(self, page: corpus.Page) -> None:
        parts = urlsplit(page.url)

        assert parts.scheme == "https"
        assert parts.netloc == page.host == page.host.lower()
        assert not any(character.isspace() for character in page.url)
        assert (page.host == "www.reddit.com") is (page.focus == "reddit")
        assert (page.host == "www.youtube.com") is (page.focus == "youtube")

    def test_its_sentences_are_distinct_and_hold_no_marker(self, page: corpus.Page) -> None:
        assert len(set(page.sentences)) == len(page.sentences) >= 4
        assert not any("[" in sentence or "\n" in sentence for sentence in page.sentences)

    def test_its_sentences_end_as_sentences_do(self, page: corpus.Page) -> None:
        assert all(sentence == sentence.strip() and sentence[-1] in ".!?。！？؟" for sentence in page.sentences)

    def test_its_pictures_lead_back_to_it(self, page: corpus.Page) -> None:
        assert all(image.origin_url == page.url and image.image_url.startswith("https://") for image in page.images)
        assert all(image.width > 0 and image.height > 0 and image.title for image in page.images)


def test_some_pages_have_pictures_of_each_common_format() -> None:
    pictures = [image.image_url for page in PAGES for image in page.images]

    assert len(pictures) >= 30
    assert {picture.rpartition(".")[2] for picture in pictures} >= {"jpg", "png", "webp", "gif"}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
class TestTopic:
    def test_its_name_is_known_in_every_written_language(self, topic: Topic) -> None:
        assert set(topic.subjects) == WRITTEN_LANGUAGES

    def test_it_is_found_by_its_name_in_any_language(self, topic: Topic) -> None:
        assert {name: _best(name) for name in _names(topic)} == dict.fromkeys(_names(topic), topic.slug)

    def test_it_is_found_by_each_of_its_keywords(self, topic: Topic) -> None:
        missed = [
            keyword
            for keyword in FILES[topic.slug]["keywords"]
            if topic not in corpus.load().find(language.words(keyword), keyword)
        ]

        assert not missed

    def test_it_is_found_by_a_question_around_its_name(self, topic: Topic) -> None:
        name = topic.subjects["en"].words

        assert _best(f"What are the latest developments in {name}?") == topic.slug

    def test_it_is_found_by_each_of_its_related_questions(self, topic: Topic) -> None:
        asked = topic.related_questions

        assert {question: _best(question) for question in asked} == dict.fromkeys(asked, topic.slug)

    def test_it_has_five_related_questions_or_more(self, topic: Topic) -> None:
        assert len(set(topic.related_questions)) == len(topic.related_questions) >= 5
        assert all(question.endswith("?") for question in topic.related_questions)

    def test_it_has_pages_in_english_and_of_several_kinds(self, topic: Topic) -> None:
        assert any(page.language == "en" for page in topic.pages)
        assert len({page.focus for page in topic.pages}) >= 3


@pytest.mark.parametrize("question", ["How do bees find their way home?", "zzz", "Straßenbahnen", "пчёлы"])
def test_a_question_about_something_else_finds_no_topic(question: str) -> None:
    assert _best(question) == "none"


@pytest.mark.parametrize("focus", FOCUSES)
def test_pages_of_each_kind_can_be_made_up_on_hosts_of_that_kind(focus: str) -> None:
    assert templates.load().hosts[focus]


@pytest.mark.parametrize("code", sorted(templates.load().languages))
class TestPhrases:
    def test_each_has_a_place_for_the_subject_exactly_where_it_needs_one(self, code: str) -> None:
        phrases = resources.read_json("fixtures", "corpus", "templates.json")["languages"][code]

        for kind in ("titles", "sentences", "leads", "thoughts", "related_questions"):
            assert all(phrase.count("{subject}") == 1 for phrase in phrases[kind])
        assert not any("{" in closing for closing in phrases["closings"])

    def test_there_are_enough_for_a_page_and_for_the_questions_of_an_answer(self, code: str) -> None:
        phrases = templates.load().languages[code]

        assert phrases.variety >= 6
        assert len(phrases.related_questions) >= 5
