"""Open a target: start the fake, or make sure that a server is there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx

from contract_tests.deadline import Deadline, Transport
from contract_tests.findings import CouldNotTestError
from contract_tests.stopwatch import RealStopwatch
from contract_tests.target import ANY_KEY, Kind, Target
from mock_server import edition as editions
from mock_server import naming
from mock_server.contract import editions as names
from mock_server.edition import Edition
from mock_server.jsontypes import JSONObject

KEYS = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")
_STANDING = 10.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of a target.

    Args:
        target: `fake`, `live`, or the URL of a server.
        edition: The edition to hold it against; empty for the usual one of the kind.
        seed: The seed that a fake is started with.
        as_live: Whether the URL leads to the vendor, so that it is treated as the vendor is.
        patience: Seconds within which a server has to answer at all.
    """

    target: str
    edition: str = ""
    seed: int = 0
    as_live: bool = False
    patience: float = _STANDING

    @property
    def kind(self) -> Kind:
        """Which kind of target it is."""
        if self.as_live:
            return "live"
        return cast("Kind", self.target) if self.target in {"fake", "live"} else "url"


@contextmanager
def opened(wanted: Wanted, environment: Mapping[str, str] | None = None) -> Iterator[Target]:
    """Open a target; a fake that was started for it ends with it.

    Args:
        wanted: Which.
        environment: Where keys are looked for; that of the process where not given.

    Raises:
        CouldNotTestError: There is no such edition, no key, no such URL, or nobody answers there.
    """
    variables = os.environ if environment is None else environment
    face = planned(wanted, variables)
    if wanted.target == "fake":
        with _fake(face.name, wanted.seed) as url:
            yield Target("fake", url, ANY_KEY, face)
        return
    url = _host(face.document) if wanted.target == "live" else _checked(wanted.target)
    _reach(url, wanted.patience)
    yield Target(wanted.kind, url, _key(variables) or ANY_KEY, face)


def planned(wanted: Wanted, variables: Mapping[str, str]) -> Edition:
    """The edition that a target is held against; nobody is asked yet.

    Raises:
        CouldNotTestError: There is no such edition, no key where one is wanted, or no such URL.
    """
    if wanted.as_live and wanted.target == "fake":
        raise CouldNotTestError("--as-live says of a URL that it leads to the vendor; give --target URL")
    name = wanted.edition or _usual_edition(wanted.kind)
    if name not in names.names():
        raise CouldNotTestError(naming.unknown("edition", name, names.names()))
    if wanted.target not in {"fake", "live"}:
        _checked(wanted.target)
    if wanted.kind == "live" and not _key(variables):
        raise CouldNotTestError(f"a live run wants a key: set {KEYS[0]} in the environment")
    return editions.load(name)


def _key(variables: Mapping[str, str]) -> str:
    return next((variables[variable] for variable in KEYS if variables.get(variable)), "")


def _usual_edition(kind: Kind) -> str:
    """The fake is held against all there is, others against the newest dated edition."""
    dated = [name for name in names.names() if name != names.COMPLETE]
    return names.COMPLETE if kind == "fake" else max(dated)


def _host(document: JSONObject) -> str:
    """The vendor's base URL, as the contract says it."""
    servers = document.get("servers")
    urls = (
        [str(server.get("url")) for server in servers if isinstance(server, dict)] if isinstance(servers, list) else []
    )
    found = next((url for url in urls if url.startswith("https://")), None)
    if found is None:
        raise CouldNotTestError("the contract names no live server under `servers`")
    return found.rstrip("/")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable:
        raise CouldNotTestError(f"{url!r} is no target: give fake, live, or a URL such as http://127.0.0.1:4010")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CouldNotTestError(
            "a target is scheme, host, port and path alone; the key is read from the environment, never from the URL"
        )
    return url.rstrip("/")


def _reach(url: str, patience: float) -> None:
    """Make sure that somebody answers; what they answer is for the checks to judge."""
    deadline = Deadline(RealStopwatch())
    deadline.set(patience)
    transport = Transport(deadline, verify=url.startswith("https:"))
    try:
        with httpx.Client(timeout=patience, transport=transport) as client, client.stream("GET", url):
            return
    except httpx.ConnectError as error:
        raise CouldNotTestError(f"no connection to {url} ({error}): is the server running?") from None
    except httpx.TimeoutException:
        raise CouldNotTestError(f"{url} did not answer within {patience:g} s") from None
    except httpx.InvalidURL as error:
        raise CouldNotTestError(f"{url!r} is no URL: {error}") from None
    except httpx.HTTPError:
        return


@contextmanager
def _fake(edition: str, seed: int) -> Iterator[str]:
    """Start the fake in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0", "--edition", edition, "--seed", str(seed)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PPLX_MOCK_")}
    with (
        tempfile.TemporaryDirectory(prefix="pplx-mock-check-") as folder,
        (Path(folder) / "server.log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603  # our own words
            command,
            cwd=folder,
            env={**kept, "PYTHONPATH": _paths()},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # Ctrl-C is for the checks, which end the fake once they have reported
        ) as process,
    ):
        try:
            first = process.stdout.readline() if process.stdout else ""
            if "http" not in first:
                log.seek(0)
                raise CouldNotTestError(f"the fake did not start: {log.read().strip()}")
            yield first[first.index("http") :].strip()
        finally:
            process.terminate()


def _paths() -> str:
    """The folder of these packages, so that a checkout that is not installed works too."""
    return str(Path(__file__).parent.parent)
