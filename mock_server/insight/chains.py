"""Tell retries from new requests: a chain is one request with its retries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from mock_server.clock import NANOSECONDS
from mock_server.journal.entry import Entry

_COUNT = "x-stainless-retry-count"
_THOUSAND = 1000.0


@dataclass(slots=True)
class Chain:
    """One request: its first attempt and those that followed while the one before had failed."""

    calls: list[Entry] = field(default_factory=list)

    @property
    def last(self) -> Entry:
        """The last attempt."""
        return self.calls[-1]

    @property
    def numbers(self) -> list[int]:
        """The numbers of its calls in the journal."""
        return [call.number for call in self.calls]


def chains(entries: Iterable[Entry]) -> list[Chain]:
    """Sort calls into chains.

    A call goes on a chain if it asks the same with the same key, and began after the chain's last call was over and
    had failed or was left by the client. After a good answer, or beside a call that still runs, the same request is
    another one.
    """
    found: list[Chain] = []
    open_ones: dict[str, list[Chain]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.times.begun, entry.number)):
        same = open_ones.setdefault(entry.digest, [])
        chain = next((chain for chain in reversed(same) if _goes_on(chain.last, entry)), None)
        if chain is None:
            chain = Chain()
            same.append(chain)
            found.append(chain)
        chain.calls.append(entry)
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


def retries_told(entry: Entry) -> int | None:
    """What the vendor's client says how often it retried; nothing for other clients."""
    count = entry.request_headers.get(_COUNT, "")
    return int(count) if count.isdecimal() else None


def _goes_on(last: Entry, entry: Entry) -> bool:
    return not last.whole and (entry.times.begun, entry.times.waited) >= (last.times.ended, last.times.left)


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
