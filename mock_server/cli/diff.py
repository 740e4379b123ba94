"""`pplx-mock spec diff`."""

from __future__ import annotations

import sys
from argparse import Namespace

from mock_server import edition, switches
from mock_server.drift import compare, report
from mock_server.edition import Edition

SAME, DIFFERENT = 0, 1
_AND = "+"


def run(options: Namespace) -> int:
    """Print what changes between two editions.

    Returns:
        0 where nothing does, 1 where something does.

    Raises:
        PplxMockError: There is no such edition, conflict or side.
    """
    before, after = _named(options.before), _named(options.after)
    changes = compare.between(before, after)
    write = report.as_json if options.diff_format == "json" else report.as_table
    sys.stdout.write(write(options.before, options.after, changes))
    return DIFFERENT if changes else SAME


def _named(text: str) -> Edition:
    """Load `2026-07`, or `2026-07+citations=removed`."""
    name, _, sides = text.partition(_AND)
    return edition.load(switches.key(name, switches.chosen(filter(None, sides.split(",")))))
