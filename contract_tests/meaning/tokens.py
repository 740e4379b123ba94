"""Keys: one makes another, and takes it back. Never asked of the live host, whose keys somebody's programs use."""

from __future__ import annotations

from contract_tests import reading
from contract_tests.checks import check
from contract_tests.meaning.account import USAGE
from contract_tests.meaning.errors import kind_of
from contract_tests.meaning.search import SEARCH
from contract_tests.probe import Probe
from mock_server.jsontypes import JSONObject

GENERATE, REVOKE = "generate_auth_token", "revoke_auth_token"
_ASK: JSONObject = {"query": "bees", "max_results": 1}
_OTHERS = "pplx-" + "0" * 48


def made(probe: Probe, body: JSONObject | None = None) -> str:
    """Make a key."""
    return reading.text(probe.call(GENERATE, body).object, "auth_token")


@check("PPLX-TOKENS-001", "A key that was made works, until it is revoked; the one that made it goes on working.",
       basis="spec", source="evidence 1.5, 12.1", operations=(GENERATE, REVOKE, SEARCH), quick=5, full=5,
       targets=("fake", "url"), writes=True)  # fmt: skip
def keys_live_and_die(probe: Probe) -> None:
    token = made(probe)
    probe.call(SEARCH, _ASK, key=token)
    gone = probe.call(REVOKE, {"auth_token": token})
    probe.require(gone.content == b"", "an empty body", gone.content)
    kind_of(probe, probe.call(SEARCH, _ASK, key=token, status=401), "invalid_api_key")
    probe.call(SEARCH, _ASK)


@check("PPLX-TOKENS-002", "Each key that is made is another, and carries the name that it was given.", basis="spec",
       source="evidence 1.5", operations=(GENERATE, REVOKE), quick=4, full=4, targets=("fake", "url"),
       writes=True)  # fmt: skip
def keys_differ(probe: Probe) -> None:
    body: JSONObject = {"token_name": "Checked"}
    bodies = [probe.call(GENERATE, body).object for _ in range(2)]
    tokens = [reading.text(told, "auth_token") for told in bodies]
    for token in tokens:
        probe.call(REVOKE, {"auth_token": token})
    probe.require(tokens[0] != tokens[1], "another key each time", "the same key twice")
    names = [told.get("token_name") for told in bodies]
    probe.require(names == ["Checked", "Checked"], "the name that was given", names)


@check("PPLX-TOKENS-003", "A key that is not the account's cannot be revoked, and goes on working.", basis="design",
       source="design 7", operations=(GENERATE, REVOKE, SEARCH), quick=5, full=5, targets=("fake",))  # fmt: skip
def others_keys_stay(probe: Probe) -> None:
    probe.call(REVOKE, {"auth_token": _OTHERS}, status=404)
    token, other = made(probe), f"{probe.key}-other"
    probe.call(REVOKE, {"auth_token": token}, key=other, status=404)
    probe.call(SEARCH, _ASK, key=token)
    probe.call(REVOKE, {"auth_token": token})


@check("PPLX-TOKENS-004", "A key that was made leads to the account that made it.", basis="spec",
       source="evidence 1.5; design 7", operations=(GENERATE, REVOKE, SEARCH, USAGE), quick=5, full=5,
       targets=("fake",))  # fmt: skip
def keys_share_the_account(probe: Probe) -> None:
    token = made(probe)
    before, _, after = (
        probe.call(operation, body, key=key).object
        for operation, body, key in ((USAGE, None, None), (SEARCH, _ASK, token), (USAGE, None, None))
    )
    counts = [reading.integer(report, "total", "requests") for report in (before, after)]
    probe.require(counts[1] == counts[0] + 1, "a request with it on the account's report", counts)
    probe.call(REVOKE, {"auth_token": token})


@check("PPLX-TOKENS-005", "A revocation without a key is refused.", basis="spec", source="evidence 1.5",
       operations=(REVOKE,), quick=2, full=2, targets=("fake", "url"), cost="0")  # fmt: skip
def nothing_to_revoke(probe: Probe) -> None:
    wrong: list[JSONObject] = [{}, {"auth_token": 5}]
    for body in wrong:
        probe.call(REVOKE, body, status=400)
