"""The stubs of one lane: added, listed, taken away, and chosen for a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from mock_server import nth
from mock_server.contract.bodies import MISSING, given
from mock_server.stubs import answering, checks, matching, nearest
from mock_server.stubs.asked import Asked
from mock_server.stubs.checks import Face
from mock_server.stubs.conditions import Condition
from mock_server.stubs.model import MOST_STUBS, Answer, Stub
from mock_server.stubs.nearest import Difference, Nearest
from mock_server.stubs.problems import Problem, StubError

BY_API = "api"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a stub says to a request.

    Args:
        stub: Its id.
        check: Whether the answer has to keep the contract.
        answer: What it answers; nothing where its sequence is over.
        world: Whether the world answers in its place, as its sequence is over.
    """

    stub: str
    check: bool
    answer: Answer | None
    world: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """A stub in a book.

    Args:
        id: Its name, given or made.
        source: Where it comes from: `api`, or the name of a file.
        stub: What it says.
        seen: How many requests met its conditions, which is counted where it says `nth`.
        answered: How many it answered.
    """

    id: str
    source: str
    stub: Stub
    seen: int = 0
    answered: int = 0
    conditions: tuple[Condition, ...] = field(init=False)
    _is_turn: Callable[[int], bool] | None = field(init=False)

    def __post_init__(self) -> None:
        """Make the conditions."""
        said = self.stub.when.nth
        self._is_turn = None if said is MISSING else nth.meets(said)
        self.conditions = answering.conditions_of(self.stub)

    @property
    def counts(self) -> bool:
        """Whether it counts the requests that others answer, too."""
        return self._is_turn is not None

    @property
    def spent(self) -> Difference | None:
        """Why it does not answer a request that meets its conditions."""
        times = given(self.stub.times)
        if self._is_turn is not None and not self._is_turn(self.seen):
            return Difference("when.nth", f"is {self.stub.when.nth}", str(self.seen))
        if times is not None and self.answered >= times:
            return Difference("times", f"is {times}", f"{self.answered} before")
        return None

    def fits(self, asked: Asked) -> bool:
        """Whether a request meets all conditions."""
        return all(condition.holds(asked) for condition in self.conditions)

    def next(self) -> Chosen:
        """Answer once more."""
        number = self.answered
        self.answered += 1
        reply = self.stub.reply
        if reply.sequence is MISSING:
            return Chosen(self.id, self.stub.check, reply)
        for step in reply.sequence:
            number -= step.times
            if number < 0:
                return Chosen(self.id, self.stub.check, step)
        last = reply.sequence[-1] if reply.fallback == "last" else None
        return Chosen(self.id, self.stub.check, last, world=reply.fallback == "world")


class _Table:
    """Some stubs, indexed.

    Args:
        entries: The stubs as they were added. A book whose stubs have changed since has another list, and is to make
            another table: whoever changes a book, from whatever thread, changes nothing else.
    """

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self._ordered = _ordered(entries)
        self._index = matching.index_of(tuple(entry.conditions for entry in self._ordered))

    def candidates(self, asked: Asked) -> Iterator[Entry]:
        """The stubs that may fit a request, in the order in which they are asked."""
        return map(self._ordered.__getitem__, self._index.candidates(asked))


def _ordered(entries: list[Entry]) -> list[Entry]:
    """The order in which stubs are asked: by priority, then as they were added."""
    return sorted(entries, key=lambda entry: entry.stub.priority)


