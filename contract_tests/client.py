"""Send requests to a target: within a budget, politely, and without ever showing a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import httpx

from contract_tests import costs
from contract_tests.budget import Budget
from contract_tests.deadline import Deadline, Transport
from contract_tests.exchange import Answer, Ask
from contract_tests.findings import GivenUpError, NoAnswerError
from contract_tests.stopwatch import RealStopwatch, Stopwatch
from contract_tests.target import Target

TIMEOUT = 60.0
_TOO_MANY = 429
_PATIENCE = 4
_LONGEST_WAIT = 65.0
MOST_BYTES = 64 * 1024 * 1024
"""The most of an answer that is read."""
_TIMES = 10
_IN_A_ROW = 3


class Client:
    """A client of one target; a context manager, as it keeps connections.

    Args:
        target: The server.
        budget: What it may take.
        timeout: Seconds to wait for a connection, and for each piece of an answer; an answer as a whole may take ten
            times as long.
        stopwatch: Where time comes from.
    """

    def __init__(
        self,
        target: Target,
        budget: Budget | None = None,
        *,
        timeout: float = TIMEOUT,
        stopwatch: Stopwatch | None = None,
    ) -> None:
        self.target = target
        self.stopwatch = stopwatch or RealStopwatch()
        self.budget = budget or Budget()
        self.timeout = timeout
        self._deadline = Deadline(self.stopwatch)
        self._unanswered = 0
        # Proxies that the environment names are taken for the vendor alone; httpx wants its own transport for them.
        own = None if target.charges else Transport(self._deadline, verify=target.url.startswith("https:"))
        self._http = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=target.charges, transport=own)

    @property
    def longest(self) -> float:
        """Seconds that an answer may take as a whole."""
        return _TIMES * self.timeout

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, ask: Ask) -> Answer:
        """Send a request and read its answer to the end.

        On 429 it waits as the answer says, or a second, two, four, and asks again, where the target charges: a limit
        met there says nothing about the contract.

        Raises:
            BudgetSpentError: It would be too much.
            GivenUpError: The last requests got no answer, so that asking on is of no use.
            UnmetError: No answer came, or none that is HTTP, or it did not end.
        """
        answer = self._once(ask)
        for patience in range(_PATIENCE):
            if answer.status != _TOO_MANY or not self.target.charges:
                break
            self.stopwatch.wait(_wait(answer, patience))
            answer = self._once(ask)
        return answer

    def _once(self, ask: Ask) -> Answer:
        self.tell_of_silence()
        most = costs.most(ask, self.target.edition) if self.target.charges else Decimal(0)
        self.budget.take(most)
        try:
            answer = self._exchange(ask)
        except NoAnswerError:
            self._unanswered += 1
            raise
        self._unanswered = 0
        self.budget.settle(most, costs.paid(answer, self.target.edition) if self.target.charges else Decimal(0))
        return answer

    def tell_of_silence(self) -> None:
        """Raise `GivenUpError` where the last requests got no answer."""
        if self._unanswered >= _IN_A_ROW:
            raise GivenUpError(f"{_IN_A_ROW} requests in a row got no whole answer from {self.target.url}")

    def _exchange(self, ask: Ask) -> Answer:
        self._deadline.set(self.longest)
        until = self.stopwatch.now() + self.longest
        try:
            with self._http.stream(
                ask.verb,
                self.target.url + ask.path,
                content=ask.content,
                params=ask.query or None,
                headers=self._headers(ask),
            ) as response:
                content = self._read(response, until)
                headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
                return Answer(ask, response.status_code, headers, content)
        except httpx.TimeoutException:
            raise NoAnswerError("an answer comes in time", f"nothing whole within {self.timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NoAnswerError("a whole HTTP answer comes", f"{type(error).__name__}: {error}") from None

    def _read(self, response: httpx.Response, until: float) -> bytes:
        """Read a body to its end, if it has one."""
        content = bytearray()
        packed = "content-encoding" in response.headers
        for chunk in response.iter_bytes() if packed else response.iter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                raise NoAnswerError("an answer ends", f"more than {MOST_BYTES // 1024 // 1024} MiB")
            if self.stopwatch.now() > until:
                raise NoAnswerError("an answer ends", f"{len(content)} bytes after {self.longest:g} s")
        return bytes(content)

    def _headers(self, ask: Ask) -> dict[str, str]:
        headers = {"accept": "*/*", "user-agent": "pplx-mock-check"}
        key = self.target.key if ask.key is None else ask.key
        if key:
            headers["authorization"] = f"Bearer {key}"
        if ask.content:
            headers["content-type"] = "application/json"
        return {**headers, **ask.headers}


def _wait(answer: Answer, patience: int) -> float:
    """Seconds until the next try."""
    told = answer.header("retry-after") or ""
    return min(float(told), _LONGEST_WAIT) if told.isdigit() else 2.0**patience
