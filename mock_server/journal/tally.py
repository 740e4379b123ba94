"""What calls add up to: kept beyond the bound of the journal, so that a long run is counted whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import TypeAlias

from mock_server.contract.operation import Operation
from mock_server.journal.entry import Entry, model_in
from mock_server.jsontypes import JSON, JSONObject
from mock_server.money import ZERO
from mock_server.world.ids import digest

_MOST_NAMES = 512
_MOST_ANSWERS = 65_536
_MOST_KINDS = 512
_OTHERS = "…"
_PLAIN = "plain"


@dataclass(slots=True)
class Spent:
    """Calls of one operation to one model: how many, how many of them had a price, and US dollars."""

    calls: int = 0
    priced: int = 0
    cost: Decimal = ZERO


@dataclass(slots=True)
class Met:
    """What the calls of one operation met: how often each field, parameter, status, mode and error."""

    calls: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    parameters: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)


_Kind: TypeAlias = tuple[str, int, str, frozenset[str]]
"""Operation, status, model and fields of plain calls."""


class Tally:
    """Counts by operation, by error, and by operation and model; its size does not grow with the number of calls.

    Plain calls are counted together with those of the same kind, and told apart when somebody looks.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.calls = 0
        self.errors: Counter[str] = Counter()
        self._met: dict[str, Met] = {}
        self._spent: dict[tuple[str, str], Spent] = {}
        self._billed: dict[bytes, None] = {}
        self._kinds: dict[_Kind, Spent] = {}
        self._lock = Lock()
        for entry in entries:
            entry.billed = self.add(entry)

    @property
    def met(self) -> dict[str, Met]:
        """What the calls of each operation met, by its id."""
        self._tell_apart()
        return self._met

    @property
    def spent(self) -> dict[tuple[str, str], Spent]:
        """What was spent, by operation and model."""
        self._tell_apart()
        return self._spent

    def plain(self, operation: Operation, status: int, content: JSONObject, price: Decimal | None) -> Decimal | None:
        """Count a call that had no query and got a plain, good answer; returns the price, which it is billed.

        Args:
            operation: What was asked for; none that is fetched again.
            status: The answer's.
            content: The request's body; empty where there is none.
            price: US dollars, if it costs any.
        """
        found: set[str] = set()
        operation.fields.met(content, found)
        kind = (operation.id, status, model_in(content), frozenset(found))
        if len(self._kinds) >= _MOST_KINDS:
            self._tell_apart()
        with self._lock:
            self.calls += 1
            spent = self._kinds.get(kind)
            if spent is None:
                spent = self._kinds[kind] = Spent()
            spent.calls += 1
            if price is not None:
                spent.priced += 1
                spent.cost += price
        return price

    def _tell_apart(self) -> None:
        """Add up by operation and model what was counted by kind."""
        with self._lock:
            for kind, part in self._kinds.items():
                self._take_over(kind, part)
            self._kinds = {}

    def _take_over(self, kind: _Kind, part: Spent) -> None:
        name, status, model, fields = kind
        met = self._met_of(name)
        met.calls += part.calls
        met.statuses[status] += part.calls
        met.modes[_PLAIN] += part.calls
        for one in fields:
            met.fields[one] += part.calls
        spent = self._spent_on(name, model)
        spent.calls += part.calls
        spent.priced += part.priced
        spent.cost += part.cost

    def _met_of(self, name: str) -> Met:
        met = self._met.get(name)
        if met is None:
            met = self._met[name] = Met()
        return met

    def _spent_on(self, name: str, model: str) -> Spent:
        spent = self._spent.get((name, model))
        if spent is None:
            key = (name, model if len(self._spent) < _MOST_NAMES else _OTHERS)
            spent = self._spent.setdefault(key, Spent())
        return spent

    def add(self, entry: Entry) -> Decimal | None:
        """Count a call; returns what it is billed, if it is."""
        self._tell_apart()
        self.calls += 1
        operation, status = entry.operation, entry.told.status
        name = "" if operation is None else operation.id
        content = entry.content
        if status >= _ERROR:
            self.errors[_bounded(entry.error, self.errors)] += 1
        met = self._met_of(name)
        met.calls += 1
        met.statuses[status] += 1
        if operation is not None:
            _meet(met, operation, entry, content)
        return self._spend(entry, name, model_in(content))

    def _spend(self, entry: Entry, name: str, model: str) -> Decimal | None:
        spent = self._spent_on(name, model)
        spent.calls += 1
        price = entry.price
        if price is None or self._is_billed(entry):
            return None
        spent.priced += 1
        spent.cost += price
        return price

    def _is_billed(self, entry: Entry) -> bool:
        """Whether this answer was counted before: one that is fetched again, such as a job's, costs once."""
        if entry.operation is None or not entry.operation.fetched_again:
            return False
        if not entry.answer_id:
            return False
        name = digest(entry.answer_id.encode(), key=b"", size=12)
        if name in self._billed:
            return True
        if len(self._billed) >= _MOST_ANSWERS:
            del self._billed[next(iter(self._billed))]
        self._billed[name] = None
        return False


_OK, _NOT_OK, _ERROR = 200, 300, 400


def _meet(met: Met, operation: Operation, entry: Entry, content: JSON) -> None:
    """Count the mode, the fields and the parameters of a call that met an operation."""
    if _OK <= entry.told.status < _NOT_OK:
        met.modes[entry.mode] += 1
    if isinstance(content, dict):
        found: set[str] = set()
        operation.fields.met(content, found)
        counts = met.fields
        for name in found:
            counts[name] += 1
    if entry.asked.query:
        names = {part.partition(b"=")[0].decode("latin-1") for part in entry.asked.query.split(b"&")}
        met.parameters.update(names.intersection(operation.parameters))


def _bounded(name: str, counts: Counter[str]) -> str:
    """A name, or the common one of those that are too many: a stub may make up a type for each answer."""
    return name if name in counts or len(counts) < _MOST_NAMES else _OTHERS
