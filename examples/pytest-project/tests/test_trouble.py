"""What goes wrong."""

import newsdesk
import perplexity
import pytest


def test_a_limit_is_met_once_and_then_no_more(perplexity_mock):
    perplexity_mock.fail(429, times=1, headers={"retry-after-ms": "1"})

    assert newsdesk.brief("bees").text
    assert [call.status for call in perplexity_mock.calls] == [429, 200]


def test_a_limit_that_stays_is_said_to_the_newsroom(perplexity_mock):
    perplexity_mock.fail(429, headers={"retry-after-ms": "1"})

    with pytest.raises(newsdesk.BusyError):
        newsdesk.brief("bees")


def test_limits_pass_with_time(perplexity_mock):
    perplexity_mock.limits("sonar=1/minute")
    newsdesk.brief("bees")
    perplexity_mock.clock.advance(60)

    newsdesk.brief("bees")


def test_a_stream_that_breaks_off_is_not_taken_for_whole(perplexity_mock):
    perplexity_mock.fail(stream="stop@5")

    with pytest.raises(EOFError):
        list(newsdesk.read_aloud("bees"))


def test_a_refused_key_is_an_error_of_the_client(perplexity_mock):
    perplexity_mock.fail("invalid_api_key")

    with pytest.raises(perplexity.AuthenticationError):
        newsdesk.brief("bees")


@pytest.mark.perplexity_mock(edition="2026-10")
def test_the_day_that_sonar_ended(perplexity_mock):
    with pytest.raises(perplexity.PermissionDeniedError, match="Sonar is now the Agent API"):
        newsdesk.brief("bees")
