"""What a check asks a target with: calls by operation, demands, and made-up requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from contract_tests import conformance
from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.exchange import Answer, Ask, shortened
from contract_tests.findings import Finding, UnmetError
from contract_tests.target import Target
from mock_server.facts import Facts
from mock_server.jsontypes import JSON

T = TypeVar("T")
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@dataclass
class Probe:
    """A target as one check sees it.

    Args:
        client: Sends requests.
        check: The check that runs.
        seed: Seed of what is made up.
        thorough: Whether the profile is `full`.
        key: The key of this check; one of its own where keys are free.
    """

    client: Client
    check: Check
    seed: int
    thorough: bool
    key: str | None = None
    last: Answer | None = field(default=None, init=False)
    asked: Ask | None = field(default=None, init=False)

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
        return self.send(Ask(found, filled, body, None, query or {}, headers or {}, chosen), status=status)

    def send(self, ask: Ask, *, status: int | None = None) -> Answer:
        """Send a request that is already made; as `call`."""
        self.asked, self.last = ask, None
        answer = self.last = self.client.send(ask)
        conformance.verify(answer, self.target)
        if status is not None:
            self.require(answer.status == status, f"status {status}", f"{answer.status} {shortened(answer.content)}")
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

    def given(self, strategy: st.SearchStrategy[T], body: Callable[[T], None], *, quick: int, full: int) -> None:
        """Run a function on made-up values, as many as the profile says.

        Where requests cost money, a failure is not made smaller by asking again and again.

        Args:
            strategy: Makes the values.
            body: Asks and demands.
            quick: How many values in the profile `quick`, and `full` in `full`.
            full: See there.

        Raises:
            UnmetError: What the body raises, for the smallest value found.
        """
        phases = (
            [Phase.explicit, Phase.generate] if self.target.charges else [Phase.explicit, Phase.generate, Phase.shrink]
        )

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=full if self.thorough else quick,
            database=None,
            deadline=None,
            phases=phases,
            suppress_health_check=_QUIET,
            print_blob=False,
            report_multiple_bugs=False,
            verbosity=hypothesis.Verbosity.quiet,
        )
        @hypothesis.given(strategy)
        def run(value: T) -> None:
            body(value)

        run()

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
        )
