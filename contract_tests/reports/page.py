"""A run as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from contract_tests.findings import Finding
from contract_tests.reports.style import STYLE
from contract_tests.reports.table import Row, again, rows, summary
from contract_tests.runner import Report, Result

_WORDS = {"passed": "passed", "failed": "failed", "not run": "idle"}
"""The class of each verdict."""


def write(report: Report) -> str:
    """Write a report as a page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    title = escape(f"{report.target.url} against edition {report.target.edition.name}")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{STYLE}</style></head><body>"
    yield from _head(report)
    yield from _findings(report)
    yield from _operations(report)
    yield from _checks(report)
    yield "</body></html>"


def _head(report: Report) -> Iterator[str]:
    target = report.target
    verdict = "bad" if report.findings or not report.ran else "good"
    yield f'<header class="{verdict}"><p class="over">pplx-mock check</p><h1>{escape(_headline(report))}</h1>'
    yield (
        f"<p><code>{escape(target.url)}</code> ({target.kind}) held against edition "
        f"<b>{escape(target.edition.name)}</b>, profile {report.profile}, seed {report.seed}</p>"
    )
    yield f'<p class="quiet">{escape(summary(report))}</p></header>'
    yield _bar(report)


def _headline(report: Report) -> str:
    if not report.ran:
        return "Nothing was tested"
    count = len(report.findings)
    if count:
        return f"{count} difference{'s' if count > 1 else ''} found"
    return "No differences found" + (", as far as the run went" if report.cut_short else "")


def _bar(report: Report) -> str:
    total = max(len(report.results), 1)
    parts, legend = [], []
    for verdict, name in _WORDS.items():
        count = sum(result.verdict == verdict for result in report.results)
        parts.append(f'<i class="{name}" style="width:{100 * count / total:.2f}%"></i>')
        legend.append(f'<span><i class="dot {name}"></i>{count} {verdict}</span>')
    return f'<div class="bar">{"".join(parts)}</div><p class="legend">{"".join(legend)}</p>'


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield "<h2>Findings</h2>"
        sentences = {result.check.id: result.check.sentence for result in report.results}
        for finding in report.findings:
            yield _finding(finding, sentences.get(finding.check, ""), again(report, finding))


def _finding(finding: Finding, sentence: str, command: str) -> str:
    rows = (("expected", finding.expected), ("came", finding.came), ("by", finding.line))
    told = "".join(f"<dt>{name}</dt><dd>{escape(said)}</dd>" for name, said in rows)
    return (
        f'<article id="{finding.fingerprint}"><h3><b>{escape(finding.check)}</b> '
        f"<code>{escape(finding.operation)}</code></h3><p>{escape(sentence)}</p><dl>{told}</dl>"
        f"<details><summary>Ask again</summary><pre>{escape(finding.request)}</pre>"
        f"<pre>{escape(command)}</pre></details>"
        f'<p class="quiet">fingerprint <code>{finding.fingerprint}</code></p></article>'
    )


def _operations(report: Report) -> Iterator[str]:
    yield "<h2>By operation</h2><div class='wide'><table>"
    yield "<thead><tr><th>operation</th><th>passed</th><th>failed</th><th>not run</th>"
    yield "<th>did not pass</th></tr></thead><tbody>"
    for row in rows(report):
        yield _row(row, report)
    yield "</tbody></table></div>"


def _row(row: Row, report: Report) -> str:
    first = {finding.check: finding.fingerprint for finding in reversed(report.findings)}
    names = []
    for identity in row.failing:
        mark = next((one.fingerprint for one in report.findings if _is_of(one, identity, row)), first.get(identity))
        names.append(f'<a href="#{mark}">{escape(identity)}</a>' if mark else escape(identity))
    counts = "".join(f"<td>{count or ''}</td>" for count in (row.passed, row.failed, row.not_run))
    return f"<tr><td><code>{escape(row.operation)}</code></td>{counts}<td>{' '.join(names)}</td></tr>"


def _is_of(finding: Finding, identity: str, row: Row) -> bool:
    return finding.check == identity and finding.operation == row.operation


def _checks(report: Report) -> Iterator[str]:
    yield "<h2>By subject</h2>"
    subjects: dict[str, list[Result]] = {}
    for result in report.results:
        subjects.setdefault(result.check.subject, []).append(result)
    for subject, results in subjects.items():
        yield from _subject(subject, results)


def _subject(subject: str, results: list[Result]) -> Iterator[str]:
    failed = sum(result.verdict == "failed" for result in results)
    dots = "".join(f'<i class="dot {_WORDS[result.verdict]}"></i>' for result in results)
    yield f'<details class="subject"{" open" if failed else ""}><summary><b>{escape(subject.capitalize())}</b>'
    yield f'<span class="dots">{dots}</span></summary><ul>'
    for result in results:
        yield _check(result)
    yield "</ul></details>"


def _check(result: Result) -> str:
    check = result.check
    links = " ".join(f'<a href="#{one.fingerprint}">{one.fingerprint}</a>' for one in result.findings)
    reason = f" not run: {escape(result.reason)}" if result.verdict == "not run" else ""
    took = f"{result.requests} requests, {result.seconds:.2f} s"
    return (
        f'<li><i class="dot {_WORDS[result.verdict]}"></i><div><b>{escape(check.id)}</b> '
        f"{escape(check.sentence)} {links}"
        f'<p class="quiet">{escape(check.basis)}: {escape(check.source)} · {took}{reason}</p></div></li>'
    )
