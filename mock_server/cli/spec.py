"""`pplx-mock spec`."""

from __future__ import annotations

import sys
from argparse import Namespace

from mock_server import switches
from mock_server.contract import downgrade, editions, provenance, render
from mock_server.rules import catalogue


def run(options: Namespace) -> int:
    """Print what was asked for; raises `PplxMockError` for an unknown edition, conflict or side."""
    choices = switches.chosen(filter(None, (options.conflicts or "").split(",")))
    document = editions.document_for(options.edition, switches.overlays(choices))
    if options.conflicts == "":
        text = _conflicts()
    elif options.provenance:
        text = provenance.table(provenance.rows(document))
    elif options.rules:
        text = _rules(options.edition)
    else:
        if options.openapi == "3.1":
            document = downgrade.to_3_1(document)
        text = render.as_yaml(document) if options.format == "yaml" else render.as_json(document)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


def _conflicts() -> str:
    """List both sides of each conflict, `*` before the one that is taken where nobody chooses."""
    lines: list[str] = []
    for name, switch in switches.load().items():
        point = "" if switch.point is None else f" ({switch.point})"
        lines += ["", f"{name}{point}: {switch.sentence}"]
        width = max(map(len, switch.sides))
        for side, told in switch.sides.items():
            mark = "*" if side == switch.default else " "
            seen = told.provenance
            lines.append(f"  {mark} {side:<{width}}  {told.sentence}")
            lines.append(f"    {'':<{width}}  {seen.basis}, {seen.date}: {seen.source}")
    lines += ["", "* is taken by default; `pplx-mock serve --conflicts NAME=SIDE,…` takes another."]
    return "\n".join(lines[1:])


def _rules(edition: str) -> str:
    rows = [rule for rule in catalogue.load() if rule.holds_in(edition)]
    width = max(len(rule.id) for rule in rows)
    return "\n".join(f"{rule.id:<{width}}  {rule.provenance.basis:<6}  {rule.sentence}" for rule in rows)
