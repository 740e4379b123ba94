"""Files of stubs: what they say, what is wrong with them by file, line and field, their schema, and reading again."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml_rs
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from mock_server import edition, resources
from mock_server.app import create_app
from mock_server.settings import Settings
from mock_server.stubs import files, positions, schema
from mock_server.stubs.problems import StubError
from mock_server.stubs.watch import Watch
from mock_server.stubs.wording import stub_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mock_server.stubs.files import StubSet
    from tests.conftest import Api

COMPLETE = edition.load("complete")
DOCUMENTATION = Path(__file__).parent.parent / "docs" / "stubs.md"

GOOD = """\
# Bees and wasps.
$schema: ../schemas/stubs.schema.json
stubs:
  - id: bees
    when: {last_user: {contains: bees}}
    reply:
      text: |
        Bees dance.[1]
        - id: not-a-stub
  - reply: {status: 429}
    times: 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stubs"
    made.mkdir()
    return made


def wrong(text: str, name: str = "bees.yaml") -> list[str]:
    with pytest.raises(StubError) as caught:
        files.parse(text, name)
    return [problem.text for problem in caught.value.problems]


def test_a_folder_is_read_file_by_file_in_the_order_of_names(folder: Path) -> None:
    (folder / "b.yaml").write_text(GOOD)
    (folder / "a").mkdir()
    (folder / "a" / "x.json").write_text('{"stubs": [{"reply": {"text": "x"}}]}')
    (folder / "c.yml").write_text("stubs: []")
    (folder / ".hidden.yaml").write_text("nonsense: [")
    (folder / "notes.txt").write_text("no stubs")
    assert [*files.load(folder, COMPLETE).stubs] == ["a/x.json#1", "bees", "b.yaml#2"]
    assert [*files.load(folder / "b.yaml", COMPLETE).stubs] == ["bees", "b.yaml#2"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "stubs:\n  - id: a\n    when:\n      last_usr: x\n    reply: {text: y}\n",
            "bees.yaml, line 4: stub a: when.last_usr: there is no such field here. Did you mean 'last_user'?",
        ),
        (
            "stubs:\n- reply: {text: y}\n- id: b\n  when:\n    model: {regex: '('}\n  reply: {text: y}\n",
            (
                "bees.yaml, line 5: stub b: when.model.regex: not a regular expression: missing ), unterminated "
                "subpattern at position 0"
            ),
        ),
        (
            "stubs:\n- reply:\n    text: y\n    body: {}\n",
            "bees.yaml, line 2: stub bees.yaml#1: reply: give one of body and text, not both",
        ),
        ("stubs:\n- id: a\n", "bees.yaml, line 2: stub a: reply: this has to be given"),
        ("stubs:\n- reply: {}\n", (
            "bees.yaml, line 2: stub bees.yaml#1: reply: give one of body, patch, text, stream, fault, sequence, status"
        )),
        (
            "stubs:\n- reply:\n    status: insuficient_quota\n",
            (
                "bees.yaml, line 3: stub bees.yaml#1: reply.status: there is no error 'insuficient_quota'. "
                "Did you mean 'insufficient_quota'?"
            ),
        ),
        (
            "stubs:\n- when: {operation: chat}\n  reply: {text: x}\n",
            "bees.yaml, line 2: stub bees.yaml#1: when.operation",
        ),
        (
            "stubs:\n- reply:\n    sequence:\n      - text: a\n      - text: b\n        times: 0\n",
            (
                "bees.yaml, line 6: stub bees.yaml#1: reply.sequence[1].times: input should be greater than or equal "
                "to 1"
            ),
        ),
        (
            "stubs:\n- when:\n    nth: some\n  reply: {text: x}\n",
            "bees.yaml, line 3: stub bees.yaml#1: when.nth",
        ),
        (
            'stubs:\n- when:\n    body:\n      "$.a[": 1\n  reply: {text: x}\n',
            "bees.yaml, line 3: stub bees.yaml#1: when.body: '$.a[' is no JSONPath",
        ),
        (
            "stubs:\n- reply: {text: x, headers: {a b: c}}\n",
            "bees.yaml, line 2: stub bees.yaml#1: reply.headers: 'a b' is no header",
        ),
        (
            "stubs:\n- times: '3'\n  reply: {text: x}\n",
            "bees.yaml, line 2: stub bees.yaml#1: times: input should be a valid integer",
        ),
        ("stubs: {}\n", "bees.yaml, line 1: stubs: input should be a valid list"),
        ("- reply: {text: x}\n", "bees.yaml, line 1: fields are wanted here"),
        ("stubs:\n- reply: {text: x}\n  reply: {text: y}\n", "bees.yaml, line 3: the key 'reply' is there twice"),
        (
            "stubs:\n- when:\n    model: a\n  reply: {text: x}\n\n# again\n- when:\n    model: b\n    model: c\n",
            "bees.yaml, line 9: the key 'model' is there twice",
        ),
        ("stubs: [{id: a, id: b}]\n", "bees.yaml: the key 'id' is there twice"),
        ("stubs:\n- reply: [\n", "bees.yaml, line "),
        ("", "bees.yaml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_file_line_stub_and_field(text: str, told: str) -> None:
    assert any(line.startswith(told) for line in wrong(text)), wrong(text)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"text": "x", "status": 200}, "status goes with body or status, not with text"),
        ({"body": {}, "citations": ["https://x.example"]}, "citations goes with text or stream, not with body"),
        ({"patch": {}, "message": "x"}, "message goes with status, not with patch"),
        ({"fault": {"delay": 1}, "headers": {"a": "b"}}, "headers goes with body or patch or text or stream or status"),
        ({"text": "x", "fallback": "world"}, "fallback goes with sequence, not with text"),
        ({"body": {}, "status": "not_found"}, "the status of a body is a number"),
        ({"status": "not_found", "type": "x"}, "an error by name has its own type"),
        ({"status": 200, "message": "x"}, "a status alone is an error, 400 to 599"),
        ({"status": 503, "type": "x"}, "type goes with message"),
        ({"status": 418}, "status 418 has no body of its own"),
        ({"stream": {}}, "give either deltas or frames"),
        ({"stream": {"deltas": ["a"], "frames": [{}]}}, "give either deltas or frames"),
        ({"stream": {"deltas": ["a"], "done": True}}, "done goes with frames"),
        ({"stream": {"frames": [{}]}, "citations": ["https://x.example"]}, "citations go with deltas"),
        ({"text": "x", "headers": {"Content-Length": "5"}}, "Content-Length belongs to the connection"),
        ({"text": "x", "headers": {"a": "b\r\nc: d"}}, "'a' is no header that can be sent"),
        ({"text": "x", "citations": ["ftp://x"]}, "string should match pattern"),
        ({"fault": {}}, "say what goes wrong"),
    ],
    ids=str,
)
def test_an_answer_that_means_nothing_is_refused_with_what_to_do(reply: dict[str, Any], reason: str) -> None:
    with pytest.raises(StubError) as caught:
        stub_of({"reply": reply})
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({"last_user": {}}, "give one of contains, regex, glob, equals"),
        ({"last_user": {"ignore_case": True}}, "give one of contains, regex, glob, equals"),
        ({"messages": [{}]}, "give one of contains, regex, glob, equals, role"),
        ({"body": {"$.a": {}}}, "give one of contains, regex, glob, equals, exists"),
        ({"headers": {"a b": "c"}}, "'a b' is no name of a header"),
        ({"headers": {"a": 5}}, "input should be a valid string"),
        ({"key": ""}, "a key is not empty"),
        ({"nth": 0}, "nth: '0' says no numbers; give 2, [1, 3], "),
        ({"nth": [1, 0]}, "nth: '[1, 0]' says no numbers; give 2, "),
        ({"nth": True}, "nth: 'True' says no numbers; give 2, "),
        ({"operation": []}, "at least 1 item"),
        ({"last_user": {"regex": "[[a]"}}, "not a regular expression: Possible nested set"),  # warnings are errors here
        ({"last_user": {"regex": "x" * 2001}}, "at most 2000 characters"),
    ],
    ids=str,
)
def test_a_condition_that_means_nothing_is_refused_with_what_to_do(when: dict[str, Any], reason: str) -> None:
    with pytest.raises(StubError) as caught:
        stub_of({"when": when, "reply": {"text": "x"}})
    assert reason in str(caught.value)


