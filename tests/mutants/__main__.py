"""`python -m tests.mutants --seeds 0,1,2`: how many wrong servers the checks catch, and which harmless ones they blame."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from tests.mutants import score

if __name__ == "__main__":
    parser = ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("--seeds", default="0", help="seeds, with commas (0)")
    parser.add_argument("--only", default="", help="names of mutants, with commas (all)")
    options = parser.parse_args()
    table = score.take(
        [int(seed) for seed in options.seeds.split(",")], only=set(filter(None, options.only.split(",")))
    )
    sys.stdout.write(score.written(table))
    sys.exit(0 if table.good else 1)
