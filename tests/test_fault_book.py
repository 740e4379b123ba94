"""The book of faults: which requests a fault meets, how often, and that the same seed always says the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mock_server import edition, resources
from mock_server.errors import PplxMockError
from mock_server.faults import book as books
from mock_server.faults import model, tables
from mock_server.faults.book import Asked, Count, FaultBook, FaultError
from mock_server.faults.model import EFFECTS, WHERE, Fault, FaultFile
from mock_server.redaction import name_of
from mock_server.scenarios import reading, schemas

SECRET = b"pplx-0123456789abcdef0123456789abcdef"


OPERATIONS = edition.load("complete").operations
CHAT, ALIAS = "create_chat_completion", "create_chat_completion_v1"


def book(*faults: dict[str, Any]) -> FaultBook:
    return FaultBook([Fault(**{"status": 503, **fault}) for fault in faults])


def names(made: FaultBook, operation: str = CHAT, **fields: Any) -> list[str]:
    """The ids of the faults that strike a request: a chat, unless said otherwise."""
    chat = {"path": "/chat/completions", "key": b"somebody", "seed": 0, "model": "sonar", "digest": b"bees"}
    return [name for name, _ in made.likely(OPERATIONS[operation]).choose(Asked(**{**chat, **fields}))]


def struck(made: FaultBook, count: int, **fields: Any) -> list[int]:
    """The numbers of the requests that are struck, of so many equal ones, from 1."""
    return [number for number in range(1, count + 1) if names(made, **fields)]


# Where a fault strikes


def test_a_fault_without_conditions_strikes_every_request() -> None:
    assert struck(book({}), 5) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("nth", "numbers"),
    [(2, [2]), ([1, 4], [1, 4]), ("2-4", [2, 3, 4]), ("5-", [5, 6, 7]), ("every 3", [3, 6]), ("7", [7])],
    ids=str,
)
def test_nth_says_which_requests(nth: Any, numbers: list[int]) -> None:
    assert struck(book({"nth": nth}), 7) == numbers


@pytest.mark.parametrize("nth", [0, "0", [], "4-2", "every 0", "third", -1, 1.5, True], ids=str)
def test_an_nth_that_says_no_number_is_refused(nth: Any) -> None:
    with pytest.raises(ValidationError):
        Fault(status=503, nth=nth)


def test_times_ends_a_fault() -> None:
    assert struck(book({"times": 2}), 5) == [1, 2]
    assert struck(book({"times": 2, "nth": "every 2"}), 9) == [2, 4]


def test_accounts_are_counted_each_for_itself() -> None:
    made = book({"times": 1})

    assert struck(made, 2, key=b"one") == [1]
    assert struck(made, 2, key=b"another") == [1]


@pytest.mark.parametrize(
    ("where", "met", "missed"),
    [
        ({"operation": "search"}, {"operation": "search"}, {}),
        ({"operation": ["search", CHAT]}, {}, {"operation": "list_models"}),
        ({"operation": CHAT}, {"operation": ALIAS}, {"operation": "search"}),
        ({"operation": ALIAS}, {"operation": ALIAS}, {}),
        ({"method": "POST"}, {}, {"operation": "list_models"}),
        ({"path": "/models/*"}, {"path": "/models/sonar"}, {"path": "/models"}),
        ({"path": "/search"}, {"path": "/search"}, {"path": "/search/focus"}),
        ({"model": "sonar-*"}, {"model": "sonar-pro"}, {"model": "sonar"}),
        ({"streaming": True}, {"streaming": True}, {}),
        ({"streaming": False}, {}, {"streaming": True}),
        ({"key": "pplx-mock-tier-0"}, {"key": b"pplx-mock-tier-0"}, {"key": b"pplx-mock-tier-1"}),
        ({"key": name_of(SECRET)}, {"key": SECRET}, {"key": b"other"}),
        ({"key": SECRET.decode()}, {"key": SECRET}, {"key": b"other"}),
    ],
    ids=str,
)
def test_each_condition_meets_what_it_says(where: Any, met: Any, missed: Any) -> None:
    made = book(where)

    assert struck(made, 1, **met) == [1]
    assert struck(made, 1, **missed) == []


def test_conditions_hold_together() -> None:
    made = book({"model": "sonar", "method": "GET"})

    assert struck(made, 1) == []


def test_requests_that_the_conditions_leave_out_do_not_count() -> None:
    made = book({"model": "sonar", "nth": 2})

    assert struck(made, 3, model="sonar-pro") == []
    assert struck(made, 3) == [2]


def test_a_key_is_kept_as_its_hash_only() -> None:
    made = book({"key": SECRET.decode()})

    (fault,) = made.list().values()
    assert fault.key == name_of(SECRET)
    assert SECRET.decode() not in fault.model_dump_json()


# Chance


def drawn(seed: int, share: float, count: int = 400) -> list[int]:
    made = book({"id": "some", "share": share})
    return [number for number in range(count) if names(made, seed=seed, digest=b"%d" % number)]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.3, 0.9, 1.0]))
def test_the_same_seed_gives_the_same_faults(seed: int, share: float) -> None:
    assert drawn(seed, share, 50) == drawn(seed, share, 50)


def test_another_seed_gives_other_faults() -> None:
    assert drawn(1, 0.3) != drawn(2, 0.3)


@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_a_share_is_about_as_large_as_it_says(share: float) -> None:
    assert abs(len(drawn(0, share, 4000)) / 4000 - share) < 0.02


@given(st.permutations(range(12)))
def test_the_order_of_different_requests_means_nothing(order: list[int]) -> None:
    made = book({"id": "some", "share": 0.5})

    met = {number for number in order if names(made, digest=b"%d" % number)}

    assert met == set(drawn(0, 0.5, 12))


def test_repeats_of_a_request_differ_so_that_a_retry_may_pass() -> None:
    made = book({"share": 0.5})

    assert 0 < len(struck(made, 40)) < 40


def test_accounts_draw_alike() -> None:
    made = book({"share": 0.5})

    assert struck(made, 40, key=b"one") == struck(made, 40, key=b"another")


def test_two_faults_draw_each_for_itself() -> None:
    made = book({"id": "a", "share": 0.5}, {"id": "b", "share": 0.5})

    met = [names(made, digest=b"%d" % number) for number in range(60)]

    assert {tuple(found) for found in met} == {(), ("a",), ("b",), ("a", "b")}


# The book


def test_all_faults_that_meet_a_request_strike_in_the_order_they_were_added() -> None:
    made = book({"id": "late"}, {"id": "early", "nth": 2})

    assert [names(made) for _ in range(2)] == [["late"], ["late", "early"]]


def test_faults_without_an_id_get_one() -> None:
    made = FaultBook()

    assert made.add(Fault(status=500), Fault(status=500, id="mine")) == ("fault-1", "mine")
    assert made.add(Fault(status=500), prefix="scenario") == ("scenario-2",)
    assert list(made.list()) == ["fault-1", "mine", "scenario-2"]


def test_an_id_that_is_taken_is_not_given_again() -> None:
    made = FaultBook([Fault(status=500, id="fault-1")])

    assert made.add(Fault(status=500)) == ("fault-2",)


def test_of_several_faults_all_are_added_or_none() -> None:
    made = book({"id": "a"})

    with pytest.raises(FaultError, match="there is a fault 'a' already: remove it first, or give another id"):
        made.add(Fault(status=500, id="b"), Fault(status=500, id="a"))
    assert list(made.list()) == ["a"]


def test_a_book_has_a_bound() -> None:
    made = FaultBook([Fault(status=500)] * model.MOST_FAULTS)

    with pytest.raises(FaultError, match="1000 faults at most, and would have 1001"):
        made.add(Fault(status=500))


def test_a_book_is_active_only_while_it_has_faults() -> None:
    made = FaultBook()
    assert not made.active

    (name,) = made.add(Fault(status=500))
    assert made.active

    assert made.remove(name).status == 500
    assert not made.active
    with pytest.raises(FaultError, match=r"there is no fault 'fault-1'\. Known: none\."):
        made.remove(name)


@pytest.mark.parametrize("where", [{"share": 0.5}, {"model": "sonar"}, {"streaming": True}], ids=str)
def test_a_book_wants_the_body_only_where_a_fault_asks_what_is_in_it(where: Any) -> None:
    made = book({"nth": 3}, {"operation": "search", **where})

    assert not made.likely(OPERATIONS[CHAT]).reads_body
    assert made.likely(OPERATIONS["search"]).reads_body


def test_a_book_that_was_changed_knows_what_is_likely_now() -> None:
    made = book({"operation": "search"})
    before = names(made)

    (added,) = made.add(Fault(status=503))

    assert (before, names(made)) == ([], [added])


def test_counts_tell_what_was_met_and_what_was_struck() -> None:
    made = book({"id": "a", "nth": "every 2", "model": "sonar"})
    struck(made, 5, key=b"one")
    struck(made, 2, key=b"another")
    struck(made, 9, model="other")

    assert made.count("a") == Count(seen=7, struck=3)
    assert made.count("a", b"one") == Count(seen=5, struck=2)
    assert made.count("a", b"nobody") == Count()
    with pytest.raises(FaultError, match=r"there is no fault 'b'\. Known: a\."):
        made.count("b")


def test_an_account_can_be_forgotten() -> None:
    made = book({"times": 1})
    struck(made, 3, key=b"one")
    struck(made, 3, key=b"another")

    made.forget(b"one")

    assert struck(made, 3, key=b"one") == [1]
    assert struck(made, 3, key=b"another") == []


def test_draws_of_an_account_that_was_forgotten_begin_again() -> None:
    made = book({"share": 0.5})
    first = struck(made, 20)

    made.forget(b"somebody")

    assert struck(made, 20) == first


def test_a_book_can_be_cleared() -> None:
    made = book({"times": 1}, {"share": 0.5})

    made.clear()

    assert made.list() == {}
    assert not made.active
    assert names(made) == []


def test_counts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_ACCOUNTS", 3)
    made = book({"times": 1, "share": 1.0})

    for number in range(10):
        assert struck(made, 1, key=b"%d" % number) == [1]

    (entry,) = made._entries.values()
    assert len(entry.counts) == len(entry.sightings) == 3


# What a fault may say


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "say what goes wrong: status, html, connection, delay, truncate, stream, …"),
        ({"times": 2}, "say what goes wrong"),
        ({"message": "x"}, "say what goes wrong"),
        ({"status": 418}, "status 418 has no body of its own: give a message too, or one of 400, 401"),
        ({"status": 399}, "greater than or equal to 400"),
        ({"error": "conflct"}, r"there is no error 'conflct'\. Did you mean 'conflict'\?"),
        ({"error": "invalid_model"}, "give a message, as nobody knows its value here"),
        ({"html": "apache"}, r"there is no page 'apache'\. Known: openresty-401, "),
        ({"html": "cloudflare-502", "status": 502}, "html has its own status"),
        ({"error": "conflict", "status": 500}, "an error has its own status"),
        ({"status": 500, "wrap": "think"}, "wrap changes an answer, and status takes its place: make two faults of it"),
        ({"delay": 1, "error_shape": "text"}, "error_shape goes with status or error"),
        ({"delay": 1, "after": 3}, "after goes with connection"),
        ({"delay": 1, "piece": 3}, "piece goes with dribble"),
        ({"connection": "reset", "down": 1}, "down goes with connection: refused"),
        ({"connection": "refused", "after": 1}, "after goes with reset or closed"),
        ({"connection": "reset", "status": 500}, "nothing is answered on a connection that is reset"),
        ({"connection": "reset", "after": 1, "content_length": "longer"}, "leave connection out"),
        ({"status": 500, "operation": "serch"}, r"there is no operation 'serch'\. Did you mean 'search'\?"),
        ({"stream": "stal"}, r"there is no fault 'stal'\. Did you mean 'stall'\?"),
        ({"stream": "none"}, "name at least one fault of streams"),
        ({"truncate": 1.0}, "less than 1"),
        ({"truncate": -1}, "greater than or equal to 0"),
        ({"delay": 3601}, "less than or equal to 3600"),
        ({"delay": "1"}, "valid number"),
        ({"headers": {"a b": "c"}, "delay": 0}, "'a b' is no header that can be sent"),
        ({"headers": {"a": "b\r\nc: d"}, "delay": 0}, "no header that can be sent"),
        ({"headers": {"Content-Length": "5"}, "delay": 0}, "has an effect of its own"),
        ({"content_type": "a\nb"}, "no value that a header can have"),
        ({"status": 500, "share": 0}, "greater than 0"),
        ({"status": 500, "id": ""}, "should match pattern"),
        ({"status": 500, "colour": "red"}, "Extra inputs are not permitted"),
    ],
    ids=str,
)  # fmt: skip
def test_a_fault_that_means_nothing_is_explained(fields: Any, text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        Fault(**fields)


@pytest.mark.parametrize("status", sorted(tables.load().statuses))
def test_every_status_of_the_table_can_be_had(status: int) -> None:
    assert Fault(status=status).status == status


def test_the_table_names_errors_and_pages_that_there_are() -> None:
    known = tables.load()

    for status, row in known.statuses.items():
        assert (row.error is None) != (row.page is None), status
        if row.page is not None:
            assert known.pages[row.page].status == status
        else:
            assert Fault(error=row.error)
    for name, page in known.pages.items():
        assert str(page.status) in name
        assert str(page.status) in page.content


def test_every_field_says_what_it_means() -> None:
    for name, field in {**EFFECTS, **WHERE}.items():
        assert field.description, name
        assert field.description.endswith("."), name


# Files


def read(text: str, name: str = "faults.yaml") -> list[Fault]:
    return reading.parse(FaultFile, text, name).faults


def test_a_file_of_faults_is_read() -> None:
    (first, second) = read("faults:\n  - {status: 503, times: 2}\n  - operation: search\n    delay: 1.5\n")

    assert (first.status, first.times) == (503, 2)
    assert (second.operation, second.delay) == (["search"], 1.5)


def test_the_same_file_in_json_means_the_same() -> None:
    content = {"faults": [{"status": 503, "times": 2}, {"operation": ["search"], "delay": 1.5}]}

    assert read(json.dumps(content), "faults.json") == [Fault(**fault) for fault in content["faults"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults:\n  - {status: 503}\n  - status: 418\n", r"^faults\.yaml, line 3: faults\[1\]: status 418 has no"),
        ("faults:\n  - id: a\n    status: 503\n    colour: red\n", r"line 4: faults\[0\]\.colour: there"),
        ("faults:\n  - status: 503\n    tims: 3\n", r"line 3: faults\[0\]\.tims: there is no such field here"),
        ("faults:\n  - status: five\n", r"^faults\.yaml, line 2: faults\[0\]\.status: .*integer"),
        ("faults: {}\n", r"^faults\.yaml, line 1: faults: .*list"),
        ("fault: []\n", r"faults: this has to be given"),
        ("faults: [\n", r"^faults\.yaml"),
        ("- {status: 503}\n", r"^faults\.yaml, line 1: "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_explained_by_line_and_field(text: str, said: str) -> None:
    with pytest.raises(PplxMockError, match=re.compile(said, re.MULTILINE)):
        read(text)


def test_a_wrong_file_of_json_has_lines_too() -> None:
    with pytest.raises(PplxMockError, match=r"^faults\.json, line 3: faults\[0\]\.status: "):
        read('{"faults": [\n {"times": 2,\n  "status": 5}\n]}', "faults.json")
    with pytest.raises(PplxMockError, match=r"^faults\.json, line 2: "):
        read('{"faults":\n [}', "faults.json")


def test_a_file_that_cannot_be_read_is_explained(tmp_path: Any) -> None:
    with pytest.raises(PplxMockError, match=r"gone\.yaml: No such file"):
        reading.read(FaultFile, tmp_path / "gone.yaml")
    (tmp_path / "odd.yaml").write_bytes(b"\xff")
    with pytest.raises(PplxMockError, match=r"odd\.yaml: the text is not UTF-8"):
        reading.read(FaultFile, tmp_path / "odd.yaml")
    (tmp_path / "long.yaml").write_bytes(b" " * (reading.MOST_BYTES + 1))
    with pytest.raises(PplxMockError, match=r"long\.yaml: a file of this kind has at most 1048576 bytes"):
        reading.read(FaultFile, tmp_path / "long.yaml")


def test_the_published_schema_is_that_of_the_models() -> None:
    file = resources.ROOT / "fixtures" / "schemas" / "faults.schema.json"

    assert file.read_text(encoding="utf-8") == schemas.TEXTS["faults"](), (
        "write it anew: pplx-mock fixtures schema faults > fixtures/schemas/faults.schema.json"
    )
