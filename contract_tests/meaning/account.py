"""Usage and limits: they move with the calls."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning.chat import CHAT
from contract_tests.meaning.embeddings import EMBED
from contract_tests.meaning.search import SEARCH
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat
from mock_server.jsontypes import JSONObject

USAGE, LIMITS = "get_usage", "get_account_limits"
_NAMES = ("requests", "prompt_tokens", "completion_tokens")
_Step = Callable[[Probe], tuple[int, int, Decimal]]


def _chat(probe: Probe) -> tuple[int, int, Decimal]:
    usage = reading.member(probe.call(CHAT, chat(QUESTIONS[0])).object, "usage")
    cost = Decimal(str(reading.at(usage, "cost", "total_cost")))
    return reading.integer(usage, "prompt_tokens"), reading.integer(usage, "completion_tokens"), cost


def _search(probe: Probe) -> tuple[int, int, Decimal]:
    probe.call(SEARCH, {"query": QUESTIONS[1]})
    return 0, 0, probe.facts.search_request_price / 1000


def _embed(probe: Probe) -> tuple[int, int, Decimal]:
    usage = reading.member(probe.call(EMBED, {"input": "bees", "model": "pplx-embed-v1-4b"}).object, "usage")
    return reading.integer(usage, "prompt_tokens"), 0, Decimal(str(reading.at(usage, "cost", "total_cost")))


def _refused(probe: Probe) -> tuple[int, int, Decimal]:
    probe.call(SEARCH, {"query": ""}, status=400)
    return 0, 0, Decimal(0)


_STEPS: dict[str, _Step] = {"chat": _chat, "search": _search, "embed": _embed, "refused": _refused}


def totals(probe: Probe, **query: str) -> JSONObject:
    """The sum of the usage report."""
    return reading.member(probe.call(USAGE, query=query).object, "total")


@check("PPLX-USAGE-001", "The usage report grows by just what the answers said, to the last digit.", basis="directory",
       source="evidence 1.6 row 6; design 6", operations=(USAGE, CHAT, SEARCH, EMBED), quick=16, full=80)  # fmt: skip
def usage_moves(probe: Probe) -> None:
    def held(names: list[str]) -> None:
        before = totals(probe)
        wanted = {name: reading.integer(before, name) for name in _NAMES}
        cost = Decimal(str(before["cost"]))
        for name in names:
            prompt, completion, paid = _STEPS[name](probe)
            wanted["requests"] += name != "refused"
            wanted["prompt_tokens"] += prompt
            wanted["completion_tokens"] += completion
            cost += paid
        after = totals(probe)
        found = {name: reading.integer(after, name) for name in _NAMES}
        probe.require(found == wanted, "the counts of the answers added", f"{found}, wanted {wanted}")
        probe.require(Decimal(str(after["cost"])) == cost, "the costs of the answers added", f"{after['cost']}, {cost}")

    probe.given(st.lists(st.sampled_from(sorted(_STEPS)), min_size=1, max_size=6), held, quick=2, full=10)


@check("PPLX-USAGE-002", "The groups of a report add up to its total, by day, model and endpoint.", basis="directory",
       source="evidence 1.6 row 6", operations=(USAGE, CHAT, SEARCH, EMBED), quick=6, full=6)  # fmt: skip
def groups_add_up(probe: Probe) -> None:
    for step in (_chat, _search, _embed):
        step(probe)
    for group in ("day", "model", "endpoint"):
        report = probe.call(USAGE, query={"group_by": group}).object
        rows = reading.rows(report, "data")
        for name in (*_NAMES, "total_tokens", "cost"):
            added = sum(Decimal(str(row[name])) for row in rows)
            total = Decimal(str(reading.at(report, "total", name)))
            probe.require(total > 0, "a total that is not zero after three calls", f"{name}: {total}")
            probe.require(added == total, f"groups whose {name} add up to the total", f"{added}, total {total}")


@check("PPLX-USAGE-003", "A report of other days is empty, and a day that is none is refused.", basis="directory",
       source="evidence 1.6 row 6", operations=(USAGE, SEARCH), quick=3, full=3)  # fmt: skip
def other_days(probe: Probe) -> None:
    _search(probe)
    before = totals(probe, start_date="2023-01-01", end_date="2023-01-02")
    probe.require(not any(before.values()), "nothing on days before", before)
    probe.call(USAGE, query={"start_date": "2025-02-30"}, status=400)


@check("PPLX-USAGE-004", "What one key uses does not show under another.", basis="design", source="design 7",
       operations=(USAGE, SEARCH), quick=3, full=3, targets=("fake",))  # fmt: skip
def accounts_are_apart(probe: Probe) -> None:
    other = f"{probe.key}-other"
    before = reading.member(probe.call(USAGE, key=other).object, "total")
    _search(probe)
    after = reading.member(probe.call(USAGE, key=other).object, "total")
    probe.require(before == after, "another account's usage as it was", after)


@check("PPLX-LIMITS-001", "Limits are those of the account's tier.", basis="docs", source="evidence 5.1",
       operations=(LIMITS,), quick=6, full=6, targets=("fake",))  # fmt: skip
def tiers(probe: Probe) -> None:
    for tier in range(6):
        body = probe.call(LIMITS, key=f"pplx-mock-tier-{tier}").object
        probe.require(body.get("tier") == tier, "the tier of the key", body.get("tier"))
        told = {(reading.text(row, "name"), reading.text(row, "period")): row for row in reading.rows(body, "limits")}
        for limit in probe.facts.limits:
            row = told.get((limit.name, limit.period), {})
            wanted = limit.tiers[tier]
            probe.require(
                row.get("limit") == wanted, "the table's number for each limit", f"{limit.name}: {row}, {wanted}"
            )


@check("PPLX-LIMITS-002", "An account whose bucket is empty is refused with 429, and not before.", basis="docs",
       source="evidence 5.1, 5.2", operations=(LIMITS, CHAT), quick=9, full=9, targets=("fake",))  # fmt: skip
def buckets_drain(probe: Probe) -> None:
    key, model = "pplx-mock-tier-0", "sonar-deep-research"
    rows = reading.rows(probe.call(LIMITS, key=key).object, "limits")
    left = next(reading.integer(row, "remaining") for row in rows if row.get("name") == model)
    probe.require(left > 0, "some requests left for an account that made none", left)
    body = chat(QUESTIONS[0], model, max_tokens=20)
    for _ in range(left):
        probe.call(CHAT, body, key=key)
    # A token may have come back in the meantime, not more.
    statuses = [probe.call(CHAT, body, key=key, status=None).status for _ in range(2)]
    probe.require(429 in statuses, "status 429 from an empty bucket", statuses)
    answer = probe.call(CHAT, body, key=key, status=429)
    kind = reading.text(answer.object, "error", "type")
    probe.require(kind == "request_rate_limit_exceeded", "the type request_rate_limit_exceeded", kind)
