"""Judge when a client retried, and what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mock_server.clock import NANOSECONDS
from mock_server.insight.chains import Chain, asked_wait, gap, is_made_anew, until_reset
from mock_server.insight.finding import Certainty, Finding, finding
from mock_server.journal.entry import Entry

_RETRYABLE = frozenset({408, 429})
_OK, _REFUSED, _SERVER = 200, 400, 500
_LIMITED = 429
_IN_VAIN = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 451})


@dataclass(frozen=True, slots=True)
class Patience:
    """Where behaviour begins to be bad.

    Args:
        tolerance: Seconds by which a retry may come too early: clocks differ.
        pause: Seconds that are too short between a failure and a retry where the server did not say how long to wait.
        attempts: Attempts of one request that are too many when there are more; the vendor's client makes three.
        retries: Retries of one account that are a storm when so many come within `window` seconds.
        window: See there.
    """

    tolerance: float = 0.05
    pause: float = 0.1
    attempts: int = 5
    retries: int = 20
    window: float = 10.0


PATIENCE = Patience()


def too_early(found: list[Chain], patience: Patience) -> Iterator[Finding]:
    """Find retries that came before they should: against the server's word, or refused again without a pause."""
    for chain in found:
        for before, after in zip(chain.calls, chain.calls[1:], strict=False):
            if before.status in _RETRYABLE or before.status >= _SERVER:
                yield from _early(before, after, patience)


def _early(before: Entry, after: Entry, patience: Patience) -> Iterator[Finding]:
    waited, asked = gap(before, after), asked_wait(before)
    said = f"{before.place} got {before.status} in call {before.number}"
    if asked is not None:
        if waited < asked - patience.tolerance:
            yield finding(
                "ignored-retry-after",
                f"{said} with the word to wait {asked:g} s, and came again after {waited:.3f} s",
                "wait at least as long as retry-after (or retry-after-ms) says",
                [before, after],
                certainty=_certainty(after),
            )
        return
    if after.status != before.status:
        return
    reset = until_reset(before)
    came = f"{said}, came again after {waited:.3f} s"
    if before.status == _LIMITED and reset is not None and waited < reset - patience.tolerance:
        what = f"{came} and was refused again; x-ratelimit-reset was {reset:g} s away"
        advice = "wait until x-ratelimit-reset, or back off longer each time"
    elif waited < patience.pause:
        what = f"{came} and failed again"
        advice = "back off before a retry, longer each time, with some jitter"
    else:
        return
    calls = [before, after]
    yield finding("retried-too-early", what, advice, calls, severity="warning", certainty=_certainty(after))


def storms(found: list[Chain], patience: Patience) -> Iterator[Finding]:
    """Find requests that were tried too often, and accounts that retried too much in too short a time."""
    retries: dict[str, list[Entry]] = {}
    for chain in found:
        if len(chain.calls) > patience.attempts:
            yield finding(
                "retry-storm",
                f"{chain.last.place} was tried {len(chain.calls)} times",
                f"give up after {patience.attempts} attempts at most",
                chain.calls,
                certainty=_certainty(*chain.calls[1:]),
            )
        else:
            retries.setdefault(chain.last.asked.account, []).extend(chain.calls[1:])
    for calls in retries.values():
        crowd = _crowd(sorted(calls, key=lambda call: call.times.waited), patience)
        if crowd:
            yield finding(
                "retry-storm",
                f"{len(crowd)} retries came within {patience.window:g} s",
                "share one budget of retries between all requests, and add jitter",
                crowd,
                certainty=_certainty(*crowd),
            )


def _crowd(calls: list[Entry], patience: Patience) -> list[Entry]:
    """The first calls that crowd one window; by the machine's clock, as the other may stand."""
    for first, last in zip(calls, calls[patience.retries - 1 :], strict=False):
        end = first.times.waited + patience.window
        if last.times.waited <= end:
            return [call for call in calls if first.times.waited <= call.times.waited <= end]
    return []


def gave_up(found: list[Chain], now: int | None) -> Iterator[Finding]:
    """Find failures that a retry might have mended, and that were not tried again."""
    for chain in found:
        call = chain.last
        if len(chain.calls) > 1 or not _is_worth_a_retry(call):
            continue
        wait = asked_wait(call) or 0.0
        is_over = now is None or now >= call.times.ended + round(wait * NANOSECONDS)
        begun = _OK <= call.status < _REFUSED
        what = f"was broken off in call {call.number}" if begun or not call.status else f"got {call.status}"
        yield finding(
            "gave-up",
            f"{call.place} {what} and was not tried again",
            "retry 408, 429, 5xx and broken connections a few times, with a growing pause",
            [call],
            severity="warning",
            certainty="proven" if is_over and not begun else "suspected",
        )


def _is_worth_a_retry(call: Entry) -> bool:
    if call.told.outcome == "gone" or call.response_headers.get("x-should-retry") == "false":
        return False
    return call.status in _RETRYABLE or call.status >= _SERVER or call.told.outcome in {"reset", "broken"}


def in_vain(found: list[Chain]) -> Iterator[Finding]:
    """Find refusals that the same request met again, as it had to."""
    for chain in found:
        for before, after in zip(chain.calls, chain.calls[1:], strict=False):
            if before.status in _IN_VAIN and not _was_mended(before, after):
                yield finding(
                    "retried-in-vain",
                    f"{before.place} got {before.status} ({before.error}) in call {before.number} and came again",
                    "do not retry what the same request cannot mend; correct it first",
                    [before, after],
                    certainty=_certainty(after),
                )
                break


def _was_mended(before: Entry, after: Entry) -> bool:
    """Whether the cause of a refusal was gone: it was the fake's own, nothing that a test scripted, and is no more."""
    return after.whole and not before.stub and not before.faults


def _certainty(*retries: Entry) -> Certainty:
    """Whether they were retries, or requests that somebody made anew."""
    return "suspected" if all(is_made_anew(call) for call in retries) else "proven"
