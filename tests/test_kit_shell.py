"""Lines for a shell: what is pasted is what was sent."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.exchange import Ask
from contract_tests.shell import quoted
from mock_server import edition


@settings(max_examples=60, deadline=None)
@given(said=st.binary(max_size=40).filter(lambda raw: b"\0" not in raw) | st.text(max_size=20).map(str.encode))
def test_bash_reads_back_what_was_quoted(said: bytes) -> None:
    if b"\0" in said:
        return  # no word can have it
    ended = subprocess.run(
        ["bash", "-c", f"printf %s {quoted(said)}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )

    assert ended.stdout == said


@pytest.mark.parametrize("said", ["\x1b[2J", "a\nb", "\u202e", "it's \\ \x07", ""])
def test_a_quoted_word_is_printable(said: str) -> None:
    assert quoted(said).isprintable()


def test_a_line_has_its_query_as_it_was_sent() -> None:
    operation = edition.load("complete").operations["get_usage"]
    ask = Ask(operation, operation.path, query={"start_date": "a&b=c d"}, key="")

    assert ask.curl("http://127.0.0.1:1") == "curl -sS -X GET 'http://127.0.0.1:1/usage?start_date=a%26b%3Dc+d'"
