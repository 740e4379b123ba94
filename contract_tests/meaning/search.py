"""Search: filters that hold, budgets that are kept, lists of queries, refusals."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlsplit

from hypothesis import strategies as st

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.exchange import Answer
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, days, domains, questions, written
from mock_server.jsontypes import JSON, JSONObject
from mock_server.world import corpus, tokens

SEARCH = "search"
REACH = {"day": 1, "week": 7, "month": 31, "year": 366}
"""Days that each value of a recency filter reaches back, the first day in part."""


def recent(probe: Probe, found: list[date], recency: str) -> None:
    """Demand of dates that they are recent: of others than the fake, whose today nobody knows, that they are close."""
    reach = timedelta(days=REACH[recency])
    if probe.target.is_fake:
        today = date(1970, 1, 1) + timedelta(days=probe.facts.wire.now // 86_400)
        old = [day for day in found if not today - reach <= day <= today]
    else:
        old = [day for day in found if day < max(found) - reach]
    probe.require(not old, f"dates within the last {recency}", [day.isoformat() for day in old])


def search(probe: Probe, query: JSON, **fields: JSON) -> list[JSONObject]:
    """Search; returns the results."""
    return reading.rows(probe.call(SEARCH, {"query": query, **fields}).object, "results")


def refused(probe: Probe, body: JSON, kind: str, *words: str) -> Answer:
    """A search that has to be refused with a type and with words in its message."""
    answer = probe.call(SEARCH, body, status=400)
    found = reading.text(answer.object, "error", "type")
    probe.require(found == kind, f"an error of the type {kind}", found)
    message = reading.text(answer.object, "error", "message")
    probe.require(all(word in message for word in words), f"a message that says {', '.join(words)}", message)
    return answer


@check("PPLX-SEARCH-001", "A search finds something, ten results unless another number is asked for.", basis="spec",
       source="evidence 1.2, 8.2", operations=(SEARCH,), quick=3, full=10)  # fmt: skip
def ten_results(probe: Probe) -> None:
    def held(query: str) -> None:
        found = search(probe, query)
        probe.require(0 < len(found) <= 10, "1 to 10 results", len(found))
        if probe.target.is_fake:
            probe.require(len(found) == 10, "as many results as the offline world has", len(found))

    probe.given(questions, held, quick=3, full=10)


@check("PPLX-SEARCH-002", "max_results bounds the results.", basis="spec", source="evidence 1.2", operations=(SEARCH,),
       quick=3, full=12)  # fmt: skip
def max_results_holds(probe: Probe) -> None:
    def held(asked: tuple[str, int]) -> None:
        query, most = asked
        count = len(search(probe, query, max_results=most))
        probe.require(0 < count <= most, "at most max_results results, and some", f"{count} of {most}")
        if probe.target.is_fake:
            probe.require(count == most, "as many results as the offline world has", f"{count} of {most}")

    probe.given(st.tuples(questions, st.integers(1, 20)), held, quick=3, full=12)


@check("PPLX-SEARCH-003", "Allowed domains are the only ones, and where a page was found, it is found again.",
       basis="docs", source="evidence 8.2", operations=(SEARCH,), quick=5, full=12)  # fmt: skip
def allowed_domains(probe: Probe) -> None:
    known = sorted(set(hosts_of(search(probe, QUESTIONS[0]))))[:3]
    probe.require(bool(known), "some results", known)
    hosts = hosts_of(search(probe, QUESTIONS[0], search_domain_filter=[*known]))
    probe.require(bool(hosts), "results within the domains of the results without a filter", f"none in {known}")

    def held(asked: tuple[str, list[str]]) -> None:
        query, allowed = asked
        hosts = hosts_of(search(probe, query, search_domain_filter=[*allowed]))
        wrong = [host for host in hosts if not any(covers(domain, host) for domain in allowed)]
        probe.require(not wrong, "hosts within the allowed domains", f"{wrong}, allowed {allowed}")

    probe.given(st.tuples(questions, st.lists(domains, min_size=1, max_size=3, unique=True)), held, quick=3, full=10)


@check("PPLX-SEARCH-004", "Denied domains do not appear.", basis="docs", source="evidence 8.2", operations=(SEARCH,),
       quick=4, full=12)  # fmt: skip
def denied_domains(probe: Probe) -> None:
    def held(query: str) -> None:
        known = sorted(set(hosts_of(search(probe, query))))
        probe.require(bool(known), "some results", known)
        denied = known[: min(3, -(-len(known) // 2))]
        left = [host for host in known if not any(covers(domain, host) for domain in denied)]
        wanted: list[JSON] = [f"-{host}" for host in denied]
        hosts = hosts_of(search(probe, query, search_domain_filter=wanted))
        wrong = [host for host in hosts if any(covers(domain, host) for domain in denied)]
        probe.require(not wrong, "no host within the denied domains", f"{wrong}, denied {denied}")
        probe.require(bool(hosts) or not left, "results of the hosts that are not denied", f"none, though {left}")

    probe.given(questions, held, quick=2, full=6)


@check("PPLX-SEARCH-005", "Results are as recent as asked.", basis="docs", source="evidence 8.2", operations=(SEARCH,),
       quick=4, full=8)  # fmt: skip
def recency_holds(probe: Probe) -> None:
    met: list[date] = []
    for recency in REACH:
        found = dates_of(search(probe, QUESTIONS[0], search_recency_filter=recency), "date")
        recent(probe, found, recency)
        met += found
    probe.need(met, "no result had a date")


@check("PPLX-SEARCH-006", "Dates of publication lie between the ones asked for.", basis="docs", source="evidence 8.2",
       operations=(SEARCH,), quick=3, full=12)  # fmt: skip
def published_between(probe: Probe) -> None:
    _between(probe, "search_after_date_filter", "search_before_date_filter", "date")


@check("PPLX-SEARCH-007", "Dates of the last update lie between the ones asked for.", basis="docs",
       source="evidence 8.2", operations=(SEARCH,), quick=3, full=12)  # fmt: skip
def updated_between(probe: Probe) -> None:
    _between(probe, "last_updated_after_filter", "last_updated_before_filter", "last_updated")


def _between(probe: Probe, after: str, before: str, field: str) -> None:
    met: list[date] = []

    def held(asked: tuple[str, date, int]) -> None:
        query, first, length = asked
        last = first + timedelta(days=length)
        wanted: JSONObject = {after: written(first), before: written(last)}
        found = search(probe, query, **wanted)
        probe.require(bool(found) or not probe.target.is_fake, "some result of the offline world", wanted)
        met.extend(dates_of(found, field))
        wrong = [day.isoformat() for day in dates_of(found, field) if not first < day < last]
        probe.require(not wrong, f"{field} after the one day and before the other", f"{wrong}, asked {wanted}")

    probe.given(st.tuples(questions, days, st.integers(20, 900)), held, quick=3, full=12)
    probe.need(met, f"no result between two days had the field {field}")


@check("PPLX-SEARCH-008", "Results are in the languages asked for.", basis="docs", source="evidence 8.2",
       operations=(SEARCH,), quick=3, full=9, targets=("fake",))  # fmt: skip
def language_holds(probe: Probe) -> None:
    def held(asked: tuple[str, str]) -> None:
        query, code = asked
        found = search(probe, query, search_language_filter=[code])
        wrong = [row["url"] for row in found if _language(reading.text(row, "url")) != code]
        probe.require(bool(found) and not wrong, "results in the language asked for", f"{wrong}, asked {code}")

    probe.given(st.tuples(questions, st.sampled_from(["en", "de", "es", "ja", "ar"])), held, quick=3, full=9)


@check("PPLX-SEARCH-009", "Results are for the country asked for, or for none.", basis="docs", source="evidence 1.2",
       operations=(SEARCH,), quick=10, full=35, targets=("fake",))  # fmt: skip
def country_holds(probe: Probe) -> None:
    pages = corpus.load().by_url
    names = [topic.subjects["en"].words for topic in corpus.load().topics]
    for name in names if probe.thorough else names[:10]:
        for row in search(probe, name, country="FR", max_results=20):
            page = pages.get(reading.text(row, "url"))
            country = page.country if page else None
            probe.require(country in {None, "FR"}, "pages made for this country or for none", country)


@check("PPLX-SEARCH-010", "max_tokens bounds the text of all results together.", basis="docs", source="evidence 8.2, 9",
       operations=(SEARCH,), quick=3, full=10)  # fmt: skip
def total_budget(probe: Probe) -> None:
    def held(asked: tuple[str, int]) -> None:
        query, most = asked
        found = search(probe, query, max_tokens=most)
        probe.require(bool(found), "some results", found)
        counted = sum(_size(probe, row) for row in found)
        probe.require(counted <= most, "at most max_tokens tokens in all snippets", f"{counted} > {most}")

    probe.given(st.tuples(questions, st.integers(20, 800)), held, quick=3, full=10)


@check("PPLX-SEARCH-011", "max_tokens_per_page bounds the text of each result.", basis="docs", source="evidence 8.2, 9",
       operations=(SEARCH,), quick=3, full=10)  # fmt: skip
def page_budget(probe: Probe) -> None:
    def held(asked: tuple[str, int]) -> None:
        query, most = asked
        sizes = [_size(probe, row) for row in search(probe, query, max_tokens_per_page=most)]
        probe.require(bool(sizes), "some results", sizes)
        probe.require(max(sizes) <= most, "at most max_tokens_per_page tokens a snippet", f"{sizes} > {most}")

    probe.given(st.tuples(questions, st.integers(5, 100)), held, quick=3, full=10)


@check("PPLX-SEARCH-012", "Larger snippets hold more text.", basis="docs", source="evidence 9", operations=(SEARCH,),
       quick=3, full=9)  # fmt: skip
def snippet_sizes(probe: Probe) -> None:
    for query in QUESTIONS[: 3 if probe.thorough else 1]:
        sizes = [
            sum(len(reading.text(row, "snippet")) for row in search(probe, query, snippet_mode=size))
            for size in ("low", "medium", "high")
        ]
        probe.require(sizes == sorted(sizes) and sizes[0] < sizes[-1], "more text in larger snippets", sizes)


@check("PPLX-SEARCH-013", "A list of queries is answered by one list of results each.", basis="docs",
       source="evidence 3.6", operations=(SEARCH,), quick=4, full=12, targets=("fake",))  # fmt: skip
def lists_of_queries(probe: Probe) -> None:
    def held(queries: list[str]) -> None:
        answer = probe.call(SEARCH, {"query": [*queries], "max_results": 3})
        lists = reading.listed(answer.object, "results")
        probe.require(len(lists) == len(queries), "a list for each query", f"{len(lists)} for {len(queries)}")
        for query, rows in zip(queries, lists, strict=True):
            alone = search(probe, query, max_results=3)
            probe.require(rows == alone, "the results that the query has alone", rows)

    probe.given(st.lists(questions, min_size=1, max_size=3), held, quick=1, full=3)


@check("PPLX-SEARCH-014", "A filter that nothing meets gives an empty list on 200.", basis="wire",
       source="design 6; evidence 11", operations=(SEARCH,), quick=1, full=1)  # fmt: skip
def nothing_found(probe: Probe) -> None:
    found = search(probe, QUESTIONS[0], search_before_date_filter="1/1/1900")
    probe.require(found == [], "no results from before 1900", found)


@check("PPLX-SEARCH-015", "A search without a query is refused.", basis="wire", source="evidence 4.2",
       operations=(SEARCH,), quick=1, full=1, cost="0")  # fmt: skip
def query_is_required(probe: Probe) -> None:
    refused(probe, {"max_results": 3}, "invalid_request", "query is required")


@check("PPLX-SEARCH-016", "Twenty domains are taken, the twenty-first is refused.", basis="wire",
       source="evidence 4.2, 8.2", operations=(SEARCH,), quick=2, full=2)  # fmt: skip
def twenty_domains(probe: Probe) -> None:
    names: list[JSON] = [f"site{number}.example.com" for number in range(21)]
    probe.call(SEARCH, {"query": "bees", "search_domain_filter": names[:20]})
    refused(probe, {"query": "bees", "search_domain_filter": names}, "invalid_search_domain_filter", "max length of 20")


@check("PPLX-SEARCH-017", "A filter that is no domain is refused.", basis="wire", source="evidence 4.2",
       operations=(SEARCH,), quick=3, full=3, cost="0")  # fmt: skip
def no_domain(probe: Probe) -> None:
    for name in ("cz", "edu", "example.com/path/to/file"):
        body: JSON = {"query": "bees", "search_domain_filter": [name]}
        refused(probe, body, "invalid_search_domain_filter", "valid domain name", name)


@check("PPLX-SEARCH-018", "Allowed and denied domains cannot be mixed.", basis="docs", source="evidence 8.2, 12.1",
       operations=(SEARCH,), quick=1, full=1, targets=("fake",))  # fmt: skip
def no_mixed_domains(probe: Probe) -> None:
    probe.call(SEARCH, {"query": "bees", "search_domain_filter": ["nasa.gov", "-reddit.com"]}, status=400)


@check("PPLX-SEARCH-019", "A day that is none is refused.", basis="docs", source="evidence 8.2", operations=(SEARCH,),
       quick=2, full=2, cost="0")  # fmt: skip
def no_such_day(probe: Probe) -> None:
    for day in ("13/45/2025", "2/30/2025"):
        probe.call(SEARCH, {"query": "bees", "search_after_date_filter": day}, status=400)


@check("PPLX-SEARCH-020", "No page is found twice.", basis="wire", source="evidence 3.6", operations=(SEARCH,), quick=2,
       full=7)  # fmt: skip
def no_page_twice(probe: Probe) -> None:
    for query in QUESTIONS[: 7 if probe.thorough else 2]:
        addresses = [reading.text(row, "url") for row in search(probe, query, max_results=20)]
        probe.require(bool(addresses), "some results", addresses)
        probe.require(len(set(addresses)) == len(addresses), "each page once", addresses)


@check("PPLX-SEARCH-021", "max_results beyond 20, an empty query and a query of another type are refused.",
       basis="spec", source="evidence 1.2", operations=(SEARCH,), quick=4, full=4, cost="0")  # fmt: skip
def out_of_range(probe: Probe) -> None:
    wrong: list[JSONObject] = [
        {"query": "bees", "max_results": 21},
        {"query": "bees", "max_results": 0},
        {"query": ""},
        {"query": 5},
    ]
    for body in wrong:
        probe.call(SEARCH, body, status=400)


@check("PPLX-SEARCH-022", "The other name of the path answers the same.", basis="wire", source="evidence 1.2, PROBE-08",
       operations=(SEARCH,), quick=2, full=2, targets=("fake",))  # fmt: skip
def aliases_agree(probe: Probe) -> None:
    found = [one for one in probe.target.edition.operations.values() if one.handler == SEARCH]
    answers = [reading.rows(probe.call(one.id, {"query": QUESTIONS[0]}).object, "results") for one in found]
    probe.require(all(rows == answers[0] for rows in answers), "the same results on each path", answers)


def hosts_of(found: list[JSONObject]) -> list[str]:
    """The hosts of results."""
    return [urlsplit(reading.text(row, "url")).netloc for row in found]


def covers(domain: str, host: str) -> bool:
    """Whether a host is a domain, or within it."""
    return host == domain or host.endswith(f".{domain}")


def dates_of(found: list[JSONObject], field: str) -> list[date]:
    """The days of results; one may have none (evidence 3.6)."""
    return [date.fromisoformat(reading.text(row, field)[:10]) for row in found if row.get(field) is not None]


def _size(probe: Probe, row: JSONObject) -> int:
    """The size of a snippet: tokens as the fake counts them, for others at least a token for six words."""
    snippet = reading.text(row, "snippet")
    return tokens.count(snippet) if probe.target.is_fake else len(snippet.split()) // 6


def _language(address: str) -> str:
    page = corpus.load().by_url.get(address)
    if page is not None:
        return page.language
    return next((part for part in urlsplit(address).path.split("/") if len(part) == 2), "")
