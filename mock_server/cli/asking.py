"""Ask the control API of a running server."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import dataclass
from http.client import HTTPException
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from pydantic import BaseModel, ValidationError

from mock_server import settings
from mock_server.addresses import is_loopback
from mock_server.errors import PplxMockError
from mock_server.journal import answers

_ModelT = TypeVar("_ModelT", bound=BaseModel)
_PATIENCE = 10.0
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  # where a server may listen, not where it is asked
_BASE_URL = "PERPLEXITY_BASE_URL"


class NoServerError(PplxMockError):
    """There is no server."""


class OddAnswerError(PplxMockError):
    """A server answers, but not with what was asked for."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Args:
        url: Where it is, with the lane.
        token: What its control API wants to be shown; empty for nothing.
    """

    url: str
    token: str = ""

    def get(self, resource: str, model: type[_ModelT], *, longer: float = 0.0, **query: str | float) -> _ModelT:
        """Get a resource of the control API.

        Args:
            resource: Its path below `/__admin/`.
            model: What it is.
            longer: Seconds that the server may take on top of the usual ones.
            query: The query.

        Raises:
            NoServerError: Nobody answers there.
            OddAnswerError: Somebody does, but not with what was asked for.
        """
        address = f"{self.url}/__admin/{resource}" + (f"?{urlencode(query)}" if query else "")
        request = Request(address, headers={"authorization": f"Bearer {self.token}"} if self.token else {})  # noqa: S310
        try:
            # No proxy: the server is on this machine or close to it, and a proxy would be told the token.
            with build_opener(ProxyHandler({})).open(request, timeout=_PATIENCE + longer) as answer:
                content: bytes = answer.read()
            return model.model_validate_json(content)
        except HTTPError as error:
            said = answers.message(error.read())
            raise OddAnswerError(f"{self.url} answered {error.code} for /__admin/{resource}: {said}") from None
        except (URLError, OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise NoServerError(
                f"no server answers at {self.url} ({reason}); start one with `pplx-mock serve`, or name it with --url"
            ) from None
        except ValidationError:
            raise OddAnswerError(f"what answers at {self.url} is no pplx-mock of this version") from None


def server_of(options: Namespace) -> Server:
    """Find the server that options mean; raises `PplxMockError` where a setting or the URL is none."""
    url = str(options.url or _own_base_url() or _configured()).rstrip("/")
    if not _host(url):
        raise NoServerError(f"a URL such as http://127.0.0.1:4010 is wanted, got {url!r}")
    lane = f"/n/{quote(options.lane, safe='')}" if options.lane else ""
    token = options.control_token or os.environ.get(f"{settings.PREFIX}CONTROL_TOKEN", "")
    return Server(url + lane, settings.Settings(control_token=token).control_token)


def _own_base_url() -> str:
    """Where clients are told to go, if that is on this machine; the live API is never asked."""
    said = os.environ.get(_BASE_URL, "")
    return said if is_loopback(_host(said)) else ""


def _host(url: str) -> str:
    """The host of a URL of HTTP; empty where it is none."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        return ""
    return found.hostname or "" if found.scheme in {"http", "https"} and port != 0 else ""


def _configured() -> str:
    chosen = settings.load({})
    host = "127.0.0.1" if chosen.host in _EVERYWHERE else chosen.host
    return f"http://[{host}]:{chosen.port}" if ":" in host else f"http://{host}:{chosen.port}"
