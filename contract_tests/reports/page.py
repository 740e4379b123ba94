"""A run as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from contract_tests.findings import Finding
from contract_tests.reports.table import summary
from contract_tests.runner import Report, Result

_STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --bad: #c62828; --idle: #8a8f98; --line: #8884; --soft: #8881 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 3rem auto; padding: 0 1.2rem }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem }
.sum { font-size: 1.1rem; border-left: .4rem solid var(--good); padding: .5rem .9rem; background: var(--soft) }
.sum.bad { border-color: var(--bad) }
.bar { display: flex; height: .7rem; border-radius: .35rem; overflow: hidden; margin: 1rem 0; background: var(--line) }
.bar i { display: block } .passed { background: var(--good) } .failed { background: var(--bad) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dt { color: var(--idle) } dd { margin: 0 }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1.1rem; margin: 1rem 0 }
article h3 { margin: 0 0 .4rem; font-size: 1rem }
pre { overflow-x: auto; background: var(--soft); padding: .6rem .8rem; border-radius: .3rem; font-size: .85rem }
details { border-bottom: 1px solid var(--line); padding: .35rem 0 } summary { cursor: pointer }
summary b { font-variant-numeric: tabular-nums } .dot { display: inline-block; width: .7em; height: .7em;
border-radius: 50%; margin-right: .5em; background: var(--idle) } .dot.passed { background: var(--good) }
.dot.failed { background: var(--bad) } small { color: var(--idle) }
"""


def write(report: Report) -> str:
    """Write a report as a page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    target = report.target
    title = escape(f"{target.url} against edition {target.edition.name}")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield f"<small>pplx-mock check, profile {report.profile}, seed {report.seed}</small>"
    yield f'<p class="sum{" bad" if report.findings else ""}">{escape(summary(report))}</p>'
    yield _bar(report)
    if report.findings:
        yield "<h2>Findings</h2>"
        for finding in report.findings:
            yield _finding(finding)
    for subject, results in _by_subject(report).items():
        yield f"<h2>{escape(subject.capitalize())}</h2>"
        for result in results:
            yield _check(result)
    yield "</body></html>"


def _bar(report: Report) -> str:
    total = max(len(report.results), 1)
    parts = []
    for verdict in ("passed", "failed"):
        count = sum(result.verdict == verdict for result in report.results)
        parts.append(f'<i class="{verdict}" style="width:{100 * count / total:.2f}%" title="{count} {verdict}"></i>')
    return f'<div class="bar">{"".join(parts)}</div>'


def _finding(finding: Finding) -> str:
    return (
        f'<article id="{finding.fingerprint}"><h3>{escape(finding.check)} · {escape(finding.operation)}</h3><dl>'
        f"<dt>expected</dt><dd>{escape(finding.expected)}</dd><dt>came</dt><dd>{escape(finding.came)}</dd>"
        f"<dt>by</dt><dd><code>{escape(finding.line)}</code></dd><dt>seed</dt><dd>{finding.seed}</dd>"
        f"<dt>fingerprint</dt><dd><code>{finding.fingerprint}</code></dd></dl>"
        f"<pre>{escape(finding.request)}</pre></article>"
    )


def _by_subject(report: Report) -> dict[str, list[Result]]:
    subjects: dict[str, list[Result]] = {}
    for result in report.results:
        subjects.setdefault(result.check.subject, []).append(result)
    return subjects


def _check(result: Result) -> str:
    check = result.check
    state = result.verdict if result.verdict != "not run" else ""
    reason = f"<p>not run: {escape(result.reason)}</p>" if result.reason else ""
    links = " ".join(f'<a href="#{one.fingerprint}">{one.fingerprint}</a>' for one in result.findings)
    return (
        f'<details><summary><span class="dot {state}"></span><b>{escape(check.id)}</b> '
        f"{escape(check.sentence)}</summary>"
        f"{reason}<p><small>{escape(check.basis)}: {escape(check.source)} · {', '.join(check.operations)} · "
        f"{result.requests} requests, {result.seconds:.2f} s</small> {links}</p></details>"
    )