def test_json_is_read_where_the_name_says_so_and_its_lines_are_told_too() -> None:
    text = json.dumps({"stubs": [{"reply": {"text": "a"}}, {"id": "b", "reply": {"text": 5}}]}, indent=2)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "5" in one)
    assert wrong(text, "x.json") == [f"x.json, line {line}: stub b: reply.text: input should be a valid string"]
    assert wrong('{"stubs": [\n1,]}', "x.json")[0].startswith("x.json, line 2: ")


def test_all_that_is_wrong_in_all_files_is_told_at_once(folder: Path) -> None:
    (folder / "a.yaml").write_text("stubs:\n- reply: {txt: x}\n- id: same\n  reply: {text: x}\n")
    (folder / "b.yaml").write_text("stubs:\n- id: same\n  reply: {text: x}\n- id: same\n  reply: {text: x}\n")
    (folder / "c.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(StubError) as caught:
        files.load(folder, COMPLETE)
    told = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in told] == [
        "a.yaml, line 2",
        "b.yaml, line 4",
        "c.yaml",
    ]
    assert told[1].endswith("b.yaml has a stub of this id already")


def test_what_breaks_the_contract_is_told_by_its_line(folder: Path) -> None:
    (folder / "a.yaml").write_text(
        "stubs:\n- id: a\n  when: {operation: search}\n  reply:\n    body:\n      results:\n      - {}\n      id: 5\n"
    )
    with pytest.raises(StubError) as caught:
        files.load(folder, COMPLETE)
    told = str(caught.value).splitlines()
    assert [line for line in told if line.startswith("a.yaml, line 8: stub a: reply.body.id: 5 is not of type")], told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stubs:\n- reply:\n    body: {1: a}\n", "line 3: stub bees.yaml#1: reply.body: the key 1 is no text"),
        ("stubs:\n- reply:\n    body:\n      a: 18446744073709551616\n", "line 4: stub bees.yaml#1: reply.body.a: "),
        ("stubs:\n- id: x\n  reply: {body: {a: [.nan]}}\n", "line 3: stub x: reply.body.a[0]: JSON has no nan"),
        ("stubs:\n- reply: {body: {a: !!set {b}}}\n", "line 2: stub bees.yaml#1: reply.body.a: JSON has no set"),
        ("stubs:\n- reply: {text: x}\n? [a]\n: b\n", "line 1: the key ('a',) is no text"),
    ],
)
def test_what_json_has_not_is_refused_before_an_answer_stumbles_over_it(text: str, told: str) -> None:
    assert wrong(text)[0].startswith(f"bees.yaml, {told}"), wrong(text)


