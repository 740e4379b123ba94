"""The command line; a command's own imports wait until it runs, so that `--help` is quick."""

from __future__ import annotations

import gc
import os
import sys
from argparse import REMAINDER, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

from mock_server import __version__
from mock_server.cli import looking
from mock_server.errors import PplxMockError
from mock_server.faults import streams
from mock_server.insight.terminal import silence

OK, COULD_NOT_RUN, INTERRUPTED = 0, 2, 130

_SERVE = """
serve the fake until it is stopped

examples:
  pplx-mock serve                        on http://127.0.0.1:4010
  pplx-mock serve --port 0               on a free port; the first line says which
  pplx-mock serve --edition 2026-10      as the API answered after Sonar
  pplx-mock serve --validation lenient   take values that the contract forbids

Every option is also an environment variable (PPLX_MOCK_PORT) and a line of
[tool.pplx-mock] in pyproject.toml (port = 4010). The command line wins, then
the environment, then the file.
"""
_SPEC = """
print the contract

examples:
  pplx-mock spec > openapi.json                 one OpenAPI 3.2 document
  pplx-mock spec --openapi 3.1 --format yaml    for tools that read no 3.2
  pplx-mock spec --edition 2026-07              another edition
  pplx-mock spec --provenance                   what is known from where
  pplx-mock spec --rules                        rules that no schema can say
  pplx-mock spec --conflicts                    where documents and wire disagree
  pplx-mock spec --conflicts citations=removed  the contract with that side taken
  pplx-mock spec diff 2026-07 2026-10           what changes between two editions
"""
_RUN_TEXT = """
run a command, and serve a fake for as long as it runs

examples:
  pplx-mock run -- pytest
  pplx-mock run --edition 2026-10 -- npm test
  pplx-mock run --openai -- go test ./...    lead the openai client here, too

The command finds PERPLEXITY_BASE_URL, PERPLEXITY_API_KEY and PPLX_API_KEY. Its
exit code is passed on, and so are signals. The fake listens on a free port.
"""
_FIXTURES = """
show what comes with the fake: scenarios of what goes wrong, and schemas

examples:
  pplx-mock fixtures list                           what there is
  pplx-mock fixtures show html-instead-of-json      what it is, and a request to try
  pplx-mock serve --scenario html-instead-of-json   play it; repeatable
  pplx-mock fixtures schema faults                  a JSON Schema for editors
"""

_PLACES = """
=amount, @frame (0, 1, …, -1, first, last or all) and ~chance (the share of streams
that it meets, 0 to 1) can be given: stall=5@3, doubled@2~0.1
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The words after the program's name; those of the process where not given.

    Returns:
        0 when done, 2 when it could not run, 130 when interrupted.
    """
    try:
        return _run(arguments)
    except PplxMockError as error:
        print(f"pplx-mock: {error}", file=sys.stderr)  # noqa: T201  # what a command line does
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return OK  # whoever read has seen enough
    except OSError as error:
        silence(sys.stdout)
        print(f"pplx-mock: {error}", file=sys.stderr)  # noqa: T201
        return COULD_NOT_RUN


def _run(arguments: Sequence[str] | None) -> int:
    if sys.stdout is None:  # so it is where a shell has closed it: `>&-`
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as we run
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # help has characters that an ASCII terminal has not
    words = sys.argv[1:] if arguments is None else [*arguments]
    try:
        if words[:1] == ["check"]:
            return _check(words[1:])
        return _command(_parser().parse_args(words))
    finally:
        sys.stdout.flush()


def _check(arguments: Sequence[str]) -> int:
    """Hand over to the kit, which has a parser of its own; it is found by name, as the fake does without it."""
    kit = import_module("contract_tests.cli")
    code: int = kit.main(arguments, program="pplx-mock check")
    return code


