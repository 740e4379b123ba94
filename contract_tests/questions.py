"""What checks ask: questions, domains, days; chosen so that any server has something to say."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from mock_server.jsontypes import JSON, JSONObject

QUESTIONS = (
    "How do bees find their way home?",
    "What can a qubit do that a bit cannot?",
    "Why did Rome's aqueducts last so long?",
    "How is cheese made from milk?",
    "Was ist eine Wärmepumpe?",
    "¿Qué es la energía geotérmica?",
    "What do tides depend on?",
)
DOMAINS = ("wikipedia.org", "nasa.gov", "reddit.com", "example.org", "nature.com")
questions = st.sampled_from(QUESTIONS)
domains = st.sampled_from(DOMAINS)
days = st.dates(date(2015, 1, 1), date(2025, 12, 31))


def chat(question: str, model: str = "sonar", **fields: JSON) -> JSONObject:
    """The body of a chat in one message."""
    return {"model": model, "messages": [{"role": "user", "content": question}], **fields}


def written(day: date) -> str:
    """A day as filters take it (evidence 8.2)."""
    return f"{day.month}/{day.day}/{day.year}"


def after(day: date, count: int = 1) -> date:
    """The day some days later."""
    return day + timedelta(days=count)
