"""`pplx-mock tail`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from mock_server.cli.asking import NoServerError, Server, server_of
from mock_server.insight.terminal import printable
from mock_server.journal.record import Page, Record

_WAIT = 20.0
_PAGE = 100
_RED, _GREEN, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_BAD, _WORSE = 400, 500
_KILO = 1024


def run(options: Namespace) -> int:
    """Print calls until interrupted or until the server stops; raises `PplxMockError` where there is no server."""
    server = server_of(options)
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    last = max(server.get("journal", Page, limit=1).total - max(options.last, 0), 0)
    while True:
        page = _next(server, last, wait=0.0 if options.once else _WAIT)
        if page is None:
            sys.stderr.write(f"pplx-mock: the server at {server.url} has stopped\n")
            return 0
        for call in page.calls:
            sys.stdout.write((call.model_dump_json() if options.json else line(call, colours=colours)) + "\n")
        sys.stdout.flush()
        if options.once and len(page.calls) < _PAGE:
            return 0
        last = 0 if page.total < last else page.calls[-1].number if page.calls else last


def line(call: Record, *, colours: bool = False) -> str:
    """Write a call as one line.

    Args:
        call: The call.
        colours: Whether the terminal shows colours.
    """
    status, response = call.response.status, call.response
    colour = _RED if status >= _WORSE or not status else _YELLOW if status >= _BAD else _GREEN
    shown = f"{status or '---':>3}"
    place = f"{call.request.method} {printable(call.request.path)}"
    parts = [f"{call.number:>5}", f"{colour}{shown}{_PLAIN}" if colours else shown, f"{place:<32}"]
    parts += [f"{call.duration * 1000:>8.1f} ms", f"{_bytes(response.size):>9}", f"{printable(call.model) or '-':<16}"]
    notes = " ".join(_notes(call))
    parts.append(f"{_DIM}{notes}{_PLAIN}" if colours and notes else notes)
    return " ".join(parts).rstrip()


def _next(server: Server, last: int, *, wait: float) -> Page | None:
    """Wait for calls; nothing where the server, which answered before, is gone."""
    try:
        return server.get("journal", Page, longer=wait, since=last, limit=_PAGE, wait=wait)
    except NoServerError:
        return None


def _notes(call: Record) -> list[str]:
    notes = [call.error] if call.error else []
    if call.mode != "plain":
        notes.append(f"{call.mode} stream" + (" cut" if call.end == "cut" else ""))
    if call.response.outcome != "complete":
        notes.append(f"({call.response.outcome})")
    if call.cost is not None:
        notes.append(f"{format(call.cost.normalize(), 'f')} USD")
    notes += [f"stub={call.stub}"] if call.stub else []
    notes += [f"fault={fault}" for fault in call.faults]
    notes += [f"unknown={name}" for name in call.unknown]
    notes += [f"key in {place}!" for place in call.request.leaks]
    return [printable(note) for note in notes]


def _bytes(size: int) -> str:
    return f"{size} B" if size < _KILO else f"{size / _KILO:.1f} KiB"
