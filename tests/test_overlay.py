"""Overlays are laid over documents as the Overlay Specification says, and mistakes in them are told."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mock_server.contract import overlay
from mock_server.errors import ContractError

if TYPE_CHECKING:
    from mock_server.jsontypes import JSON, JSONObject


def _overlay(*actions: JSON, version: str = "1.1.0") -> JSONObject:
    return {"overlay": version, "info": {"title": "Test", "version": "1"}, "actions": list(actions)}


def _applied(document: JSONObject, *actions: JSON) -> JSONObject:
    return overlay.apply(document, _overlay(*actions))


def test_an_object_is_merged_recursively() -> None:
    document: JSONObject = {"info": {"title": "A", "license": {"name": "MIT"}}}

    changed = _applied(document, {"target": "$.info", "update": {"license": {"url": "u"}, "version": "2"}})

    assert changed == {"info": {"title": "A", "license": {"name": "MIT", "url": "u"}, "version": "2"}}


def test_the_whole_document_can_be_merged_into() -> None:
    assert _applied({"a": {"b": 1}}, {"target": "$", "update": {"a": {"c": 2}}}) == {"a": {"b": 1, "c": 2}}


def test_a_primitive_in_an_update_replaces_the_one_there() -> None:
    assert _applied({"a": {"b": 1}}, {"target": "$.a", "update": {"b": None}}) == {"a": {"b": None}}


def test_a_primitive_target_is_replaced() -> None:
    assert _applied({"a": ["x", "y"]}, {"target": "$.a[?@ == 'x']", "update": "z"}) == {"a": ["z", "y"]}


def test_lists_inside_an_update_are_joined() -> None:
    assert _applied({"a": {"b": [1]}}, {"target": "$.a", "update": {"b": [2, 3]}}) == {"a": {"b": [1, 2, 3]}}


@pytest.mark.parametrize(("update", "expected"), [([2, [3]], [1, 2, [3]]), ({"c": 2}, [1, {"c": 2}]), (2, [1, 2])])
def test_a_list_target_takes_a_lists_members_or_one_more_member(update: JSON, expected: JSON) -> None:
    assert _applied({"a": [1]}, {"target": "$.a", "update": update}) == {"a": expected}


def test_every_match_is_updated() -> None:
    document: JSONObject = {"a": {"x": {"n": 1}, "y": {"n": 2}}}

    assert _applied(document, {"target": "$.a.*", "update": {"m": 0}}) == {
        "a": {"x": {"n": 1, "m": 0}, "y": {"n": 2, "m": 0}}
    }


def test_a_place_that_a_query_finds_twice_is_updated_once() -> None:
    assert _applied({"a": [1]}, {"target": "$['a','a']", "update": [2]}) == {"a": [1, 2]}


def test_two_places_that_share_an_object_are_told_apart() -> None:
    shared: JSONObject = {"n": [1]}

    changed = _applied({"a": shared, "b": shared}, {"target": "$.a", "update": {"n": [2]}})

    assert changed == {"a": {"n": [1, 2]}, "b": {"n": [1]}}


def test_a_match_is_removed_with_all_it_holds() -> None:
    assert _applied({"a": {"b": {"c": 1}}, "d": 1}, {"target": "$.a.b", "remove": True}) == {"a": {}, "d": 1}


def test_several_members_of_a_list_are_removed() -> None:
    assert _applied({"a": [1, 2, 3, 4]}, {"target": "$.a[?@ < 3]", "remove": True}) == {"a": [3, 4]}


def test_a_match_inside_another_match_is_removed_with_it() -> None:
    assert _applied({"x": {"x": {"x": 1}}, "y": 1}, {"target": "$..x", "remove": True}) == {"y": 1}


def test_what_one_action_removed_the_next_can_put_there_anew() -> None:
    actions = ({"target": "$.a.enum", "remove": True}, {"target": "$.a", "update": {"enum": [9]}})

    assert _applied({"a": {"enum": [1, 2]}}, *actions) == {"a": {"enum": [9]}}


def test_copy_merges_what_stands_elsewhere() -> None:
    document: JSONObject = {"a": {"x": [1]}, "b": {"x": [2], "y": 3}}

    assert _applied(document, {"target": "$.a", "copy": "$.b"}) == {"a": {"x": [1, 2], "y": 3}, "b": {"x": [2], "y": 3}}


def test_document_and_overlay_stay_as_they_are() -> None:
    document: JSONObject = {"a": {"b": [1]}, "c": {"d": 1}, "e": {}}
    actions = _overlay(
        {"target": "$.a", "update": {"b": [{"f": 1}]}},
        {"target": "$.a.b[1]", "update": {"g": 2}},
        {"target": "$.e", "copy": "$.a"},
        {"target": "$.c.d", "remove": True},
    )
    before = copy.deepcopy((document, actions))

    overlay.apply(document, actions)

    assert (document, actions) == before


def test_an_action_may_find_nothing_when_it_says_so() -> None:
    assert _applied({"a": 1}, {"target": "$.b", "remove": True, "x-mock-optional": True}) == {"a": 1}


def test_extensions_and_descriptions_are_allowed_anywhere() -> None:
    actions = {
        **_overlay({"target": "$.a", "description": "Why.", "x-why": 1, "update": 2}),
        "x-all": 1,
        "extends": "u",
    }

    assert overlay.apply({"a": 1}, actions) == {"a": 2}


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"target": "$.nowhere", "remove": True}, r"\$\.nowhere finds nothing"),
        ({"target": "$.a[", "remove": True}, r"\$\.a\[ is no JSONPath"),
        ({"target": "$[?shout(@)]", "remove": True}, "is no JSONPath"),
        (
            {"target": "$.a", "updte": 1, "remove": True},
            "no key 'updte', only target, description, update, copy, remove",
        ),
        ({"target": "$.a"}, "one of update, copy, remove, got none"),
        ({"target": "$.a", "remove": False}, "one of update, copy, remove, got none"),
        ({"target": "$.a", "update": 1, "remove": True}, "got update and remove"),
        ({"update": 1}, "an action is an object with a target"),
        ("$.a", "an action is an object with a target"),
        ({"target": "$", "remove": True}, "cannot remove the whole document"),
        ({"target": "$['a','b']", "update": {"c": 1}}, "several kinds: object, primitive"),
        ({"target": "$.b", "update": {"n": {}}}, "the value.n is of kind primitive, the action gives object"),
        ({"target": "$.b", "update": [1]}, "the value is of kind object, the action gives list"),
        ({"target": "$.b", "update": {"l": 1}}, "the value.l is of kind list, the action gives primitive"),
        ({"target": "$.a", "copy": "$.b.*"}, r"copy takes one value, \$\.b\.\* finds 2"),
        ({"target": "$.a", "copy": "$.z"}, "finds 0"),
    ],
)
def test_a_mistake_is_told_with_the_overlays_title_and_the_actions_number(action: JSON, text: str) -> None:
    first = {"target": "$.a", "update": 2}

    with pytest.raises(ContractError, match=rf"^overlay 'Test', action 2: .*{text}"):
        _applied({"a": 1, "b": {"n": 1, "l": []}}, first, action)


@pytest.mark.parametrize(
    ("overlaid", "text"),
    [
        ({**_overlay({"target": "$"}), "action": []}, "overlay 'Test' has no key 'action'"),
        ({**_overlay({"target": "$"}), "info": {"title": "Test", "version": "1", "titel": ""}}, "no key 'titel'"),
        ({**_overlay({"target": "$"}), "info": {"version": "1"}}, "an info with title and version"),
        ({**_overlay({"target": "$"}), "info": {"title": "Test"}}, "an info with title and version"),
        (_overlay({"target": "$"}, version="2.0.0"), r"the versions 1\.0, 1\.1 are known, got '2\.0\.0'"),
        (_overlay(), "a list with an action or more"),
    ],
)
def test_a_document_that_is_no_overlay_is_refused(overlaid: JSONObject, text: str) -> None:
    with pytest.raises(ContractError, match=text):
        overlay.apply({"a": 1}, overlaid)


def test_version_1_0_knows_no_copy() -> None:
    with pytest.raises(ContractError, match="no key 'copy'"):
        overlay.apply({"a": {}}, _overlay({"target": "$.a", "copy": "$.a"}, version="1.0.0"))


def test_loading_the_default_edition_does_not_load_the_jsonpath_library() -> None:
    code = (
        "import sys; from mock_server.contract import editions; editions.document_for('complete'); "
        "print('jsonpath_rfc9535' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
