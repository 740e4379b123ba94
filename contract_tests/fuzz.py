"""Fuzz the fake with Schemathesis: `python -m contract_tests.fuzz --examples 200 --seeds 1,2`."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from contract_tests.fuzz_reports import Verdict, examples
from mock_server.contract import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OK, FAILURES, COULD_NOT_TEST = 0, 1, 2

_ROOT = Path(__file__).parent.parent
_CONFIGURATION = _ROOT / "contract_tests" / "schemathesis.toml"
_WITHOUT_LINKS = "examples,coverage,fuzzing"
_HEADER = "run               seed  operations   cases  examples  failures  forgiven  seconds"
_ROW = "{run:<16} {seed:>5}  {operations:>10}  {cases:>6} {examples:>9} {failures:>9} {forgiven:>9}  {seconds:>7.1f}"
_HELP = """
fuzz the fake with every check and phase of Schemathesis

For each seed:
  as it comes          rules off, and Schemathesis without any configuration
  no rules             rules off, in two runs: by operation, then along links
  rules                the server as it is by default, in the same two runs;
                       a refusal that a rule explains is forgiven and counted

`as it comes` passes with fewer examples than asked for, as Schemathesis gives
operations up that take ids out of earlier answers. The other runs are set up
so that it does not, and here too few examples are an error.

