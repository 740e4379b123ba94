"""Hold accounts to their rate limits, where there are any: leaky buckets that refuse with 429 what they cannot hold.

A request takes its tokens once it has a key and before anything else is looked at, so one that is refused later, with
a 400 or by a fault, has taken them too. What is known of the wire does not say; its limits count requests. A body that
is no JSON names no model, and one that is too large was never a request.
"""

from __future__ import annotations

from collections.abc import Awaitable

from mock_server.call import Call
from mock_server.errors import ApiError
from mock_server.gates import body, quota
from mock_server.gates.asgi import App, Receive, Scope, Send, call_of
from mock_server.limits.bucket import seconds
from mock_server.limits.limiter import Meter, Meters, Verdict, admit
from mock_server.state.account import Account

Pairs = tuple[tuple[bytes, bytes], ...]


class RateLimit:
    """A gate that lets calls through for which there are tokens, and tells in headers how many are left."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Admit a call; raises `ApiError`. A coroutine of its own only where there are limits, as each costs time."""
        call = call_of(scope)
        if not call.lane.limiter.on or call.account is None:
            return self._app(scope, receive, send)
        quota.check(call, call.account)
        meters = _meters(call, call.account)
        if not meters.of:
            return self._app(scope, receive, send)
        if meters.reads_body and call.operation.body is not None:
            return self._behind_the_body(call, meters, scope, receive, send)
        _admit(call, meters)
        return self._app(scope, receive, send)

    async def _behind_the_body(self, call: Call, meters: Meters, scope: Scope, receive: Receive, send: Send) -> None:
        await body.read_early(call, receive)
        _admit(call, meters)
        await self._app(scope, receive, send)


def _meters(call: Call, account: Account) -> Meters:
    operation = call.operation
    return account.allowance.meters(call.facts.limits, call.edition.name, operation.id, operation.handler)


def _admit(call: Call, meters: Meters) -> None:
    now = call.lane.clock.now_ns()
    verdict = admit(meters.due(call.content), now)
    if verdict.meter is not None:
        call.reply_headers += _told(call, verdict.meter, now)
    if not verdict.passes:
        call.reply_headers += _retry_after(call, verdict)
        raise ApiError(call.facts.dialects[call.operation.dialect].rate_limited)


def _told(call: Call, meter: Meter, now: int) -> Pairs:
    """The headers as captured (evidence 5.4); `reset` is when the bucket is full again, in seconds since 1970 UTC."""
    bucket = meter.bucket
    most, left = bucket.rate.burst, bucket.remaining(now)
    return (
        (b"x-ratelimit-limit", b"%d" % most),
        (b"x-ratelimit-remaining", b"%d" % left),
        (b"x-ratelimit-used", b"%d" % (most - left)),
        (b"x-ratelimit-reset", b"%d" % (call.now + seconds(bucket.full_in(now)))),
    )


def _retry_after(call: Call, verdict: Verdict) -> Pairs:
    if not call.lane.limiter.retry_after or verdict.wait is None:
        return ()
    return ((b"retry-after", b"%d" % seconds(verdict.wait)),)
