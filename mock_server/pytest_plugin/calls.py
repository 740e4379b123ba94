"""What a failed test shows of its calls."""

from __future__ import annotations

from mock_server.embedded import PerplexityMock
from mock_server.embedded.calls import Calls
from mock_server.embedded.environment import KEYS, URLS
from mock_server.insight import verdict

TITLE = "Perplexity calls"
_MOST_SHOWN = 20
_LONGEST = 4000


def text(mock: PerplexityMock) -> str:
    """Tell the calls of a test, how to repeat them, and what was wrong with them.

    Args:
        mock: The test's fake.
    """
    calls = mock.calls
    if not calls:
        return f"Nothing was asked of {mock.url}."
    told = [f"{call.line}\n     {_cut(call.curl())}" for call in calls[:_MOST_SHOWN]]
    found = mock.verdict
    judged = [] if found.ok else ["", verdict.table(found)]
    return "\n".join([*told, *_more(calls), "", _again(mock), *judged])


def _more(calls: Calls) -> list[str]:
    return [f"     … and {len(calls) - _MOST_SHOWN} more"] if len(calls) > _MOST_SHOWN else []


def _again(mock: PerplexityMock) -> str:
    how = [f"--seed {mock.seed}"] * (mock.seed != 0) + [f"--edition {mock.edition}"]
    return (
        f"To repeat them: pplx-mock serve {' '.join(how)}, and in another shell\n"
        f"     export {URLS[0]}=http://127.0.0.1:4010 {KEYS[0]}=any-key"
    )


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… ({len(line)} characters)"
