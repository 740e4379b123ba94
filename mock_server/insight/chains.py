"""Tell retries from new requests: a chain is one request with its retries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from mock_server.clock import NANOSECONDS
from mock_server.journal.entry import Entry

_COUNT = "x-stainless-retry-count"
_THOUSAND = 1000.0
_OK, _NOT_OK = 200, 400


@dataclass(slots=True)
class Chain:
    """One request: its first attempt and those that followed while the one before had failed."""

    calls: list[Entry] = field(default_factory=list)

    @property
    def last(self) -> Entry:
        """The last attempt."""
        return self.calls[-1]


def chains(entries: Iterable[Entry]) -> list[Chain]:
    """Sort calls into chains.

    A call goes on a chain if it asks the same with the same key in the same lane, and began after the chain's last call
    was over and had failed. After a good answer, or one that the client left in its midst, or beside a call that still
    runs, the same request is another one. Of several that failed side by side, the one that waits longest goes on: if
    each waited long enough, so did that one.
    """
    found: list[Chain] = []
    open_ones: dict[tuple[str, str], list[Chain]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.times.begun, entry.number)):
        same = open_ones.setdefault((entry.lane, entry.digest), [])
        chain = min((one for one in same if _goes_on(one.last, entry)), key=_ended, default=None)
        if chain is None:
            chain = Chain()
            found.append(chain)
        else:
            same.remove(chain)
        chain.calls.append(entry)
        if not (entry.whole or _left(entry)):
            same.append(chain)
    return found


def gap(before: Entry, after: Entry) -> float:
    """Seconds between two calls: by the pacing clock or by the machine's, whichever ran further."""
    return max((after.times.begun - before.times.ended) / NANOSECONDS, after.times.waited - before.times.left)


def asked_wait(entry: Entry) -> float | None:
    """Seconds that an answer told the client to wait, by `retry-after-ms` or `retry-after`; nothing if it did not."""
    headers = entry.response_headers
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / _THOUSAND
    said = headers.get("retry-after")
    seconds = _number(said)
    return _until(said, entry.times.now) if said is not None and seconds is None else seconds


def until_reset(entry: Entry) -> float | None:
    """Seconds from an answer until its rate limit is as it was, by `x-ratelimit-reset`; nothing where that is past."""
    moment = _number(entry.response_headers.get("x-ratelimit-reset"))
    if moment is None or moment <= entry.times.now:
        return None
    return moment - entry.times.now


def is_made_anew(entry: Entry) -> bool:
    """Whether the vendor's client says that this is no retry of its own: its user asked again, or another test did."""
    return entry.request_headers.get(_COUNT) == "0"


def _goes_on(last: Entry, entry: Entry) -> bool:
    return (entry.times.begun, entry.times.waited) >= _ended_at(last)


def _ended(chain: Chain) -> tuple[int, float]:
    return _ended_at(chain.last)


def _ended_at(entry: Entry) -> tuple[int, float]:
    return entry.times.ended, entry.times.left


def _left(entry: Entry) -> bool:
    """Whether the client had a good answer and read no further, as whoever has seen enough of a stream."""
    return entry.told.outcome == "gone" and _OK <= entry.status < _NOT_OK


def _number(said: str | None) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _until(said: str, now: int) -> float | None:
    try:
        return max(parsedate_to_datetime(said).timestamp() - now, 0.0)
    except ValueError:
        return None
