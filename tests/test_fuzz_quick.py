"""A few examples of what `make fuzz` does: the same runs over most operations; see `test_fuzz.py` for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract_tests import fuzz
from mock_server.contract import document

if TYPE_CHECKING:
    import pytest

# Most of the time goes into bodies of chats, so one of the three chats stands for all, and no alias comes along.
LEFT_OUT = {"create_chat_completion"}
OPERATIONS = [
    str(operation["operationId"])
    for _, _, operation in document.operations(document.load())
    if operation["operationId"] not in LEFT_OUT and "alias_of" not in document.mapping(operation["x-mock"])
]


def test_schemathesis_finds_nothing_in_a_few_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code = fuzz.main(["--examples", "5", "--seeds", "1", "--operations", ",".join(OPERATIONS)])

    said = capsys.readouterr().out
    assert code == fuzz.OK, said
    assert len(said.splitlines()) == 1 + len(fuzz.RUNS)
