"""Refuse accounts that are out of credit, or beyond their monthly quota."""

from __future__ import annotations

from mock_server.call import Call
from mock_server.errors import ApiError
from mock_server.state.account import Account


def check(call: Call, account: Account) -> None:
    """Raise `ApiError` for an account that has used up what it had; what it used, it can ask all the same.

    A call that begins while something is left is answered, whatever it costs, so the last one may go beyond.
    """
    terms = account.allowance.terms
    if terms.credit is None and terms.quota is None:
        return
    if call.operation.handler in call.facts.without_credit:
        return
    spent_up = terms.credit is not None and account.ledger.spent() >= terms.credit
    if spent_up or (terms.quota is not None and account.ledger.requests(call.month) >= terms.quota):
        raise ApiError("insufficient_quota")
