"""The calls of one test: a list to read, with assertions that say what came instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Unpack, overload

from mock_server.embedded.matching import Match, Matcher, Nearest
from mock_server.embedded.recorded import RecordedCall

_MOST_SHOWN = 20


class Calls(Sequence[RecordedCall]):
    """What was asked so far, in the order in which answers ended; a new list each time that it is asked for.

    The assertions take what is asked of a call by name, as `Match` has it:

        perplexity_mock.calls.assert_called(operation="create_chat_completion", model="sonar-pro")

    Args:
        calls: The calls.
    """

    def __init__(self, calls: Iterable[RecordedCall]) -> None:
        self._calls = tuple(calls)

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[RecordedCall]:
        return iter(self._calls)

    @overload
    def __getitem__(self, place: int) -> RecordedCall: ...
    @overload
    def __getitem__(self, place: slice) -> Calls: ...
    def __getitem__(self, place: int | slice) -> RecordedCall | Calls:
        """One call by its place from 0, or some of them."""
        __tracebackhide__ = True
        if isinstance(place, slice):
            return Calls(self._calls[place])
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no call {place}.{self._all()}")
        return self._calls[place]

    def matching(self, **match: Unpack[Match]) -> Calls:
        """Those that are as asked for."""
        matcher = Matcher(match)
        return Calls(call for call in self._calls if matcher.holds(call))

    def one(self, **match: Unpack[Match]) -> RecordedCall:
        """The only call that is as asked for; raises `AssertionError` where there is none, or more."""
        __tracebackhide__ = True
        self.assert_called(times=1, **match)
        return self.matching(**match)[0]

    def assert_called(self, *, times: int | None = None, **match: Unpack[Match]) -> None:
        """Assert that there were such calls.

        Args:
            times: Exactly so many; at least one where not given.
            match: What is asked of them.

        Raises:
            AssertionError: There were others; the message shows the nearest one and what of it differs.
        """
        __tracebackhide__ = True
        matcher = Matcher(match)
        found = [call for call in self._calls if matcher.holds(call)]
        if (times is None and found) or len(found) == times:
            return
        number = "a call" if times is None else f"{times} {'call' if times == 1 else 'calls'}"
        said = f"expected {number} with {matcher.text}, got {len(found) or 'none'} of {len(self)}."
        others = [call for call in self._calls if call not in found]
        near = matcher.nearest(others) if len(found) < (times or 1) else None
        raise AssertionError(said + _nearest(near) + self._all())

    def assert_not_called(self, **match: Unpack[Match]) -> None:
        """Assert that there was no such call; raises `AssertionError`."""
        __tracebackhide__ = True
        matcher = Matcher(match)
        found = [call for call in self._calls if matcher.holds(call)]
        if found:
            lines = "".join(f"\n{call.line}" for call in found[:_MOST_SHOWN])
            raise AssertionError(f"expected no call with {matcher.text}, got {len(found)} of {len(self)}:{lines}")

    def assert_order(self, *matches: Match) -> None:
        """Assert that calls came in an order; others may have come between. Raises `AssertionError`."""
        __tracebackhide__ = True
        rest = iter(sorted(self._calls, key=lambda call: (call.entry.times.begun, call.number)))
        before: RecordedCall | None = None
        for place, match in enumerate(matches, 1):
            matcher = Matcher(match)
            found = next((call for call in rest if matcher.holds(call)), None)
            if found is None:
                behind = "" if before is None else f" after call {before.number}"
                raise AssertionError(f"expected as number {place} a call with {matcher.text}{behind}.{self._all()}")
            before = found

    def __repr__(self) -> str:
        """All of them, a line each."""
        return f"<{len(self)} {'call' if len(self) == 1 else 'calls'}>" + "".join(f"\n{call.line}" for call in self)

    def _all(self) -> str:
        if not self._calls:
            return "\nNothing was called: does the code under test ask perplexity_mock.url?"
        more = f"\n     … and {len(self) - _MOST_SHOWN} more" if len(self) > _MOST_SHOWN else ""
        return "\nAll calls:" + "".join(f"\n{call.line}" for call in self._calls[:_MOST_SHOWN]) + more


def _nearest(near: Nearest | None) -> str:
    if near is None:
        return ""
    lines = "".join(f"\n  {one.field}: wanted {one.wanted}, got {one.got}" for one in near.differences)
    return f"\nThe nearest is call {near.call.number}, {near.call.entry.place}:{lines}"
