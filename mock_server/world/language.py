"""Words of a text and what a question is about, in any script."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_UKRAINIAN = re.compile(r"(?P<uk>[іїєґІЇЄҐ])")  # letters that Russian has not
_SCRIPT = re.compile(
    r"(?P<ko>[\uac00-\ud7af])|(?P<zh>[\u3400-\u9fff])|(?P<ar>[\u0600-\u06ff])"
    r"|(?P<he>[\u0590-\u05ff])|(?P<hi>[\u0900-\u097f])|(?P<ru>[\u0400-\u04ff])",
)
_SUBJECT_WORDS = 8
_SUBJECT_LENGTH = 60
_FILLER_WORDS = """
a about am an and are best can could did do does explain for get give has have how i in is it latest list me my
new number of on or please recent search should tell that the their there this to was we were what whats when
where which who whose why will with would you your
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
# Words that one language has and the others here have not, or rarely.
_FUNCTION_WORDS = {
    word: code
    for code, listed in {
        "en": "the what which who why when where how does are with from about",
        "es": "qué cómo cuál cuáles cuándo dónde quién por los las del una según",
        "fr": "quel quelle quels quelles quoi est comment pourquoi quand où les des du une aux doit sur",
        "de": "wie warum welche welcher welches ist sind und der das für nicht eine über sollten",
        "it": "che cosa perché quale quali è gli della sono essere potrebbe",
        "pt": "qual quais são não uma como você os um deve",
        "nl": "wat hoe waarom welke het een zijn van",
        "pl": "jak dlaczego jaki jakie jest są oraz powinni wiedzieć",
        "sv": "vad hur varför vilka är och för",
        "tr": "ne nasıl neden nelerdir hangi bir ve için",
    }.items()
    for word in listed.split()
}
ENGLISH = "en"
_ENGLISH_NAMES = {
    "en": "english", "es": "spanish", "fr": "french", "de": "german", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "pl": "polish", "sv": "swedish", "tr": "turkish", "ru": "russian", "uk": "ukrainian",
    "ar": "arabic", "he": "hebrew", "hi": "hindi", "ja": "japanese", "ko": "korean", "zh": "chinese",
}  # fmt: skip
_NAMES = {**{code: code for code in _ENGLISH_NAMES}, **{name: code for code, name in _ENGLISH_NAMES.items()}}


def words(text: str) -> list[str]:
    """List the words of a text in lower case."""
    return _WORD.findall(text.lower())


def stem(word: str) -> str:
    """Fold a plural into its singular, roughly, so that both find the same pages."""
    return word[:-1] if len(word) > 3 and word[-1] == "s" else word  # noqa: PLR2004  # shorter words are no plurals


def content_words(text: str) -> frozenset[str]:
    """The stems that carry a text's meaning: no fillers."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _FILLERS)


def without_fillers(found: list[str]) -> list[str]:
    """Leave out the words that carry no meaning."""
    return [word for word in found if word not in _FILLERS]


def subject(found: list[str]) -> str:
    """Name what a question is about.

    Args:
        found: The question's words in lower case.

    Returns:
        Its words without the fillers at both ends, at most eight; never empty.
    """
    first, last = 0, len(found)
    while first < last and found[first] in _FILLERS:
        first += 1
    while last > first and found[last - 1] in _FILLERS:
        last -= 1
    return " ".join(found[first : min(last, first + _SUBJECT_WORDS)])[:_SUBJECT_LENGTH].strip() or "this question"


def of(text: str) -> str:
    """Guess a text's language as an ISO 639-1 code, from its script or its function words; English in doubt."""
    if not text.isascii():
        if _KANA.search(text):
            return "ja"
        if match := _UKRAINIAN.search(text) or _SCRIPT.search(text):
            return match.lastgroup or ENGLISH
    return of_words(words(text))


def of_words(found: list[str]) -> str:
    """Guess the language of Latin words: the one with most function words, of several the one that came first."""
    if _FUNCTION_WORDS.keys().isdisjoint(found):
        return ENGLISH
    votes: dict[str, int] = {}
    for word in found:
        if word in _FUNCTION_WORDS:
            code = _FUNCTION_WORDS[word]
            votes[code] = votes.get(code, 0) + 1
    return max(votes, key=votes.__getitem__) if votes else ENGLISH


def named(text: str) -> str:
    """Find the code of a language given by code, tag or English name; empty where it is none that is known."""
    folded = text.strip().lower()
    return _NAMES.get(folded) or _NAMES.get(folded.split("-")[0].split("_")[0], "")
