"""Reports: each as its readers read it, whatever a server put into it."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from typing import Any
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests import cli, plan, reports
from contract_tests.budget import Budget
from contract_tests.findings import CouldNotTestError, Finding
from contract_tests.reports import page, plain, sarif, table, text, xml
from contract_tests.reports.terminal import Terminal
from contract_tests.runner import Report, Result
from tests.kit import Stopwatch, check, finding, report, target


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_formats_of_the_command_line_are_those_there_are() -> None:
    assert set(cli.FORMATS) == set(reports.FORMATS)


@pytest.mark.parametrize("form", cli.FORMATS)
@given(said=st.text(max_size=200))
def test_every_format_writes_whatever_a_server_says(form: str, said: str) -> None:
    made = report(finding(came=said, request=said, expected=said, line=said, operation=said), not_run="budget")

    reports.FORMATS[form](made).encode()


def test_an_empty_report_is_one_in_every_format() -> None:
    for write in reports.FORMATS.values():
        assert "nothing was tested" in write(Report(target("http://x"), "quick", 0)) or write in {
            plain.write,
            sarif.write,
            xml.write,
        }


# JUnit


@given(said=st.text(max_size=100))
def test_junit_is_read_by_another_parser(said: str) -> None:
    document = minidom.parseString(xml.write(report(finding(came=said), not_run="the budget is spent")).encode())

    suite = document.getElementsByTagName("testsuite")[0]
    assert {name: suite.getAttribute(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    assert len(suite.getElementsByTagName("testcase")) == 3
    assert suite.getElementsByTagName("skipped")[0].getAttribute("message") == "the budget is spent"


def test_junit_has_one_failure_for_a_case_however_many_findings() -> None:
    made = xml.write(report(finding(), finding(operation="GET /models")))
    document = minidom.parseString(made.encode())

    failures = document.getElementsByTagName("failure")
    assert len(failures) == 1
    said = failures[0].firstChild.data  # type: ignore[union-attr]
    assert "POST /search" in said
    assert "GET /models" in said


# SARIF


def test_sarif_is_what_code_hosts_read() -> None:
    log: Any = json.loads(sarif.write(report(finding(), not_run="the budget is spent")))

    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for place, result in enumerate(run["results"]):
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert result["partialFingerprints"] == {"pplxMock/v1": finding().fingerprint}
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "openapi/perplexity.yaml", place
        assert physical["region"]["startLine"] >= 1
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert run["invocations"][0]["executionSuccessful"] is True


# JSON


def test_json_says_all_there_is() -> None:
    told: Any = json.loads(plain.write(report(finding(), not_run="the budget is spent")))

    assert told["target"] == {"kind": "fake", "url": "http://127.0.0.1:4010", "edition": "complete"}
    assert told["cut_short"] == "the budget is spent"
    assert [one["verdict"] for one in told["checks"]] == ["passed", "failed", "not run"]
    assert told["findings"][0]["fingerprint"] == finding().fingerprint
    assert told["findings"][0]["came"] == finding().came


# Markdown


def test_markdown_keeps_what_came_inside_its_fence() -> None:
    said = text.write(report(finding(), not_run="a | b"))

    fences = [line for line in said.splitlines() if line.startswith("```")]
    assert fences == ["````text", "````", "```sh", "```"]
    assert "a \\| b" in said


@given(said=st.text(min_size=1, max_size=100) | st.sampled_from(["\n```\n# owned", "````", "\n~~~\n<img src=x>"]))
def test_nothing_that_came_makes_markdown_of_its_own(said: str) -> None:
    lines = text.write(report(finding(came=said, request=said, expected=said, line=said), not_run=said)).splitlines()
    plainly = text.write(report(finding(came="x", request="x", expected="x", line="x"), not_run="x")).splitlines()

    assert len(lines) == len(plainly)
    assert not [line for line in lines if line.startswith("|") and "<" in line]


def test_an_emoji_is_kept_in_junit() -> None:
    assert "\U0001f41d" in xml.write(report(finding(came="\U0001f41d")))


@given(said=st.text() | st.sampled_from(["\x1b[2J", "\x9b2J", "\u202egnp", "a\rb", "\x1b]0;owned\x07"]))
def test_a_finding_in_plain_lines_does_not_move_the_cursor(said: str) -> None:
    told_ = text.told(finding(came=said, request=said, expected=said, line=said, operation=said))

    assert all(line.isprintable() for line in told_.split("\n"))
    assert len(told_.split("\n")) == 6


# HTML


class Reader(HTMLParser):
    """Notes every element, and what they lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.opened: list[str] = []
        self.leads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        if tag not in {"meta", "br", "link"}:
            self.opened.append(tag)
        self.leads += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


@given(said=st.text(max_size=200) | st.sampled_from(["</script><img src=x onerror=alert(1)>", "\"' onload=x <!--"]))
def test_the_page_is_well_formed_and_needs_nothing_else(said: str) -> None:
    reader = Reader()
    reader.feed(page.write(report(finding(came=said, operation=said, request=said), not_run=said)))
    reader.close()

    assert reader.opened == []
    assert not {"script", "img", "link", "iframe", "object"} & set(reader.names)
    assert all(lead.startswith("#") for lead in reader.leads)


