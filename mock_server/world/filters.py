"""What a search may find: domains, dates, language, country, kind of source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from mock_server.world.page import Page

_RECENCY_DAYS = {"hour": 0, "day": 1, "week": 7, "month": 31, "year": 366}


@dataclass(frozen=True, slots=True)
class Days:
    """A span of ISO days, both ends included; an empty text means open."""

    first: str = ""
    last: str = ""

    def has(self, day: str) -> bool:
        """Whether a day lies in the span."""
        return self.first <= day and (not self.last or day <= self.last)

    def within(self, other: Days) -> Days:
        """The days that both spans have."""
        last = min(self.last, other.last) if self.last and other.last else self.last or other.last
        return Days(max(self.first, other.first), last)


@dataclass(frozen=True, slots=True)
class Filters:
    """All that a request and its account ask of a page; empty means anything goes.

    `allow` holds lists of domains; a page's host must be covered by each list (the request's and the account's).
    """

    allow: tuple[tuple[str, ...], ...] = ()
    deny: tuple[str, ...] = ()
    published: Days = field(default_factory=Days)
    updated: Days = field(default_factory=Days)
    languages: tuple[str, ...] = ()
    country: str = ""
    focuses: tuple[str, ...] = ()

    def admit(self, page: Page) -> bool:
        """Whether a page may be found."""
        return (
            (not self.languages or page.language in self.languages)
            and (not self.focuses or page.focus in self.focuses)
            and (not self.country or page.country is None or page.country == self.country)
            and self.published.has(page.date)
            and self.updated.has(page.last_updated)
            and self.admits_host(page.host)
        )

    def admits_host(self, host: str) -> bool:
        """Whether pages of a host may be found."""
        return all(covered(host, domains) for domains in self.allow) and not covered(host, self.deny)


NONE = Filters()


def covered(host: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is one of some lower-case domains or below one."""
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def parse_day(text: str) -> date | None:
    """Read ``MM/DD/YYYY``, zero padding optional; nothing where there is no such day."""
    try:
        month, day, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    except ValueError:
        return None


def between(after: date | None, before: date | None) -> Days:
    """The days after one and before another, both left out, as the filters of the reference page say."""
    first = "" if after is None else _shifted(after, 1)
    last = "" if before is None else _shifted(before, -1)
    return Days(first, last)


def _shifted(day: date, by: int) -> str:
    """The day before or after; the calendar's own ends stay."""
    ordinal = min(max(day.toordinal() + by, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal).isoformat()


def recent(recency: str, today: date) -> Days:
    """The days that `hour`, `day`, `week`, `month` or `year` reaches back to."""
    return Days((today - timedelta(days=_RECENCY_DAYS[recency])).isoformat(), today.isoformat())
