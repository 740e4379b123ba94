"""What a user may set: from the command line, the environment or `pyproject.toml`, in that order."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from mock_server.addresses import is_loopback
from mock_server.errors import SettingsError

PREFIX = "PPLX_MOCK_"
TABLE = "pplx-mock"
Validation = Literal["strict", "lenient"]
LogLevel = Literal["critical", "error", "warning", "info", "debug"]
LONGEST = 3600.0
"""Seconds that a stream may be told to wait."""
FASTEST = 100_000.0
"""Frames a second that a stream may be told to send."""
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_MOST_PORT = 65_535
MOST_SEED = 2**32 - 1
"""The greatest seed."""
_MOST_ENTRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a server.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        seed: Seed of the world, 0 to 4294967295.
        edition: The edition that answers where a request names none.
        validation: `strict` refuses what the contract forbids; `lenient` takes what is of the right type.
        rules_off: Ids of rules that are not held, or `all`.
        log_level: How much to log.
        stream_grammar: The date whose grammar streams have; empty for the edition's own.
        stream_fault: Faults of every stream, as the header `X-Mock-Stream-Fault` takes them.
        ttft: Seconds to the first frame of a stream.
        tokens_per_second: Frames a second; 0 sends them as fast as they are read.
        jitter: How far a frame strays from its moment, as a share of the gap between two.
        tier: The tier, 0 to 5, to whose rate limits all accounts are held; nothing for none.
        limit: Rate limits of one's own, as `sonar=5/minute,burst=2`.
        retry_after: Whether an answer with 429 says in `Retry-After` when to come again.
        credit: US dollars that each account may spend in all; nothing for no end.
        quota: Requests that each account has answered in a month; nothing for no end.
        stubs: A file or a folder of scripted answers; empty for none.
        strict: Whether a request that no stub fits is refused.
        faults: A file of faults; empty for none.
        scenario: Names of ready-made scenarios that each lane begins with.
        journal_entries: Calls that each lane keeps in its journal, 0 to 1000000; 0 keeps none.
        conflicts: Which side is taken where documents and wire disagree, as `citations=removed`.
        control_token: What requests of the control API have to show; empty for none. Without one, a server that other
            machines can reach refuses them all.
    """

    host: str = "127.0.0.1"
    port: int = 4010
    seed: int = 0
    edition: str = "complete"
    validation: Validation = "strict"
    rules_off: tuple[str, ...] = ()
    log_level: LogLevel = "warning"
    stream_grammar: str = ""
    stream_fault: str = ""
    ttft: float = 0.0
    tokens_per_second: float = 0.0
    jitter: float = 0.0
    tier: int | None = None
    limit: tuple[str, ...] = ()
    retry_after: bool = False
    credit: Decimal | None = None
    quota: int | None = None
    stubs: str = ""
    strict: bool = False
    faults: str = ""
    scenario: tuple[str, ...] = ()
    journal_entries: int = 10_000
    conflicts: tuple[str, ...] = ()
    control_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse values out of range; raises `SettingsError`."""
        if not 0 <= self.port <= _MOST_PORT:
            raise SettingsError(f"port is 0 to {_MOST_PORT}, got {self.port}")
        check_seed(self.seed)
        if not 0 <= self.journal_entries <= _MOST_ENTRIES:
            raise SettingsError(f"journal-entries is 0 to {_MOST_ENTRIES}, got {self.journal_entries}")
        for name, most in (("ttft", LONGEST), ("tokens_per_second", FASTEST), ("jitter", 1)):
            if not 0 <= getattr(self, name) <= most:
                raise SettingsError(f"{_option(name)} is 0 to {most:g}, got {getattr(self, name):g}")
        _check_choice("validation", self.validation, get_args(Validation))
        _check_choice("log-level", self.log_level, get_args(LogLevel))
        if not all("!" <= letter <= "~" for letter in self.control_token):
            raise SettingsError("control-token is of printable ASCII without spaces, and this one is not")

    @property
    def exposed(self) -> bool:
        """Whether other machines can reach the server."""
        return not is_loopback(self.host)


def check_seed(seed: int) -> None:
    """Refuse a seed out of range; raises `SettingsError`."""
    if not 0 <= seed <= MOST_SEED:
        raise SettingsError(f"seed is 0 to {MOST_SEED}, got {seed}")


def load(
    given: Mapping[str, str | int | list[str] | None],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Combine the sources.

    Args:
        given: What the command line says; None where it is silent.
        environment: Variables, `PPLX_MOCK_PORT` and so on; those of the process where not given.
        folder: Where to look for `pyproject.toml`, upwards; the working directory where not given.

    Raises:
        SettingsError: A name or a value is unknown.
    """
    chosen = _from_project(Path.cwd() if folder is None else folder)
    chosen |= _from_environment(os.environ if environment is None else environment)
    chosen |= {name: _Said(value, "") for name, value in given.items() if value is not None}
    values = {name: _read(name, said) for name, said in chosen.items()}
    return Settings(**values)  # type: ignore[arg-type]  # `_typed` has read each value in the type of its field


