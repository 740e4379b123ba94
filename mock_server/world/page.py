"""One page of the offline web."""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.jsontypes import JSONObject


@dataclass(frozen=True, slots=True)
class Image:
    """A picture on a page; sizes in pixels."""

    image_url: str
    origin_url: str
    height: int
    width: int
    title: str

    def as_json(self) -> JSONObject:
        """The picture as an answer lists it."""
        return {
            "image_url": self.image_url,
            "origin_url": self.origin_url,
            "height": self.height,
            "width": self.width,
            "title": self.title,
        }


@dataclass(slots=True, eq=False)
class Page:
    """A page.

    `date` and `last_updated` are ISO days; `sentences` stand alone and joined are the page's text; `counts` are the
    tokens of each; `words` are those of title and text, in lower case, where a page is looked for by them.
    """

    url: str
    host: str
    title: str
    date: str
    last_updated: str
    language: str
    focus: str
    country: str | None
    sentences: tuple[str, ...]
    counts: tuple[int, ...]
    images: tuple[Image, ...]
    words: frozenset[str] = frozenset()
    _result: JSONObject | None = None

    def result(self, *, place_metadata: bool) -> JSONObject:
        """The page as a search result of a chat answer, in the key order of the wire (evidence 13.2); not to change."""
        if self._result is None or ("place_metadata" in self._result) is not place_metadata:
            self._result = self._row(place_metadata=place_metadata)
        return self._result

    def _row(self, *, place_metadata: bool) -> JSONObject:
        row: JSONObject = {
            "title": self.title,
            "url": self.url,
            "date": self.date,
            "last_updated": self.last_updated,
            "snippet": self.sentences[0] + self.joint + self.sentences[1],
            "source": "web",
        }
        if place_metadata:
            row["place_metadata"] = None
        return row

    @property
    def joint(self) -> str:
        """What stands between two sentences in this page's language."""
        return "" if self.language in _UNSPACED else " "


_UNSPACED = frozenset({"ja", "zh"})
