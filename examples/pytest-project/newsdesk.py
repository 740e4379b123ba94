"""Briefings on a topic, with the pages that they cite."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import perplexity
from perplexity import Perplexity

MODEL = "sonar"


@dataclass(frozen=True)
class Briefing:
    """A text, and the pages that its markers [1], [2] … stand for."""

    text: str
    pages: list[str]

    def sources(self) -> list[str]:
        """The pages that the text does cite, in the order of their markers."""
        numbers = dict.fromkeys(int(number) for number in re.findall(r"\[(\d+)\]", self.text))
        return [self.pages[number - 1] for number in numbers]


class BusyError(Exception):
    """The service has no time for us now."""


def brief(topic: str) -> Briefing:
    """Ask for a briefing."""
    with Perplexity(max_retries=1) as client:
        try:
            answer = client.chat.completions.create(model=MODEL, messages=_messages(topic), temperature=0.2)
        except perplexity.RateLimitError as error:
            raise BusyError(topic) from error
    return Briefing(str(answer.choices[0].message.content), list(answer.citations or []))


def read_aloud(topic: str) -> Iterator[str]:
    """Ask for a briefing, piece by piece; raises `EOFError` where the stream breaks off."""
    ended = False
    with Perplexity() as client:
        stream = client.chat.completions.create(model=MODEL, messages=_messages(topic), stream=True)
        for chunk in stream:
            ended = chunk.choices[0].finish_reason is not None
            yield str(chunk.choices[0].delta.content or "")
    if not ended:
        raise EOFError("the briefing broke off")


def _messages(topic: str) -> list:
    return [
        {"role": "system", "content": "You write short briefings for a newsroom."},
        {"role": "user", "content": f"What is new about {topic}?"},
    ]
