"""Answers that a test scripts."""

import newsdesk
import pytest


def test_a_page_that_is_cited_twice_is_one_source(perplexity_mock):
    perplexity_mock.when(last_user={"contains": "tides"}).reply(
        "The moon pulls the sea.[2] The sun helps.[1] The moon does most of it.[2]",
        citations=["https://sun.example/", "https://moon.example/"],
    )

    assert newsdesk.brief("tides").sources() == ["https://moon.example/", "https://sun.example/"]


def test_an_answer_without_markers_has_no_sources(perplexity_mock):
    perplexity_mock.when().reply("Nothing is new.")

    assert newsdesk.brief("tides").sources() == []


@pytest.mark.perplexity_mock(stubs="tides", strict=True)
def test_a_recorded_answer_is_read_as_it_was(perplexity_mock):
    briefing = newsdesk.brief("tides")

    assert len(briefing.sources()) == 2
    assert perplexity_mock.calls[0].stub == "tides.yaml#1"
