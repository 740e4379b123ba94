"""Every check that applies to the target, a test each; see `conftest.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract_tests.reports.text import told
from mock_server.pytest_plugin.guard import guard

if TYPE_CHECKING:
    from contract_tests.checks import Check
    from contract_tests.conftest import Contract


def test_contract(contract: Contract, check: Check) -> None:
    """Hold the target against one check."""
    with guard.exempt():
        result = contract.result(check)
    if result.verdict == "not run":
        pytest.skip(result.reason)
    if result.findings:
        text = "\n\n".join(told(finding) for finding in result.findings)
        pytest.fail(f"{check.id}: {check.sentence}\n\n{text}", pytrace=False)
