"""What is wrong with stubs, told so that whoever wrote them finds the place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mock_server.errors import PplxMockError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Args:
        stub: The id of the stub; empty where it is the file as such.
        path: The place in the stub, such as ``("reply", "text")``.
        reason: What is wrong, and what to do.
        file: The file, and `line` the line in it from 1; 0 where none is known.
    """

    stub: str
    path: tuple[str | int, ...]
    reason: str
    file: str = ""
    line: int = 0

    @property
    def field(self) -> str:
        """The place as one word, such as `reply.sequence[0].text`."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).lstrip(".")

    @property
    def text(self) -> str:
        """In words: file, line, stub, field, reason."""
        file = f"{self.file}, line {self.line}" if self.line else self.file
        where = ": ".join(part for part in (file, self.stub and f"stub {self.stub}", self.field) if part)
        return f"{where}: {self.reason}" if where else self.reason


class StubError(PplxMockError):
    """Stubs that cannot be taken, with all that is wrong with them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text for problem in self.problems))
