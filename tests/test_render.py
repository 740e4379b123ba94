"""A written document reads back equal, and people can read it too."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import yaml_rs
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.contract import editions, render

AWKWARD = [
    *("", " ", "\n", "a ", " a", "-", "- a", "? a", "a:", "a: b", "a #b", "#a", "a\n\n b\n", "a\n\n", "\na", "a\r\nb"),
    *("a\x85b", "a\u2028b", "\ufeffa", "\x7f", "a\n \nb", "a\tb\nc", "---", "...", "a\n---\nb", "&a", "*a", "!a", "%a"),
    *(
        "~",
        "null",
        "Yes",
        "off",
        "n",
        "true",
        "1",
        "1_000",
        "0x1",
        "1e3",
        ".inf",
        "2026-11-21",
        "12:30",
        "=",
        "<<",
        "@a",
    ),
]
TEXTS = st.text() | st.sampled_from(AWKWARD) | st.text("ab :#-\n\"'{}[],&*!|>%@`?\\")
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=4)


def _read(text: str) -> Any:
    return yaml_rs.loads(text, parse_datetime=False)


@given(DOCUMENTS)
@example({text: text for text in AWKWARD})
@example({"a": [[[]], [{}], [["b\nc", {"d": "e\n\n"}]], "f\ng"]})
@example({"a": 1e300, "b": 2.092e-06, "c": -0.0, "d": 1.0, "e": 2**63 - 1})
def test_yaml_reads_back_equal(document: Any) -> None:
    # Compared as JSON, since 1 and 1.0 and True are equal in Python.
    assert orjson.dumps(_read(render.as_yaml(document))) == orjson.dumps(document)


@given(DOCUMENTS)
def test_json_reads_back_equal(document: Any) -> None:
    assert orjson.loads(render.as_json(document)) == document


@pytest.mark.parametrize("edition", editions.names())
def test_every_edition_reads_back_equal(edition: str) -> None:
    document = editions.document_for(edition)

    assert _read(render.as_yaml(document)) == document
    assert orjson.loads(render.as_json(document)) == document


def test_json_is_indented_by_two_spaces_and_keeps_the_order() -> None:
    assert render.as_json({"b": [1], "a": "é"}) == '{\n  "b": [\n    1\n  ],\n  "a": "é"\n}\n'


def test_yaml_is_in_block_style_with_texts_as_they_are() -> None:
    document: Any = {
        "openapi": "3.2.0",
        "info": {"description": "One.\n\nTwo: `x`.\n", "empty": {}},
        "/a/{b}": [{"name": "b", "in": ["x"]}, [1, 2.5], "two\nlines", []],
        "200": {"day": "2026-11-21", "off": None, "small": 2.092e-06},
    }

    assert render.as_yaml(document) == (
        'openapi: "3.2.0"\n'
        "info:\n"
        "  description: |\n"
        "    One.\n"
        "\n"
        "    Two: `x`.\n"
        "  empty: {}\n"
        "/a/{b}:\n"
        "  - name: b\n"
        "    in:\n"
        "      - x\n"
        "  - - 1\n"
        "    - 2.5\n"
        "  - |-\n"
        "    two\n"
        "    lines\n"
        "  - []\n"
        '"200":\n'
        '  day: "2026-11-21"\n'
        '  "off": null\n'
        "  small: 0.000002092\n"
    )


def test_an_empty_document_is_written_too() -> None:
    assert render.as_yaml({}) == "{}\n"
