"""Collections of an account and what was asked in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_server.jsontypes import JSONObject

MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its answer, as sent."""

    id: str
    kind: str
    created_at: int
    request: JSONObject
    response: JSONObject


@dataclass(slots=True)
class Collection:
    """A collection; `entries` are in the order they happened, the oldest go beyond `MOST_ENTRIES`.

    `added` counts all there ever were, so that an entry's name can tell it from the ones that went.
    """

    id: str
    created_at: int
    name: str
    description: str | None
    metadata: dict[str, str]
    entries: list[Entry] = field(default_factory=list)
    added: int = 0

    def add(self, entry: Entry) -> None:
        """Append what happened."""
        if len(self.entries) >= MOST_ENTRIES:
            del self.entries[0]
        self.entries.append(entry)
        self.added += 1

    def page(self, *, after: str | None, limit: int) -> tuple[list[Entry], bool] | None:
        """Take a page of the history.

        Args:
            after: The id of the entry before the page, or nothing for the first page.
            limit: The most entries of a page.

        Returns:
            The entries and whether there are more; nothing where no entry has the id `after`.
        """
        start = 0
        if after is not None:
            start = next((index for index, entry in enumerate(self.entries, 1) if entry.id == after), -1)
            if start < 0:
                return None
        return self.entries[start : start + limit], len(self.entries) > start + limit