class _Said(NamedTuple):
    """A value and where it is said; empty for the command line, which whoever reads a refusal has before them."""

    value: object
    source: str


def _read(name: str, said: _Said) -> object:
    """Read a value and hold it against its range; a refusal names the source."""
    try:
        value = _typed(name, said.value)
        Settings(**{name: value})  # type: ignore[arg-type]  # see `load`
    except SettingsError as error:
        raise SettingsError(f"{said.source}: {error}" if said.source else str(error)) from None
    return value


def _from_project(folder: Path) -> dict[str, _Said]:
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if file.is_file():
            return _table(file)
    return {}


def _table(file: Path) -> dict[str, _Said]:
    try:
        tools = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}") from None
    table = tools.get(TABLE, {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: [tool.{TABLE}] is a table")
    source = f"{file}, [tool.{TABLE}]"
    return {_known(str(name).replace("-", "_"), source): _Said(value, source) for name, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Said]:
    return {
        _known(name.removeprefix(PREFIX).lower(), source): _Said(value, source)
        for name, value in environment.items()
        if name.startswith(PREFIX)
        for source in [f"the environment ({name})"]
    }


def _known(name: str, source: str) -> str:
    names = [field.name for field in fields(Settings)]
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(names)}."
        raise SettingsError(f"{source}: there is no setting {name!r}.{hint}")
    return name


def _typed(name: str, value: object) -> object:
    """Read a value in the type of its field."""
    option = _option(name)
    if name in {"port", "seed", "tier", "quota", "journal_entries"}:
        return _integer(option, value)
    if name in {"ttft", "tokens_per_second", "jitter"}:
        return _number(option, value)
    if name == "credit":
        return _dollars(option, value)
    if name in {"retry_after", "strict"}:
        return _flag(option, value)
    if name in {"rules_off", "limit", "conflicts", "scenario"}:
        listed = value if isinstance(value, list | tuple) else str(value).split(";" if name == "limit" else ",")
        return tuple(str(item).strip() for item in listed if str(item).strip())
    if not isinstance(value, str):
        shown = "something else" if name == "control_token" else repr(value)
        raise SettingsError(f"{option} is a text, got {shown}")
    return value


def _option(name: str) -> str:
    """A setting as the command line and the file spell it."""
    return name.replace("_", "-")


def _integer(name: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SettingsError(f"{name} is a whole number, got {value!r}") from None


def _number(name: str, value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise SettingsError(f"{name} is a number, got {value!r}") from None


def _dollars(name: str, value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise SettingsError(f"{name} is a number of US dollars, got {value!r}") from None


def _flag(name: str, value: object) -> bool:
    known = _FLAGS.get(str(value).lower())
    if known is None:
        raise SettingsError(f"{name} is true or false, got {value!r}")
    return known


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is one of {', '.join(choices)}, got {value!r}")
