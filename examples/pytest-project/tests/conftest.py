"""Nothing leaves this machine."""

import ipaddress
import socket

import pytest


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse all connections but those to this machine."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if not ipaddress.ip_address(host).is_loopback:
            raise OSError(f"this test is offline, and was about to connect to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no key, as CI has none."""
    for name in ("PERPLEXITY_API_KEY", "PPLX_API_KEY"):
        monkeypatch.delenv(name, raising=False)
