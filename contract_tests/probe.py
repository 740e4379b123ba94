"""What a check asks a target with: calls by operation, demands, and made-up requests."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from contract_tests import conformance, manners
from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.exchange import Answer, Ask, shortened
from contract_tests.findings import BudgetSpentError, Finding, UnaskedError, UnmetError
from contract_tests.target import Target
from mock_server.facts import Facts
from mock_server.jsontypes import JSON

T = TypeVar("T")
_SETTINGS = hypothesis.settings(
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    print_blob=False,
    report_multiple_bugs=False,
    verbosity=hypothesis.Verbosity.quiet,
)


@dataclass
class Probe:
    """A target as one check sees it.

    Args:
        client: Sends requests.
        check: The check that runs.
        seed: Seed of what is made up.
        thorough: Whether the profile is `full`.
        key: The key of this check; one of its own where keys are free.

    `last` and `asked` are the last answer and its request. `asides` are differences that were met on the way and left
    the answers readable, so that the check went on.
    """

    client: Client
    check: Check
    seed: int
    thorough: bool
    key: str | None = None
    last: Answer | None = field(default=None, init=False)
    asked: Ask | None = field(default=None, init=False)
    asides: list[Finding] = field(default_factory=list, init=False)

    @property
    def target(self) -> Target:
        """The server."""
        return self.client.target

    @property
    def facts(self) -> Facts:
        """The edition's tables."""
        return self.target.edition.facts

    def call(
        self,
        operation: str,
        body: JSON = None,
        *,
        status: int | None = 200,
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        key: str | None = None,
    ) -> Answer:
        """Send a request; the answer is held against the contract before it is given back.

        Args:
            operation: The id of the operation, or of its handler.
            body: The JSON body.
            status: The status that has to come; any declared one where None.
            path: The path's parameters.
            query: The query's.
            headers: More headers.
            key: Another key; an empty one sends no header.

        Raises:
            UnmetError: No answer came, or one that the contract does not allow, or another status.
        """
        found = next(one for one in self.target.edition.operations.values() if operation in {one.id, one.handler})
        filled = found.path
        for name, value in (path or {}).items():
            filled = filled.replace("{" + name + "}", quote(value, safe=""))
        chosen = self.key if key is None else key
        said = manners.thrifty(found.handler, body) if self.target.charges else body
        return self.send(Ask(found, filled, said, None, query or {}, headers or {}, chosen), status=status)

    def send(self, ask: Ask, *, status: int | None = None) -> Answer:
        """Send a request that is already made; as `call`."""
        self.asked, self.last = ask, None
        answer = self.last = self.client.send(ask)
        self.asides += [self.finding(difference) for difference in conformance.asides(answer, self.target)]
        # The status first: of an answer that is not the one asked for, little else means anything.
        if status is not None:
            self.require(answer.status == status, f"status {status}", answer.brief)
        conformance.verify_shape(answer)
        return answer

    def require(self, holds: bool, expected: str, came: object, *, line: str = "") -> None:  # noqa: FBT001  # a condition
        """Demand something of the last answer.

        Args:
            holds: Whether it is so.
            expected: What is demanded, in words without the values met.
            came: What came instead.
            line: Where the contract says so, where that is not the check's own source.

        Raises:
            UnmetError: It is not so.
        """
        if not holds:
            raise UnmetError(expected, shortened(came), line=line)

    def need(self, found: Sized, lacking: str) -> None:
        """Have something to hold the target against: a check that met nothing of what it is about has not run.

        Args:
            found: All of it that was met.
            lacking: What to say where that is nothing.

        Raises:
            UnaskedError: It is nothing.
        """
        if not found:
            raise UnaskedError(lacking)

    def given(self, strategy: st.SearchStrategy[T], body: Callable[[T], None], *, quick: int, full: int) -> None:
        """Run a function on made-up values, as many as the profile says.

        Where requests cost money, the first failure is the last thing that is asked: it is not made smaller, and not
        tried again. Elsewhere a server that does not fail twice in the same way is blamed for what it did first.

        Args:
            strategy: Makes the values.
            body: Asks and demands.
            quick: How many values in the profile `quick`, and `full` in `full`.
            full: See there.

        Raises:
            UnmetError: What the body raises, for the smallest value found.
        """
        met: list[UnmetError] = []
        charges = self.target.charges

        @hypothesis.seed(self.seed)
        @hypothesis.settings(_SETTINGS, max_examples=full if self.thorough else quick, phases=_phases(charges=charges))
        @hypothesis.given(strategy)
        def run(value: T) -> None:
            if met and charges:
                return
            try:
                body(value)
            except UnmetError as error:
                met.append(error)
                if not charges:
                    raise

        try:
            run()
        except (Flaky, BudgetSpentError):
            if not met:
                raise
        if met:
            raise met[-1]

    def finding(self, error: UnmetError) -> Finding:
        """Make a finding of what the last request met."""
        ask = self.asked
        return Finding(
            check=error.check or self.check.id,
            operation=ask.operation.endpoint if ask else "",
            expected=error.expected,
            line=error.line or self.check.source,
            came=error.came,
            request=ask.curl(self.target.url) if ask else "",
            seed=self.seed,
            status=self.last.status if self.last else 0,
        ).without(*self._secrets())

    def _secrets(self) -> list[str]:
        """What must not be told: the target's key, where it is somebody's."""
        return [] if self.target.takes_any_key else [self.target.key]


def _phases(*, charges: bool) -> list[Phase]:
    return [Phase.explicit, Phase.generate] if charges else [Phase.explicit, Phase.generate, Phase.shrink]
