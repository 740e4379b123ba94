"""What an ordinary answer is like."""

import newsdesk


def test_a_briefing_cites_pages(perplexity_mock):
    briefing = newsdesk.brief("bees")

    assert briefing.sources()
    assert set(briefing.sources()) <= set(briefing.pages)


def test_the_same_question_has_the_same_answer(perplexity_mock):
    assert newsdesk.brief("bees") == newsdesk.brief("bees")


def test_a_briefing_is_asked_for_as_agreed(perplexity_mock):
    newsdesk.brief("bees")

    call = perplexity_mock.calls.one(model="sonar", last_user="What is new about bees?")
    assert call.messages[0] == ("system", "You write short briefings for a newsroom.")
    assert call.json["temperature"] <= 0.2


def test_a_briefing_is_cheap(perplexity_mock):
    newsdesk.brief("bees")

    assert perplexity_mock.cost < 0.02


def test_read_aloud_it_is_the_same(perplexity_mock):
    assert "".join(newsdesk.read_aloud("bees")) == "".join(newsdesk.read_aloud("bees"))
