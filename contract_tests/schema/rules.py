"""What the Schemathesis suite checks: one check of ours for each of its checks, with an id that stays."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from contract_tests import manners
from contract_tests.checks import Check, Estimate
from contract_tests.findings import CouldNotTestError
from contract_tests.target import KINDS, Kind

if TYPE_CHECKING:
    from contract_tests.probe import Probe

FAMILY = "PPLX-SCHEMA"
_QUICK, _FULL, _POLITE = 6_000, 20_000, 100
"""The most requests of a run in each profile, and against a server that charges; a run that reaches it stops."""
WHOLE_ANSWER = "whole_answer"
_OURS = frozenset({"stream_is_whole", "kit_conformance", WHOLE_ANSWER})


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of Schemathesis under an id of ours.

    Args:
        id: Stable.
        name: What Schemathesis calls it.
        sentence: What a target keeps.
        targets: The kinds of target that it is asked of.
    """

    id: str
    name: str
    sentence: str
    targets: tuple[Kind, ...] = KINDS


_FREE: tuple[Kind, ...] = ("fake", "url")
"""Where requests are free: a server that charges gets the contract's own examples alone."""
RULES = (
    Rule("PPLX-SCHEMA-001", "not_a_server_error", "No made-up request is answered with a server error."),
    Rule("PPLX-SCHEMA-002", "status_code_conformance", "Every status is declared."),
    Rule("PPLX-SCHEMA-003", "content_type_conformance", "Every media type is declared."),
    Rule("PPLX-SCHEMA-004", "response_headers_conformance", "Headers are of their form."),
    Rule("PPLX-SCHEMA-005", "response_schema_conformance", "Bodies and events are valid against their schemas."),
    Rule("PPLX-SCHEMA-006", "negative_data_rejection", "Requests that the schema forbids are refused.", _FREE),
    Rule(
        "PPLX-SCHEMA-007",
        "positive_data_acceptance",
        "Requests that the schema allows are accepted, or refused by a rule that is declared.",
        targets=("fake",),
    ),
    Rule("PPLX-SCHEMA-008", "missing_required_header", "A request without a required header is refused.", _FREE),
    Rule("PPLX-SCHEMA-009", "unsupported_method", "A method that a path does not have is refused with 405.", _FREE),
    Rule("PPLX-SCHEMA-010", "allow_header_conformance", "Allow names the methods that the path has.", _FREE),
    Rule("PPLX-SCHEMA-013", "ignored_auth", "A request without a key, or with a wrong one, is refused."),
    Rule("PPLX-SCHEMA-014", "stream_is_whole", "Streams end, and are read to their end."),
    Rule("PPLX-SCHEMA-015", "kit_conformance", "What holds for every answer holds for answers to made-up requests."),
    Rule("PPLX-SCHEMA-016", WHOLE_ANSWER, "Every made-up request gets a whole HTTP answer."),
)
"""Every check that the suite runs.

`object_level_authorization` wants two users, who here are two keys of the kit's own check PPLX-COLL-003.
PPLX-SCHEMA-011 was `use_after_free` and -012 `ensure_resource_availability`, which cannot fail here: nothing of the API
is read at the path that it is deleted at, and made-up requests create next to nothing. That what was created is there,
and what was deleted is gone, is for PPLX-JOBS-001, PPLX-COLL-001, PPLX-AGENT-201 and PPLX-CACHE-001.
"""


def most(*, thorough: bool, charges: bool) -> int:
    """The most requests that a run of the suite sends."""
    return _POLITE if charges else _FULL if thorough else _QUICK


def cost() -> Decimal:
    """US dollars a request, on average over a run at the most."""
    return manners.load().guessed.made_up_usd


def checks() -> tuple[Check, ...]:
    """The suite's checks, as the catalogue lists them."""
    return tuple(_check(rule) for rule in RULES)


def _check(rule: Rule) -> Check:
    whose = "the kit's own" if rule.name in _OURS else "Schemathesis"
    return Check(
        id=rule.id,
        sentence=rule.sentence,
        basis="design" if rule.name in _OURS else "spec",
        source=f"the contract's schemas; {whose} {rule.name}",
        operations=(),
        run=_together,
        estimate=Estimate(_QUICK // len(RULES) + 1, _FULL // len(RULES) + 1, cost()),
        targets=rule.targets,
    )


def _together(_: Probe) -> None:
    raise CouldNotTestError("the checks of this suite run together, by contract_tests.schema.suite.run")