def test_the_page_shows_each_finding_and_each_check() -> None:
    said = page.write(report(finding(), not_run="the budget is spent"))

    assert f'id="{finding().fingerprint}"' in said
    assert f'href="#{finding().fingerprint}"' in said
    assert "PPLX-TEST-002" in said
    assert "the budget is spent" in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said


# Terminal


def told(made: Report, out: io.StringIO) -> str:
    terminal = Terminal(out, Stopwatch())
    terminal.begin(made, plan.Plan(tuple(result.check for result in made.results), (), thorough=False), Budget())
    for result in made.results:
        terminal.tell(result)
    terminal.count(100)
    terminal.end(made)
    return out.getvalue()


def test_what_is_piped_has_no_colours_and_a_line_for_each_failure() -> None:
    said = told(report(finding()), io.StringIO())

    assert "\x1b" not in said
    assert "\r" not in said
    assert "\nfailed   PPLX-TEST-001  It is so.\n" in said


def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = told(report(finding()), Tty())
    monkeypatch.setenv("NO_COLOR", "1")
    plainly = told(report(finding()), Tty())

    assert "\x1b[31m" in coloured
    assert "\x1b[31m" not in plainly


def test_what_a_server_says_does_not_move_the_cursor() -> None:
    moving = "\x1b[31m\x1b[2J\r"
    said = told(report(finding(came=moving), not_run=moving), io.StringIO())

    assert "\x1b" not in said
    assert "\r" not in said
    assert "\\x1b[2J" in said


def test_progress_begins_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    watch, out = Stopwatch(), Tty()
    terminal = Terminal(out, watch)
    made = report()
    terminal.begin(made, plan.Plan((made.results[0].check,), (), thorough=False), Budget())
    before = out.getvalue()
    terminal.tell(made.results[0])
    early = out.getvalue()
    watch.wait(2.5)
    terminal.count(7)

    assert early == before
    assert "[1/1] made-up requests, 7 made-up requests" in out.getvalue()


def test_the_table_counts_by_operation_and_names_what_failed() -> None:
    searched = check(lambda _: None, "PPLX-TEST-004")
    object.__setattr__(searched, "operations", ("search", "list_models"))
    made = report()
    made.results.append(Result(searched, "failed", (finding(check="PPLX-TEST-004"),)))

    found = {row.operation: row for row in table.rows(made)}

    assert (found["POST /search"].failed, found["POST /search"].failing) == (1, ["PPLX-TEST-004"])
    assert found["GET /models"].failed == 0
    assert found["(every operation)"].passed == 1


# Fingerprints and secrets


@given(seed=st.integers(0, 9), came=st.text(), request=st.text(), status=st.integers(0, 599))
def test_a_fingerprint_does_not_depend_on_what_was_met(seed: int, came: str, request: str, status: int) -> None:
    met = finding(seed=seed, came=came, request=request, status=status)

    assert met.fingerprint == finding().fingerprint


@pytest.mark.parametrize("field", ["check", "operation", "expected"])
def test_a_fingerprint_tells_differences_apart(field: str) -> None:
    assert finding(**{field: "another"}).fingerprint != finding().fingerprint


@given(around=st.text(max_size=20))
def test_half_a_pair_of_surrogates_can_be_written(around: str) -> None:
    met = finding(came=f"{around}\ud800", request="\udfff").without()

    for write in reports.FORMATS.values():
        write(report(met)).encode()


@given(around=st.text(max_size=20))
def test_a_finding_hides_the_key_and_what_looks_like_one(around: str) -> None:
    key = "my-own-secret-key"
    met: Finding = finding(came=f"{around}{key}{around}", request=f"curl {key}", expected=f"no {key}").without(key)

    assert key not in met.came + met.request + met.expected


def test_what_looks_like_a_key_is_hidden_and_what_looks_like_a_model_is_not() -> None:
    met = finding(came=f"pplx-{'a1' * 24} for pplx-embed-context-v1-0.6b").without()

    assert met.came == "$PERPLEXITY_API_KEY for pplx-embed-context-v1-0.6b"


def test_a_finding_says_how_to_bring_it_back() -> None:
    met = finding(check="PPLX-WIRE-003")
    made = report(met)

    assert table.again(made, met) == "pplx-mock check --edition complete --only PPLX-TEST-001 --seed 7"
    made.writes = True
    assert "--allow-writes --only" in table.again(made, met)


# Files


@pytest.mark.parametrize("said", ["html", "html=", "=x", "htlm=x", "pdf=x"])
def test_a_wish_that_cannot_be_met_is_refused(said: str) -> None:
    with pytest.raises(CouldNotTestError, match="--report takes FORMAT=PATH"):
        reports.wishes(said)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Any) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(CouldNotTestError, match="cannot write"):
        reports.write(report(), reports.Wish("json", tmp_path / "taken" / "report.json"))
