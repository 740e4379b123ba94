"""Rules about domains."""

from __future__ import annotations

import re

from mock_server.call import Call
from mock_server.contract.bodies import SearchDomainsRequest, given
from mock_server.operations.searching import SEARCH_BODIES, SearchBody
from mock_server.rules.rule import Broken, rule

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[A-Za-z])[A-Za-z0-9-]{{1,62}}[A-Za-z0-9]")

_BODIES: tuple[type[SearchBody | SearchDomainsRequest], ...] = (*SEARCH_BODIES, SearchDomainsRequest)


def is_domain(text: str) -> bool:
    """Whether a text is a domain: at least two labels, neither scheme nor path."""
    return _DOMAIN.fullmatch(text) is not None


def names(_: Call, body: SearchBody | SearchDomainsRequest) -> Broken | None:
    """Each domain is one; a filter's may have a leading ``-``."""
    if isinstance(body, SearchDomainsRequest):
        listed = [*body.allow, *body.deny]
        strange = next((domain for domain in listed if not _DOMAIN.fullmatch(domain)), None)
    else:
        filtered = given(body.search_domain_filter) or ()
        strange = next((domain for domain in filtered if not _DOMAIN.fullmatch(domain.removeprefix("-"))), None)
    return None if strange is None else {"value": strange}


def mix(call: Call, body: SearchBody) -> Broken | None:
    """A filter allows or denies."""
    if call.facts.wire.mixed_domains == "accepted":
        return None
    denied = [domain.startswith("-") for domain in given(body.search_domain_filter) or ()]
    return {} if any(denied) and not all(denied) else None


RULES = (
    rule("PPLX-R-DOMAIN-NAME", _BODIES, names, about=("search_domain_filter", "allow", "deny")),
    rule("PPLX-R-DOMAIN-MIX", SEARCH_BODIES, mix, about=("search_domain_filter",)),
)