exit codes: 0 no failure, 1 failures, 2 could not test
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One call of Schemathesis: against which server, with our configuration or none, in which phases."""

    name: str
    rules: bool
    configured: bool
    phases: str

    @property
    def fuzzes(self) -> bool:
        """Whether it makes up examples by operation."""
        return "fuzzing" in self.phases

    def options(self, url: str) -> tuple[str, ...]:
        """The words of the command line."""
        if self.configured:
            return ("--config-file", str(_CONFIGURATION), "run", f"{url}/openapi.json")
        return ("run", f"{url}/openapi.json", "--header", "Authorization: Bearer any-key")


RUNS = (
    Run("as it comes", rules=False, configured=False, phases=f"{_WITHOUT_LINKS},stateful"),
    Run("no rules", rules=False, configured=True, phases=_WITHOUT_LINKS),
    Run("no rules, links", rules=False, configured=True, phases="stateful"),
    Run("rules", rules=True, configured=True, phases=_WITHOUT_LINKS),
    Run("rules, links", rules=True, configured=True, phases="stateful"),
)


class Asked(NamedTuple):
    """What the command line asks for."""

    examples: int
    operations: tuple[str, ...]


class Outcome(NamedTuple):
    """How a run ended: its exit code, its line of the summary, and what was printed where that is worth reading."""

    code: int
    row: str
    output: str


class CouldNotTestError(Exception):
    """A server or Schemathesis did not start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all and print a summary; returns the exit code."""
    options = _parser().parse_args(arguments)
    asked = Asked(options.examples, tuple(options.operations))
    codes = []
    _say(_HEADER)
    # A run keeps two cores busy: Schemathesis and the server.
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool:
        for job in [pool.submit(run_one, run, seed, asked) for seed in options.seeds for run in RUNS]:
            outcome = job.result()
            _say("\n".join(filter(None, [outcome.row, outcome.output])))
            codes.append(outcome.code)
    return FAILURES if FAILURES in codes else max(codes)


def run_one(run: Run, seed: int, asked: Asked) -> Outcome:
    """Run Schemathesis once against a server of its own."""
    with tempfile.TemporaryDirectory(prefix="pplx-mock-fuzz-") as name:
        folder = Path(name)
        try:
            with _server(folder, rules=run.rules) as url:
                code, output = _schemathesis(run, seed, asked, folder, url)
            return judge(run, seed, asked, folder, code, output)
        except CouldNotTestError as error:
            return Outcome(COULD_NOT_TEST, f"{run.name:<16} {seed:>5}  could not test", str(error))


def _schemathesis(run: Run, seed: int, asked: Asked, folder: Path, url: str) -> tuple[int, str]:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", *run.options(url)),
        *("--checks", "all", "--phases", run.phases, "--max-examples", str(asked.examples), "--seed", str(seed)),
        *(word for operation in asked.operations for word in ("--include-operation-id", operation)),
        *("--report-json-path", "report.json", "--report-ndjson-path", "events.ndjson", "--no-color"),
    ]
    # The working directory is empty, so that no configuration of someone else's is found.
    done = subprocess.run(  # noqa: S603  # our own words
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def judge(run: Run, seed: int, asked: Asked, folder: Path, code: int, output: str) -> Outcome:
    """Say how a run ended.

    Args:
        run: What was run.
        seed: From which seed.
        asked: How much was asked for.
        folder: Where the reports `report.json` and `events.ndjson` are, and the `server.log`.
        code: The exit code of Schemathesis.
        output: What it printed.

    Raises:
        CouldNotTestError: It reported nothing.

    """
    report = folder / "report.json"
    if not report.is_file():
        raise CouldNotTestError(output)
    verdict = Verdict.model_validate_json(report.read_bytes())
    counts = examples(folder / "events.ndjson", _with_input(asked.operations)) if run.fuzzes else {}
    row = _row(run, seed, verdict, [*counts.values()])
    if code != OK or not verdict.complete:
        # Schemathesis ends with 1 also where it met no failure, but could not go on.
        found = FAILURES if verdict.test_cases.unique_failures else COULD_NOT_TEST
        return Outcome(found, row, output + (folder / "server.log").read_text(encoding="utf-8"))
    few = [f"{label} had {count}" for label, count in counts.items() if run.configured and count < asked.examples]
    if few or verdict.test_cases.generated == 0:
        return Outcome(COULD_NOT_TEST, row, f"fewer than {asked.examples} examples: {', '.join(few) or 'none at all'}")
    return Outcome(OK, row, "")


def _row(run: Run, seed: int, verdict: Verdict, counts: list[int]) -> str:
    ends = sorted({min(counts), max(counts)}) if counts else []
    return _ROW.format(
        run=run.name,
        seed=seed,
        operations=f"{verdict.operations.tested}/{verdict.operations.selected}",
        cases=verdict.test_cases.generated,
        examples="-".join(map(str, ends)) or "-",
        failures=verdict.test_cases.unique_failures,
        forgiven=verdict.filtered,
        seconds=verdict.running_time,
    )


def _with_input(chosen: tuple[str, ...]) -> list[str]:
    """The operations, of those that are chosen, that take something, so that examples can differ."""
    return [
        f"{method.upper()} {path}"
        for path, method, operation in document.operations(document.load())
        if ("parameters" in operation or "requestBody" in operation)
        and (not chosen or operation["operationId"] in chosen)
    ]


@contextmanager
def _server(folder: Path, *, rules: bool) -> Iterator[str]:
    """Run a server on a free port; gives its URL."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0", *(() if rules else ("--rules-off", "all"))]
    with (
        (folder / "server.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603  # our own words
            command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            first = process.stdout.readline() if process.stdout else ""
            if "http" not in first:
                raise CouldNotTestError((folder / "server.log").read_text(encoding="utf-8"))
            yield first[first.index("http") :].strip()
        finally:
            process.terminate()


def _environment() -> dict[str, str]:
    """The environment without settings of ours, of Schemathesis or of a proxy, and with this checkout's modules."""
    kept = {name: value for name, value in os.environ.items() if not _sets_something(name)}
    return {**kept, "PYTHONPATH": str(_ROOT)}


def _sets_something(name: str) -> bool:
    return name.startswith(("PPLX_MOCK_", "SCHEMATHESIS_")) or name.lower().endswith("_proxy")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "python -m contract_tests.fuzz", description=_HELP, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=_positive, default=200, metavar="N", help="examples an operation (200)")
    parser.add_argument("--seeds", type=_numbers, default=[1, 2], metavar="N,…", help="a run of all for each (1,2)")
    parser.add_argument("--operations", type=_operations, default=[], metavar="ID,…", help="these only (all)")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"a number from 1 on, got {text!r}")
    return int(text)


def _numbers(text: str) -> list[int]:
    if not all(part.isdecimal() for part in text.split(",")):
        raise ArgumentTypeError(f"whole numbers with commas between, got {text!r}")
    return [int(part) for part in text.split(",")]


def _operations(text: str) -> list[str]:
    known = [str(operation["operationId"]) for _, _, operation in document.operations(document.load())]
    names = text.split(",")
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
            raise ArgumentTypeError(f"there is no operation {name!r}. {hint}")
    return names


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
