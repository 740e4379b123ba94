"""Close the listening sockets of a running server for a while, and open them again on the same ports."""

from __future__ import annotations

import asyncio
import logging
import socket

import uvicorn

from mock_server.faults.door import Door

_LOG = logging.getLogger("pplx_mock")
_TURNS = 100
"""Turns of the event loop that a closed socket may take to give its port back."""


class Shutter:
    """The listening sockets of a server.

    While they are shut, sockets that do not listen hold the ports: connections are refused, and no other program gets
    a port meanwhile. Connections that are open stay.

    Args:
        server: The server, which has started.
    """

    def __init__(self, server: uvicorn.Server) -> None:
        self._server = server
        self._task: asyncio.Task[None] | None = None

    def shut(self, seconds: float) -> None:
        """Stop listening for some seconds; called on the server's loop. Nothing happens where it is shut already."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._closed(seconds))

    async def _closed(self, seconds: float) -> None:
        servers = self._server.servers
        places = [(listener.family, listener.getsockname()) for server in servers for listener in server.sockets]
        for server in servers:
            server.close()
        servers.clear()
        holding: list[socket.socket] = []
        try:
            for family, address in places:
                holding.append(await _hold(family, address))
            await asyncio.sleep(seconds)
            await self._open(holding)
        except OSError as error:
            _LOG.error("the port was closed for a fault and cannot be opened again: %s", error.strerror)
        finally:
            for held in holding:
                held.close()

    async def _open(self, holding: list[socket.socket]) -> None:
        """Listen on sockets that are held; those on which the server listens are held no more."""
        config, loop = self._server.config, asyncio.get_running_loop()
        while holding:
            server = await loop.create_server(self._protocol, sock=holding[0], ssl=config.ssl, backlog=config.backlog)
            self._server.servers.append(server)
            del holding[0]

    def _protocol(self) -> asyncio.Protocol:
        server = self._server
        # As uvicorn makes them when it starts.
        made: asyncio.Protocol = server.config.http_protocol_class(  # type: ignore[call-arg]  # see uvicorn's startup
            config=server.config, server_state=server.server_state, app_state=server.lifespan.state
        )
        return made


def guard(server: uvicorn.Server, app: object) -> None:
    """Let the faults of the fake shut the door of the server that serves it."""
    door = getattr(getattr(app, "state", None), "door", None)
    if isinstance(door, Door):
        door.belongs_to(Shutter(server).shut)


async def _hold(family: int, address: tuple[str, int]) -> socket.socket:
    """Bind a socket without listening on it; the port is free once the loop has closed the other one."""
    held = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setblocking(False)  # noqa: FBT003  # the socket's own signature
    for turn in range(_TURNS):
        await asyncio.sleep(0)
        try:
            held.bind(address)
        except OSError:
            if turn < _TURNS - 1:
                continue
            held.close()
            raise
        break
    return held
