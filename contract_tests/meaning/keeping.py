"""What is kept: the cache, collections, domain rules. They live and die properly."""

from __future__ import annotations

from urllib.parse import urlsplit

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning.chat import CHAT
from contract_tests.meaning.search import SEARCH, search
from contract_tests.probe import Probe
from contract_tests.questions import QUESTIONS, chat
from mock_server.jsontypes import JSON

FORGET, OPEN, HISTORY = "delete_cache", "create_collection", "get_collection_history"
DOMAINS, FOCUS = "configure_search_domains", "focused_search"
_FOCUSES = {"reddit": "reddit.com", "youtube": "youtube.com"}


@check("PPLX-CACHE-001",
       "A first request is a MISS, the same again a HIT; a deleted entry is a MISS again, and deleted once.",
       basis="directory", source="evidence 1.6 row 12", operations=(CHAT, SEARCH, FORGET), quick=12, full=12,
       targets=("fake", "url"), writes=True)  # fmt: skip
def cache_lives_and_dies(probe: Probe) -> None:
    asked: list[tuple[str, JSON]] = [
        (CHAT, chat(f"{QUESTIONS[2]} {probe.seed}")),
        (SEARCH, {"query": f"rome {probe.seed}"}),
    ]
    for operation, body in asked:
        answers = [probe.call(operation, body) for _ in range(2)]
        told = [answer.header("x-cache") for answer in answers]
        probe.require(told == ["MISS", "HIT"], "MISS, then HIT", told)
        name = answers[0].header("x-cache-id") or ""
        probe.require(answers[1].header("x-cache-id") == name, "one id for the same request", name)
        gone = probe.call(FORGET, path={"cache_id": name}).object
        probe.require(gone.get("deleted") is True and gone.get("id") == name, "the entry deleted", gone)
        probe.call(FORGET, path={"cache_id": name}, status=404)
        again = probe.call(operation, body).header("x-cache")
        probe.require(again == "MISS", "MISS after the delete", again)


@check("PPLX-COLL-001", "A collection keeps what was asked and answered in it, in order.", basis="directory",
       source="evidence 1.6 rows 13, 14", operations=(OPEN, HISTORY, CHAT, SEARCH), quick=5, full=5,
       targets=("fake", "url"), writes=True)  # fmt: skip
def collections_keep(probe: Probe) -> None:
    name = _opened(probe)
    question = chat(QUESTIONS[0], collection_id=name)
    first = probe.call(CHAT, question).object
    second = probe.call(SEARCH, {"query": "tides", "collection_id": name}).object
    rows = reading.rows(probe.call(HISTORY, path={"collection_id": name}).object, "data")
    kept = [row.get("response") for row in rows]
    probe.require(len(kept) == 2 and reading.agree(kept, [first, second]), "both answers, in order", rows)
    probe.require(reading.agree(rows[0].get("request"), question), "the request as it was sent", rows[0].get("request"))


@check("PPLX-COLL-002", "A history comes page by page, each entry once.", basis="directory",
       source="evidence 1.6 row 14", operations=(OPEN, HISTORY, SEARCH), quick=9, full=9, targets=("fake", "url"),
       writes=True)  # fmt: skip
def pages_of_history(probe: Probe) -> None:
    name = _opened(probe)
    for number in range(5):
        probe.call(SEARCH, {"query": f"tides {number}", "collection_id": name})
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(3):
        page = probe.call(HISTORY, path={"collection_id": name}, query=query).object
        rows = reading.rows(page, "data")
        probe.require(len(rows) <= 2, "at most as many entries as asked for", len(rows))
        seen += [reading.text(row, "request", "query") for row in rows]
        if page.get("next_cursor") is None:
            break
        query = {"limit": "2", "cursor": reading.text(page, "next_cursor")}
    wanted = [f"tides {number}" for number in range(5)]
    probe.require(seen == wanted, "each entry once, in order", seen)


@check("PPLX-COLL-003", "A collection that nobody opened is 404, and so is another account's.", basis="design",
       source="design 7", operations=(OPEN, HISTORY, SEARCH), quick=4, full=4, targets=("fake",),
       writes=True)  # fmt: skip
def unknown_collections(probe: Probe) -> None:
    unknown = "col_" + "0" * 32
    probe.call(HISTORY, path={"collection_id": unknown}, status=404)
    probe.call(SEARCH, {"query": "tides", "collection_id": unknown}, status=404)
    probe.call(HISTORY, path={"collection_id": _opened(probe)}, key=f"{probe.key}-other", status=404)


@check("PPLX-DOMAINS-001", "Domain rules of an account hold for later searches and chats, until they are taken back.",
       basis="directory", source="evidence 1.6 row 9; design 6", operations=(DOMAINS, SEARCH, CHAT), quick=8, full=8,
       targets=("fake", "url"), writes=True)  # fmt: skip
def domain_rules(probe: Probe) -> None:
    free = _hosts(probe, "tides")
    denied = free[0]
    told = probe.call(DOMAINS, {"allow": [], "deny": [denied]}).object
    probe.require(told.get("deny") == [denied], "the rules as they were sent", told)
    probe.require(denied not in _hosts(probe, "tides"), "no result of the denied domain", denied)
    probe.call(DOMAINS, {"allow": ["nasa.gov"], "deny": []})
    addresses = reading.texts(probe.call(CHAT, chat("tides")).object, "citations")
    probe.require(bool(addresses) or not probe.target.is_fake, "some sources of the allowed domain", addresses)
    for address in addresses:
        host = urlsplit(address).netloc
        probe.require(host == "nasa.gov" or host.endswith(".nasa.gov"), "sources of the allowed domain", host)
    probe.call(DOMAINS, {"allow": [], "deny": []})
    probe.require(_hosts(probe, "tides") == free, "the first results again", free)


@check("PPLX-FOCUS-001", "A focus keeps to its kind of source, and its summary cites its results.", basis="directory",
       source="evidence 1.6 row 5", operations=(FOCUS,), quick=5, full=5, targets=("fake", "url"))  # fmt: skip
def focus_holds(probe: Probe) -> None:
    for focus in ("web", "academic", "news", "reddit", "youtube"):
        body = probe.call(FOCUS, {"query": QUESTIONS[0], "focus": focus}).object
        probe.require(body.get("focus") == focus, "the focus that was asked for", body.get("focus"))
        addresses = [reading.text(row, "url") for row in reading.rows(body, "results")]
        cited = reading.texts(body, "citations")
        probe.require(cited == addresses, "citations that are the results", cited)
        used = reading.markers(reading.text(body, "summary"))
        probe.require(bool(used) and max(used) <= len(cited), "a summary whose markers have citations", used)
        domain = _FOCUSES.get(focus)
        hosts = {urlsplit(address).netloc for address in addresses}
        of_the_site = all(host == domain or host.endswith(f".{domain}") for host in hosts)
        probe.require(domain is None or of_the_site, "pages of the focused site", sorted(hosts))


def _opened(probe: Probe) -> str:
    """Open a collection; returns its id."""
    body = probe.call(OPEN, {"name": "Checked"}, status=201).object
    return reading.text(body, "id")


def _hosts(probe: Probe, query: str) -> list[str]:
    return [urlsplit(reading.text(row, "url")).netloc for row in search(probe, query)]