class StubBook:
    """The stubs of a lane. It may be changed from any thread; requests are met on the server's own.

    `active` says whether requests have to be looked at: there are stubs, or `strict` refuses what none fits.

    Args:
        strict: Whether a request that no stub fits is refused.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._entries: list[Entry] = []
        self._table = _Table(self._entries)
        self._made = 0
        self.active = strict

    def __iter__(self) -> Iterator[Entry]:
        """The stubs in the order in which they are asked: by priority, then as they were added."""
        return iter(_ordered(self._entries))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._entries)

    @property
    def strict(self) -> bool:
        """Whether a request that no stub fits is refused."""
        return self._strict

    @strict.setter
    def strict(self, strict: bool) -> None:
        self._strict = strict
        self.active = bool(self._entries) or strict

    def get(self, name: str) -> Entry | None:
        """Find a stub by its id."""
        return next((entry for entry in self._entries if entry.id == name), None)

    def add(self, stub: Stub, *, face: Face | None = None, source: str = BY_API) -> Entry:
        """Add a stub; one of the same id is replaced and counts anew.

        Args:
            stub: What to add.
            face: The edition whose contract it has to keep; not checked where not given.
            source: Where it comes from.

        Raises:
            StubError: It breaks the contract, or there are as many as there may be.
        """
        if face is not None:
            checks.refuse(checks.problems(stub, face, name=given(stub.id) or ""))
        entry = Entry(given(stub.id) or self._name(), source, stub)
        if self.get(entry.id) is None:
            self._set([*self._entries, entry])
        else:
            self._set([entry if old.id == entry.id else old for old in self._entries])
        return entry

    def replace(self, source: str, stubs: Iterable[tuple[str, Stub]]) -> None:
        """Put the stubs of a source in place of those that it gave before; those that stayed the same count on.

        Args:
            source: Where they come from.
            stubs: Each with its id. Where somebody has put another stub under that id since, that one stays.

        Raises:
            StubError: Two of them have one id, or there are too many.
        """
        old = {entry.id: entry for entry in self._entries if entry.source == source}
        before, after = self._around(source)
        taken = {entry.id for entry in (*before, *after)}
        fresh: dict[str, Entry] = {}
        for name, stub in stubs:
            if name in fresh:
                raise StubError([Problem(name, ("id",), "another stub has this id")])
            if name not in taken:
                same = name in old and old[name].stub == stub
                fresh[name] = old[name] if same else Entry(name, source, stub)
        self._set([*before, *fresh.values(), *after])

    def _around(self, source: str) -> tuple[list[Entry], list[Entry]]:
        """The stubs of other sources, before and after the first of this one's; all are before where it has none."""
        first = next((place for place, entry in enumerate(self._entries) if entry.source == source), None)
        split = len(self._entries) if first is None else first
        others = [entry for entry in self._entries[split:] if entry.source != source]
        return self._entries[:split], others

    def remove(self, name: str) -> bool:
        """Take a stub away; returns whether it was there."""
        left = [entry for entry in self._entries if entry.id != name]
        gone = len(left) < len(self._entries)
        self._set(left)
        return gone

    def clear(self, source: str | None = None) -> int:
        """Take all stubs away, or those of one source; returns how many there were."""
        left = [entry for entry in self._entries if source is not None and entry.source != source]
        gone = len(self._entries) - len(left)
        self._set(left)
        return gone

    def restart(self) -> None:
        """Count anew: sequences begin again, and `times` and `nth` count from the start."""
        for entry in self._entries:
            entry.seen = entry.answered = 0

    def choose(self, asked: Asked) -> Chosen | None:
        """Choose the stub that answers a request: the first one that fits."""
        table = self._table
        if table.entries is not self._entries:
            table = self._table = _Table(self._entries)
        chosen: Entry | None = None
        for entry in table.candidates(asked):
            if (chosen is not None and not entry.counts) or not entry.fits(asked):
                continue
            if entry.counts:
                entry.seen += 1
            if chosen is None and entry.spent is None:
                chosen = entry
        return None if chosen is None else chosen.next()

    def nearest(self, asked: Asked) -> Nearest | None:
        """Say which stub came nearest to a request that none answered."""
        return nearest.nearest(self, asked)

    def recheck(self, face: Face) -> list[Problem]:
        """Hold all stubs against the contract of another edition; returns where they break it."""
        return [problem for entry in self for problem in checks.problems(entry.stub, face, name=entry.id)]

    def _name(self) -> str:
        self._made += 1
        while self.get(f"stub-{self._made}") is not None:
            self._made += 1
        return f"stub-{self._made}"

    def _set(self, entries: list[Entry]) -> None:
        if len(entries) > MOST_STUBS:
            raise StubError([Problem(entries[-1].id, (), f"there are {len(entries)} stubs, at most {MOST_STUBS} fit")])
        self._entries = entries
        self.active = bool(entries) or self._strict