def test_a_file_that_is_no_object_is_told_what_is_wanted() -> None:
    for text in ("", "# nothing", "- reply: {text: x}", "text", "stubs: []\n---\nstubs: []\n"):
        assert wrong(text) == ["bees.yaml, line 1: fields are wanted here, as in `name: value`"]
    assert wrong("stubs: [5]") == ["bees.yaml, line 1: stub bees.yaml#1: fields are wanted here, as in `name: value`"]


def test_a_key_that_is_there_twice_is_told_in_json_too() -> None:
    assert wrong('{"stubs": [{\n"id": "a",\n"id": "b"}]}', "x.json") == ["x.json, line 3: the key 'id' is there twice"]


@pytest.mark.parametrize("nested", ["- " * 100_000, "? " * 100_000, "- ? " * 50_000])
def test_no_depth_of_a_file_ends_the_server(nested: str) -> None:
    """The parser of YAML runs out of stack, which takes the whole process along."""
    assert wrong(f"stubs:\n{nested}x\n") == ["bees.yaml, line 2: nested too deep"]


def test_no_depth_of_json_is_a_traceback() -> None:
    for depth in (300, 900, 980, 1000, 1020, 5000):
        deep = '{"a":' * depth + "1" + "}" * depth
        assert wrong(f'{{"stubs": [{{"reply": {{"body": {deep}}}, "x": 1}}]}}', "x.json")


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD, encoding="utf-8-sig")
    (folder / "b.json").write_text('{"stubs": []}', encoding="utf-8-sig")
    assert [*files.load(folder, COMPLETE).stubs] == ["bees", "a.yaml#2"]


