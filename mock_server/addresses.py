"""Which names and addresses are this machine's own."""

from __future__ import annotations

import re
from ipaddress import ip_address

_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\[\]:/@?#\s]+))(?::[0-9]*)?", re.ASCII)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address or a name: `localhost`, 127.0.0.0/8 and ::1."""
    if host.lower() == "localhost":
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (found if mapped is None else mapped).is_loopback


def host_of(authority: str) -> str | None:
    """Take the host out of `host:port` as a `Host` header has it, in lower case; nothing where it is none."""
    match = _AUTHORITY.fullmatch(authority.strip().lower())
    return None if match is None else match["six"] or match["name"]
