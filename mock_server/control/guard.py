"""Who may use the control API: programs and pages of this machine, and elsewhere whoever has the token.

A page that somebody reads can send requests to a server on the reader's own machine. So no request of another origin
is taken, no request under a name that is not this machine's (a name can be made to lead here: DNS rebinding), and no
write whose content type a form could send as well.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from mock_server.addresses import host_of, is_loopback
from mock_server.call import Headers
from mock_server.errors import ApiError
from mock_server.gates.asgi import Scope
from mock_server.settings import Settings

HEALTH = "/__admin/health"
"""What may be asked without a token, so that others can wait for a server."""
_JSON = b"application/json"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({b"same-origin", b"none"})
_WEB_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses what may not pass.

    Args:
        settings: The address listened on, and the token.
    """

    settings: Settings

    def check(self, scope: Scope, headers: Headers) -> None:
        """Let a request pass.

        Args:
            scope: ASGI's.
            headers: Its headers.

        Raises:
            ApiError: It may not.
        """
        self._check_host(scope, headers)
        _check_origin(scope, headers)
        self._check_token(scope, headers)
        _check_content_type(scope["method"], headers)

    def _check_host(self, scope: Scope, headers: Headers) -> None:
        """Refuse foreign names; where others can reach the server, nobody knows its names, and the token guards it."""
        if self.settings.exposed:
            return
        said = headers.get(b"host", b"").decode("latin-1")
        host = host_of(said)
        listening = scope.get("server") or ("", None)
        if host is None or not (is_loopback(host) or host in {str(listening[0]).lower(), self.settings.host.lower()}):
            raise ApiError("control_foreign_host", facts={"host": repr(said) if said else "nobody"})

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        token = self.settings.control_token
        if not token and not self.settings.exposed:
            return
        if scope["path"] == HEALTH and scope["method"] in _READS:
            return
        scheme, _, shown = headers.get(b"authorization", b"").strip().partition(b" ")
        right = hmac.compare_digest(shown.strip(), token.encode("ascii"))
        if not token or scheme.lower() != b"bearer" or not right:
            raise ApiError("control_token_needed")


def _check_origin(scope: Scope, headers: Headers) -> None:
    origin = headers.get(b"origin")
    if origin is not None and not _is_own(origin.decode("latin-1"), scope, headers):
        raise ApiError("control_foreign_origin", facts={"origin": repr(origin.decode("latin-1"))})
    if headers.get(b"sec-fetch-site", b"none").strip().lower() not in _OWN_SITE:
        raise ApiError("control_foreign_origin", facts={"origin": "another site"})


def _is_own(origin: str, scope: Scope, headers: Headers) -> bool:
    """Whether a page of this very server sends the request: its scheme, its name, its port."""
    try:
        page = urlsplit(origin.strip())
        own = urlsplit(f"{scope.get('scheme', 'http')}://{headers.get(b'host', b'').decode('latin-1').strip()}")
        there, here = ((part.scheme, part.hostname, part.port or _WEB_PORTS.get(part.scheme)) for part in (page, own))
    except ValueError:
        return False
    return page.hostname is not None and there == here


def _check_content_type(method: str, headers: Headers) -> None:
    """Refuse a write that is no JSON: a form or a script of any page can send it without being asked."""
    has_body = headers.get(b"content-length", b"0").strip() != b"0" or b"transfer-encoding" in headers
    if method in _READS or (method == "DELETE" and not has_body):
        return
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != _JSON:
        raise ApiError("unsupported_media_type", facts={"media_type": media_type.decode("latin-1")})