def test_of_very_much_that_is_wrong_the_first_is_told(folder: Path) -> None:
    """To find the line of each takes as long as the file has lines."""
    many = "".join(f"- id: s{number}\n  repply: {{text: x}}\n" for number in range(1500))
    told = wrong(f"stubs:\n{many}")
    assert (len(told), told[-1]) == (21, "bees.yaml: 2980 more are wrong")

    broken = "".join(
        f"- id: s{number}\n  when: {{operation: search}}\n  reply: {{body: {{}}}}\n" for number in range(3000)
    )
    (folder / "a.yaml").write_text(f"stubs:\n{broken}")
    with pytest.raises(StubError) as caught:
        files.load(folder, COMPLETE)
    assert len(caught.value.problems) == 21

    (folder / "a.yaml").write_text("stubs:\n" + "- {id: a, reply: {text: x}}\n" * 600)
    with pytest.raises(StubError) as caught:
        files.load(folder, COMPLETE)
    assert len(caught.value.problems) == 21


def test_a_folder_with_loops_and_odd_files_is_read(folder: Path) -> None:
    (folder / "a.yaml").write_text("stubs: [{id: a, reply: {text: a}}]")
    (folder / "loop").symlink_to(folder)
    (folder / "self.yaml").symlink_to(folder / "self.yaml")
    (folder / "gone.yaml").symlink_to(folder / "nowhere.yaml")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "folder.yaml").mkdir()
    assert [*files.load(folder, COMPLETE).stubs] == ["a"]


def test_a_folder_that_goes_while_it_is_listed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Path, __: str) -> list[Path]:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "rglob", gone)
    with pytest.raises(StubError, match="stubs: No such file or directory"):
        files.load(folder, COMPLETE)


def test_a_place_without_stubs_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(StubError, match="nowhere: there is no such file or folder"):
        files.load(tmp_path / "nowhere", COMPLETE)
    assert files.load(tmp_path, COMPLETE).stubs == {}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path, **__: str) -> str:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.yaml").write_text(GOOD)
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(StubError, match=r"/a\.yaml: Permission denied$"):
        files.load(tmp_path, COMPLETE)


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    (tmp_path / "a.yaml").write_text(GOOD)
    with pytest.raises(StubError, match=r"a\.yaml: a file of this kind has at most 10 bytes"):
        files.load(tmp_path, COMPLETE)


# The line of a place.

KEYS = st.text("ab_$.: -#'\"", min_size=1, max_size=6)
TREES = st.recursive(
    st.sampled_from([1, True, None, "text", "- a: b", "two\nlines: x\n- y", "# c", "", "a: b"]),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=3)),
    max_leaves=8,
)


def _leaf(tree: Any, choose: Callable[[int], int]) -> tuple[str | int, ...]:
    """The path of some leaf."""
    path: list[str | int] = []
    while isinstance(tree, dict | list) and tree:
        step: str | int = [*tree][choose(len(tree))] if isinstance(tree, dict) else choose(len(tree))
        path.append(step)
        tree = tree[step]
    return tuple(path)


