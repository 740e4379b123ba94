"""What properties are tried on: questions in all languages, filters that can be met, requests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from mock_server import facts
from mock_server.contract import document
from mock_server.world import corpus, templates

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

FACTS = facts.load("complete")
TODAY = date(2026, 11, 1)
"""What the content clock of the edition `complete` says."""

FOCUSES: Any = document.at(document.load(), "/components/schemas/FocusKind/enum")
LANGUAGES = sorted(templates.load().languages)
COUNTRIES = ["US", "GB", "DE", "FR", "ES", "JP", "BR", "IN", "EG", "NZ"]
RECENCIES = ["hour", "day", "week", "month", "year"]
CHAT_MODELS = sorted(name for name, model in FACTS.models.items() if "chat" in model.capabilities and "/" not in name)

SUBJECTS = {
    "en": "the history of bicycle lanes", "es": "el queso de cabra", "fr": "la tapisserie médiévale",
    "de": "Straßenbahnen in Süddeutschland", "it": "la città di Perugia", "pt": "a pesca do bacalhau",
    "nl": "het verhaal van de dijken", "pl": "żubry w Białowieży", "sv": "blåbär och lingon",
    "tr": "çay yetiştiriciliği", "ru": "берёзовый сок", "uk": "писанки та їхні візерунки",
    "ar": "صناعة السجاد اليدوي", "he": "מדוזות בים התיכון", "hi": "मसाला चाय की कहानी",
    "ja": "江戸時代の銭湯", "ko": "김치의 역사", "zh": "景德镇瓷器",
}  # fmt: skip
"""Something in each language that the corpus does not cover."""

CORPUS_QUESTIONS = [question for topic in corpus.load().topics for question in topic.related_questions]
TOPIC_NAMES = [subject.words for topic in corpus.load().topics for subject in topic.subjects.values()]
MADE_UP_QUESTIONS = [
    question.filled(SUBJECTS[code])
    for code, phrases in templates.load().languages.items()
    for question in phrases.related_questions
]

texts = st.text(min_size=1, max_size=80).filter(lambda text: not text.isspace())
questions = st.one_of(
    st.sampled_from(CORPUS_QUESTIONS),
    st.sampled_from(TOPIC_NAMES),
    st.sampled_from(MADE_UP_QUESTIONS),
    texts,
)

_label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
_top = st.from_regex(r"[a-z]{2,6}", fullmatch=True)
hosts = sorted({page.host for page in corpus.load().by_url.values()})
domains = st.one_of(
    st.sampled_from(hosts),
    st.sampled_from(["reddit.com", "youtube.com", "example.org", "nasa.gov", "news.citywire.example"]),
    st.builds(lambda labels, top: ".".join([*labels, top]), st.lists(_label, min_size=1, max_size=3), _top),
)

days = st.dates(date(2000, 1, 1), TODAY)


def written(day: date) -> str:
    """A day as a filter takes it."""
    return f"{day.month}/{day.day:02d}/{day.year}"


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    """Filters as `/search` takes them, any of which can be met, alone and with the others."""
    chosen = draw(st.fixed_dictionaries({}, optional=_LISTED))
    if draw(st.booleans()):
        sign = draw(st.sampled_from(["", "-"]))
        listed = draw(st.lists(domains, min_size=1, max_size=5))
        chosen["search_domain_filter"] = [sign + domain for domain in listed]
    published, updated = draw(_spans), draw(_spans)
    chosen |= {f"last_updated_{name}": day for name, day in updated.items()}
    if "search_recency_filter" not in chosen:
        chosen |= {f"search_{name.removesuffix('_filter')}_date_filter": day for name, day in published.items()}
    return chosen


def _filters_of_a_span(first: date | None, length: int | None) -> dict[str, str]:
    found = {} if first is None else {"after_filter": written(first - timedelta(days=1))}
    if length is not None:
        found["before_filter"] = written((first or date(2015, 1, 1)) + timedelta(days=length))
    return found


_spans: SearchStrategy[dict[str, str]] = st.builds(
    _filters_of_a_span, st.none() | days, st.none() | st.integers(1, 3000)
)
_LISTED: dict[str, SearchStrategy[Any]] = {
    "search_language_filter": st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=4),
    "search_recency_filter": st.sampled_from(RECENCIES),
    "country": st.sampled_from(COUNTRIES),
    "search_mode": st.sampled_from(["web", "academic", "sec"]),
}
