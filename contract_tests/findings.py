"""What a check found: one difference between the contract and a target."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Self

_FINGERPRINT = 12
_KEY = "$PERPLEXITY_API_KEY"
_SECRET = re.compile(r"\bpplx-[A-Za-z0-9]{12,}")
"""What looks like a key of the vendor's, whoever's it is; models have such names, but shorter and with dashes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference.

    Args:
        check: The id of the check, such as ``PPLX-SEARCH-007``.
        operation: Method and path, such as ``POST /search``.
        expected: What the contract wants, in words that do not depend on the values met, so that the same difference
            has the same words in each run.
        line: Where the contract says so: a JSON pointer into it, the id of a rule, or a section of the evidence.
        came: What came instead, shortened.
        request: The request as a curl line, with the key as a variable.
        seed: The seed that brings it back.
        status: The status of the answer; 0 where none came.
    """

    check: str
    operation: str
    expected: str
    line: str
    came: str
    request: str
    seed: int
    status: int = 0

    @property
    def fingerprint(self) -> str:
        """A name of the difference that stays the same over runs and seeds, for baselines."""
        said = f"{self.check}\n{self.operation}\n{self.expected}"
        return hashlib.sha256(said.encode()).hexdigest()[:_FINGERPRINT]

    def without(self, *secrets: str) -> Self:
        """The same finding with secrets, and all that looks like a key, hidden in what was sent and what came."""
        return replace(
            self,
            expected=_hidden(self.expected, secrets),
            came=_hidden(self.came, secrets),
            request=_hidden(self.request, secrets),
        )


def _hidden(text: str, secrets: tuple[str, ...]) -> str:
    """A text that shows no secret and can be written: half a pair of surrogates has no bytes."""
    text = text.encode(errors="backslashreplace").decode()
    for secret in filter(None, secrets):
        text = text.replace(secret, _KEY)
    return _SECRET.sub(_KEY, text)


class UnmetError(Exception):
    """An answer does not keep the contract; the probe makes a finding of it.

    Args:
        expected: What the contract wants, without values.
        came: What came instead.
        line: Where the contract says so; the check's own line where empty.
        check: The id of the check that failed, where it is not the one that runs.
    """

    def __init__(self, expected: str, came: str, *, line: str = "", check: str = "") -> None:
        super().__init__(f"{expected}; came: {came}")
        self.expected = expected
        self.came = came
        self.line = line
        self.check = check


class NoAnswerError(UnmetError):
    """No answer came, or none that is whole."""


class UnaskedError(Exception):
    """The target gave nothing that the question could be asked of; the check is not run, and the run goes on."""


class CouldNotTestError(Exception):
    """The run cannot go on or does not make sense; its text says why and what to do."""


class BudgetSpentError(Exception):
    """The next request would be more than was allowed."""


class GivenUpError(BudgetSpentError):
    """The server has stopped to answer, and the next request would wait in vain."""