def _with(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(tree, list):
        return [_with(item, tuple(rest), value) if number == step else item for number, item in enumerate(tree)]
    return {name: _with(item, tuple(rest), value) if name == step else item for name, item in tree.items()}


@given(
    tree=st.one_of(st.lists(TREES, min_size=1, max_size=3), st.dictionaries(KEYS, TREES, min_size=1)), data=st.data()
)
def test_a_place_is_found_in_the_line_that_says_it(tree: Any, data: st.DataObject) -> None:
    path = _leaf(tree, lambda count: data.draw(st.integers(0, count - 1)))
    marked = _with(tree, path, "here-it-is")
    as_json = json.dumps(marked, indent=1)
    assert "here-it-is" in as_json.splitlines()[positions.in_json(as_json, path) - 1]
    as_yaml = yaml_rs.dumps(marked)
    assert "here-it-is" in as_yaml.splitlines()[positions.in_yaml(as_yaml, path) - 1], as_yaml


@given(text=st.text(max_size=80), path=st.lists(st.one_of(KEYS, st.integers(0, 3)), max_size=4))
def test_a_place_that_is_not_there_gives_a_line_all_the_same(text: str, path: list[str | int]) -> None:
    assert 1 <= positions.in_yaml(text, path) <= max(len(text.splitlines()), 1)


# The schema for editors.


def test_the_published_schema_is_that_of_the_models() -> None:
    published = resources.ROOT.joinpath("fixtures", "schemas", "stubs.schema.json").read_text(encoding="utf-8")
    assert published == schema.text(), "pplx-mock fixtures schema stubs > fixtures/schemas/stubs.schema.json"


SAMPLES: list[dict[str, Any]] = [
    {"reply": {"text": "x"}},
    {"reply": {"text": "x", "citations": ["https://a.example/"]}, "id": "a", "times": 2, "priority": 1, "check": False},
    {"reply": {"body": {}, "status": 201, "headers": {"a": "b"}}},
    {"reply": {"status": 503}},
    {"reply": {"status": "not_found", "message": "x"}},
    {"reply": {"stream": {"deltas": ["a"]}}},
    {"reply": {"stream": {"frames": [{"a": 1}, "x"], "done": True}}},
    {"reply": {"fault": {"delay": 1.5}}},
    {"reply": {"sequence": [{"text": "a", "times": 2}, {"status": 500}], "fallback": "world"}},
    {
        "when": {
            "operation": ["search", "create_agent"], "model": "s*", "path": {"glob": "/v1/*"}, "last_user": "x",
            "messages": ["a", {"role": "user", "contains": "b"}], "body": {"$.a": 1, "$.b": {"exists": False}},
            "headers": {"a": "b", "c": {"regex": "d"}}, "key": "sha256:00000000", "nth": [1, 2],
        },
        "reply": {"patch": {"a": None}},
    },
    {"when": {"operation": "search", "nth": "every 2"}, "reply": {"text": "x"}},
    {},
    {"reply": {}},
    {"reply": {"text": 5}},
    {"reply": {"text": None}},
    {"reply": {"text": "x", "body": {}}},
    {"reply": {"status": "no_such_error"}},
    {"reply": {"sequence": []}},
    {"reply": {"sequence": [{"sequence": [{"text": "x"}]}]}},
    {"reply": {"text": "x", "surprise": 1}},
    {"when": {"operation": "no_such_operation"}, "reply": {"text": "x"}},
    {"when": {"surprise": 1}, "reply": {"text": "x"}},
    {"reply": {"text": "x"}, "times": 0},
    {"reply": {"text": "x"}, "id": "a b"},
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_editors_and_the_server_agree_on_what_is_a_stub(sample: dict[str, Any]) -> None:
    try:
        stub_of(sample)
        taken = True
    except StubError:
        taken = False
    assert Draft202012Validator(orjson.loads(schema.text())).is_valid({"stubs": [sample]}) is taken


def test_every_field_of_a_stub_is_described() -> None:
    described = orjson.loads(schema.text())["$defs"]
    bare = [
        f"{form}.{name}"
        for form, one in described.items()
        for name, field in one.get("properties", {}).items()
        if "description" not in field
    ]
    assert bare == []


# Reading again.


class Changing:
    """A folder that is watched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[StubSet] = []
        self.write("stubs: [{id: a, reply: {text: a}}]")
        self.watch = Watch(folder, COMPLETE, self.taken.append)

    def write(self, text: str, name: str = "a.yaml") -> None:
        file = self.folder / name
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.write_text(text)
        os.utime(file, ns=(before + 1, before + 1))

    def look(self) -> str:
        return asyncio.run(self.watch.look())


def test_files_are_read_again_when_they_change(folder: Path) -> None:
    changing = Changing(folder)
    assert changing.look() == ""
    changing.write("stubs: [{id: b, reply: {text: b}}]")
    assert changing.look() == f"stubs are read again: 1 from {folder}"
    assert [*changing.taken[0].stubs] == ["b"]
    changing.write("stubs: [{id: c, reply: {text: c}}]", "c.yaml")
    changing.look()
    assert [*changing.watch.stubs.stubs] == ["b", "c"]
    (folder / "a.yaml").unlink()
    changing.look()
    assert [*changing.watch.stubs.stubs] == ["c"]
    assert changing.look() == ""


def test_a_wrong_file_is_told_once_and_leaves_the_stubs_as_they_were(folder: Path) -> None:
    changing = Changing(folder)
    changing.write("stubs: [{id: a, reply: {txt: a}}]")
    told = changing.look()
    assert told.startswith("stubs are not read again, those from before stay:\na.yaml, line 1: stub a: reply.txt: ")
    assert changing.look() == ""
    assert (changing.taken, [*changing.watch.stubs.stubs]) == ([], ["a"])
    changing.write("stubs: [{id: z, reply: {text: z}}]")
    assert changing.look().startswith("stubs are read again")


def test_a_folder_that_goes_leaves_the_stubs_as_they_were(folder: Path) -> None:
    changing = Changing(folder)
    (folder / "a.yaml").unlink()
    folder.rmdir()
    assert "there is no such file or folder" in changing.look()
    assert [*changing.watch.stubs.stubs] == ["a"]


def test_all_lanes_take_over_what_changed_and_count_on_where_nothing_did(folder: Path) -> None:
    (folder / "a.yaml").write_text("stubs: [{id: a, reply: {text: a}}, {id: b, reply: {text: b}}]")
    app: Any = create_app(Settings(stubs=str(folder), strict=True))
    lanes = app.house.lanes
    books = [lanes.default.stubs, lanes.of("other").stubs]
    assert [[entry.id for entry in book] for book in books] == [["a", "b"]] * 2
    assert all(book.strict for book in books)
    books[1].get("a").answered = 2
    (folder / "a.yaml").write_text("stubs: [{id: a, reply: {text: a}}, {id: b, reply: {text: changed}}]")
    asyncio.run(app.state.stubs.look())
    assert [[(entry.id, entry.answered) for entry in book] for book in books] == [
        [("a", 0), ("b", 0)],
        [("a", 2), ("b", 0)],
    ]
    assert [book.get("b").stub.reply.text for book in books] == ["changed"] * 2
    assert [entry.id for entry in lanes.of("later").stubs] == ["a", "b"]


def test_wrong_stubs_stop_the_start(folder: Path) -> None:
    (folder / "a.yaml").write_text("stubs: [{reply: {txt: a}}]")
    with pytest.raises(StubError, match=r"a\.yaml, line 1"):
        create_app(Settings(stubs=str(folder)))


# What the page on stubs shows.


def examples() -> list[str]:
    blocks = DOCUMENTATION.read_text(encoding="utf-8").split("```yaml\n")[1:]
    return [block.partition("```")[0] for block in blocks]


@pytest.mark.parametrize("text", examples())
def test_the_examples_of_the_page_on_stubs_are_stubs_that_keep_the_contract(text: str, folder: Path) -> None:
    (folder / "page.yaml").write_text(text, encoding="utf-8")
    assert files.load(folder, COMPLETE).stubs


def test_the_first_example_of_the_page_answers(fake: Callable[..., Api], folder: Path) -> None:
    (folder / "page.yaml").write_text(examples()[0], encoding="utf-8")
    api = fake(stubs=str(folder))
    assert api.chat("How do bees find home?")["choices"][0]["message"]["content"].startswith("Bees")
