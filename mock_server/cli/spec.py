"""`pplx-mock spec`."""

from __future__ import annotations

import sys
from argparse import Namespace

from mock_server.contract import downgrade, editions, provenance, render
from mock_server.rules import catalogue


def run(options: Namespace) -> int:
    """Print what was asked for; raises `PplxMockError` for an unknown edition."""
    document = editions.document_for(options.edition)
    if options.provenance:
        text = provenance.table(provenance.rows(document))
    elif options.rules:
        text = _rules(options.edition)
    else:
        if options.openapi == "3.1":
            document = downgrade.to_3_1(document)
        text = render.as_yaml(document) if options.format == "yaml" else render.as_json(document)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


def _rules(edition: str) -> str:
    rows = [rule for rule in catalogue.load() if rule.holds_in(edition)]
    width = max(len(rule.id) for rule in rows)
    return "\n".join(f"{rule.id:<{width}}  {rule.provenance.basis:<6}  {rule.sentence}" for rule in rows)