def _command(options: Namespace) -> int:
    if options.command == "serve":
        # Loading makes no garbage worth looking for, and looking for it takes a sixth of the start.
        gc.disable()
        from mock_server.cli import serve  # noqa: PLC0415  # heavy

        return serve.run(options)
    if options.command == "run":
        from mock_server.cli import run  # noqa: PLC0415  # heavy

        return run.run(options)
    if options.command == "fixtures":
        from mock_server.cli import fixtures  # noqa: PLC0415  # heavy

        return fixtures.run(options)
    if options.command in looking.COMMANDS:
        return looking.run(options)
    if options.what == "diff":
        from mock_server.cli import diff  # noqa: PLC0415  # heavy

        return diff.run(options)
    from mock_server.cli import spec  # noqa: PLC0415  # heavy

    return spec.run(options)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="pplx-mock",
        description="An offline fake of the Perplexity API, and checks of any server against its contract.",
        epilog="exit codes: 0 done, 1 findings, 2 could not run",
    )
    parser.add_argument("--version", action="version", version=f"pplx-mock {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    plain = RawDescriptionHelpFormatter
    _add_serve(commands.add_parser("serve", help="serve the fake", description=_SERVE, formatter_class=plain))
    _add_run(
        commands.add_parser("run", help="run a command beside a fake", description=_RUN_TEXT, formatter_class=plain)
    )
    _add_spec(commands.add_parser("spec", help="print the contract", description=_SPEC, formatter_class=plain))
    _add_fixtures(commands.add_parser("fixtures", help="show scenarios", description=_FIXTURES, formatter_class=plain))
    looking.add(commands)
    commands.add_parser("check", help="hold a server against the contract", add_help=False)
    return parser


def _add_serve(parser: ArgumentParser) -> None:
    parser.epilog = _faults()
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", help="port to listen on, 0 for a free one (4010)")
    parser.add_argument("--seed", help="seed of the offline world (0)")
    parser.add_argument("--edition", help="edition to answer as: complete, 2026-07, 2026-10 (complete)")
    parser.add_argument("--validation", help="strict or lenient (strict)")
    parser.add_argument("--rules-off", metavar="ID,…", help="rules not to hold, or all (none)")
    parser.add_argument("--conflicts", metavar="NAME=SIDE,…", help="sides to take where documents and wire disagree")
    parser.add_argument("--log-level", help="critical, error, warning, info or debug (warning)")
    parser.add_argument("--stream-grammar", metavar="DATE", help="date whose grammar streams have (the edition's)")
    parser.add_argument("--stream-fault", metavar="FAULT,…", help="faults of every stream, listed below (none)")
    parser.add_argument("--ttft", metavar="SECONDS", help="time to the first frame of a stream (0)")
    parser.add_argument("--tokens-per-second", metavar="NUMBER", help="frames a second, 0 for no pacing (0)")
    parser.add_argument("--jitter", metavar="SHARE", help="how far frames stray, as a share of a gap (0)")
    parser.add_argument("--tier", metavar="TIER", help="tier, 0 to 5, to whose rate limits accounts are held (none)")
    parser.add_argument("--limit", metavar="LIMIT", action="append", help="as sonar=5/minute,burst=2; repeatable")
    parser.add_argument("--retry-after", action="store_const", const="true", help="a 429 says when to come again (no)")
    parser.add_argument("--credit", metavar="USD", help="what each account may spend in all (no end)")
    parser.add_argument("--quota", metavar="NUMBER", help="requests that each account has in a month (no end)")
    parser.add_argument("--faults", metavar="FILE", help="file of faults, for every lane (none)")
    parser.add_argument("--scenario", metavar="NAME", action="append", help="ready-made scenario; repeatable (none)")
    parser.add_argument("--stubs", metavar="PLACE", help="file or folder of scripted answers, read again as it changes")
    parser.add_argument("--strict", action="store_const", const="true", help="refuse what no stub fits (no)")
    parser.add_argument("--journal-entries", metavar="NUMBER", help="calls that each lane keeps, 0 for none (10000)")
    parser.add_argument(
        "--control-token", metavar="TOKEN", help="what /__admin/ wants to be shown (none; one is made beyond loopback)"
    )


def _add_run(parser: ArgumentParser) -> None:
    _add_serve(parser)
    parser.epilog = None
    parser.add_argument("--openai", action="store_true", help="set OPENAI_BASE_URL and OPENAI_API_KEY, too (no)")
    parser.add_argument("arguments", nargs=REMAINDER, metavar="-- COMMAND …", help="what to run")


def _faults() -> str:
    """List the faults of streams, as `--stream-fault` and the header `X-Mock-Stream-Fault` take them."""
    lines = [f"  {form.text:<21} {form.sentence}" for form in streams.FORMS.values()]
    return "\n".join(["faults of streams, with what holds where nothing else is given:", *lines, _PLACES])


def _add_fixtures(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the ready-made scenarios")
    showing = actions.add_parser("show", help="show a scenario")
    showing.add_argument("name", metavar="NAME", help="name of the scenario")
    for one in (listing, showing):
        one.add_argument("--format", default="text", choices=["text", "json"], help="how to write it (text)")
    schema = actions.add_parser("schema", help="print a JSON Schema for editors")
    kinds = ["faults", "scenario", "stubs"]
    schema.add_argument("name", metavar="KIND", choices=kinds, help="faults, scenario or stubs")


def _add_spec(parser: ArgumentParser) -> None:
    parser.add_argument("--edition", default="complete", help="edition to print (complete)")
    parser.add_argument("--openapi", default="3.2", choices=["3.2", "3.1"], help="version to print in (3.2)")
    parser.add_argument("--format", default="json", choices=["json", "yaml"], help="how to write it (json)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--provenance", action="store_true", help="print what is known from where, as a table")
    what.add_argument("--rules", action="store_true", help="print the rules that no schema can say, as a table")
    parser.add_argument(
        "--conflicts", nargs="?", const="", metavar="NAME=SIDE,…", help="sides to take; without any, list them all"
    )
    _add_diff(parser)


def _add_diff(parser: ArgumentParser) -> None:
    diff = parser.add_subparsers(dest="what", metavar="diff").add_parser(
        "diff",
        help="print what changes between two editions",
        description="Print what changes between two editions, such as 2026-07 and 2026-07+citations=removed.",
        epilog="exit codes: 0 nothing changes, 1 something does, 2 could not run",
    )
    diff.add_argument("before", metavar="EDITION")
    diff.add_argument("after", metavar="EDITION")
    diff.add_argument(
        "--format", dest="diff_format", default="table", choices=["table", "json"], help="how to write it (table)"
    )
