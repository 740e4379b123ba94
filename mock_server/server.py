"""The listening socket and uvicorn on it."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server import facts, redaction, refusals, shutter, wire
from mock_server.errors import ApiError, SettingsError
from mock_server.settings import Settings

_BACKLOG = 2048
_STOP_WITHIN = 0.5
_CANCEL_AFTER = 2
_GARBAGE_THRESHOLD = 20_000


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket.

    The protocol is named, as event loops switch Nagle's algorithm off only for sockets that say they are TCP: without
    it, an answer on a kept connection takes 40 ms more.

    Raises:
        SettingsError: The address cannot be had.
    """
    try:
        infos = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, kind, protocol, _, address = infos[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise _refused(settings, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _refused(settings, error) from None
    listener.listen(_BACKLOG)
    listener.setblocking(False)  # noqa: FBT003  # the socket's own signature
    return listener


def _refused(settings: Settings, error: OSError | UnicodeError) -> SettingsError:
    """Word why an address cannot be had, and what to do."""
    reason = getattr(error, "strerror", None) or "this is no name of a host"
    taken = getattr(error, "errno", None) == errno.EADDRINUSE
    hint = "; --port 0 takes a free one" if taken else ""
    return SettingsError(f"cannot listen on {settings.host or repr('')} port {settings.port}: {reason}{hint}")


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket as a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: FastAPI, listener: socket.socket, settings: Settings, *, on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; then requests and streams under way have half a second to end.

    Args:
        app: The fake.
        listener: What `listen` gave.
        settings: For the log level.
        on_ready: Called once connections are taken.
    """
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_level=settings.log_level,
        access_log=settings.log_level in {"info", "debug"},
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_CANCEL_AFTER,
    )
    logging.getLogger("uvicorn.access").addFilter(_shown)
    # What is loaded by now stays; a collector that looks at it again and again costs a tenth of the speed.
    gc.freeze()
    gc.enable()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    _Server(config, on_ready).run(sockets=[listener])


def _shown(record: logging.LogRecord) -> bool:
    """Take the query, in which a key may stand, and whatever looks like one in the path out of a line of the log."""
    if isinstance(record.args, tuple):
        client, method, path, *rest = record.args
        record.args = (client, method, redaction.text(str(path).partition("?")[0]), *rest)
    return True


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call back."""
        await super().startup(sockets)
        if self.started:
            shutter.guard(self, self.config.app)
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; hang up on those who do not end in time, as uvicorn would cancel them with a traceback each."""
        asyncio.get_running_loop().call_later(_STOP_WITHIN, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        for connection in [*self.server_state.connections]:
            connection.transport.abort()


class Background(uvicorn.Server):
    """Uvicorn beside a program that has its own business: it leaves signals, logging and garbage alone.

    Args:
        app: The fake, or any ASGI application.
        log_level: From what level on uvicorn's loggers say something.
    """

    def __init__(self, app: ASGIApp, log_level: str) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            log_config=None,
            log_level=log_level,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=_CANCEL_AFTER,
        )
        super().__init__(config)
        self._ended = asyncio.Event()
        self.ready = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait to be ended, without looking ten times a second."""
        shutter.guard(self, self.config.app)
        self.ready.set()
        await self._ended.wait()

    def end(self) -> None:
        """Hang up on everybody and stop; called on the server's loop."""
        for connection in [*self.server_state.connections]:
            connection.transport.abort()
        self._ended.set()


class _Protocol(HttpToolsProtocol):
    """HTTP whose refusal of what is no HTTP has the envelope of errors, as all refusals have."""

    def send_400_response(self, _: str) -> None:
        """Refuse and hang up."""
        body = wire.dumps(refusals.reply_to(ApiError("invalid_http"), facts.load(facts.COMPLETE)).body)
        head = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(body)
        self.transport.write(head + b"connection: close\r\n\r\n" + body)
        self.transport.close()
