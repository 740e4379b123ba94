"""`pplx-mock run -- COMMAND`: a command, and a fake for as long as it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from types import FrameType

from mock_server import settings
from mock_server.embedded import MockServer
from mock_server.embedded.environment import variables
from mock_server.errors import PplxMockError
from mock_server.settings import Settings

KEY = "pplx-mock-run"
_NOT_EXECUTABLE, _NOT_FOUND, _BY_SIGNAL = 126, 127, 128
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


class CommandError(PplxMockError):
    """There is no command to run."""


def run(options: Namespace) -> int:
    """Run a command to its end.

    Args:
        options: What the command line says.

    Returns:
        The command's exit code; 128 and the signal's number where a signal ended it, 126 or 127 where it cannot be run.

    Raises:
        PplxMockError: A setting does not fit, or there is no command.
    """
    command = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    if not command:
        raise CommandError("give a command, as in: pplx-mock run -- pytest")
    given = {field.name: getattr(options, field.name, None) for field in fields(Settings)}
    given["port"] = given["port"] or "0"  # whatever the environment says: a port that is taken helps nobody
    with MockServer(settings.load(given)) as server:
        environment = variables(server.url, KEY, os.environ, openai=options.openai)
        return _run(command, {**os.environ, **environment})


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    with _passing_signals() as begin:
        try:
            process = begin(command, environment)
        except FileNotFoundError:
            return _failed(command[0], "not found", _NOT_FOUND)
        except OSError as error:
            return _failed(command[0], error.strerror or str(error), _NOT_EXECUTABLE)
        code = process.wait()
    return code if code >= 0 else _BY_SIGNAL - code


def _failed(command: str, reason: str, code: int) -> int:
    sys.stderr.write(f"pplx-mock: {command}: {reason}\n")
    return code


@contextmanager
def _passing_signals() -> Iterator[Callable[[Sequence[str], dict[str, str]], subprocess.Popen[bytes]]]:
    """Give what begins a command that signals are passed on to while in the context.

    A signal that comes while the command begins waits for it. One that was ignored before, as `nohup` has it, stays so
    for both.
    """
    processes: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        # Ctrl-C reaches the command by itself, as the terminal tells all of its foreground.
        if number == signal.SIGINT and _in_foreground():
            return
        for process in processes:
            process.send_signal(number)
        if not processes:
            early.append(number)

    def begin(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=environment)  # noqa: S603  # running it is what this is for
        processes.append(process)
        for number in early:
            process.send_signal(number)
        return process

    numbers = [getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, pass_on) for number in taken}
    try:
        yield begin
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether a terminal sends its signals to this process."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
