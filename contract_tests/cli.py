"""`pplx-mock check`: its options, which are read without loading the kit."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib.util import find_spec

CONFORMING, FINDINGS, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
FORMATS = ("html", "json", "junit", "markdown", "sarif")
_NEEDED = ("httpx", "httpx_sse", "hypothesis", "schemathesis")
_DESCRIPTION = """
hold a server against the contract

examples:
  pplx-mock check                                        the fake, quickly
  pplx-mock check --target http://127.0.0.1:8080         any other server
  pplx-mock check --target live --max-cost 0.50          the vendor; needs PERPLEXITY_API_KEY
  pplx-mock check --profile full --report html=out.html  everything, as a page
  pplx-mock check --only PPLX-SEARCH,PPLX-WIRE-003       a family of checks, and one
  pplx-mock check --list                                 what is checked, and why
"""
_EPILOG = """
exit codes: 0 conforming, 1 findings, 2 could not run or nothing was tested,
130 interrupted (what was found so far is reported)

A live run says first what it will take at the most, asks one thing at a time,
writes and deletes nothing without --allow-writes, and stops with a report when
the budget is spent. The key comes from the environment and is told nowhere.
"""


def parser(program: str) -> ArgumentParser:
    """The parser of the command, under the name that it is called by."""
    made = ArgumentParser(
        program, description=_DESCRIPTION, epilog=_EPILOG, formatter_class=RawDescriptionHelpFormatter
    )
    _add_what(made)
    _add_bounds(made)
    _add_output(made)
    return made


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m contract_tests") -> int:
    """Run the command.

    Args:
        arguments: The words after the program's name; those of the process where not given.
        program: That name.

    Returns:
        The exit code.
    """
    return run(parser(program).parse_args(arguments))


def run(options: Namespace) -> int:
    """Run the command; returns its exit code."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"pplx-mock check: {', '.join(missing)} not installed; the kit wants pip install 'pplx-mock[contract]'\n"
        )
        return COULD_NOT_RUN
    from contract_tests import session  # noqa: PLC0415  # heavy

    return session.run(options)


def _add_what(made: ArgumentParser) -> None:
    made.add_argument("--target", default="fake", metavar="fake|live|URL", help="what to check (fake)")
    made.add_argument("--as-live", action="store_true", help="the URL leads to the vendor: be as polite as to it")
    made.add_argument("--edition", default="", help="edition to hold it against (fake: complete; else the newest)")
    made.add_argument("--profile", default="quick", choices=["quick", "full"], help="how much to ask (quick)")
    made.add_argument("--only", default="", metavar="CHECK,…", help="these checks, or families of checks (all)")
    made.add_argument("--seed", type=int, default=0, help="seed of what is made up (0)")


def _add_bounds(made: ArgumentParser) -> None:
    made.add_argument("--max-requests", metavar="N", help="send no more (no bound; live: what the plan says)")
    made.add_argument("--max-cost", metavar="USD", help="pay no more (live: 1)")
    made.add_argument("--allow-writes", action="store_true", help="create and delete things at a live target")
    made.add_argument("--timeout", default="60", metavar="SECONDS", help="patience with each answer (60)")


def _add_output(made: ArgumentParser) -> None:
    made.add_argument("--report", default="", metavar="FORMAT=PATH,…", help=f"also write {', '.join(FORMATS)}")
    made.add_argument("--list", action="store_true", help="print the checks, and stop")
    made.add_argument(
        "--format", default="text", choices=["text", "json", "markdown"], help="how to print the list (text)"
    )
