"""The verdict on a client: what it did wrong, with the calls that prove it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mock_server.insight import retries
from mock_server.insight.chains import Chain, chains
from mock_server.insight.finding import Finding, Verdict, finding
from mock_server.insight.retries import PATIENCE, Patience
from mock_server.insight.terminal import counted, printable
from mock_server.journal import answers
from mock_server.journal.entry import Entry, Leak

_OK = 200


def judge(
    entries: Iterable[Entry],
    *,
    now: int | None = None,
    forgotten: int = 0,
    patience: Patience = PATIENCE,
) -> Verdict:
    """Judge clients by their calls.

    Args:
        entries: The calls.
        now: What the pacing clock says, in nanoseconds. A client that was told to wait and has not come again may
            still do so until then. Where not given, the run is over.
        forgotten: Calls that are not among them any more.
        patience: Where behaviour begins to be bad.
    """
    calls = list(entries)
    found = chains(calls)
    judges: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: retries.too_early(found, patience),
        lambda: retries.storms(found, patience),
        lambda: retries.gave_up(found, now),
        lambda: retries.in_vain(found),
        lambda: _truncated(found, calls),
        lambda: _leaks(calls),
        lambda: _unknown(calls),
    )
    findings = sorted((one for each in judges for one in each()), key=lambda one: one.calls[-1])
    return Verdict(findings=findings, judged=len(calls), forgotten=forgotten)


def _truncated(found: list[Chain], calls: list[Entry]) -> Iterator[Finding]:
    """A cut stream is taken for whole: surely if its text comes back as the assistant's, else if nobody asked again.

    What a client does with a stream that ends too early cannot be seen from here; what it sends next can.
    """
    cut = [
        (chain, call, position == len(chain.calls) - 1)
        for chain in found
        for position, call in enumerate(chain.calls)
        if _is_cut(call)
    ]
    said = _assistant_said(calls) if cut else {}
    for chain, call, is_last in cut:
        proof = _repeated(call, chain, said)
        if proof is not None:
            yield finding(
                "took-truncated-for-whole",
                f"the stream of call {call.number} was cut, and call {proof.number} goes on from its text",
                "take a stream for whole only after its last event (chat.completion.done or a finish reason)",
                [call, proof],
            )
        elif is_last:
            yield finding(
                "took-truncated-for-whole",
                f"the stream of call {call.number} was cut before its last event, and nobody asked again",
                "look whether the last event came (chat.completion.done or a finish reason), and ask again if not",
                [call],
                severity="warning",
                certainty="suspected",
            )


def _is_cut(call: Entry) -> bool:
    return call.status == _OK and call.told.outcome == "complete" and call.end == "cut"


def _repeated(call: Entry, chain: Chain, said: dict[tuple[str, str], list[Entry]]) -> Entry | None:
    """The later call of the same key whose history has the text of this one as the assistant's.

    It proves nothing where the client asked again and the whole answer says the same.
    """
    text = call.text.strip()
    if not text or (chain.last.whole and chain.last.text.strip() == text):
        return None
    later = (other for other in said.get((call.asked.account, text), ()) if other.number > call.number)
    return next(later, None)


def _assistant_said(calls: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """The calls whose history has a text as the assistant's, by key and text."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for call in calls:
        content = call.content
        turns = (content.get("messages") or content.get("input")) if isinstance(content, dict) else None
        for turn in turns if isinstance(turns, list) else []:
            if isinstance(turn, dict) and turn.get("role") == "assistant":
                found.setdefault((call.asked.account, answers.content_of(turn).strip()), []).append(call)
    return found


def _leaks(calls: list[Entry]) -> Iterator[Finding]:
    groups: dict[tuple[str, Leak], list[Entry]] = {}
    for call in calls:
        for place in call.asked.leaks:
            groups.setdefault((call.asked.account, place), []).append(call)
    for (_, place), leaky in groups.items():
        where = "body" if place == "body" else "URL"
        yield finding(
            "leaked-key",
            f"{leaky[0].place} had a key in its {where}, where logs and caches keep it ({_times(leaky)})",
            "send keys in the header Authorization only, and replace the key that leaked",
            leaky,
        )


def _unknown(calls: list[Entry]) -> Iterator[Finding]:
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for call in calls:
        for name in call.unknown:
            groups.setdefault((call.asked.account, call.name, name), []).append(call)
    for (_, _, name), odd in groups.items():
        yield finding(
            "unknown-fields",
            f"{odd[0].place} was sent the field {name!r}, which the contract does not know ({_times(odd)})",
            "correct its name or leave it out: the API ignores it or refuses the request",
            odd,
            severity="warning",
        )


def _times(calls: list[Entry]) -> str:
    return "once" if len(calls) == 1 else f"{len(calls)} times"


def table(verdict: Verdict) -> str:
    """Write a verdict for a terminal."""
    forgotten = f" ({verdict.forgotten} more are forgotten)" if verdict.forgotten else ""
    judged = f"{counted(verdict.judged, 'call')} judged{forgotten}"
    if verdict.ok:
        return f"{judged}: nothing to say against the client"
    lines = [f"{judged}: {counted(len(verdict.findings), 'finding')}"]
    for one in verdict.findings:
        calls = ("call " if len(one.calls) == 1 else "calls ") + ", ".join(str(number) for number in one.calls)
        doubt = "" if one.certainty == "proven" else ", suspected"
        lines += [
            "",
            f"{one.severity.upper()}{doubt}: {one.kind} ({one.key or 'no key'}; {calls})",
            f"  {printable(one.sentence)}.",
            f"  Do: {one.advice}.",
        ]
    return "\n".join(lines)
